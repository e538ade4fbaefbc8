"""Known truth: without flaws, the cohort finds each dyad's level of involvement at every timepoint, and its states."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pipeline import PROJECT, build, stage, true_links

from dyadlink.describe.transitions import count_transitions
from dyadlink.schemas.movement import NOT_OBSERVED, PAIRS, TIMES
from dyadlink.sql import read_table
from dyadlink.synthetic import simulate

WORLDS = [("study", seed) for seed in range(1, 6)] + [("default", 1)]


@pytest.fixture(scope="module", params=WORLDS, ids=lambda world: f"{world[0]}-{world[1]}")
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """One row per dyad of the truth or of the cohort, the cohort's columns with the suffix _found."""
    preset, seed = request.param
    folder = tmp_path_factory.mktemp("levels")
    text = (PROJECT / "synthetic_data/parameters.yaml").read_text(encoding="utf-8")
    for before, after in (("level: {value: default", "level: {value: none"), ("{value: mar,", "{value: none,")):
        assert before in text
        text = text.replace(before, after)
    (folder / "clean.yaml").write_text(text, encoding="utf-8")
    sources = folder / "sources"
    simulate(preset=preset, seed=seed, out=sources, parameters=folder / "clean.yaml")
    return _compared(sources)


def _compared(sources: Path) -> pl.DataFrame:
    connection = stage(sources)
    build(connection, true_links(sources))
    dyads = read_table(connection, "dyads").filter(pl.col("exclusion_reason").is_null())
    found = dyads.select("dyad_id", "infant_id").join(read_table(connection, "analysis"), on="dyad_id")
    truth = pl.read_csv(sources / "truth/dyads.csv", try_parse_dates=True, infer_schema_length=None)
    states = pl.read_csv(sources / "truth/states.csv", try_parse_dates=True, infer_schema_length=None)
    later = states.join(truth.select("infant_id", "t3_date"), on="infant_id").filter(
        pl.col("start_date") <= pl.col("t3_date"),
        (pl.col("end_date") > pl.col("t3_date")).fill_null(value=True),
    )
    truth = truth.join(later.select("infant_id", state_t3="level"), on="infant_id", how="left")
    return truth.join(found, on="infant_id", how="full", suffix="_found")


def test_the_cohort_has_the_dyads_of_the_truth(both: pl.DataFrame) -> None:
    assert both["infant_id"].null_count() == both["infant_id_found"].null_count() == 0


@pytest.mark.parametrize("timepoint", ["birth", "t1", "t2", "t3"])
def test_the_level_at_a_timepoint_is_that_of_the_truth(both: pl.DataFrame, timepoint: str) -> None:
    name = f"csc_level_{timepoint}"
    seen = both.filter(pl.col(f"{name}_found").is_not_null())
    assert seen.height > both.height * 0.9
    assert seen[name].n_unique() >= 4
    assert seen.filter(pl.col(name).ne_missing(pl.col(f"{name}_found"))).height == 0


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_transitions_are_those_of_the_truth(both: pl.DataFrame, before: str, after: str) -> None:
    names = [f"csc_level_{time}" for time in (before, after)]
    cohort = both.select("dyad_id", *(pl.col(f"csc_level_{time}_found").alias(f"csc_level_{time}") for time in TIMES))
    found = count_transitions(cohort).filter(pl.col("n") > 0, from_time=before, to_time=after)
    # Who moved away is not followed to T3: the truth goes on, the records do not.
    told = both.select(
        pl.when(pl.col(f"{name}_found").is_not_null()).then(name).fill_null(NOT_OBSERVED).alias(name) for name in names
    )
    counted = told.group_by(names).len("n").with_columns(pl.col("n").cast(pl.Int64))
    rows = {(row["from_level"], row["to_level"]): row["n"] for row in found.iter_rows(named=True)}
    assert rows == {(row[names[0]], row[names[1]]): row["n"] for row in counted.iter_rows(named=True)}
    assert sum(rows.values()) == both.height


def test_states_at_t3_are_the_levels_at_t3(both: pl.DataFrame) -> None:
    alive = both.filter(pl.col("csc_level_t3").is_not_null())
    assert alive.filter(pl.col("state_t3") != pl.col("csc_level_t3")).height == 0


@pytest.mark.parametrize(
    ("truth", "found"),
    [
        ("o1", "o1_found"),
        ("lost_by_t2", "is_custody_lost_by_t2"),
        ("on_plan_at_t2", "is_on_plan_at_t2"),
        ("is_detained", "is_detained_found"),
        ("diagnosis_group", "diagnosis_group_found"),
    ],
)
def test_a_fact_is_that_of_the_truth(both: pl.DataFrame, truth: str, found: str) -> None:
    assert both.filter(pl.col(truth).ne_missing(pl.col(found))).height == 0
