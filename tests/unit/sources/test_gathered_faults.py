"""`dyadlink check-inputs` lists every file that cannot be read, beside the rules that the others break."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from sources_world import CENSUS_HEADER, complete_returns, write

from dyadlink.cli import main
from dyadlink.config import ENGLAND_RETURNS
from dyadlink.sources.layout import load_layout

SECRET = "ROBERTA"  # noqa: S105  # a value of a person, which nothing may tell
Listed = tuple[int, list[dict[str, Any]]]
Check = Callable[..., Listed]
AUTHORITIES = "reference/authorities.csv"
SPELLS = "nhs/mhsds/MHS501HospProvSpell"
DEPRIVATION = "reference/deprivation.csv"
HEADER = "authorities/301/ssda903/2022/header.csv"
EPISODES = "authorities/301/ssda903/2022/episodes.csv"
CENSUS = "authorities/301/cin/301.xml"
MESSAGE = f"<Message>{CENSUS_HEADER}<Children><Child><ChildIdentifiers><LAchildID>{SECRET}</LAchildID>"


def _fill(folder: Path, name: str, /, **values: str) -> None:
    """Add a row to a table's file; what is not given is empty."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with (folder / name).open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, columns, lineterminator="\n").writerow(values)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The English returns: one authority, and one looked-after child that keeps all rules."""
    folder = complete_returns(tmp_path / "in")
    days = {"coverage_start": "2015-04-01", "coverage_end": "2026-03-31"}
    _fill(folder, AUTHORITIES, la_code="301", gss_code="E09000002", name="Barking", country="England", **days)
    _fill(folder, HEADER, CHILD="a1", SEX="1", DOB="05/03/2021", ETHNIC="WBRI")
    _episode(folder)
    return folder


def _episode(folder: Path, child: str = "a1", end: str = "") -> None:
    codes = {"RNE": "S", "LS": "C2", "CIN": "N1", "PLACE": "U1", "REC": "E4A" if end else ""}
    _fill(folder, EPISODES, CHILD=child, DECOM="05/08/2021", DEC=end, **codes)


