"""Keeps the true marginal quantities with the parameters they were found for."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.parameters import Parameters

STORED_NAME = "marginal_truth.csv"
PARTS = ("mothers", "infants", "period", "effects", "course")
ADMISSIONS = ("service_type", "age_at_t1_mean_days", "stay_median_days", "stay_sigma", "transfer")
SOCIAL_CARE = ("lost_by_t2", "on_plan_at_t2", "loss_correlation", "plan_correlation")


def parameters_digest(p: Parameters) -> str:
    """Return a digest of the values that the marginal quantities depend on; sources do not count."""
    used = {part: getattr(p, part).model_dump(mode="json") for part in PARTS}
    used["admissions"] = p.admissions.model_dump(mode="json", include=set(ADMISSIONS))
    used["social_care"] = p.social_care.model_dump(mode="json", include=set(SOCIAL_CARE))
    return hashlib.sha256(json.dumps(_values(used), sort_keys=True).encode()).hexdigest()[:16]


def _values(node: object) -> object:
    if isinstance(node, dict):
        return _values(node["value"]) if set(node) == {"value", "source"} else {k: _values(v) for k, v in node.items()}
    return node


def store_marginal_truth(found: pl.DataFrame, n: int, p: Parameters, path: Path) -> None:
    """Write the quantities with the number of dyads and the digest of the parameters."""
    found.with_columns(n_dyads=pl.lit(n), parameters=pl.lit(parameters_digest(p))).write_csv(path)


def copy_marginal_truth(parameters: Path, p: Parameters, truth: Path) -> None:
    """Write truth/marginal.csv where the quantities stored beside the parameters belong to them.

    After a change of the parameters there is no such file until benchmarks/marginal_truth.py has run again.
    """
    stored = parameters.parent / STORED_NAME
    if stored.exists():
        found = pl.read_csv(stored, infer_schema_length=None, schema_overrides={"parameters": pl.String})
        if found["parameters"].unique().to_list() == [parameters_digest(p)]:
            write_csv(found.drop("parameters"), truth / "marginal.csv")
