"""The parameters of a linkage model as a table: what the model card shows and a waterfall adds up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from dyadlink.linkage.comparisons import numbered_levels
from dyadlink.schemas import check_table
from dyadlink.schemas.link_quality import LinkageModel

PRIOR = "prior"


def model_table(model: Mapping[str, Any]) -> pl.DataFrame:
    """The parameters of a linkage model as a table.

    Args:
        model: As `train` returns it, or `read_model`.

    Returns:
        As in `LinkageModel`: the prior (m: probability that two random records match), then each comparison with its
        levels from full to no agreement; a missing value has no row, it adds nothing.

    Source: Fellegi & Sunter 1969, J Am Stat Assoc 64:1183.
    """
    prior = float(model["probability_two_random_records_match"])
    rows: list[dict[str, Any]] = [
        {"comparison": PRIOR, "agreement": 0, "level": "two records taken at random", "m": prior, "u": 1 - prior}
    ]
    for comparison in model["comparisons"]:
        rows += [
            {"comparison": comparison["output_column_name"], "agreement": agreement, **_parameters(level)}
            for agreement, level in numbered_levels(comparison)
            if agreement >= 0
        ]
    weighed = [{**row, "weight": _weight(row["m"], row["u"])} for row in rows]
    return check_table(pl.DataFrame(weighed, schema=LinkageModel.create_empty().schema), LinkageModel, "linkage_model")


def _parameters(level: Mapping[str, Any]) -> dict[str, Any]:
    words = level.get("label_for_charts") or level["sql_condition"]
    return {"level": words, "m": level.get("m_probability"), "u": level.get("u_probability")}


def _weight(m: float | None, u: float | None) -> float | None:
    return math.log2(m / u) if m and u else None
