"""Released model estimates: hidden where a level, its reference or the model rests on too few people."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.expressions import DECIMALS, null_unless, rounded_count
from dyadlink.disclosure.lone_terms import with_rounded_counts
from dyadlink.disclosure.profiles import Profile
from dyadlink.estimates import Estimates, PlantedEffects
from dyadlink.multiplicity import adjust
from dyadlink.schemas import check_table

_KEYS = [
    *("model", "role", "label", "alternative", "linkage_plan", "missing_plan", "weighting", "adjustment"),
    *("minimal_terms", "threshold", "outcome", "family", "method", "population", "strata", "cluster"),
    *("time_varying", "landmark_days", "term", "level", "reference"),
]
_LOG_SCALE = ["estimate", "std_error", "conf_low", "conf_high"]
_RATIOS = {"ratio": "estimate", "ratio_low": "conf_low", "ratio_high": "conf_high"}
_COLUMNS = [
    *_KEYS,
    "status",
    *_LOG_SCALE,
    *_RATIOS,
    "p_value",
    "p_adjusted",
    "p_adjustment",
    "p_family",
    "fmi",
    "data_sets",
    "n",
    "n_events",
    "parameters",
    "note",
]

_PLANTED_COLUMNS = [
    *("model", "outcome", "term", "level", "status"),
    *("planted", "estimate", "conf_low", "conf_high", "is_covered"),
]

HIDDEN_LEVEL = "withheld: too few people, events or non-events at this level or at its reference"
HIDDEN_MODEL = "withheld: the model rests on too few people, events, non-events or degrees of freedom"
HIDDEN_LONE = "withheld: alone in its fit, the term gives its counts back, and rounded counts would move it too far"
HIDDEN_NOTE = "a note was withheld because it held a number"


def protect_estimates(estimates: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per (model, term, level), in the order of the input.

    Columns: model, role, label, alternative, linkage_plan, missing_plan, weighting, adjustment, minimal_terms,
    threshold, outcome, family, method, population, strata, cluster, time_varying, landmark_days, term, level,
    reference, status (shown, not_estimable, suppressed_primary, suppressed_secondary), estimate, std_error, conf_low,
    conf_high (log scale, three decimals), ratio, ratio_low, ratio_high (their exponentials, three significant digits:
    odds, hazard or subdistribution hazard ratio), p_value and p_adjusted (three decimals), p_adjustment, p_family, fmi
    (three decimals), data_sets, n and n_events (of the model, rounded), parameters, note. Counts by level stay inside:
    with them the categorical terms would be tables. So do n and n_events of a model with a linkage plan, imputed
    covariates, weights or other definitions, and of a negative control: it differs from another model by a few dyads,
    and two roundings side by side can tell of one; and those of a model with a landmark, which leaves out the few who
    had their event before it.

    A level of a term that is alone in its fit is a table of two by two, and its figures would give the cells back: they
    are moved to what rounded counts give, or hidden (suppressed_secondary) where that is far: `with_rounded_counts`.

    p-values are adjusted again, a hidden one counting in its family as if it were 1: so no shown one tells of it.

    Raises:
        ContractError: The frame breaks the contract `Estimates`.
    """
    checked = check_table(estimates, Estimates, "estimates")
    # `is_..` columns are never null: an unknown count hides the row.
    flagged = (
        with_rounded_counts(checked, profile)
        .with_columns(
            is_model_safe=is_model_safe(profile).fill_null(False),
            is_level_safe=is_level_safe(profile).fill_null(False),
        )
        .with_columns(is_safe=pl.col("is_model_safe") & pl.col("is_level_safe"))
    )
    is_kept = (release_status() != "shown") | ~pl.col("is_moved_far")
    status = pl.when(is_kept).then(release_status()).otherwise(pl.lit("suppressed_secondary"))
    told = flagged.with_columns(status=status, note=_note(), parameters="n_parameters").with_columns(
        *null_unless(pl.col("status") == "shown", [*_LOG_SCALE, "p_value", "fmi"])
    )
    return (
        told.with_columns(_adjusted_again(told))
        .with_columns(pl.col(*_LOG_SCALE, "p_value", "p_adjusted", "fmi").round(DECIMALS))
        # Ratios come from what is shown, so that a reader who takes exponentials gets the same.
        .with_columns(pl.col(log).exp().round_sig_figs(3).alias(name) for name, log in _RATIOS.items())
        .with_columns(
            rounded_count("n", profile),
            n_events=pl.when(_has_both_outcomes(profile)).then(rounded_count("n_events", profile)),
        )
        .with_columns(*null_unless(is_counted(), ["n", "n_events"]))
        .select(_COLUMNS)
    )


