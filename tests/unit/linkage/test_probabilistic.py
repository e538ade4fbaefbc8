"""The model for what the ladder leaves: on records made with known pairs it finds more, and hardly ever a wrong one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from linkage_world import candidates_frame, infants_frame, ladder_links, link, simulate, with_persons

from dyadlink.config import load_config
from dyadlink.errors import ConfigError
from dyadlink.linkage.keys import parse_rule
from dyadlink.linkage.links import MIN_RECORDS_TO_TRAIN
from dyadlink.linkage.model import save_model
from dyadlink.linkage.nearby import count_pairs, join, narrow
from dyadlink.linkage.resolution import resolve
from dyadlink.linkage_settings import PROBABILISTIC_STEP, Linkage

World = tuple[pl.DataFrame, pl.DataFrame, set[tuple[str, str]]]
Pairs = list[tuple[str, str]]
Scores = dict[tuple[str, str], float]
MIN_PRECISION = 0.98
"""A wrong link puts another child's removal into a mother's record: one in fifty is the most to bear."""


@pytest.fixture(scope="module")
def settings() -> Linkage:
    return load_config(Path(__file__).parents[3] / "config/config.yaml").linkage


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(600, 3000, seed=20)


@pytest.fixture(scope="module")
def links(world: World, settings: Linkage) -> pl.DataFrame:
    return link(world[0], world[1], settings)[0]


def _pairs(links: pl.DataFrame) -> set[tuple[str, str]]:
    return set(links.select("infant_id", "child_key").rows())


def test_links_are_true(world: World, links: pl.DataFrame) -> None:
    assert len(_pairs(links) & world[2]) / links.height > MIN_PRECISION


def test_probabilistic_links_are_true_and_new(world: World, links: pl.DataFrame) -> None:
    probable = links.filter(pl.col("step") == PROBABILISTIC_STEP)
    exact = links.filter(pl.col("step") != PROBABILISTIC_STEP)
    assert probable.height > 50
    assert len(_pairs(probable) & world[2]) / probable.height > MIN_PRECISION
    assert not _pairs(probable) & _pairs(exact)
    assert probable["match_probability"].min() >= 0.9
    assert exact["match_probability"].null_count() == 0


def test_most_known_infants_are_found(world: World, links: pl.DataFrame) -> None:
    assert len(_pairs(links) & world[2]) / len(world[2]) > 0.9


def test_the_ladder_keeps_what_it_linked(world: World, links: pl.DataFrame, settings: Linkage) -> None:
    exact = links.filter(pl.col("step") != PROBABILISTIC_STEP)
    assert exact.select("infant_id", "child_key", "step").rows() == ladder_links(world[0], world[1], settings.ladder)


def test_a_record_has_one_infant_and_an_infant_one_record_in_an_authority(links: pl.DataFrame) -> None:
    authority = pl.col("child_key").str.split(":").list.first()
    assert links["child_key"].is_unique().all()
    assert links.select("infant_id", authority).is_duplicated().sum() == 0
    assert links.equals(links.sort("infant_id", "child_key"))


def test_the_order_of_the_rows_does_not_matter(world: World, links: pl.DataFrame, settings: Linkage) -> None:
    infants, candidates, _ = world
    mixed = [frame.sample(fraction=1, shuffle=True, seed=n) for n, frame in enumerate((infants, candidates))]
    shuffled, pairs, _ = link(mixed[0], mixed[1], settings)
    assert shuffled.equals(links)
    assert pairs.equals(link(infants, candidates, settings)[1])


def test_the_number_of_threads_does_not_matter(world: World, links: pl.DataFrame, settings: Linkage) -> None:
    again, pairs, _ = link(world[0], world[1], settings, threads=2)
    assert again.equals(links)
    assert pairs.equals(link(world[0], world[1], settings)[1])


def _resolved(scores: Scores, exact: Pairs) -> tuple[Pairs, Scores]:
    """Links made of given match probabilities, and what these weigh beside each other.

    A child key's part before the colon is its authority.
    """
    infants = sorted({pair[0] for pair in [*scores, *exact]})
    keys = sorted({pair[1] for pair in [*scores, *exact]})
    connection = with_persons(
        infants_frame(*({"infant_id": name} for name in infants)),
        candidates_frame(*({"child_key": key} for key in keys)),
    )
    connection.execute(
        "create table left_near as select *, row_number() over (order by person_id) as l from left_persons"
    )
    connection.execute(
        "create table right_near as select *, row_number() over (order by person_id) as r from right_persons"
    )
    connection.execute("create table scored (l bigint, r bigint, match_probability double)")
    connection.execute("create table ladder_links (l bigint, r bigint, person_group varchar, step varchar)")
    for (name, key), score in scores.items():
        connection.execute("insert into scored values (?, ?, ?)", [infants.index(name) + 1, keys.index(key) + 1, score])
    for name, key in exact:
        place = [infants.index(name) + 1, keys.index(key) + 1, key.split(":")[0], "exact"]
        connection.execute("insert into ladder_links values (?, ?, ?, ?)", place)
    resolve(connection, threshold=0.9, keep_twins_apart=True)
    found = connection.execute("select l, r from probable_links order by l, r").fetchall()
    weighed = connection.execute("select l, r, weighed_probability from weighed_pairs").fetchall()
    return (
        [(infants[left - 1], keys[right - 1]) for left, right in found],
        {(infants[left - 1], keys[right - 1]): probability for left, right, probability in weighed},
    )


@pytest.mark.parametrize(
    ("scores", "exact", "expected"),
    [
        pytest.param(
            {("a", "301:x"): 0.9999, ("b", "301:x"): 0.95}, [], [("a", "301:x")], id="the best infant of a record"
        ),
        pytest.param(
            {("a", "301:x"): 0.9999, ("a", "301:y"): 0.95}, [], [("a", "301:x")], id="the best record of an infant"
        ),
        pytest.param(
            {("a", "301:x"): 0.9999, ("a", "301:y"): 0.95, ("b", "301:x"): 0.97, ("b", "301:y"): 0.91},
            [],
            [("a", "301:x")],
            id="best on both sides or not at all",
        ),
        pytest.param({("a", "301:x"): 0.99, ("b", "301:x"): 0.99}, [], [], id="two infants alike: nobody"),
        pytest.param({("a", "301:x"): 0.99, ("b", "301:x"): 0.95}, [], [], id="two infants nearly alike: nobody"),
        pytest.param({("a", "301:x"): 0.89}, [], [], id="below the threshold"),
        pytest.param({("a", "301:x"): 0.99, ("a", "301:y"): 0.99}, [], [], id="two records alike: neither"),
        pytest.param(
            {("a", "301:x"): 0.995, ("a", "302:y"): 0.995},
            [],
            [("a", "301:x"), ("a", "302:y")],
            id="one record in each authority",
        ),
        pytest.param(
            {("a", "301:x"): 0.97, ("a", "302:y"): 0.97} | {(f"{n}", f"301:{n}"): 0.999 for n in range(9)},
            [],
            [(f"{n}", f"301:{n}") for n in range(9)],
            id="two authorities alike where nobody else is known to two: neither",
        ),
        pytest.param(
            {("a", "302:y"): 0.97},
            [("a", "301:x"), *((f"{n}", f"301:{n}") for n in range(9))],
            [],
            id="an infant of the ladder, where nobody else is known to two: no",
        ),
        pytest.param({("b", "301:x"): 0.99}, [("a", "301:x")], [], id="a record of the ladder is taken"),
        pytest.param({("a", "301:y"): 0.99}, [("a", "301:x")], [], id="an infant of the ladder is served there"),
        pytest.param(
            {("a", "302:y"): 0.99}, [("a", "301:x")], [("a", "302:y")], id="an infant of the ladder is free elsewhere"
        ),
    ],
)
def test_best_pairs_are_kept(scores: Scores, exact: Pairs, expected: Pairs) -> None:
    assert _resolved(scores, exact)[0] == expected


def test_of_the_pairs_of_a_person_one_at_most_is_true() -> None:
    weighed = _resolved({("a", "301:x"): 0.96, ("a", "301:y"): 0.1}, [])[1]
    # Odds of 24 and 1/9.
    assert weighed == pytest.approx(
        {("a", "301:x"): 24 / (1 + 24 + 1 / 9), ("a", "301:y"): (1 / 9) / (1 + 24 + 1 / 9)}, abs=1e-6
    )


def test_rivals_of_the_record_and_of_the_infant_are_weighed_apart() -> None:
    # Odds of 19, and of 1/4 for each rival: 0.95 alone, 0.938 beside either, 0.927 beside both at once.
    weighed = _resolved({("a", "301:x"): 0.95, ("b", "301:x"): 0.2, ("a", "301:y"): 0.2}, [])[1]
    assert weighed["a", "301:x"] == pytest.approx(19 / (1 + 19 + 0.25), abs=1e-6)


def test_of_two_records_that_cannot_be_told_apart_neither_is_as_likely_as_not() -> None:
    assert max(_resolved({("a", "301:x"): 1.0, ("a", "301:y"): 1.0}, [])[1].values()) < 0.5


@pytest.mark.parametrize("few", [0, 1, MIN_RECORDS_TO_TRAIN - 1])
def test_too_few_records_to_learn_from_make_no_links(world: World, settings: Linkage, few: int) -> None:
    infants, candidates, _ = world
    for some_infants, some_candidates in ((infants.head(few), candidates), (infants, candidates.head(few))):
        links, pairs, linked = link(some_infants, some_candidates, settings)
        assert PROBABILISTIC_STEP not in links["step"]
        assert linked.model is None
        assert pairs.is_empty()
        assert "fewer than 50" in linked.notes[0]


def test_a_side_without_names_is_not_linked_by_probability(world: World, settings: Linkage) -> None:
    infants, candidates, _ = world
    nameless = infants.with_columns(pl.lit(None, pl.String).alias(name) for name in ("forename", "surname"))
    links, _, linked = link(nameless, candidates, settings)
    assert PROBABILISTIC_STEP not in links["step"]
    assert linked.notes == ("no probabilistic links: a side holds no names",)


def test_a_model_that_was_saved_gives_the_same_links_again(
    world: World, links: pl.DataFrame, settings: Linkage, tmp_path: Path
) -> None:
    _, pairs, linked = link(world[0], world[1], settings)
    save_model(linked.model, tmp_path / "model.json")
    again, scored, read = link(world[0], world[1], settings.model_copy(update={"model": tmp_path / "model.json"}))
    assert again.equals(links)
    assert scored.equals(pairs)
    assert read.model == linked.model
    surnames = set(world[0]["surname"].drop_nulls())
    assert not {name for name in surnames if f'"{name}"' in (tmp_path / "model.json").read_text(encoding="utf-8")}


def test_every_link_of_the_ladder_is_scored_too(world: World, links: pl.DataFrame, settings: Linkage) -> None:
    _, pairs, _ = link(world[0], world[1], settings)
    shown = pairs.rename({"left_id": "infant_id", "right_id": "child_key"})
    assert links.join(shown, on=["infant_id", "child_key", "step", "match_weight"], how="anti").is_empty()
    assert shown.filter(pl.col("step").is_null())["match_probability"].min() >= settings.keep_probability
    assert {"gamma_forename", "gamma_birth_date", "gamma_postcode"} <= set(pairs.columns)
    assert pairs["gamma_nhs_number"].min() == -1


def test_all_by_probability_makes_no_exact_links(world: World, settings: Linkage) -> None:
    links, _, _ = link(world[0], world[1], settings.model_copy(update={"probabilistic": "all"}))
    assert set(links["step"]) == {PROBABILISTIC_STEP}
    assert len(_pairs(links) & world[2]) / links.height > MIN_PRECISION
    assert len(_pairs(links) & world[2]) / len(world[2]) > 0.85


def test_none_by_probability_leaves_the_ladder(world: World, settings: Linkage) -> None:
    links, pairs, linked = link(world[0], world[1], settings.model_copy(update={"probabilistic": "none"}))
    assert PROBABILISTIC_STEP not in links["step"]
    assert links.height > 100
    assert pairs.is_empty()
    assert linked.model is None


def test_a_rule_that_would_compare_too_many_pairs_is_refused_with_their_number(world: World, settings: Linkage) -> None:
    wide = settings.model_copy(update={"blocking": (("sex",),), "max_pairs": 100_000})
    with pytest.raises(ConfigError, match=r"blocking rule sex: would compare [89]\d\d,\d\d\d pairs"):
        link(world[0], world[1], wide)


def test_the_number_of_pairs_told_is_that_of_the_pairs(world: World) -> None:
    connection = with_persons(world[0], world[1])
    rule = parse_rule(("birth_date", "surname.first_1"))
    narrow(connection, [rule])
    counted = count_pairs(connection, rule)
    (made,) = connection.execute(f"select count(*) from {join(rule)}").fetchall()[0]
    assert counted == made > 100


def test_a_column_of_one_value_is_left_out_and_told(world: World, settings: Linkage) -> None:
    infants, candidates = (frame.with_columns(sex=pl.lit("female")) for frame in world[:2])
    _, pairs, linked = link(
        infants, candidates, settings.model_copy(update={"blocking": (*settings.blocking, ("sex",))})
    )
    assert "blocking rule sex left out: sex holds one value alone" in linked.notes
    assert "comparison of sex left out: it holds one value alone" in linked.notes
    assert "gamma_sex" not in pairs.columns


def test_u_is_what_two_people_share_by_chance_and_m_what_one_person_keeps(world: World, settings: Linkage) -> None:
    """The planted errors of `linkage_world`: another surname for a tenth, a birth date a day off for 8%."""
    _, _, linked = link(world[0], world[1], settings)
    assert linked.model is not None
    found = {c["output_column_name"]: c["comparison_levels"] for c in linked.model["comparisons"]}
    m_same = {name: next(x for x in levels if x["label_for_charts"] == "same") for name, levels in found.items()}
    assert m_same["birth_date"]["m_probability"] == pytest.approx(0.92, abs=0.03)
    assert m_same["postcode"]["m_probability"] == pytest.approx(0.80, abs=0.06)
    assert m_same["sex"]["m_probability"] > 0.98
    frequencies = [frame["surname"].value_counts(normalize=True) for frame in world[:2]]
    both = frequencies[0].join(frequencies[1], on="surname")
    by_chance = (both["proportion"] * both["proportion_right"]).sum()
    assert m_same["surname"]["u_probability"] == pytest.approx(by_chance, rel=0.1)
    assert m_same["nhs_number"]["u_probability"] == pytest.approx(1e-7)
    for levels in found.values():
        assert sum(level["m_probability"] for level in levels[1:]) == pytest.approx(1, abs=1e-6)
        assert sum(level["u_probability"] for level in levels[1:]) == pytest.approx(1, abs=1e-6)
