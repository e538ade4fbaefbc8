"""The columns of a model's table: unadjusted, minimally and fully adjusted, with tests and adjusted tests."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report import labels
from dyadlink.report.reading import Release
from dyadlink.report.sentences import interval
from dyadlink.report.tables import Cell, Row, p_value, ratio

_BESIDE = ("unadjusted", "minimal")


def columns_of_terms(release: Release, rows: pl.DataFrame, kind: str) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Heads and rows of the table of one model, those less adjusted beside it where the release has them.

    Args:
        release: The release.
        rows: Released estimates of the model, adjusted in full.
        kind: What the ratio is.
    """
    beside = {what: _beside(release, rows.item(0, "model"), what) for what in _BESIDE}
    beside = {what: cells for what, cells in beside.items() if cells}
    correction = labels.CORRECTIONS.get(rows.item(0, "p_adjustment"))
    body = tuple(
        Row(
            labels.term_label(row["term"], row["level"], row["reference"]),
            (
                *(_ratio_cell(cells.get((row["term"], row["level"]))) for cells in beside.values()),
                *_full_cells(row, has_correction=correction is not None),
            ),
        )
        for row in rows.iter_rows(named=True)
    )
    heads = (
        *(labels.ADJUSTMENTS[what] for what in beside),
        labels.ADJUSTMENTS["full"] if beside else kind.capitalize(),
        *("95% interval", "p", *((f"p, {correction}",) if correction else ())),
    )
    return ("Term", *heads), body


def describe_columns(release: Release, model: str) -> tuple[str, ...]:
    """What the columns are adjusted for; nothing where there is one alone."""
    parts = []
    if _beside(release, model, "unadjusted"):
        parts.append("unadjusted, each term alone (levels from rounded counts: a ratio can be off by up to a fifth)")
    minimal = _beside(release, model, "minimal")
    if minimal:
        names = next(iter(minimal.values()))["minimal_terms"].split(" and ")
        parts.append(
            f"minimally adjusted, for {' and '.join(labels.lower_first(labels.variable_label(n)) for n in names)}"
        )
    if not parts:
        return ()
    return (f"Columns: {'; '.join(parts)}; fully adjusted, for all the other terms. All are of the same dyads.",)


def describe_tests_of_terms(release: Release, first: dict[str, Any]) -> tuple[str, ...]:
    """Which tests the adjusted p-values belong to; nothing where they are not adjusted."""
    correction = labels.CORRECTIONS.get(first["p_adjustment"])
    if correction is None:
        return ()
    frame = release.find("estimates")
    n_tests = frame.filter(pl.col("p_family") == first["p_family"]).height
    role, _, outcome = first["p_family"].partition(" ")
    whose = f"the {role} models of {outcome.upper()}" if outcome else f"all {role} models"
    guards = {
        "Holm": "the chance that any of them rejects wrongly",
        "Benjamini-Hochberg": "the share of wrong ones among those that reject; the analysis explores",
    }[correction]
    return (
        f"p, {correction}: adjusted for the {n_tests} tests of {whose}, one for each row, hidden ones counted as if "
        f"they rejected nothing; it keeps to 5% {guards}. Intervals are not adjusted.",
    )


def _beside(release: Release, model: str, what: str) -> dict[tuple[str, str], dict[str, Any]]:
    frame = release.find("estimates")
    rows = frame.filter((pl.col("model") == f"{model}_{what}") & (pl.col("adjustment") == what))
    return {(row["term"], row["level"]): row for row in rows.iter_rows(named=True)}


def _ratio_cell(row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell()
    if row["status"] == "not_estimable":
        return Cell("not estimable")
    if row["status"] != "shown":
        return Cell(is_hidden=True)
    return Cell(f"{ratio(row['ratio'])}{interval(row, 'ratio_low', 'ratio_high', name='')}")


def _full_cells(row: dict[str, Any], *, has_correction: bool) -> tuple[Cell, ...]:
    n = 4 if has_correction else 3
    if row["status"] == "not_estimable":
        return (Cell("not estimable"), *(Cell(),) * (n - 1))
    if row["status"] != "shown":
        return (Cell(is_hidden=True),) * n
    spread = "" if row["ratio_low"] is None else f"{ratio(row['ratio_low'])} to {ratio(row['ratio_high'])}"
    told = (Cell(ratio(row["ratio"])), Cell(spread), Cell(p_value(row["p_value"])))
    return (*told, Cell(p_value(row["p_adjusted"]))) if has_correction else told
