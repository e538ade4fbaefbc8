"""What leaves of tests between groups, days lost and states of custody; and what a reader could work out from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from analysis_table import make_analysis_table

from dyadlink.disclosure.checks import check_release_table
from dyadlink.disclosure.curves import protect_curves
from dyadlink.disclosure.estimates import protect_estimates
from dyadlink.disclosure.expressions import in_steps, step_of
from dyadlink.disclosure.profiles import get_profile
from dyadlink.disclosure.protect import protect_all
from dyadlink.disclosure.state_occupation import RELEASED, protect_state_occupation
from dyadlink.disclosure.time_lost import protect_group_tests, protect_time_lost
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import GroupTests, TimeLost
from dyadlink.models.cumulative_incidence import estimate_cumulative_incidence
from dyadlink.models.fitting import fit_models
from dyadlink.models.specification import ModelSpec, Term
from dyadlink.models.state_occupation import estimate_state_occupation

STRICT = get_profile("strict")


def _test_row(**changes: Any) -> dict[str, Any]:
    row = {"outcome": "o4", "cause": "custody_loss", "statistic": 12.3456, "df": 1, "p_value": 0.00044}
    frame = pl.DataFrame([{**row, "n_smallest": 10, **changes}], schema=GroupTests.create_empty().schema)
    released = protect_group_tests(frame, STRICT)
    check_release_table("group_tests", released, STRICT)
    return released.row(0, named=True)


@pytest.mark.parametrize(
    ("changes", "status", "figures"),
    [
        ({}, "shown", (12.3, 1, 0.0)),
        ({"n_smallest": 9}, "suppressed_primary", (None, None, None)),
        ({"n_smallest": 0, "statistic": None, "df": None, "p_value": None}, "suppressed_primary", (None, None, None)),
        ({"statistic": None, "df": None, "p_value": None}, "not_estimable", (None, None, None)),
    ],
)
def test_a_group_test_needs_ten_in_every_cell(changes: dict[str, Any], status: str, figures: tuple[Any, ...]) -> None:
    row = _test_row(**changes)
    assert row["status"] == status
    assert (row["statistic"], row["df"], row["p_value"]) == figures


def _time_lost(hidden: set[str]) -> dict[str, dict[str, Any]]:
    groups = ("all", "involved", "not_involved", "difference")
    figures = {"estimate": 20.6789, "std_error": 1.0, "conf_low": 18.71, "conf_high": 22.64}
    key = {"outcome": "o4", "cause": "custody_loss"}
    days = pl.DataFrame(
        [{**key, "group": group, "horizon_days": 365, **figures} for group in groups],
        schema=TimeLost.create_empty().schema,
    )
    curves = pl.DataFrame(
        [
            {**key, "group": group, "time_days": None if group in hidden else day}
            for group in groups[:3]
            for day in ((0,) if group in hidden else (0, 365))
        ]
    )
    released = protect_time_lost(days, curves)
    check_release_table("time_lost", released, STRICT)
    assert released["group"].to_list() == list(groups)
    return {row["group"]: row for row in released.iter_rows(named=True)}


def test_days_lost_are_shown_with_their_curve() -> None:
    rows = _time_lost(set())
    assert {row["status"] for row in rows.values()} == {"shown"}
    assert (rows["all"]["estimate"], rows["all"]["conf_low"], rows["all"]["conf_high"]) == (20.7, 18.7, 22.6)
    assert "std_error" not in rows["all"]


def test_a_hidden_curve_hides_its_days_and_every_difference() -> None:
    rows = _time_lost({"involved"})
    statuses = {group: row["status"] for group, row in rows.items()}
    hidden = "suppressed_secondary"
    assert statuses == {"all": "shown", "involved": hidden, "not_involved": "shown", "difference": hidden}
    assert all(rows["difference"][name] is None for name in ("estimate", "conf_low", "conf_high", "horizon_days"))


@pytest.mark.parametrize(
    ("n", "step"),
    [
        (278, 0.04),
        (1_000, 0.01),
        (1_997, 0.0075),
        (2_000, 0.005),
        (9_999, 0.0015),
        (10**7, 0.001),
        (99, 0.15),
        (5, 1.0),
    ],
)
def test_a_step_is_the_finest_of_ten_dyads(n: int, step: float) -> None:
    assert step_of(n, STRICT) == step


@pytest.mark.parametrize(
    ("profile", "step"), [("ukllc", 0.0075), ("sacro", 0.0075), ("nhs_sde", 0.0075), ("opensafely", 0.005)]
)
def test_a_step_is_as_many_dyads_as_a_step_of_a_curve_whatever_the_rounding(profile: str, step: float) -> None:
    assert step_of(1_997, get_profile(profile)) == step


def test_a_step_that_does_not_divide_one_leaves_probabilities_within_one() -> None:
    told = pl.DataFrame({"estimate": [0.985, 0.5], "conf_low": [0.95, 0.4], "conf_high": [0.999, 0.6]})
    assert told.with_columns(in_steps(0.03)).rows() == [(0.99, 0.93, 1.0), (0.51, 0.39, 0.6)]


def _states(n: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The states of a made-up cohort, exact and released, and its released curves."""
    analysis = make_analysis_table(n, seed)
    chance = pl.Series(np.random.default_rng(seed).random(n))
    has_returned = (chance < 0.4) & analysis["return_event"].is_not_null()
    analysis = analysis.with_columns(
        return_event=pl.when(has_returned).then(pl.lit("returned")).otherwise("return_event"),
        return_days=pl.when(has_returned)
        .then((pl.col("return_days") * chance + 1).cast(pl.Int64))
        .otherwise("return_days"),
    )
    exact = estimate_state_occupation(analysis, 365)
    curves = protect_curves(estimate_cumulative_incidence(analysis), STRICT)
    released = protect_state_occupation(exact, curves, STRICT)
    check_release_table("state_occupation", released, STRICT)
    return exact, released, curves


