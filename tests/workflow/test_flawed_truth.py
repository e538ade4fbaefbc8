"""Known truth of flawed records: every dyad that differs from it does so for a cause that is known."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
import pytest
from causes_of_disagreement import FALSE, MISSED, NO_CAUSE, causes_in_links, causes_in_records
from pipeline import PROJECT, build, link, stage, true_links
from truth_of_dyads import disagreements, found_facts, true_facts

from dyadlink.synthetic import simulate

PARAMETERS = PROJECT / "synthetic_data/parameters.yaml"


class Flawed(NamedTuple):
    """Differences with the true links and with those made, the links, and the true ones."""

    of_records: pl.DataFrame
    of_links: pl.DataFrame
    made: pl.DataFrame
    true: pl.DataFrame


@pytest.fixture(scope="module", params=["default", "heavy"])
def flawed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flawed:
    sources = tmp_path_factory.mktemp("flawed") / "sources"
    simulate(preset="study", seed=1, out=sources, parameters=PARAMETERS, flaws=request.param)
    connection = stage(sources)
    true = true_links(sources)
    truth = true_facts(sources)
    build(connection, true)
    of_records = causes_in_records(disagreements(truth, found_facts(connection)), sources)
    made = link(connection, sources).select("infant_id", "child_key")
    build(connection, made)
    of_links = causes_in_links(disagreements(truth, found_facts(connection)), of_records, made, true)
    return Flawed(of_records, of_links, made, true)


def test_no_difference_of_flawed_records_is_without_a_cause(flawed: Flawed) -> None:
    assert flawed.of_records.height > 10
    for differences in (flawed.of_records, flawed.of_links):
        assert differences.filter(pl.col("cause") == NO_CAUSE)["fact"].to_list() == []


def test_the_links_made_add_differences_of_missed_links(flawed: Flawed) -> None:
    causes = flawed.of_links["cause"].value_counts()
    assert causes.filter(pl.col("cause") == MISSED)["count"].item() > 50
    assert not flawed.of_records["cause"].is_in([MISSED, FALSE]).any()


def test_most_true_links_are_found_and_few_false_ones_made(flawed: Flawed) -> None:
    both = flawed.true.join(flawed.made, on=["infant_id", "child_key"], how="inner").height
    assert both / flawed.made.height > 0.97  # precision
    assert both / flawed.true.height > 0.8  # recall


def test_a_missed_and_a_false_link_are_told_apart() -> None:
    differences = pl.DataFrame(
        {"infant_id": ["a", "b", "c", "d"], "fact": "o1", "is_true": "true", "found": ["false", "false", None, "false"]}
    )
    of_records = differences.filter(pl.col("infant_id") == "d").with_columns(cause=pl.lit("gap_after_x1"))
    true = pl.DataFrame({"infant_id": ["a", "b", "d"], "child_key": ["1:a", "1:b", "1:d"]})
    made = pl.DataFrame({"infant_id": ["b"], "child_key": ["1:z"]})
    found = causes_in_links(differences, of_records, made, true).sort("infant_id")
    assert found["cause"].to_list() == [MISSED, f"{MISSED} and {FALSE}", NO_CAUSE, "gap_after_x1"]
