"""What an outcome says about a pair, and whether sets of links are calibrated."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from linkage_error_world import Arm, simulate_world
from pipeline import PROJECT

sys.path.insert(0, str(Path(__file__).parent))

from evidence_world import evidence_of, model_of

from dyadlink.models.linkage_error.pair_outcomes import PairOutcomes, read_outcome
from dyadlink.models.linkage_plans import AsLinked
from dyadlink.synthetic.parameters import load_parameters

PARAMETERS = load_parameters(PROJECT / "synthetic_data/parameters.yaml")


def test_the_bayes_factor_is_that_of_the_page() -> None:
    pairs = PairOutcomes(
        place=np.array([0, 0, 1, 1]),
        is_used=np.array([True, True, True, False]),
        is_known=np.array([True, True, False, True]),
        event=np.array([True, False, True, True]),
        event_elsewhere=0.1,
    )
    linked, event = np.array([0.6, 0.2]), np.array([0.5, 0.9])
    having = (0.6 / 0.4) / (0.25 / 0.75)
    expected = [having * 0.5 / 0.1, having * 0.5 / 0.9, (0.2 / 0.8) / (0.25 / 0.75), 1.0]
    assert pairs.bayes_factors(linked, event, 0.25).tolist() == pytest.approx(expected)


def test_outcomes_of_others_are_those_of_the_unlikely_pairs() -> None:
    from analysis_table import make_analysis_table  # noqa: PLC0415

    evidence = evidence_of(make_analysis_table(400, seed=2), 0.95)
    told = PairOutcomes.of(model_of(AsLinked()), evidence, np.ones(400, dtype=np.bool_))
    other = 1 - evidence.candidates["match_probability"].to_numpy()
    # Every candidate of this world shows the outcome.
    assert told.event.all()
    assert told.event_elsewhere == pytest.approx((other.sum() + 0.5) / (other.sum() + 1))
    assert evidence.analysis["dyad_id"].to_numpy()[told.place].tolist() == evidence.candidates["dyad_id"].to_list()


@pytest.mark.parametrize(
    ("changes", "family", "event", "is_known"),
    [
        ({"o3_at_risk": True, "o3_event": "child_protection_plan", "o3": True}, "cox", True, True),
        ({"o3_at_risk": True, "o3_event": "custody_loss", "o3": False}, "cox", False, True),
        ({"o3_at_risk": False, "o3_event": None, "o3": None}, "cox", False, True),
        ({"o3_at_risk": None, "o3_event": None, "o3": None}, "cox", False, False),
        ({"o3_at_risk": False, "o3_event": None, "o3": None}, "logistic", False, True),
        ({"o3_at_risk": True, "o3_event": "censored", "o3": None}, "logistic", False, False),
    ],
)
def test_an_outcome_is_known_of_those_who_are_not_at_risk(
    changes: dict[str, object], family: str, event: bool, is_known: bool
) -> None:
    schema = {"o3_at_risk": pl.Boolean, "o3_event": pl.String, "o3": pl.Boolean}
    spec = model_of(AsLinked(), outcome="o3", population="at_risk_of_plan", family=family)
    found, known = read_outcome(pl.DataFrame([changes], schema=schema), spec)
    assert (found.tolist(), known.tolist()) == ([event], [is_known])


def test_pairs_drawn_in_a_share_of_the_sets_are_true_in_that_share() -> None:
    evidence = simulate_world(Arm(findable=1.0, separation=5.0), 3000, 1, PARAMETERS).evidence
    is_own = evidence.candidates["is_own"].to_numpy()

    def gap(odds: np.ndarray) -> float:  # type: ignore[type-arg]
        sets = islice(evidence.matchings.draw_sets(odds, np.random.default_rng(1)), 60)
        share = np.mean(list(sets), axis=0)
        unsure = (share > 0.3) & (share < 0.9)
        return float(is_own[unsure].mean() - share[unsure].mean())

    probability = evidence.candidates["match_probability"].to_numpy()
    assert abs(gap(evidence.odds)) < 0.05
    # A pair's own odds, taken as they are, draw too few links.
    assert gap(probability / (1 - probability)) > 0.1
