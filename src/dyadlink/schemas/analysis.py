"""Contract of the analysis table: the one that descriptive tables and models read."""

from __future__ import annotations

import dataframely as dy
import polars as pl

CSC_LEVELS = (
    "none",
    "referral_or_assessment",
    "child_in_need",
    "section_47",
    "child_protection_plan",
    "looked_after_with_mother",
    "looked_after_apart",
    "permanently_elsewhere",
)
"""Levels of children's social care involvement, rising (early help is in no national return)."""

CUT_SHORT = ("moved_away", "coverage_end")
"""Ends of follow-up that have nothing to do with infant or mother's life: the dyad left sight."""

_LEVEL_PATTERN = f"^({'|'.join(CSC_LEVELS)})$"
_SERVICES = "^(mbu|ward|crht)$"


class Analysis(dy.Schema):
    """Grain: one row per dyad: covariates as known at T1, states at the timepoints, outcomes O1 to O4."""

    dyad_id = dy.Int64(primary_key=True, min=1, description="Study number of the dyad.")
    mother_number = dy.Int64(min=1, description="Study number of the mother: the cluster of every model.")
    country = dy.String(regex="^(England|Wales)$", description="Country of the authority at T1.")
    la_code = dy.String(
        regex=r"^(\d{3}|[EW]92000\d{3})$",
        description="Authority the mother lives in at T1; ONS code of the nation where the route does not tell it.",
    )
    birth_month = dy.Date(description="First day of the infant's month of birth.")
    maternal_age_years = dy.Int64(min=8, max=70, description="Mother's completed years of age at the birth.")
    maternal_age_band = dy.String(description="Band of the above.")
    ethnicity = dy.String(
        nullable=True,
        regex="^(white|black|asian|mixed|other)$",
        description="Mother's ethnic group; null if not stated.",
    )
    deprivation_quintile = dy.Int64(
        nullable=True,
        min=1,
        max=5,
        description="IMD/WIMD quintile of the mother's LSOA at T1; 1 is the most deprived.",
    )
    deprivation = dy.Int64(
        nullable=True,
        min=0,
        max=4,
        description="5 - quintile, so that one step up is one quintile more deprived.",
    )
    is_single = dy.Bool(nullable=True, description="Mother not married or in a civil partnership; null if unknown.")
    parity = dy.String(nullable=True, regex=r"^(0|1|2\+)$", description="Previous live births.")
    diagnosis_group = dy.String(
        regex=(
            "^(depression|bipolar|schizophrenia_spectrum|puerperal_psychosis|anxiety_stress"
            "|personality_disorder|substance|other)$"
        ),
        nullable=True,
        description="Group of the primary diagnosis as known at T1; null if none was coded.",
    )
    has_comorbid_personality_disorder = dy.Bool(description="A secondary diagnosis F60-F61 recorded by T1.")
    has_comorbid_substance_use = dy.Bool(description="A secondary diagnosis F10-F19 recorded by T1.")
    has_domestic_abuse = dy.Bool(description="Domestic abuse coded by T1.")
    has_childhood_trauma = dy.Bool(description="Trauma or care in the mother's own childhood coded by T1.")
    has_prior_admission = dy.Bool(
        description="An acute spell that ended before T1, inside the lookback, and before the birth."
    )
    is_detained = dy.Bool(
        nullable=True, description="Detained under the Mental Health Act on T1; null where the route does not tell it."
    )
    service_type = dy.String(
        nullable=True,
        regex=_SERVICES,
        description="mbu if any mother-and-baby-unit stay, else ward, else crht; null where the route tells none.",
    )
    infant_sex = dy.String(nullable=True, regex="^(male|female)$", description="Infant's sex.")
    is_preterm = dy.Bool(nullable=True, description="Gestation below the configured days; null if not recorded.")
    is_multiple_birth = dy.Bool(description="Twin or higher-order birth.")
    infant_age_days = dy.Int64(min=0, description="Infant's age at T1 in days.")
    episode_days = dy.Int64(min=0, description="T2 - T1 in days.")
    is_linked = dy.Bool(description="Infant linked to a child known to the authority.")
    csc_level_birth = dy.String(
        regex=_LEVEL_PATTERN,
        nullable=True,
        description="Involvement on the day of birth; null where the route cannot tell that there is none.",
    )
    csc_level_t1 = dy.String(
        regex=_LEVEL_PATTERN,
        nullable=True,
        description="Involvement at T1; null where the route cannot tell that there is none.",
    )
    csc_level_t2 = dy.String(
        regex=_LEVEL_PATTERN,
        nullable=True,
        description="Involvement at T2; null where the route cannot tell that there is none.",
    )
    csc_level_t3 = dy.String(
        regex=_LEVEL_PATTERN, nullable=True, description="Involvement at T3; null if not observed."
    )
    o1 = dy.Bool(
        nullable=True,
        description="Any involvement open during [T1, T2]; null where the route cannot tell that there is none.",
    )
    csc_level_episode = dy.String(
        regex=_LEVEL_PATTERN,
        nullable=True,
        description="Highest level during [T1, T2]; null where the route cannot tell that there is none.",
    )
    o2 = dy.Bool(nullable=True, description="Involvement open at T3; null if T3 is not observed.")
    o2_any = dy.Bool(nullable=True, description="Any involvement in (T2, T3]; null if not seen and T3 is not observed.")
    follow_up_days = dy.Int64(min=0, description="Days from T2 to the end of follow-up.")
    end_reason = dy.String(
        regex="^(t3|coverage_end|moved_away|death)$",
        description="What ended follow-up: T3, the end of the authority's data, a move out of the covered area, or the "
        "death of infant or mother.",
    )
    is_custody_lost_by_t2 = dy.Bool(
        description="Apart from the mother under a formal arrangement by T2: not at risk for O3, O4."
    )
    is_on_plan_at_t2 = dy.Bool(
        nullable=True,
        description="On a child protection plan (Wales: register) at T2: not at risk for O3; null where the route "
        "cannot tell that there is none.",
    )
    o3_at_risk = dy.Bool(
        nullable=True,
        description="In the mother's custody and on no plan at T2; null where the route does not tell plans.",
    )
    o3_days = dy.Int64(
        nullable=True,
        min=1,
        description="Days from T2 to plan, competing event or censoring; null if not at risk.",
    )
    o3_event = dy.String(
        nullable=True,
        regex="^(censored|child_protection_plan|custody_loss|death)$",
        description="What ended the time at risk for a first plan.",
    )
    o3 = dy.Bool(nullable=True, description="First plan in (T2, T3]; null if not at risk or follow-up is incomplete.")
    o3_at_t3 = dy.Bool(nullable=True, description="On a plan at T3 (prevalent); null if T3 is not observed.")
    o4_at_risk = dy.Bool(description="In the mother's custody at T2.")
    o4_days = dy.Int64(
        nullable=True,
        min=1,
        description="Days from T2 to custody loss, death or censoring; null if not at risk.",
    )
    o4_event = dy.String(
        nullable=True,
        regex="^(censored|custody_loss|death)$",
        description="What ended the time at risk for custody loss.",
    )
    o4 = dy.Bool(nullable=True, description="Custody loss in (T2, T3]; null if not at risk or follow-up is incomplete.")
    o4_at_t3 = dy.Bool(nullable=True, description="Custody lost at T3, whenever it was; null if T3 is not observed.")
    o4_any = dy.Bool(
        nullable=True,
        description="Custody lost on any day in (T2, T3], whenever it began; null if not seen and T3 is not observed.",
    )
    apart_from = dy.String(
        nullable=True,
        regex="^(t2|custody_loss)$",
        description="Time zero of a return: T2 where custody was lost by then, else the day of the loss.",
    )
    return_days = dy.Int64(
        nullable=True,
        min=1,
        description="Days from then to a return, to what settles it otherwise, or to the end of follow-up.",
    )
    return_event = dy.String(
        nullable=True,
        regex="^(censored|returned|left_care_otherwise|permanently_elsewhere|death)$",
        description="What it was: returned to a parent or home, which proves no return to the mother; null if not at "
        "risk.",
    )
    has_readmission = dy.Bool(
        nullable=True, description="An acute spell started in (T2, T3]: post-baseline, never a baseline term."
    )
    readmission_days = dy.Int64(
        nullable=True,
        min=1,
        description="Days from T2 to the first acute spell that started in (T2, T3], up to the last day observed; null "
        "without one. It splits a dyad's time, or counts up to a landmark; never a baseline term.",
    )

    @dy.rule()
    def at_risk_has_time(cls) -> pl.Expr:
        """Whoever is at risk has a time and an event, and nobody else."""
        o3 = pl.col("o3_at_risk").fill_null(False) == pl.col("o3_days").is_not_null()
        return o3 & (pl.col("o4_at_risk") == pl.col("o4_days").is_not_null())

    @dy.rule()
    def lost_is_not_at_risk(cls) -> pl.Expr:
        """Custody lost by T2 is its own state."""
        return ~(pl.col("is_custody_lost_by_t2") & (pl.col("o3_at_risk") | pl.col("o4_at_risk")))

    @dy.rule()
    def open_at_t3_is_any(cls) -> pl.Expr:
        """Involvement open at T3 is involvement in the year."""
        return ~(pl.col("o2").fill_null(False) & ~pl.col("o2_any").fill_null(True))

    @dy.rule()
    def lost_at_t3_is_any(cls) -> pl.Expr:
        """Custody lost at T3 is custody lost in the year, and an incident loss is one."""
        lost = pl.col("o4_at_t3").fill_null(False) | pl.col("o4").fill_null(False)
        return ~(lost & ~pl.col("o4_any").fill_null(True))

    @dy.rule()
    def readmissions_have_days(cls) -> pl.Expr:
        """Whoever was readmitted has the day of it, and nobody else."""
        return pl.col("has_readmission").fill_null(False) == pl.col("readmission_days").is_not_null()

    @dy.rule()
    def returns_have_time(cls) -> pl.Expr:
        """Whoever can return has a time and what settled it, and was apart."""
        has_event = pl.col("return_event").is_not_null()
        return (has_event == pl.col("return_days").is_not_null()) & (~has_event | pl.col("apart_from").is_not_null())


class AnalysisAlternatives(Analysis):
    """Grain: one row per alternative and dyad (alternative, dyad_id): the study under other definitions."""

    alternative = dy.String(primary_key=True, description="Its name in the configuration. Dyads are numbered anew.")


class AnalysisVariants(Analysis):
    """Grain: one row per dyad and set of records it may have (dyad_id, variant_id): what the dyad then would be."""

    variant_id = dy.Int64(primary_key=True, min=1, description="Number of the variant; see link_variants.")
