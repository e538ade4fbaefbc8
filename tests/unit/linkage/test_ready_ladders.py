"""The ready ladders: for every step a pair that this step is the first to link."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from linkage_world import candidates_frame, infants_frame, ladder_links, with_persons

from dyadlink.linkage.keys import parse_rule
from dyadlink.linkage.ladder import link_by_ladder
from dyadlink.linkage.nearby import narrow
from dyadlink.linkage_settings import LADDERS, Linkage

NUMBER, OTHER_NUMBER = "9434765919", "4010232137"
CATHERINE: dict[str, Any] = {
    "nhs_number": None,
    "forename": "CATHERINE",
    "surname": "ROBERTS",
    "birth_date": date(2021, 3, 5),
    "sex": "female",
    "postcode": "SA13SS",
}
NO_NAMES = {"forename": None, "surname": None}
WITH_NUMBER = {"nhs_number": NUMBER}
MOVED = {"postcode": "CF101AA"}
SWAPPED = {"birth_date": date(2021, 5, 3)}
FIRST = {
    "dyadlink": {
        "nhs_number_birth_date": (WITH_NUMBER, {**WITH_NUMBER, **MOVED}),
        "names_birth_date_sex_postcode": ({}, {}),
        "surname_birth_date_sex_postcode": ({}, {"forename": None}),
        "forename_birth_date_sex_postcode": ({}, {"surname": "SMITH"}),
        "names_birth_date_sex_district": ({}, {"postcode": "SA14ZZ"}),
    },
    "echild": {
        "npd_pds_1": ({}, {}),
        "npd_pds_2": ({}, {"forename": "CATHRINE"}),
        "npd_pds_3": ({}, {"forename": "CLARE"}),
        "npd_pds_4": ({}, {"sex": None}),
        "npd_pds_5": ({}, {"forename": "ZOE", "surname": "SMITH"}),
        "npd_pds_6": ({}, SWAPPED),
        "npd_pds_7": ({}, MOVED),
        "npd_pds_8": ({}, {**MOVED, "forename": "CATH"}),
        "pds_hes_1": None,
        "pds_hes_2": ({**NO_NAMES, **WITH_NUMBER}, {**NO_NAMES, **WITH_NUMBER, **MOVED}),
        "pds_hes_3": None,
        "pds_hes_4": ({**NO_NAMES, **WITH_NUMBER}, {**NO_NAMES, **WITH_NUMBER, **MOVED, **SWAPPED}),
        "pds_hes_5": ({**NO_NAMES, **WITH_NUMBER}, {**NO_NAMES, **WITH_NUMBER, "birth_date": date(2019, 9, 9)}),
        "pds_hes_6": None,
        "pds_hes_7": None,
    },
    "sail": {
        "macral_nhs_number": (WITH_NUMBER, {**NO_NAMES, **WITH_NUMBER, **MOVED, **SWAPPED}),
        "macral_five_variables": ({}, {}),
    },
}
"""For each step, what is changed of the infant and of the record; None: alone, see the test after the next."""
CASES = [
    pytest.param(ladder, step, *pair, id=step)
    for ladder, steps in FIRST.items()
    for step, pair in steps.items()
    if pair is not None
]


def _link(ladder: Linkage, infant: dict[str, Any], record: dict[str, Any]) -> list[tuple[str, str, str]]:
    infants = infants_frame({"infant_id": "i", **CATHERINE, **infant})
    candidates = candidates_frame({"child_key": "301:a", **CATHERINE, **record})
    return ladder_links(infants, candidates, ladder.ladder, keep_twins_apart=False)


@pytest.mark.parametrize(("ladder", "step", "infant", "record"), CASES)
def test_each_step_is_the_first_to_link_its_pair(
    ladder: str, step: str, infant: dict[str, Any], record: dict[str, Any]
) -> None:
    assert _link(Linkage(ladder=ladder), infant, record) == [("i", "301:a", step)]


ALONE = {
    "pds_hes_1": ({**NO_NAMES, **WITH_NUMBER}, {}, {"sex": None}),
    "pds_hes_3": ({**NO_NAMES, **WITH_NUMBER}, SWAPPED, {"birth_date": date(2019, 9, 9)}),
    "pds_hes_6": (NO_NAMES, {}, {"nhs_number": OTHER_NUMBER}),
    "pds_hes_7": (NO_NAMES, {"nhs_number": OTHER_NUMBER}, {"sex": "male"}),
}
"""Steps that an earlier one of the same file covers when both ladders stand in one: base, what links, what does not."""


@pytest.mark.parametrize("name", ALONE)
def test_a_step_of_the_second_ladder_links_by_itself(name: str) -> None:
    base, links, refuses = ALONE[name]
    (step,) = [step for step in Linkage(ladder="echild").ladder if step.name == name]
    alone = Linkage(ladder=(step,))
    infant = {**base, "nhs_number": NUMBER}
    assert _link(alone, infant, {**infant, **links}) == [("i", "301:a", name)]
    assert _link(alone, infant, {**infant, **refuses}) == []


def test_the_first_of_january_is_no_birth_date_to_link_by() -> None:
    (step,) = [step for step in Linkage(ladder="echild").ladder if step.name == "pds_hes_7"]
    born = {"birth_date": date(2021, 1, 1)}
    assert _link(Linkage(ladder=(step,)), born, born) == []


HESID = {
    "hesid_1": (WITH_NUMBER, {**WITH_NUMBER, "postcode": "CF101AA"}),
    "hesid_2": (WITH_NUMBER, {"nhs_number": OTHER_NUMBER}),
    "hesid_3": (WITH_NUMBER, {"local_patient_id": "9"}),
}


@pytest.mark.parametrize("step", HESID)
def test_each_step_of_hesid(step: str) -> None:
    here = {"provider_code": "RV5", "local_patient_id": "1"}
    infant, record = HESID[step]
    sides = [
        pl.concat([frame, pl.DataFrame([{**here, **{k: v for k, v in change.items() if k in here}}])], how="horizontal")
        for frame, change in (
            (infants_frame({"infant_id": "i", **CATHERINE, **infant}), infant),
            (
                candidates_frame(
                    {"child_key": "301:a", **CATHERINE, **{k: v for k, v in record.items() if k not in here}}
                ),
                record,
            ),
        )
    ]
    steps = Linkage(ladder="hesid").ladder
    connection = with_persons(*sides)
    narrow(connection, [parse_rule(one.keys) for one in steps])
    link_by_ladder(connection, steps, max_pairs=100, keep_twins_apart=False)
    assert connection.execute("select step from ladder_links").fetchall() == [(step,)]


def test_hesid_does_not_link_two_numbers_that_differ() -> None:
    (last,) = [step for step in Linkage(ladder="hesid").ladder if step.name == "hesid_3"]
    assert _link(Linkage(ladder=(last,)), WITH_NUMBER, {"nhs_number": OTHER_NUMBER}) == []


def test_every_step_of_every_ladder_has_its_case() -> None:
    ladders = {path.stem: Linkage(ladder=path.stem) for path in LADDERS.glob("*.yaml")}
    covered = {name: set(steps) for name, steps in FIRST.items()} | {"hesid": set(HESID)}
    assert {name: {step.name for step in ladder.ladder} for name, ladder in ladders.items()} == covered
    assert set(ALONE) == {name for name, pair in FIRST["echild"].items() if pair is None}
