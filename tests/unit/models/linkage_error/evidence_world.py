"""A small study whose links are uncertain, made by hand from a random analysis table."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.linkage_plans import LinkagePlan
from dyadlink.models.specification import ModelSpec

NOTHING = {
    "o1": False, "is_linked": False, "is_custody_lost_by_t2": False, "is_on_plan_at_t2": False, "o2_any": False,
    "csc_level_birth": "none", "csc_level_t1": "none", "csc_level_t2": "none", "csc_level_episode": "none",
}  # fmt: skip
TERMS = (
    {"name": "deprivation", "kind": "linear"},
    {"name": "has_domestic_abuse", "kind": "binary"},
    {"name": "ethnicity", "kind": "categorical", "reference": "white"},
)


def model_of(plan: LinkagePlan, **changes: Any) -> ModelSpec:
    """The O1 model with a linkage plan."""
    row = {"name": "m", "outcome": "o1", "population": "all", "family": "logistic", "terms": TERMS} | changes
    role = "primary" if plan.plan == "as_linked" else "sensitivity"
    return ModelSpec.model_validate({**row, "role": role, "linkage": plan})


def evidence_of(analysis: pl.DataFrame, probability: float, seed: int = 1) -> LinkEvidence:
    """Every linked dyad has one candidate, its link, of that match probability; without it nothing is recorded.

    A link of less than .9 is none as linked.
    """
    rng = np.random.default_rng(seed)
    linked = analysis.filter("is_linked").sort("dyad_id")
    wobble = rng.uniform(0.98, 1.0, linked.height) if probability < 1 else np.ones(linked.height)
    candidates = linked.select(
        infant_id=pl.format("i{}", pl.col("dyad_id").cast(pl.String).str.zfill(6)),
        child_key=pl.format("301:{}", pl.col("dyad_id").cast(pl.String).str.zfill(6)),
        la_code=pl.lit("301"),
        dyad_id="dyad_id",
        match_probability=pl.Series(np.clip(probability * wobble, 0, 1 - 1e-9)),
    ).with_columns(is_link=pl.col("match_probability") >= 0.9)
    none = linked.with_columns(**{name: pl.lit(value) for name, value in NOTHING.items()})
    rows = pl.concat([
        none.with_columns(child_keys=pl.lit("")),
        linked.with_columns(child_keys=candidates["child_key"]),
    ]).sort("dyad_id", "child_keys").with_columns(variant_id=pl.int_range(1, pl.len() + 1))  # fmt: skip
    variants = rows.select("variant_id", "dyad_id", "child_keys")
    bare = LinkEvidence(analysis, candidates, variants, rows.drop("child_keys"))
    as_linked = bare.analysis_of(candidates["is_link"].to_numpy())
    return LinkEvidence(as_linked, candidates, variants, rows.drop("child_keys"))
