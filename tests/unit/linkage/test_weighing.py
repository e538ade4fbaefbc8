"""The weighed probability of a scored pair: what each threshold of the linkage would make a link of."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from linkage_world import link, simulate

from dyadlink.config import load_config
from dyadlink.describe.match_scores import grid_of_thresholds
from dyadlink.linkage_settings import PROBABILISTIC_STEP, Linkage

STUDY = 0.9


@pytest.fixture(scope="module")
def settings() -> Linkage:
    return load_config(Path(__file__).parents[3] / "config/config.yaml").linkage


@pytest.fixture(scope="module")
def world() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every second infant who is known has a record in another authority too; every second has a twin without any."""
    infants, records, truth = simulate(500, 2500, seed=5)
    again = records.join(
        pl.DataFrame(sorted(truth)[::2], schema=["infant_id", "child_key"], orient="row"), on="child_key"
    )
    elsewhere = again.drop("infant_id").with_columns(
        child_key=pl.format("309:{}", pl.col("child_key").str.split(":").list.last()), la_code=pl.lit("309")
    )
    twins = infants.gather_every(2).with_columns(
        infant_id=pl.format("t{}", "infant_id"),
        forename=pl.lit("QUENBY"),
        forename_group=pl.lit(None, pl.String),
        nhs_number=pl.lit(None, pl.String),
    )
    return pl.concat([infants, twins]), pl.concat([records, elsewhere])


@pytest.fixture(scope="module")
def scored(world: tuple[pl.DataFrame, pl.DataFrame], settings: Linkage) -> pl.DataFrame:
    pairs = link(*world, settings)[1]
    return pairs.rename({"left_id": "infant_id", "right_id": "child_key"})


@pytest.mark.parametrize("threshold", [0.5, 0.95, 0.999])
def test_the_grid_has_the_links_of_a_linkage_at_each_threshold(
    world: tuple[pl.DataFrame, pl.DataFrame], scored: pl.DataFrame, settings: Linkage, threshold: float
) -> None:
    made = link(*world, settings.model_copy(update={"match_probability_threshold": threshold}))[0]
    grid = grid_of_thresholds(scored, threshold=STUDY, probabilistic_step=PROBABILISTIC_STEP)
    n_links = dict(grid.select("threshold", "n_links").iter_rows())
    assert n_links[threshold] == made.height
    assert n_links[threshold] != n_links[STUDY] == scored["step"].count()


def test_rivals_of_the_ladder_weigh_nothing(scored: pl.DataFrame) -> None:
    by_ladder = scored.filter(pl.col("step").is_not_null(), pl.col("step") != PROBABILISTIC_STEP)
    rivals = scored.filter(pl.col("step").is_null()).join(by_ladder, on="child_key", how="semi")
    assert rivals.height > 10
    assert rivals["weighed_probability"].max() == 0
    assert (by_ladder["weighed_probability"] == by_ladder["match_probability"]).all()


def test_no_pair_is_likelier_beside_others_than_alone(scored: pl.DataFrame) -> None:
    assert (scored["weighed_probability"] <= scored["match_probability"]).all()
    assert (scored["weighed_probability"] < scored["match_probability"] - 0.1).any()
