"""Known truth: read with the true links, clean records give back every fact of every dyad."""

from __future__ import annotations

import polars as pl
import pytest
from pipeline import PROJECT, build, stage, true_links
from truth_of_dyads import FACTS, disagreements, found_facts, true_facts

from dyadlink.schemas import CSC_LEVELS
from dyadlink.synthetic import simulate

CLEAN = [("study", seed) for seed in range(1, 11)] + [("default", 1)]
PARAMETERS = PROJECT / "synthetic_data/parameters.yaml"


@pytest.fixture(scope="module", params=CLEAN, ids=lambda world: f"{world[0]}-{world[1]}")
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is true of every dyad of clean records, and what the cohort says."""
    preset, seed = request.param
    sources = tmp_path_factory.mktemp("truth") / "sources"
    simulate(preset=preset, seed=seed, out=sources, parameters=PARAMETERS, flaws="none")
    connection = stage(sources)
    build(connection, true_links(sources))
    return true_facts(sources), found_facts(connection)


def test_every_fact_of_every_dyad_is_the_truth(both: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    truth, found = both
    differing = disagreements(truth, found)
    # Counts alone: what a record says of whom is no part of a message.
    assert differing["fact"].value_counts().sort("fact").rows() == []
    assert truth.height == found.height == truth["infant_id"].n_unique() * len(FACTS)


def test_the_truth_has_something_of_everything(both: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    truth, _ = both
    values = {fact: set(rows["value"]) for (fact,), rows in truth.group_by("fact")}
    assert truth["infant_id"].n_unique() in {278, 2000}
    assert {"child_protection_plan", "custody_loss", "censored", None} <= values["o3_event"]
    assert {"custody_loss", "censored", None} <= values["o4_event"]
    assert {"back", "censored", None} <= values["return_event"]
    assert all({"true", "false"} <= values[fact] for fact in ("o1", "o2", "o2_any", "o4_at_t3", "is_on_plan_at_t2"))
    assert len(values["csc_level_t3"] & set(CSC_LEVELS)) >= 6
    assert max(text.count(";") for text in values["csc_timeline"]) >= 5


def test_a_changed_fact_and_a_dyad_of_one_side_alone_are_seen() -> None:
    rows = {"infant_id": ["a", "a", "b"], "fact": ["is_dyad", "o1", "is_dyad"], "value": ["true", "true", "true"]}
    truth = pl.DataFrame(rows)
    found = pl.DataFrame({**rows, "infant_id": ["a", "a", "c"], "value": ["true", None, "true"]})
    assert disagreements(truth, found).select("infant_id", "fact").rows() == [
        ("b", "is_dyad"),
        ("c", "is_dyad"),
        ("a", "o1"),
    ]
