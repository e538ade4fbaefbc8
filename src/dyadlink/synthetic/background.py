"""All other children whom the authorities know: siblings of dyad infants and the wider population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import area_in_quintile, day
from dyadlink.synthetic.randomness import lognormal_days, pick, spread, with_uniforms
from dyadlink.synthetic.social_care import plan_days

FIRST_DAY_MARGIN = 60
ADULT_DAYS = 6574
LAST_AGE = 17.4
CHILD_COLUMNS = (
    "la",
    "birth",
    "expected_birth",
    "infant_sex",
    "ethnicity",
    "area_id",
    "woman",
    "referral",
)
ENGLISH_ETHNICITY = {"white": 0.68, "black": 0.09, "asian": 0.11, "mixed": 0.08, "other": 0.04}


@dataclass(frozen=True)
class Block:
    """Some authorities, the one of each child of the wider population that they know, and the number of the block."""

    number: int
    places: pl.DataFrame
    la: pl.Series


def draw_siblings(dyads: pl.DataFrame, n: int, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return older brothers and sisters of known dyad infants, in the same home, with CHILD_COLUMNS."""
    able = dyads.filter((pl.col("parity") > 0) & (pl.col("birth_no") == 1) & (pl.col("twin_no") == 1))
    able = with_uniforms(able, rng, "u_gap", "u_sex", "u_referral")
    able = able[np.sort(rng.permutation(able.height)[:n])]
    oldest = pl.col("mother_birth") + 15 * 365
    birth = pl.max_horizontal(pl.col("birth") - spread("u_gap", 330, 2600), oldest)
    able = able.with_columns(birth=pl.min_horizontal(birth, pl.col("birth") - 300))
    last = day(p.period.mhsds_end.value) - 200
    low = pl.max_horizontal("birth", day(p.period.mhsds_start.value))
    return able.with_columns(
        woman=pl.col("mother"),
        expected_birth=pl.col("birth") + 3,
        infant_sex=pl.when(pl.col("u_sex") < 0.51).then(1).otherwise(2).cast(pl.Int64),
        referral=spread("u_referral", low, pl.lit(last)),
    ).select(CHILD_COLUMNS)


