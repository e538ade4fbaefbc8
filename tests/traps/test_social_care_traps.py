"""Traps 1 to 15 and 24 to 28 of the handbook's list (STANDARDS section 9), each by its number."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from small_study import SmallStudy, case, plan

LINK = ("B1", "209:100")


def test_trap_01_the_same_child_id_in_two_authorities_is_two_children(study: SmallStudy) -> None:
    study.child(case("2021-06-10"))
    study.child(case("2021-06-10"), la="330")
    study.episode("2021-09-01", la="330")
    made = study.made(LINK)
    assert made.table("children")["child_key"].to_list() == ["209:100", "330:100"]
    assert made.dyad["o4"] is False
    assert study.made(("B1", "330:100")).dyad["o4"] is True


def test_trap_02_a_child_taken_over_by_another_authority_has_an_id_in_each(study: SmallStudy) -> None:
    study.child(case("2021-06-10"))
    study.child(case("2021-10-01"), la="330", child="777")
    study.episode("2021-09-01", "2021-10-01", "E3")
    study.episode("2021-10-01", la="330", child="777")
    made = study.made(LINK, ("B1", "330:777"))
    assert made.dyad["o4_event"] == "custody_loss"
    assert made.dyad["o4_days"] == (date(2021, 9, 1) - date(2021, 8, 1)).days
    assert made.dyad["csc_level_t3"] == "looked_after_apart"
    # With the first authority alone the child would seem to have gone home.
    assert study.made(LINK).dyad["csc_level_t3"] != "looked_after_apart"


def test_trap_03_unborn_then_born_is_one_child(study: SmallStudy) -> None:
    study.child(case("2021-03-01"), years=[2021], birth=None, expected="2021-06-04")
    study.child(case("2021-03-01"), years=[2022])
    made = study.made(LINK)
    assert made.table("children").height == 1
    assert made.dyad["csc_level_birth"] == "referral_or_assessment"


def test_trap_05_a_plan_in_three_returns_is_one_plan(study: SmallStudy) -> None:
    study.child(case("2021-09-01", inside=plan("2021-09-20")), years=[2022, 2023, 2024])
    plans = study.made(LINK).table("child_protection_plans")
    assert plans.height == 1
    assert plans["n_previous_plans"].to_list() == [0]


def test_trap_06_a_plan_may_start_before_the_birth(study: SmallStudy) -> None:
    study.child(case("2021-04-01", inside=plan("2021-05-10")))
    made = study.made(LINK)
    assert made.dyad["csc_level_birth"] == "child_protection_plan"
    assert made.dyad["o3_at_risk"] is False


def test_trap_07_status_and_placement_changed_on_a_day_are_one_period_of_care(study: SmallStudy) -> None:
    study.episode("2021-09-01", "2021-09-20", "X1", ls="C1")
    study.episode("2021-09-20", rne="B", place="U3")
    made = study.made(LINK)
    assert made.table("looked_after_episodes").height == 2
    assert made.table("periods_of_care").select("n_episodes", "has_gap_before").rows() == [(2, False)]


def test_trap_08_a_gap_after_x1_breaks_the_period_and_is_told(study: SmallStudy) -> None:
    study.episode("2021-09-01", "2021-09-20", "X1")
    study.episode("2021-09-21", rne="P")
    periods = study.made(LINK).table("periods_of_care").sort("start_date")
    assert periods["has_gap_before"].to_list() == [False, True]


@pytest.mark.parametrize("status", ["V3", "V4"])
def test_trap_09_short_breaks_alone_are_no_custody_loss(study: SmallStudy, status: str) -> None:
    study.episode("2021-09-01", "2021-09-10", "E8", ls=status)
    made = study.made(LINK)
    assert made.dyad["o4"] is False
    assert "looked_after_apart" not in made.levels
    assert made.table("periods_of_care")["is_short_breaks_only"].to_list() == [True]


def test_trap_09_short_breaks_in_wales_are_v1(study: SmallStudy) -> None:
    study.episode("2021-09-01", "2021-09-10", "E8", ls="V1", la="681")
    assert study.made(("B1", "681:100")).dyad["o4"] is False


def test_trap_10_a_care_order_at_home_is_care_with_the_parent(study: SmallStudy) -> None:
    study.episode("2021-09-01", ls="C2", place="P1", years=[2022, 2023])
    made = study.made(LINK)
    assert made.dyad["csc_level_t3"] == "looked_after_with_mother"
    assert made.dyad["o4"] is False


def test_trap_11_a_mother_and_baby_place_is_not_apart(study: SmallStudy) -> None:
    study.episode("2021-09-01", ls="C1", place="R3", years=[2022, 2023])
    made = study.made(LINK)
    assert made.dyad["csc_level_t3"] == "looked_after_with_mother"
    assert made.dyad["o4"] is False


@pytest.mark.parametrize("end", ["E4A", "E4B"])
def test_trap_12_going_home_is_no_return_to_the_mother(study: SmallStudy, end: str) -> None:
    study.episode("2021-09-01", "2021-12-01", end)
    made = study.made(LINK)
    assert made.dyad["o4"] is True
    assert "mother" not in str(made.table("periods_of_care")["reason_ceased_category"].to_list())


@pytest.mark.parametrize(
    ("la", "end"),
    [
        *(("209", code) for code in ("E11", "E12", "E41", "E45", "E46", "E47", "E48")),
        *(("681", code) for code in ("E11", "E12", "E43", "E44")),
    ],
)
def test_trap_13_adoption_and_orders_are_permanent_by_country(study: SmallStudy, la: str, end: str) -> None:
    study.episode("2021-09-01", "2021-12-01", end, la=la)
    assert study.made(("B1", f"{la}:100")).dyad["csc_level_t3"] == "permanently_elsewhere"


def test_trap_13_an_english_code_of_before_2019_is_still_an_order(study: SmallStudy) -> None:
    study.episode("2021-09-01", "2021-12-01", "E43")
    assert study.made(LINK).dyad["csc_level_t3"] == "permanently_elsewhere"


def test_trap_15_a_stillbirth_is_no_dyad_and_a_death_competes(study: SmallStudy) -> None:
    study.mother("M2")
    study.birth("B2", mother="M2", PregOutcome="02")
    study.rows["nhs/msds/MSD401BabyDemographics"][0]["PersonDeathDateBaby"] = "2021-12-24"
    made = study.made()
    assert made.dyad["o4_event"] == "death"
    assert made.dyad["o3_event"] == "death"
    assert made.dyad["o4"] is False
    assert made.table("study_infants")["infant_id"].to_list() == ["B1"]


def test_trap_25_all_four_ways_to_write_yes_and_no_are_read(study: SmallStudy) -> None:
    for number, written in enumerate(("0", "1", "true", "false")):
        study.child(case(f"2021-06-1{number}", "2021-06-20", nfa=written), child=str(number))
    episodes = study.made().table("cin_episodes").sort("referral_date")
    assert episodes["is_no_further_action"].to_list() == [False, True, True, False]


def test_trap_26_codes_are_read_whatever_their_case_and_padding(study: SmallStudy) -> None:
    needs = {"n1": "N1", "N1  ": "N1", "NA  ": None, "&amp;": None}
    for number, written in enumerate(needs):
        study.child(case(f"2021-06-1{number}", need=written), child=str(number))
    study.episode("2021-09-01", ls="c2 ", place=" u6")
    made = study.made(LINK)
    episodes = made.table("cin_episodes").sort("referral_date")
    assert episodes["primary_need"].to_list() == list(needs.values())
    assert made.dyad["o4"] is True


@pytest.mark.parametrize("placeholder", ["1800-01-01", "1801-01-01"])
def test_trap_27_a_placeholder_date_is_no_date(study: SmallStudy, placeholder: str) -> None:
    study.child(case("2021-09-01", inside=plan("2021-09-20", placeholder)), birth=placeholder)
    study.child(case("2021-09-01", inside=plan("2021-09-20", placeholder)), years=[2023])
    made = study.made(LINK)
    assert made.table("children").height == 1
    assert made.table("child_protection_plans")["end_date"].to_list() == [None]
    assert made.dyad["csc_level_t3"] == "child_protection_plan"


@pytest.mark.parametrize("withheld", ["c", "u", "x", "z", "*"])
def test_trap_28_a_withheld_number_is_not_zero(study: SmallStudy, withheld: str) -> None:
    study.child(case("2021-09-01", inside=plan("2021-09-20", n_previous=withheld)))
    study.rows["nhs/msds/MSD101PregnancyBooking"][0]["PreviousLiveBirths"] = withheld
    made = study.made(LINK)
    assert made.table("child_protection_plans")["n_previous_plans"].to_list() == [None]
    assert made.dyad["parity"] is None


def test_trap_30_an_infant_whom_nothing_links_stays_in_the_cohort(study: SmallStudy) -> None:
    study.child(case("2021-09-01"))
    made = study.made()
    assert made.dyad["is_linked"] is False
    assert made.dyad["o1"] is False
    flow = made.table("cohort_flow").filter(pl.col("kind") == "box")
    assert flow["n"].to_list()[-1] == 1


def test_trap_29_care_may_begin_before_the_week_of_birth_that_wales_gives(study: SmallStudy) -> None:
    study.episode("2021-06-05", la="681", birth="2021-06-14")
    made = study.made(("B1", "681:100"))
    assert made.table("looked_after_episodes")["start_date"].to_list() == [date(2021, 6, 5)]
    assert made.dyad["is_custody_lost_by_t2"] is True