def test_states_are_told_on_the_days_of_custody_loss_alone() -> None:
    _, released, curves = _states(2_000, 1)
    days = set(curves.filter(outcome="o4", group="all")["time_days"].drop_nulls())
    told = released.filter(pl.col("time_days").is_not_null())
    assert set(told["time_days"]) <= days
    assert told.filter(pl.col("time_days") > 0)["n"].null_count() == told.filter(pl.col("time_days") > 0).height
    assert set(released["state"]) == set(RELEASED)


def test_figures_are_whole_steps_and_intervals_hold_them() -> None:
    exact, released, _ = _states(2_000, 1)
    step = step_of(exact.item(0, "n"), STRICT)
    figures = released.select("estimate", "conf_low", "conf_high").unpivot()["value"].drop_nulls()
    assert ((figures / step) - (figures / step).round()).abs().max() < 1e-9  # type: ignore[operator]
    shown = released.drop_nulls("conf_low")
    assert (shown["conf_low"] <= shown["estimate"]).all()
    assert (shown["estimate"] <= shown["conf_high"]).all()
    both = shown.sort("time_days").join_asof(exact.sort("time_days"), on="time_days", by="state", suffix="_exact")
    assert (both["conf_low"] <= both["conf_low_exact"] + 1e-9).all()
    assert (both["conf_high"] >= both["conf_high_exact"] - 1e-9).all()


