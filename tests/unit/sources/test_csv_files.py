"""CSV files are read as text; one that cannot be read is told by file and line, never by its values."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from sources_world import load_people, loaded_rows, make_target, people, source_file, write

from dyadlink.config import Csv
from dyadlink.errors import SourceError
from dyadlink.sources import store
from dyadlink.sources.csv_files import load_csv, read_header

PERSON = "ROBERTA-TABLES"
HEADER = "Person_ID,PostCode\n"


def _file(folder: Path, content: str | bytes, name: str = "people.csv") -> Path:
    return write(folder / name, content)


def _told(*paths: Path, options: Csv | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        load_people(*paths, options=options)
    message = str(caught.value)
    assert PERSON not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "\n" not in message
    assert " -> " in message
    return message


def test_rows_are_text_with_their_file_and_number(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{HEADER}01,AB1\n02,\n")
    target = make_target(people(path="{la_code}/people"))
    load_csv(target, [source_file(path, la_code="301")], Csv())
    origin = {"la_code": "301", "input": "study", "source_file": str(path)}
    assert loaded_rows(target) == [
        {"Person_ID": "01", "PostCode": "AB1", **origin, "source_row": 1},
        {"Person_ID": "02", "PostCode": None, **origin, "source_row": 2},
    ]


def test_rows_of_several_files_are_numbered_in_each(tmp_path: Path) -> None:
    one = _file(tmp_path, f"{HEADER}a,1\nb,2\n", "people_1.csv")
    two = _file(tmp_path, "PostCode,Person_ID\n3,c\n", "people_2.csv")
    three = _file(tmp_path, HEADER, "people_3.csv")
    four = _file(tmp_path, f"{HEADER}d,4\ne,5\n", "people_4.csv")
    rows = [("a", "1", 1), ("b", "2", 2), ("c", "3", 1), ("d", "4", 1), ("e", "5", 2)]
    assert load_people(one, two, three, four) == rows


def test_rows_keep_their_numbers_however_many_there_are(tmp_path: Path) -> None:
    """Rows are counted by their place in the table, which two threads fill side by side."""
    sizes = (400_000, 3, 250_000)
    paths = [
        _file(tmp_path, HEADER + "".join(f"{row},x\n" for row in range(1, size + 1)), f"people_{number}.csv")
        for number, size in enumerate(sizes)
    ]
    rows = load_people(*paths)
    assert len(rows) == sum(sizes)
    assert all(int(person) == number for person, _, number in rows)


def test_rows_keep_their_numbers_when_they_are_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BYTES_BEFORE_COMPRESSION", 0)
    headers = (HEADER, "PostCode,Person_ID\n", HEADER.upper(), "x,Person_ID,PostCode\n")
    rows = ("{},x\n", "x,{}\n", "{},x\n", ",{},x\n")
    paths = [
        _file(tmp_path, header + "".join(row.format(n) for n in range(1, 200_001)), f"people_{number}.csv")
        for number, (header, row) in enumerate(zip(headers, rows, strict=True))
    ]
    found = load_people(*paths)
    assert len(found) == 800_000
    assert all(int(person) == number for person, _, number in found)


def test_column_order_case_and_further_columns_do_not_matter(tmp_path: Path) -> None:
    assert load_people(_file(tmp_path, "Extra,POSTCODE,person_id,extra\nx,AB1,01,y\n")) == [("01", "AB1", 1)]


def test_of_two_versions_of_a_column_the_first_that_is_filled_counts(tmp_path: Path) -> None:
    columns = [
        {"name": "Person_ID", "description": "Id."},
        {"name": "PostCode", "also": ["Post_Code"], "description": "Postcode."},
    ]
    path = _file(tmp_path, "Post_Code,Person_ID,PostCode\nold,a,new\nold,b,\n,c,\n")
    assert load_people(path, columns=columns) == [("a", "new", 1), ("b", "old", 2), ("c", None, 3)]


def test_a_column_that_may_be_absent_is_empty(tmp_path: Path) -> None:
    columns = [
        {"name": "Person_ID", "description": "Id."},
        {"name": "PostCode", "required": False, "description": "Postcode."},
    ]
    assert load_people(_file(tmp_path, "Person_ID\na\n"), columns=columns) == [("a", None, 1)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, ends: str) -> None:
    path = _file(tmp_path, ends.join(["Person_ID,PostCode", "a,1", "b,2", ""]))
    assert load_people(path) == [("a", "1", 1), ("b", "2", 2)]


def test_quoted_values_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = _file(tmp_path, f'{HEADER}"a,b","say ""x"""\n"two\nlines",z\n')
    assert load_people(path) == [("a,b", 'say "x"', 1), ("two\nlines", "z", 2)]


def test_a_hash_is_text_like_any_other(tmp_path: Path) -> None:
    assert load_people(_file(tmp_path, f"{HEADER}a,1 #x\n#b,2\n")) == [("a", "1 #x", 1), ("#b", "2", 2)]


