"""Cases of dyad infants: what authorities record of the course, so that the records tell exactly its levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.synthetic.course_paths import draw_paths
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.randomness import pick, spread, with_uniforms

CASE_COLUMNS = (
    "dyad",
    "seq",
    "referral",
    "closure",
    "s47",
    "plan_start",
    "plan_end",
    "cin_start",
    "care_start",
    "apart_from",
    "together_end",
    "no_action",
)
"""One row per referral episode of an infant, with the first of each thing in it.

`care_start` is the first day looked after, `apart_from` the first day apart from the mother, `together_end`
the end of a period spent with the mother throughout. Null closure: open beyond the last return.
"""
NEED, ENQUIRY, PLAN, TOGETHER, APART, PERMANENT = 2, 3, 4, 5, 6, 7
CARE_LEVELS = (TOGETHER, APART)
DAYS_BEFORE_ADOPTION = 330
SGO_REASONS = {"E45": 0.5, "E46": 0.2, "E47": 0.3}


@dataclass(frozen=True)
class DyadCases:
    """Cases of dyad infants and what is inside them; every frame has `dyad` and `seq`, days as numbers.

    `cases` also holds `la`, `authorised` (of the first assessment), `moved_out` (closed by a move to another
    authority) and `care_reason` (why care ended, where that closed the case). `periods` has one row per period of
    care with its end and reason (null while open); `stretches` the days of each period spent with the mother after
    days apart.
    """

    cases: pl.DataFrame
    need_plans: pl.DataFrame
    enquiries: pl.DataFrame
    plans: pl.DataFrame
    periods: pl.DataFrame
    stretches: pl.DataFrame


def draw_dyad_cases(dyads: pl.DataFrame, end: int, rng: np.random.Generator, p: Parameters) -> DyadCases:
    """Return the cases of dyad infants with all that is inside them.

    Args:
        dyads: One row per dyad with outcomes, `la`, and the day and place of a move (`move_day`, `new_la`).
        end: The last day of the course.
        rng: The stream of this topic.
        p: The parameters.
    """
    steps = _steps(draw_paths(dyads, end, rng, p), dyads)
    plain = _without_permanence(steps)
    starts = plain.filter("starts_case").with_columns(seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("dyad"))
    plain = plain.join(
        starts.select("dyad", "start", "seq"), on=["dyad", "start"], how="left", maintain_order="left"
    ).with_columns(pl.col("seq").forward_fill().over("dyad"))
    periods, stretches = _periods(plain, rng, p)
    cases = _cases(plain, periods, end, rng, p)
    plans = plain.filter(pl.col("level") == PLAN).select("dyad", "seq", "start", "end")
    enquiries = _enquiries(plain, rng, p)
    need_plans = _need_plans(plain, rng, p)
    return DyadCases(
        cases=_with_firsts(cases, plans, enquiries, need_plans, periods),
        need_plans=need_plans,
        enquiries=enquiries,
        plans=plans,
        periods=periods,
        stretches=stretches,
    )


def plan_days(n: int, rng: np.random.Generator, p: Parameters) -> pl.Series:
    """Return durations of plans in days, uniform inside the published classes."""
    upper = pick(rng, n, p.social_care.plan_duration.value).cast(pl.Int64)
    bounds = sorted(int(bound) for bound in p.social_care.plan_duration.value)
    lower = dict(zip(bounds, [20, *bounds[:-1]], strict=True))
    low = upper.replace_strict(lower, return_dtype=pl.Int64).to_numpy()
    return pl.Series((low + rng.random(n) * (upper.to_numpy() - low)).astype(np.int64))


def _steps(paths: pl.DataFrame, dyads: pl.DataFrame) -> pl.DataFrame:
    """Return stretches of one level in one authority: dyad, la, level, start, end (null while open), why it ends.

    A move cuts a stretch in two. The infant's death ends the last one.
    """
    far = pl.col("new_la") != pl.col("la")
    facts = dyads.select(
        "dyad", "la", "infant_death", new_la=pl.when(far).then("new_la"), move_day=pl.when(far).then("move_day")
    )
    steps = paths.with_columns(end=pl.col("start").shift(-1).over("dyad"))
    steps = steps.join(facts, on="dyad", maintain_order="left")
    # Nothing is cut by a move after a death.
    last_end = pl.when((pl.col("level") > 0) & (pl.col("level") < PERMANENT)).then("infant_death")
    steps = steps.with_columns(end=pl.coalesce("end", last_end))
    cut = (pl.col("move_day") > pl.col("start")) & (pl.col("move_day") < pl.col("end").fill_null(10**7))
    cut = (cut & pl.col("new_la").is_not_null()).fill_null(value=False) & (pl.col("level") < PERMANENT)
    moved = (pl.col("start") >= pl.col("move_day")).fill_null(value=False) & pl.col("new_la").is_not_null()
    before = steps.with_columns(
        la=pl.when(moved).then("new_la").otherwise("la"), end=pl.when(cut).then("move_day").otherwise("end")
    )
    after = steps.filter(cut).with_columns(start="move_day", la="new_la")
    every = pl.concat([before, after]).sort("dyad", "start")
    return every.with_columns(
        next_level=pl.col("level").shift(-1).over("dyad"),
        next_la=pl.col("la").shift(-1).over("dyad"),
    ).filter(pl.col("level") > 0)


def _without_permanence(steps: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches before permanence, marked where a case starts and where it ends by a move."""
    plain = steps.filter(pl.col("level") < PERMANENT)
    last_end, last_la = pl.col("end").shift(1).over("dyad"), pl.col("la").shift(1).over("dyad")
    follows = (last_end == pl.col("start")) & (last_la == pl.col("la"))
    is_moved = (pl.col("next_la") != pl.col("la")) & (pl.col("next_level") > 0) & (pl.col("next_level") < PERMANENT)
    return plain.with_columns(starts_case=~follows.fill_null(value=False), ends_by_move=is_moved.fill_null(value=False))


