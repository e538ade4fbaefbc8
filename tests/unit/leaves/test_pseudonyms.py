"""Pseudonyms: the same in SQL and in Python, of one kind each, for every id that a canonical table holds."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import duckdb
import pytest

from dyadlink import pseudonyms
from dyadlink.errors import ContractError
from dyadlink.key_file import SecretKey
from dyadlink.pseudonyms import (
    CHILD_COLUMNS,
    PERSON,
    PERSON_COLUMNS,
    add_hash_macro,
    child_pseudonym,
    pseudonym,
    pseudonymise_views,
)
from dyadlink.sources.layout import canonical_tables

KEY = SecretKey(bytes(range(40)))
OF_NOBODY = {
    "uniqservreqid", "othercareprofteamlocalid", "careprofteamlocalid", "mhactlegalstatusclassperiodid",
    "uniqcarecontid", "uniqhospprovspellid", "uniqwardstayid", "wardcode", "uniqpregid", "epikey", "la_code",
    "cinreferraldate",
}  # fmt: skip
"""Keys that stand for a month, a place or a record, and not for a person."""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("""
        create view mhs001mpi as select * from (values (' a1 ', 'x'), ('a2', 'y'), ('', 'z')) as t(Person_ID, note);
        create view ssda903_header as
            select * from (values ('7 ', '301', '2024'), ('7', '302', '2024'), (null, '302', ''))
                as t(CHILD, la_code, return_year);
        create view reference as select 'same' as name;
    """)
    return connection


def test_a_pseudonym_is_a_keyed_hash_of_the_standard() -> None:
    derived = hmac.new(bytes(range(40)), b"dyadlink:person", hashlib.sha256).digest()
    assert pseudonym(KEY, PERSON, "a1") == hmac.new(derived, b"a1", hashlib.sha256).hexdigest()[:20]
    assert pseudonym(KEY, "child", "a1") != pseudonym(KEY, PERSON, "a1")


def test_sql_gives_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    add_hash_macro(connection, "hashed", KEY, PERSON)
    texts = ["a", "Zoë", "x" * 200, ""]
    found = connection.execute("select hashed(t) from (select unnest(?) as t)", [texts]).fetchall()
    assert [row[0] for row in found] == [pseudonym(KEY, PERSON, text) for text in texts]
    assert connection.execute("select hashed(null::varchar)").fetchall() == [(None,)]


def test_views_hold_pseudonyms_in_the_place_of_ids(connection: duckdb.DuckDBPyConnection) -> None:
    pseudonymise_views(connection, ["mhs001mpi", "ssda903_header", "reference"], KEY)
    a1, a2 = (pseudonym(KEY, PERSON, name) for name in ("a1", "a2"))
    assert connection.execute("from mhs001mpi").fetchall() == [(a1, "x"), (a2, "y"), (None, "z")]
    first, second = (child_pseudonym(KEY, la_code, "7") for la_code in ("301", "302"))
    assert first != second
    expected = [(first, "301", "2024"), (second, "302", "2024"), (None, "302", "")]
    assert connection.execute("from ssda903_header").fetchall() == expected
    assert connection.execute("from reference").fetchall() == [("same",)]


def test_the_key_is_not_in_a_database_file(tmp_path: Path) -> None:
    path = tmp_path / "tables.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute("create table ids as select 'a1' as Person_ID")
    connection.execute("create view mhs001mpi as from ids")
    pseudonymise_views(connection, ["mhs001mpi"], KEY)
    connection.execute("create table staged as from mhs001mpi")
    connection.close()
    content = path.read_bytes()
    assert pseudonym(KEY, PERSON, "a1").encode() in content
    assert b"person_pseudonym" in content
    pads = [bytes(byte ^ pad for byte in KEY.derive(PERSON)).hex().encode() for pad in (0x36, 0x5C)]
    assert not any(part[:16] in content for part in pads)


def test_two_ids_of_one_pseudonym_stop_the_study(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pseudonyms, "DIGITS", 0)
    with pytest.raises(ContractError, match=r"1 id\(s\) share a pseudonym"):
        pseudonymise_views(connection, ["mhs001mpi"], KEY)


def test_every_key_of_a_canonical_table_is_a_known_one() -> None:
    keys = {
        column.name.lower()
        for stage in ("staging", "linkage")
        for table in canonical_tables(stage)
        for column in table.columns
        if column.key
    }
    assert keys == {*PERSON_COLUMNS, *CHILD_COLUMNS, *OF_NOBODY}


def test_pseudonyms_keep_to_the_length_of_an_id_in_a_return() -> None:
    assert len(pseudonym(KEY, PERSON, "a1")) == 20
    assert "length(la_child_id) > 20" in Path(__file__).parents[3].joinpath(
        "workflow/sql/rules/broken_cin_children.sql"
    ).read_text(encoding="utf-8")
