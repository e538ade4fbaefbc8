"""The helpers that queries share, each at its edges."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import nhs_number
import pytest

from dyadlink.config import Resources
from dyadlink.sql import connect

MACROS = Path(__file__).parents[2] / "workflow/sql/macros.sql"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = connect(Resources())
    made.execute(MACROS.read_text(encoding="utf-8"))
    return made


def _value(connection: duckdb.DuckDBPyConnection, macro: str, text: str | None) -> Any:
    row = connection.execute(f"select {macro}($text::varchar)", {"text": text}).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("9434765919", "9434765919", id="valid"),
        pytest.param("943 476 5919", "9434765919", id="blanks between the groups"),
        pytest.param(" 9434765919 ", "9434765919", id="blanks around"),
        pytest.param("9434765918", None, id="wrong check digit"),
        pytest.param("9434765191", None, id="digits swapped"),
        pytest.param("4010232137", "4010232137", id="check digit 7"),
        pytest.param("9434765960", None, id="remainder 10 has no check digit"),
        pytest.param("1111111111", None, id="all ones"),
        pytest.param("0000000000", None, id="no match"),
        pytest.param("9999999999", None, id="multiple matches"),
        pytest.param(" 9999999999", None, id="multiple matches, blank before"),
        pytest.param("999 999 9999", None, id="multiple matches, in groups"),
        pytest.param("4001221004", None, id="the same backwards, with its right check digit"),
        pytest.param("943476591", None, id="nine digits"),
        pytest.param("94347659190", None, id="eleven digits"),
        pytest.param("943476591X", None, id="a letter"),
        pytest.param("", None, id="empty"),
        pytest.param("   ", None, id="blank"),
        pytest.param(None, None, id="missing"),
    ],
)
def test_nhs_number(connection: duckdb.DuckDBPyConnection, text: str | None, number: str | None) -> None:
    assert _value(connection, "clean_nhs_number", text) == number


def test_check_digits_agree_with_the_nhs_number_package(connection: duckdb.DuckDBPyConnection) -> None:
    """Each last digit for a thousand stems: ours and the package's rule must name the same numbers."""
    numbers = [f"{stem}{digit}" for stem in range(400_000_000, 400_001_000) for digit in range(10)]
    query = "select number, clean_nhs_number(number) is not null from (select unnest($numbers) as number)"
    found = dict(connection.execute(query, {"numbers": numbers}).fetchall())
    # 4000000004 is the same backwards: valid by its digits, and no number that a system should be believed.
    assert found == {number: nhs_number.is_valid(number) and number != number[::-1] for number in numbers}
    assert 800 < sum(found.values()) < 1000


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("SW1A 1AA", "SW1A1AA"),
        (" sw1a1aa ", "SW1A1AA"),
        ("SW1A  1AA", "SW1A1AA"),
        ("ZZ99 3VZ", None),
        ("zz99 3wz", None),
        (" ZZ993CZ", None),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_postcode(connection: duckdb.DuckDBPyConnection, text: str | None, postcode: str | None) -> None:
    assert _value(connection, "clean_postcode", text) == postcode


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zoë", "ZOE"),
        ("O'Brien", "OBRIEN"),
        ("Smith-Jones", "SMITHJONES"),
        ("Smith Jones", "SMITHJONES"),
        ("Núñez", "NUNEZ"),
        ("Siân", "SIAN"),
        (" van der Berg ", "VANDERBERG"),
        ("123", None),
        ("", None),
        (None, None),
    ],
)
def test_name(connection: duckdb.DuckDBPyConnection, text: str | None, name: str | None) -> None:
    assert _value(connection, "clean_name", text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mary Ann", "MARY"),
        (" Mary\tAnn", "MARY"),
        ("Mary-Ann Jo", "MARYANN"),
        ("Élodie", "ELODIE"),
        ("Łukasz", "LUKASZ"),
        ("Ødegård", "ODEGARD"),
        ("Weiß", "WEISS"),
        ("Æthel", "AETHEL"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_first_name(connection: duckdb.DuckDBPyConnection, text: str | None, name: str | None) -> None:
    assert _value(connection, "first_name", text) == name


@pytest.mark.parametrize(
    ("macro", "text", "day"),
    [
        ("iso_date", "2021-04-01", date(2021, 4, 1)),
        ("iso_date", " 2021-04-01T10:00:00", date(2021, 4, 1)),
        ("iso_date", "2021-02-29", None),
        ("iso_date", "01/04/2021", None),
        ("iso_date", "1582-10-15", None),
        ("iso_date", "1800-01-01", None),
        ("iso_date", "1801-01-01", None),
        ("iso_date", "1900-01-01", None),
        ("iso_date", "1900-01-02", date(1900, 1, 2)),
        ("iso_date", "", None),
        ("iso_date", None, None),
        ("uk_date", "01/04/2021", date(2021, 4, 1)),
        ("uk_date", " 29/02/2024 ", date(2024, 2, 29)),
        ("uk_date", "13/13/2021", None),
        ("uk_date", "2021-04-01", None),
        ("uk_date", "01/01/1900", None),
        ("uk_date", None, None),
    ],
)
def test_dates(connection: duckdb.DuckDBPyConnection, macro: str, text: str | None, day: date | None) -> None:
    assert _value(connection, macro, text) == day


@pytest.mark.parametrize(
    ("text", "code"), [(" c2 ", "C2"), ("NA  ", None), ("&", None), ("", None), (" ", None), (None, None), ("01", "01")]
)
def test_code(connection: duckdb.DuckDBPyConnection, text: str | None, code: str | None) -> None:
    assert _value(connection, "clean_code", text) == code


@pytest.mark.parametrize(
    ("text", "code"), [("F53.1", "F531"), ("f531", "F531"), ("F53.1-", "F531"), ("-", None), ("", None), (None, None)]
)
def test_icd10(connection: duckdb.DuckDBPyConnection, text: str | None, code: str | None) -> None:
    assert _value(connection, "icd10", text) == code


@pytest.mark.parametrize(
    ("day", "month"), [("1900-04-01", 1), ("2019-04-30", 1429), ("2021-10-01", 1459), ("2024-03-31", 1488)]
)
def test_month_number(connection: duckdb.DuckDBPyConnection, day: str, month: int) -> None:
    row = connection.execute("select month_number($day::date)", {"day": day}).fetchone()
    assert row == (month,)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("year_start(2022)", date(2021, 4, 1)),
        ("year_end(2022)", date(2022, 3, 31)),
        ("return_year_of(date '2022-03-31')", 2022),
        ("return_year_of(date '2022-04-01')", 2023),
        ("return_year_of_month(1)", 1901),
        ("return_year_of_month(12)", 1901),
        ("return_year_of_month(1488)", 2024),
        ("return_year_of_month(1489)", 2025),
        ("is_of_year(2022, null, null)", True),
        ("is_of_year(2022, '2022', '2022')", True),
        ("is_of_year(2022, '2023', null)", False),
        ("is_of_year(2022, null, '2021')", False),
        ("age_in_years(date '2020-02-29', date '2021-02-28')", 0),
        ("age_in_years(date '2020-05-01', date '2022-05-01')", 2),
        ("same(null, null)", True),
        ("same(1, null)", False),
        ("is_rewritten('N1')", False),
        ("is_rewritten(' n1')", True),
        ("is_rewritten('NA')", True),
        ("is_rewritten(null)", False),
        ("is_whole_upn('A950000178301')", True),
        ("is_whole_upn('A95000017830')", False),
        ("upn_check_letter('A950000178301')", "A"),
        ("upn_check_letter('H243278544154')", "H"),
    ],
)
def test_helper_of_the_rules(connection: duckdb.DuckDBPyConnection, call: str, value: object) -> None:
    row = connection.execute(f"select {call}").fetchone()  # calls stand above
    assert row == (value,)


@pytest.mark.parametrize(
    ("months", "nearest"),
    [
        pytest.param([1449, 1451, 1452], 1451, id="the day's own"),
        pytest.param([1440, 1450, 1452], 1450, id="the last before"),
        pytest.param([1300, 1452], 1300, id="long before rather than just after"),
        pytest.param([1460, 1453], 1453, id="the first after"),
    ],
)
def test_the_nearest_month_lies_before_if_any_does(
    connection: duckdb.DuckDBPyConnection, months: list[int], nearest: int
) -> None:
    # Month 1451 is February 2021.
    query = "select arg_min(m, month_distance(m, date '2021-02-15')) from (select unnest($months) as m)"
    assert connection.execute(query, {"months": months}).fetchall() == [(nearest,)]
