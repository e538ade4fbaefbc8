"""A mapping is held against its layout; one drafted from a file's names brings the file into a run."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import yaml
from sources_world import SQL, complete_returns, sources, write

from dyadlink.cli import main
from dyadlink.config import Csv, Resources
from dyadlink.errors import ConfigError, SourceError
from dyadlink.sources.draft_mapping import draft_mapping
from dyadlink.sources.loading import load_sources
from dyadlink.sources.mapping import read_mapping
from dyadlink.sql import connect, read_table

HEADER = "Person ID,MONTH,Extra: one,uniqmonthid,Service_Request_ID,ServDischDate,referral request received date"


def _mapping(folder: Path, text: str) -> Path:
    return write(folder / "names.yaml", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("route: nowhere\ntables: {}\n", "key 'route'"),
        ("route: england_returns\ntable: {}\n", "unknown key 'table'"),
        ("route: england_returns\ntables: {people: {}}\n", "no table 'people' in england_returns"),
        (
            "route: england_returns\ntables: {reference_deprivation: {columns: {a: LSOA}}}\n",
            "table reference_deprivation has no column 'LSOA'",
        ),
    ],
)
def test_what_is_wrong_with_a_mapping_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = _mapping(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        read_mapping(path, "england_returns")
    assert caught.value.where == str(path)


def test_a_mapping_of_another_route_is_told(tmp_path: Path) -> None:
    path = _mapping(tmp_path, "route: wales_sail\ntables: {}\n")
    with pytest.raises(ConfigError, match=r"names\.yaml: maps wales_sail, not england_returns -> "):
        load_sources(
            connect(Resources()), sources(tmp_path, {"name": "a", "route": "england_returns", "mapping": path}), SQL
        )


def test_a_draft_proposes_near_names_and_lists_the_rest(tmp_path: Path) -> None:
    text = draft_mapping(write(tmp_path / "refs.csv", f"{HEADER}\n"), "england_returns", "mhs101referral", Csv())
    assert text == (
        "# Drafted from refs.csv. Check each line; a name stands for the column on its right.\n"
        "route: england_returns\n"
        "tables:\n"
        "  mhs101referral:\n"
        "    path: refs  # below the input's location, without extension\n"
        "    columns:\n"
        "      Person ID: Person_ID\n"
        "      referral request received date: ReferralRequestReceivedDate\n"
        "      # not found: UniqServReqID\n"
        "      # not in the layout: MONTH\n"
        "      # not in the layout: 'Extra: one'\n"
        "      # not in the layout: Service_Request_ID\n"
    )


def test_a_draft_that_is_completed_by_hand_brings_the_file_into_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = complete_returns(tmp_path / "in")
    (folder / "nhs/mhsds/MHS101Referral.csv").unlink()
    values = "p1,x,x,1459,r1,,2021-04-01"
    path = write(folder / "refs.csv", f"{HEADER}\n{values}\n".replace(",", ";"))
    command = ["draft-mapping", str(path), "--route", "england_returns", "--table", "mhs101referral"]
    assert main([*command, "--delimiter", ";"]) == 0
    draft = capsys.readouterr().out
    by_hand = draft.replace("# not found: UniqServReqID", "Service_Request_ID: UniqServReqID")
    mapping = _mapping(tmp_path, by_hand)
    other = {"name": "rest", "route": "england_returns", "location": str(folder)}
    mapped = {**other, "name": "trust", "csv": {"delimiter": ";"}, "mapping": str(mapping)}
    for name in [path.relative_to(folder) for path in folder.rglob("*.csv") if path.name != "refs.csv"]:
        write(tmp_path / "rest" / name, (folder / name).read_bytes())
        (folder / name).unlink()
    write(tmp_path / "rest/authorities/301/cin/301.xml", (folder / "authorities/301/cin/301.xml").read_bytes())
    connection = connect(Resources())
    load_sources(connection, sources(tmp_path, {**other, "location": str(tmp_path / "rest")}, mapped), SQL)
    (row,) = read_table(connection, "mhs101referral").to_dicts()
    assert row == {
        "Person_ID": "p1",
        "UniqMonthID": "1459",
        "UniqServReqID": "r1",
        "ReferralRequestReceivedDate": "2021-04-01",
        "ServDischDate": None,
        "input": "trust",
        "source_file": str(path),
        "source_row": 1,
    }


def test_a_draft_of_a_file_that_needs_none_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "deprivation.parquet"
    pl.DataFrame({"LSOA": ["E01"], "Quintile": [1]}).write_parquet(path)
    text = draft_mapping(path, "england_returns", "reference_deprivation", Csv())
    assert yaml.safe_load(text)["tables"]["reference_deprivation"]["columns"] == {}
    assert read_mapping(_mapping(tmp_path, text), "england_returns").route == "england_returns"


def test_an_unknown_table_is_told_with_the_one_that_is_near(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "a\n")
    with pytest.raises(ConfigError, match=r"no table 'mhs101_referral' in england_returns -> is it mhs101referral\?"):
        draft_mapping(path, "england_returns", "mhs101_referral", Csv())


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"x\.xlsx: is neither CSV nor Parquet"):
        draft_mapping(write(tmp_path / "x.xlsx", "a"), "england_returns", "mhs101referral", Csv())


def test_a_wrong_encoding_ends_the_command_with_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.csv", "a\n")
    command = ["draft-mapping", str(path), "--route", "england_returns", "--table", "mhs101referral"]
    assert main([*command, "--encoding", "klingon"]) == 2
    assert "no such encoding is known" in capsys.readouterr().err


def test_local_values_become_those_of_the_standard(tmp_path: Path) -> None:
    folder = complete_returns(tmp_path / "in")
    (folder / "reference/deprivation.csv").unlink()
    write(folder / "areas.csv", "lsoa,quintile\nE01,most\nE02, most \nE03,Most\nE04,O'Neil\nE05,\n")
    text = (
        "route: england_returns\n"
        "tables: {reference_deprivation: {path: areas, values: {quintile: {most: '1', O'Neil: '5'}}}}\n"
    )
    source = {"name": "study", "route": "england_returns", "location": str(folder)}
    connection = connect(Resources())
    load_sources(connection, sources(tmp_path, {**source, "mapping": str(_mapping(tmp_path, text))}), SQL)
    rows = read_table(connection, "reference_deprivation").sort("lsoa")["quintile"].to_list()
    assert rows == ["1", "1", "Most", "5", None]


def test_values_of_a_column_that_is_not_there_are_told(tmp_path: Path) -> None:
    text = "route: england_returns\ntables: {reference_deprivation: {values: {quintil: {most: '1'}}}}\n"
    with pytest.raises(ConfigError, match="table reference_deprivation has no column 'quintil'"):
        read_mapping(_mapping(tmp_path, text), "england_returns")
