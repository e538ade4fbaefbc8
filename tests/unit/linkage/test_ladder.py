"""The exact ladder: strictest step first, only unique pairs, nothing missing ever agrees."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from linkage_world import candidates_frame, infants_frame, ladder_links, simulate

from dyadlink.config import load_config
from dyadlink.linkage_settings import LadderStep, Linkage

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


def test_a_full_match_is_linked_by_the_first_step() -> None:
    links = ladder_links(
        infants_frame({"infant_id": "i1", **ANN}), candidates_frame({"child_key": "301:a", **ANN}), LADDER
    )
    assert links == [("i1", "301:a", "number")]


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
    links = ladder_links(
        infants_frame({"infant_id": "i1", **ANN}), candidates_frame({"child_key": "301:a", **ANN, **change}), LADDER
    )
    assert links == ([("i1", "301:a", step)] if step else [])


def test_missing_values_never_agree() -> None:
    nothing = dict.fromkeys(ANN)
    links = ladder_links(
        infants_frame({"infant_id": "i1", **nothing}), candidates_frame({"child_key": "301:a", **nothing}), LADDER
    )
    assert links == []


@pytest.mark.parametrize("side", ["infant", "candidate"])
def test_a_missing_value_refuses_nothing(side: str) -> None:
    infant, child = dict(ANN), dict(ANN)
    (infant if side == "infant" else child)["nhs_number"] = None
    links = ladder_links(
        infants_frame({"infant_id": "i1", **infant}), candidates_frame({"child_key": "301:a", **child}), (BY_NAME,)
    )
    assert links == [("i1", "301:a", "name")]


def test_two_records_of_one_authority_that_agree_alike_are_left_alone() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN}, {"child_key": "301:b", **ANN})
    assert ladder_links(infants, candidates, LADDER) == []


def test_two_infants_who_agree_alike_with_one_record_are_left_alone() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN}, {"infant_id": "i2", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN})
    assert ladder_links(infants, candidates, LADDER) == []


def test_what_one_step_cannot_tell_apart_a_later_one_may() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame(
        {"child_key": "301:a", **ANN}, {"child_key": "301:b", **ANN, "forename": "BETH", "postcode": "CF101AA"}
    )
    assert ladder_links(infants, candidates, LADDER) == [("i1", "301:a", "name")]


def test_an_earlier_step_takes_the_record_from_a_later_one() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN}, {"infant_id": "i2", **ANN, "nhs_number": None})
    candidates = candidates_frame({"child_key": "301:a", **ANN})
    assert ladder_links(infants, candidates, LADDER) == [("i1", "301:a", "number")]


def test_the_order_of_the_steps_decides() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN})
    assert ladder_links(infants, candidates, (BY_NAME, BY_NUMBER)) == [("i1", "301:a", "name")]


def test_an_infant_linked_in_an_authority_takes_no_second_record_there() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame(
        {"child_key": "301:a", **ANN, "forename": "BETH"}, {"child_key": "301:b", **ANN, "nhs_number": None}
    )
    assert ladder_links(infants, candidates, LADDER) == [("i1", "301:a", "number")]


def test_an_infant_known_to_two_authorities_gets_two_links() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame(
        {"child_key": "302:b", **ANN, "nhs_number": None}, {"child_key": "301:a", **ANN}, {"child_key": "303:c", **ANN}
    )
    assert ladder_links(infants, candidates, LADDER) == [
        ("i1", "301:a", "number"),
        ("i1", "302:b", "name"),
        ("i1", "303:c", "number"),
    ]


def test_twins_are_kept_apart_by_their_forenames(settings: Linkage) -> None:
    twin_a, twin_b = {**ANN, "nhs_number": None}, {**ANN, "nhs_number": None, "forename": "BETH"}
    infants = infants_frame({"infant_id": "ia", **twin_a}, {"infant_id": "ib", **twin_b})
    candidates = candidates_frame({"child_key": "301:b", **twin_b}, {"child_key": "301:a", **twin_a})
    links = ladder_links(infants, candidates, settings.ladder)
    assert [pair[:2] for pair in links] == [("ia", "301:a"), ("ib", "301:b")]


def test_one_twin_is_not_linked_to_the_other(settings: Linkage) -> None:
    twin_a, twin_b = {**ANN, "nhs_number": None}, {**ANN, "nhs_number": None, "forename": "BETH"}
    links = ladder_links(
        infants_frame({"infant_id": "ia", **twin_a}),
        candidates_frame({"child_key": "301:b", **twin_b}),
        settings.ladder,
    )
    assert links == []


def test_twins_without_forenames_cannot_be_told_apart(settings: Linkage) -> None:
    nameless = {**ANN, "nhs_number": None, "forename": None}
    infants = infants_frame({"infant_id": "ia", **nameless}, {"infant_id": "ib", **nameless})
    candidates = candidates_frame({"child_key": "301:a", **nameless}, {"child_key": "301:b", **nameless})
    assert ladder_links(infants, candidates, settings.ladder) == []


def test_the_order_of_the_rows_does_not_matter(settings: Linkage) -> None:
    infants, candidates, truth = simulate(200, 600, seed=3)
    links = ladder_links(infants, candidates, settings.ladder)
    shuffled = ladder_links(
        infants.sample(fraction=1, shuffle=True, seed=1),
        candidates.sample(fraction=1, shuffle=True, seed=2),
        settings.ladder,
    )
    assert links == shuffled
    assert len(links) > 50
    assert {pair[:2] for pair in links} <= truth


def test_no_rows_no_links() -> None:
    assert ladder_links(infants_frame(), candidates_frame(), LADDER) == []


TWIN_SHAPES = [
    pytest.param({"forename": "BETH"}, id="another forename"),
    pytest.param({"sex": "male"}, id="another sex"),
    pytest.param({"nhs_number": "4010232137"}, id="another NHS number"),
]


@pytest.mark.parametrize("change", TWIN_SHAPES)
def test_no_step_joins_twins_whatever_its_keys(change: dict[str, Any]) -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN, "nhs_number": None, **change})
    loose = (LadderStep(name="loose", keys=("birth_date", "postcode")),)
    assert ladder_links(infants, candidates, loose) == []
    assert ladder_links(infants, candidates, loose, keep_twins_apart=False) == [("i1", "301:a", "loose")]


def test_one_number_is_one_person_whatever_the_rest_says() -> None:
    infants = infants_frame({"infant_id": "i1", **ANN})
    candidates = candidates_frame({"child_key": "301:a", **ANN, "forename": "BETH", "sex": "male"})
    assert ladder_links(infants, candidates, LADDER) == [("i1", "301:a", "number")]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"forename": "ANNN"}, id="a slip of the pen"),
        pytest.param({"forename": None}, id="no forename"),
        pytest.param({"forename": "BETH", "second_forename": "ANN"}, id="the second forename"),
        pytest.param({"forename": "BETH", "surname": "SMITH"}, id="another surname: no twin"),
        pytest.param({"forename": "NANCY", "forename_group": "ANN"}, id="a nickname"),
    ],
)
def test_what_twins_do_not_share_refuses_nothing(change: dict[str, Any]) -> None:
    infants = infants_frame({"infant_id": "i1", **ANN, "forename_group": "ANN"})
    record = {
        "child_key": "301:a",
        **ANN,
        "nhs_number": None,
        "forename_group": change.get("forename", "ANN"),
        **change,
    }
    loose = (LadderStep(name="loose", keys=("birth_date", "postcode")),)
    assert ladder_links(infants, candidates_frame(record), loose) == [("i1", "301:a", "loose")]
