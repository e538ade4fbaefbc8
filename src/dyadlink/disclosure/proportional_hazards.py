"""Released tests of proportional hazards: hidden where a model, or a level of the term, rests on too few people."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.estimates import is_model_safe
from dyadlink.disclosure.expressions import DECIMALS, null_unless
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import ProportionalHazards
from dyadlink.schemas import check_table

_FIGURES = ["statistic", "df", "p_value"]


def protect_proportional_hazards(tests: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (model, term), in the order of the input.

    Columns: model, outcome, population, term, status (shown, not_estimable, suppressed_primary), statistic (three
    significant digits), df, p_value (three decimals). A term is hidden where one of its levels has too few dyads with
    or without the event, as its estimates are; the test of all terms where the model as a whole is.

    Raises:
        ContractError: The frame breaks the contract `ProportionalHazards`.
    """
    checked = check_table(tests, ProportionalHazards, "proportional_hazards")
    is_safe = is_model_safe(profile) & (pl.col("n_smallest").is_null() | (pl.col("n_smallest") >= profile.threshold))
    status = (
        pl.when(~is_safe)
        .then(pl.lit("suppressed_primary"))
        .when(pl.col("statistic").is_null())
        .then(pl.lit("not_estimable"))
        .otherwise(pl.lit("shown"))
    )
    return (
        checked.with_columns(status=status)
        .with_columns(*null_unless(pl.col("status") == "shown", _FIGURES))
        .with_columns(pl.col("statistic").round_sig_figs(3), pl.col("p_value").round(DECIMALS))
        .select("model", "outcome", "population", "term", "status", *_FIGURES)
    )
