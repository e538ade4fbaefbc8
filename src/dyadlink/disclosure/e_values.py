"""How strong an unmeasured confounder would have to be, worked out from the released ratios."""

from __future__ import annotations

import math

import polars as pl

COMMON_ABOVE = 0.15
"""Share with the outcome above which neither an odds ratio nor a hazard ratio is near the ratio of risks."""

_KEYS = ["model", "outcome", "population", "term", "level", "reference"]
_SCHEMA: dict[str, type[pl.DataType]] = {
    **dict.fromkeys([*_KEYS, "measure", "taken_as", "status"], pl.String),
    **dict.fromkeys(["ratio", "risk_ratio", "e_value", "e_value_limit"], pl.Float64),
}
_MEASURES = {"logistic": "odds_ratio", "firth": "odds_ratio", "cox": "hazard_ratio"}


def e_values(estimates: pl.DataFrame, risks: pl.DataFrame) -> pl.DataFrame:
    """One row per (model, term, level, measure) of the primary models that take the links for certain.

    VanderWeele & Ding 2017, Ann Intern Med 167:268: the least risk ratio that an unmeasured confounder would need with
    both the factor and the outcome, beyond the model's terms, to explain the estimate away (`e_value`), and to make the
    interval hold 1 (`e_value_limit`, 1 where it does already).

    Columns: model, outcome, population, term, level, reference, measure (odds_ratio, hazard_ratio, or risk_ratio of the
    standardised risks), taken_as (how `ratio` became `risk_ratio`: rare, common or exact), status, ratio, risk_ratio,
    e_value, e_value_limit (two decimals). Where more than 15% have the outcome, or the share is not shown, an odds
    ratio counts as its square root, and a hazard ratio by the paper's formula for a common outcome; else as they are.

    Args:
        estimates: What `protect_estimates` releases.
        risks: What `protect_marginal_risks` releases; without rows where there is none.
    """
    is_primary = (
        (pl.col("role") == "primary")
        & (pl.col("linkage_plan") == "as_linked")
        & (pl.col("missing_plan") == "complete_case")
        & (pl.col("weighting") == "none")
        & (pl.col("adjustment") == "full")
        & pl.col("family").is_in(list(_MEASURES))
    )
    share = pl.col("n_events") / pl.col("n")
    primary = estimates.filter(is_primary).with_columns(
        measure=pl.col("family").replace_strict(_MEASURES, return_dtype=pl.String),
        taken_as=pl.when(share <= COMMON_ABOVE).then(pl.lit("rare")).otherwise(pl.lit("common")),
    )
    columns = [*_KEYS, "measure", "taken_as", "status"]
    parts = [primary.select(*columns, "ratio", "ratio_low", "ratio_high")]
    if risks.height:
        ratios = risks.filter(pl.col("quantity") == "ratio").join(primary, on="model", how="semi")
        of_risks = ratios.with_columns(measure=pl.lit("risk_ratio"), taken_as=pl.lit("exact"))
        parts.append(of_risks.select(*columns, ratio="estimate", ratio_low="conf_low", ratio_high="conf_high"))
    rows = [
        {**row, **_figures(row)} if row["status"] == "shown" and row["ratio_low"] is not None else _without(row)
        for row in pl.concat(parts).iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _without(row: dict[str, object]) -> dict[str, object]:
    # A limit that was not found leaves nothing to say: the estimate stands among the estimates.
    status = "not_estimable" if row["status"] == "shown" else row["status"]
    return row | {"status": status, "ratio": None}


def _figures(row: dict[str, object]) -> dict[str, float]:
    ratio, low, high = (
        as_risk_ratio(float(row[name]), str(row["measure"]), str(row["taken_as"]))  # type: ignore[arg-type]
        for name in ("ratio", "ratio_low", "ratio_high")
    )
    return {
        "risk_ratio": round(ratio, 2),
        "e_value": round(e_value(ratio), 2),
        "e_value_limit": round(e_value_of_limit(ratio, low, high), 2),
    }


def as_risk_ratio(ratio: float, measure: str, taken_as: str) -> float:
    """The risk ratio that an odds or hazard ratio is taken for, by whether the outcome is rare or common."""
    if measure == "odds_ratio" and taken_as == "common":
        return math.sqrt(ratio)
    if measure == "hazard_ratio" and taken_as == "common":
        return float((1 - 0.5 ** math.sqrt(ratio)) / (1 - 0.5 ** math.sqrt(1 / ratio)))
    return ratio


def e_value(risk_ratio: float) -> float:
    """Of a risk ratio, on either side of 1; no less than 1."""
    away = max(risk_ratio, 1 / risk_ratio)
    return away + math.sqrt(away * (away - 1))


def e_value_of_limit(risk_ratio: float, low: float, high: float) -> float:
    """Of the end of the interval that lies nearer to 1; 1 where the interval holds 1."""
    limit = low if risk_ratio >= 1 else high
    return 1.0 if low <= 1 <= high else e_value(limit)
