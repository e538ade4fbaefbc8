"""The course of social care passes through the planted events, for any seed and any intensities."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dyadlink.synthetic import Parameters, draw_latent_dyads
from dyadlink.synthetic.children import SocialCareWorld, build_social_care
from dyadlink.synthetic.course import FIRST_DAY_BEFORE_BIRTH, build_process, states_at_t3
from dyadlink.synthetic.course_paths import draw_paths
from dyadlink.synthetic.family import with_family
from dyadlink.synthetic.levels import level_intervals, level_on_days, state_intervals
from dyadlink.synthetic.moves import with_moves
from dyadlink.synthetic.places import AREAS_PER_AUTHORITY, authorities, day

PLAIN = yaml.safe_load((Path(__file__).parents[3] / "synthetic_data/parameters.yaml").read_text(encoding="utf-8"))
NEVER = 10**7


def _changed(factor: float, rho: float, deaths: float, moves: float) -> Parameters:
    raw: dict[str, Any] = copy.deepcopy(PLAIN)
    rates = raw["course"]["intensities"]["value"]
    raw["course"]["intensities"]["value"] = {name: min(0.4, rate * factor) for name, rate in rates.items()}
    raw["course"]["moves_a_year"]["value"] = moves
    raw["social_care"]["loss_correlation"]["value"] = rho
    raw["social_care"]["plan_correlation"]["value"] = -rho
    raw["infants"]["death_in_year"]["value"] = deaths
    raw["mothers"]["death_in_year"]["value"] = deaths
    return Parameters.model_validate(raw)


parameter_sets = st.fixed_dictionaries(
    {
        "factor": st.floats(0.2, 4.0),
        "rho": st.floats(-0.9, 0.9),
        "deaths": st.sampled_from([0.0, 0.006, 0.2]),
        "moves": st.sampled_from([0.0, 0.2, 1.0]),
    }
)


def _built(seed: int, p: Parameters, n: int = 60) -> tuple[pl.DataFrame, SocialCareWorld]:
    places = authorities(p.period.first_census.value, p.period.last_census.value)
    dyads = with_family(with_moves(draw_latent_dyads(n, seed, p), places, seed, p), seed, p)
    dyads = dyads.with_columns(baby="dyad", area_id=pl.col("la") * AREAS_PER_AUTHORITY + pl.col("dyad") % 19)
    return dyads, build_social_care(dyads, places, 600, seed, p)


thorough = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(seed=st.integers(0, 10**6), changes=parameter_sets)
@thorough
def test_a_path_passes_through_its_anchors(seed: int, changes: dict[str, float]) -> None:
    p = _changed(**changes)
    dyads = draw_latent_dyads(300, seed, p)
    end = day(p.period.mhsds_end.value) + 270
    paths = draw_paths(dyads, end, np.random.default_rng(seed), p)
    spans = paths.with_columns(end=pl.col("start").shift(-1).over("dyad").fill_null(NEVER)).join(dyads, on="dyad")
    touched = spans.filter(pl.col("start") <= pl.col("t2"), pl.col("end") > pl.col("t1"), pl.col("level") > 0)
    assert set(touched["dyad"]) == set(dyads.filter("o1")["dyad"])
    at_t2 = spans.filter(pl.col("start") <= pl.col("t2"), pl.col("end") > pl.col("t2"))
    alive = pl.col("infant_death").is_null() | (pl.col("infant_death") > pl.col("t2"))
    at_t2 = at_t2.filter(alive)
    assert at_t2.filter(pl.col("lost_by_t2") != (pl.col("level") == 6)).height == 0
    assert at_t2.filter(pl.col("on_plan_at_t2") != (pl.col("level") == 4)).height == 0
    later = spans.filter(pl.col("start") > pl.col("t2"), pl.col("start") <= pl.col("t2") + 365)
    for column, level, at_risk in (("loss_day", 6, "at_risk_loss"), ("plan_day", 4, "at_risk_plan")):
        first = later.filter(pl.col("level") == level).group_by("dyad").agg(pl.col("start").min())
        kept = dyads.filter(at_risk).join(first, on="dyad", how="left")
        seen = pl.col("start") - pl.col("t2")
        # A plan after custody was lost is none of the planted ones.
        free = (pl.col("loss_day").is_null() | (seen < pl.col("loss_day"))) if level == 4 else pl.lit(value=True)
        assert kept.filter(pl.when(free).then(seen).ne_missing(pl.col(column))).height == 0


@given(seed=st.integers(0, 10**6), changes=parameter_sets)
@thorough
def test_dates_are_in_order_and_grains_hold(seed: int, changes: dict[str, float]) -> None:
    dyads, world = _built(seed, _changed(**changes))
    own = world.children.filter(pl.col("dyad").is_not_null())
    cases = world.records.episodes.join(own.select("child", "dyad", "birth", "death"), on="child")
    assert cases.filter(pl.col("closure") < pl.col("referral")).height == 0
    assert cases.filter(pl.col("referral") < pl.col("birth") - FIRST_DAY_BEFORE_BIRTH).height == 0
    assert cases.filter((pl.col("closure").fill_null(NEVER) > pl.col("death")).fill_null(value=False)).height == 0
    assert cases.select("child", "referral").is_duplicated().sum() == 0
    keys = cases.select("case", "dyad", "referral", "closure")
    for name in ("plans", "need_plans", "enquiries"):
        rows = getattr(world.records, name).join(keys, on="case")
        stop = pl.col("conference") if name == "enquiries" else pl.col("end")
        assert rows.filter(stop < pl.col("start")).height == 0, name
        assert rows.filter(pl.col("start") < pl.col("referral")).height == 0, name
        last = pl.max_horizontal("start", stop.fill_null(-1) if name == "enquiries" else stop.fill_null(NEVER))
        assert rows.filter(last > pl.col("closure").fill_null(NEVER)).height == 0, name
        assert rows.select("case", "start").is_duplicated().sum() == 0, name
    plans = world.records.plans.join(keys.select("case", "dyad"), on="case").sort("dyad", "start")
    assert plans.filter((pl.col("start") < pl.col("end").shift(1).over("dyad")).fill_null(value=False)).height == 0
    first = world.records.assessments.join(keys, on="case")
    assert first.filter(pl.col("authorised") < pl.col("start")).height == 0
    assert first.filter(pl.col("authorised") > pl.col("closure").fill_null(NEVER)).height == 0
    care = world.care.join(own.select("child", "birth", "death"), on="child").sort("child", "start")
    assert care.filter(pl.col("start") < pl.col("birth")).height == 0
    assert care.filter(pl.col("end") <= pl.col("start")).height == 0
    assert care.filter((pl.col("end").fill_null(NEVER) > pl.col("death")).fill_null(value=False)).height == 0
    assert care.filter((pl.col("start") < pl.col("end").shift(1).over("child")).fill_null(value=False)).height == 0
    states = state_intervals(level_intervals(world, dyads), dyads)
    assert states.filter(pl.col("end") <= pl.col("start")).height == 0
    assert states["dyad"].n_unique() == dyads.height


@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_who_moves_is_known_to_both_authorities_and_closed_at_the_first(seed: int) -> None:
    dyads, world = _built(seed, _changed(1.0, 0.3, 0.006, 1.0), 150)
    far = dyads.filter(pl.col("new_la") != pl.col("la"))
    assert far.height > 20
    own = world.children.filter(pl.col("dyad").is_not_null()).select("child", "dyad", "la")
    cases = world.records.episodes.join(own, on="child").join(
        far.select("dyad", "move_day", "new_la", old_la="la"), on="dyad"
    )
    before = cases.filter(pl.col("referral") < pl.col("move_day"))
    assert before.filter(pl.col("la") != pl.col("old_la")).height == 0
    assert (
        before.filter(pl.col("closure").fill_null(NEVER) > pl.col("move_day"), pl.col("reason") != "RC1")
        .filter(~pl.col("reason").is_in(["RC3", "RC4"]))
        .height
        == 0
    )
    assert cases.filter(pl.col("referral") >= pl.col("move_day"), pl.col("la") != pl.col("new_la")).height == 0
    handed_over = before.filter(pl.col("reason") == "RC5")
    assert handed_over.filter(pl.col("closure") != pl.col("move_day")).height == 0
    opened = cases.filter(pl.col("referral") == pl.col("move_day"))
    assert set(handed_over["dyad"]) <= set(opened["dyad"])
    care = (
        world.care.join(own, on="child").filter(pl.col("rec") == "E3").join(far.select("dyad", "move_day"), on="dyad")
    )
    assert care.filter(pl.col("end") != pl.col("move_day")).height == 0


def test_the_involved_have_two_to_three_times_the_risk(parameters: Parameters) -> None:
    many = draw_latent_dyads(200_000, 21, parameters)
    for at_risk, event in (("at_risk_loss", "loss_day"), ("at_risk_plan", "plan_day")):
        share = many.filter(at_risk).group_by("o1").agg(risk=pl.col(event).is_not_null().mean()).sort("o1")["risk"]
        assert 2 < share[1] / share[0] < 3.3, (event, share.to_list())


def test_the_latent_numbers_stay_uniform_given_covariates(parameters: Parameters) -> None:
    """The copula must not touch the marginal models: the numbers of loss and plan times are uniform at any risk."""
    many = draw_latent_dyads(200_000, 22, parameters)
    for at_risk, number in (("at_risk_loss", "tied_loss"), ("at_risk_plan", "tied_plan")):
        kept = many.filter(at_risk)
        for trauma in (True, False):
            u = np.sort(kept.filter(pl.col("has_childhood_trauma") == trauma)[number].to_numpy())
            distance = np.abs(u - (np.arange(u.size) + 0.5) / u.size).max()
            # Kolmogorov's 0.1% point; twins make the numbers a little fewer than they look.
            assert distance < 1.95 / np.sqrt(u.size) * 1.05, (number, trauma)


def test_states_at_t3_without_a_path_are_those_of_paths(parameters: Parameters) -> None:
    dyads = draw_latent_dyads(20_000, 5, parameters).filter(pl.col("infant_death").is_null())
    state = states_at_t3(dyads, np.random.default_rng(1), parameters)
    paths = draw_paths(dyads, day(parameters.period.mhsds_end.value), np.random.default_rng(2), parameters)
    at_t3 = paths.join(dyads.select("dyad", "t2"), on="dyad").filter(pl.col("start") <= pl.col("t2") + 365)
    level = at_t3.group_by("dyad").agg(pl.col("level").last())["level"].to_numpy()
    by_state = np.bincount(np.array([0, 1, 2, 3, 4, 4, 4, 5, 6, 6, 7])[state], minlength=8) / dyads.height
    by_path = np.bincount(level, minlength=8) / dyads.height
    assert np.abs(by_state - by_path).max() < 4 * np.sqrt(0.25 * 2 / dyads.height)


def test_transition_matrices_are_those_of_the_generator(parameters: Parameters) -> None:
    process = build_process(parameters)
    assert np.all(process.steps > -1e-12)
    assert np.allclose(process.steps[:, 30] @ process.steps[:, 60], process.steps[:, 90])
    free = process.steps[8, 365]
    assert np.allclose(free.sum(axis=1), 1)


def test_levels_follow_the_definitions() -> None:
    """An enquiry without a conference counts 21 days; a stretch of one day counts on that day only."""
    intervals = pl.DataFrame({"dyad": [1, 1, 1], "start": [10, 20, 50], "end": [60, 41, 50], "rank": [1, 3, 6]})
    days = pl.DataFrame({"dyad": [1] * 6, "day": [9, 10, 40, 41, 50, 60]})
    found = level_on_days(intervals, days)["level"].to_list()
    assert found == [
        "none",
        "referral_or_assessment",
        "section_47",
        "referral_or_assessment",
        "looked_after_apart",
        "none",
    ]


def test_removed_older_children_are_closed_periods_of_care_before_the_birth(parameters: Parameters) -> None:
    dyads, world = _built(3, parameters, 190)
    mothers = dyads.filter(pl.col("earlier_removals") > 0)
    assert mothers.filter(pl.col("earlier_removals") > pl.col("parity")).height == 0
    older = world.children.filter(pl.col("woman").is_in(mothers["mother"].implode()), pl.col("dyad").is_null())
    ended = world.care.join(older.select("child", "woman"), on="child").filter(pl.col("rec").str.starts_with("E"))
    birth = dyads.filter(pl.col("birth_no") == 1).select(woman="mother", index_birth="birth").unique()
    ended = ended.join(birth, on="woman").filter(pl.col("rec").is_in(["E11", "E12", "E41", "E45", "E47"]))
    assert ended.filter(pl.col("end") < pl.col("index_birth")).height >= mothers["mother"].n_unique() * 0.8


@pytest.mark.parametrize("key", ["referral_to_none", "section_47_to_plan"])
def test_an_intensity_must_be_given(key: str) -> None:
    raw = copy.deepcopy(PLAIN)
    del raw["course"]["intensities"]["value"][key]
    with pytest.raises(ValueError, match="exactly"):
        Parameters.model_validate(raw)
