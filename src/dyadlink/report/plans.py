"""The parts of the page on linkage error, missing data, definitions and follow-up: each model beside its plans."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.absolute import build_risks
from dyadlink.report.alternatives import OWN, label_alternative
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Part, Row, Table, number, ratio

_SAME_MODEL = ["outcome", "family", "population", "strata", "cluster", "time_varying", "landmark_days", "label"]
_CERTAIN, _COMPLETE = pl.col("linkage_plan") == "as_linked", pl.col("missing_plan") == "complete_case"
_UNWEIGHTED, _FULL = pl.col("weighting") == "none", pl.col("adjustment") == "full"
_OWN = pl.col("alternative") == ""
IS_WITHOUT_PLAN = _CERTAIN & _COMPLETE & _UNWEIGHTED & _OWN
"""Models of certain links, complete cases, no weights and the study's own definitions."""


def build_linkage_error(release: Release) -> list[Part]:
    """One part for each model that has linkage plans: a table of its terms by plan; none where no model has one."""
    plain, how = labels.PLANS["as_linked"], "linkage error is carried"
    among = _COMPLETE & _UNWEIGHTED & _OWN
    return [_part(release, rows, plain, how) for rows in _side_by_side(release, among, ~_CERTAIN)]


def build_missing_data(release: Release) -> list[Part]:
    """One part for each model that is imputed: its terms beside those of its complete cases; none where none is."""
    plain, how = labels.MISSING_PLANS["complete_case"], "missing covariates are handled"
    among = _CERTAIN & _UNWEIGHTED & _OWN
    return [_part(release, rows, plain, how) for rows in _side_by_side(release, among, ~_COMPLETE)]


def build_other_definitions(release: Release) -> list[Part]:
    """One part for each model that is fitted under other definitions, beside the study's own; none where none is."""
    plain, how = OWN, "the study is defined"
    among = _CERTAIN & _COMPLETE & _UNWEIGHTED
    return [_part(release, rows, plain, how) for rows in _side_by_side(release, among, ~_OWN)]


def build_weighted(release: Release) -> list[Part]:
    """One part for each model that is weighted for those lost: its terms beside those of the known outcomes alone."""
    plain, how = labels.WEIGHTINGS["none"], "incomplete follow-up is handled"
    found = []
    for rows in _side_by_side(release, _CERTAIN & _COMPLETE & _OWN, ~_UNWEIGHTED):
        part = _part(release, rows, plain, how)
        weighted = rows.filter(~_UNWEIGHTED)
        told = weighted.filter(pl.col("status") != "suppressed_primary")["note"].unique(maintain_order=True)
        names = weighted["model"].unique(maintain_order=True)
        notes = tuple(f"Note: {note}." for note in told if note)
        risks = [table for name in names for table in build_risks(release, name, f"{part.title}, weighted")]
        found.append(replace(part, sentences=notes, tables=(*part.tables, *risks)))
    return found


def _side_by_side(release: Release, among: pl.Expr, planned: pl.Expr) -> list[pl.DataFrame]:
    frame = release.find("estimates")
    if frame.is_empty():
        return []
    frame = frame.filter(among & _FULL)
    have_plans = frame.filter(planned).select(_SAME_MODEL).unique()
    together = frame.join(have_plans, on=_SAME_MODEL, how="semi", nulls_equal=True, maintain_order="left")
    return together.partition_by(_SAME_MODEL, maintain_order=True)


def _part(release: Release, rows: pl.DataFrame, plain: str, how: str) -> Part:
    first = rows.row(0, named=True)
    kind = labels.FAMILIES.get(first["family"], ("ratio", ""))[0]
    models = rows.unique("model", keep="first", maintain_order=True).rows(named=True)
    cells = {(row["model"], row["term"], row["level"]): row for row in rows.iter_rows(named=True)}
    terms = rows.select("term", "level", "reference").unique(maintain_order=True)
    body = tuple(
        Row(
            labels.term_label(term, level, reference),
            tuple(cell for model in models for cell in _cells(cells.get((model["model"], term, level)), model)),
        )
        for term, level, reference in terms.iter_rows()
    )
    title = labels.model_label(first["outcome"], first["family"], first["label"])
    columns = ("Term", *(head for model in models for head in _heads(release, model, plain)))
    caption = f"{kind.capitalize()}s (95% interval) by how {how}. {title}"
    hidden = f"Not shown: {sentences.hidden_words(release)}"
    return Part(title, (), (), (Table("estimates", caption, columns, body, release.downloads["estimates"], hidden),))


def _heads(release: Release, model: dict[str, str | float | None], plain: str) -> tuple[str, ...]:
    if model["alternative"]:
        return (label_alternative(release, str(model["alternative"])),)
    if model["linkage_plan"] != "as_linked":
        return (labels.plan_label(str(model["linkage_plan"]), model["threshold"]),)  # type: ignore[arg-type]
    if model["missing_plan"] != "complete_case":
        return (labels.MISSING_PLANS[str(model["missing_plan"])], "Information lost")
    if model["weighting"] != "none":
        return (labels.WEIGHTINGS[str(model["weighting"])],)
    return (plain,)


def _cells(row: dict[str, float | str | None] | None, model: dict[str, str | float | None]) -> tuple[Cell, ...]:
    estimate = _cell(row)
    if model["missing_plan"] == "complete_case":
        return (estimate,)
    lost = row["fmi"] if row else None
    return (estimate, Cell(number(lost, 2)) if lost is not None else Cell(is_hidden=estimate.is_hidden))  # type: ignore[arg-type]


def _cell(row: dict[str, float | str | None] | None) -> Cell:
    if row is None:
        return Cell()
    if row["status"] == "not_estimable":
        return Cell("not estimable")
    if row["status"] != "shown":
        return Cell(is_hidden=True)
    return Cell(f"{ratio(row['ratio'])}{sentences.interval(row, 'ratio_low', 'ratio_high', name='')}")  # type: ignore[arg-type]
