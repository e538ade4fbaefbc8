"""Sample sizes against figures worked out from the published criteria (Nagelkerke's R-squared 0.15, shrinkage 0.9)."""

from __future__ import annotations

import pytest

from dyadlink.sample_size import dyads_needed


@pytest.mark.parametrize(
    ("share", "n_parameters", "n"), [(99 / 278, 10, 773), (99 / 278, 15, 1160), (0.10, 5, 603), (0.10, 10, 1205)]
)
def test_shrinkage_asks_for_the_published_number(share: float, n_parameters: int, n: int) -> None:
    assert dyads_needed(share, n_parameters) == n


def test_events_per_parameter_are_those_published() -> None:
    assert round(dyads_needed(99 / 278, 10) * (99 / 278) / 10, 1) == 27.5
    assert dyads_needed(0.10, 5) * 0.10 / 5 == pytest.approx(12.0, abs=0.1)


def test_a_small_model_still_needs_the_overall_risk() -> None:
    # (1.96 / 0.05)^2 / 4, worked out by hand.
    assert dyads_needed(0.5, 1) == 385
