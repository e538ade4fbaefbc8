"""Contracts of the cohort's tables below the analysis table."""

from __future__ import annotations

import dataframely as dy
import polars as pl

_SERVICE = "^(mbu|ward|crht)$"


def _dyad_id() -> dy.Int64:
    return dy.Int64(primary_key=True, min=1, description="Study number of the dyad.")


class AdmissionSpells(dy.Schema):
    """Grain: one row per acute spell (spell_id)."""

    person_id = dy.String(description="Pseudonym of the patient.")
    spell_id = dy.String(primary_key=True, description="The hospital spell, or the referral and team.")
    service_type = dy.String(regex=_SERVICE, description="Mother and baby unit, acute ward, or crisis team.")
    start_date = dy.Date(description="First day.")
    end_date = dy.Date(nullable=True, description="Last day; null while open.")


class StudyInfants(dy.Schema):
    """Grain: one row per liveborn infant of the study period (infant_id)."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    mother_id = dy.String(description="Pseudonym of the mother.")
    birth_date = dy.Date(description="Date of birth, or the first day that it can be.")
    latest_birth_date = dy.Date(description="The last day that it can be.")
    infant_death_date = dy.Date(nullable=True, description="Infant's date of death.")
    infant_sex = dy.String(nullable=True, description="Infant's sex.")
    infant_ethnic_group = dy.String(nullable=True, description="Infant's ethnic group.")
    gestation_days = dy.Int64(nullable=True, description="Length of gestation in days.")
    n_infants_delivered = dy.Int64(min=1, description="Infants of the same pregnancy born that day.")
    previous_live_births = dy.Int64(nullable=True, description="Mother's live births before this one.")
    maternal_age_years = dy.Int64(nullable=True, description="Mother's completed years of age at the birth.")
    ethnic_category = dy.String(nullable=True, description="Code of the mother's ethnic category.")
    mother_death_date = dy.Date(nullable=True, description="Mother's date of death.")
    has_one_mother = dy.Bool(description="Exactly one mother is recorded.")


class IndexEpisodes(dy.Schema):
    """Grain: one row per infant whose mother has an index acute episode (infant_id)."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    t1_date = dy.Date(description="Index admission.")
    t2_date = dy.Date(nullable=True, description="Index discharge; null while the episode is open.")
    service_type = dy.String(regex=_SERVICE, description="mbu if any such stay, else ward, else crht.")

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """T2 is not before T1."""
        return pl.col("t2_date").is_null() | (pl.col("t1_date") <= pl.col("t2_date"))


class Dyads(dy.Schema):
    """Grain: one row per mother-infant dyad with an index acute episode (dyad_id)."""

    dyad_id = _dyad_id()
    mother_number = dy.Int64(min=1, description="Study number of the mother.")
    infant_id = dy.String(unique=True, description="Pseudonym of the infant.")
    mother_id = dy.String(description="Pseudonym of the mother.")
    birth_date = dy.Date(description="Infant's date of birth, or the first day that it can be.")
    t1_date = dy.Date(description="Index admission.")
    t2_date = dy.Date(nullable=True, description="Index discharge.")
    t3_date = dy.Date(nullable=True, description="End of follow-up.")
    service_type = dy.String(regex=_SERVICE, description="Type of the index episode.")
    infant_death_date = dy.Date(nullable=True, description="Infant's date of death.")
    mother_death_date = dy.Date(nullable=True, description="Mother's date of death.")
    infant_sex = dy.String(nullable=True, description="Infant's sex.")
    gestation_days = dy.Int64(nullable=True, description="Length of gestation in days.")
    n_infants_delivered = dy.Int64(min=1, description="Infants of the same pregnancy born that day.")
    previous_live_births = dy.Int64(nullable=True, description="Mother's live births before this one.")
    maternal_age_years = dy.Int64(description="Mother's completed years of age at the birth.")
    ethnic_category = dy.String(nullable=True, description="Code of the mother's ethnic category.")
    lsoa = dy.String(nullable=True, description="Mother's small area at T1.")
    marital_status = dy.String(nullable=True, description="Code of the mother's marital status at T1.")
    la_code = dy.String(nullable=True, description="Authority the mother lives in at T1, where covered.")
    country = dy.String(nullable=True, description="Its country.")
    route = dy.String(nullable=True, description="Route on which its records came.")
    coverage_end = dy.Date(nullable=True, description="Last day that its returns cover.")
    exclusion_reason = dy.String(
        nullable=True,
        regex="^(died_by_t1|episode_not_ended|authority_not_covered|service_not_studied)$",
        description="Why the dyad is not analysed; null: it is.",
    )

    @dy.rule()
    def admitted_after_birth(cls) -> pl.Expr:
        """T1 is not before the birth."""
        return pl.col("birth_date") <= pl.col("t1_date")


