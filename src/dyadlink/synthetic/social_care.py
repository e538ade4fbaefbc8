"""Cases and periods of care of dyad infants, placed so that the records tell exactly the planted outcomes."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import day
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
"""One row per referral episode of an infant.

`care_start` is the first day looked after, `apart_from` the first day apart from the mother, `together_end`
the end of a period spent with the mother throughout. Null closure: open beyond the last return.
"""
UNIFORMS = (
    "u_kind",
    "u_start",
    "u_referral",
    "u_a",
    "u_b",
    "u_c",
    "u_len",
    "u_close",
    "u_same",
    "u_later",
    "u_with",
    "u_act",
    "u_short",
)


def _nothing(*names: str) -> list[pl.Expr]:
    return [pl.lit(None, pl.Int64).alias(name) for name in names]


def draw_dyad_cases(dyads: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return the referral episodes of dyad infants with the columns CASE_COLUMNS."""
    frame = with_uniforms(dyads, rng, *UNIFORMS).with_columns(
        level=pick(rng, dyads.height, p.social_care.level_at_t2.value),
        plan_days=plan_days(dyads.height, rng, p),
        plan_date=pl.col("t2") + pl.col("plan_day"),
        loss_date=pl.col("t2") + pl.col("loss_day"),
    )
    frame = frame.with_columns(event=pl.min_horizontal("plan_date", "loss_date"))
    involved = _main_cases(frame.filter("o1"), p)
    carried = involved.filter(pl.col("carries"))
    later_low = pl.when("o1").then(pl.col("closure") + 1).otherwise(pl.col("t2") + 1)
    closed = involved.filter(~pl.col("carries"))
    uninvolved = frame.filter(~pl.col("o1")).with_columns(_nothing("closure"))
    columns = list(set(uninvolved.columns) & set(closed.columns))
    after = pl.concat([closed.select(sorted(columns)), uninvolved.select(sorted(columns))], how="vertical")
    parts = [
        _with_events(carried, p),
        closed,
        _event_cases(after.filter(pl.col("event").is_not_null()), later_low, p),
        _earlier_closed(uninvolved, p),
        _later_without_event(uninvolved, p),
    ]
    cases = pl.concat([part.select(CASE_COLUMNS) for part in parts])
    return _until_death(cases, dyads).sort("dyad", "seq", "referral")


def plan_days(n: int, rng: np.random.Generator, p: Parameters) -> pl.Series:
    """Return durations of plans in days, uniform inside the published classes."""
    upper = pick(rng, n, p.social_care.plan_duration.value).cast(pl.Int64)
    bounds = sorted(int(bound) for bound in p.social_care.plan_duration.value)
    lower = dict(zip(bounds, [20, *bounds[:-1]], strict=True))
    low = upper.replace_strict(lower, return_dtype=pl.Int64).to_numpy()
    return pl.Series((low + rng.random(n) * (upper.to_numpy() - low)).astype(np.int64))


def _referral_day(p: Parameters) -> pl.Expr:
    """Before birth, between birth and T1, or during the index episode."""
    care = p.social_care
    unborn, before = care.referred_before_birth.value, care.referred_before_t1.value
    return (
        pl.when(pl.col("u_start") < unborn)
        .then(pl.col("birth") - spread("u_referral", 25, 150))
        .when(pl.col("u_start") < unborn + before)
        .then(spread("u_referral", pl.col("birth"), pl.col("t1")))
        .otherwise(spread("u_referral", pl.col("t1"), pl.col("t2")))
    )


