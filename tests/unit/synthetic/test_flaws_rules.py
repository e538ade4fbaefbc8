"""The clean world keeps the rules of the DfE; the flawed one breaks those that its flaws target, and no other."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from dfe_care_rules import check_care
from dfe_rules import Broken, check_census, upn_is_valid
from world_reader import rows

Listed = dict[str, set[tuple[str, int | None]]]
EXACT = {
    "1105": ["plan_before_referral"],
    "4180": ["sex_code_of_another_year"],
    "4220": ["ethnicity_noise"],
    "8510": ["duplicate_child"],
    "8568": ["mixed_booleans"],
    "8630": ["closure_before_referral"],
    "8640": ["closure_code_of_another_year"],
    "8650": ["need_code_noise"],
    "8775Q": ["placeholder_birth_date"],
    "8920": ["death_before_plan_end"],
    "8925": ["cpp_end_before_start", "placeholder_plan_end"],
    "149": ["care_end_code_of_another_year"],
    "355": ["two_episodes_on_a_day"],
    "433": ["gap_after_x1"],
    "duplicate": ["duplicate_episode"],
}
WITHIN = {
    "1510": ["upn_check_letter"],
    "2885": ["plan_before_referral", "overlapping_plans"],
    "4001": ["plan_before_referral"],
}
"""Rules that some of the records with a flaw break: others are not in a return at the time that the rule needs."""
WITHIN_CHILDREN = {
    "168": ["upn_check_letter"],
    "1520": ["duplicate_child"],
    "4008": ["death_before_plan_end"],
    "4009Q": ["death_before_plan_end"],
    "434": ["two_episodes_on_a_day"],
    "503C": ["care_code_noise"],
    "504": ["care_code_noise"],
    "8545Q": ["death_before_plan_end"],
    "8555Q": ["death_before_plan_end"],
}
"""Rules that break around a flaw: in another record of the child, or in the return before or after."""
TOGETHER = {("8935", "8940"): ["overlapping_plans"], ("144", "145"): ["care_code_noise"]}


@pytest.fixture(scope="module")
def broken(heavy_world: Path) -> Broken:
    return check_census(heavy_world) | check_care(heavy_world)


@pytest.fixture(scope="module")
def listed(heavy_world: Path) -> Listed:
    found: Listed = defaultdict(set)
    for row in rows(heavy_world / "truth" / "flaws.csv"):
        # Blanks around a value of XML are no part of it, and break no rule.
        if row["flaw"] in ("need_code_noise", "ethnicity_noise") and row["recorded"].strip() == row["was_true"]:
            continue
        found[row["flaw"]].add((row["record"], int(row["year"]) if row["year"] else None))
    return found


def _records(found: set[tuple[str, int]], flaws: list[str], listed: Listed) -> tuple[set[object], set[object]]:
    """Return what breaks a rule and what is listed; with the year where the flaw is one return's."""
    wanted = set().union(*(listed[flaw] for flaw in flaws))
    yearly = {record for record, year in wanted if year is not None}
    broken = {(record, year if record in yearly and (record, None) not in wanted else None) for record, year in found}
    return broken, wanted


def _child(record: object) -> str:
    """Return the authority and the child of a record."""
    return ":".join(str(record).split(":")[:2])


def test_the_clean_world_breaks_no_rule(world: Path) -> None:
    found = check_census(world) | check_care(world)
    assert {rule for rule, records in found.items() if records} == set()
    assert len(found) > 100


def test_check_letters_of_known_pupil_numbers() -> None:
    """Valid examples of the handbook (STANDARDS 5.2), and one with another letter."""
    assert upn_is_valid("A950000178301") and upn_is_valid("H243278544154")
    assert not upn_is_valid("B243278544154")


def test_no_rule_is_broken_that_no_flaw_targets(broken: Broken) -> None:
    targeted = {*EXACT, *WITHIN, *WITHIN_CHILDREN, *(rule for pair in TOGETHER for rule in pair)}
    assert {rule for rule, records in broken.items() if records} <= targeted


@pytest.mark.parametrize("rule", EXACT)
def test_a_rule_is_broken_by_exactly_the_records_listed(rule: str, broken: Broken, listed: Listed) -> None:
    found, wanted = _records(broken[rule], EXACT[rule], listed)
    assert found == wanted
    assert len(found) >= 1


@pytest.mark.parametrize("rule", WITHIN)
def test_a_rule_is_broken_by_records_listed_only(rule: str, broken: Broken, listed: Listed) -> None:
    found, wanted = _records(broken.get(rule, set()), WITHIN[rule], listed)
    assert {record for record, _ in found} <= {record for record, _ in wanted}


@pytest.mark.parametrize("rule", WITHIN_CHILDREN)
def test_a_rule_is_broken_by_children_of_the_flaw_only(rule: str, broken: Broken, listed: Listed) -> None:
    found, wanted = _records(broken.get(rule, set()), WITHIN_CHILDREN[rule], listed)
    assert {_child(record) for record, _ in found} <= {_child(record) for record, _ in wanted}
    assert found


def test_every_wrong_check_letter_in_a_return_is_found(broken: Broken, listed: Listed) -> None:
    assert len({record for record, _ in broken["1510"]}) > 0.2 * len(listed["upn_check_letter"])


@pytest.mark.parametrize("pair", TOGETHER)
def test_two_rules_share_the_records_of_a_flaw(pair: tuple[str, str], broken: Broken, listed: Listed) -> None:
    found, wanted = _records(broken[pair[0]] | broken[pair[1]], TOGETHER[pair], listed)
    if pair[0] == "8935":  # these rules are about a child, the flaw about a plan
        found, wanted = {_child(r) for r, _ in found}, {_child(r) for r, _ in wanted}
        # An end of 1801 on the first of the two plans hides the overlap from the rules.
        hidden = {_child(record) for record, _ in listed["placeholder_plan_end"]}
        wanted -= hidden - found
    assert found == wanted
    assert found
