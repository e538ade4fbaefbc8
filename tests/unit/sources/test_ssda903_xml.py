"""An SSDA903 return as XML gives the rows that its CSV files would give."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from sources_world import make_target, source_file, write

from dyadlink.config import Csv, Resources
from dyadlink.errors import SourceError
from dyadlink.sources.csv_files import load_csv
from dyadlink.sources.layout import load_layout
from dyadlink.sources.ssda903_xml import read_ssda903
from dyadlink.sources.store import Store
from dyadlink.sources.target import make_file_type
from dyadlink.sources.xml_files import load_xml
from dyadlink.sql import connect

LAYOUT = load_layout("england_returns")
NAMES = ("ssda903_header", "ssda903_episodes")
RETURN = """<?xml version='1.0' encoding='us-ascii'?>
<EXPSSDA903>
<CHILD>
  <HEADER><CHILDID>a</CHILDID><UPN>A1</UPN><SEX>2</SEX><DOB>05/03/2021</DOB><ETHNIC>WBRI</ETHNIC><UASC />
    <AREVIEW><REVIEW>27/09/2021</REVIEW><REVIEW_CODE>PN0</REVIEW_CODE></AREVIEW><MOTHER /></HEADER>
  <EPISODE><DECOM>06/04/2021</DECOM><RNE>S</RNE><LS>C1</LS><CIN>N1</CIN><PL>U6</PL><DEC>07/04/2021</DEC><REC>X1</REC></EPISODE>
  <EPISODE><DECOM>07/04/2021</DECOM><RNE>P</RNE><LS>C1</LS><CIN>N1</CIN><PL>U1</PL><DEC /><REC /></EPISODE>
</CHILD>
<CHILD><HEADER><CHILDID>b</CHILDID><SEX>1</SEX><DOB>06/03/2021</DOB></HEADER></CHILD>
</EXPSSDA903>
"""
HEADER = "CHILD,SEX,DOB,ETHNIC,UPN\na,2,05/03/2021,WBRI,A1\nb,1,06/03/2021,,\n"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,DEC,REC\na,06/04/2021,S,C1,N1,U6,07/04/2021,X1\na,07/04/2021,P,C1,N1,U1,,\n"


def _from_xml(path: Path) -> list[pl.DataFrame]:
    store = Store(connect(Resources()))
    targets = [make_target(LAYOUT.table(name), store) for name in NAMES]
    load_xml(targets, source_file(path, la_code="301", return_year="2022"), read_ssda903)
    for target in targets:
        target.finish()
    make_file_type(store.connection, targets)
    return [store.connection.sql(target.select()).pl() for target in targets]


def _from_csv(folder: Path) -> list[pl.DataFrame]:
    frames = []
    for name, content in zip(NAMES, (HEADER, EPISODES), strict=True):
        path = write(folder / f"{name}.csv", content)
        target = make_target(LAYOUT.table(name))
        load_csv(target, [source_file(path, la_code="301", return_year="2022")], Csv())
        target.finish()
        make_file_type(target.store.connection, [target])
        frames.append(target.store.connection.sql(target.select()).pl())
    return frames


def test_xml_and_csv_of_a_return_give_the_same_rows(tmp_path: Path) -> None:
    from_xml = _from_xml(write(tmp_path / "return.xml", RETURN))
    for one, other in zip(from_xml, _from_csv(tmp_path), strict=True):
        assert one.drop("source_file").equals(other.drop("source_file"))
    assert [frame.height for frame in from_xml] == [2, 2]
    assert from_xml[1]["la_code"].to_list() == ["301", "301"]


def test_a_census_is_no_return_of_looked_after_children(tmp_path: Path) -> None:
    path = write(tmp_path / "return.xml", "<Message><Children/></Message>")
    with pytest.raises(SourceError, match="line 1: its root is not EXPSSDA903 -> "):
        _from_xml(path)


def test_a_return_that_is_cut_short_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "return.xml", RETURN[: RETURN.index("<EPISODE>")])
    with pytest.raises(SourceError, match=r"return\.xml, line 6: is not well-formed XML -> "):
        _from_xml(path)
