"""What the terminal is told of a fitted table: a few lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from dyadlink.table_models.cases import TableCases
from dyadlink.table_models.specification import REGRESSIONS, TableModel

RATIOS = {
    "logistic": "odds ratio",
    "firth": "odds ratio",
    "cox": "hazard ratio",
    "fine_gray": "subdistribution hazard ratio",
}
"""What a family estimates. Odds are not risks, and a subdistribution hazard is no rate among those still at risk."""

WARNING = "Unrounded, and past no disclosure control: these figures must not leave the environment."


def summarise(result: pl.DataFrame, cases: TableCases, model: TableModel) -> str:
    """Rows, events, method, figures and notes, ended by a warning; several lines."""
    regression = model.family in REGRESSIONS
    lines = [*_rows(cases, model), *(_regression(result, model) if regression else _curves(result))]
    notes = [note for note in result.get_column("note").unique(maintain_order=True) if note]
    return "\n".join([*lines, *(f"note: {note}" for note in notes), WARNING]) + "\n"


def _rows(cases: TableCases, model: TableModel) -> Iterable[str]:
    frame = cases.frame
    n_competing = int(frame.get_column("competing").sum()) if "competing" in frame.columns else 0
    competing = f", {n_competing:,} competing events" if n_competing else ""
    yield f"{frame.height:,} rows of {cases.n_rows:,}, {int(frame.get_column('event').sum()):,} events{competing}"
    left_out = {
        "outcome, time or entry missing": cases.n_without_outcome,
        "another column missing": cases.n_without_term,
        "weight 0": cases.n_weightless,
    }
    told = [f"{n:,} ({why})" for why, n in left_out.items() if n]
    if told:
        yield f"left out: {', '.join(told)}"
    if model.entry is not None:
        yield f"at risk from {model.entry} to {model.time}"


def _regression(result: pl.DataFrame, model: TableModel) -> Iterable[str]:
    first = result.row(0, named=True)
    errors = first["standard_errors"].replace("_", "-")
    if first["standard_errors"] == "clustered":
        errors = f"clustered on {model.cluster}"
    yield f"{model.family} by {first['method'].replace('_', ' ')}; standard errors {errors}"
    yield f"{first['events_per_parameter']:.1f} events per parameter ({result.height}, the intercept not counted)"
    ratio = "cause-specific hazard ratio" if model.family == "cox" and model.competing else RATIOS[model.family]
    rows = [("", f"{ratio} (95% interval)", "p")]
    for row in result.iter_rows(named=True):
        what = row["term"] + (f": {row['level']} against {row['reference']}" if row["reference"] else "")
        rows.append((what, _figures(row["ratio"], row["ratio_low"], row["ratio_high"]), _p(row["p_value"])))
    yield from _table(rows)


def _curves(result: pl.DataFrame) -> Iterable[str]:
    medians = result.filter(pl.col("quantity").str.starts_with("median"))
    if not medians.is_empty():
        heading = ("group", "", "rows", "events", "median (95% interval)")
        yield from _table([heading, *map(_median, medians.iter_rows(named=True))])
    ends = result.filter(quantity="cumulative_incidence").group_by("group", "cause", maintain_order=True).last()
    if not ends.is_empty():
        heads = ("group", "cause", "events", "cumulative incidence at the last time (95% interval)")
        yield from _table([heads, *map(_end, ends.iter_rows(named=True))])
    for row in result.filter(pl.col("statistic").is_not_null()).iter_rows(named=True):
        test = {"log_rank": "log-rank test", "gray_test": f"Gray's test of {row['cause']}"}[row["quantity"]]
        yield f"{test}: chi-squared {row['statistic']:.4f} on {row['df']} df, p {_p(row['p_value'])}"


def _median(row: dict[str, Any]) -> Sequence[str]:
    what = row["quantity"].removeprefix("median_").replace("_", " ")
    figures = _figures(row["estimate"], row["conf_low"], row["conf_high"])
    return row["group"], what, f"{row['n']:,}", f"{row['n_events']:,}", figures


def _end(row: dict[str, Any]) -> Sequence[str]:
    figures = _figures(row["estimate"], row["conf_low"], row["conf_high"])
    return row["group"], row["cause"], f"{row['n_events']:,}", f"{figures} at {row['time']:g}"


def _figures(value: float | None, low: float | None, high: float | None) -> str:
    told = ["-" if figure is None else f"{figure:.4g}" for figure in (value, low, high)]
    return f"{told[0]} ({told[1]} to {told[2]})"


def _p(value: float | None) -> str:
    if value is None:
        return "-"
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
