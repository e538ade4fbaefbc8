"""The cohort's queries against a second implementation of the outcome rules, on random timelines."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from days_of_levels import Rules
from outcome_rules import WHAT_IS_LOSS, outcomes
from random_timelines import AUTHORITIES, random_timeline, stage
from staged_cohort import ROOT, SQL
from timelines import Timeline, without_one

from dyadlink.cohort.tables import COHORT_TABLES, tables_between
from dyadlink.config import load_config
from dyadlink.sql import create_table, create_tables, read_table

STUDY = load_config(ROOT / "config/config.yaml").study
STALE = tables_between(SQL, changed=(), changed_params=("custody_loss_definition",))
N_BATCHES = 15
"""Of 900 timelines each, of which eight in ten are analysed: more than 10,000."""

Facts = dict[str, Any]


def by_the_queries(timelines: list[Timeline], rules: Rules) -> dict[tuple[str, int], Facts]:
    """What the analysis table says, by definition of custody loss and number of the timeline."""
    connection = stage(timelines)
    connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))
    found: dict[tuple[str, int], Facts] = {}
    for definition in WHAT_IS_LOSS:
        params = STUDY.model_dump() | vars(rules) | {"custody_loss_definition": definition}
        if not found:
            create_tables(connection, SQL / "cohort", COHORT_TABLES, params)
        else:
            for table in STALE:
                create_table(connection, SQL / f"cohort/{table}.sql", params)
        stretches = (
            read_table(connection, "csc_timeline")
            .sort("start_date")
            .group_by("dyad_id")
            .agg(csc_timeline=pl.struct("start_date", "level"))
        )
        dyads = read_table(connection, "dyads").select("dyad_id", "infant_id", "t1_date", "t2_date")
        analysis = read_table(connection, "analysis").join(dyads, on="dyad_id").join(stretches, on="dyad_id")
        for row in analysis.to_dicts():
            row["csc_timeline"] = [tuple(stretch.values()) for stretch in row["csc_timeline"]]
            found[definition, int(row["infant_id"][1:])] = row
    return found


def disagreements(timelines: list[Timeline], rules: Rules) -> list[tuple[str, int, dict[str, tuple[Any, Any]]]]:
    """Definition, number of the timeline, and each fact that differs as (rules, queries)."""
    found = by_the_queries(timelines, rules)
    differing = []
    for number, timeline in enumerate(timelines):
        expected = outcomes(timeline, rules)
        for definition in WHAT_IS_LOSS:
            row = found.get((definition, number), {})
            wanted = expected.get(definition, {})
            if bool(row) != bool(wanted):
                differing.append((definition, number, {"is_analysed": (bool(wanted), bool(row))}))
            elif facts := {name: (value, row[name]) for name, value in wanted.items() if value != row[name]}:
                differing.append((definition, number, facts))
    return differing


def smallest(timeline: Timeline, fact: str, definition: str, rules: Rules) -> Timeline:
    """The timeline less whatever the disagreement does not need."""
    while True:
        smaller = list(without_one(timeline))[:AUTHORITIES]
        still = [n for d, n, facts in disagreements(smaller, rules) if d == definition and fact in facts]
        if not still:
            return timeline
        timeline = smaller[still[0]]


RULES = st.builds(
    Rules,
    index_window_days=st.sampled_from([365, 182]),
    spell_gap_days=st.sampled_from([3, 0, 14]),
    follow_up_days=st.sampled_from([365, 365, 182]),
    pregnancy_lookback_days=st.sampled_from([280, 280, 0]),
    section_47_days=st.sampled_from([21, 0]),
    care_transfer_days=st.sampled_from([7, 0, 31]),
)


@settings(deadline=None, derandomize=True, max_examples=N_BATCHES)
@given(RULES, st.integers(0, 2**32))
def test_the_queries_follow_the_rules_on_random_timelines(rules: Rules, seed: int) -> None:
    rng = Random(seed)  # noqa: S311  # no secret
    timelines = [random_timeline(rng, rules) for _ in range(AUTHORITIES)]
    for definition, number, facts in disagreements(timelines, rules):
        fact = next(iter(facts))
        shown = smallest(timelines[number], fact, definition, rules)
        (_, _, differing), *_ = [found for found in disagreements([shown], rules) if found[0] == definition]
        pytest.fail(f"{definition}, {rules}: (rules, queries) differ in {differing}\nfor {shown}")
