"""Contracts of the cohort's tables on what mothers used of mental health care."""

from __future__ import annotations

import dataframely as dy
import polars as pl

_SETTING = "^(mbu|ward|crht)$"


def _dyad_id() -> dy.Int64:
    return dy.Int64(primary_key=True, min=1, description="Study number of the dyad.")


def _period() -> dy.String:
    return dy.String(
        primary_key=True,
        regex="^(pregnancy_to_birth|birth_to_t1|t1_to_t2|t2_to_t3)$",
        description="Its first day is in it, its last is the first of the next.",
    )


class AcuteCare(dy.Schema):
    """Grain: one row per mother of a dyad and stretch of days in one acute setting; [start_date, end_date)."""

    person_id = dy.String(primary_key=True, description="Pseudonym of the mother.")
    start_date = dy.Date(primary_key=True, description="First day.")
    end_date = dy.Date(description="First day after it; 9999-12-31 while open.")
    setting = dy.String(regex=_SETTING, description="Highest setting of these days: unit, else ward, else home.")

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """A stretch has at least one day."""
        return pl.col("start_date") < pl.col("end_date")

    @dy.rule()
    def no_day_is_in_two(cls) -> pl.Expr:
        """Stretches of one woman share no day."""
        next_start = pl.col("start_date").shift(-1).over("person_id", order_by="start_date")
        return next_start.is_null() | (pl.col("end_date") <= next_start)


class ServiceEvents(dy.Schema):
    """Grain: one row per referral to a team and per care contact of a mother of a dyad (kind, event_id)."""

    kind = dy.String(primary_key=True, regex="^(referral|contact)$", description="What it is.")
    event_id = dy.String(primary_key=True, description="The contact, or the referral and team.")
    person_id = dy.String(description="Pseudonym of the mother.")
    event_date = dy.Date(description="Day of the contact, or day the referral was received.")
    team_category = dy.String(
        regex="^(perinatal|parent_infant|community|other|unknown)$",
        description="Kind of team; other: crisis, hospital or point of access; unknown: no type is recorded.",
    )
    is_attended = dy.Bool(nullable=True, description="The patient was seen; null where not told, and of referrals.")
    is_offered = dy.Bool(nullable=True, description="Neither cancelled by the provider nor to come; null of referrals.")
    is_group = dy.Bool(nullable=True, description="A group session; null where not told, and of referrals.")


class ServicePeriods(dy.Schema):
    """Grain: one row per analysed dyad and period (dyad_id, period); [start_date, end_date)."""

    dyad_id = _dyad_id()
    period = _period()
    period_order = dy.Int64(min=1, max=4, description="Its place in time.")
    person_id = dy.String(description="Pseudonym of the mother.")
    route = dy.String(nullable=True, description="Route on which the authority's records came.")
    start_date = dy.Date(description="First day.")
    end_date = dy.Date(description="First day after it, or the day of a death or the last day observed before.")

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """A period does not end before it starts."""
        return pl.col("start_date") <= pl.col("end_date")


def _n(words: str) -> dy.Int64:
    return dy.Int64(nullable=True, min=0, description=f"{words}; null where the route does not tell.")


class ServiceUse(dy.Schema):
    """Grain: one row per analysed dyad and period (dyad_id, period). The mother's use of mental health care."""

    dyad_id = _dyad_id()
    period = _period()
    observed_days = dy.Int64(min=0, description="Days of the period before a death and the end of follow-up.")
    n_bed_days = dy.Int64(min=0, description="Nights on an acute ward or in a mother and baby unit.")
    n_mbu_days = _n("Those in a mother and baby unit")
    n_ward_days = _n("Those on an acute ward")
    n_home_treatment_days = _n("Days of home treatment by a crisis team, those in hospital left out")
    n_contacts = _n("Attended contacts with community teams of any kind")
    n_perinatal_referrals = _n("Referrals to a specialist perinatal community team")
    n_perinatal_contacts = _n("Attended contacts with it")
    n_parent_infant_referrals = _n("Referrals to a parent-infant team or parenting service")
    n_parent_infant_contacts = _n("Attended contacts with it, groups included")
    n_group_sessions_offered = _n("Group sessions of it that were offered")
    n_group_sessions_attended = _n("Those attended")

    @dy.rule()
    def beds_add_up(cls) -> pl.Expr:
        """Days in a unit and on a ward are the days in hospital."""
        return pl.col("n_bed_days") == pl.col("n_mbu_days") + pl.col("n_ward_days")

    @dy.rule()
    def no_day_counts_twice(cls) -> pl.Expr:
        """Days in hospital and of home treatment are no more than those observed."""
        return pl.col("n_bed_days") + pl.col("n_home_treatment_days").fill_null(0) <= pl.col("observed_days")


class ServiceNeeds(dy.Schema):
    """Grain: one row per analysed dyad (dyad_id)."""

    dyad_id = _dyad_id()
    discharge_follow_up = dy.String(
        nullable=True,
        regex="^(seen|not_seen|readmitted|died)$",
        description="What came first within discharge_follow_up_days after T2: an attended contact or home treatment, "
        "a bed, a death of mother or infant, or none; null where not told, not observed, or not alive at T2.",
    )
    perinatal_team = dy.String(
        nullable=True,
        regex="^(not_referred|never_seen|seen)$",
        description="From pregnancy to the last day observed: seen by a specialist perinatal community team, referred "
        "and never seen, or neither; null where the route does not tell.",
    )
    parent_infant_team = dy.String(
        nullable=True,
        regex="^(not_referred|never_seen|seen)$",
        description="Likewise, by a parent-infant team or parenting service.",
    )
