"""Links handed over ready-made come first, and nobody who has one is linked by identifiers again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from dyadlink.config import load_config
from dyadlink.linkage.links import READY_STEP, link_infants

SETTINGS = load_config(Path(__file__).parents[3] / "config/config.yaml").linkage
PERSON = {
    "nhs_number": None,
    "forename": "ZOE",
    "surname": "OBRIEN",
    "birth_date": date(2021, 3, 5),
    "sex": "female",
    "postcode": "SA13SS",
}
SCHEMA = {name: pl.Date if name == "birth_date" else pl.String for name in PERSON}


def _infants(*numbers: str) -> pl.DataFrame:
    rows = [{**PERSON, "nhs_number": number, "infant_id": f"i{number}"} for number in numbers]
    return pl.DataFrame(rows, schema={**SCHEMA, "infant_id": pl.String})


def _candidates(*numbers: str) -> pl.DataFrame:
    rows = [{**PERSON, "nhs_number": number, "child_key": f"301:{number}", "la_code": "301"} for number in numbers]
    return pl.DataFrame(rows, schema={**SCHEMA, "child_key": pl.String, "la_code": pl.String})


def _ready(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"infant_id": pl.String, "child_key": pl.String}, orient="row")


def test_a_ready_made_link_takes_the_place_of_what_identifiers_say() -> None:
    links = link_infants(_infants("1", "2"), _candidates("1", "2"), _ready(("i1", "302:9")), SETTINGS)
    assert links.rows() == [("i1", "302:9", READY_STEP, None), ("i2", "301:2", "nhs_number_birth_date", None)]


def test_a_child_handed_over_is_no_longer_free() -> None:
    links = link_infants(_infants("1", "2"), _candidates("1", "2"), _ready(("i2", "301:1")), SETTINGS)
    assert links.rows() == [("i2", "301:1", READY_STEP, None)]


def test_without_ready_made_links_identifiers_decide() -> None:
    links = link_infants(_infants("1"), _candidates("1"), _ready(), SETTINGS)
    assert links["step"].to_list() == ["nhs_number_birth_date"]
