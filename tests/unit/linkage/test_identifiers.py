"""Identifiers are read for the linkage alone and never kept in a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dyadlink.config import Resources, Sources, load_config
from dyadlink.errors import SourceError
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.sql import add_views, codelists_of, connect, read_table

ROOT = Path(__file__).parents[3]
CONFIG = load_config(ROOT / "config/config.yaml")
NHS = "Person_ID,NHSNumber,GivenName,FamilyName,PersonBirthDate,Sex,Postcode\n"
AUTHORITY = "LAchildID,NHSNumber,Forename,Surname,PersonBirthDate,Sex,Postcode\n"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "nhs").mkdir()
    (tmp_path / "nhs/identifiers.csv").write_text(
        f"{NHS}i1,943 476 5919,Zoë Ann,O'Brien,2021-03-05,2,SA1 3SS\n", encoding="utf-8"
    )
    for la_code in ("301", "302"):
        folder = tmp_path / "authorities" / la_code
        folder.mkdir(parents=True)
        (folder / "identifiers.csv").write_text(f"{AUTHORITY}a,,Zoe,OBrien,05/03/2021,F,sa13ss\n", encoding="utf-8")
    return tmp_path


def _connection() -> duckdb.DuckDBPyConnection:
    connection = connect(Resources())
    add_views(connection, codelists_of(ROOT))
    births = {
        "infant_id": ["i1"],
        "mother_id": ["m1"],
        "birth_date": [date(2021, 3, 5)],
        "latest_birth_date": [date(2021, 3, 5)],
        "sex": ["female"],
        "is_live_birth": [True],
    }
    connection.register("births", pl.DataFrame(births))
    return connection


SHOWN = ("nhs_number", "forename", "second_forename", "surname", "birth_date", "sex", "postcode", "mother_nhs_number")


def _load(sources: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    connection = _connection()
    load_identifiers(
        connection,
        sources=Sources(directory=sources),
        sql=ROOT / "workflow/sql",
        study=CONFIG.study,
        settings=CONFIG.linkage,
    )
    left, right = (read_table(connection, f"{side}_persons").sort("person_id") for side in ("left", "right"))
    shown = left.select("person_id", *SHOWN), right.select("person_id", "person_group", *SHOWN)
    return *shown, read_table(connection, "ready_links")


def test_both_sides_are_standardised_alike(sources: Path) -> None:
    infants, candidates, ready_links = _load(sources)
    assert ready_links.is_empty()
    day = date(2021, 3, 5)
    assert infants.rows() == [("i1", "9434765919", "ZOE", "ANN", "OBRIEN", day, "female", "SA13SS", None)]
    assert candidates.rows() == [
        ("301:a", "301", None, "ZOE", None, "OBRIEN", day, "female", "SA13SS", None),
        ("302:a", "302", None, "ZOE", None, "OBRIEN", day, "female", "SA13SS", None),
    ]


def test_an_infant_with_two_rows_of_identifiers_stays_one_infant(sources: Path) -> None:
    with (sources / "nhs/identifiers.csv").open("a", encoding="utf-8") as file:
        file.write("i1,943 476 5919,Zoe,O'Brien,2021-03-05,2,SA1 3SS\n")
    infants, _, _ = _load(sources)
    assert infants["person_id"].to_list() == ["i1"]


def test_a_missing_identifier_file_is_told(sources: Path) -> None:
    (sources / "nhs/identifiers.csv").unlink()
    with pytest.raises(SourceError, match=r"nhs/identifiers\.csv: file not found"):
        _load(sources)
