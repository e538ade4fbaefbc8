"""Released risks and E-values: what hides them, how they are rounded, and that E-values come from what is shown."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from test_protect_shapes import estimate_of

from dyadlink.disclosure import Profile, protect_all
from dyadlink.disclosure.checks import check_release_table
from dyadlink.disclosure.e_values import e_value, e_values
from dyadlink.disclosure.estimates import protect_estimates
from dyadlink.disclosure.marginal_risks import protect_marginal_risks

COUNTS = {
    "n": 1004, "n_events": 304, "n_level": 400, "n_events_level": 150, "n_reference": 604, "n_events_reference": 154,
}  # fmt: skip


def risks_of(**changes: Any) -> pl.DataFrame:
    row = {
        "model": "m", "role": "primary", "outcome": "o1", "population": "all", "method": "maximum_likelihood",
        "weighting": "none", "term": "is_single", "level": "yes", "reference": "no", "std_error": 0.02, **COUNTS,
        "n_parameters": 5,
    }  # fmt: skip
    figures = {"risk": (0.37456, 0.33149, 0.41501), "difference": (0.12454, 0.07, 0.181), "ratio": (1.4987, 1.25, 1.79)}
    names = ("estimate", "conf_low", "conf_high")
    rows = [row | {"quantity": q} | dict(zip(names, values, strict=True)) | changes for q, values in figures.items()]
    return pl.DataFrame(rows, infer_schema_length=None)


def _shown(frame: pl.DataFrame, quantity: str) -> tuple[str, Any]:
    row = frame.filter(quantity=quantity).row(0, named=True)
    return row["status"], row["estimate"]


def test_a_risk_is_given_in_whole_points_and_no_count_with_it(strict: Profile) -> None:
    released = protect_marginal_risks(risks_of(), strict)
    assert [_shown(released, q) for q in ("risk", "difference", "ratio")] == [
        ("shown", 0.37), ("shown", 0.12), ("shown", 1.5),
    ]  # fmt: skip
    assert released.filter(quantity="risk").select("conf_low", "conf_high").row(0) == (0.33, 0.42)
    assert not [column for column in released.columns if column.startswith("n")]
    check_release_table("marginal_risks", released, strict)


@pytest.mark.parametrize(
    ("n_level", "risk"), [(1999, 0.37), (2000, 0.375), (4999, 0.375), (5000, 0.374), (9999, 0.374), (10_000, 0.375)]
)
def test_a_step_is_what_ten_people_make_of_the_smaller_side(strict: Profile, n_level: int, risk: float) -> None:
    """10/2000 is half a point, 10/5000 a fifth, 10/10000 a tenth."""
    large = {"n": 40_000, "n_reference": 30_000, "n_events_reference": 5_000, "n_level": n_level}
    assert _shown(protect_marginal_risks(risks_of(**large), strict), "risk") == ("shown", risk)
    swapped = {"n": 40_000, "n_level": 30_000, "n_events_level": 5_000, "n_reference": n_level}
    assert _shown(protect_marginal_risks(risks_of(**swapped), strict), "risk") == ("shown", risk)


@pytest.mark.parametrize(
    "changes",
    [{"n_events_level": 9}, {"n_events_reference": 9}, {"n_level": 159}, {"n_events": 9}, {"n_parameters": 995}],
)
def test_a_risk_is_hidden_where_the_estimate_is(strict: Profile, changes: dict[str, int]) -> None:
    released = protect_marginal_risks(risks_of(**changes), strict)
    assert set(released["status"]) == {"suppressed_primary"}
    assert released.select("estimate", "conf_low", "conf_high").null_count().row(0) == (3, 3, 3)
    check_release_table("marginal_risks", released, strict)


def test_a_model_of_one_term_shows_no_risks(strict: Profile) -> None:
    """They would be the shares of the level and its reference with the outcome."""
    released = protect_marginal_risks(risks_of(n_parameters=2), strict)
    assert set(released["status"]) == {"suppressed_secondary"}
    assert released["estimate"].null_count() == 3


def test_no_estimate_is_said(strict: Profile) -> None:
    nothing = risks_of(estimate=None, conf_low=None, conf_high=None, std_error=None)
    assert set(protect_marginal_risks(nothing, strict)["status"]) == {"not_estimable"}


def _primary(strict: Profile, **changes: Any) -> dict[str, Any]:
    return e_values(protect_estimates(estimate_of(**changes), strict), pl.DataFrame()).row(0, named=True)


def test_e_values_come_from_the_ratios_shown(strict: Profile) -> None:
    """304 of 1,004 is common: the odds ratio of 2.00 counts as its root; so does the limit of 1.65."""
    row = _primary(strict)
    assert (row["measure"], row["taken_as"], row["ratio"], row["risk_ratio"]) == ("odds_ratio", "common", 2.0, 1.41)
    assert row["e_value"] == round(e_value(2.0**0.5), 2)
    assert row["e_value_limit"] == round(e_value(1.65**0.5), 2)
    assert _primary(strict, estimate=0.69349) == row


def test_up_to_fifteen_in_a_hundred_are_rare(strict: Profile) -> None:
    """By the counts shown: 150 and 160 of 1,000."""
    assert _primary(strict, n_events=154)["taken_as"] == "rare"
    assert _primary(strict, n_events=155)["taken_as"] == "common"


def test_a_hidden_estimate_has_no_e_value(strict: Profile) -> None:
    frame = e_values(protect_estimates(estimate_of(n_events_level=9), strict), pl.DataFrame())
    row = frame.row(0, named=True)
    assert row["status"] == "suppressed_primary"
    assert [row[name] for name in ("ratio", "risk_ratio", "e_value", "e_value_limit")] == [None] * 4
    check_release_table("e_values", frame, strict)


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "secondary"}, {"adjustment": "minimal"}, {"missing_plan": "imputed"},
        {"linkage_plan": "sampled_links"},
        {"weighting": "inverse_probability_of_censoring"}, {"family": "fine_gray"},
    ],
)  # fmt: skip
def test_only_primary_estimates_have_them(strict: Profile, changes: dict[str, str]) -> None:
    assert e_values(protect_estimates(estimate_of(**changes), strict), pl.DataFrame()).is_empty()


def test_ratios_of_risks_stand_beside_odds_ratios(strict: Profile) -> None:
    released = protect_all({"estimates": estimate_of(), "marginal_risks": risks_of()}, strict)
    rows = released["e_values"].rows(named=True)
    assert [row["measure"] for row in rows] == ["odds_ratio", "risk_ratio"]
    assert (rows[1]["taken_as"], rows[1]["ratio"]) == ("exact", 1.5)
    assert rows[1]["e_value"] == round(e_value(1.5), 2)
    assert rows[1]["e_value_limit"] == round(e_value(1.25), 2)
    check_release_table("e_values", released["e_values"], strict)
