"""Released standardised risks: hidden where a level or the model rests on too few, rounded by the size of the level."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.estimates import is_level_safe, is_model_safe, release_status
from dyadlink.disclosure.expressions import DECIMALS, null_unless
from dyadlink.disclosure.lone_terms import has_one_term
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import MarginalRisks
from dyadlink.schemas import check_table

_FIGURES = ["estimate", "conf_low", "conf_high"]
_STEPS = (0.001, 0.002, 0.005, 0.01)


def protect_marginal_risks(risks: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (model, term, level, quantity), in the order of the input.

    Columns: model, role, outcome, population, method, weighting, term, level, reference, quantity (risk, difference,
    ratio), status (shown, not_estimable, suppressed_primary, suppressed_secondary), estimate, conf_low, conf_high.

    Rows are hidden as the estimates of the same level are. A risk is near the share of the level with the outcome, but
    the other terms stand between: risks and differences come in steps of at least what `rounding_base` people make at
    the smaller of level and reference, and of one hundredth where these are few; ratios with three significant digits.
    All are rounded from unrounded figures: a difference can be a step off that of the risks shown. Of a model of one
    term a risk is that share itself: all its rows are hidden (suppressed_secondary).

    Raises:
        ContractError: The frame breaks the contract `MarginalRisks`.
    """
    checked = check_table(risks, MarginalRisks, "marginal_risks")
    is_safe = is_model_safe(profile).fill_null(False) & is_level_safe(profile).fill_null(False)
    n_smaller = pl.min_horizontal("n_level", "n_reference").fill_null(pl.col("n"))
    flagged = checked.with_columns(is_safe=is_safe, step=_step(profile.rounding_base / n_smaller))
    status = (
        pl.when((release_status() == "shown") & has_one_term())
        .then(pl.lit("suppressed_secondary"))
        .otherwise(release_status())
    )
    return (
        flagged.with_columns(status=status)
        .with_columns(*null_unless(pl.col("status") == "shown", _FIGURES))
        .with_columns(_rounded(name).alias(name) for name in _FIGURES)
        .select(
            *("model", "role", "outcome", "population", "method", "weighting", "term", "level", "reference"),
            *("quantity", "status", *_FIGURES),
        )
    )


def _step(least: pl.Expr) -> pl.Expr:
    """The smallest step that is no smaller; the largest where none is."""
    step = pl.lit(_STEPS[-1])
    for candidate in reversed(_STEPS):
        step = pl.when(least <= candidate).then(pl.lit(candidate)).otherwise(step)
    return step


def _rounded(name: str) -> pl.Expr:
    stepped = ((pl.col(name) / pl.col("step")).round() * pl.col("step")).round(DECIMALS)
    return pl.when(pl.col("quantity") == "ratio").then(pl.col(name).round_sig_figs(3)).otherwise(stepped)
