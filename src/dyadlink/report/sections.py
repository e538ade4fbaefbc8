"""The parts of the page that join a figure to its tables: curves, models, and planted effects."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report import figures, labels, sentences
from dyadlink.report.absolute import build_e_values, build_risks, describe_e_values
from dyadlink.report.columns import columns_of_terms, describe_columns, describe_tests_of_terms
from dyadlink.report.plans import IS_WITHOUT_PLAN
from dyadlink.report.proportional_hazards import build_tests, describe_tests
from dyadlink.report.reading import Release
from dyadlink.report.robustness import NEGATIVE_CONTROL
from dyadlink.report.survival import (
    build_time_lost,
    describe_group_test,
    describe_readmission,
    describe_time_lost,
    with_readmission,
)
from dyadlink.report.tables import Cell, Figure, Part, Row, Table, number

OWN_CAUSES = {"o3": "child_protection_plan", "o4": "custody_loss"}


def build_curves(release: Release) -> list[Part]:
    """One part per outcome: the curves of all causes, the outcome by group, and the numbers behind both."""
    frame = release.find("cumulative_incidence")
    if frame.is_empty():
        return []
    frame = frame.filter(pl.col("outcome").is_in(list(OWN_CAUSES)))
    return [_curve_part(release, part) for part in frame.partition_by("outcome", maintain_order=True)]


def _curve_part(release: Release, frame: pl.DataFrame) -> Part:
    outcome = frame.item(0, "outcome")
    what = labels.OUTCOMES.get(outcome, outcome)
    everyone = frame.filter(pl.col("group") == "all")
    own = frame.filter((pl.col("group") != "all") & (pl.col("cause") == OWN_CAUSES.get(outcome, "")))
    drawn = [
        curve_figure(everyone, f"ci-{outcome}", "cause", f"{what}, with competing events"),
        curve_figure(own, f"ci-{outcome}-groups", "group", f"{what}, by involvement during the episode"),
    ]
    tables = [
        _curve_table(release, part, what)
        for part in frame.partition_by("group", maintain_order=True)
        if part.get_column("estimate").count()
    ]
    title = f"{what[:1].upper()}{what[1:]}"
    cause = OWN_CAUSES[outcome]
    words = (
        *_hidden_curves(release, frame),
        *describe_group_test(release, outcome, cause),
        *describe_time_lost(release, outcome, cause),
    )
    tables += build_time_lost(release, outcome, what)
    return Part(title, words, tuple(f for f in drawn if f), tuple(tables))


def curve_figure(rows: pl.DataFrame, name: str, series: str, what: str) -> Figure | None:
    """The curves of some released rows; None where none is shown."""
    shown = rows.filter(pl.col("estimate").is_not_null())
    if shown.is_empty():
        return None
    lasts = shown.sort("time_days").group_by(series, maintain_order=True).last()
    ends = [
        f"{labels.group_label(row[series])} {row['estimate']:.1%} by day {row['time_days']}"
        for row in lasts.iter_rows(named=True)
    ]
    caption = (
        f"Cumulative incidence of {what}, Aalen-Johansen, with 95% intervals. Marks are the reported days; days "
        "are grouped so that no single event shows, so a line stays flat up to its next mark. A cause with few "
        "events has one mark, at the end."
    )
    return Figure(figures.draw_curves(shown, name, series), f"Step curves of {what}: {'; '.join(ends)}.", caption)


def _curve_table(release: Release, rows: pl.DataFrame, what: str) -> Table:
    shown = rows.filter(pl.col("estimate").is_not_null())
    causes = shown.get_column("cause").unique(maintain_order=True).to_list()
    days = shown.select("time_days", "n_at_risk").unique(maintain_order=True).sort("time_days")
    cells = {(row["time_days"], row["cause"]): row for row in shown.iter_rows(named=True)}
    body = tuple(
        Row(
            number(day),
            (
                Cell(number(at_risk), is_hidden=at_risk is None),
                *(_incidence_cell(cells.get((day, cause))) for cause in causes),
            ),
        )
        for day, at_risk in days.iter_rows()
    )
    group = labels.group_label(rows.item(0, "group"))
    columns = ("Day", "At risk", *(f"{labels.level_label(cause)} (95% interval)" for cause in causes))
    caption = f"{group}: at risk and cumulative incidence, {what}"
    return Table("cumulative_incidence", caption, columns, body, release.downloads["cumulative_incidence"])


def _incidence_cell(row: dict[str, float] | None) -> Cell:
    if row is None:
        return Cell()
    return Cell(f"{row['estimate']:.1%}{sentences.interval(row, 'conf_low', 'conf_high', percent=True, name='')}")


def _hidden_curves(release: Release, frame: pl.DataFrame) -> list[str]:
    hidden = frame.filter(pl.col("status").str.starts_with("suppressed"))
    if hidden.is_empty():
        return []
    names = [
        f"{labels.level_label(cause).lower()} ({labels.group_label(group).lower()})"
        for cause, group in hidden.select("cause", "group").iter_rows()
    ]
    return [f"Not shown: {'; '.join(names)}. Events: {sentences.hidden_words(release)}."]


def build_models(release: Release) -> list[Part]:
    """One part per model without a plan, or primary with one: its forest plot beside its table.

    Sensitivity analyses by authority and negative controls stand elsewhere, see `build_robustness`.
    """
    frame = release.find("estimates")
    if frame.is_empty():
        return []
    is_elsewhere = (pl.col("cluster") != "mother_number") | (pl.col("outcome") == NEGATIVE_CONTROL)
    is_here = (IS_WITHOUT_PLAN & ~is_elsewhere) | (pl.col("role") == "primary")
    told = frame.filter((pl.col("adjustment") == "full") & is_here)
    return [_model_part(release, rows) for rows in told.partition_by("model", maintain_order=True)]


def _model_part(release: Release, rows: pl.DataFrame) -> Part:
    first = rows.row(0, named=True)
    kind = labels.FAMILIES.get(first["family"], ("ratio", ""))[0]
    title = labels.model_label(first["outcome"], first["family"], first["label"]) + with_readmission(first)
    shown = rows.filter((pl.col("status") == "shown") & pl.col("ratio_low").is_not_null())
    drawn: tuple[Figure, ...] = ()
    if shown.height:
        label = f"Forest plot. {sentences.describe_model(rows)}"
        caption = f"{kind.capitalize()}s with 95% intervals. Rows that are not shown are left out."
        drawn = (Figure(figures.draw_forest(shown, f"forest-{first['model']}", kind), label, caption),)
    notes = rows.filter(pl.col("status") != "suppressed_primary").get_column("note").unique(maintain_order=True)
    sizes = _model_sizes(release, first)
    population = labels.POPULATIONS.get(first["population"], labels.plain(first["population"]))
    strata = " and ".join(labels.variable_label(name).lower() for name in first["strata"].split(" and ") if name)
    apart = f" Stratified by {strata}." if strata else ""
    lead = f"{first['role'].capitalize()} analysis of {population}.{apart} {sizes}"
    extra = tuple(f"Note: {note}." for note in notes if note)
    method = labels.method_label(first["method"], first["cluster"])
    name = first["model"]
    words = (
        *(lead, method, *describe_readmission(first), *describe_columns(release, name)),
        *(*describe_tests_of_terms(release, first), *describe_tests(release, name)),
        *(*describe_e_values(release, name), *extra),
    )
    tables = (
        *(_model_table(release, rows, title, kind), *build_tests(release, name, title)),
        *(*build_risks(release, name, title), *build_e_values(release, name, title)),
    )
    return Part(title, words, drawn, tables)


def _model_sizes(release: Release, first: dict[str, Any]) -> str:
    if first["landmark_days"]:
        return f"Parameters: {first['parameters']}."
    hidden = f"not shown ({sentences.hidden_words(release)})"
    n, events = (number(first[c]) if first[c] is not None else hidden for c in ("n", "n_events"))
    sizes = f"Dyads: {n}; with the outcome: {events} (both rounded); parameters: {first['parameters']}."
    return f"{sizes}{sentences.describe_sample_size(first)}"


def _model_table(release: Release, rows: pl.DataFrame, title: str, kind: str) -> Table:
    columns, body = columns_of_terms(release, rows, kind)
    hidden = (
        f"Not shown: fewer than {release.threshold} people, events or non-events at this level or at its "
        "reference, or a model that rests on too few; unadjusted also where rounded counts would move it far"
    )
    caption = f"{kind.capitalize()}s. {title}"
    return Table("estimates", caption, columns, body, release.downloads["estimates"], hidden)


def build_planted(release: Release) -> Part | None:
    """Planted against estimated effects; None on real records and where there are none."""
    frame = release.find("planted_effects")
    if frame.is_empty() or not release.is_synthetic:
        return None
    shown = frame.filter(pl.col("is_covered").is_not_null())
    summary = sentences.describe_coverage(release)
    drawn: tuple[Figure, ...] = ()
    if shown.height:
        caption = "Each mark is a term of a model. On the dashed line the estimate equals the planted effect."
        drawn = (
            Figure(figures.draw_planted(shown, "planted"), f"Estimates against planted effects. {summary}", caption),
        )
    return Part("", (summary,), drawn, (_planted_table(release, frame),))


def _planted_table(release: Release, frame: pl.DataFrame) -> Table:
    rows: list[Row] = []
    for part in frame.partition_by("model", maintain_order=True):
        rows.append(Row(labels.plain(part.item(0, "model")), is_heading=True))
        for row in part.iter_rows(named=True):
            name = labels.forest_label(row["term"], row["level"])
            rows.append(Row(name, (Cell(number(row["planted"], 2)), *_planted_cells(row)), is_indented=True))
    columns = ("Term", "Planted", "Estimate", "95% interval", "Interval holds it")
    caption = "Planted and estimated effects, log scale"
    return Table("planted_effects", caption, columns, tuple(rows), release.downloads["planted_effects"])


def _planted_cells(row: dict[str, float | str | bool | None]) -> tuple[Cell, ...]:
    if row["status"] == "not_estimable":
        return (Cell("not estimable"), Cell(), Cell())
    if row["status"] != "shown":
        return (Cell(is_hidden=True),) * 3
    low, high = (number(row[end], 2) for end in ("conf_low", "conf_high"))  # type: ignore[arg-type]
    estimate = number(row["estimate"], 2)  # type: ignore[arg-type]
    return (Cell(estimate), Cell(f"{low} to {high}"), Cell("yes" if row["is_covered"] else "no"))
