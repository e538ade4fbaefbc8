"""Every file of a route has the columns of its specification, and no route tells more than it may."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

SPECS = Path(__file__).parents[2] / "data" / "specs"
EXTRACT, LOCAL, WALES = "england_research_extract", "england_local_ssd", "wales_sail"
MATERNITY_DERIVED = {
    "Person_ID_Mother",
    "Person_ID_Baby",
    "UniqPregID",
    "RecordNumber",
    "RPStartDate",
    "OrgIDProvider",
    "AgeAtBookingMother",
}
PUPIL_ALF = "SAILLACWV.PUPIL_ALF (same shape: SAILCRCSV, SAILCINWV, SAILEDUWV)"


def _spec(file: str, table: str) -> list[str]:
    """Return the columns of a table."""
    rows = pl.read_csv(SPECS / file).filter(pl.col("table") == table)
    assert rows.height, table
    return rows[rows.columns[1]].to_list()


def _research_spec(table: str) -> set[str]:
    """Return the columns of a research table; a cell may hold several names."""
    cells = _spec("research_extract_tables.csv", table)
    names = {name.strip() for cell in cells for name in re.split(r"/|\(", cell.replace(")", ""))}
    return {name for name in names if name}


def _columns(path: Path) -> list[str]:
    """Return the columns of a file, without the one that says that it is invented."""
    if path.suffix == ".csv":
        columns = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        assert columns.pop() == "Synthetic"
        return columns
    return list(pl.read_parquet_schema(path))


@pytest.mark.parametrize("year", range(2020, 2027))
def test_the_census_extract_has_the_year_in_every_column(routed: Path, year: int) -> None:
    columns = _columns(routed / EXTRACT / "cin" / f"CIN_{year}.parquet")
    suffix = f"_SPR{year % 100}"
    assert all(name.endswith(suffix) for name in columns)
    bare = {name.removesuffix(suffix) for name in columns}
    assert ("CIN_LA_LGR" in bare) == (year == 2020)
    assert ("CIN_LA" in bare) == (year != 2020)
    known = _research_spec("NPD CIN extract (CIN_2009..2021)") | {"CIN_LA_LGR"}
    # The day of birth is not in this extract: month and year are.
    assert bare <= known - {"CIN_DOB"}
    assert known - bare <= {"CIN_DOB", "CIN_LA", "CIN_LA_LGR"}


@pytest.mark.parametrize("year", range(2020, 2027))
def test_the_extract_of_looked_after_children_has_its_columns(routed: Path, year: int) -> None:
    columns = set(_columns(routed / EXTRACT / "cla" / f"CLA_{year}.parquet"))
    known = _research_spec("DfE CLA episode extract")
    assert columns <= known
    assert known - columns == {"CLA_DATE_EPI_COMM", "CLA_REC", "category of need"}


@pytest.mark.parametrize("version", ["v5", "v6"])
def test_the_mental_health_extract_has_the_columns_of_its_version(routed: Path, version: str) -> None:
    files = sorted((routed / EXTRACT / "mhsds" / version).glob("*.parquet"))
    names = {path.stem for path in files}
    assert {"MHS001MPI", "MHS101Referral", "MHS501HospProvSpell", "MHS502WardStay"} <= names
    assert ({"MHS902ServiceTeamDetails", "MHS903WardDetails"} <= names) == (version == "v6")
    assert ("MHS102ServiceTypeReferredTo" in names) == (version == "v5")
    for path in files:
        columns = _columns(path)
        assert set(columns) <= set(_spec(f"mhsds_{version}_dars_extract_columns.csv", path.stem)), path.stem
        assert not {"NHSNumber", "Postcode", "PersonBirthDate"} & set(columns)


def test_the_maternity_extract_has_its_columns(routed: Path) -> None:
    for table in ("MSD101PregnancyBooking", "MSD401BabyDemographics"):
        columns = set(_columns(routed / EXTRACT / "msds" / f"{table}.parquet"))
        assert columns <= set(_spec("msds_v2_fields.csv", table)) | MATERNITY_DERIVED
        assert not {"LPIDMother", "LPIDBaby", "NHSNumberBaby"} & columns


def test_the_local_tables_have_exactly_the_fields_of_the_standard(routed: Path) -> None:
    spec = pl.read_csv(SPECS / "ssd_fields.csv")
    files = sorted((routed / LOCAL / "authority").glob("*.csv"))
    assert {path.stem for path in files} == set(spec["table"])
    for path in files:
        assert _columns(path) == _spec("ssd_fields.csv", path.stem)


def test_the_trust_has_submission_names_and_nothing_derived(routed: Path) -> None:
    files = sorted((routed / LOCAL / "trust").glob("*.csv"))
    assert {"MHS001MPI", "MHS502WardStay", "MHS903WardDetails", "MSD301LabourDelivery"} <= {p.stem for p in files}
    for path in files:
        file = "mhsds_v6_fields.csv" if path.stem.startswith("MHS") else "msds_v2_fields.csv"
        assert set(_columns(path)) <= set(_spec(file, path.stem)), path.stem


@pytest.mark.parametrize(
    ("schema", "table"),
    [
        ("SAILLACWV", "CHILD_MAIN"),
        ("SAILLACWV", "EPISODE_MAIN"),
        ("SAILLACWV", "PUPIL_ALF"),
        ("SAILCRCSV", "MAIN_CRCS"),
        ("SAILCRCSV", "PUPIL_ALF"),
        ("SAILNCCHV", "CHILD_BIRTHS"),
        ("SAILPEDWV", "PEDW_SPELL"),
        ("SAILPEDWV", "PEDW_EPISODE"),
        ("SAILPEDWV", "PEDW_DIAG"),
    ],
)
def test_the_welsh_tables_have_their_columns(routed: Path, schema: str, table: str) -> None:
    columns = set(_columns(routed / WALES / schema / f"{table}.parquet"))
    known = _research_spec(PUPIL_ALF if table == "PUPIL_ALF" else f"{schema}.{table}")
    assert columns <= known
    spare = {"SYSTEM_ID_E", "CHILD_CODE_E", "IRN_E"} if table == "PUPIL_ALF" else set()
    assert known - columns <= spare | {"ALF_PE", "SPELL_NUM_PE", "_PE"}


def test_welsh_codes_are_in_the_lists_of_the_census(routed: Path) -> None:
    lists = pl.read_csv(SPECS / "wales_lac_code_lists.csv", infer_schema_length=0)
    episodes = pl.read_parquet(routed / WALES / "SAILLACWV" / "EPISODE_MAIN.parquet")
    main = pl.read_parquet(routed / WALES / "SAILLACWV" / "CHILD_MAIN.parquet")
    for name in set(lists["column"]):
        table = main if name in main.columns and name not in episodes.columns else episodes
        found = set(table[name].cast(pl.String).drop_nulls())
        assert found
        assert found <= set(lists.filter(pl.col("column") == name)["code"]), name


@pytest.mark.parametrize("route", [EXTRACT, LOCAL, WALES])
def test_every_route_says_that_its_people_are_invented(routed: Path, route: str) -> None:
    text = (routed / route / "README.txt").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "All people in this folder are invented."
    assert (routed / route / "reference" / "authorities.csv").exists()
    assert (routed / "truth" / f"links_{route}.csv").exists()


@pytest.mark.parametrize("route", [EXTRACT, WALES])
def test_no_name_number_or_postcode_in_a_pseudonymised_route(routed: Path, route: str) -> None:
    identifiers = pl.read_csv(routed / "nhs" / "identifiers.csv", infer_schema_length=0)
    secret = {*identifiers["NHSNumber"], *identifiers["Postcode"], *identifiers["Person_ID"]} - {None}
    for path in sorted((routed / route).rglob("*.parquet")):
        frame = pl.read_parquet(path)
        for name, dtype in frame.schema.items():
            if dtype == pl.String:
                assert not secret & set(frame[name].drop_nulls()), (path.name, name)
