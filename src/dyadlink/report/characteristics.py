"""The section on characteristics: the dyads with and without each outcome, and how far they are apart."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from dyadlink.report import figures, labels
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Figure, Part, Row, Table, counts_table, medians_tables, number

CHARACTERISTICS = (
    "characteristics_by_o1",
    "characteristics_by_o2",
    "characteristics_by_custody_loss",
    "characteristics_by_plan",
)
"""Released tables of this section, in reading order."""

NOTABLE = 0.1
"""A standardised difference beyond this is often called notable (Austin 2009, Stat Med 28:3083)."""

_SERIES = {
    "characteristics_by_o1": "Involved in the episode (O1)",
    "characteristics_by_o2": "Involved at T3 (O2)",
    "characteristics_by_custody_loss": "Custody loss (O4)",
    "characteristics_by_plan": "First plan (O3)",
}
_WITH_AND_WITHOUT = {"yes": "With the outcome", "no": "Without it"}
_OVERALL = "overall"
_FEWEST_DRAWN = 0.25
"""Share of the differences that must be shown for a drawing: with fewer it would be almost empty."""


def build_balance(release: Release) -> Part | None:
    """The balance plot: each variable's standardised difference, for every outcome; None without any."""
    frame = pl.concat([release.differences(name) for name in CHARACTERISTICS])
    if frame.is_empty():
        return None
    shown = frame.filter((pl.col("level") == _OVERALL) & pl.col("standardised_difference").is_not_null())
    if shown.is_empty():
        return None
    series = {name: words for name, words in _SERIES.items() if name in shown["table"]}
    table = _overall_table(release, frame, series)
    if shown.height < _FEWEST_DRAWN * len(table.rows) * len(series):
        return Part("", ("Too few differences can be shown to be drawn; the table has those that can.",), (), (table,))
    drawn = figures.draw_balance(shown, "balance", series, NOTABLE)
    most = shown.sort("standardised_difference").row(-1, named=True)
    label = (
        f"Balance plot of {shown['variable'].n_unique()} characteristics. The largest standardised difference is "
        f"{most['standardised_difference']:.2f}: {labels.variable_label(most['variable']).lower()}, "
        f"by {series[most['table']]}."
    )
    caption = (
        "Standardised difference of each characteristic between the dyads with and without the outcome, over all its "
        f"levels, those not recorded among them (Yang & Dalton 2012). The dashed line is at {NOTABLE:g}. A "
        "characteristic with a hidden count is left out."
    )
    return Part("", (), (Figure(drawn, label, caption, shown.write_csv()),), (table,))


def _overall_table(release: Release, frame: pl.DataFrame, series: dict[str, str]) -> Table:
    overall = frame.filter(pl.col("level") == _OVERALL)
    cells = {(row["variable"], row["table"]): row["standardised_difference"] for row in overall.iter_rows(named=True)}
    rows = tuple(
        Row(labels.variable_label(variable), tuple(_difference_cell(cells.get((variable, name))) for name in series))
        for variable in overall["variable"].unique(maintain_order=True)
    )
    name = "standardised_differences"
    caption = "Standardised differences over all levels of each characteristic"
    return Table(name, caption, ("Characteristic", *series.values()), rows, release.downloads[name])


def _difference_cell(value: float | None) -> Cell:
    return Cell(number(value, 2), is_hidden=value is None)


def build_characteristics(release: Release, name: str) -> Part:
    """One table of characteristics with its medians."""
    table = counts_table(release, name, f"{labels.table_label(name)}: n (% of the column)", _WITH_AND_WITHOUT)
    title = labels.table_label(name).replace("Characteristics by", "By")
    if table is None:
        return Part(title, ("The release has no such table.",))
    medians = medians_tables(release, [name], _WITH_AND_WITHOUT)
    differences = release.differences(name)
    if not differences.is_empty() and not differences["standardised_difference"].count():
        words = "No standardised difference can be shown: each would give a hidden count or total away."
        return Part(title, (words,), (), (table, *medians))
    return Part(title, (), (), (_with_differences(differences, table), *medians))


def _with_differences(differences: pl.DataFrame, table: Table) -> Table:
    found = {
        (labels.variable_label(row["variable"]), labels.level_label(row["level"], row["variable"])): row[
            "standardised_difference"
        ]
        for row in differences.iter_rows(named=True)
    }
    rows: list[Row] = []
    variable = ""
    for row in table.rows:
        if row.is_heading:
            variable = row.header
            rows.append(row)
            continue
        value = found.get((variable, row.header))
        cell = _difference_cell(value) if row.is_indented else Cell()
        rows.append(replace(row, cells=(*row.cells, cell)))
    return replace(table, columns=(*table.columns, "Standardised difference"), rows=tuple(rows))


def build_missing(release: Release) -> Part | None:
    """Which covariates are missing together, with and without each outcome."""
    name = "missing_patterns"
    table = counts_table(release, name, f"{labels.table_label(name)}: n (% of the column)", _WITH_AND_WITHOUT)
    if table is None:
        return None
    words = (
        "How often one covariate is missing stands in the tables above. A combination is named where enough dyads with "
        "and without some outcome have it; the others are put together."
    )
    return Part("What is not recorded", (words,), (), (table,))
