"""The section on the sources: rules broken, values missing by year, and where the values lie."""

from __future__ import annotations

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Part, Row, Table, plain_table


def build_quality(release: Release) -> list[Part]:
    """The parts of the section, those that the release has tables for."""
    return [*_build_rules(release), *_build_completeness(release), *_build_ranges(release)]


def _build_rules(release: Release) -> list[Part]:
    frame = release.find("data_quality")
    if frame.is_empty():
        return []
    frame = frame.filter(pl.col("return_year") == "all")
    shown = frame.drop_nulls("n").with_columns(
        pl.col("source").replace(labels.SOURCES), pl.col("severity").replace(labels.SEVERITIES)
    )
    columns = {"title": "What is counted", "source": "Table", "severity": "What becomes of it", "n": "Records"}
    caption = labels.table_label("data_quality")
    table = plain_table(release, "data_quality", caption, columns, shown)
    n_hidden = frame.height - shown.height
    told = f"{n_hidden:,} of the {frame.height:,} counts are not listed: each is {sentences.hidden_words(release)}."
    return [Part("", (told,) if n_hidden else (), tables=(table,))]


def _build_completeness(release: Release) -> list[Part]:
    frame = release.find("data_completeness")
    if frame.is_empty():
        return []
    missing = frame.filter(pl.col("level") == "missing")
    years = sorted(set(missing.get_column("return_year")) - {"all"})
    rows: list[Row] = []
    for (source,), part in missing.group_by("source", maintain_order=True):
        rows.append(Row(labels.SOURCES.get(str(source), str(source)), is_heading=True))
        for (column,), found in part.group_by("column", maintain_order=True):
            by_year = {row["return_year"]: row for row in found.iter_rows(named=True)}
            cells = tuple(_share(by_year.get(year)) for year in ("all", *years))
            rows.append(Row(labels.plain(str(column)), cells, is_indented=True))
    columns = ("Column", "All years", *(labels.plain(year) for year in years))
    hidden = f"Not shown: {sentences.hidden_words(release)}"
    name = "data_completeness"
    table = Table(name, labels.table_label(name), columns, tuple(rows), release.downloads[name], hidden)
    return [Part("", (_COMPLETENESS,), tables=(table,))]


_COMPLETENESS = (
    "A value that is missing is not always an error: a record without an end is still open. Years are return years, "
    "April to March."
)


def _share(row: dict[str, object] | None) -> Cell:
    """The share of rows without a value; blank where the source has no row in the year."""
    if row is None:
        return Cell()
    return Cell(is_hidden=True) if row["percent"] is None else Cell(f"{row['percent']:.1f}%")


def _build_ranges(release: Release) -> list[Part]:
    frame = release.find("data_ranges")
    shown = frame.filter(pl.col("status") == "shown") if not frame.is_empty() else frame
    if shown.is_empty():
        return []
    rows = shown.select(
        pl.col("source").replace(labels.SOURCES),
        pl.Series("column", [labels.plain(column) for column in shown.get_column("column")], dtype=pl.String),
        *(pl.coalesce(pl.col(name).cast(pl.String), f"{name}_month").alias(name) for name in ("low", "median", "high")),
    )
    columns = {"source": "Table", "column": "Column", "low": "From", "median": "Median", "high": "To"}
    return [Part("", tables=(plain_table(release, "data_ranges", labels.table_label("data_ranges"), columns, rows),))]