def test_a_file_of_names_alone_holds_no_rows(tmp_path: Path) -> None:
    assert load_people(_file(tmp_path, HEADER)) == []


def test_a_quote_in_the_path_is_a_letter_like_any_other(tmp_path: Path) -> None:
    assert load_people(_file(tmp_path, f"{HEADER}a,1\n", "people's.csv")) == [("a", "1", 1)]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        pytest.param(f"{HEADER}Zoë,1\n".encode("utf-8-sig"), Csv(), id="byte order mark"),
        pytest.param("Person_ID;PostCode\nZoë;1\n".encode(), Csv(delimiter=";"), id="semicolons"),
        pytest.param("Person_ID\tPostCode\nZoë\t1\n".encode(), Csv(delimiter="\t"), id="tabs"),
        pytest.param(f"{HEADER}Zoë,1\n".encode("cp1252"), Csv(encoding="windows-1252"), id="windows-1252"),
        pytest.param(f"{HEADER}Zoë,1\n".encode("utf-16"), Csv(encoding="utf-16"), id="utf-16"),
        pytest.param(f"{HEADER}Zoë,1\n".encode("utf-8-sig"), Csv(encoding="utf-8-sig"), id="declared mark"),
    ],
)
@pytest.mark.parametrize("name", ["people.csv", "people.csv.gz"])
def test_every_declared_form_of_text_is_read(tmp_path: Path, content: bytes, options: Csv, name: str) -> None:
    path = _file(tmp_path, gzip.compress(content) if name.endswith(".gz") else content, name)
    assert load_people(path, options=options) == [("Zoë", "1", 1)]


def test_dates_of_a_declared_form_are_written_in_that_of_the_layout(tmp_path: Path) -> None:
    columns = [
        {"name": "Person_ID", "description": "Id."},
        {"name": "PostCode", "type": "date", "description": "A day."},
    ]
    path = _file(tmp_path, f"{HEADER}31.12.2021,31.12.2021\na, 01.02.2021 \nb,2021\nc,\n")
    rows = [("31.12.2021", "2021-12-31", 1), ("a", "2021-02-01", 2), ("b", "2021", 3), ("c", None, 4)]
    options = Csv(date_format="%d.%m.%Y")
    assert load_people(path, options=options, columns=columns) == rows
    days = [row[1] for row in load_people(path, options=options, columns=columns, dates="day_first")]
    assert days == ["31/12/2021", "01/02/2021", "2021", None]


def test_missing_column_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = _file(tmp_path, f"Person_ID,Other\n{PERSON},1\n")
    assert _told(path).startswith(f"{path}, line 1: missing column(s) PostCode -> ")


def test_a_renamed_column_is_told_with_its_new_name(tmp_path: Path) -> None:
    path = _file(tmp_path, f"Person_ID,Post Code\n{PERSON},1\n")
    assert _told(path).startswith(f"{path}, line 1: missing column(s) PostCode (is it 'Post Code'?) -> ")


def test_missing_column_is_found_in_the_second_file_too(tmp_path: Path) -> None:
    one = _file(tmp_path, f"{HEADER}a,1\n", "people_1.csv")
    two = _file(tmp_path, "Person_ID\nb\n", "people_2.csv")
    assert f"{two}, line 1: missing" in _told(one, two)


def test_a_column_twice_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, f"Person_ID,PostCode,postcode\n{PERSON},1,2\n")
    assert _told(path).startswith(f"{path}, line 1: column twice: PostCode stands at places 2 and 3 -> ")


def test_the_wrong_delimiter_is_told(tmp_path: Path) -> None:
    path = _file(tmp_path, f"Person_ID;PostCode\n{PERSON};1\n")
    assert _told(path).startswith(f"{path}, line 1: none of the table's columns is there -> ")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"], ids=["nothing", "a line end", "a mark"])
@pytest.mark.parametrize("name", ["people.csv", "people.csv.gz"])
def test_an_empty_file_is_told(tmp_path: Path, content: bytes, name: str) -> None:
    path = _file(tmp_path, gzip.compress(content) if name.endswith(".gz") else content, name)
    assert _told(path).startswith(f"{path}: file is empty -> ")


BAD_TEXT = [
    pytest.param(b"Person_ID,Post\xffCode\n", 1, id="in the header"),
    pytest.param(b"Person_ID,PostCode\na,1\n" + PERSON.encode() + b"\xe9,1\n", 3, id="in a row"),
    pytest.param(
        HEADER.encode() + b"a,1\n" * 400_000 + "Zoë,1\n".encode() + b"Zo\xeb,1\n", 400_003, id="mixed, far down"
    ),
]