def draw_authorities(n: int, places: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """Return the authority of each of n children, by the weights of the authorities."""
    return pick(rng, n, {str(la): weight for la, weight in places.select("la", "weight").iter_rows()}).cast(pl.Int64)


def draw_population(la: pl.Series, places: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return a child of each authority given, with the day of a first referral inside the authority's returns."""
    n = len(la)
    ends = places.select("la", end=pl.col("coverage_end").cast(pl.Int32).cast(pl.Int64) - 1)
    start = day(p.period.mhsds_start.value)
    names = ("u_kind", "u_ref", "u_age", "u_birth", "u_area", "u_due")
    frame = pl.DataFrame(
        {
            "la": la,
            "infant_sex": pl.Series(np.where(rng.random(n) < 0.54, 1, 2)),
            "ethnicity": pick(rng, n, ENGLISH_ETHNICITY),
            "quintile": pick(rng, n, {"1": 0.40, "2": 0.25, "3": 0.16, "4": 0.11, "5": 0.08}).cast(pl.Int64),
        }
    )
    frame = with_uniforms(frame, rng, *names).join(ends, on="la", maintain_order="left")
    care = p.social_care
    in_period = pl.col("u_kind") < care.background_born_in_period.value
    unborn = pl.col("u_kind") > 1 - care.background_unborn.value
    period = spread("u_birth", day(p.period.birth_start.value), day(p.period.birth_end.value))
    any_day = spread("u_ref", pl.lit(start - FIRST_DAY_MARGIN), pl.col("end"))
    frame = frame.with_columns(period_birth=period, any_day=any_day)
    referral = pl.when(in_period).then(spread("u_ref", pl.col("period_birth") - 60, pl.col("end")))
    frame = frame.with_columns(referral=referral.otherwise("any_day"))
    aged = pl.col("referral") - _age_days(care.background_ages.value)
    return (
        frame.with_columns(
            woman=pl.lit(None, pl.Int64),
            area_id=area_in_quintile(pl.col("la"), pl.col("quintile"), pl.col("u_area")),
            birth=pl.when(in_period)
            .then("period_birth")
            .when(unborn)
            .then(pl.col("referral") + spread("u_birth", 15, 190))
            .otherwise(aged),
        )
        .with_columns(expected_birth=pl.col("birth") + spread("u_due", -9, 14))
        .select(CHILD_COLUMNS)
    )


def _age_days(shares: Mapping[str, float]) -> pl.Expr:
    """Days of age at a referral, even between the birthdays that the shares begin at; the last ends at 17.4."""
    starts = [float(start) for start in shares]
    ends = [*starts[1:], LAST_AGE]
    age = pl.lit(0.0)
    below = 0.0
    for start, end, share in zip(starts, ends, shares.values(), strict=True):
        inside = (pl.col("u_age") - below) / share
        age = pl.when(pl.col("u_age") >= below).then(start + inside.clip(0, 1) * (end - start)).otherwise(age)
        below += share
    return (age * 365.25).floor().cast(pl.Int64)


def _plan_factor(age_days: pl.Expr) -> pl.Expr:
    """How many times as often as at five and over a case of this age comes to a plan (DfE 2024, plans by age)."""
    return pl.when(age_days < 365).then(2.3).when(age_days < 5 * 365).then(2.0).otherwise(1.0)


def draw_background_cases(children: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return one or two referral episodes per child, with the columns of dyad cases and `child`.

    Args:
        children: One row per child: child, birth, referral (of the first episode), end (last covered day).
        rng: The stream of this topic.
        p: The parameters.
    """
    first = children.select("child", "birth", "referral", "end", seq=pl.lit(1))
    first = _one_case(first, rng, p)
    second = with_uniforms(first, rng, "u_second", "u_wait")
    again = (pl.col("u_second") < p.social_care.background_second_episode.value) & pl.col("care_start").is_null()
    second = second.filter(again, pl.col("closure").is_not_null())
    second = second.with_columns(referral=pl.col("closure") + spread("u_wait", 20, 700), seq=pl.lit(2))
    grown = pl.col("birth") + ADULT_DAYS - 60
    second = second.filter(pl.col("referral") <= pl.min_horizontal("end", grown))
    second = _one_case(second.select("child", "birth", "referral", "end", "seq"), rng, p)
    return pl.concat([first, second]).sort("child", "seq")


def _one_case(frame: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    n, care = frame.height, p.social_care
    names = (
        "u_act",
        "u_plan",
        "u_lead",
        "u_care",
        "u_care_day",
        "u_close",
        "u_s47",
        "u_s47_day",
        "u_cin",
        "u_short",
    )
    frame = with_uniforms(frame, rng, *names).with_columns(
        days=pl.Series(lognormal_days(rng.standard_normal(n), 110.0, 1.0, 6, 2200)),
        plan_days=plan_days(n, rng, p),
    )
    opens, grown = day(p.period.mhsds_start.value) + 1, pl.col("birth") + ADULT_DAYS
    has_care = pl.col("u_care") < care.background_care.value
    plan_rate = care.background_plan.value * _plan_factor(pl.col("referral") - pl.col("birth")) / 1.25
    has_plan = (pl.col("u_plan") < plan_rate) | (has_care & (pl.col("u_s47") < 0.4))
    short = has_care & (pl.col("u_short") < care.background_short_break.value)
    no_action = (pl.col("u_act") < care.background_no_action.value) & ~has_care & ~has_plan
    plan_start = pl.col("referral") + spread("u_lead", 15, 60)
    # A child is looked after, or a period of care begins, only once it is born.
    care_start = pl.max_horizontal("birth", pl.col("referral") + spread("u_care_day", 0, 60))
    frame = frame.with_columns(
        no_action=no_action,
        plan_start=pl.when(has_plan & (plan_start < grown)).then(plan_start),
        care_start=pl.when(has_care & (care_start < grown - 30)).then(care_start),
        is_short_break=short,
    ).with_columns(plan_end=pl.min_horizontal(pl.col("plan_start") + pl.col("plan_days"), grown))
    frame = frame.with_columns(plan_end=pl.when(pl.col("plan_start").is_not_null()).then("plan_end"))
    return _with_ends(frame, grown, opens).drop(*names, "days", "plan_days")


def _with_ends(frame: pl.DataFrame, grown: pl.Expr, opens: int) -> pl.DataFrame:
    """Return cases with closure, enquiry and child in need plan, after their plan and care are known."""
    usual = pl.when("no_action").then(pl.col("referral") + 2).otherwise(pl.col("referral") + pl.col("days"))
    after_plan = pl.col("plan_end") + spread("u_close", 20, 200)
    closure = pl.max_horizontal(usual, after_plan, pl.lit(opens))
    s47 = pl.col("referral") + spread("u_s47_day", 0, 12)
    enquiry = (pl.col("u_s47") > 0.72) & ~pl.col("no_action") & pl.col("plan_start").is_null()
    cin = (pl.col("u_cin") < 0.5) & ~pl.col("no_action")
    frame = frame.with_columns(closure=pl.when(pl.col("care_start").is_null()).then(pl.min_horizontal(closure, grown)))
    cin_start = pl.col("referral") + 10 + spread("u_lead", 0, 35)
    return frame.with_columns(
        s47=pl.when(enquiry & (s47 <= pl.col("closure")).fill_null(value=True)).then(s47),
        cin_start=pl.when(cin & (cin_start < pl.col("closure")).fill_null(value=True)).then(cin_start),
        apart_from=pl.when(~pl.col("is_short_break")).then("care_start"),
        together_end=pl.lit(None, pl.Int64),
    )
