"""All children known to an authority, their cases and periods of care, put together from both sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.synthetic.background import (
    ADULT_DAYS,
    draw_background_cases,
    draw_population,
    draw_siblings,
)
from dyadlink.synthetic.care import build_care
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import AREAS_PER_AUTHORITY
from dyadlink.synthetic.randomness import Topic, generator, spread, with_uniforms
from dyadlink.synthetic.records import CareRecords, build_records
from dyadlink.synthetic.social_care import CASE_COLUMNS, draw_dyad_cases

RETURN_MARGIN_DAYS = 10


@dataclass(frozen=True)
class SocialCareWorld:
    """Children (one row per authority and child), their case plans, records and episodes of care."""

    children: pl.DataFrame
    cases: pl.DataFrame
    records: CareRecords
    care: pl.DataFrame


def build_social_care(
    dyads: pl.DataFrame, places: pl.DataFrame, n_children: int, seed: int, p: Parameters
) -> SocialCareWorld:
    """Return every child known to an authority with what the authority records.

    Args:
        dyads: One row per dyad with outcomes, `area_id` and `baby`.
        places: The authorities.
        n_children: The number of pairs of authority and child.
        seed: The seed of the world.
        p: The parameters.

    Raises:
        ConfigError: If the dyad infants alone are more than n_children.
    """
    rng = generator(seed, Topic.DYAD_CASES)
    cases = _with_authority(draw_dyad_cases(dyads, rng, p), dyads, len(places), rng, p)
    own = _dyad_children(cases, dyads)
    rng = generator(seed, Topic.BACKGROUND)
    n_siblings = round(p.social_care.siblings_per_dyad.value * own.height)
    known = dyads.join(cases.select("dyad").unique(), on="dyad", how="semi", maintain_order="left")
    siblings = draw_siblings(known, n_siblings, rng, p)
    n_rest = n_children - own.height - siblings.height
    if n_rest < 0:
        raise ConfigError("too few children for so many dyads", where="synthetic preset", mend="raise n_children")
    rest = pl.concat([siblings, draw_population(n_rest, places, rng, p)])
    rest = rest.with_columns(child=own.height + pl.int_range(pl.len(), dtype=pl.Int64))
    children = _all_children(own, rest, places, rng)
    ends = places.select("la", end=pl.col("coverage_end").cast(pl.Int32).cast(pl.Int64))
    other = draw_background_cases(rest.join(ends, on="la", maintain_order="left"), rng, p)
    numbered = cases.join(own.select("child", "dyad", "la"), on=["dyad", "la"], maintain_order="left")
    every = _all_cases(numbered, other, children, dyads)
    care = build_care(_periods(every), generator(seed, Topic.CARE), p)
    every = _close_after_care(every, care, generator(seed, Topic.RECORDS))
    records = build_records(every, generator(seed, Topic.RECORDS), p)
    return SocialCareWorld(children=children, cases=every, records=records, care=care)


def _with_authority(
    cases: pl.DataFrame, dyads: pl.DataFrame, n_authorities: int, rng: np.random.Generator, p: Parameters
) -> pl.DataFrame:
    """Return cases with `la`: some infants with two episodes moved to another authority in between."""
    moves = with_uniforms(dyads.select("dyad", "la"), rng, "u_move", "u_where")
    cases = cases.join(moves, on="dyad", maintain_order="left")
    later = pl.int_range(pl.len(), dtype=pl.Int64).over("dyad") > 0
    moved = (pl.col("u_move") < p.social_care.moved_authority.value) & later
    other = (pl.col("la") + spread("u_where", 1, n_authorities - 1)) % n_authorities
    cases = cases.with_columns(la=pl.when(moved).then(other).otherwise("la"))
    next_la = pl.col("la").shift(-1).over("dyad")
    moved_out = (next_la != pl.col("la")).fill_null(value=False)
    return cases.with_columns(moved_out=moved_out).drop("u_move", "u_where")


def _dyad_children(cases: pl.DataFrame, dyads: pl.DataFrame) -> pl.DataFrame:
    pairs = cases.select("dyad", "la").unique(maintain_order=True)
    facts = dyads.select(
        "dyad",
        "baby",
        "birth",
        "expected_birth",
        "infant_sex",
        "ethnicity",
        "area_id",
        "infant_death",
        home_la="la",
    )
    return pairs.join(facts, on="dyad", maintain_order="left").with_columns(
        child=pl.int_range(pl.len(), dtype=pl.Int64)
    )


def _all_children(
    own: pl.DataFrame, rest: pl.DataFrame, places: pl.DataFrame, rng: np.random.Generator
) -> pl.DataFrame:
    here = pl.col("la") * AREAS_PER_AUTHORITY + pl.col("area_id") % AREAS_PER_AUTHORITY
    own = own.with_columns(area_id=here, woman=pl.lit(None, pl.Int64), death="infant_death")
    rest = rest.with_columns(
        dyad=pl.lit(None, pl.Int64),
        baby=pl.lit(None, pl.Int64),
        death=pl.lit(None, pl.Int64),
        home_la="la",
    )
    columns = (
        "child",
        "dyad",
        "baby",
        "woman",
        "la",
        "home_la",
        "birth",
        "expected_birth",
        "infant_sex",
        "ethnicity",
        "area_id",
        "death",
    )
    both = pl.concat([own.select(columns), rest.select(columns)])
    both = both.join(places.select("la", "la_code", "area"), on="la", maintain_order="left")
    disabled = pl.Series(rng.random(both.height) < 0.06)
    kind = pl.when(pl.col("birth") % 3 == 0).then(pl.lit("LD")).otherwise(pl.lit("AUT"))
    return both.with_columns(
        disability=pl.when(disabled & pl.col("dyad").is_null()).then(kind).otherwise(pl.lit("NONE"))
    )


def _all_cases(own: pl.DataFrame, other: pl.DataFrame, children: pl.DataFrame, dyads: pl.DataFrame) -> pl.DataFrame:
    columns = [name for name in CASE_COLUMNS if name not in ("dyad", "seq")]
    own = own.select("child", "seq", "moved_out", *columns, is_short_break=pl.lit(value=False))
    other = other.with_columns(moved_out=pl.lit(value=False))
    order = ["child", "seq", "moved_out", "is_short_break", *columns]
    every = pl.concat([own.select(order), other.select(order)], how="vertical_relaxed")
    facts = children.select("child", "birth", "death", "dyad")
    every = every.join(facts, on="child", maintain_order="left").sort("child", "referral", "seq")
    drugs = pl.col("has_comorbid_substance") | (pl.col("diagnosis_group") == "substance")
    mothers = dyads.select(
        "dyad",
        hold_until=pl.col("t2") + RETURN_MARGIN_DAYS,
        has_abuse="has_domestic_abuse",
        has_drugs=drugs,
    )
    every = every.join(mothers, on="dyad", how="left", maintain_order="left").with_columns(
        pl.col("has_abuse", "has_drugs").fill_null(value=False)
    )
    return every.with_columns(case=pl.int_range(pl.len(), dtype=pl.Int64), is_dyad=pl.col("dyad").is_not_null())


def _periods(cases: pl.DataFrame) -> pl.DataFrame:
    """Return periods of care, one per case that has one."""
    rows = cases.filter(pl.col("care_start").is_not_null())
    return rows.select(
        "child",
        "care_start",
        "apart_from",
        "together_end",
        "death",
        "is_short_break",
        "hold_until",
        period="case",
        grown_up=pl.col("birth") + ADULT_DAYS,
        age_at_start=(pl.col("care_start") - pl.col("birth")) // 365,
    )


def _close_after_care(cases: pl.DataFrame, care: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return cases that stay open through care and close some weeks after it ends."""
    last = care.group_by("period", maintain_order=True).agg(
        care_end=pl.col("end").last(), care_reason=pl.col("rec").last()
    )
    cases = cases.join(last.rename({"period": "case"}), on="case", how="left", maintain_order="left")
    cases = with_uniforms(cases, rng, "u_after")
    after = pl.col("care_end") + spread("u_after", 0, 60)
    after = pl.max_horizontal(after, pl.when(pl.col("plan_end") > pl.col("care_end")).then("plan_end"))
    closure: pl.Expr = pl.when(pl.col("care_end").is_not_null()).then(pl.max_horizontal("closure", after))
    kept = pl.when(pl.col("care_start").is_null()).then("closure")
    closure = pl.min_horizontal(pl.coalesce(kept, closure), "death", pl.col("birth") + ADULT_DAYS)
    open_ended = pl.col("care_start").is_not_null() & pl.col("care_end").is_null()
    return cases.with_columns(
        closure=pl.when(~open_ended).then(closure),
        care_reason=pl.when(pl.col("moved_out")).then(None).otherwise("care_reason"),
    ).drop("u_after")
