"""Standardised risks and E-values beside a model."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report import labels
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Row, Table, number, ratio

RISKS = (
    "Standardised risks: all dyads of the model are set to one level, everything else as it is, and the risks that the "
    "model gives them are averaged. These are risks and not odds, in dyads such as these; they show no effect of "
    "changing a level."
)
E_VALUES = (
    "E-value: how strongly, as a ratio of risks, something that the model lacks would have to go with both the factor "
    "and the outcome to explain the estimate away, or to bring the interval to 1. A large E-value is no proof that "
    "there is nothing of the kind, and it says nothing of selection, missing values or linkage error."
)
_MEASURES = {"odds_ratio": "odds ratio", "hazard_ratio": "hazard ratio", "risk_ratio": "ratio of risks"}
_TAKEN_AS = {
    ("odds_ratio", "common"): "E-values: the outcome is not rare, so an odds ratio counts as its square root.",
    (
        "hazard_ratio",
        "common",
    ): "E-values: the outcome is not rare, so a hazard ratio counts as VanderWeele & Ding (2017) "
    "have it for a common outcome.",
}


def describe_absolute(release: Release) -> tuple[str, ...]:
    """What standardised risks and E-values are, where the release shows some."""
    words = {"marginal_risks": RISKS, "e_values": E_VALUES}
    frames = {name: release.find(name) for name in words}
    return tuple(words[name] for name, frame in frames.items() if frame.height and (frame["status"] == "shown").any())


def build_risks(release: Release, model: str, title: str) -> tuple[Table, ...]:
    """Risks by level, their differences and ratios; nothing where the model has none."""
    rows = _rows_of(release, "marginal_risks", model)
    if not rows:
        return ()
    found = {(row["term"], row["level"], row["quantity"]): row for row in rows}
    body: list[Row] = []
    for term in dict.fromkeys(row["term"] for row in rows):
        levels = list(dict.fromkeys(row["level"] for row in rows if row["term"] == term))
        if levels != [""]:
            body.append(Row(labels.variable_label(term), is_heading=True))
        for level in levels:
            header = labels.level_label(level, term) if level else f"{labels.variable_label(term)}: one step up"
            cells = (
                _cell(found.get((term, level, "risk")), _percent, "%"),
                _cell(found.get((term, level, "difference")), _percent, ""),
                _cell(found.get((term, level, "ratio")), ratio, ""),
            )
            body.append(Row(header, cells, is_indented=bool(level)))
    name = "marginal_risks"
    columns = ("Everybody at", "Risk (95% interval)", "Difference, points (95% interval)", "Ratio (95% interval)")
    caption = f"{labels.table_label(name)}. {title}"
    return (Table(name, caption, columns, tuple(body), release.downloads[name], _hidden(release)),)


def describe_e_values(release: Release, model: str) -> tuple[str, ...]:
    """How ratios that are no ratios of risks were taken; nothing where they were taken as they are."""
    rows = [row for row in _rows_of(release, "e_values", model) if row["status"] == "shown"]
    taken = dict.fromkeys(_TAKEN_AS.get((row["measure"], row["taken_as"]), "") for row in rows)
    return tuple(words for words in taken if words)


def build_e_values(release: Release, model: str, title: str) -> tuple[Table, ...]:
    """E-values of estimates and of the limits nearer to 1; nothing where the model has none."""
    rows = _rows_of(release, "e_values", model)
    if not rows:
        return ()
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    found = {(row["term"], row["level"], row["measure"]): row for row in rows}
    terms = dict.fromkeys((row["term"], row["level"], row["reference"]) for row in rows)
    body = tuple(
        Row(
            labels.term_label(term, level, reference),
            tuple(cell for measure in measures for cell in _e_value_cells(found.get((term, level, measure)))),
        )
        for term, level, reference in terms
    )
    name = "e_values"
    heads = (head for m in measures for head in (f"Of the {_MEASURES[m]}", "Of its limit"))
    caption = f"{labels.table_label(name)}. {title}"
    return (Table(name, caption, ("Term", *heads), body, release.downloads[name], _hidden(release)),)


def _rows_of(release: Release, name: str, model: str) -> list[dict[str, Any]]:
    frame = release.find(name)
    return frame.filter(pl.col("model") == model).rows(named=True) if frame.height else []


def _percent(value: float) -> str:
    """A proportion as a number of per cent, with the decimals that were released."""
    return number(100 * value, 0 if round(100 * value, 6) == round(100 * value) else 1)


def _cell(row: dict[str, Any] | None, words: Any, sign: str) -> Cell:
    if row is None:
        return Cell()
    if row["status"] == "not_estimable":
        return Cell("not estimable")
    if row["status"] != "shown":
        return Cell(is_hidden=True)
    low, high = words(row["conf_low"]), words(row["conf_high"])
    return Cell(f"{words(row['estimate'])}{sign} ({low} to {high})")


def _e_value_cells(row: dict[str, Any] | None) -> tuple[Cell, Cell]:
    if row is None:
        return Cell(), Cell()
    if row["status"] == "not_estimable":
        return Cell("not estimable"), Cell()
    if row["status"] != "shown":
        return (Cell(is_hidden=True),) * 2
    return Cell(number(row["e_value"], 2)), Cell(number(row["e_value_limit"], 2))


def _hidden(release: Release) -> str:
    return (
        f"Not shown: fewer than {release.threshold} people, events or non-events at this level or at its reference, or "
        "a model that rests on too few"
    )
