"""Splink for what the ladder leaves: on records made with known pairs it finds more, and hardly ever a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from linkage_world import simulate

from dyadlink.config import Linkage, load_config
from dyadlink.linkage import probabilistic
from dyadlink.linkage.ladder import LINK_COLUMNS, link_by_ladder
from dyadlink.linkage.links import link_infants
from dyadlink.linkage.probabilistic import MIN_RECORDS_TO_TRAIN, STEP, link_by_probability

World = tuple[pl.DataFrame, pl.DataFrame, set[tuple[str, str]]]
Pairs = list[tuple[str, str]]
Scores = dict[tuple[str, str], float]
MIN_PRECISION = 0.98
"""A wrong link puts another child's removal into a mother's record: one in fifty is the most to bear."""
NO_LINKS = pl.DataFrame(schema={"infant_id": pl.String, "child_key": pl.String})
"""No link is handed over."""


@pytest.fixture(scope="module")
def settings() -> Linkage:
    return load_config(Path(__file__).parents[3] / "config/config.yaml").linkage


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(600, 3000, seed=20)


@pytest.fixture(scope="module")
def links(world: World, settings: Linkage) -> pl.DataFrame:
    return link_infants(world[0], world[1], NO_LINKS, settings)


def _pairs(links: pl.DataFrame) -> set[tuple[str, str]]:
    return set(links.select("infant_id", "child_key").rows())


def test_links_are_true(world: World, links: pl.DataFrame) -> None:
    assert len(_pairs(links) & world[2]) / links.height > MIN_PRECISION


def test_probabilistic_links_are_true_and_new(world: World, links: pl.DataFrame) -> None:
    probable = links.filter(pl.col("step") == STEP)
    exact = links.filter(pl.col("step") != STEP)
    assert probable.height > 50
    assert len(_pairs(probable) & world[2]) / probable.height > MIN_PRECISION
    assert not _pairs(probable) & _pairs(exact)
    assert probable["match_probability"].min() >= 0.9
    assert exact["match_probability"].null_count() == exact.height


def test_most_known_infants_are_found(world: World, links: pl.DataFrame) -> None:
    assert len(_pairs(links) & world[2]) / len(world[2]) > 0.9


def test_the_ladder_keeps_what_it_linked(world: World, links: pl.DataFrame, settings: Linkage) -> None:
    exact = link_by_ladder(world[0], world[1], settings.ladder)
    assert exact.equals(links.filter(pl.col("step") != STEP))


def test_a_record_has_one_infant_and_an_infant_one_record_in_an_authority(links: pl.DataFrame) -> None:
    authority = pl.col("child_key").str.split(":").list.first()
    assert links["child_key"].is_unique().all()
    assert links.select("infant_id", authority).is_duplicated().sum() == 0
    assert links.equals(links.sort("infant_id", "child_key"))


def test_the_order_of_the_rows_does_not_matter(world: World, links: pl.DataFrame, settings: Linkage) -> None:
    infants, candidates, _ = world
    shuffled = link_infants(
        infants.sample(fraction=1, shuffle=True, seed=1),
        candidates.sample(fraction=1, shuffle=True, seed=2),
        NO_LINKS,
        settings,
    )
    assert shuffled.equals(links)


def test_the_number_of_threads_does_not_matter(world: World, links: pl.DataFrame, settings: Linkage) -> None:
    assert link_infants(world[0], world[1], NO_LINKS, settings, threads=2).equals(links)


@pytest.fixture
def link_scores(monkeypatch: pytest.MonkeyPatch, world: World, settings: Linkage) -> Callable[[Scores, Pairs], Pairs]:
    """Links made of given match probabilities; a child key's part before the colon is its authority."""

    def link(scores: Scores, exact: Pairs) -> Pairs:
        keys = sorted({key for _, key in [*scores, *exact]})
        filler = world[1].head(MIN_RECORDS_TO_TRAIN)
        known = pl.DataFrame({"child_key": keys, "la_code": [key.split(":")[0] for key in keys]})
        rows = [(*pair, score) for pair, score in scores.items()]
        scored = pl.DataFrame(rows, schema=["infant_id", "child_key", "match_probability"], orient="row")
        monkeypatch.setattr(probabilistic, "_score", lambda *_: scored)
        ladder = pl.DataFrame([(*pair, "exact", None) for pair in exact], schema=LINK_COLUMNS, orient="row")
        candidates = pl.concat([filler, known], how="diagonal")
        links = link_by_probability(world[0], candidates, ladder, settings, threads=1)
        return links.select("infant_id", "child_key").rows()

    return link


@pytest.mark.parametrize(
    ("scores", "exact", "expected"),
    [
        pytest.param(
            {("a", "301:x"): 0.99, ("b", "301:x"): 0.95}, [], [("a", "301:x")], id="the best infant of a record"
        ),
        pytest.param(
            {("a", "301:x"): 0.99, ("a", "301:y"): 0.95}, [], [("a", "301:x")], id="the best record of an infant"
        ),
        pytest.param(
            {("a", "301:x"): 0.99, ("a", "301:y"): 0.95, ("b", "301:x"): 0.97, ("b", "301:y"): 0.91},
            [],
            [("a", "301:x")],
            id="best on both sides or not at all",
        ),
        pytest.param({("a", "301:x"): 0.99, ("b", "301:x"): 0.99}, [], [], id="two infants alike: nobody"),
        pytest.param({("a", "301:x"): 0.99, ("a", "301:y"): 0.99}, [], [], id="two records alike: neither"),
        pytest.param(
            {("a", "301:x"): 0.99, ("a", "302:y"): 0.95},
            [],
            [("a", "301:x"), ("a", "302:y")],
            id="one record in each authority",
        ),
        pytest.param({("b", "301:x"): 0.99}, [("a", "301:x")], [], id="a record of the ladder is taken"),
        pytest.param({("a", "301:y"): 0.99}, [("a", "301:x")], [], id="an infant of the ladder is served there"),
        pytest.param(
            {("a", "302:y"): 0.99}, [("a", "301:x")], [("a", "302:y")], id="an infant of the ladder is free elsewhere"
        ),
    ],
)
def test_best_pairs_are_kept(
    link_scores: Callable[[Scores, Pairs], Pairs], scores: Scores, exact: Pairs, expected: Pairs
) -> None:
    assert link_scores(scores, exact) == expected


@pytest.mark.parametrize("few", [0, 1, MIN_RECORDS_TO_TRAIN - 1])
def test_too_few_records_to_learn_from_make_no_links(world: World, settings: Linkage, few: int) -> None:
    nothing = pl.DataFrame(schema=LINK_COLUMNS)
    infants, candidates, _ = world
    for some_infants, some_candidates in ((infants.head(few), candidates), (infants, candidates.head(few))):
        links = link_by_probability(some_infants, some_candidates, nothing, settings, threads=1)
        assert links.is_empty()
        assert links.schema == pl.Schema(LINK_COLUMNS)


def test_a_side_without_names_is_not_linked_by_probability(world: World, settings: Linkage) -> None:
    infants, candidates, _ = world
    nameless = infants.with_columns(forename=pl.lit(None, pl.String), surname=pl.lit(None, pl.String))
    nothing = link_by_ladder(infants.clear(), candidates.clear(), settings.ladder)
    assert link_by_probability(nameless, candidates, nothing, settings, 1).is_empty()