def _periods(plain: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return periods of care with their ends, and the stretches with the mother after days apart."""
    care = plain.filter(pl.col("level").is_in(CARE_LEVELS))
    follows = (pl.col("end").shift(1) == pl.col("start")) & (pl.col("seq").shift(1) == pl.col("seq"))
    care = care.with_columns(new=~follows.over("dyad").fill_null(value=False))
    care = care.with_columns(period=pl.col("new").cum_sum().cast(pl.Int64) - 1)
    apart = pl.col("level") == APART
    periods = care.group_by("period", maintain_order=True).agg(
        pl.col("dyad", "seq", "la").first(),
        pl.col("end", "next_level", "ends_by_move").last(),
        care_start=pl.col("start").first(),
        apart_from=pl.col("start").filter(apart).first(),
        last_together=(pl.col("level") == TOGETHER).last(),
    )
    n = periods.height
    periods = with_uniforms(periods, rng, "u_order").with_columns(
        guardians=pick(rng, n, SGO_REASONS),
        adoption=pick(rng, n, {"E11": 0.3, "E12": 0.7}),
        home=pick(rng, n, {"E4A": 0.7, "E4B": 0.3}),
    )
    course, u = p.course, pl.col("u_order")
    long = (pl.col("end") - pl.col("apart_from").fill_null(pl.col("care_start"))) >= DAYS_BEFORE_ADOPTION
    adopted = long & (u < course.adoption.value)
    guardian = u < course.adoption.value * long.cast(pl.Float64) + course.special_guardianship.value
    order = pl.when(adopted).then("adoption").when(guardian).then("guardians").otherwise(pl.lit("E41"))
    reason = (
        pl.when("ends_by_move")
        .then(pl.lit("E3"))
        .when(pl.col("next_level") == PERMANENT)
        .then(order)
        .when("last_together")
        .then(pl.lit("E4A"))
        .otherwise("home")
    )
    periods = periods.with_columns(
        reason=pl.when(pl.col("end").is_not_null()).then(reason),
        together_end=pl.when(pl.col("apart_from").is_null()).then("end"),
    )
    columns = ("period", "dyad", "seq", "la", "care_start", "apart_from", "together_end", "end", "reason")
    stretches = care.join(periods.select("period", "apart_from"), on="period", maintain_order="left")
    stretches = stretches.filter(pl.col("start") > pl.col("apart_from")).select("period", "start", "end", "level")
    return periods.select(columns), stretches


def _cases(
    plain: pl.DataFrame, periods: pl.DataFrame, end: int, rng: np.random.Generator, p: Parameters
) -> pl.DataFrame:
    """Return cases with closure and first authorisation.

    A child is in need from the first authorisation on, so that it is the first day on a level above referral and
    enquiry; a case that never gets there is authorised as it closes, or needs no further action.
    """
    above = ~pl.col("level").is_in([1, ENQUIRY])
    cases = plain.group_by("dyad", "seq", maintain_order=True).agg(
        pl.col("la").first(),
        pl.col("end", "next_level", "infant_death").last(),
        referral=pl.col("start").first(),
        authorised=pl.col("start").filter(above).first(),
        has_enquiry=(pl.col("level") == ENQUIRY).any(),
        moved_out=pl.col("ends_by_move").last(),
    )
    last = periods.group_by("dyad", "seq", maintain_order=True).agg(pl.col("end").last(), pl.col("reason").last())
    last = last.rename({"end": "care_end", "reason": "care_reason"})
    cases = cases.join(last, on=["dyad", "seq"], how="left", maintain_order="left")
    cases = with_uniforms(cases, rng, "u_action", "u_lag")
    permanent = (pl.col("next_level") == PERMANENT).fill_null(value=False)
    # A child arrangements order closes the case on its day: in Wales nothing else tells of it.
    lag = pl.when(pl.col("care_reason") == "E41").then(0).otherwise(spread("u_lag", 0, 60))
    closure = pl.when(permanent).then(pl.min_horizontal(pl.col("end") + lag, "infant_death")).otherwise("end")
    never_above = pl.col("authorised").is_null()
    no_action = never_above & ~pl.col("has_enquiry") & pl.col("end").is_not_null() & ~pl.col("moved_out")
    no_action = no_action & (pl.col("u_action") < p.course.no_further_action.value)
    return cases.with_columns(
        closure=closure,
        authorised=pl.coalesce("authorised", "end", pl.lit(end + 1)),
        no_action=no_action,
        care_reason=pl.when(permanent).then("care_reason"),
    )


def _enquiries(plain: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return section 47 enquiries; one leads to each plan, whose conference is its first day.

    An enquiry that leads to no plan mostly has no conference, and then counts for its statutory days or to the
    closure, as the study reads it.
    """
    rows = plain.filter(pl.col("level") == ENQUIRY)
    rows = with_uniforms(rows, rng, "u_held")
    held = (pl.col("u_held") < p.course.conference_without_plan.value) & (pl.col("next_level") == NEED)
    to_plan = (pl.col("next_level") == PLAN) & ~pl.col("ends_by_move")
    rows = rows.select(
        "dyad", "seq", "start", conference=pl.when(to_plan | (held & ~pl.col("ends_by_move"))).then("end")
    )
    # A plan that follows no day of enquiry (a child who moved in, an emergency) has one on its first day.
    known = rows.select("dyad", "seq", start="conference").drop_nulls()
    plans = plain.filter(pl.col("level") == PLAN).select("dyad", "seq", "start")
    alone = plans.join(known, on=["dyad", "seq", "start"], how="anti", maintain_order="left")
    both = pl.concat([rows, alone.with_columns(conference="start")])
    keys = ["dyad", "seq", "start"]
    return both.sort(*keys, "conference", nulls_last=True).unique(keys, keep="first", maintain_order=True)


def _need_plans(plain: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return child in need plans: inside stretches as a child in need, at once after a protection plan."""
    rows = plain.with_columns(before=pl.col("level").shift(1).over("dyad", "seq"))
    rows = with_uniforms(rows.filter(pl.col("level") == NEED), rng, "u_has", "u_lag")
    after_plan = (pl.col("before") == PLAN).fill_null(value=False)
    start = pl.when(after_plan).then("start").otherwise(pl.col("start") + spread("u_lag", 0, 15))
    rows = rows.filter((pl.col("u_has") < p.course.need_plan.value) | after_plan)
    rows = rows.select("dyad", "seq", start=start, end="end")
    return rows.filter((pl.col("start") < pl.col("end")).fill_null(value=True))


def _with_firsts(
    cases: pl.DataFrame, plans: pl.DataFrame, enquiries: pl.DataFrame, need_plans: pl.DataFrame, periods: pl.DataFrame
) -> pl.DataFrame:
    """Return cases with the first plan, enquiry, child in need plan and period of care of each."""
    key = ["dyad", "seq"]
    firsts = {
        "plan": plans.select(*key, plan_start="start", plan_end="end"),
        "enquiry": enquiries.select(*key, s47="start"),
        "need": need_plans.select(*key, cin_start="start"),
        "care": periods.select(*key, "care_start", "apart_from", "together_end"),
    }
    for rows in firsts.values():
        once = rows.unique(key, keep="first", maintain_order=True)
        cases = cases.join(once, on=key, how="left", maintain_order="left")
    return cases.select(*CASE_COLUMNS, "la", "authorised", "moved_out", "care_reason")
