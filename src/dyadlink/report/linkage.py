"""The section on the links: who was linked, how rightly as far as it can be told, and by which model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from dyadlink.report import figures, labels, sentences
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Figure, Part, Row, Table, count_cell, counts_table, number, plain_table

TABLES = (
    "linkage",
    "linkage_accuracy",
    "linkage_accuracy_rates",
    "linked_infants",
    "link_checks",
    "match_weights",
    "threshold_grid",
    "review_estimates",
    "standardising",
    "linkage_model",
)
"""Released tables that this section shows or names."""
MANY_LEVELS = "la_code"
"""Left to the files: a table of all authorities would bury the rest."""


def build_linkage(release: Release) -> list[Part]:
    """The parts of the section, those that the release has tables for."""
    parts = [_steps, _accuracy, _linked_and_unlinked, _checks, _review, _thresholds, _weights]
    return [part for build in parts for part in build(release)]


def build_model_card(release: Release) -> Part | None:
    """The model card; None where no model was used."""
    frame = release.find("linkage_model")
    if frame.is_empty():
        return None
    settings = release.manifest.get("settings", {}).get("linkage", {})
    threshold = settings.get("match_probability_threshold")
    kept = f" at a match probability of {threshold} or more" if threshold is not None else ""
    learnt = "from the records of this study" if settings.get("model") is None else "by an earlier linkage"
    words = (
        f"What it is: Fellegi and Sunter's model, learnt {learnt} without any labels. It is used{kept}.",
        "Meant for: linking infants of mothers in psychiatric care with children known to an authority, in research; "
        "never for a decision on a family.",
        "Limits: it takes comparisons for independent of each other, and all groups for equally well recorded. Where "
        "names are misspelt, changed or short, it misses more links: see the tables by group.",
        "It holds no value of a person: m and u are shares of all pairs at each level of agreement.",
    )
    rows = frame.with_columns(
        pl.Series("comparison", [labels.plain(name) for name in frame["comparison"]], dtype=pl.String),
        *(
            pl.Series(name, [None if value is None else f"{value:.3g}" for value in frame[name]], dtype=pl.String)
            for name in ("m", "u")
        ),
        weight=pl.Series([number(value, 1) for value in frame["weight"]], dtype=pl.String),
    )
    columns = {
        "comparison": "Comparison",
        "level": "Level of agreement",
        "m": "Share of true pairs (m)",
        "u": "Share of other pairs (u)",
        "weight": "Adds to the match weight",
    }
    table = plain_table(release, "linkage_model", labels.table_label("linkage_model"), columns, rows)
    return Part("Model card of the linkage", words, tables=(table,))


def _steps(release: Release) -> list[Part]:
    table = counts_table(release, "linkage", f"{labels.table_label('linkage')}: n (% of the column)")
    return [Part("", tables=(table,))] if table else []


def _accuracy(release: Release) -> list[Part]:
    frame = release.find("linkage_accuracy_rates")
    if frame.is_empty():
        return []
    total = frame.row(0, named=True)
    recall = "not shown" if total["recall"] is None else f"{total['recall']:.1f}%"
    if total["precision"] is not None:
        precision = f"{total['precision']:.1f}%"
    elif total["precision_at_least"] is not None:
        precision = f"at least {total['precision_at_least']:.1f}% (fewer than {release.threshold} links are wrong)"
    else:
        precision = "not shown"
    words = (
        f"Of the true links of these invented records, the share that was found (recall) is {recall}; of the links "
        f"made, the share that is right (precision) is {precision}."
    )
    cells: dict[str, Callable[[dict[str, Any]], Cell]] = {
        "Recall": lambda row: _percent(row["recall"]),
        "Precision": lambda row: _percent(row["precision"], row["precision_at_least"]),
        "F1": lambda row: _percent(row["f1"]),
    }
    return [Part("Against the truth", (words,), tables=(_by_level(release, "linkage_accuracy_rates", frame, cells),))]


def _percent(value: float | None, at_least: float | None = None) -> Cell:
    if value is not None:
        return Cell(f"{value:.1f}%")
    return Cell(is_hidden=True) if at_least is None else Cell(f"at least {at_least:.1f}%")


def _linked_and_unlinked(release: Release) -> list[Part]:
    counts, differences = release.find("linked_infants"), release.differences("linked_infants")
    if counts.is_empty() or differences.is_empty():
        return []
    n = counts.pivot(on="group", index=["variable", "level"], values="n", maintain_order=True)
    frame = n.join(
        differences.select("variable", "level", "standardised_difference"), on=["variable", "level"], how="left"
    )
    cells: dict[str, Callable[[dict[str, Any]], Cell]] = {
        "Infants": lambda row: Cell(number(row["all"]), is_hidden=row["all"] is None),
        "Linked": lambda row: _share(row["linked"], row["all"]),
        "Standardised difference": _difference,
    }
    words = (
        "An infant is unlinked where no authority knows it, or where the link was missed: the two cannot be told "
        "apart here, and involved families differ from others. A standardised difference compares the share of a level "
        "among linked and unlinked infants; beyond 0.1 it is often called notable. Authorities stand in the file "
        "alone, small ones put together."
    )
    return [Part("Linked and unlinked infants", (words,), tables=(_by_level(release, "linked_infants", frame, cells),))]


def _share(part: int | None, whole: int | None) -> Cell:
    return Cell(f"{100 * part / whole:.0f}%") if part is not None and whole else Cell(is_hidden=True)


def _difference(row: dict[str, Any]) -> Cell:
    if row["level"] == "total":
        return Cell()
    value = row["standardised_difference"]
    return Cell(number(value, 2), is_hidden=value is None)


def _by_level(
    release: Release, name: str, frame: pl.DataFrame, cells: dict[str, Callable[[dict[str, Any]], Cell]]
) -> Table:
    """Levels as rows under their variable, each column by a rule of its own."""
    rows: list[Row] = []
    for (variable,), part in frame.filter(pl.col("variable") != MANY_LEVELS).group_by("variable", maintain_order=True):
        is_total = variable == "total"
        if not is_total:
            rows.append(Row(labels.variable_label(str(variable)), is_heading=True))
        for row in part.iter_rows(named=True):
            header = "All" if is_total else labels.level_label(row["level"], str(variable))
            rows.append(Row(header, tuple(cell(row) for cell in cells.values()), is_indented=not is_total))
    return Table(name, labels.table_label(name), ("", *cells), tuple(rows), release.downloads[name])


def _checks(release: Release) -> list[Part]:
    frame = release.find("link_checks")
    if frame.is_empty():
        return []
    n = {(row["variable"], row["level"]): row for row in frame.iter_rows(named=True)}
    rows = tuple(
        Row(labels.variable_label(name), (count_cell(n[name, "total"]), count_cell(n[name, "yes"])))
        for name in frame["variable"].unique(maintain_order=True)
    )
    columns = ("What the records show", "Looked at", "Show it")
    table = Table("link_checks", labels.table_label("link_checks"), columns, rows, release.downloads["link_checks"])
    words = (
        "Facts that the linkage does not use can give a false link away. The share of impossible links is a floor: "
        "most false links look possible. A control is a child who was born years before the study's window; the "
        "infants' birth dates were moved back by these years, so that whoever is linked to one is linked wrongly."
    )
    if all(row.cells[-1].is_hidden for row in rows):
        none = f"How many links show it can be said of no line: each number is {sentences.hidden_words(release)}."
        return [Part("Links that cannot be true", (words, none), tables=(table,))]
    return [Part("Links that cannot be true", (words,), tables=(table,))]


def _review(release: Release) -> list[Part]:
    frame = release.find("review_estimates")
    if frame.is_empty():
        return []
    rows = frame.with_columns(
        pl.col("quantity").replace(labels.QUALITY),
        pl.col("cannot_tell").replace(labels.CANNOT_TELL),
        interval=pl.when(pl.col("conf_low").is_not_null()).then(
            pl.format("{} to {}", pl.col("conf_low").round(2), pl.col("conf_high").round(2))
        ),
        estimate=pl.col("estimate").round(2).cast(pl.String),
    )
    columns = {
        "quantity": "Quantity",
        "cannot_tell": "Pairs that could not be told",
        "estimate": "Estimate",
        "interval": "95% interval",
    }
    words = (
        "A person judged a random sample of pairs; precision and recall of all links are worked out from it. Recall is "
        "that among pairs that were compared at all."
    )
    table = plain_table(release, "review_estimates", labels.table_label("review_estimates"), columns, rows)
    return [Part("As reviewed by a person", (words,), tables=(table,))]


def _thresholds(release: Release) -> list[Part]:
    frame = release.find("threshold_grid")
    if frame.is_empty():
        return []
    shares = ["expected_precision", "expected_recall", "precision", "recall"]
    shown = [name for name in shares if frame[name].count()]
    rows = frame.with_columns(
        pl.Series(name, [None if v is None else f"{100 * v:.1f}%" for v in frame[name]], dtype=pl.String)
        for name in shown
    )
    columns = {"level": "Threshold", "n": "Links"} | {name: labels.QUALITY[name] for name in shown}
    words = (
        "Links of the exact steps stand at every threshold. Expected precision is the mean match probability of the "
        "links, expected recall the share of the sum over all scored pairs: both are as good as the model, "
        "and true pairs that were never compared are in neither. A row is left empty where too few links lie between "
        "it and the next."
    )
    table = plain_table(release, "threshold_grid", labels.table_label("threshold_grid"), columns, rows)
    marked = (replace(row, cells=tuple(c if c.text else Cell(is_hidden=True) for c in row.cells)) for row in table.rows)
    table = replace(table, rows=tuple(marked))
    return [Part("At other thresholds", (words,), tables=(table,))]


def _weights(release: Release) -> list[Part]:
    frame = release.find("match_weights")
    if frame.is_empty():
        return []
    if frame.filter(pl.col("level") != "total").drop_nulls("n").is_empty():
        return []
    figure = Figure(
        figures.draw_match_weights(frame, "match-weights"),
        "Histogram of the match weights of links and of other scored pairs; the table below gives each bar.",
        "A match weight of 0 is a match as likely as not; five more make the odds 32 times as great. Bars that are "
        f"missing are {sentences.hidden_words(release)}. A good model leaves few pairs between the two heaps.",
        frame.write_csv(),
    )
    table = counts_table(release, "match_weights", labels.table_label("match_weights"))
    return [Part("Match weights", (), (figure,), (table,) if table else ())]
