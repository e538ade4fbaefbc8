"""What an authority records inside each referral episode: assessments, enquiries, plans and reviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.randomness import pick, spread, with_uniforms

FACTORS = ("1B", "2B", "3A", "3B", "4A", "4B", "5B", "6A", "7A", "16A", "17A", "18A")
FACTOR_SHARES = (0.12, 0.14, 0.10, 0.32, 0.18, 0.33, 0.05, 0.06, 0.04, 0.20, 0.25, 0.10)
SOURCES = {
    "6": 0.27,
    "2A": 0.10,
    "3A": 0.04,
    "3B": 0.06,
    "3D": 0.08,
    "3E": 0.08,
    "3F": 0.10,
    "5A": 0.05,
    "5B": 0.06,
    "5C": 0.05,
    "1A": 0.06,
    "7": 0.04,
    "8": 0.06,
    "9": 0.03,
    "10": 0.02,
}
NEEDS = {"N1": 0.55, "N2": 0.06, "N3": 0.09, "N4": 0.10, "N5": 0.16, "N8": 0.02, "N0": 0.02}
NEEDS_OF_DYADS = {"N1": 0.40, "N3": 0.40, "N4": 0.08, "N5": 0.12}
CLOSURES_AFTER_CARE = {"E11": "RC1", "E12": "RC1", "E41": "RC3", "E45": "RC4", "E46": "RC4", "E47": "RC4"}
CLOSURES = {"RC7": 0.72, "RC8": 0.20, "RC9": 0.08}


@dataclass(frozen=True)
class CareRecords:
    """The records of an authority, one frame per group of the census.

    `episodes` one row per case; the other frames carry `case` and dates as day numbers.
    """

    episodes: pl.DataFrame
    assessments: pl.DataFrame
    need_plans: pl.DataFrame
    enquiries: pl.DataFrame
    plans: pl.DataFrame
    reviews: pl.DataFrame


@dataclass(frozen=True)
class InnerDates:
    """Dates inside the cases of dyad infants, each frame with `case`; they take the place of drawn ones."""

    need_plans: pl.DataFrame
    enquiries: pl.DataFrame
    plans: pl.DataFrame


def build_records(cases: pl.DataFrame, inner: InnerDates, rng: np.random.Generator, p: Parameters) -> CareRecords:
    """Return the records of cases.

    Args:
        cases: One row per referral episode: case, child, referral, closure, authorised (of the first assessment,
            null where it is drawn), s47, plan_start, plan_end, cin_start, care_start, no_action, death, is_dyad,
            has_abuse, has_drugs, moved_out, care_reason.
        inner: What is inside the cases of dyad infants.
        rng: The stream of this topic.
        p: The parameters.
    """
    cases = with_uniforms(cases, rng, "u_ass", "u_auth", "u_s47", "u_icpc", "u_held", "u_review")
    enquiries = _enquiries(cases, inner)
    conference = enquiries.group_by("case", maintain_order=True).agg(pl.col("conference").min())
    plans = _plans(cases, inner, rng, p)
    return CareRecords(
        episodes=_episodes(cases.join(conference, on="case", how="left", maintain_order="left"), rng, p),
        assessments=_assessments(cases, rng),
        need_plans=_need_plans(cases, inner),
        enquiries=enquiries,
        plans=plans,
        reviews=_reviews(plans),
    )


def _episodes(cases: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    n = cases.height
    need = pl.when("is_dyad").then(pick(rng, n, NEEDS_OF_DYADS)).otherwise(pick(rng, n, NEEDS))
    changed = pl.Series(rng.random(n) < p.social_care.changed_between_returns.value)
    after_care = pl.col("care_reason").replace_strict(CLOSURES_AFTER_CARE, default=None, return_dtype=pl.String)
    reason = (
        pl.when((pl.col("closure") == pl.col("death")).fill_null(value=False))
        .then(pl.lit("RC2"))
        .when(after_care.is_not_null())
        .then(after_care)
        .when("moved_out")
        .then(pl.lit("RC5"))
        .otherwise(pick(rng, n, CLOSURES))
    )
    source = pl.when(pl.col("is_dyad") & pl.Series(rng.random(n) < 0.5)).then(pl.lit("3D"))
    return cases.select(
        "case",
        "child",
        "referral",
        "closure",
        "conference",
        "no_action",
        source=source.otherwise(pick(rng, n, SOURCES)),
        need=need,
        # The same referral comes again the year after, at times with another need code.
        first_need=pl.when(changed).then(pl.lit("N0")).otherwise(need),
        reason=reason,
    )


def _assessments(cases: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    rows = cases.filter(~pl.col("no_action"))
    start = pl.min_horizontal(pl.col("referral") + spread("u_ass", 0, 5), "closure", "authorised")
    usual = pl.min_horizontal(pl.col("start") + spread("u_auth", 8, 45), "closure")
    rows = rows.with_columns(start=start).with_columns(authorised=pl.coalesce("authorised", usual))
    drawn = rng.random((rows.height, len(FACTORS))) < np.asarray(FACTOR_SHARES)
    flags = pl.DataFrame(drawn, schema=[f"f_{code}" for code in FACTORS], orient="row")
    rows = pl.concat([rows, flags], how="horizontal").with_columns(
        f_4B=pl.col("f_4B") | pl.col("is_dyad"),
        f_3B=pl.col("f_3B") & ~pl.col("is_dyad") | pl.col("has_abuse"),
        f_2B=pl.col("f_2B") & ~pl.col("is_dyad") | pl.col("has_drugs"),
    )
    codes = pl.concat_str(
        [pl.when(pl.col(f"f_{code}")).then(pl.lit(code)) for code in FACTORS],
        separator="|",
        ignore_nulls=True,
    )
    factors = pl.when(codes == "").then(pl.lit("21")).otherwise(codes)
    return rows.select("case", "start", "authorised", factors=factors)


def _need_plans(every: pl.DataFrame, inner: InnerDates) -> pl.DataFrame:
    """Return child in need plans: until a protection plan, care or closure, and again after the plan."""
    cases = every.filter(~pl.col("is_dyad"))
    first_end = pl.min_horizontal("plan_start", "care_start", "closure")
    first = cases.filter(pl.col("cin_start").is_not_null()).select("case", start="cin_start", end=first_end)
    first = first.filter((pl.col("start") < pl.col("end")).fill_null(value=True))
    second_end = pl.min_horizontal(pl.when(pl.col("care_start") > pl.col("plan_end")).then("care_start"), "closure")
    in_care = (pl.col("care_start") <= pl.col("plan_end")).fill_null(value=False)
    second = cases.filter(pl.col("plan_end").is_not_null(), ~in_care)
    second = second.select("case", start="plan_end", end=second_end)
    second = second.filter((pl.col("start") < pl.col("end")).fill_null(value=True))
    return pl.concat([first, second, inner.need_plans.select("case", "start", "end")]).sort("case", "start")


def _enquiries(every: pl.DataFrame, inner: InnerDates) -> pl.DataFrame:
    """Return section 47 enquiries; one leads to each protection plan, whose conference is its first day."""
    cases = every.filter(~pl.col("is_dyad"))
    alone = cases.filter(pl.col("s47").is_not_null())
    held = pl.col("s47") + spread("u_icpc", 8, 21)
    room = (held <= pl.col("closure")).fill_null(value=True) & pl.col("plan_start").is_null()
    alone = alone.select("case", start="s47", conference=pl.when((pl.col("u_held") < 0.25) & room).then(held))
    lead = pl.max_horizontal("referral", pl.col("plan_start") - spread("u_s47", 8, 20))
    planned = cases.filter(pl.col("plan_start").is_not_null())
    planned = planned.select("case", start=lead, conference="plan_start")
    both = pl.concat([alone, planned, inner.enquiries.select("case", "start", "conference")]).sort(
        "case", "start", "conference", nulls_last=True
    )
    return both.with_columns(target=pl.col("start") + 21)


def _plans(cases: pl.DataFrame, inner: InnerDates, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    columns = ("case", "child", "u_review", "plan_start", "plan_end")
    drawn = cases.filter(~pl.col("is_dyad"), pl.col("plan_start").is_not_null())
    own = inner.plans.select("case", plan_start="start", plan_end="end")
    own = own.join(cases.select("case", "child", "u_review"), on="case", maintain_order="left")
    rows = pl.concat([drawn.select(columns), own.select(columns)]).sort("child", "plan_start")
    n = rows.height
    first = pick(rng, n, p.social_care.category.value)
    later = pick(rng, n, p.social_care.category.value)
    kept = pl.Series(rng.random(n) < 0.85)
    # A plan before the returns that are written; an infant of a dyad has none.
    earlier = pl.DataFrame({"child": rows["child"].unique(maintain_order=True)})
    earlier = earlier.with_columns(
        before=pl.Series(rng.random(earlier.height) < p.social_care.background_earlier_plan.value)
    )
    infants = cases.filter("is_dyad").select("child").unique()
    before = (pl.col("before") & ~pl.col("child").is_in(infants["child"].implode())).cast(pl.Int64)
    rows = rows.join(earlier, on="child", maintain_order="left").with_columns(before=before)
    return rows.select(
        "case",
        "child",
        "u_review",
        plan=pl.int_range(pl.len(), dtype=pl.Int64),
        start="plan_start",
        end="plan_end",
        category=first,
        latest_category=pl.when(kept).then(first).otherwise(later),
        n_previous=pl.int_range(pl.len(), dtype=pl.Int64).over("child") + pl.col("before"),
    )


def _reviews(plans: pl.DataFrame) -> pl.DataFrame:
    """Return review conferences: within three months, then every half year while the plan lasts."""
    first = pl.col("start") + spread("u_review", 65, 90)
    rows = plans.with_columns(first=first, last=pl.col("end").fill_null(pl.col("start") + 1100))
    rows = rows.filter(pl.col("first") <= pl.col("last"))
    rows = rows.select("plan", "case", date=pl.int_ranges("first", pl.col("last") + 1, 175))
    return rows.explode("date")
