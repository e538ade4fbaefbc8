"""Which records break which rule: the conditions are SQL (workflow/sql/rules), the rules a table beside them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from dyadlink.config import Checks
from dyadlink.schemas import check_table
from dyadlink.schemas.quality import ANY_SOURCE, SEVERITIES, DataQuality, read_rules
from dyadlink.sources.staging import STAGED
from dyadlink.sql import append_rows, create_tables, create_view, read_table, text

CONDITIONS = (
    *(f"broken_{staged.typed.removeprefix('typed_')}" for staged in STAGED),
    "broken_looked_after_order",
    "broken_looked_after_years",
)
"""Queries of workflow/sql/rules that find the rows that break a rule, table by table."""

TOLD, COUNTS = "broken_records", ("rows_read", "stopped_tables")
RULE_TABLES = (*CONDITIONS, TOLD, *COUNTS)
"""Queries of workflow/sql/rules, each after those it reads."""

_COUNT_BROKEN = """
    select source, rule, return_year, source_file::varchar as source_file, count(*) as n
    from broken_records
    group by all
    order by all
"""

READ, ACCEPTED = "rows_read", "accepted"


class Checked(NamedTuple):
    """What the rules found in the sources."""

    rules: pl.DataFrame
    """The rules, in the shape of `Rules`."""
    broken: pl.DataFrame
    """How many records break one: source, rule, return_year, source_file, n. They stand in table `broken_records`."""
    stopped: pl.DataFrame
    """What is of no use as a whole: rule, source, source_file (null for a table), n rows."""
    quality: pl.DataFrame
    """The counts, in the shape of `DataQuality`."""


def check_sources(connection: duckdb.DuckDBPyConnection, sql: Path, settings: Checks) -> Checked:
    """What the rules find in the typed tables; nothing is changed in them.

    The records that break a rule become the table `broken_records` of the connection, in the shape of `BrokenRecords`.

    Args:
        connection: Holds the typed tables, `authorities` and a view `codelist_<name>` for each code list.
        sql: Folder that holds rules/.
        settings: When a table is of no use as a whole.

    Raises:
        ContractError: The table of rules breaks its contract.
    """
    rules = read_rules(sql / "rules" / "rules.csv")
    connection.register("rules", rules)
    _tell_broken(connection, sql / "rules")
    create_tables(connection, sql / "rules", COUNTS, settings.model_dump())
    broken: pl.DataFrame = connection.sql(_COUNT_BROKEN).pl()
    quality = _count(read_table(connection, "rows_read"), broken, rules)
    stopped = read_table(connection, "stopped_tables").with_columns(pl.col("source_file").cast(pl.String))
    return Checked(rules, broken, stopped, quality)


def _tell_broken(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make `broken_records`, in order of source, place, record and rule.

    A rule may be broken by every row of a source: so all is written once, source by source, and never together.
    """
    for table in CONDITIONS:
        create_view(connection, folder / f"{table}.sql", f'"{table}"', "")
    create_view(connection, folder / f"{TOLD}.sql", "told_records", "")
    connection.execute(f"create or replace table {TOLD} as from told_records limit 0")
    for source in sorted({staged.typed.removeprefix("typed_") for staged in STAGED}):
        of_source = f"from told_records where source = {text(source)} order by source_file, source_row, record, rule"
        append_rows(connection, TOLD, of_source, folder / f"broken_{source}.sql")
    connection.execute("drop view told_records")


def _count(rows_read: pl.DataFrame, broken: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """The counts by source, rule and return year; a rule that nothing breaks counts none."""
    read = rows_read.group_by("source", "return_year").agg(pl.col("n_read", "n_accepted").sum())
    totals = [
        read.select(
            "source",
            "return_year",
            n,
            rule=pl.lit(rule),
            severity=pl.lit("none"),
            title=pl.lit(title),
            is_row_outcome=pl.lit(rule == ACCEPTED),
        ).rename({n: "n"})
        for rule, n, title in ((READ, "n_read", "Rows read"), (ACCEPTED, "n_accepted", "Rows accepted"))
    ]
    of_rows = rules.filter((pl.col("source") != ANY_SOURCE) & (pl.col("severity") != "stop"))
    of_rows = of_rows.join(read.select("source").unique(), on="source", how="semi")
    counted = broken.group_by("source", "rule", "return_year").agg(pl.col("n").sum())
    found = of_rows.join(counted, on=["source", "rule"], how="left").with_columns(
        pl.col("n").fill_null(0), is_row_outcome=pl.col("severity") == "quarantine"
    )
    columns = list(DataQuality.columns())
    frame = pl.concat([part.select(columns) for part in (*totals, found)], how="vertical_relaxed")
    ordered = frame.sort(
        _place("source", [staged.typed.removeprefix("typed_") for staged in STAGED]),
        _place("severity", ["none", *SEVERITIES]),
        _place("rule", [READ, ACCEPTED, *dict.fromkeys(rules.get_column("rule"))]),
        "return_year",
    )
    return check_table(ordered, DataQuality, "data_quality")


def _place(column: str, order: list[str]) -> pl.Expr:
    places = pl.Series(order)
    return pl.col(column).replace_strict(places, pl.Series(range(len(order))), return_dtype=pl.Int64)
