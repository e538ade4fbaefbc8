"""CSV files are read as text; one that cannot be read is told by file and line, never by its values."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyadlink.config import Resources
from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import CsvTable
from dyadlink.sources.csv_files import check_header, load_csv
from dyadlink.sql import connect, read_table

TABLE = CsvTable("people", "people*.csv", ("Person_ID", "PostCode"))
PERSON = "ROBERTA-TABLES"


def _file(folder: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _load(*paths: Path) -> list[tuple[object, ...]]:
    connection = connect(Resources())
    n = load_csv(connection, TABLE, paths)
    frame = read_table(connection, "people")
    assert frame.height == n
    return frame.rename(str.lower).select("person_id", "postcode", "source_row").rows()


def test_rows_are_text_with_their_file_and_number(tmp_path: Path) -> None:
    path = _file(tmp_path, "Person_ID,PostCode\n01,AB1\n02,\n")
    connection = connect(Resources())
    assert load_csv(connection, TABLE, [path]) == 2
    assert read_table(connection, "people").rows() == [("01", "AB1", str(path), 1), ("02", None, str(path), 2)]


def test_rows_of_several_files_are_numbered_in_each(tmp_path: Path) -> None:
    one = _file(tmp_path, "Person_ID,PostCode\na,1\nb,2\n", "people_1.csv")
    two = _file(tmp_path, "PostCode,Person_ID\n3,c\n", "people_2.csv")
    assert sorted(_load(one, two)) == [("a", "1", 1), ("b", "2", 2), ("c", "3", 1)]


def test_column_order_case_and_further_columns_do_not_matter(tmp_path: Path) -> None:
    path = _file(tmp_path, "Extra,POSTCODE,person_id\nx,AB1,01\n")
    assert _load(path) == [("01", "AB1", 1)]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = _file(tmp_path, b"\xef\xbb\xbfPerson_ID,PostCode\n01,AB1\n")
    assert _load(path) == [("01", "AB1", 1)]


def test_quoted_values_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = _file(tmp_path, 'Person_ID,PostCode\n"a,b","say ""x"""\n"two\nlines",z\n')
    assert _load(path) == [("a,b", 'say "x"', 1), ("two\nlines", "z", 2)]


def test_a_file_of_names_alone_holds_no_rows(tmp_path: Path) -> None:
    assert _load(_file(tmp_path, "Person_ID,PostCode\n")) == []


def test_missing_column_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = _file(tmp_path, f"Person_ID,Other\n{PERSON},1\n")
    with pytest.raises(SourceError) as caught:
        _load(path)
    assert str(caught.value).startswith(f"{path}, line 1: missing column(s) PostCode -> ")


def test_missing_column_is_found_in_the_second_file_too(tmp_path: Path) -> None:
    one = _file(tmp_path, "Person_ID,PostCode\na,1\n", "people_1.csv")
    two = _file(tmp_path, "Person_ID\nb\n", "people_2.csv")
    with pytest.raises(SourceError, match=r"people_2\.csv, line 1: missing"):
        _load(one, two)


def test_a_column_twice_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, "Person_ID,PostCode,postcode\na,1,2\n")
    with pytest.raises(SourceError, match=r"people\.csv, line 1: column\(s\) twice: postcode"):
        _load(path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = _file(tmp_path, "")
    with pytest.raises(SourceError, match=r"people\.csv: file is empty"):
        check_header(path, TABLE.columns)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Person_ID,Post\xffCode\n", id="in the header"),
        pytest.param(b"Person_ID,PostCode\n" + PERSON.encode() + b"\xe9,1\n", id="in a row"),
        pytest.param("Person_ID,PostCode\na,1\n".encode("utf-16"), id="another encoding"),
    ],
)
def test_text_that_is_not_utf_8_is_refused_without_its_values(tmp_path: Path, content: bytes) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(SourceError) as caught:
        _load(path)
    assert str(caught.value).startswith(str(path))
    assert "UTF-8" in str(caught.value) or "encoding" in str(caught.value)
    assert PERSON not in str(caught.value)


BROKEN_ROWS = [
    pytest.param(f'"{PERSON},1', id="quote that is not closed"),
    pytest.param(f"{PERSON},1,2,3", id="too many fields"),
    pytest.param(f"{PERSON}", id="too few fields"),
    pytest.param(f'"{PERSON}"x,1', id="text after a quote"),
]


@pytest.mark.parametrize("n_before", [2, 50_000])
@pytest.mark.parametrize("row", BROKEN_ROWS)
def test_a_broken_row_is_told_by_file_and_line_without_its_values(tmp_path: Path, row: str, n_before: int) -> None:
    path = _file(tmp_path, "Person_ID,PostCode\n" + "a,1\n" * n_before + f"{row}\nc,3\n")
    with pytest.raises(SourceError) as caught:
        _load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line {n_before + 2}: is not a well-formed CSV file")
    assert PERSON not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("row", BROKEN_ROWS)
def test_the_file_at_fault_is_named_not_the_first(tmp_path: Path, row: str) -> None:
    one = _file(tmp_path, "Person_ID,PostCode\na,1\n", "people_1.csv")
    two = _file(tmp_path, f"Person_ID,PostCode\nb,2\n{row}\n", "people_2.csv")
    with pytest.raises(SourceError, match=r"people_2\.csv") as caught:
        _load(one, two)
    assert PERSON not in str(caught.value)


def test_a_hash_is_text_like_any_other(tmp_path: Path) -> None:
    path = _file(tmp_path, "Person_ID,PostCode\na,1 #x\n#b,2\n")
    assert _load(path) == [("a", "1 #x", 1), ("#b", "2", 2)]


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        check_header(tmp_path, TABLE.columns)