def test_a_small_state_is_hidden_and_ten_are_not() -> None:
    exact, released, _ = _states(2_000, 1)
    counts = exact.select("time_days", "n_in_state", state=pl.col("state").replace({"elsewhere": "elsewhere_or_dead"}))
    told = released.filter(
        pl.col("time_days").is_not_null(), ~((pl.col("state") == "returned") & (pl.col("time_days") == 0))
    )
    # Elsewhere or dead is told by those elsewhere alone: the dead of the mother's custody are in the other curve.
    elsewhere = exact.filter(state="elsewhere").select("state", "time_days", "n_in_state")
    own = pl.concat([counts.filter(pl.col("state").is_in(RELEASED[:3])).select(elsewhere.columns), elsewhere])
    joined = (
        told.with_columns(pl.col("state").replace({"elsewhere_or_dead": "elsewhere"}))
        .sort("time_days")
        .join_asof(own.sort("time_days"), on="time_days", by="state")
    )
    assert joined["n_in_state"].min() >= STRICT.threshold  # type: ignore[operator]
    assert joined.filter(state="returned").height > 3


def _width(rows: dict[str, dict[str, Any]], exact: float, hidden: str, step: float) -> float:
    """How far apart the values of a hidden state can lie for a reader who knows the mother's custody exactly."""
    from scipy.optimize import linprog  # noqa: PLC0415

    bounds = []
    for state in RELEASED:
        row = rows.get(state)
        if row is None:
            bounds.append((0.0, 1.0))
        elif state == "with_mother":
            bounds.append((exact, exact))
        else:
            bounds.append((max(row["estimate"] - step / 2, 0.0), row["estimate"] + step / 2))
    goal = np.array([state == hidden for state in RELEASED], dtype=float)
    ends = [linprog(sign * goal, A_eq=np.ones((1, 4)), b_eq=[1.0], bounds=bounds) for sign in (1, -1)]
    assert all(end.success for end in ends)
    return float(-ends[1].fun - ends[0].fun)


@pytest.mark.parametrize("seed", range(12))
def test_a_hidden_state_cannot_be_narrowed_to_fewer_than_ten(seed: int) -> None:
    exact, released, _ = _states((300, 700, 1_500, 2_500)[seed % 4], seed)
    n = exact.item(0, "n")
    step = step_of(n, STRICT)
    told = released.filter(pl.col("time_days") > 0)
    checked = 0
    for (day,), part in told.partition_by("time_days", as_dict=True).items():
        rows = {row["state"]: row for row in part.iter_rows(named=True)}
        now = exact.filter(pl.col("time_days") <= day, state="with_mother")["estimate"][-1]
        for state in set(RELEASED) - rows.keys():
            checked += 1
            assert _width(rows, now, state, step) * n >= STRICT.threshold - 1e-6
    assert checked or not told.height or seed % 4 == 3


def test_a_small_cohort_tells_nothing() -> None:
    _, released, _ = _states(80, 1)
    assert released["status"].to_list() == ["suppressed_secondary"] * 4
    assert released["time_days"].null_count() == 4


@pytest.mark.parametrize("name", ["state_occupation", "time_lost"])
def test_without_curves_nothing_is_released(name: str) -> None:
    analysis = make_analysis_table(300, 1)
    with pytest.raises(DyadlinkError, match=f"table {name}: it comes without the curves"):
        protect_all({name: estimate_state_occupation(analysis, 365)}, STRICT)


def test_a_landmark_model_gives_estimates_and_no_count() -> None:
    spec = ModelSpec(
        name="o4_landmark", role="sensitivity", outcome="o4", population="in_custody_at_t2", family="cox",
        terms=(Term(name="has_domestic_abuse", kind="binary"),), landmark_days=90,
    )  # fmt: skip
    whole = spec.model_copy(update={"name": "o4", "landmark_days": None, "time_varying": ("readmission",)})
    released = protect_estimates(fit_models(make_analysis_table(3_000, 1), [spec, whole]), STRICT)
    check_release_table("estimates", released, STRICT)
    landmark, varying = (released.filter(model=name) for name in ("o4_landmark", "o4"))
    assert landmark["estimate"].null_count() == 0
    assert landmark.select("n", "n_events").null_count().row(0) == (2, 2)
    assert varying.select("n", "n_events").null_count().row(0) == (0, 0)
    assert (varying["time_varying"] == "readmission").all()
