"""Links handed over ready-made come first, and nobody who has one is linked by identifiers again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
from linkage_world import link

from dyadlink.config import load_config
from dyadlink.linkage_settings import READY_STEP

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
    links = link(_infants("1", "2"), _candidates("1", "2"), SETTINGS, _ready(("i1", "302:9")))[0]
    assert links.select("infant_id", "child_key", "step").rows() == [
        ("i1", "302:9", READY_STEP),
        ("i2", "301:2", "nhs_number_birth_date"),
    ]


def test_a_child_handed_over_is_no_longer_free() -> None:
    links = link(_infants("1", "2"), _candidates("1", "2"), SETTINGS, _ready(("i2", "301:1")))[0]
    assert links.select("infant_id", "child_key", "step").rows() == [("i2", "301:1", READY_STEP)]


def test_without_ready_made_links_identifiers_decide() -> None:
    links = link(_infants("1"), _candidates("1"), SETTINGS, _ready())[0]
    assert links["step"].to_list() == ["nhs_number_birth_date"]