def protect_planted(planted: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """One row per (model, term, level): the planted effect beside what `protect_estimates` released.

    Columns: model, outcome, term, level, status, planted, estimate, conf_low, conf_high (log scale, three
    decimals; null unless the estimate is shown), is_covered. A row without a released estimate is hidden.

    Raises:
        ContractError: The frame breaks the contract `PlantedEffects`.
    """
    keys = ["model", "term", "level"]
    checked = check_table(planted, PlantedEffects, "planted_effects").select(*keys, "outcome", "planted", "is_covered")
    estimates = released.select(*keys, "status", "estimate", "conf_low", "conf_high")
    return (
        checked.join(estimates, on=keys, how="left", maintain_order="left")
        .with_columns(
            pl.col("status").fill_null("suppressed_primary"),
            pl.col("planted").round(DECIMALS),
            *null_unless(pl.col("status") == "shown", ["is_covered"]),
        )
        .select(_PLANTED_COLUMNS)
    )


def _adjusted_again(told: pl.DataFrame) -> pl.Series:
    """The adjusted p-values of the p-values that are left; none outside a family."""
    adjusted: list[float | None] = [None] * told.height
    rows = told.select("p_value", "p_adjustment", "p_family").with_row_index("place").filter(pl.col("p_family") != "")
    for part in rows.partition_by("p_family", maintain_order=True):
        values = adjust(part.get_column("p_value").to_list(), part.item(0, "p_adjustment"))
        for place, value in zip(part.get_column("place"), values, strict=True):
            adjusted[place] = value
    return pl.Series("p_adjusted", adjusted, dtype=pl.Float64)


def _has_both_outcomes(profile: Profile) -> pl.Expr:
    k = profile.threshold
    return (pl.col("n_events") >= k) & (pl.col("n") - pl.col("n_events") >= k)


def is_counted() -> pl.Expr:
    """Whether n and n_events of a model may stand beside it: it is not one that differs from another by a few dyads."""
    return (
        (pl.col("linkage_plan") == "as_linked")
        & (pl.col("missing_plan") == "complete_case")
        & (pl.col("weighting") == "none")
        & (pl.col("alternative") == "")
        & (pl.col("outcome") != "negative_control")
        & pl.col("landmark_days").is_null()
    )


def is_model_safe(profile: Profile) -> pl.Expr:
    """Whether a model (n, n_events, n_parameters) rests on enough people, events, non-events and degrees of freedom."""
    residual_df = pl.col("n") - pl.col("n_parameters")
    return (residual_df >= profile.minimum_residual_df) & _has_both_outcomes(profile)


def is_level_safe(profile: Profile) -> pl.Expr:
    """Whether the level and its reference are large enough: a categorical term is a table of level by outcome."""
    k = profile.threshold
    cells = [
        count
        for side in ("level", "reference")
        for count in (
            pl.col(f"n_events_{side}"),
            pl.col(f"n_{side}") - pl.col(f"n_events_{side}"),
        )
    ]
    return (pl.col("level") == "") | pl.all_horizontal(cell >= k for cell in cells)


def release_status() -> pl.Expr:
    """The status of a row with `is_safe` and an `estimate`."""
    return (
        pl.when(~pl.col("is_safe"))
        .then(pl.lit("suppressed_primary"))
        .when(pl.col("estimate").is_null())
        .then(pl.lit("not_estimable"))
        .otherwise(pl.lit("shown"))
    )


def _note() -> pl.Expr:
    # "No events at this level" is itself a small count, so a hidden row gives the rule and not the note. And
    # a note may quote a count that was neither checked nor rounded: decimals, per cents, limits ("fewer than
    # 5") and names (T2) may stay, any other number not.
    bare = pl.col("note").str.replace_all(r"fewer than \d+|[A-Za-z_]\w*|\d+\.\d+%?|\d+%", "")
    return (
        pl.when(~pl.col("is_model_safe"))
        .then(pl.lit(HIDDEN_MODEL))
        .when(~pl.col("is_level_safe"))
        .then(pl.lit(HIDDEN_LEVEL))
        .when("is_moved_far")
        .then(pl.lit(HIDDEN_LONE))
        .when(bare.str.contains(r"\d"))
        .then(pl.lit(HIDDEN_NOTE))
        .otherwise(pl.col("note"))
    )
