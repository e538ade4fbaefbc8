"""The search for identifiers finds them however they are written."""

from __future__ import annotations

import base64
import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import duckdb
import polars as pl
import pytest
from canaries import Identifiers, search

CANARIES = Identifiers(
    frozenset({"9997691172"}), frozenset({"B202WR"}), frozenset({"1996-01-25"}), frozenset({"2021-11-09"})
)
ALL = {"name", "NHS number", "postcode", "birth date", "birth date of an infant"}
TEXT = "Zephyrwynab;999 769 1172;B20 2WR;1996-01-25;09/11/2021;"


def _parquet(text: str) -> bytes:
    name, number, postcode, born, _, _ = text.split(";")
    columns = {
        "number": [int(number.replace(" ", ""))] * 500,
        "born": [date.fromisoformat(born)] * 500,
        "listed": [[name, postcode]] * 500,
        "infant": [date(2021, 11, 9)] * 500,
    }
    file = io.BytesIO()
    pl.DataFrame(columns).write_parquet(file, compression="zstd", statistics=False)
    return file.getvalue()


def _zip(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", text)
    return file.getvalue()


def _duckdb(text: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("create table people as select $text as a from range(5000)", {"text": text})
        return path.read_bytes()


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(str.encode, id="utf-8"),
        pytest.param(lambda text: text.upper().encode(), id="capitals"),
        pytest.param(lambda text: text.encode("utf-16"), id="utf-16"),
        pytest.param(lambda text: text.encode("utf-32-be"), id="utf-32"),
        pytest.param(lambda text: quote(text, safe="").replace("e", "%65").encode(), id="url"),
        pytest.param(lambda text: b"data:text/csv;base64," + base64.b64encode(text.encode()), id="base64"),
        pytest.param(lambda text: b"(" + base64.urlsafe_b64encode(text.encode("utf-16")) + b")", id="base64 of utf-16"),
        pytest.param(lambda text: b"x = " + text.encode().hex().encode(), id="hexadecimal"),
        pytest.param(lambda text: "".join(f"\\u{ord(c):04x}" for c in text).encode(), id="json"),
        pytest.param(lambda text: "".join(f"&#{ord(c)};" for c in text).encode(), id="html"),
        pytest.param(lambda text: gzip.compress(text.encode()), id="gzip"),
        pytest.param(_zip, id="zip"),
        pytest.param(lambda text: b"stream\n" + zlib.compress(text.encode()) + b"\nendstream", id="pdf"),
        pytest.param(lambda text: base64.b64encode(_zip(text)), id="zip in base64"),
        pytest.param(_parquet, id="parquet"),
        pytest.param(_duckdb, id="duckdb"),
        pytest.param(lambda text: text[::-1].encode(), id="backwards"),
    ],
)
def test_identifiers_are_found_however_they_are_written(encode: Callable[[str], bytes]) -> None:
    assert search(encode(TEXT), CANARIES) == ALL


def _numbers(column: list[int]) -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"n": column}).write_parquet(file)
    return file.getvalue()


def test_days_as_numbers_are_found_and_other_numbers_are_not() -> None:
    born = [date(1985, 3, 1) + timedelta(days=17 * n) for n in range(60)]
    canaries = Identifiers(frozenset(), frozenset(), frozenset(day.isoformat() for day in born), frozenset())
    numbers = [(day - date(1970, 1, 1)).days for day in born]
    assert search(_numbers(numbers), canaries) == {"birth date"}
    assert search(_numbers([number + 1 for number in numbers]), canaries) == set()
    assert search(_numbers(numbers[:20]), canaries) == set()


def test_what_is_like_them_is_not_taken_for_them() -> None:
    text = b"Zephyr 99976911720 19997691172 XB20 2WRY 1996-01-26 2021-11-090 25/10/1996"
    assert search(text, CANARIES) == set()
