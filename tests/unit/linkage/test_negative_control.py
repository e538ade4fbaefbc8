"""The study's linkage, to children born whole years before its window: whom it links there it links wrongly."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dyadlink.config import Config, load_config
from dyadlink.linkage.negative_control import link_to_controls, years_apart
from dyadlink.linkage.persons import standardise
from dyadlink.linkage_settings import Linkage
from dyadlink.sql import add_views, codelists_of, connect

PROJECT = Path(__file__).parents[3]
SQL = PROJECT / "workflow/sql"
CONFIG: Config = load_config(PROJECT / "config/config.yaml")
STUDY = CONFIG.study.model_copy(update={"first_birth_date": date(2021, 1, 1), "last_birth_date": date(2022, 6, 30)})
NAMES = Linkage(
    ladder=[{"name": "names", "keys": ["forename", "surname", "birth_date"]}],
    probabilistic="none",
    birth_date_tolerance_days=31,
)
INFANTS = [
    ("i1", "Ann", "2021-03-05"),
    ("i2", "Bea", "2021-03-05"),
    ("i3", "Cat", "2022-02-01"),
    ("i4", "Dot", "2021-05-05"),
]
CHILDREN = [
    ("1", "Ann", "2019-03-05"),  # two years before i1, to the day: the study cannot be about this child
    ("2", "Bea", "2021-03-05"),  # the true record of i2: it is no control
    ("3", "Cat", "2018-02-01"),  # before the earlier window
    ("4", "Dot", "2019-05-05"),  # a control of i4, who has a link handed over
]
COLUMNS = ("expectedpersonbirthdate", "nhsnumber", "postcode", "nhsnumbermother", "personbirthdatemother")


@pytest.fixture
def linked() -> duckdb.DuckDBPyConnection:
    """As the study's own linkage leaves the connection."""
    connection = connect(CONFIG.resources)
    connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))
    add_views(connection, codelists_of(PROJECT))
    infants = pl.DataFrame(INFANTS, schema=["person_id", "forename", "birth_date"], orient="row")
    children = pl.DataFrame(CHILDREN, schema=["lachildid", "forename", "personbirthdate"], orient="row").with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in (*COLUMNS, "forenamemother", "surnamemother")),
        la_code=pl.lit("201"),
        surname=pl.lit("Smith"),
        sex=pl.lit("2"),
        source_row=pl.int_range(pl.len()),
    )
    for name, frame in {
        "raw_left": infants.with_columns(surname=pl.lit("Smith")),
        "authority_identifiers": children,
    }.items():
        connection.register("given", frame.to_arrow())
        connection.execute(f"create table {name} as select * from given")
    standardise(connection, SQL, "left")
    links = "(values ('i2', '201:2', 'names'), ('i4', '201:9', 'ready_made'))"
    connection.execute(f"create table links as select * from {links} as links(left_id, right_id, step)")
    connection.execute("create table ready_links as select 'i4' as left_id, '201:9' as right_id")
    return connection


def _controls(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, bool]:
    model = folder / "model.json"
    model.write_text("null\n", encoding="utf-8")
    frame = link_to_controls(connection, sql=SQL, study=STUDY, settings=NAMES, model=model)
    return dict(frame.iter_rows())


def test_an_infant_is_linked_to_a_child_of_the_earlier_years_and_to_no_other(
    linked: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    # i4 has a link handed over, and is not linked by identifiers.
    assert _controls(linked, tmp_path) == {"i1": True, "i2": False, "i3": False}


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        (date(2021, 1, 1), date(2021, 10, 29), 1),
        (date(2021, 1, 1), date(2021, 10, 31), 2),
        (date(2020, 2, 29), date(2024, 2, 29), 5),
    ],
)
def test_the_windows_do_not_overlap_whatever_the_tolerance(first: date, last: date, years: int) -> None:
    study = STUDY.model_copy(update={"first_birth_date": first, "last_birth_date": last})
    assert years_apart(study, NAMES) == years
    reach = timedelta(days=NAMES.birth_date_tolerance_days)
    earlier = date(last.year - years, last.month, min(last.day, 28))
    assert earlier + reach < first - reach
