"""Periods of care as chains of episodes, the way the return for looked-after children counts them."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.randomness import pick, spread, with_uniforms

EPISODE_COLUMNS = ("child", "period", "start", "end", "rne", "ls", "place", "rec", "reason_change", "need", "case")
TOGETHER_PLACES = ("P1", "R3")
SHORT_BREAKS = ("V3", "V4")
TOGETHER_LEVEL = 5
EMERGENCY = ("L1", "L2")
WEEKS_BEFORE_ADOPTION = 10
"""Shortest time that a child lives with the adopters before the order."""
OF_FORMER_CARERS = ("E45", "E46")
FOSTER = {"U6": 0.52, "U3": 0.18, "U5": 0.10, "U4": 0.10, "U1": 0.06, "U2": 0.04}


def build_care(periods: pl.DataFrame, stretches: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return contiguous episodes, one row per placement or legal status within a period of care.

    Args:
        periods: One row per period of care: period, child, care_start, apart_from (null when the child is
            with the mother throughout), together_end, hold_until (no end before this day), death,
            grown_up (18th birthday), is_short_break, age_at_start (years); `is_fixed` where the end and its
            reason are known: `fixed_end`, `fixed_reason` (null while open).
        stretches: Days of a period after the first ones apart, with the level (5 with the mother, 6 apart):
            period, start, end, level.
        rng: The stream of this topic.
        p: The parameters.
    """
    names = ("u_ls", "u_place", "u_ch1", "u_d1", "u_d2", "u_d3", "u_end", "u_end_day", "u_kind", "u_sib")
    rows = with_uniforms(periods, rng, *names, "u_order")
    n = rows.height
    rows = rows.with_columns(
        foster=pick(rng, n, FOSTER),
        next_foster=pick(rng, n, FOSTER),
        need=pick(rng, n, {"N1": 0.62, "N3": 0.18, "N4": 0.06, "N5": 0.12, "N8": 0.02}),
        reason_change=pick(rng, n, {"CARPL": 0.6, "CREQO": 0.15, "LAREQ": 0.1, "STAND": 0.03, "OTHER": 0.12}),
        base=pl.coalesce("apart_from", "care_start"),
    )
    rows = _with_first_state(_with_end(rows, p))
    return _chain(_with_stretches(_changes(rows), stretches, rows), rows)


def _bounds(p: Parameters) -> tuple[float, float, float, float]:
    """Return where each way out of care ends on a uniform number: home, guardianship, order, adoption."""
    care = p.social_care
    shares = (care.returned_home, care.guardianship, care.arrangements_order, care.adopted)
    home, guardian, order, adopted = np.cumsum([share.value for share in shares]).tolist()
    return home, guardian, order, adopted


def _end_day(p: Parameters) -> pl.Expr:
    """Return the last day of a period, null when it stays open."""
    home, guardian, order, adopted = _bounds(p)
    base, u, young = pl.col("base"), pl.col("u_end"), pl.col("age_at_start") < 3
    return (
        pl.when("is_short_break")
        .then(base + spread("u_end_day", 2, 21))
        .when(pl.col("together_end").is_not_null())
        .then("together_end")
        .when(u < home)
        .then(base + spread("u_end_day", 30, 365))
        .when(u < guardian)
        .then(base + spread("u_end_day", 200, 600))
        .when(u < order)
        .then(base + spread("u_end_day", 150, 500))
        .when((u < adopted) & young)
        .then(base + spread("u_end_day", 480, 900))
    )


def _end_reason(p: Parameters) -> pl.Expr:
    """Return the reason a period ends for, if it does."""
    home, guardian, order, _ = _bounds(p)
    u, kind = pl.col("u_end"), pl.col("u_kind")
    homes = pl.when(kind < 0.7).then(pl.lit("E4A")).otherwise(pl.lit("E4B"))
    relative = pl.when(kind < 0.5).then(pl.lit("E45"))
    orders = relative.when(kind < 0.7).then(pl.lit("E46")).otherwise(pl.lit("E47"))
    adoptions = pl.when(kind < 0.3).then(pl.lit("E11")).otherwise(pl.lit("E12"))
    return (
        pl.when(pl.col("is_short_break") | pl.col("together_end").is_not_null())
        .then(pl.lit("E4A"))
        .when(u < home)
        .then(homes)
        .when(u < guardian)
        .then(orders)
        .when(u < order)
        .then(pl.lit("E41"))
        .otherwise(adoptions)
    )


