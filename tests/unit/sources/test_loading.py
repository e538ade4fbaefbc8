"""All inputs of a study become the canonical tables, by the layouts, mappings and SQL of their routes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from sources_world import CENSUS_HEADER, SQL, complete_returns, sources, table_path, write

from dyadlink.config import ENGLAND_RETURNS, Resources, Sources
from dyadlink.errors import DyadlinkError, SourceError
from dyadlink.sources.layout import Stage, canonical_tables, load_layout
from dyadlink.sources.loading import load_sources
from dyadlink.sql import connect, read_table

NEEDED = [table for table in load_layout(ENGLAND_RETURNS).tables if not table.may_be_missing]
STAGED = [table for table in NEEDED if "staging" in table.stages]
DEPRIVATION = "reference/deprivation.csv"


def _load(config: Sources, *, stage: Stage = "staging", sql: Path = SQL) -> duckdb.DuckDBPyConnection:
    connection = connect(Resources())
    load_sources(connection, config, sql, stage)
    return connection


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    return [
        {name: row[name] for name in row if row[name] is not None} for row in read_table(connection, table).to_dicts()
    ]


def test_every_canonical_table_is_there_with_its_columns(tmp_path: Path) -> None:
    connection = _load(sources(complete_returns(tmp_path)))
    for table in canonical_tables("staging"):
        frame = read_table(connection, table.name)
        names = [*(column.name for column in table.columns), *table.wildcards, "input", "source_file", "source_row"]
        assert frame.columns == names
        assert set(frame.drop("source_file").schema.values()) == {pl.String, pl.Int64}
        assert frame.is_empty()


@pytest.mark.parametrize("table", STAGED, ids=lambda table: table.name)
def test_a_table_that_is_needed_and_not_there_is_told(tmp_path: Path, table: Any) -> None:
    complete_returns(tmp_path)
    ending = "csv" if table.path else "xml"
    (tmp_path / f"{table_path(table)}.{ending}").unlink()
    with pytest.raises(SourceError, match="file not found -> ") as caught:
        _load(sources(tmp_path))
    path = table.path or table.xml.path
    assert caught.value.where == str(tmp_path / f"{path}.{ending}")


def test_staging_does_not_ask_for_identifiers(tmp_path: Path) -> None:
    complete_returns(tmp_path)
    (tmp_path / "nhs/identifiers.csv").unlink()
    _load(sources(tmp_path))
    with pytest.raises(SourceError, match=r"nhs/identifiers\.csv: file not found"):
        _load(sources(tmp_path), stage="linkage")


def test_linkage_reads_identifiers_and_ready_made_links(tmp_path: Path) -> None:
    complete_returns(tmp_path)
    write(tmp_path / "linkage/given_links.csv", "Person_ID_Baby,la_code,LAchildID\ni1,301,a\n")
    connection = _load(sources(tmp_path), stage="linkage")
    links = _rows(connection, "given_links")
    assert [(row["Person_ID_Baby"], row["la_code"], row["LAchildID"]) for row in links] == [("i1", "301", "a")]
    assert read_table(connection, "nhs_identifiers").is_empty()


def test_the_parts_of_a_route_may_stand_in_several_inputs(tmp_path: Path) -> None:
    one, two = complete_returns(tmp_path / "one"), tmp_path / "two"
    (two / "reference").mkdir(parents=True)
    shutil.move(one / DEPRIVATION, two / DEPRIVATION)
    write(two / DEPRIVATION, "quintile;lsoa\n1;E01000001\n")
    inputs = [
        {"name": "trust", "route": ENGLAND_RETURNS, "location": str(one)},
        {"name": "office", "route": ENGLAND_RETURNS, "location": str(two), "csv": {"delimiter": ";"}},
    ]
    rows = _rows(_load(sources(tmp_path, *inputs)), "reference_deprivation")
    origin = {"input": "office", "source_file": str(two / DEPRIVATION), "source_row": 1}
    assert rows == [{"lsoa": "E01000001", "quintile": "1", **origin}]
    (two / DEPRIVATION).unlink()
    with pytest.raises(SourceError) as caught:
        _load(sources(tmp_path, *inputs))
    assert str(caught.value).startswith(f"{one / DEPRIVATION} or {two / DEPRIVATION}: table reference_deprivation not")


def test_a_duckdb_file_and_a_folder_of_parquet_make_one_study(tmp_path: Path) -> None:
    folder = complete_returns(tmp_path / "files")
    pl.DataFrame({"lsoa": ["E01"], "quintile": [1.0]}).write_parquet((folder / DEPRIVATION).with_suffix(".parquet"))
    (folder / DEPRIVATION).unlink()
    (folder / "nhs/mhsds/MHS001MPI.csv").unlink()
    columns = [column.name for column in load_layout(ENGLAND_RETURNS).table("mhs001mpi").columns]
    with duckdb.connect(str(tmp_path / "nhs.duckdb")) as database:
        values = ", ".join(f"{1459 if name == 'UniqMonthID' else name!r} as {name}" for name in columns)
        database.execute(f"create schema mhsds; create table mhsds.MHS001MPI as select {values}")
    inputs = [
        {"name": "care", "route": ENGLAND_RETURNS, "location": str(folder)},
        {"name": "nhs", "route": ENGLAND_RETURNS, "format": "duckdb", "location": str(tmp_path / "nhs.duckdb")},
    ]
    connection = _load(sources(tmp_path, *inputs))
    (patient,) = _rows(connection, "mhs001mpi")
    assert (patient["Person_ID"], patient["UniqMonthID"]) == ("Person_ID", "1459")
    assert (patient["input"], patient["source_file"]) == ("nhs", "nhs:mhsds.MHS001MPI")
    assert [row["quintile"] for row in _rows(connection, "reference_deprivation")] == ["1"]


def test_local_names_are_read_by_their_mapping(tmp_path: Path) -> None:
    folder = complete_returns(tmp_path / "in")
    (folder / DEPRIVATION).unlink()
    write(folder / "Areas.csv", "small area,Fifth,lsoa\nE01,1,not this one\n")
    mapping = write(
        tmp_path / "names.yaml",
        "route: england_returns\n"
        "tables:\n"
        "  reference_deprivation:\n"
        "    path: areas\n"
        "    columns: {small area: lsoa, Fifth: quintile}\n",
    )
    inputs = {"name": "study", "route": ENGLAND_RETURNS, "location": str(folder), "mapping": str(mapping)}
    (row,) = _rows(_load(sources(tmp_path, inputs)), "reference_deprivation")
    assert (row["lsoa"], row["quintile"]) == ("E01", "1")


def test_a_mapped_path_without_its_wildcards_finds_them_as_columns(tmp_path: Path) -> None:
    folder = complete_returns(tmp_path / "in")
    shutil.rmtree(folder / "authorities/301/ssda903")
    write(folder / "region/header.csv", "LA,YEAR,CHILD,SEX,DOB,ETHNIC,UPN\n301,2022,a,1,05/03/2021,WBRI,\n")
    write(folder / "region/episodes.csv", "LA,YEAR,CHILD,DECOM,RNE,LS,CIN,PLACE,DEC,REC\n")
    mapping = write(
        tmp_path / "names.yaml",
        "route: england_returns\n"
        "tables:\n"
        "  ssda903_header: {path: region/header, columns: {LA: la_code, YEAR: return_year}}\n"
        "  ssda903_episodes: {path: region/episodes, columns: {LA: la_code, YEAR: return_year}}\n",
    )
    inputs = {"name": "study", "route": ENGLAND_RETURNS, "location": str(folder), "mapping": str(mapping)}
    (row,) = _rows(_load(sources(tmp_path, inputs)), "ssda903_header")
    assert (row["la_code"], row["return_year"], row["CHILD"]) == ("301", "2022", "a")


FLAT = {
    "ChildIdentifiers": (
        "LAchildID,UPN,FormerUPN,UPNunknown,PersonBirthDate,ExpectedPersonBirthDate,GenderCurrent,PersonDeathDate\n"
        "a,,,UN1,05/03/2021,,2,\nb,,,UN1,2021-03-06,,1,\n"
    ).replace("2021-03-06", "06/03/2021"),
    "ChildCharacteristics": "LAchildID,Ethnicity\na,WBRI\na,WIRI\n",
    "CINdetails": (
        "LAchildID,CINdetailsID,CINreferralDate,ReferralSource,PrimaryNeedCode,CINclosureDate,ReasonForClosure,"
        "DateOfInitialCPC,ReferralNFA\na,1,2021-05-01,1A,N1,,,,FALSE\na,2,2021-09-01,1A,N1,,,,1\n"
    ),
    "Assessments": (
        "LAchildID,CINdetailsID,AssessmentsID,AssessmentActualStartDate,AssessmentAuthorisationDate\n"
        "a,1,1,02/05/2021,\na,2,2,02/09/2021,\n"
    ),
    "AssessmentFactorsList": ("LAchildID,CINdetailsID,AssessmentsID,AssessmentFactors\na,1,1,4B\na,2,2,1A\na,1,1,3B\n"),
    "CINplanDates": "LAchildID,CINdetailsID,CINPlanStartDate,CINPlanEndDate\na,2,2021-10-01,\n",
    "Section47": (
        "LAchildID,CINdetailsID,S47ActualStartDate,InitialCPCtarget,DateOfInitialCPC,ICPCnotRequired\n"
        "a,1,2021-05-03,,2021-05-20,0\n"
    ),
    "ChildProtectionPlans": (
        "LAchildID,CINdetailsID,CPPID,CPPstartDate,CPPendDate,InitialCategoryOfAbuse,LatestCategoryOfAbuse,"
        "NumberOfPreviousCPP\na,1,1,20/05/2021,,NEG,NEG,0\n"
    ),
}
FLAT_ROWS = {
    "cin_census_children": [
        {"LAchildID": "a", "PersonBirthDate": "2021-03-05", "GenderCurrent": "2", "Ethnicity": "WBRI", "source_row": 1},
        {"LAchildID": "b", "PersonBirthDate": "2021-03-06", "source_row": 2},
    ],
    "cin_census_details": [
        {"CINreferralDate": "2021-05-01", "ReferralNFA": "FALSE"},
        {"CINreferralDate": "2021-09-01", "ReferralNFA": "1"},
    ],
    "cin_census_assessments": [
        {"CINreferralDate": "2021-05-01", "AssessmentActualStartDate": "2021-05-02", "AssessmentFactors": "3B 4B"},
        {"CINreferralDate": "2021-09-01", "AssessmentActualStartDate": "2021-09-02", "AssessmentFactors": "1A"},
    ],
    "cin_census_plans": [{"CINreferralDate": "2021-09-01", "CINPlanStartDate": "2021-10-01"}],
    "cin_census_section_47": [{"CINreferralDate": "2021-05-01", "DateOfInitialCPC": "2021-05-20"}],
    "cin_census_protection_plans": [{"CINreferralDate": "2021-05-01", "CPPstartDate": "2021-05-20"}],
}


def test_the_census_as_flat_files_gives_the_same_tables_as_xml(tmp_path: Path) -> None:
    complete_returns(tmp_path)
    (tmp_path / "authorities/301/cin/301.xml").unlink()
    for name, content in FLAT.items():
        write(tmp_path / f"authorities/301/cin/2022/{name}.csv", content)
    child = "<Child><ChildIdentifiers><LAchildID>x</LAchildID></ChildIdentifiers></Child>"
    other = CENSUS_HEADER.replace("301", "302")
    write(tmp_path / "authorities/302/cin/2022.xml", f"<Message>{other}<Children>{child}</Children></Message>")
    connection = _load(sources(tmp_path))
    for table, expected in FLAT_ROWS.items():
        query = f"from {table} where la_code = '301' order by source_row"
        rows = connection.sql(query).pl().to_dicts()
        assert [{key: row[key] for key in wanted} for row, wanted in zip(rows, expected, strict=True)] == expected
        assert {(row["la_code"], row["census_year"]) for row in rows} == {("301", "2022")}
    children = read_table(connection, "cin_census_children")
    assert sorted(children["LAchildID"]) == ["a", "b", "x"]


def _sql_with(folder: Path, text: str) -> Path:
    sql = shutil.copytree(SQL, folder / "sql")
    (sql / f"routes/{ENGLAND_RETURNS}/reference_deprivation.sql").write_text(text, encoding="utf-8")
    return sql


def test_the_sql_of_a_route_makes_a_canonical_table_from_its_loaded_ones(tmp_path: Path) -> None:
    complete_returns(tmp_path / "in")
    write(tmp_path / "in" / DEPRIVATION, "lsoa,quintile\nE01,5\n")
    text = "select lsoa || '!' as lsoa, input, source_file, source_row from reference_deprivation"
    connection = _load(sources(tmp_path / "in"), sql=_sql_with(tmp_path, text))
    (row,) = read_table(connection, "reference_deprivation").to_dicts()
    assert (row["lsoa"], row["quintile"], row["source_row"]) == ("E01!", None, 1)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("input, source_file, source_row, 1 as fifth", "has columns that no canonical table has: fifth"),
        ("lsoa, source_file", "lacks columns: input, source_row"),
    ],
)
def test_sql_of_a_route_that_makes_something_else_is_told(tmp_path: Path, columns: str, message: str) -> None:
    complete_returns(tmp_path / "in")
    with pytest.raises(DyadlinkError, match=message):
        _load(sources(tmp_path / "in"), sql=_sql_with(tmp_path, f"select {columns} from reference_deprivation"))  # noqa: S608


def test_keys_of_two_inputs_must_be_of_one_kind(tmp_path: Path) -> None:
    folder = complete_returns(tmp_path)
    for name, value in (("MHS001MPI", "01"), ("MHS101Referral", 1)):
        path = folder / f"nhs/mhsds/{name}"
        table = load_layout(ENGLAND_RETURNS).table(name.lower())
        texts = {column.name: [None] for column in table.columns}
        pl.DataFrame({**texts, "Person_ID": [value]}).write_parquet(path.with_suffix(".parquet"))
        path.with_suffix(".csv").unlink()
    with pytest.raises(SourceError, match=r"MHS101Referral\.parquet: key Person_ID is a number here and text in .*MPI"):
        _load(sources(folder))
