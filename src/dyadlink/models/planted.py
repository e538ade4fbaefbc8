"""Compares estimates with the effects that the generator planted; synthetic data only."""

from __future__ import annotations

import polars as pl

from dyadlink.estimates import PlantedEffects
from dyadlink.schemas import check_table


def compare_with_planted(estimates: pl.DataFrame, effects: pl.DataFrame) -> pl.DataFrame:
    """Each fully adjusted estimate of complete cases, certain links and own definitions, beside the effect planted.

    Models with readmission are left out: their terms are those of a model without it, and repeat it.

    Args:
        estimates: As in `Estimates`.
        effects: One row per (outcome, family, term, level) with `effect` on the log scale; level '' for a
            linear term and 'yes' for a binary one, against the reference level that the model uses.

    Returns:
        One row per (model, term, level) in the order of the estimates; `is_covered` is null where the model
        has no estimate. Terms without a planted effect, and effects that no model estimates, are left out.

    Raises:
        ContractError: An effect of some model is listed twice, so that the result breaks `PlantedEffects`.
    """
    keys = ["outcome", "family", "term", "level"]
    planted = effects.select(*keys, planted=pl.col("effect").cast(pl.Float64))
    # Firth's penalty aims at the same odds ratios.
    is_whole_time = (pl.col("time_varying") == "") & pl.col("landmark_days").is_null()
    is_plain = (pl.col("alternative") == "") & (pl.col("adjustment") == "full")
    certain = estimates.filter(
        is_whole_time, is_plain, linkage_plan="as_linked", missing_plan="complete_case"
    ).with_columns(pl.col("family").replace("firth", "logistic"))
    compared = certain.join(planted, on=keys, how="inner", maintain_order="left").with_columns(
        is_covered=pl.col("planted").is_between("conf_low", "conf_high")
    )
    return check_table(compared, PlantedEffects, "planted_effects")
