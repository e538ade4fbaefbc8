"""Tables of a PostgreSQL server are read as a file would be; a server that fails is told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import PASSWORD, Server, free_port
from cutting_proxy import CuttingProxy
from sources_world import loaded_rows, make_target, people

from dyadlink.config import Resources
from dyadlink.errors import SourceError
from dyadlink.sources import postgresql
from dyadlink.sources.layout import Table
from dyadlink.sources.postgresql import PostgresqlServer
from dyadlink.sources.store import Store
from dyadlink.sql import connect

VARIABLE = "DYADLINK_TEST_SERVER"
SECRET = "ROBERTA-TABLES"  # noqa: S105  # a value of a person, which no message may tell
N_ROWS = 1_000_000  # some 30 MB: more than the driver hands over at once
CONNECTIONS_OF_AN_ATTEMPT = 2  # the driver first asks for the types of the server


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "PAUSES_SECONDS", (0.0, 0.0))


@pytest.fixture(scope="module", autouse=True)
def tables(server: Server) -> Iterator[None]:
    server.execute(
        "create schema study",
        'create table study."People" ("Person_ID" text, "PostCode" text)',
        "insert into study.\"People\" values ('01', 'AB1'), ('02', ''), ('03', null)",
        "create table typed (person_id bigint, day date, moment timestamp, share numeric(8, 2), rate float8, f bool)",
        "insert into typed values (7, '2021-04-01', '2021-04-01 10:30', 12.50, 3, true)",
        "insert into typed values (8, null, null, 4.00, .5, null)",
        f"create table many as select n::text as person_id, '{SECRET}' as postcode from generate_series(1, {N_ROWS}) n",  # noqa: S608
        "create table people_2020 as select '20' as person_id, 'x' as postcode",
        "create table people_2021 as select '21' as person_id, 'y' as postcode",
        "create table lacking as select '1' as person_id, 'z' as post_code",
        "create schema other",
        "create table other.twice as select '1' as person_id, 'z' as postcode",
        "create table study.twice as select '1' as person_id, 'z' as postcode",
    )
    yield
    server.execute("drop schema study cascade", "drop schema other cascade")


def _load(
    monkeypatch: pytest.MonkeyPatch, address: str, table: Table, store: Store | None = None
) -> list[dict[str, Any]]:
    monkeypatch.setenv(VARIABLE, address)
    target = make_target(table, store)
    server = PostgresqlServer(VARIABLE)
    try:
        server.load(target)
    finally:
        server.close()
    return loaded_rows(target)


def _told(monkeypatch: pytest.MonkeyPatch, address: str, table: Table) -> str:
    with pytest.raises(SourceError) as caught:
        _load(monkeypatch, address, table)
    message = str(caught.value)
    assert PASSWORD not in message
    assert SECRET not in message
    assert "127.0.0.1" not in message
    assert "\n" not in message
    assert caught.value.__cause__ is None
    return message


def test_rows_are_text_with_their_relation_and_number(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _load(monkeypatch, server.address(), people(path="study/People"))
    origin = {"input": "study", "source_file": "study:study.People"}
    assert rows == [
        {"Person_ID": "01", "PostCode": "AB1", **origin, "source_row": 1},
        {"Person_ID": "02", "PostCode": None, **origin, "source_row": 2},
        {"Person_ID": "03", "PostCode": None, **origin, "source_row": 3},
    ]


def test_typed_values_become_the_text_of_a_csv_file(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [
        {"name": "person_id", "description": "Id."},
        {"name": "day", "type": "date", "description": "Day."},
        {"name": "moment", "type": "date", "description": "Moment."},
        {"name": "share", "type": "number", "description": "Share."},
        {"name": "rate", "type": "number", "description": "Rate."},
        {"name": "f", "type": "flag", "description": "Flag."},
    ]
    table = people(relation="public.typed", columns=columns, dates="day_first")
    found = [list(row.values())[:6] for row in _load(monkeypatch, server.address(), table)]
    assert found == [
        ["7", "01/04/2021", "01/04/2021", "12.5", "3", "true"],
        ["8", None, None, "4", "0.5", None],
    ]


def test_every_row_of_a_large_table_arrives_in_order(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _load(monkeypatch, server.address(), people(relation="many"))
    assert len(rows) == N_ROWS
    assert all(row["Person_ID"] == str(row["source_row"]) for row in rows)


def test_a_wildcard_is_read_from_the_name_of_a_relation(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _load(monkeypatch, server.address(), people(path="people_{year}"))
    assert [(row["Person_ID"], row["year"]) for row in rows] == [("20", "2020"), ("21", "2021")]


def test_a_relation_of_two_schemas_must_be_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch, server.address(), people(relation="twice"))
    assert "table people could be other.twice and study.twice -> " in told


def test_a_missing_column_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch, server.address(), people(relation="lacking"))
    where = f"server in {VARIABLE}, public.lacking"
    assert told.startswith(f"{where}: missing column(s) PostCode (is it 'post_code'?) -> ")


def test_a_relation_that_is_not_there_is_left_to_who_needs_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _load(monkeypatch, server.address(), people(relation="nowhere")) == []


def test_a_key_that_is_a_number_elsewhere_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(connect(Resources()))
    store.keys.add("person_id", "text", "people.parquet")
    columns = [{"name": "person_id", "key": True, "description": "Id."}]
    with pytest.raises(SourceError, match=r"key person_id is a number here and text in people\.parquet"):
        _load(monkeypatch, server.address(), people(relation="typed", columns=columns), store)


def test_an_address_that_is_not_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(SourceError, match=f"{VARIABLE}: the environment variable is not set -> "):
        PostgresqlServer(VARIABLE)


def test_a_password_that_is_refused_is_told_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql.time, "sleep", lambda _: pytest.fail("it was tried again"))
    told = _told(monkeypatch, server.address(password=f"not-{PASSWORD}"), people())
    assert told.startswith(f"server in {VARIABLE}: the server refuses the user, the password or the database -> ")


def test_a_database_that_is_not_there_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "refuses the user, the password or the database" in _told(
        monkeypatch, server.address(database="nowhere"), people()
    )


def test_a_server_that_is_down_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch, server.address(port=free_port()), people())
    assert told == (
        f"server in {VARIABLE}: no answer from the server, or the connection dropped, 3 times -> "
        "check that it runs and can be reached, then start again"
    )


def test_an_address_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PASSWORD not in _told(monkeypatch, f"postgres//{PASSWORD}@nonsense", people())


def test_a_dropped_connection_is_tried_again_from_the_first_row(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CuttingProxy(server.port, cuts=[1_000_000, 1_000_000, 25_000_000, 25_000_000]) as proxy:
        rows = _load(monkeypatch, server.address(port=proxy.port), people(relation="many"))
        assert proxy.n_connections == 3 * CONNECTIONS_OF_AN_ATTEMPT
    assert len(rows) == N_ROWS
    assert [row["source_row"] for row in rows] == list(range(1, N_ROWS + 1))
    assert all(row["Person_ID"] == str(row["source_row"]) for row in rows)


def test_a_connection_that_drops_again_and_again_ends_the_run(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with CuttingProxy(server.port, cuts=[1_000_000] * 9) as proxy:
        told = _told(monkeypatch, server.address(port=proxy.port), people(relation="many"))
        assert proxy.n_connections == 3 * CONNECTIONS_OF_AN_ATTEMPT
    where = f"server in {VARIABLE}, public.many"
    assert told.startswith(f"{where}: no answer from the server, or the connection dropped, 3 times -> ")


def test_the_server_is_only_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, server.address())
    reader = PostgresqlServer(VARIABLE)
    try:
        with pytest.raises(postgresql.adbc_driver_manager.Error, match="read-only transaction"):
            reader._rows("create table written (n integer)")
    finally:
        reader.close()
