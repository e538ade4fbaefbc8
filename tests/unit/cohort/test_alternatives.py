"""The study again under other definitions: what is made again, and what comes out."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from staged_cohort import ROOT, SQL, STAGED, staged_connection

from dyadlink.cohort.alternatives import build_alternatives
from dyadlink.cohort.tables import build_cohort, tables_between
from dyadlink.config import Config, Study, load_config, parse_section
from dyadlink.errors import ConfigError
from dyadlink.sql import read_table

CONFIG = load_config(ROOT / "config/config.yaml")


def with_alternatives(**alternatives: object) -> Config:
    return parse_section(Config, {**CONFIG.model_dump(), "alternatives": alternatives}, "config")


def built(study: Study, alternatives: dict[str, Study]) -> tuple[pl.DataFrame, pl.DataFrame]:
    connection = staged_connection(STAGED)
    build_cohort(connection, SQL, study)
    before = read_table(connection, "analysis")
    made = build_alternatives(connection, SQL, study, alternatives)
    assert read_table(connection, "analysis").equals(before), "the cohort itself must stay as it is"
    return before, made


def test_an_alternative_is_the_study_built_with_it() -> None:
    others = {
        "followed_for_half_a_year": CONFIG.study.model_copy(update={"follow_up_days": 180}),
        "another_gap": CONFIG.study.model_copy(update={"spell_gap_days": 30}),
        "wide": CONFIG.study.model_copy(update={"custody_loss_definition": "wide"}),
    }
    _, made = built(CONFIG.study, others)
    for name, study in others.items():
        connection = staged_connection(STAGED)
        build_cohort(connection, SQL, study)
        alone = read_table(connection, "analysis")
        assert made.filter(pl.col("alternative") == name).select(alone.columns).equals(alone)
    assert made.filter(pl.col("alternative") == "followed_for_half_a_year")["follow_up_days"].max() == 180


def test_an_alternative_that_changes_nothing_is_the_study() -> None:
    own, made = built(CONFIG.study, {"same": CONFIG.study})
    assert made.drop("alternative").select(own.columns).equals(own)


def test_without_alternatives_there_is_no_row() -> None:
    _, made = built(CONFIG.study, {})
    assert made.is_empty()


def test_an_alternative_without_dyads_has_no_row_and_the_others_have() -> None:
    nobody = CONFIG.study.model_copy(update={"service_types": ("crht",)})
    own, made = built(CONFIG.study, {"crisis_team_only": nobody, "same": CONFIG.study})
    assert made["alternative"].to_list() == ["same"] * own.height


def test_only_what_a_definition_touches_is_made_again() -> None:
    assert tables_between(SQL, changed=(), changed_params=["custody_loss_definition"]) == [
        "custody_losses",
        "follow_up",
        "outcomes",
        "reunifications",
        "analysis",
    ]
    assert tables_between(SQL, changed=()) == []
    everything = tables_between(SQL, changed=(), changed_params=["first_birth_date"])
    # The rest does not lead to the analysis table, or does not know the study period.
    assert {"study_infants", "dyads", "csc_timeline", "covariates"} < set(everything)
    assert not {"admission_spells", "link_checks", "cohort_flow", "service_use"} & set(everything)


def test_what_links_touch_is_made_again_and_what_stands_is_not() -> None:
    made_again = tables_between(SQL, changed=("dyads", "dyad_children"))
    assert "dyads" not in made_again
    assert "dyad_children" not in made_again
    assert made_again[0] == "custody_intervals"
    assert made_again[-1] == "analysis"


@pytest.mark.parametrize(
    ("alternatives", "message"),
    [
        ({"gap": {"spell_gap_dais": 0}}, "unknown key 'spell_gap_dais'"),
        ({"gap": {"spell_gap_days": 90}}, "key 'spell_gap_days'"),
        ({"Gap 0": {"spell_gap_days": 0}}, "'Gap 0' is no name"),
        ({"study": {"spell_gap_days": 0}}, "'study' is no name"),
    ],
)
def test_a_wrong_alternative_stops_at_once(alternatives: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        with_alternatives(**alternatives)


def test_an_alternative_keeps_what_it_does_not_name() -> None:
    config = with_alternatives(gap={"spell_gap_days": 0})
    assert config.alternative("gap") == CONFIG.study.model_copy(update={"spell_gap_days": 0})