@pytest.fixture
def check(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Exit code, and the list."""

    def run(inputs: str = "") -> Listed:
        config = tmp_path / "study.yaml"
        config.write_text(f"sources: {{directory: {folder}, simulate: null{inputs}}}\n", encoding="utf-8")
        code = main(["check-inputs", "--config", str(config), "--format", "json"])
        out = capsys.readouterr().out
        assert SECRET not in out
        return code, json.loads(out)

    return run


def _stops(listed: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    rows = [row for row in listed if row["rule"] in ("not_found", "cannot_be_read")]
    assert {(row["severity"], row["n"]) for row in rows} <= {("stop", None)}
    assert all(row["mend"] for row in rows)
    return [(row["rule"], row["source"], row["file"], row["title"]) for row in rows]


def _rules(listed: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(row["source"], row["rule"], row["n"]) for row in listed if row["n"] is not None]


def test_sound_sources_have_an_empty_list(check: Check) -> None:
    assert check() == (0, [])


def test_four_faults_are_four_lines_beside_the_rules_that_the_rest_breaks(folder: Path, check: Check) -> None:
    (folder / "nhs/msds/MSD401BabyDemographics.csv").unlink()
    write(folder / f"{SPELLS}.csv", "")
    write(folder / DEPRIVATION, "lsoa,quintil\nE01000001,1\n")
    write(folder / "authorities/302/cin/2022.xml", "<Return/>")
    _episode(folder, "a2", end="04/08/2021")
    _fill(folder, HEADER, CHILD="a2", SEX="1", DOB="05/03/2021", ETHNIC="WBRI")
    code, listed = check()
    assert code == 3
    assert _stops(listed) == [
        ("cannot_be_read", "cin_census", "authorities/302/cin/2022.xml, line 1", "Its root is not Message"),
        ("cannot_be_read", "mhs501hospprovspell", f"{SPELLS}.csv", "File is empty"),
        ("not_found", "msd401babydemographics", "nhs/msds/MSD401BabyDemographics.csv", "File not found"),
        (
            "cannot_be_read",
            "reference_deprivation",
            f"{DEPRIVATION}, line 1",
            "Missing column(s) quintile (is it 'quintil'?)",
        ),
    ]
    assert _rules(listed[4:]) == [("looked_after_episodes", "end_before_start", 1)]


def _columns(table: str) -> list[str]:
    return [column.name for column in load_layout(ENGLAND_RETURNS).table(table).columns]


SPELL = ",".join(_columns("mhs501hospprovspell"))
ROW = f"{SECRET},1460,b,2021-11-01,2021-11-02\n"
TEN = "".join(f"{SECRET},1460,b{n},01/11/2021,\n" for n in range(10))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (f"{SPELLS}.csv", b"", "File is empty"),
        (f"{SPELLS}.csv", f'{SPELL}\n{SECRET},"', "A quote is not closed where its field ends"),
        (f"{SPELLS}.csv", f"{SPELL}\n{ROW}{SECRET}\n", "Another number of fields than in line 1"),
        (f"{SPELLS}.csv", f"{SPELL}\n{SECRET}".encode() + b"\xe9,,,,\n", "The text is not UTF-8"),
        (f"{SPELLS}.csv", f"{SPELL}\n{SECRET}\0,,,,\n", "A NUL byte in the text"),
        (f"{SPELLS}.csv", f"{SPELL},{SPELL}\n", "Column twice: Person_ID stands at places 1 and 6"),
        (f"{SPELLS}.csv", SPELL.replace("UniqMonthID,", ""), "Missing column(s) UniqMonthID"),
        (
            f"{SPELLS}.csv",
            f"{SPELL}\n{ROW}{TEN}",
            "Column StartDateHospProvSpell holds dates in two forms, year first and",
        ),
        (
            f"{SPELLS}.csv",
            f"{SPELL}\n{TEN}",
            "Column StartDateHospProvSpell holds dates written day first, not year first",
        ),
        (
            f"{SPELLS}.csv.gz",
            gzip.compress(f"{SPELL}\n{ROW * 9}".encode(), mtime=0)[:-9],
            "The compressed file is cut short or",
        ),
        (f"{SPELLS}.parquet", b"PAR1 of", "Is no Parquet file, or is cut short"),
        (CENSUS, b"", "File is empty"),
        (CENSUS, MESSAGE, "Is not well-formed XML"),
        (CENSUS, f"<!DOCTYPE a [<!ENTITY b 'c'>]>{MESSAGE}", "Declares a document type (DOCTYPE)"),
    ],
)
def test_each_fault_alone_is_one_line(folder: Path, check: Check, name: str, content: str | bytes, told: str) -> None:
    (folder / name).with_suffix("").with_suffix(".csv").unlink(missing_ok=True)
    write(folder / name, content)
    code, listed = check()
    assert code == 3
    ((rule, source, file, title),) = _stops(listed)
    assert rule == "cannot_be_read"
    assert source == ("cin_census" if name == CENSUS else "mhs501hospprovspell")
    assert file.split(", ")[0] == name
    assert title.startswith(told)
    assert _rules(listed) == []


def test_the_other_files_of_a_table_are_read(folder: Path, check: Check) -> None:
    for year in ("2021", "2023"):
        for name in (HEADER, EPISODES):
            write(folder / name.replace("2022", year), (folder / name).read_text(encoding="utf-8"))
    broken = EPISODES.replace("2022", "2021")
    write(folder / broken, f"{(folder / broken).read_text(encoding='utf-8')}{SECRET}\n")
    _episode(folder, end="04/08/2021")
    code, listed = check()
    assert code == 3
    title = "Another number of fields than in line 1"
    assert _stops(listed) == [("cannot_be_read", "ssda903_episodes", f"{broken}, line 3", title)]
    assert ("looked_after_episodes", "end_before_start", 1) in _rules(listed)


def test_a_census_that_is_cut_short_counts_as_empty(
    folder: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Children before the cut are in the table already, and are no half return: here they would have no id.
    monkeypatch.setattr("dyadlink.sources.xml_files.RECORDS_AT_ONCE", 1)
    monkeypatch.setattr("dyadlink.sources.xml_files.ROWS_AT_ONCE", 1)
    child = "<Child><ChildIdentifiers/></Child>"
    write(folder / CENSUS, f"<Message>{CENSUS_HEADER}<Children>{child * 30}")
    code, listed = check()
    assert (code, len(listed)) == (3, 1)


def _flat(folder: Path) -> str:
    base = "authorities/301/cin/2022"
    for table in ("ChildIdentifiers", "CINdetails", "Section47", "ChildProtectionPlans"):
        own = {"ChildIdentifiers": "child_identifiers", "CINdetails": "details", "Section47": "section_47"}
        names = _columns(f"cin_flat_{own.get(table, 'protection_plans')}")
        write(folder / f"{base}/{table}.csv", f"{','.join(names)}\n")
    _fill(folder, f"{base}/Section47.csv", LAchildID="a", CINdetailsID="1", S47ActualStartDate="2021-05-01")
    _fill(folder, f"{base}/ChildIdentifiers.csv", LAchildID="a", PersonBirthDate="2021-03-05", GenderCurrent="1")
    return f"{base}/CINdetails.csv"


def _team(folder: Path, referral: str) -> None:
    row = {"UniqServReqID": referral, "UniqMonthID": "1460"}
    _fill(folder, "nhs/mhsds/MHS102OtherServiceType.csv", **row, OtherCareProfTeamLocalID="t")


def _referral(folder: Path, referral: str) -> None:
    row = {"UniqServReqID": referral, "UniqMonthID": "1460", "Person_ID": "p"}
    _fill(folder, "nhs/mhsds/MHS101Referral.csv", **row, ReferralRequestReceivedDate="2021-08-05")


def test_what_looks_into_a_table_that_cannot_be_read_is_not_told(folder: Path, check: Check) -> None:
    _team(folder, "r")
    write(folder / "nhs/mhsds/MHS101Referral.csv", "")
    (folder / "nhs/mhsds/MHS902ServiceTeamDetails.csv").unlink()
    write(folder / HEADER, "")
    (folder / AUTHORITIES).unlink()
    write(folder / _flat(folder), "")
    code, listed = check()
    assert code == 3
    assert len(_stops(listed)) == 5
    # Rules that the child breaks by itself are told all the same.
    assert {rule for _, rule, _ in _rules(listed)} == {"dfe_4220", "one_of_upn_and_reason"}


def test_the_type_of_a_team_is_not_missed_where_the_teams_are(folder: Path, check: Check) -> None:
    _team(folder, "r")
    _referral(folder, "r")
    assert _rules(check()[1]) == [("team_referrals", "team_type_missing", 1)]
    (folder / "nhs/mhsds/MHS902ServiceTeamDetails.csv").unlink()
    code, listed = check()
    assert (code, len(listed)) == (3, 1)


def test_those_findings_come_with_tables_that_are_read_and_empty(folder: Path, check: Check) -> None:
    _team(folder, "r")
    for name in (HEADER, AUTHORITIES):
        write(folder / name, (folder / name).read_text(encoding="utf-8").splitlines()[0])
    _flat(folder)
    code, listed = check()
    assert code == 1
    found = {(source, rule) for source, rule, _ in _rules(listed)}
    assert found >= {
        ("team_referrals", "referral_not_found"),
        ("cin_children", "dfe_8590"),
        ("looked_after_episodes", "dfe_INT03"),
        ("looked_after_episodes", "authority_unknown"),
        ("section_47_enquiries", "referral_date_missing"),
    }


def test_a_folder_or_database_that_cannot_be_read_is_one_line(tmp_path: Path, folder: Path, check: Check) -> None:
    none, database = tmp_path / "none", write(tmp_path / "health.duckdb", b"no database")
    inputs = (
        f", inputs: [{{name: care, route: england_returns, location: {folder}}}, "
        f"{{name: other, route: england_returns, location: {none}}}, "
        f"{{name: health, route: england_returns, format: duckdb, location: {database}}}]"
    )
    code, listed = check(inputs)
    assert code == 3
    assert _stops(listed) == [
        ("cannot_be_read", "health", str(database), "Is no DuckDB file, or cannot be read"),
        ("cannot_be_read", "other", str(none), "Folder not found"),
    ]


def test_each_relation_that_lacks_a_column_is_a_line(tmp_path: Path, folder: Path, check: Check) -> None:
    for name in ("MHS501HospProvSpell", "MHS604PrimDiag"):
        (folder / f"nhs/mhsds/{name}.csv").unlink()
    path = tmp_path / "health.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("create table mhs501hospprovspell (person_id varchar)")
        database.execute("create table mhs604primdiag (person_id varchar)")
    inputs = (
        f", inputs: [{{name: care, route: england_returns, location: {folder}}}, "
        f"{{name: health, route: england_returns, format: duckdb, location: {path}}}]"
    )
    code, listed = check(inputs)
    assert code == 3
    assert [(source, title.split("(")[0]) for _, source, _, title in _stops(listed)] == [
        ("mhs501hospprovspell", "Missing column"),
        ("mhs604primdiag", "Missing column"),
    ]


def test_keys_of_two_kinds_are_told(folder: Path, check: Check) -> None:
    for name, value in (("MHS001MPI", "01"), ("MHS501HospProvSpell", 1)):
        path = folder / f"nhs/mhsds/{name}.csv"
        texts = {column: [None] for column in _columns(name.lower())}
        pl.DataFrame({**texts, "Person_ID": [value]}).write_parquet(path.with_suffix(".parquet"))
        path.unlink()
    code, listed = check()
    assert code == 3
    ((_, _, file, title),) = _stops(listed)
    assert file == f"{SPELLS}.parquet"
    assert title.startswith("Key Person_ID is a number here and text in ")
