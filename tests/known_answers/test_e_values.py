"""E-values as published: VanderWeele & Ding 2017, Ann Intern Med 167:268, and the documentation of R's EValue 2.0.

The package prints seven digits; ours agree with all of them.
"""

from __future__ import annotations

import math

import pytest

from dyadlink.disclosure.e_values import as_risk_ratio, e_value, e_value_of_limit

DIGITS = 5e-7

PUBLISHED = {
    # Leukaemia example of the paper; a smoking-like odds ratio and a hazard ratio of common outcomes.
    "evalues.RR(0.80, 0.71, 0.91)": ("risk_ratio", "exact", (0.80, 0.71, 0.91), (0.80, 0.91), (1.809017, 1.428571)),
    "evalues.OR(0.86, 0.75, 0.99, rare = FALSE)": (
        "odds_ratio", "common", (0.86, 0.75, 0.99), (0.9273618, 0.9949874), (1.3689529, 1.0761939),
    ),
    "evalues.HR(0.56, 0.46, 0.69, rare = FALSE)": (
        "hazard_ratio", "common", (0.56, 0.46, 0.69), (0.670084, 0.7735267), (2.349531, 1.9080039),
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", PUBLISHED)
def test_what_the_package_prints(call: str) -> None:
    measure, taken_as, given, risk_ratios, answers = PUBLISHED[call]
    ratio, low, high = (as_risk_ratio(value, measure, taken_as) for value in given)
    assert (ratio, high) == pytest.approx(risk_ratios, abs=DIGITS)
    assert (e_value(ratio), e_value_of_limit(ratio, low, high)) == pytest.approx(answers, abs=DIGITS)


def test_the_papers_first_example() -> None:
    """Feeding and respiratory death: risk ratio 3.9 (1.8 to 8.7) gives 7.26, its limit 3.0."""
    assert round(e_value(3.9), 2) == 7.26
    assert round(e_value_of_limit(3.9, 1.8, 8.7), 1) == 3.0


@pytest.mark.parametrize(("ratio", "low", "high"), [(1.4, 0.9, 2.2), (0.8, 0.5, 1.3), (1.2, 1.0, 1.5)])
def test_an_interval_that_holds_one_needs_no_confounder(ratio: float, low: float, high: float) -> None:
    assert e_value_of_limit(ratio, low, high) == 1.0


def test_up_and_down_are_alike_and_none_is_none() -> None:
    assert e_value(1.25) == e_value(0.8)
    assert e_value(1.0) == 1.0
    for measure in ("odds_ratio", "hazard_ratio"):
        assert as_risk_ratio(1 / 3, measure, "common") == pytest.approx(1 / as_risk_ratio(3, measure, "common"))
        assert as_risk_ratio(3.0, measure, "rare") == 3.0
        assert as_risk_ratio(1.0, measure, "common") == 1.0


def test_the_formula_is_the_bound_itself() -> None:
    """A confounder of strength E with both factor and outcome explains E * E / (2 E - 1) and no more (Ding 2016)."""
    for ratio in (1.2, 2.0, 7.5):
        strength = e_value(ratio)
        assert strength * strength / (2 * strength - 1) == pytest.approx(ratio)
        assert math.isfinite(strength)
