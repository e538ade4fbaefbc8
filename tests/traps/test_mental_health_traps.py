"""Traps 14 and 16 to 20 of the handbook's list (STANDARDS section 9), each by its number."""

from __future__ import annotations

from datetime import date

import pytest
from small_study import T2, SmallStudy, month_id

from dyadlink.errors import ContractError


def test_trap_14_twins_are_two_infants_of_one_mother(study: SmallStudy) -> None:
    study.birth("B2", BirthOrderMaternitySUS="2")
    analysis = study.made().table("analysis")
    assert analysis.height == 2
    assert analysis["mother_number"].n_unique() == 1
    assert analysis["is_multiple_birth"].to_list() == [True, True]


def test_trap_16_a_transfer_to_the_mother_and_baby_unit_is_one_episode(study: SmallStudy) -> None:
    study.spell("S2", T2, "2021-09-15", bed="14")
    made = study.made()
    assert made.dyad["episode_days"] == (date(2021, 9, 15) - date(2021, 7, 1)).days
    assert made.dyad["service_type"] == "mbu"


def test_trap_17_a_spell_that_is_still_open_has_no_discharge(study: SmallStudy) -> None:
    study.rows["nhs/mhsds/MHS501HospProvSpell"].clear()
    study.rows["nhs/mhsds/MHS502WardStay"].clear()
    study.spell(end=None, month="2021-12-01")
    with pytest.raises(ContractError, match="no dyad is left"):
        study.made()


def test_trap_18_the_latest_month_tells_the_discharge(study: SmallStudy) -> None:
    study.spell(end="2021-08-20", month="2021-10-01")
    study.spell(end="2021-08-09", month="2021-09-01")
    made = study.made()
    assert made.table("hospital_spells")["end_date"].to_list() == [date(2021, 8, 20)]


@pytest.mark.parametrize(("bed", "day"), [("14", "2024-05-02"), ("204", "2023-05-02")])
def test_trap_19_a_class_of_bed_of_another_period_is_told(study: SmallStudy, bed: str, day: str) -> None:
    study.spell("S2", "2021-08-01", day, bed=bed)
    made = study.made()
    said = made.table("typed_ward_stays").filter(month_id=month_id(day))["mended_rule"].to_list()
    assert said == ["bed_class_of_another_period"]
    assert made.dyad["service_type"] == "mbu"


def test_trap_20_a18_is_no_crisis_team(study: SmallStudy) -> None:
    study.rows["nhs/mhsds/MHS501HospProvSpell"].clear()
    study.rows["nhs/mhsds/MHS502WardStay"].clear()
    study.team("A18")
    with pytest.raises(ContractError, match="no dyad is left"):
        study.made()
    study.team("A02")
    assert study.made().dyad["service_type"] == "crht"
