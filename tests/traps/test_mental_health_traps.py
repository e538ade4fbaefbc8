"""Traps 4, 14 and 16 to 21 of the handbook's list (STANDARDS section 9), each by its number."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from pipeline import PROJECT
from small_study import T2, SmallStudy, month_id

from dyadlink.errors import ContractError
from dyadlink.sources.layout import load_layout


@pytest.mark.parametrize(
    ("admitted", "is_index"),
    [("2021-05-31", False), ("2021-06-15", True), ("2022-06-29", True), ("2022-07-01", False)],
)
def test_trap_04_a_birth_known_to_the_month_may_lie_on_any_of_its_days(
    study: SmallStudy, admitted: str, *, is_index: bool
) -> None:
    for table in ("MHS501HospProvSpell", "MHS502WardStay"):
        study.rows[f"nhs/mhsds/{table}"].clear()
    study.spell(start=admitted, end="2022-08-01")
    study.rows["nhs/msds/MSD401BabyDemographics"][0]["PersonBirthDateBaby"] = "2021-06-01/2021-06-30"
    if not is_index:
        with pytest.raises(ContractError, match="no dyad is left"):
            study.made()
    else:
        assert study.made().table("index_episodes")["t1_date"].to_list() == [date.fromisoformat(admitted)]


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


def test_trap_21_no_welsh_admission_is_read_with_english_labels() -> None:
    layout = load_layout("wales_sail")
    read = {column.name for table in layout.tables for column in table.columns}
    assert not {name for name in read if "MTHD" in name}
    untold = pl.read_csv(PROJECT / "config/codelists/untold_facts.csv", infer_schema=False).filter(route="wales_sail")
    columns = set(" ".join(untold["columns"].drop_nulls()).split())
    assert {"is_detained", "service_type"} <= columns
