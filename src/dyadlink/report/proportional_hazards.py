"""Beside a Cox model: whether its hazard ratios stay the same over the year."""

from __future__ import annotations

from typing import Any

from dyadlink.report import labels, sentences
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Row, Table, number, p_value

GLOBAL = "global"
MEANING = (
    "A small p says that the hazard ratio changes over the year, and that the one figure is an average; a large one "
    "does not show that it stays. The tests are not clustered on the mother."
)


def describe_tests(release: Release, model: str) -> tuple[str, ...]:
    """What the test of all terms at once says, and what it means; nothing where the model has no tests."""
    row = next((row for row in _rows_of(release, model) if row["term"] == GLOBAL), None)
    if row is None:
        return ()
    if row["status"] == "not_estimable":
        return ("Proportional hazards are not tested: the model has no estimates.",)
    if row["status"] != "shown":
        return (f"The test of proportional hazards is not shown: {sentences.hidden_words(release)}.",)
    figures = f"chi-squared {number(row['statistic'], 2)} with {row['df']} df, p {p_value(row['p_value'])}"
    return (f"Proportional hazards (Grambsch-Therneau, all terms): {figures}. {MEANING}",)


def build_tests(release: Release, model: str, title: str) -> tuple[Table, ...]:
    """The tests of one model by term; nothing where it has none."""
    rows = _rows_of(release, model)
    if not rows:
        return ()
    name = "proportional_hazards"
    body = tuple(Row(_term_words(row["term"]), _cells(row)) for row in rows)
    caption = f"{labels.table_label(name)} (Grambsch-Therneau). {title}"
    hidden = (
        f"Not shown: fewer than {release.threshold} dyads with or without the outcome at a level of the term, or a "
        "model that rests on too few"
    )
    return (Table(name, caption, ("Term", "Chi-squared", "df", "p"), body, release.downloads[name], hidden),)


def _rows_of(release: Release, model: str) -> list[dict[str, Any]]:
    return [row for row in release.find("proportional_hazards").iter_rows(named=True) if row["model"] == model]


def _term_words(term: str) -> str:
    return "All terms" if term == GLOBAL else labels.variable_label(term)


def _cells(row: dict[str, Any]) -> tuple[Cell, ...]:
    if row["status"] == "not_estimable":
        return (Cell("not estimable"), Cell(), Cell())
    if row["status"] != "shown":
        return (Cell(is_hidden=True),) * 3
    return (Cell(number(row["statistic"], 2)), Cell(str(row["df"])), Cell(p_value(row["p_value"])))
