"""Multistate Aalen-Johansen, and restricted mean time in each state, against R (tests/r/multistate.R).

Measured: 1e-15 of probabilities and standard errors, 1e-13 of days; 1e-10 leaves room for another processor. The
handbook asks for 1e-10 where two states are Kaplan-Meier's and competing events Aalen-Johansen's.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from r_answers import R_FOLDER, distance, read_answers, read_lung, read_mgus2

from dyadlink.models.cumulative_incidence import aalen_johansen
from dyadlink.models.occupation import Occupation, occupation

TOLERANCE = 1e-10
CASES = {
    "mgus2": ("multistate_mgus2", ("mgus", "pcm", "death")),
    "made_up": ("multistate", ("home", "apart", "back", "dead")),
}


def _occupation(name: str) -> Occupation:
    file, states = CASES[name]
    horizon = int(read_answers("multistate_times").filter(case=name)["horizon"][0])
    return occupation(pl.read_csv(R_FOLDER / f"{file}.csv"), states, horizon)


def _until_event(frame: pl.DataFrame, state: str) -> pl.DataFrame:
    return frame.select(
        "cluster", start=pl.lit(0), stop="days", state=pl.lit("free"), next_state=state
    )  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_probabilities(name: str) -> None:
    ours = _occupation(name)
    answers = read_answers("multistate_curves").filter(case=name)
    for index, state in enumerate(CASES[name][1]):
        theirs = answers.filter(pl.col("day").is_in(ours.days.tolist()), state=state)
        assert theirs.height == len(ours.days)
        assert distance(ours.probability[:, index], theirs["estimate"]) < TOLERANCE
        assert distance(ours.std_error[:, index], theirs["std_error"]) < TOLERANCE


@pytest.mark.parametrize("name", list(CASES))
def test_mean_days(name: str) -> None:
    ours, answers = _occupation(name), read_answers("multistate_times").filter(case=name)
    assert distance(ours.mean_days, answers["mean_days"]) < TOLERANCE * 100
    assert distance(np.sqrt((ours.influence**2).sum(axis=0)), answers["std_error"]) < TOLERANCE


def test_one_absorbing_state_is_kaplan_meier() -> None:
    """Published: 41% of the patients of `lung` are alive after a year (R's survival package)."""
    lung = read_lung().with_columns(
        cluster="patient", ended=pl.col("event").replace_strict({True: "dead", False: "censored"})
    )
    ours = occupation(_until_event(lung, "ended"), ("free", "dead"), 2000)
    at_risk, alive, expected = lung.height, 1.0, []
    for _, day in lung.sort("days").group_by("days", maintain_order=True):
        alive *= 1 - day["event"].sum() / at_risk
        at_risk -= day.height
        expected += [alive] if day["event"].any() else []
    assert np.abs(ours.probability[1:, 0] - expected).max() < TOLERANCE
    assert abs(ours.probability[ours.days <= 365, 0][-1] - 0.409242) < 1e-6


def test_absorbing_states_are_cumulative_incidences() -> None:
    mgus2 = read_mgus2().with_columns(cluster="dxyr")
    ours = occupation(_until_event(mgus2, "state"), ("free", "pcm", "death"), 500)
    low, high = ours.interval()
    curves = aalen_johansen(mgus2.select("days", "cluster", event="state"), ("pcm", "death"))
    for index, cause in enumerate(("pcm", "death"), start=1):
        curve = curves.filter(pl.col("time_days").is_in(ours.days.tolist()), cause=cause)
        assert distance(ours.probability[:, index], curve["estimate"]) < TOLERANCE
        assert distance(ours.std_error[:, index], curve["std_error"]) < TOLERANCE
        for end, column in ((low, "conf_low"), (high, "conf_high")):
            is_told = curve[column].is_not_null().to_numpy()
            assert np.array_equal(~np.isnan(end[:, index]), is_told)
            assert distance(end[is_told, index], curve[column].drop_nulls()) < TOLERANCE


def test_states_put_together() -> None:
    file, states = CASES["made_up"]
    ours = occupation(pl.read_csv(R_FOLDER / f"{file}.csv"), states, 35, together=[states[:3]])
    assert ours.states[-1] == "home_or_apart_or_back"
    assert np.abs(ours.probability[:, 4] + ours.probability[:, 3] - 1).max() < TOLERANCE
    # What is not dead is as uncertain as what is.
    assert np.abs(ours.std_error[:, 4] - ours.std_error[:, 3]).max() < TOLERANCE
    assert abs(ours.mean_days.sum() - ours.mean_days[4] - 35) < TOLERANCE * 100
