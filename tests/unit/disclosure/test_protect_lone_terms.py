"""A term alone in its fit is a table of two by two: what is released of it gives rounded counts and no others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_protect_shapes import estimate_of

from dyadlink.disclosure import Profile
from dyadlink.disclosure.checks import check_release_table
from dyadlink.disclosure.estimates import HIDDEN_LONE, protect_estimates

TABLES = [(62, 338, 204, 596), (118, 282, 155, 845), (97, 203, 351, 449)]
"""With and without the outcome at the level, then at the reference."""


def crude(cells: tuple[int, int, int, int], **changes: Any) -> pl.DataFrame:
    """The maximum-likelihood estimate of a lone binary term."""
    a, b, c, d = cells
    estimate, error = math.log(a * d / (b * c)), math.sqrt(sum(1 / cell for cell in cells))
    told = {
        "method": "maximum_likelihood", "adjustment": "unadjusted", "estimate": estimate, "std_error": error,
        "conf_low": estimate - 1.96 * error, "conf_high": estimate + 1.96 * error,
        "p_value": math.erfc(abs(estimate / error) / math.sqrt(2)), "n": sum(cells), "n_events": a + c,
        "n_level": a + b, "n_events_level": a, "n_reference": c + d, "n_events_reference": c, "n_parameters": 2,
    }  # fmt: skip
    return estimate_of(**(told | changes))


def released(cells: tuple[int, int, int, int], strict: Profile, **changes: Any) -> dict[str, Any]:
    return protect_estimates(crude(cells, **changes), strict).row(0, named=True)


@pytest.mark.parametrize("cells", TABLES)
def test_what_is_shown_is_what_the_rounded_counts_give(strict: Profile, cells: tuple[int, int, int, int]) -> None:
    rounded = tuple((cell + 5) // 10 * 10 for cell in cells)
    row, of_rounded = released(cells, strict), crude(rounded).row(0, named=True)  # type: ignore[arg-type]
    for figure in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        assert row[figure] == pytest.approx(of_rounded[figure], abs=5.1e-4), figure
    assert row["status"] == "shown"


@pytest.mark.parametrize("cells", TABLES)
def test_every_table_that_rounds_alike_gives_the_same_release(
    strict: Profile, cells: tuple[int, int, int, int]
) -> None:
    """So a reader cannot tell them apart: each cell keeps all ten of its values, whatever the totals allow."""
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(60):
        others = tuple(int((cell + 5) // 10 * 10 + rng.integers(-5, 5)) for cell in cells)
        row = released(others, strict, n=sum(cells), n_events=cells[0] + cells[2])  # type: ignore[arg-type]
        seen.add(tuple(row[name] for name in ("estimate", "std_error", "conf_low", "conf_high", "p_value", "ratio")))
    assert len(seen) == 1


def test_left_alone_the_figures_would_give_the_cells_back() -> None:
    """The reason for the rule: of all tables with these totals, rounded, few fit three decimals of ratio and error."""
    a, b, c, d = 62, 338, 204, 596
    grid = np.meshgrid(*(np.arange((x + 5) // 10 * 10 - 5, (x + 5) // 10 * 10 + 5) for x in (a, b, c, d)))
    cells = np.stack([axis.ravel() for axis in grid]).astype(float)
    ratio = np.log(cells[0] * cells[3] / (cells[1] * cells[2])).round(3)
    error = np.sqrt((1 / cells).sum(axis=0)).round(3)
    one = crude((a, b, c, d)).row(0, named=True)
    fits = (ratio == round(one["estimate"], 3)) & (error == round(one["std_error"], 3))
    assert len(np.unique(cells[0, fits])) < 10


def test_where_rounding_moves_far_the_row_is_hidden(strict: Profile) -> None:
    """5/20 + 5/180 is more than a fifth on the log scale; of 30 it is not."""
    few = protect_estimates(crude((20, 180, 2000, 8000)), strict)
    row = few.row(0, named=True)
    assert (row["status"], row["estimate"], row["ratio"], row["p_value"]) == ("suppressed_secondary", *(None,) * 3)
    assert row["note"] == HIDDEN_LONE
    check_release_table("estimates", few, strict)
    assert released((30, 270, 2000, 8000), strict)["status"] == "shown"


def test_a_small_cell_is_hidden_for_its_own_sake(strict: Profile) -> None:
    assert released((9, 271, 2000, 8000), strict)["status"] == "suppressed_primary"


def test_clustering_and_time_are_kept(strict: Profile) -> None:
    """A standard error a tenth above that of the table stays a tenth above; a hazard ratio moves with its counts."""
    cells = (62, 338, 204, 596)
    plain = released(cells, strict)["std_error"]
    wide = released(cells, strict, std_error=1.1 * crude(cells)["std_error"].item())["std_error"]
    assert wide == pytest.approx(1.1 * plain, abs=1e-3)
    hazards = released(cells, strict, family="cox", method="partial_likelihood", estimate=-0.5)
    moved = math.log(60 / 400) - math.log(200 / 800) - math.log(62 / 400) + math.log(204 / 800)
    assert hazards["estimate"] == pytest.approx(-0.5 + moved, abs=5.1e-4)


def test_a_model_of_one_term_is_treated_alike_and_one_of_more_is_left(strict: Profile) -> None:
    cells = (62, 338, 204, 596)
    assert released(cells, strict, adjustment="full") == released(cells, strict) | {"adjustment": "full"}
    # The only minimal term is told from a fit of itself.
    minimal = {"adjustment": "minimal", "minimal_terms": "is_single"}
    assert released(cells, strict, **minimal) == released(cells, strict) | minimal
    two = minimal | {"minimal_terms": "deprivation and is_single", "n_parameters": 3}
    assert released(cells, strict, **two)["estimate"] == pytest.approx(crude(cells)["estimate"].item(), abs=5.1e-4)
    several = released(cells, strict, adjustment="full", n_parameters=5)
    assert several["estimate"] == pytest.approx(crude(cells)["estimate"].item(), abs=5.1e-4)


def test_a_number_alone_is_no_table(strict: Profile) -> None:
    linear = {"level": "", "reference": "", "n_level": None, "n_events_level": None, "n_reference": None}
    row = released((62, 338, 204, 596), strict, **linear, n_events_reference=None, estimate=0.1234)
    assert (row["status"], row["estimate"]) == ("shown", 0.123)