def _with_end(rows: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    """Return periods with their last day and reason; most stay open, none outlasts a death or adulthood."""
    end = _end_day(p)
    drawn = pl.max_horizontal(end, pl.when(end.is_not_null()).then("hold_until"))
    rows = rows.with_columns(end=pl.when("is_fixed").then("fixed_end").otherwise(drawn))
    last = pl.col("end").fill_null(10**7)
    dies = (pl.col("death") <= last).fill_null(value=False)
    grown = (pl.col("grown_up") <= last).fill_null(value=False)
    ends = pl.col("end").is_not_null()
    why = pl.when("is_fixed").then("fixed_reason").otherwise(_end_reason(p))
    return rows.with_columns(
        last_reason=pl.when(dies).then(pl.lit("E2")).when(grown).then(pl.lit("E8")).when(ends).then(why),
        end=pl.when(dies).then("death").when(grown).then("grown_up").otherwise("end"),
    )


def _with_first_state(rows: pl.DataFrame) -> pl.DataFrame:
    apart_first = pl.col("apart_from") == pl.col("care_start")
    u = pl.col("u_ls")
    apart_ls = (
        pl.when(u < 0.35)
        .then(pl.lit("V2"))
        .when(u < 0.80)
        .then(pl.lit("C1"))
        .when(u < 0.90)
        .then(pl.lit("L2"))
        .otherwise(pl.lit("L1"))
    )
    at_home = pl.col("u_place") < 0.3
    together_ls = pl.when(at_home | (u < 0.5)).then(pl.lit("C1")).otherwise(pl.lit("V2"))
    break_ls = pl.when(u < 0.7).then(pl.lit("V4")).otherwise(pl.lit("V3"))
    short = pl.col("is_short_break")
    # ASSUME: older children are fostered like infants, except for one in six in a children's home.
    home = (pl.col("age_at_start") >= 11) & (pl.col("u_sib") < 0.3)
    place = pl.when(home).then(pl.lit("K2")).otherwise("foster")
    apart = apart_first.fill_null(value=False) | short
    return rows.with_columns(
        ls_0=pl.when(short).then(break_ls).when(apart).then(apart_ls).otherwise(together_ls),
        place_0=pl.when(apart).then(place).when(at_home).then(pl.lit("P1")).otherwise(pl.lit("R3")),
    )


def _changes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return dated changes of legal status and placement: period, date, ls, place (null where unchanged)."""
    base, usual = pl.col("base"), ~pl.col("is_short_break")
    leaves = pl.col("apart_from") > pl.col("care_start")
    # Police protection may last three days at most, an emergency protection order 21 (rules 361 and 362).
    police, emergency = (pl.col("ls_0") == status for status in EMERGENCY)
    order_day = base + spread("u_d2", 150, 260)
    full = usual & pl.col("apart_from").is_not_null() & (pl.col("u_order") < 0.45)
    apart = usual & pl.col("apart_from").is_not_null()
    no_text = pl.lit(None, pl.String)
    # Nobody is adopted who was not placed for adoption before (rule 390), under a placement order (rule 408).
    placed = pl.max_horizontal(
        pl.min_horizontal(base + spread("u_d3", 300, 420), pl.col("end") - WEEKS_BEFORE_ADOPTION * 7), "care_start"
    )
    adopts = pl.col("last_reason").is_in(["E11", "E12"])
    steps = [
        (pl.lit(value=True), pl.col("care_start"), pl.col("ls_0"), pl.col("place_0")),
        (leaves, pl.col("apart_from"), no_text, pl.col("foster")),
        (police, pl.col("care_start") + spread("u_d1", 1, 3), pl.lit("C1"), no_text),
        (emergency, pl.col("care_start") + spread("u_d1", 3, 8), pl.lit("C1"), no_text),
        (apart & (pl.col("u_ch1") < 0.4), base + spread("u_d3", 20, 230), no_text, pl.col("next_foster")),
        (full & ~adopts, order_day, pl.lit("C2"), no_text),
        (full & (pl.col("u_ch1") > 0.75), order_day, no_text, pl.lit("U4")),
        (adopts, pl.min_horizontal(base + spread("u_d2", 200, 280), placed), pl.lit("E1"), no_text),
        (adopts, placed, pl.lit("E1"), pl.lit("A6")),
    ]
    parts = [rows.filter(when).select("period", date=date, ls=ls, place=place) for when, date, ls, place in steps]
    every = pl.concat(parts).group_by("period", "date", maintain_order=True)
    return every.agg(pl.col("ls").drop_nulls().last(), pl.col("place").drop_nulls().last())


def _with_stretches(changes: pl.DataFrame, stretches: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the changes with those of the stretches; placements do not change while the child is with the mother."""
    together = stretches.filter(pl.col("level") == TOGETHER_LEVEL)
    hits = changes.join(together, on="period", maintain_order="left").filter(
        pl.col("date") >= pl.col("start"), (pl.col("date") < pl.col("end")).fill_null(value=True)
    )
    kept = changes.join(hits.select("period", "date"), on=["period", "date"], how="anti", maintain_order="left")
    facts = rows.select("period", "foster", "next_foster")
    # A child placed with the mother again is so under a care order.
    home = pl.col("level") == TOGETHER_LEVEL
    steps = stretches.join(facts, on="period", maintain_order="left").select(
        "period",
        date="start",
        ls=pl.when(home).then(pl.lit("C2")),
        place=pl.when(home).then(pl.lit("P1")).otherwise("next_foster"),
    )
    both = pl.concat([kept, steps.select(changes.columns)])
    return both.unique(["period", "date"], keep="last", maintain_order=True)


def _chain(changes: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return episodes from the changes: states carried forward, equal neighbours merged, ends set."""
    facts = rows.select("period", "case", "child", "need", "reason_change", "last_reason", period_end="end")
    chain = changes.sort("period", "date").with_columns(
        pl.col("ls").forward_fill().over("period"), pl.col("place").forward_fill().over("period")
    )
    chain = chain.join(facts, on="period", maintain_order="left")
    chain = chain.filter((pl.col("date") < pl.col("period_end")).fill_null(value=True))
    # A placement code that comes again after a move is a new carer: only a true change starts an episode.
    old_ls, old_place = pl.col("ls").shift(1).over("period"), pl.col("place").shift(1).over("period")
    new_ls = (pl.col("ls") != old_ls).fill_null(value=True)
    new_place = (pl.col("place") != old_place).fill_null(value=True)
    chain = chain.with_columns(new_ls=new_ls, new_place=new_place, is_first=old_ls.is_null())
    chain = chain.filter(pl.col("new_ls") | pl.col("new_place"))
    following = pl.col("date").shift(-1).over("period")
    # An order to former foster carers ends a foster placement (rule 516); from elsewhere it is one to other carers.
    is_to_others = pl.col("last_reason").is_in(OF_FORMER_CARERS) & ~pl.col("place").str.starts_with("U")
    guardian = pl.when(is_to_others).then(pl.lit("E47")).otherwise("last_reason")
    moves = pl.col("new_place").shift(-1).over("period").fill_null(value=False)
    return chain.with_columns(
        start="date",
        end=pl.coalesce(following, "period_end"),
        rne=pl.when("is_first")
        .then(pl.lit("S"))
        .when(pl.col("new_ls") & pl.col("new_place"))
        .then(pl.lit("B"))
        .when("new_ls")
        .then(pl.lit("L"))
        .otherwise(pl.lit("P")),
        rec=pl.when(following.is_not_null()).then(pl.lit("X1")).otherwise(guardian),
        reason_change=pl.when(following.is_not_null() & moves).then("reason_change"),
    ).select(EPISODE_COLUMNS)