@pytest.mark.parametrize(("content", "line"), BAD_TEXT)
@pytest.mark.parametrize("name", ["people.csv", "people.csv.gz"])
def test_text_that_is_not_utf_8_is_told_by_its_line(tmp_path: Path, content: bytes, line: int, name: str) -> None:
    path = _file(tmp_path, gzip.compress(content, 1) if name.endswith(".gz") else content, name)
    assert _told(path).startswith(f"{path}, line {line}: the text is not UTF-8 -> ")


def test_text_that_is_not_of_the_declared_encoding_is_told_by_its_line(tmp_path: Path) -> None:
    path = _file(tmp_path, HEADER.encode() + b"a,1\n" + PERSON.encode() + b"\x81,1\n")
    told = _told(path, options=Csv(encoding="windows-1252"))
    assert told.startswith(f"{path}, line 3: the text is not CP1252 -> ")


def test_utf_8_that_is_declared_as_something_else_is_told(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{HEADER}Zoë,1\n")
    assert f"{path}: the text is UTF-8, not cp1252 -> " in _told(path, options=Csv(encoding="windows-1252"))


def test_utf_16_that_is_not_declared_is_told(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{HEADER}a,1\n".encode("utf-16"))
    assert _told(path).startswith(f"{path}: the text is UTF-16 -> declare csv.encoding: utf-16")


@pytest.mark.parametrize("name", ["people.csv", "people.csv.gz"])
def test_a_nul_byte_is_told_by_its_line(tmp_path: Path, name: str) -> None:
    content = HEADER.encode() + b"a,1\n" + PERSON.encode() + b"\x00,1\n"
    path = _file(tmp_path, gzip.compress(content) if name.endswith(".gz") else content, name)
    assert _told(path).startswith(f"{path}, line 3: a NUL byte in the text -> ")


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_compressed_file_that_is_cut_short_is_told(tmp_path: Path, kept: float) -> None:
    content = gzip.compress(HEADER.encode() + b"".join(f"{n * 7919},{PERSON}\n".encode() for n in range(500_000)))
    path = _file(tmp_path, content[: int(len(content) * kept)], "people.csv.gz")
    assert _told(path) == f"{path}: the compressed file is cut short or damaged -> export it again"


def test_a_file_that_is_not_compressed_at_all_is_told(tmp_path: Path) -> None:
    path = _file(tmp_path, f"{HEADER}a,1\n", "people.csv.gz")
    assert _told(path) == f"{path}: the compressed file is cut short or damaged -> export it again"


BROKEN_ROWS = [
    pytest.param(f'"{PERSON},1', "a quote is not closed where its field ends", id="quote that is not closed"),
    pytest.param(f"{PERSON},1,2,3", "another number of fields than in line 1", id="too many fields"),
    pytest.param(f"{PERSON}", "another number of fields than in line 1", id="too few fields"),
    pytest.param(f'"{PERSON}"x,1', "a quote is not closed where its field ends", id="text after a quote"),
]


@pytest.mark.parametrize("n_before", [2, 50_000])
@pytest.mark.parametrize(("row", "what"), BROKEN_ROWS)
@pytest.mark.parametrize("name", ["people.csv", "people.csv.gz"])
def test_a_broken_row_is_told_by_file_and_line(tmp_path: Path, row: str, what: str, n_before: int, name: str) -> None:
    content = f"{HEADER}{'a,1' + chr(10)}".encode() + b"a,1\n" * (n_before - 1) + f"{row}\nc,3\n".encode()
    path = _file(tmp_path, gzip.compress(content) if name.endswith(".gz") else content, name)
    assert _told(path).startswith(f"{path}, line {n_before + 2}: {what}")


def test_a_file_that_is_cut_short_in_a_row_is_told(tmp_path: Path) -> None:
    content = HEADER + f"{PERSON},AB1 2CD\n" * 1000
    path = _file(tmp_path, content[: -len("TABLES,AB1 2CD\n")])
    assert _told(path).startswith(f"{path}, line 1001: another number of fields than in line 1 -> ")


@pytest.mark.parametrize(("row", "what"), BROKEN_ROWS)
def test_the_file_at_fault_is_named_not_the_first(tmp_path: Path, row: str, what: str) -> None:
    one = _file(tmp_path, f"{HEADER}a,1\n", "people_1.csv")
    two = _file(tmp_path, f"{HEADER}b,2\n{row}\n", "people_2.csv")
    told = _told(one, two)
    assert str(two) in told
    assert what in told


def test_line_ends_of_two_kinds_are_told(tmp_path: Path) -> None:
    path = _file(tmp_path, f"Person_ID,PostCode\r\n{PERSON},1\nb,2\r\n")
    assert _told(path).startswith(f"{path}: is not a well-formed CSV file of table people -> ")


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "people.csv").mkdir()
    with pytest.raises(SourceError, match="cannot be read"):
        read_header(source_file(tmp_path / "people.csv"), Csv())
