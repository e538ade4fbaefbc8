"""Each promise of the analysis table broken once: the message names the rule and carries no value."""

from __future__ import annotations

from datetime import date
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from dyadlink.errors import ContractError
from dyadlink.schemas import CONTRACTS, CSC_LEVELS, Analysis, check_table

ROW: dict[str, Any] = {
    "dyad_id": 4711,
    "mother_number": 1,
    "country": "England",
    "la_code": "301",
    "birth_month": date(2021, 3, 1),
    "maternal_age_years": 30,
    "maternal_age_band": "30-34",
    "ethnicity": "white",
    "deprivation_quintile": 1,
    "deprivation": 4,
    "is_single": True,
    "parity": "2+",
    "diagnosis_group": "bipolar",
    "has_comorbid_personality_disorder": False,
    "has_comorbid_substance_use": False,
    "has_domestic_abuse": False,
    "has_childhood_trauma": False,
    "has_prior_admission": False,
    "is_detained": False,
    "service_type": "mbu",
    "infant_sex": "female",
    "is_preterm": False,
    "is_multiple_birth": False,
    "infant_age_days": 10,
    "episode_days": 20,
    "is_linked": True,
    "csc_level_birth": "none",
    "csc_level_t1": "none",
    "csc_level_t2": "none",
    "csc_level_t3": "none",
    "o1": False,
    "csc_level_episode": "none",
    "o2": False,
    "o2_any": False,
    "follow_up_days": 365,
    "end_reason": "t3",
    "is_custody_lost_by_t2": False,
    "is_on_plan_at_t2": False,
    "o3_at_risk": True,
    "o3_days": 365,
    "o3_event": "censored",
    "o3": False,
    "o3_at_t3": False,
    "o4_at_risk": True,
    "o4_days": 365,
    "o4_event": "censored",
    "o4": False,
    "o4_at_t3": False,
    "o4_any": False,
    "apart_from": None,
    "return_days": None,
    "return_event": None,
    "has_readmission": False,
    "readmission_days": None,
}
NULLABLE = {
    "ethnicity",
    "deprivation_quintile",
    "deprivation",
    "is_single",
    "parity",
    "diagnosis_group",
    "is_detained",
    "service_type",
    "infant_sex",
    "is_preterm",
    "csc_level_birth",
    "csc_level_t1",
    "csc_level_t2",
    "csc_level_t3",
    "o1",
    "csc_level_episode",
    "o2",
    "o2_any",
    "is_on_plan_at_t2",
    "o3_at_risk",
    "o3_days",
    "o3_event",
    "o3",
    "o3_at_t3",
    "o4_days",
    "o4_event",
    "o4",
    "o4_at_t3",
    "o4_any",
    "apart_from",
    "return_days",
    "return_event",
    "has_readmission",
    "readmission_days",
}


