"""Partners, and older brothers and sisters who were removed before the index birth."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.background import CHILD_COLUMNS
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.people import bernoulli
from dyadlink.synthetic.places import day
from dyadlink.synthetic.randomness import Topic, generator, pick, spread, with_uniforms

MORE_REMOVALS = ("personality_disorder", "schizophrenia_spectrum", "substance")
ORDERS = {"E12": 0.35, "E11": 0.15, "E45": 0.25, "E47": 0.15, "E41": 0.10}


def with_family(dyads: pl.DataFrame, seed: int, p: Parameters) -> pl.DataFrame:
    """Return the dyads with `earlier_removals` (older children removed before) and `has_partner`, true of the mother.

    A mother who is not single has a partner; a share of the single ones has one who lives elsewhere.
    """
    rng = generator(seed, Topic.REMOVALS)
    columns = ("mother", "parity_at_first", "diagnosis_group", "is_single")
    mothers = dyads.select(columns).unique("mother", keep="first", maintain_order=True)
    raised = mothers["diagnosis_group"].is_in(MORE_REMOVALS).to_numpy().astype(np.float64)
    score = raised * np.log(p.course.earlier_removal_odds_personality_or_psychosis.value)
    each = [
        bernoulli(rng, score, p.course.earlier_removal_per_child.value).to_numpy()
        for _ in range(int(str(mothers["parity_at_first"].max() or 0)))
    ]
    removed = np.column_stack([*each, np.zeros(mothers.height)]).cumsum(axis=1)
    n_children = mothers["parity_at_first"].to_numpy()
    count = np.where(n_children > 0, removed[np.arange(mothers.height), np.maximum(n_children - 1, 0)], 0)
    elsewhere = pl.Series(rng.random(mothers.height) < p.course.partner_of_single.value)
    facts = mothers.select(
        "mother", earlier_removals=pl.Series(count.astype(np.int64)), has_partner=~pl.col("is_single") | elsewhere
    )
    return dyads.join(facts, on="mother", maintain_order="left")


def draw_removed_siblings(dyads: pl.DataFrame, seed: int, p: Parameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return removed older children with CHILD_COLUMNS, and their one case with a period of care that has ended.

    The period ends before the index birth and inside the returns, by an order or an adoption. A removal that the
    mother's age leaves no room for has no child here.
    """
    rng = generator(seed, Topic.REMOVED_SIBLINGS)
    rows = dyads.filter(pl.col("birth_no") == 1, pl.col("twin_no") == 1, pl.col("earlier_removals") > 0)
    rows = rows.select(*(set(rows.columns) - {"infant_sex", "expected_birth"}), order="earlier_removals")
    rows = rows.sort("dyad").with_columns(order=pl.int_ranges(0, pl.col("order"))).explode("order")
    rows = with_uniforms(rows, rng, "u_end", "u_care", "u_birth", "u_referral", "u_sex")
    opens = day(p.period.mhsds_start.value)
    rows = rows.rename({"birth": "index_birth"}).with_columns(
        fixed_reason=pick(rng, rows.height, ORDERS),
        fixed_end=spread("u_end", pl.lit(opens), pl.max_horizontal(pl.col("index_birth") - 30, pl.lit(opens))),
    )
    rows = rows.with_columns(care_start=pl.col("fixed_end") - spread("u_care", 300, 700))
    oldest = pl.col("mother_birth") + 15 * 365
    rows = rows.with_columns(birth=pl.max_horizontal(pl.col("care_start") - spread("u_birth", 1, 900), oldest))
    rows = rows.filter(pl.col("birth") < pl.col("care_start")).with_columns(
        referral=pl.max_horizontal(pl.col("care_start") - spread("u_referral", 1, 120), pl.col("birth") - 100),
        woman="mother",
        expected_birth=pl.col("birth") + 3,
        infant_sex=pl.when(pl.col("u_sex") < 0.51).then(1).otherwise(2).cast(pl.Int64),
    )
    none = [pl.lit(None, pl.Int64).alias(n) for n in ("s47", "plan_start", "plan_end", "cin_start", "together_end")]
    cases = rows.select(
        "referral",
        "care_start",
        "fixed_end",
        "fixed_reason",
        *none,
        apart_from="care_start",
        closure="fixed_end",
        seq=pl.lit(1, pl.Int64),
        no_action=pl.lit(value=False),
        is_short_break=pl.lit(value=False),
    )
    return rows.select(CHILD_COLUMNS), cases
