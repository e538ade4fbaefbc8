"""All children known to an authority, their cases and periods of care, put together from both sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.synthetic.background import (
    ADULT_DAYS,
    Block,
    draw_authorities,
    draw_background_cases,
    draw_population,
    draw_siblings,
)
from dyadlink.synthetic.care import build_care
from dyadlink.synthetic.family import draw_removed_siblings
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import AREAS_PER_AUTHORITY, day
from dyadlink.synthetic.randomness import Topic, generator, spread, with_uniforms
from dyadlink.synthetic.records import CareRecords, InnerDates, build_records
from dyadlink.synthetic.social_care import CASE_COLUMNS, DyadCases, draw_dyad_cases

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
    last_day = day(date(p.period.last_census.value, 3, 31))
    drawn = draw_dyad_cases(dyads, last_day, generator(seed, Topic.DYAD_CASES), p)
    cases = drawn.cases
    own = _dyad_children(cases, dyads)
    rng = generator(seed, Topic.BACKGROUND)
    n_siblings = round(p.social_care.siblings_per_dyad.value * own.height)
    known = dyads.join(cases.select("dyad").unique(), on="dyad", how="semi", maintain_order="left")
    siblings = draw_siblings(known, n_siblings, rng, p)
    removed, removals = draw_removed_siblings(dyads, seed, p)
    n_rest = n_children - own.height - siblings.height - removed.height
    if n_rest < 0:
        raise ConfigError("too few children for so many dyads", where="synthetic preset", mend="raise n_children")
    population = draw_population(draw_authorities(n_rest, places, rng), places, rng, p)
    rest = pl.concat([siblings, population, removed])
    rest = rest.with_columns(child=own.height + pl.int_range(pl.len(), dtype=pl.Int64))
    removals = removals.with_columns(child=rest["child"].tail(removed.height))
    children = _all_children(own, rest, places, rng)
    usual = rest.head(rest.height - removed.height)
    other = pl.concat([_background_cases(usual, places, rng, p), removals], how="diagonal_relaxed")
    numbered = cases.join(own.select("child", "dyad", "la"), on=["dyad", "la"], maintain_order="left")
    every = _all_cases(numbered, other, children, dyads)
    return _with_records(children, every, drawn, partial(generator, seed), p)


def build_wider_population(block: Block, dyads: pl.DataFrame, seed: int, p: Parameters) -> SocialCareWorld:
    """Return a block of children who have nothing to do with a dyad, with what their authorities record.

    Children, cases, periods and plans are numbered from zero.

    Args:
        block: The authorities, and the one of each child.
        dyads: The dyads, for their columns alone.
        seed: The seed of the world.
        p: The parameters.
    """
    stream = partial(generator, seed, block=block.number)
    rng, nobody, places = stream(Topic.BACKGROUND), dyads.clear(), block.places
    drawn = draw_dyad_cases(nobody, 0, rng, p)
    own = _dyad_children(drawn.cases, nobody)
    rest = draw_population(block.la, places, rng, p).with_columns(child=pl.int_range(pl.len(), dtype=pl.Int64))
    children = _all_children(own, rest, places, rng)
    numbered = drawn.cases.join(own.select("child", "dyad", "la"), on=["dyad", "la"], maintain_order="left")
    every = _all_cases(numbered, _background_cases(rest, places, rng, p), children, nobody)
    return _with_records(children, every, drawn, stream, p)


def _background_cases(
    rest: pl.DataFrame, places: pl.DataFrame, rng: np.random.Generator, p: Parameters
) -> pl.DataFrame:
    ends = places.select("la", end=pl.col("coverage_end").cast(pl.Int32).cast(pl.Int64))
    drawn = draw_background_cases(rest.join(ends, on="la", maintain_order="left"), rng, p)
    return drawn.with_columns(fixed_end=pl.lit(None, pl.Int64), fixed_reason=pl.lit(None, pl.String))


def _with_records(
    children: pl.DataFrame,
    cases: pl.DataFrame,
    drawn: DyadCases,
    stream: Callable[[Topic], np.random.Generator],
    p: Parameters,
) -> SocialCareWorld:
    """Return children and cases with episodes of care and all that the authorities record."""
    inner = _inner_dates(drawn, cases)
    periods, stretches = _periods(cases, inner.periods, inner.stretches)
    care = build_care(periods, stretches, stream(Topic.CARE), p)
    cases = _close_after_care(cases, care, stream(Topic.RECORDS))
    records = build_records(cases, inner.records, stream(Topic.RECORDS), p)
    return SocialCareWorld(children=children, cases=cases, records=records, care=care)


@dataclass(frozen=True)
class _Inner:
    records: InnerDates
    periods: pl.DataFrame
    stretches: pl.DataFrame


def _inner_dates(drawn: DyadCases, cases: pl.DataFrame) -> _Inner:
    """Return what is inside the cases of dyad infants, by the number of the case."""
    keys = cases.filter("is_dyad").select("case", "child", "dyad", "seq")

    def keyed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(keys, on=["dyad", "seq"], maintain_order="left")

    records = InnerDates(keyed(drawn.need_plans), keyed(drawn.enquiries), keyed(drawn.plans))
    return _Inner(records, keyed(drawn.periods), drawn.stretches)


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
    own = own.with_columns(is_short_break=pl.lit(value=False), known_reason="care_reason")
    other = other.with_columns(
        moved_out=pl.lit(value=False), authorised=pl.lit(None, pl.Int64), known_reason=pl.lit(None, pl.String)
    )
    own = own.with_columns(fixed_end=pl.lit(None, pl.Int64), fixed_reason=pl.lit(None, pl.String))
    order = ["child", "seq", "moved_out", "is_short_break", "authorised", "known_reason", "fixed_end", "fixed_reason"]
    order += columns
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


def _periods(cases: pl.DataFrame, own: pl.DataFrame, stretches: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return periods of care: one per case of other children that has one, and those of the course; with stretches."""
    rows = cases.filter(pl.col("care_start").is_not_null(), ~pl.col("is_dyad"))
    facts = cases.select("case", "birth", "death", "is_short_break", "hold_until")
    drawn = rows.with_columns(is_fixed=pl.col("fixed_end").is_not_null(), own=pl.lit(None, pl.Int64))
    fixed = own.join(facts, on="case", maintain_order="left").with_columns(
        is_fixed=pl.lit(value=True), fixed_end="end", fixed_reason="reason", own="period"
    )
    columns = ("case", "child", "care_start", "apart_from", "together_end", "death", "is_short_break", "hold_until")
    more = ("birth", "is_fixed", "fixed_end", "fixed_reason", "own")
    every = pl.concat([drawn.select(*columns, *more), fixed.select(*columns, *more)]).sort("case", "care_start")
    every = every.with_columns(
        period=pl.int_range(pl.len(), dtype=pl.Int64),
        grown_up=pl.col("birth") + ADULT_DAYS,
        age_at_start=(pl.col("care_start") - pl.col("birth")) // 365,
    )
    numbers = every.select("period", own="own").drop_nulls()
    renumbered = stretches.rename({"period": "own"}).join(numbers, on="own", maintain_order="left").drop("own")
    return every, renumbered


def _close_after_care(cases: pl.DataFrame, care: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return cases that stay open through care and close some weeks after it ends."""
    last = care.group_by("case", maintain_order=True).agg(
        care_end=pl.col("end").last(), care_reason=pl.col("rec").last()
    )
    cases = cases.join(last, on="case", how="left", maintain_order="left")
    cases = with_uniforms(cases, rng, "u_after")
    after = pl.col("care_end") + spread("u_after", 0, 60)
    after = pl.max_horizontal(after, pl.when(pl.col("plan_end") > pl.col("care_end")).then("plan_end"))
    closure: pl.Expr = pl.when(pl.col("care_end").is_not_null()).then(pl.max_horizontal("closure", after))
    kept = pl.when(pl.col("care_start").is_null()).then("closure")
    closure = pl.min_horizontal(pl.coalesce(kept, closure), "death", pl.col("birth") + ADULT_DAYS)
    open_ended = pl.col("care_start").is_not_null() & pl.col("care_end").is_null()
    return cases.with_columns(
        closure=pl.when("is_dyad").then("closure").otherwise(pl.when(~open_ended).then(closure)),
        care_reason=pl.when("is_dyad").then("known_reason").otherwise("care_reason"),
    ).drop("u_after", "known_reason")
