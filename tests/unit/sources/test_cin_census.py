"""Children in Need returns become flat tables of text; a return is data, never a program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from sources_world import CENSUS_HEADER as HEADER
from sources_world import make_target, source_file, write

from dyadlink.config import Resources
from dyadlink.errors import SourceError
from dyadlink.sources.cin_census import read_cin_census
from dyadlink.sources.layout import load_layout
from dyadlink.sources.store import Store
from dyadlink.sources.target import make_file_type
from dyadlink.sources.xml_files import load_xml
from dyadlink.sql import connect

MACROS = Path(__file__).parents[3] / "workflow/sql/macros.sql"
TABLES = [table for table in load_layout("england_returns").tables if table.xml and table.xml.reader == "cin_census"]
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
    return write(folder / name, f"{prologue}<Message>{body}</Message>")


def _read(*paths: Path) -> dict[str, pl.DataFrame]:
    store = Store(connect(Resources()))
    targets = [make_target(table, store) for table in TABLES]
    for path in paths:
        load_xml(targets, source_file(path), read_cin_census)
    for target in targets:
        target.finish()
    make_file_type(store.connection, targets)
    return {target.table.name: store.connection.sql(target.select()).pl() for target in targets}


def test_each_level_becomes_a_table_with_its_origin(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{HEADER}<Children>{CHILD}</Children>")
    tables = _read(path)
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
    assert _read(path)["cin_census_assessments"]["AssessmentFactors"].to_list() == ["4B 3B"]


def test_children_are_counted_in_each_file_and_keep_their_header(tmp_path: Path) -> None:
    one = _file(tmp_path, f"{HEADER}<Children>{CHILD}{CHILD}</Children>")
    other = HEADER.replace("301", "302").replace("2022", "2023")
    two = _file(tmp_path, f"{other}<Children>{CHILD}</Children>", name="2023.xml")
    rows = _read(one, two)["cin_census_children"].select("la_code", "census_year", "source_row").rows()
    assert rows == [("301", "2022", 1), ("301", "2022", 2), ("302", "2023", 1)]


def test_the_second_child_keeps_nothing_of_the_first(tmp_path: Path) -> None:
    bare = "<Child><ChildIdentifiers><LAchildID>A2</LAchildID></ChildIdentifiers></Child>"
    path = _file(tmp_path, f"{HEADER}<Children>{CHILD}{bare}</Children>")
    tables = _read(path)
    assert tables["cin_census_children"]["PersonBirthDate"].to_list() == ["2021-03-05", None]
    assert tables["cin_census_details"]["LAchildID"].to_list() == ["A1", "A1"]


def test_a_return_without_header_is_read_and_left_to_the_rules(tmp_path: Path) -> None:
    path = _file(tmp_path, f"<Children>{CHILD}</Children>")
    row = _read(path)["cin_census_children"].row(0, named=True)
    assert (row["la_code"], row["census_year"]) == (None, None)


def test_a_return_without_children_makes_empty_tables(tmp_path: Path) -> None:
    tables = _read(_file(tmp_path, f"{HEADER}<Children/>"))
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
        _read(path)
    assert str(caught.value).startswith(f"{path}, line 3: is not well-formed XML")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(("content", "told"), [("", "file is empty"), ("not XML at all", "is not well-formed XML")])
def test_a_file_that_is_no_xml_is_told(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "2022.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=told):
        _read(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.xml"):
        _read(tmp_path / "gone.xml")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("EXPSSDA903", "EXPSSDA903"), ("Children", "Children"), ('Message xmlns="urn:other"', "Message")],
)
def test_another_root_or_namespace_is_refused(tmp_path: Path, opening: str, closing: str) -> None:
    path = write(tmp_path / "903.xml", f"\n<{opening}>{CHILD}</{closing}>")
    with pytest.raises(SourceError) as caught:
        _read(path)
    assert str(caught.value).startswith(f"{path}, line 2: its root is not Message -> ")


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        pytest.param('<!DOCTYPE Message [<!ENTITY leak SYSTEM "SECRET_FILE">]>', id="external entity"),
        pytest.param(f'<!DOCTYPE Message [<!ENTITY e0 "billion laughs">{ENTITIES}]>', id="expansion"),
        pytest.param('<!DOCTYPE Message SYSTEM "SECRET_FILE">', id="external document type"),
    ],
)
@pytest.mark.parametrize("entity", ["&leak;", "&e9;", ""])
def test_a_return_that_defines_entities_is_refused(tmp_path: Path, doctype: str, entity: str) -> None:
    secret = write(tmp_path / "secret.txt", "TOP-SECRET")
    child = f"<Child><ChildIdentifiers><LAchildID>{entity}</LAchildID></ChildIdentifiers></Child>"
    path = _file(
        tmp_path, f"{HEADER}<Children>{child}</Children>", prologue=doctype.replace("SECRET_FILE", secret.as_uri())
    )
    with pytest.raises(SourceError, match=r"2022\.xml, line 1: declares a document type \(DOCTYPE\) -> ") as caught:
        _read(path)
    assert "SECRET" not in str(caught.value)


def test_groups_of_later_years_are_passed_over(tmp_path: Path) -> None:
    group = (
        "<PreProceedingsandFGDM><PPStartDate>2026-05-01</PPStartDate><PPOutcome>A</PPOutcome></PreProceedingsandFGDM>"
    )
    path = _file(tmp_path, f"{HEADER}<Children>{CHILD.replace('</CINdetails>', group + '</CINdetails>')}</Children>")
    tables = _read(path)
    assert {name: frame.height for name, frame in tables.items()} == {
        "cin_census_children": 1,
        "cin_census_details": 2,
        "cin_census_assessments": 1,
        "cin_census_plans": 0,
        "cin_census_section_47": 0,
        "cin_census_protection_plans": 1,
    }


def test_sex_and_plans_of_each_year_are_read(tmp_path: Path) -> None:
    child = CHILD.replace("<GenderCurrent>2</GenderCurrent>", "<Sex>F</Sex>")
    plan = "<CINPlanDates><CINPlanStartDate>2024-05-01</CINPlanStartDate></CINPlanDates>"
    tables = _read(
        _file(tmp_path, f"{HEADER}<Children>{child.replace('<Assessments>', plan + '<Assessments>')}</Children>")
    )
    assert tables["cin_census_children"].select("GenderCurrent", "Sex").rows() == [(None, "F")]
    assert tables["cin_census_plans"].select("CINPlanStartDate", "CINPlanEndDate").rows() == [("2024-05-01", None)]


def test_a_return_that_is_cut_short_is_told_by_its_line(tmp_path: Path) -> None:
    whole = _file(tmp_path, f"{HEADER}<Children>{CHILD * 50}</Children>").read_text(encoding="utf-8")
    path = write(tmp_path / "cut.xml", whole[: len(whole) // 2])
    lines = whole[: len(whole) // 2].count("\n") + 1
    with pytest.raises(SourceError) as caught:
        _read(path)
    assert str(caught.value).startswith(f"{path}, line {lines}: is not well-formed XML -> ")


MEASURE = """
import resource, sys
from pathlib import Path
from sources_world import make_target, source_file
from dyadlink.config import Resources
from dyadlink.sources.cin_census import read_cin_census
from dyadlink.sources.layout import load_layout
from dyadlink.sources.store import Store
from dyadlink.sources.target import make_file_type
from dyadlink.sources.xml_files import load_xml
from dyadlink.sql import connect

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