def _frame(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = {name: column.dtype for name, column in Analysis.columns().items()}
    return pl.DataFrame([ROW | row for row in rows], schema=schema)


def test_a_row_that_keeps_every_promise_passes() -> None:
    assert check_table(_frame({}), Analysis, "analysis").rows() == [tuple(ROW[name] for name in Analysis.columns())]


def test_further_columns_are_left_out_and_numbers_are_cast() -> None:
    frame = _frame({}).with_columns(pl.col("dyad_id").cast(pl.Int32), extra=pl.lit(1))
    checked = check_table(frame, Analysis, "analysis")
    assert checked.columns == list(Analysis.columns())
    assert checked.schema["dyad_id"] == pl.Int64


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        pytest.param({"o3_days": None, "o3_event": None, "o3": None}, "at_risk_has_time", id="at risk without time"),
        pytest.param({"o3_at_risk": False}, "at_risk_has_time", id="time without risk of O3"),
        pytest.param({"o4_at_risk": False}, "at_risk_has_time", id="time without risk of O4"),
        pytest.param({"is_custody_lost_by_t2": True}, "lost_is_not_at_risk", id="lost yet at risk"),
        pytest.param({"o2": True, "o2_any": False}, "open_at_t3_is_any", id="open at T3 yet not involved"),
        pytest.param({"o4_at_t3": True}, "lost_at_t3_is_any", id="lost at T3 yet not in the year"),
        pytest.param({"o4": True}, "lost_at_t3_is_any", id="lost yet not on any day"),
        pytest.param({"return_event": "returned", "apart_from": "t2"}, "returns_have_time", id="return without time"),
        pytest.param({"return_days": 5}, "returns_have_time", id="time without return"),
        pytest.param({"return_event": "returned", "return_days": 5}, "returns_have_time", id="return of nobody apart"),
        pytest.param({"has_readmission": True}, "readmissions_have_days", id="readmitted on no day"),
        pytest.param({"readmission_days": 5}, "readmissions_have_days", id="day of no readmission"),
        pytest.param({"end_reason": "bored"}, "end_reason", id="end of follow-up"),
        pytest.param({"apart_from": "t1", "return_days": 5, "return_event": "returned"}, "apart_from", id="apart from"),
        pytest.param({"apart_from": "t2", "return_days": 5, "return_event": "fled"}, "return_event", id="return event"),
        pytest.param({"dyad_id": 0}, "dyad_id", id="study number 0"),
        pytest.param({"mother_number": 0}, "mother_number", id="mother 0"),
        pytest.param({"country": "Scotland"}, "country", id="another country"),
        pytest.param({"la_code": "E06"}, "la_code", id="authority code"),
        pytest.param({"maternal_age_years": 71}, "maternal_age_years", id="too old"),
        pytest.param({"maternal_age_years": 7}, "maternal_age_years", id="too young"),
        pytest.param({"ethnicity": "A"}, "ethnicity", id="ethnic code"),
        pytest.param({"deprivation_quintile": 6}, "deprivation_quintile", id="sixth fifth"),
        pytest.param({"deprivation": -1}, "deprivation", id="below no deprivation"),
        pytest.param({"parity": "3"}, "parity", id="parity"),
        pytest.param({"diagnosis_group": "F20"}, "diagnosis_group", id="code for a group"),
        pytest.param({"service_type": "A02"}, "service_type", id="code for a service"),
        pytest.param({"infant_sex": "F"}, "infant_sex", id="code for a sex"),
        pytest.param({"infant_age_days": -1}, "infant_age_days", id="admitted before birth"),
        pytest.param({"episode_days": -1}, "episode_days", id="discharged before admission"),
        pytest.param({"csc_level_birth": "early_help"}, "csc_level_birth", id="level at birth"),
        pytest.param({"csc_level_t1": "x"}, "csc_level_t1", id="level at T1"),
        pytest.param({"csc_level_t2": "x"}, "csc_level_t2", id="level at T2"),
        pytest.param({"csc_level_t3": "x"}, "csc_level_t3", id="level at T3"),
        pytest.param({"csc_level_episode": "x"}, "csc_level_episode", id="level in the episode"),
        pytest.param({"o3_days": 0}, "o3_days", id="O3 on T2"),
        pytest.param({"o3_event": "moved"}, "o3_event", id="event of O3"),
        pytest.param({"o4_days": 0}, "o4_days", id="O4 on T2"),
        pytest.param({"o4_event": "child_protection_plan"}, "o4_event", id="event of O4"),
    ],
)
def test_a_broken_promise_is_named_without_values(broken: dict[str, Any], rule: str) -> None:
    with pytest.raises(ContractError, match="table analysis: breaks its contract") as caught:
        check_table(_frame({"dyad_id": 4712}, broken), Analysis, "analysis")
    assert rule in str(caught.value)
    assert "4711" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("column", [name for name in ROW if name not in NULLABLE])
def test_a_column_that_must_be_filled_is(column: str) -> None:
    with pytest.raises(ContractError, match=column):
        check_table(_frame({column: None}), Analysis, "analysis")


def test_columns_that_may_be_missing_may() -> None:
    nothing = dict.fromkeys(NULLABLE) | {"o4_at_risk": False}
    assert check_table(_frame(nothing), Analysis, "analysis").height == 1


def test_a_dyad_twice_is_refused() -> None:
    with pytest.raises(ContractError, match="primary_key"):
        check_table(_frame({}, {}), Analysis, "analysis")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ContractError, match=r"table analysis: lacks column\(s\) o4, has_readmission"):
        check_table(_frame({}).drop("has_readmission", "o4"), Analysis, "analysis")


def test_a_value_that_cannot_be_cast_is_told_without_it() -> None:
    frame = _frame({}).with_columns(dyad_id=pl.lit("ROBERTA-TABLES"))
    with pytest.raises(ContractError) as caught:
        check_table(frame, Analysis, "analysis")
    assert "ROBERTA-TABLES" not in str(caught.value)


def test_the_row_above_names_every_column() -> None:
    assert set(ROW) == set(Analysis.columns())
    assert {name for name, column in Analysis.columns().items() if column.nullable} == NULLABLE


def test_every_level_of_the_code_list_is_a_level_of_the_contract() -> None:
    for level in CSC_LEVELS:
        assert check_table(_frame({"csc_level_t1": level}), Analysis, "analysis").height == 1


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_states_its_grain_and_describes_its_columns(name: str) -> None:
    contract: type[dy.Schema] = CONTRACTS[name]
    assert (contract.__doc__ or "").startswith("Grain: ")
    assert [key for key, column in contract.columns().items() if not column.description] == []