def _main_cases(frame: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    """Return the episode that is open between T1 and T2 of each involved infant."""
    t2, level = pl.col("t2"), pl.col("level")
    level = pl.when("lost_by_t2").then(pl.lit("lost")).when("on_plan_at_t2").then(pl.lit("plan")).otherwise(level)
    lost = pl.when(pl.col("u_b") < 0.3).then(spread("u_a", pl.col("birth"), pl.col("t1")))
    frame = frame.with_columns(level=level, referral=_referral_day(p)).with_columns(
        apart_from=pl.when(pl.col("level") == "lost").then(lost.otherwise(spread("u_a", pl.col("t1"), t2)))
    )
    early = pl.col("apart_from") - spread("u_c", 0, 20)
    referral = pl.when(pl.col("referral") > pl.col("apart_from")).then(early).otherwise("referral")
    frame = frame.with_columns(referral=referral).with_columns(
        plan_start=pl.when(pl.col("level") == "plan").then(
            pl.min_horizontal(pl.col("referral") + spread("u_a", 10, 50), t2)
        ),
        s47=pl.when(pl.col("level") == "section_47").then(pl.max_horizontal("referral", t2 - spread("u_a", 0, 7))),
        cin_start=pl.when(pl.col("level") == "child_in_need").then(
            pl.min_horizontal(pl.col("referral") + spread("u_a", 10, 45), t2)
        ),
        together_from=pl.when(pl.col("level") == "looked_after_with_mother").then(
            spread("u_a", pl.max_horizontal("birth", "referral"), t2)
        ),
    )
    with_mother = pl.max_horizontal("birth", "referral", pl.col("apart_from") - spread("u_len", 7, 60))
    has_first = pl.col("u_with") < p.social_care.first_with_mother.value
    has_first = has_first & pl.col("apart_from").is_not_null()
    frame = frame.with_columns(
        plan_end=pl.max_horizontal(pl.col("plan_start") + pl.col("plan_days"), t2 + spread("u_len", 10, 120)),
        care_start=pl.coalesce("together_from", pl.when(has_first).then(with_mother), "apart_from"),
        together_end=pl.when(pl.col("together_from").is_not_null()).then(t2 + spread("u_len", 20, 200)),
    ).with_columns(plan_end=pl.when(pl.col("plan_start").is_not_null()).then("plan_end"))
    return _with_closure(frame, p).with_columns(seq=pl.lit(2), no_action=pl.lit(value=False) & pl.col("o1"))


def _with_closure(frame: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    t2, level = pl.col("t2"), pl.col("level")
    closure = (
        pl.when(level == "plan")
        .then(pl.col("plan_end") + spread("u_close", 30, 180))
        .when(level == "looked_after_with_mother")
        .then(pl.col("together_end") + spread("u_close", 10, 90))
        .when(level == "section_47")
        .then(t2 + spread("u_close", 22, 90))
        .when(level == "child_in_need")
        .then(t2 + spread("u_close", 15, 300))
        .when(level == "referral_assessment")
        .then(pl.max_horizontal(pl.col("t1") + 1, pl.col("referral") + spread("u_close", 12, 70)))
    )
    # A later plan or loss belongs to this episode, or to a new one after this one has closed.
    bound = level.is_in(["lost", "plan", "looked_after_with_mother"])
    carries = bound | (pl.col("u_same") < p.social_care.same_episode.value)
    carries = pl.col("event").is_not_null() & (carries | (pl.col("event") - t2 < 14))
    before_event = t2 + 1 + (pl.col("u_later") * 0.4 * (pl.col("event") - t2 - 2)).floor().cast(pl.Int64)
    frame = frame.with_columns(closure=closure, carries=carries)
    closes = pl.col("event").is_not_null() & ~pl.col("carries")
    return frame.with_columns(
        closure=pl.when(closes).then(pl.min_horizontal("closure", before_event)).otherwise("closure")
    )


def _with_events(frame: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    """Return cases to which a plan or loss after T2 is added; needs `referral`, `closure` and the event dates."""
    new_end = pl.col("plan_date") + pl.col("plan_days")
    end = pl.min_horizontal(
        pl.when(pl.col("plan_date").is_not_null()).then(new_end).otherwise("plan_end"),
        pl.col("loss_date") + spread("u_c", 5, 60),
    )
    earliest = pl.max_horizontal(pl.col("t2") + 1, "referral", pl.col("loss_date") - spread("u_len", 7, 60))
    has_first = pl.col("u_with") < p.social_care.first_with_mother.value
    loss = pl.col("loss_date").is_not_null()
    care = pl.when(loss & has_first).then(earliest).when(loss).then("loss_date")
    frame = frame.with_columns(
        plan_start=pl.coalesce("plan_date", "plan_start"),
        care_start=pl.coalesce("care_start", care),
        apart_from=pl.coalesce("apart_from", "loss_date"),
        together_end=pl.when(~loss).then("together_end"),
        s47=pl.coalesce(
            "s47",
            pl.when(loss).then(pl.max_horizontal("referral", pl.col("loss_date") - spread("u_b", 0, 15))),
        ),
    ).with_columns(plan_end=pl.when(pl.col("plan_start").is_not_null()).then(end))
    closure = pl.max_horizontal("closure", pl.col("plan_end") + spread("u_close", 30, 180))
    return frame.with_columns(closure=pl.when(~loss).then(closure))


def _event_cases(frame: pl.DataFrame, low: pl.Expr, p: Parameters) -> pl.DataFrame:
    """Return new episodes, referred strictly after T2 and not after the plan or loss they hold."""
    lead = pl.col("event") - spread("u_referral", 5, 60)
    frame = frame.with_columns(referral=pl.max_horizontal(low, lead)).with_columns(
        *_nothing("closure", "s47", "plan_start", "plan_end", "cin_start"),
        *_nothing("care_start", "apart_from", "together_end"),
        seq=pl.lit(3),
        no_action=pl.lit(value=False),
    )
    return _with_events(frame, p)


def _plain(frame: pl.DataFrame, seq: int) -> pl.DataFrame:
    """Return short episodes without plan or care: closed after assessment, or with a child in need plan."""
    acted = pl.col("u_act") >= 0.2
    start = pl.col("referral") + spread("u_a", 10, 30)
    s47 = pl.when(acted & (pl.col("u_act") < 0.3)).then(pl.col("referral") + spread("u_b", 0, 8))
    return frame.with_columns(
        *_nothing("plan_start", "plan_end", "care_start", "apart_from", "together_end"),
        seq=pl.lit(seq),
        no_action=~acted,
    ).with_columns(
        cin_start=pl.when((pl.col("u_act") > 0.55) & (start < pl.col("closure"))).then(start),
        s47=pl.when(s47 <= pl.col("closure")).then(s47),
    )


def _earlier_closed(frame: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    """Return episodes closed before T1: involvement that is not o1."""
    frame = frame.filter(pl.col("u_kind") < p.social_care.earlier_closed.value)
    frame = frame.with_columns(referral=spread("u_referral", pl.col("birth") - 150, pl.col("t1") - 10))
    closure = pl.min_horizontal(pl.col("referral") + spread("u_close", 8, 90), pl.col("t1") - 1)
    return _plain(frame.with_columns(closure=closure), 1)


def _later_without_event(frame: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    """Return episodes after T2 of infants with neither a plan nor a loss in follow-up."""
    chosen = (pl.col("u_later") < p.social_care.later_referral.value) & pl.col("event").is_null()
    frame = frame.filter(chosen).with_columns(referral=pl.col("t2") + spread("u_start", 1, 600))
    frame = frame.with_columns(closure=pl.col("referral") + spread("u_len", 10, 240))
    return _plain(frame.filter(pl.col("referral") <= day(p.period.mhsds_end.value)), 3)


def _until_death(cases: pl.DataFrame, dyads: pl.DataFrame) -> pl.DataFrame:
    cases = cases.join(dyads.select("dyad", "infant_death"), on="dyad", maintain_order="left")
    alive = (pl.col("referral") < pl.col("infant_death")).fill_null(value=True)
    ends = ("closure", "plan_end", "together_end")
    return cases.filter(alive).with_columns(
        *(
            pl.when(pl.col(name).is_not_null() | (name == "closure"))
            .then(pl.min_horizontal(name, "infant_death"))
            .alias(name)
            for name in ends
        ),
        *(
            pl.when((pl.col(name) < pl.col("infant_death")).fill_null(value=True)).then(name).alias(name)
            for name in ("s47", "cin_start", "plan_start", "care_start", "apart_from")
        ),
    )