tables = [table for table in load_layout("england_returns").tables if table.xml and table.xml.reader == "cin_census"]
store = Store(connect(Resources()))
targets = [make_target(table, store) for table in tables]
load_xml(targets, source_file(Path(sys.argv[1])), read_cin_census)
small = peak()
load_xml(targets, source_file(Path(sys.argv[2])), read_cin_census)
for target in targets:
    target.finish()
connection = store.connection
make_file_type(connection, targets)
children = connection.sql(targets[0].select())
query = "select count(*), count(distinct LAchildID), bool_and(LAchildID = 'A' || source_row) from children"
large = f"{query} where source_file = '{sys.argv[2]}'"
print(*connection.execute(large).fetchone(), peak() - small)
"""


def test_200_000_children_are_read_in_little_memory(tmp_path: Path) -> None:
    """200 MB of XML: a tree of it all would take some 2 GB, its rows as Python tuples 1 GB."""
    n, paths = 200_000, [tmp_path / "2021.xml", tmp_path / "2022.xml"]
    for path, n_children in zip(paths, (10_000, n), strict=True):
        with path.open("w", encoding="utf-8") as file:
            file.write(f"<Message>{HEADER}<Children>")
            file.writelines(CHILD.replace(" A1 ", f"A{number}") for number in range(1, n_children + 1))
            file.write("</Children></Message>")
    path = os.pathsep.join(sys.path)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", MEASURE, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    n_rows, n_ids, is_numbered, kilobytes = done.stdout.split()
    assert (int(n_rows), int(n_ids), is_numbered) == (n, n, "True")
    assert int(kilobytes) < 300_000
