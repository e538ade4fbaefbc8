"""The staged rows that fed the dyad, and the records of it that broke a rule."""

from __future__ import annotations

import polars as pl

from dyadlink.explain.facts import month_name
from dyadlink.explain.layout import Block, Table, Text, frame_table, words
from dyadlink.explain.records import Case, Row, stored_tables
from dyadlink.schemas.quality import read_rules

_HOME = ["lsoa", "gss_code", "marital_status"]


def tell_records(case: Case) -> list[Block]:
    """A table for each stored one, what broke a rule, and what is not stored."""
    blocks: list[Block] = []
    for name, place in stored_tables().items():
        if place.title is None:
            continue
        title = f"{place.title} ({place.folder}/{name})"
        blocks.append(
            _months(case, title) if name == "patient_months" else frame_table(case.rows(name), place.show, title)
        )
    return [*blocks, Text(""), *_broken(case), Text(""), *_NOT_STORED]


def _months(case: Case, title: str) -> Table:
    """Months that follow each other and hold the same are one row."""
    months = case.rows("patient_months")
    is_new = (pl.struct(_HOME) != pl.struct(_HOME).shift()) | (pl.col("month_id") != pl.col("month_id").shift() + 1)
    runs = (
        months.with_columns(run=is_new.fill_null(value=True).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(pl.col("month_id").first().alias("first"), pl.col("month_id").last().alias("last"), pl.col(_HOME).first())
    )
    rows = [(month_name(first), month_name(last), *home) for _, first, last, *home in runs.iter_rows()]
    return Table(("from", "to", *_HOME), rows, f"{title}, like months together")


def _broken(case: Case) -> list[Block]:
    """A paragraph for each record that broke a rule, those that were set aside first."""
    titles = read_rules(case.project / "workflow/sql/rules/rules.csv").select("source", "rule", "title")
    found = case.broken_records().join(titles, on=["source", "rule"], how="left", maintain_order="left")
    first = found.sort(pl.col("severity") != "quarantine", maintain_order=True)
    title = "Records of the linked children that broke a rule (staging/broken_records)"
    return [
        Text(f"{title}:" if first.height else f"{title}: none"),
        *(Text(_broken_line(row), indent=2) for row in first.iter_rows(named=True)),
    ]


def _broken_line(row: Row) -> str:
    became = _BECAME[row["severity"]]
    place = f"return year {words(row['return_year'])}, {row['source_file']}, row {row['source_row']}"
    return f"{became}: {row['source']} {row['record']}, {row['rule']} ({words(row['title'])}); {place}"


_BECAME = {"quarantine": "set aside", "mend": "mended", "warn": "kept", "stop": "stopped the study"}
"""What became of a record, by the rule's severity."""

_NOT_STORED = (
    Text("What is not stored:"),
    Text(
        "- the raw rows: they stand in the files of the sources alone. The tables above hold the latest version of "
        "each record, without file and row; a record that broke a rule has both in the list above, in a census file "
        "the number of the child.",
        indent=2,
    ),
    Text(
        "- whose a row of the health records was that broke a rule: the list holds its file and row and no person "
        "(dyadlink check-inputs counts them by rule and file).",
        indent=2,
    ),
    Text("- names, NHS numbers and postcodes: they are read for linkage alone.", indent=2),
)
