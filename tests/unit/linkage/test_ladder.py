"""The exact ladder: strictest step first, only unique pairs, nothing missing ever agrees."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from linkage_world import candidates_frame, infants_frame, simulate

from dyadlink.config import LadderStep, Linkage, load_config
from dyadlink.linkage.ladder import LINK_COLUMNS, link_by_ladder

DAY = date(2021, 3, 5)
ANN: dict[str, Any] = {
    "nhs_number": "9434765919",
    "forename": "ANN",
    "surname": "JONES",
    "birth_date": DAY,
    "sex": "female",
    "postcode": "SA13SS",
}
BY_NUMBER = LadderStep(name="number", keys=("nhs_number",))
BY_NAME = LadderStep(name="name", keys=("forename", "surname", "birth_date"), unless_different=("nhs_number",))
BY_SURNAME = LadderStep(
    name="surname", keys=("surname", "birth_date", "postcode"), unless_different=("nhs_number", "forename")
)
LADDER = (BY_NUMBER, BY_NAME, BY_SURNAME)


@pytest.fixture(scope="module")
def settings() -> Linkage:
    return load_config(Path(__file__).parents[3] / "config/config.yaml").linkage


def _pairs(links: pl.DataFrame) -> list[tuple[str, str, str]]:
    return links.select("infant_id", "child_key", "step").rows()


def test_a_full_match_is_linked_by_the_first_step() -> None:
    links = link_by_ladder(
        infants_frame({"infant_id": "i1", **ANN}), candidates_frame({"child_key": "301:a", **ANN}), LADDER
    )
    assert links.rows() == [("i1", "301:a", "number", None)]
    assert links.schema == pl.Schema(LINK_COLUMNS)


@pytest.mark.parametrize(
    ("change", "step"),
    [
        pytest.param({"nhs_number": None}, "name", id="number missing"),
        pytest.param({"nhs_number": None, "forename": None}, "surname", id="forename missing too"),
        pytest.param({"nhs_number": "4010232137"}, None, id="another number refuses every other step"),
        pytest.param({"nhs_number": None, "forename": "BETH"}, None, id="another forename refuses the last step"),
        pytest.param({"nhs_number": None, "forename": None, "postcode": None}, None, id="too little"),
    ],
)
def test_the_first_step_that_agrees_makes_the_link(change: dict[str, Any], step: str | None) -> None:
    links = link_by_ladder(
        infants_frame({"infant_id": "i1", **ANN}), candidates_frame({"child_key": "301:a", **ANN, **change}), LADDER
    )
    assert _pairs(links) == ([("i1", "301:a", step)] if step else [])


def test_missing_values_never_agree() -> None:
    nothing = dict.fromkeys(ANN)
    links = link_by_ladder(
        infants_frame({"infant_id": "i1", **nothing}), candidates_frame({"child_key": "301:a", **nothing}), LADDER
    )
    assert links.is_empty()
    assert links.schema == pl.Schema(LINK_COLUMNS)


@pytest.mark.parametrize("side", ["infant", "candidate"])
def test_a_missing_value_refuses_nothing(side: str) -> None:
    infant, child = dict(ANN), dict(ANN)
    (infant if side == "infant" else child)["nhs_number"] = None
    links = link_by_ladder(
        infants_frame({"infant_id": "i1", **infant}), candidates_frame({"child_key": "301:a", **child}), (BY_NAME,)
    )
    assert _pairs(links) == [("i1", "301:a", "name")]


def test_two_records_of_one_authority_that_agree_alike_are_left_alone() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN}, {"child_key": "301:b", **ANN})
    assert link_by_ladder(infants, candidates, LADDER).is_empty()


def test_two_infants_who_agree_alike_with_one_record_are_left_alone() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN}, {"infant_id": "i2", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN})
    assert link_by_ladder(infants, candidates, LADDER).is_empty()


def test_what_one_step_cannot_tell_apart_a_later_one_may() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame(
        {"child_key": "301:a", **ANN}, {"child_key": "301:b", **ANN, "forename": "BETH", "postcode": "CF101AA"}
    )
    assert _pairs(link_by_ladder(infants, candidates, LADDER)) == [("i1", "301:a", "name")]


def test_an_earlier_step_takes_the_record_from_a_later_one() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN}, {"infant_id": "i2", **ANN, "nhs_number": None})
    candidates = candidates_frame({"child_key": "301:a", **ANN})
    assert _pairs(link_by_ladder(infants, candidates, LADDER)) == [("i1", "301:a", "number")]


def test_the_order_of_the_steps_decides() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN})
    assert _pairs(link_by_ladder(infants, candidates, (BY_NAME, BY_NUMBER))) == [("i1", "301:a", "name")]


def test_an_infant_linked_in_an_authority_takes_no_second_record_there() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame(
        {"child_key": "301:a", **ANN, "forename": "BETH"}, {"child_key": "301:b", **ANN, "nhs_number": None}
    )
    assert _pairs(link_by_ladder(infants, candidates, LADDER)) == [("i1", "301:a", "number")]


def test_an_infant_known_to_two_authorities_gets_two_links() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame(
        {"child_key": "302:b", **ANN, "nhs_number": None}, {"child_key": "301:a", **ANN}, {"child_key": "303:c", **ANN}
    )
    assert _pairs(link_by_ladder(infants, candidates, LADDER)) == [
        ("i1", "301:a", "number"),
        ("i1", "302:b", "name"),
        ("i1", "303:c", "number"),
    ]


def test_twins_are_kept_apart_by_their_forenames(settings: Linkage) -> None:
    twin_a, twin_b = {**ANN, "nhs_number": None}, {**ANN, "nhs_number": None, "forename": "BETH"}
    infants = infants_frame({"infant_id": "ia", **twin_a}, {"infant_id": "ib", **twin_b})
    candidates = candidates_frame({"child_key": "301:b", **twin_b}, {"child_key": "301:a", **twin_a})
    links = link_by_ladder(infants, candidates, settings.ladder)
    assert links.select("infant_id", "child_key").rows() == [("ia", "301:a"), ("ib", "301:b")]


def test_one_twin_is_not_linked_to_the_other(settings: Linkage) -> None:
    twin_a, twin_b = {**ANN, "nhs_number": None}, {**ANN, "nhs_number": None, "forename": "BETH"}
    links = link_by_ladder(
        infants_frame({"infant_id": "ia", **twin_a}),
        candidates_frame({"child_key": "301:b", **twin_b}),
        settings.ladder,
    )
    assert links.is_empty()


def test_twins_without_forenames_cannot_be_told_apart(settings: Linkage) -> None:
    nameless = {**ANN, "nhs_number": None, "forename": None}
    infants = infants_frame({"infant_id": "ia", **nameless}, {"infant_id": "ib", **nameless})
    candidates = candidates_frame({"child_key": "301:a", **nameless}, {"child_key": "301:b", **nameless})
    assert link_by_ladder(infants, candidates, settings.ladder).is_empty()


def test_the_order_of_the_rows_does_not_matter(settings: Linkage) -> None:
    infants, candidates, truth = simulate(200, 600, seed=3)
    links = link_by_ladder(infants, candidates, settings.ladder)
    shuffled = link_by_ladder(
        infants.sample(fraction=1, shuffle=True, seed=1),
        candidates.sample(fraction=1, shuffle=True, seed=2),
        settings.ladder,
    )
    assert links.equals(shuffled)
    assert links.height > 50
    assert set(links.select("infant_id", "child_key").rows()) <= truth


def test_no_rows_no_links() -> None:
    assert link_by_ladder(infants_frame(), candidates_frame(), LADDER).is_empty()