class DyadChildren(dy.Schema):
    """Grain: one row per analysed dyad and linked child record (dyad_id, child_key)."""

    dyad_id = _dyad_id()
    child_key = dy.String(primary_key=True, description="Child record linked to the infant.")


class PeriodsOfCare(dy.Schema):
    """Grain: one row per period of care (child_key, start_date)."""

    child_key = dy.String(primary_key=True, description="The child record.")
    start_date = dy.Date(primary_key=True, description="First day looked after.")
    end_date = dy.Date(nullable=True, description="Last day looked after; null while it lasts.")
    reason_ceased_category = dy.String(nullable=True, description="What its end means.")
    n_episodes = dy.Int64(min=1, description="Placements and legal statuses chained.")
    is_short_breaks_only = dy.Bool(description="Every one of them is a short break.")
    has_gap_before = dy.Bool(description="The period before it claimed to continue, and did not.")


class CscIntervals(dy.Schema):
    """Grain: one row per dyad, level and interval of involvement; [start_date, end_date)."""

    dyad_id = dy.Int64(min=1, description="Study number of the dyad.")
    level_rank = dy.Int64(min=1, max=7, description="Rank of the level; higher is more intensive.")
    level = dy.String(description="Level of involvement.")
    start_date = dy.Date(description="First day.")
    end_date = dy.Date(nullable=True, description="First day after it; null while open.")

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """An interval does not end before it starts."""
        return pl.col("end_date").is_null() | (pl.col("start_date") <= pl.col("end_date"))


class CustodyIntervals(dy.Schema):
    """Grain: one row per dyad, arrangement and interval under it; [start_date, end_date)."""

    dyad_id = dy.Int64(min=1, description="Study number of the dyad.")
    arrangement = dy.String(
        regex="^(apart_under_order|apart_otherwise|placed_with_parent|placed_with_mother|adoption"
        "|special_guardianship|child_arrangements|left_to_other)$",
        description="Formal arrangement about where the infant lives.",
    )
    start_date = dy.Date(description="First day.")
    end_date = dy.Date(nullable=True, description="First day after it; null while it lasts.")

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """An interval does not end before it starts."""
        return pl.col("end_date").is_null() | (pl.col("start_date") <= pl.col("end_date"))


class CscTimeline(dy.Schema):
    """Grain: one row per analysed dyad and stretch of days at one level (dyad_id, start_date)."""

    dyad_id = _dyad_id()
    level_rank = dy.Int64(min=0, max=7, description="Rank of the highest level open; 0 is none.")
    level = dy.String(description="That level.")
    start_date = dy.Date(
        primary_key=True, description="First day of it; of the first stretch the start of the lookback."
    )
    end_date = dy.Date(description="First day after it; of the last stretch the day after T3.")

    @dy.rule()
    def lasts_a_day(cls) -> pl.Expr:
        """A stretch holds one day at least."""
        return pl.col("start_date") < pl.col("end_date")

    @dy.rule()
    def has_no_gap_and_no_overlap(cls) -> pl.Expr:
        """Each stretch of a dyad starts on the day that the one before it ends."""
        end_before = pl.col("end_date").shift(1).over("dyad_id", order_by="start_date")
        return (end_before == pl.col("start_date")).fill_null(value=True)

    @dy.rule()
    def changes_level(cls) -> pl.Expr:
        """Two stretches next to each other differ in level."""
        rank_before = pl.col("level_rank").shift(1).over("dyad_id", order_by="start_date")
        return (rank_before != pl.col("level_rank")).fill_null(value=True)


class CustodyLosses(dy.Schema):
    """Grain: one row per dyad and unbroken stretch of days with custody lost (dyad_id, start_date)."""

    dyad_id = _dyad_id()
    start_date = dy.Date(primary_key=True, description="First day of it.")
    end_date = dy.Date(nullable=True, description="First day after it; null while it lasts.")
    permanence_date = dy.Date(
        nullable=True, description="First day of adoption or an order to another person within it."
    )
    how_ended = dy.String(
        nullable=True,
        regex="^(placed_with_parent|returned_home|left_care_otherwise)$",
        description="Placed with a parent or the mother; care ended with a return home, to a parent, a relative or "
        "another person with parental responsibility; or left care some other way. Null while it lasts.",
    )

    @dy.rule()
    def ends_after_it_starts(cls) -> pl.Expr:
        """A stretch holds one day at least."""
        return pl.col("end_date").is_null() | (pl.col("start_date") < pl.col("end_date"))


