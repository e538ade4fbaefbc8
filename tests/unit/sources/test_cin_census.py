"""Children in Need returns become flat tables of text; a return is data, never a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyadlink.config import Resources
from dyadlink.errors import SourceError
from dyadlink.sources.cin_census import read_cin_census
from dyadlink.sql import connect

MACROS = Path(__file__).parents[3] / "workflow/sql/macros.sql"
HEADER = """<Header>
  <CollectionDetails><Collection>CIN</Collection><Year>2022</Year></CollectionDetails>
  <Source><SourceLevel>L</SourceLevel><LEA>301</LEA></Source>
</Header>"""
CHILD = """<Child>
  <ChildIdentifiers>
    <LAchildID> A1 </LAchildID><PersonBirthDate>2021-03-05</PersonBirthDate><GenderCurrent>2</GenderCurrent>
  </ChildIdentifiers>
  <ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>
  <CINdetails>
    <CINreferralDate>2021-05-01</CINreferralDate><PrimaryNeedCode/><ReferralNFA>false</ReferralNFA>
    <Assessments>
      <AssessmentActualStartDate>2021-05-02</AssessmentActualStartDate>
      <FactorsIdentifiedAtAssessment>
        <AssessmentFactors>4B</AssessmentFactors><AssessmentFactors>3B</AssessmentFactors>
      </FactorsIdentifiedAtAssessment>
    </Assessments>
    <ChildProtectionPlans>
      <CPPstartDate>2021-05-20</CPPstartDate><NumberOfPreviousCPP>0</NumberOfPreviousCPP>
      <Reviews><CPPreviewDate>2021-08-01</CPPreviewDate></Reviews>
    </ChildProtectionPlans>
  </CINdetails>
  <CINdetails><CINreferralDate>2021-09-01</CINreferralDate><ReferralNFA>1</ReferralNFA></CINdetails>
</Child>"""


def _file(folder: Path, body: str, *, prologue: str = "", name: str = "2022.xml") -> Path:
    path = folder / name
    path.write_text(f"{prologue}<Message>{body}</Message>", encoding="utf-8")
    return path


def test_each_level_becomes_a_table_with_its_origin(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{HEADER}<Children>{CHILD}</Children>")
    tables = read_cin_census([path])
    origin = {"la_code": "301", "census_year": "2022", "source_file": str(path), "source_row": 1, "LAchildID": "A1"}
    child = tables["cin_census_children"].to_dicts()
    assert len(child) == 1
    assert child[0] == child[0] | origin | {"PersonBirthDate": "2021-03-05", "GenderCurrent": "2", "Sex": None}
    details = tables["cin_census_details"].to_dicts()
    assert [row["CINreferralDate"] for row in details] == ["2021-05-01", "2021-09-01"]
    assert [row["ReferralNFA"] for row in details] == ["false", "1"]
    assert details[0]["PrimaryNeedCode"] is None
    plan = tables["cin_census_protection_plans"].to_dicts()
    assert len(plan) == 1
    assert plan[0] == plan[0] | origin | {"CINreferralDate": "2021-05-01", "CPPstartDate": "2021-05-20"}
    assert tables["cin_census_section_47"].is_empty()


def test_repeated_factors_are_joined(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{HEADER}<Children>{CHILD}</Children>")
    assert read_cin_census([path])["cin_census_assessments"]["AssessmentFactors"].to_list() == ["4B 3B"]


def test_children_are_counted_in_each_file_and_keep_their_header(tmp_path: Path) -> None:
    one = _file(tmp_path, f"{HEADER}<Children>{CHILD}{CHILD}</Children>")
    other = HEADER.replace("301", "302").replace("2022", "2023")
    two = _file(tmp_path, f"{other}<Children>{CHILD}</Children>", name="2023.xml")
    rows = read_cin_census([one, two])["cin_census_children"].select("la_code", "census_year", "source_row").rows()
    assert rows == [("301", "2022", 1), ("301", "2022", 2), ("302", "2023", 1)]


def test_the_second_child_keeps_nothing_of_the_first(tmp_path: Path) -> None:
    bare = "<Child><ChildIdentifiers><LAchildID>A2</LAchildID></ChildIdentifiers></Child>"
    path = _file(tmp_path, f"{HEADER}<Children>{CHILD}{bare}</Children>")
    tables = read_cin_census([path])
    assert tables["cin_census_children"]["PersonBirthDate"].to_list() == ["2021-03-05", None]
    assert tables["cin_census_details"]["LAchildID"].to_list() == ["A1", "A1"]


def test_a_return_without_header_is_read_and_left_to_the_rules(tmp_path: Path) -> None:
    path = _file(tmp_path, f"<Children>{CHILD}</Children>")
    row = read_cin_census([path])["cin_census_children"].row(0, named=True)
    assert (row["la_code"], row["census_year"]) == (None, None)


def test_a_return_without_children_makes_empty_tables(tmp_path: Path) -> None:
    tables = read_cin_census([_file(tmp_path, f"{HEADER}<Children/>")])
    assert {name: frame.height for name, frame in tables.items()} == dict.fromkeys(tables, 0)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("0", False), ("1", True), ("x", None)])
def test_booleans_are_written_in_four_ways(text: str, value: bool | None) -> None:
    connection = connect(Resources())
    connection.execute(MACROS.read_text(encoding="utf-8"))
    assert connection.execute("select yes_no($text)", {"text": text}).fetchone() == (value,)


def test_broken_xml_is_told_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "2022.xml"
    path.write_text("<Message>\n<Children>\n<Child>SECRET</Chil>\n</Children></Message>", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_cin_census([path])
    assert str(caught.value).startswith(f"{path}, line 3: is not well-formed XML")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "not XML at all"])
def test_a_file_that_is_no_xml_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "2022.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match="is not well-formed XML"):
        read_cin_census([path])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.xml"):
        read_cin_census([tmp_path / "gone.xml"])


@pytest.mark.parametrize("root", ["EXPSSDA903", "Children"])
def test_another_root_is_refused(tmp_path: Path, root: str) -> None:
    path = tmp_path / "903.xml"
    path.write_text(f"<{root}>{CHILD}</{root}>", encoding="utf-8")
    with pytest.raises(SourceError, match="is not a CIN census: its root is not Message"):
        read_cin_census([path])


def test_an_external_entity_is_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET", encoding="utf-8")
    child = "<Child><ChildIdentifiers><LAchildID>&leak;</LAchildID></ChildIdentifiers></Child>"
    path = _file(
        tmp_path,
        f"{HEADER}<Children>{child}</Children>",
        prologue=f'<!DOCTYPE Message [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>',
    )
    assert read_cin_census([path])["cin_census_children"]["LAchildID"].to_list() == [None]


def test_entities_within_entities_are_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    child = "<Child><ChildIdentifiers><LAchildID>&e9;</LAchildID></ChildIdentifiers></Child>"
    path = _file(
        tmp_path,
        f"{HEADER}<Children>{child}</Children>",
        prologue=f'<!DOCTYPE Message [<!ENTITY e0 "billion laughs">{entities}]>',
    )
    with pytest.raises(SourceError, match="is not well-formed XML"):
        read_cin_census([path])
