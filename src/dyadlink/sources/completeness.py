"""How complete the records are, and in which range their values lie, by source and return year.

All rows that were read count, also those that a rule sets aside: how many were accepted is not told beside how many
were read, because the difference is the few that were not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import duckdb
import polars as pl

from dyadlink.estimates import Counts, Ranges
from dyadlink.schemas import check_table

COLUMNS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "patients": ("birth_date", "ethnic_category", "marital_status", "lsoa", "gss_code"),
        "team_referrals": ("start_date", "end_date", "team_type"),
        "care_contacts": ("contact_date", "attendance_code", "is_group", "team_id"),
        "mha_periods": ("start_date", "end_date", "legal_status"),
        "hospital_spells": ("start_date", "end_date"),
        "ward_stays": ("start_date", "end_date", "bed_class"),
        "diagnoses": ("recorded_date", "icd10_code"),
        "pregnancies": ("booking_date", "previous_live_births"),
        "babies": ("birth_date", "sex_code", "gestation_days", "pregnancy_outcome"),
        "cin_children": ("birth_date", "sex_code", "ethnicity"),
        "cin_episodes": ("referral_date", "closure_date", "closure_reason", "primary_need"),
        "assessments": ("start_date", "authorisation_date"),
        "child_in_need_plans": ("start_date", "end_date"),
        "section_47_enquiries": ("start_date", "initial_conference_date"),
        "child_protection_plans": ("start_date", "end_date", "initial_category", "n_previous_plans"),
        "looked_after_children": ("birth_date", "sex_code", "ethnicity"),
        "looked_after_episodes": ("start_date", "end_date", "legal_status", "placement", "reason_ceased"),
        "hes_admissions": ("admission_date", "discharge_date", "main_specialty"),
    }
)
"""Columns of each source table that the study's definitions read. A missing end says that a record is open."""

YEARS = MappingProxyType(
    {
        "census_year": "census_year",
        "return_year": "return_year",
        "month_id": "return_year_of_month(month_id)",
        "period_start_date": "return_year_of(period_start_date)",
        "admission_date": "return_year_of(admission_date)",
    }
)
"""What tells the return year of a row, by the column that a table has."""

PERCENTILES = (0.05, 0.5, 0.95)
RECORDED, MISSING, TOTAL, ALL, UNKNOWN = "recorded", "missing", "total", "all", "unknown"


def count_completeness(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Rows with and without a value, in the shape of `Counts`.

    Table is `completeness_<source>`, variable the column (`total` for all rows), level recorded or missing, group the
    return year (`unknown` where a row tells none; `all` is every year). A source without rows is left out.

    Args:
        connection: Holds the typed tables and the macros.
    """
    parts = [_count_source(connection, source, columns) for source, columns in COLUMNS.items()]
    return check_table(pl.concat([pl.DataFrame(schema=_SCHEMA), *parts]), Counts, "completeness")


_SCHEMA = {"table": pl.String(), "variable": pl.String(), "level": pl.String(), "group": pl.String(), "n": pl.Int64()}


def _count_source(connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str]) -> pl.DataFrame:
    read = connection.table(f"typed_{source}")
    year = next(sql for name, sql in YEARS.items() if name in read.columns)
    counts = ", ".join(f'count("{column}") as "{column}"' for column in columns)
    rows: pl.DataFrame = read.aggregate(f"{year} as return_year, count(*) as n_rows, {counts}").pl()
    # The engine gives a row of zeros where there is none to count.
    rows = rows.filter(pl.col("n_rows") > 0).sort("return_year", nulls_last=True)
    if rows.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    by_year = rows.with_columns(group=pl.col("return_year").cast(pl.String).fill_null(UNKNOWN)).drop("return_year")
    every = by_year.select(pl.lit(ALL).alias("group"), pl.col("n_rows", *columns).sum())
    both = pl.concat([every, by_year.select(every.columns)])
    total = both.select("group", variable=pl.lit(TOTAL), level=pl.lit(TOTAL), n="n_rows")
    recorded = both.unpivot(columns, index=["group", "n_rows"], variable_name="variable", value_name="recorded")
    split = [
        recorded.select("group", "variable", level=pl.lit(RECORDED), n="recorded"),
        recorded.select("group", "variable", level=pl.lit(MISSING), n=pl.col("n_rows") - pl.col("recorded")),
    ]
    found = pl.concat([total, *(part.select(total.columns) for part in split)])
    table = pl.lit(f"completeness_{source}").alias("table")
    return found.select(table, "variable", "level", "group", pl.col("n").cast(pl.Int64))


def measure_ranges(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Percentiles of dates and numbers, in the shape of `Ranges`; dates as days since 1970.

    Args:
        connection: Holds the typed tables.
    """
    parts = [
        _measure_column(connection, source, column, kind)
        for source, columns in COLUMNS.items()
        for column, kind in _kinds(connection, source, columns).items()
    ]
    return check_table(pl.concat(parts), Ranges, "ranges")


def _kinds(connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str]) -> dict[str, str]:
    table = connection.table(f"typed_{source}")
    types = dict(zip(table.columns, (str(kind) for kind in table.types), strict=True))
    named = {"DATE": "date", "INTEGER": "number", "BIGINT": "number"}
    return {column: named[types[column]] for column in columns if types[column] in named}


def _measure_column(connection: duckdb.DuckDBPyConnection, source: str, column: str, kind: str) -> pl.DataFrame:
    value = f"date_diff('day', date '1970-01-01', \"{column}\")" if kind == "date" else f'"{column}"'
    names = ("low", "median", "high")
    cuts = ", ".join(
        f"quantile_disc({value}, {share}) as {name}" for name, share in zip(names, PERCENTILES, strict=True)
    )
    found: pl.DataFrame = connection.table(f"typed_{source}").aggregate(f'count("{column}") as n, {cuts}').pl()
    return found.select(
        source=pl.lit(source),
        column=pl.lit(column),
        kind=pl.lit(kind),
        n=pl.col("n").cast(pl.Int64),
        **{name: pl.col(name).cast(pl.Int64) for name in names},
    )