class Reunifications(dy.Schema):
    """Grain: one row per analysed dyad apart at T2 or parted by the end of follow-up (dyad_id)."""

    dyad_id = _dyad_id()
    from_date = dy.Date(description="T2, or the day of the custody loss after it: time zero of a return.")
    time_zero = dy.String(regex="^(t2|custody_loss)$", description="Which of the two.")
    is_at_risk = dy.Bool(description="Neither permanently elsewhere nor dead by then, and followed for a day.")
    return_days = dy.Int64(
        nullable=True, min=1, description="Days to the return, what settles it otherwise, or the end of follow-up."
    )
    return_event = dy.String(
        nullable=True,
        regex="^(censored|returned|left_care_otherwise|permanently_elsewhere|death)$",
        description="What it was; null if not at risk.",
    )
    how_returned = dy.String(
        nullable=True,
        regex="^(placed_with_parent|returned_home|left_care_otherwise)$",
        description="What tells of the return; see `custody_losses`.",
    )


class CscLevelsAtTimepoints(dy.Schema):
    """Grain: one row per analysed dyad and timepoint (dyad_id, timepoint)."""

    dyad_id = _dyad_id()
    timepoint = dy.String(
        primary_key=True, regex="^(birth|t1|t2|t3|episode)$", description="A day, or the days from T1 to T2."
    )
    level_rank = dy.Int64(min=0, max=7, description="Rank of the highest level open.")


class FollowUp(dy.Schema):
    """Grain: one row per analysed dyad (dyad_id)."""

    dyad_id = _dyad_id()
    t2_date = dy.Date(description="Index discharge: time zero.")
    plan_date = dy.Date(nullable=True, description="First start of a protection plan after T2.")
    loss_date = dy.Date(nullable=True, description="First day after T2 with custody lost, by the study's definition.")
    death_date = dy.Date(nullable=True, description="First death of infant or mother.")
    last_day = dy.Date(description="T3, or the last day covered where that is earlier.")
    is_followed_to_t3 = dy.Bool(description="T3 is covered.")
    end_reason = dy.String(
        regex="^(t3|coverage_end|moved_away|death)$",
        description="What ended follow-up: T3, the end of the authority's data, a move out of the covered area, or the "
        "death of infant or mother.",
    )
    readmission_date = dy.Date(nullable=True, description="First acute spell after T2.")


class CohortFlow(dy.Schema):
    """Grain: one row per step of the flow (position)."""

    position = dy.Int64(primary_key=True, min=1, description="Order of the step.")
    unit = dy.String(regex="^(women|dyads)$", description="What is counted.")
    kind = dy.String(regex="^(box|exclusion)$", description="A box, or what is taken from it.")
    step = dy.String(description="The step in words.")
    n = dy.Int64(min=0, description="How many.")


class LinkCandidates(dy.Schema):
    """Grain: one row per infant and child record that may or may not be a link (infant_id, child_key)."""

    infant_id = dy.String(primary_key=True, description="Pseudonym of the infant.")
    child_key = dy.String(primary_key=True, description="Child record that may be the infant's.")
    la_code = dy.String(description="Authority of the record: an infant has at most one record in each.")
    dyad_id = dy.Int64(nullable=True, min=1, description="Study number of the dyad; null where it is not analysed.")
    match_probability = dy.Float64(min=0, max=1, description="Of the linkage model.")
    is_link = dy.Bool(description="It is among the links.")


CHILD_KEYS_SEPARATOR = "|"
"""Between the child records of a variant."""


class LinkVariants(dy.Schema):
    """Grain: one row per set of records that a dyad with candidates may have (variant_id)."""

    variant_id = dy.Int64(primary_key=True, min=1, description="Number of the variant.")
    dyad_id = dy.Int64(min=1, description="Study number of the dyad.")
    child_keys = dy.String(
        description=f"Candidates that are links in it, sorted, with {CHILD_KEYS_SEPARATOR} between; empty: none of "
        "them."
    )
