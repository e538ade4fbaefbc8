"""The staged tables of one mother with twins, one of them linked, as the cohort reads them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dyadlink.config import Resources
from dyadlink.schemas import CONTRACTS
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import add_views, codelist_views, connect

ROOT = Path(__file__).parents[3]
SQL = ROOT / "workflow/sql"

STAGED: dict[str, list[dict[str, Any]]] = {
    "authorities": [
        {
            "la_code": "301",
            "gss_code": "E09000002",
            "name": "A",
            "country": "England",
            "route": "england_returns",
            "coverage_start": date(2020, 4, 1),
            "coverage_end": date(2024, 3, 31),
        }
    ],
    "patients": [
        {
            "person_id": "m1",
            "ethnic_category": "A",
        }
    ],
    "patient_months": [{"person_id": "m1", "month_id": 1453, "gss_code": "E09000002", "marital_status": "S"}],
    "births": [
        {
            "infant_id": infant,
            "mother_id": "m1",
            "n_mothers": 1,
            "birth_date": date(2021, 3, 5),
            "latest_birth_date": date(2021, 3, 5),
            "is_live_birth": True,
            "n_infants_delivered": 2,
            "maternal_age_years": 31,
        }
        for infant in ("i1", "i2")
    ],
    "hospital_spells": [
        {"spell_id": "s1", "person_id": "m1", "start_date": date(2021, 4, 10), "end_date": date(2021, 5, 1)}
    ],
    "team_referrals": [
        {
            "person_id": "m1",
            "referral_id": "r1",
            "team_id": "t1",
            "team_type": "C02",
            "month_id": 1454,
            "start_date": date(2021, 4, 28),
        }
    ],
    "care_contacts": [
        {
            "contact_id": "c1",
            "person_id": "m1",
            "referral_id": "r1",
            "contact_date": date(2021, 5, 4),
            "is_attended": True,
            "is_offered": True,
        }
    ],
    "links": [{"infant_id": "i1", "child_key": "301:a", "step": "exact"}],
    "child_protection_plans": [{"child_key": "301:a", "start_date": date(2021, 5, 2)}],
}


def staged_connection(rows: dict[str, list[dict[str, Any]]]) -> duckdb.DuckDBPyConnection:
    """A connection that holds these rows in the staged tables and `links`, and the code lists."""
    connection = connect(Resources())
    lists = sorted((ROOT / "config/codelists").glob("*.csv"))
    add_views(connection, codelist_views({path.stem: str(path) for path in lists}))
    for name in (*STAGING_TABLES, "links"):
        schema = {column: kind.dtype for column, kind in CONTRACTS[name].columns().items()}
        given = [{column: row.get(column) for column in schema} for row in rows.get(name, [])]
        connection.register(name, pl.DataFrame(given, schema=schema))
    return connection
