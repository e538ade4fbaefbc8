"""The rules in words against what they tell of: contracts, code lists, queries, the data dictionary."""

from __future__ import annotations

import re
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from pipeline import PROJECT

from dyadlink.config import Study
from dyadlink.explain.covariates import _ORIGINS
from dyadlink.explain.records import stored_tables
from dyadlink.explain.rules import rules
from dyadlink.schemas import CONTRACTS, CSC_LEVELS

CODELISTS = PROJECT / "config/codelists"


def _codes(name: str) -> pl.DataFrame:
    return pl.read_csv(CODELISTS / f"{name}.csv", infer_schema=False)


def _values(table: str, column: str) -> set[str]:
    """The values that a contract lets through."""
    kind = CONTRACTS[table].columns()[column]
    assert isinstance(kind, dy.String)
    assert kind.regex
    return set(kind.regex.strip("^()$").split("|"))


def test_every_exclusion_and_end_has_its_words() -> None:
    assert _values("dyads", "exclusion_reason") <= set(rules().exclusions)
    assert _values("follow_up", "end_reason") == set(rules().ends)


@pytest.mark.parametrize(("outcome", "column"), [("o3", "o3_event"), ("o4", "o4_event"), ("return", "return_event")])
def test_every_event_has_its_sentence(outcome: str, column: str) -> None:
    assert _values("analysis", column) <= set(rules().outcomes[outcome].states)


def test_every_level_and_arrangement_says_where_it_comes_from() -> None:
    assert set(rules().levels) == set(CSC_LEVELS) - {"none"}
    assert set(rules().arrangements) == set(_codes("custody_arrangements")["arrangement"])


def test_closures_by_an_order_are_those_of_the_code_list() -> None:
    closures = dict(_codes("special_closure_reasons").select("code", "category").iter_rows())
    for arrangement, origins in rules().arrangements.items():
        for origin in origins:
            if origin.table == "cin_episodes":
                assert [closures[str(code)] for code in origin.holds["closure_reason"]] == [arrangement]
    told = {
        code for origin in rules().levels["permanently_elsewhere"] for code in origin.holds.get("closure_reason", ())
    }
    permanent = {"adoption", "special_guardianship", "child_arrangements"}
    assert told == {code for code, category in closures.items() if category in permanent}


def test_every_outcome_and_covariate_of_the_analysis_is_told() -> None:
    told = {column for outcome in rules().outcomes.values() for column in outcome.stored} | set(rules().covariates)
    told_elsewhere = {
        "dyad_id",
        "mother_number",
        "birth_month",
        "deprivation",
        "is_linked",
        "csc_level_birth",
        "csc_level_t1",
        "csc_level_t2",
        "follow_up_days",
        "end_reason",
        "is_custody_lost_by_t2",
        "is_on_plan_at_t2",
    }
    assert told | told_elsewhere == set(CONTRACTS["analysis"].columns())


def test_tables_and_columns_are_those_of_the_contracts() -> None:
    for name, place in stored_tables().items():
        columns = set(CONTRACTS[name].columns())
        assert {place.by, *place.show, *place.order} <= columns
        is_query = (PROJECT / "workflow/sql" / place.folder / f"{name}.sql").is_file()
        assert is_query or name in {"links", "link_variants"}


def test_every_origin_is_a_column_and_every_source_is_known() -> None:
    origins = [one for part in (rules().levels, rules().arrangements) for group in part.values() for one in group]
    for origin in origins:
        assert {origin.day, *origin.holds, *origin.lacks} <= set(CONTRACTS[origin.table].columns())
    assert {covariate.source for covariate in rules().covariates.values()} == set(_ORIGINS)


def test_queries_and_settings_that_the_words_name_are_there() -> None:
    text = (PROJECT / "src/dyadlink/explain/rules.yaml").read_text(encoding="utf-8")
    for name in re.findall(r"(\w+\.sql)", text):
        assert Path(PROJECT / "workflow/sql/cohort" / name).is_file()
    assert set(re.findall(r"study\.(\w+)", text)) <= set(Study.model_fields)
