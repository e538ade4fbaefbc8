"""Tables of cases in the Standard Safeguarding Dataset: referrals, assessments, enquiries and plans."""

from __future__ import annotations

import polars as pl

from dyadlink.synthetic.pseudonyms import as_date, shown
from dyadlink.synthetic.records import CareRecords
from dyadlink.synthetic.ssd_tables import CATEGORIES, REFERRAL_OUTCOMES

STANDARD_DAYS_OF_ENQUIRY = 15
REVIEW_DUE_DAYS = (90, 182)


def numbered(prefix: str, name: str) -> pl.Expr:
    """Return a row identifier made of letters and a number."""
    return pl.concat_str(pl.lit(prefix), pl.col(name).cast(pl.String).str.zfill(7))


def yes_no(condition: pl.Expr) -> pl.Expr:
    """Return Y or N."""
    return pl.when(condition).then(pl.lit("Y")).otherwise(pl.lit("N"))


def case_tables(records: CareRecords, persons: pl.DataFrame, last: int) -> dict[str, pl.DataFrame]:
    """Return the tables of cases as the authority's system holds them after its last day.

    Args:
        records: Episodes and what is inside them, of all authorities.
        persons: One row per child of the authority: child, pers_person_id.
        last: The day of the extract.
    """
    cases = records.episodes.join(persons, on="child", how="inner", maintain_order="left")
    cases = cases.filter(pl.col("referral") <= last)
    known = cases.select("case", "pers_person_id")
    enquiries = _within(records.enquiries, known, "start", last).with_row_index("enquiry", offset=1)
    plans = _within(records.plans.drop("child"), known, "start", last)
    assessments = _within(records.assessments, known, "start", last).with_row_index("assessment", offset=1)
    conferences = _conferences(enquiries, plans, last)
    return {
        "ssd_cin_episodes": _episodes(cases, last),
        "ssd_cin_assessments": _assessments(assessments, last),
        "ssd_assessment_factors": _factors(assessments, last),
        "ssd_cin_plans": _need_plans(_within(records.need_plans, known, "start", last), last),
        "ssd_s47_enquiry": _enquiries(enquiries, last),
        "ssd_initial_cp_conference": conferences,
        "ssd_cp_plans": _plans(plans, conferences, last),
        "ssd_cp_reviews": _reviews(_within(records.reviews, known, "date", last), plans),
    }


def _within(rows: pl.DataFrame, known: pl.DataFrame, start: str, last: int) -> pl.DataFrame:
    """Return the rows of known cases that begin by the last day."""
    return rows.join(known, on="case", how="inner", maintain_order="left").filter(pl.col(start) <= last)


def _episodes(cases: pl.DataFrame, last: int) -> pl.DataFrame:
    # ASSUME: the outcome of a referral is either no further action or an assessment.
    flags = {"NFA_FLAG": yes_no(pl.col("no_action")), "SINGLE_ASSESSMENT_FLAG": yes_no(~pl.col("no_action"))}
    keys = [
        pl.concat_str(pl.lit(f'"{key}": "'), flags.get(key, pl.lit("")), pl.lit('"'))
        for key in REFERRAL_OUTCOMES.split()
    ]
    outcome = pl.concat_str(pl.lit("{"), pl.concat_str(keys, separator=", "), pl.lit("}"))
    return cases.select(
        cine_referral_id=numbered("R", "case"),
        cine_person_id="pers_person_id",
        cine_referral_date=shown("referral", last),
        cine_cin_primary_need_code="need",
        cine_referral_source_code="source",
        cine_referral_outcome_json=outcome,
        cine_referral_nfa=yes_no(pl.col("no_action")),
        cine_close_reason=pl.when(pl.col("closure") <= last).then("reason"),
        cine_close_date=shown("closure", last),
    )


def _assessments(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    return rows.select(
        cina_assessment_id=numbered("A", "assessment"),
        cina_person_id="pers_person_id",
        cina_referral_id=numbered("R", "case"),
        cina_assessment_start_date=shown("start", last),
        cina_assessment_child_seen=pl.lit("Y"),
        cina_assessment_auth_date=shown("authorised", last),
    )


def _factors(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return the factors of authorised assessments as a JSON array of codes."""
    inside = pl.col("factors").str.replace_all("|", '", "', literal=True)
    rows = rows.filter(pl.col("authorised") <= last)
    return rows.select(
        cinf_table_id=numbered("F", "assessment"),
        cinf_assessment_id=numbered("A", "assessment"),
        cinf_assessment_factors_json=pl.concat_str(pl.lit('["'), inside, pl.lit('"]')),
    )


def _need_plans(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    return rows.with_row_index("number", offset=1).select(
        cinp_cin_plan_id=numbered("N", "number"),
        cinp_referral_id=numbered("R", "case"),
        cinp_person_id="pers_person_id",
        cinp_cin_plan_start_date=shown("start", last),
        cinp_cin_plan_end_date=shown("end", last),
    )


def _enquiries(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return enquiries; one that leads to a conference ends before it, another after fifteen days."""
    usual = pl.col("start") + STANDARD_DAYS_OF_ENQUIRY
    end = pl.when(pl.col("conference").is_null()).then(usual).otherwise(pl.min_horizontal("conference", usual))
    held = pl.col("conference").is_not_null()
    rows = rows.with_columns(end=end, held=held)
    return rows.select(
        s47e_s47_enquiry_id=numbered("E", "enquiry"),
        s47e_referral_id=numbered("R", "case"),
        s47e_person_id="pers_person_id",
        s47e_s47_start_date=shown("start", last),
        s47e_s47_end_date=shown("end", last),
        s47e_s47_nfa=pl.when(pl.col("end") <= last).then(yes_no(~pl.col("held"))),
    )


def _conferences(enquiries: pl.DataFrame, plans: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return initial conferences held, with the plan that starts on the day."""
    rows = enquiries.filter(pl.col("conference") <= last)
    started = plans.unique(["case", "start"], keep="first", maintain_order=True)
    started = started.select("case", "plan", conference="start")
    rows = rows.join(started, on=["case", "conference"], how="left", maintain_order="left")
    planned = pl.col("plan").is_not_null()
    return rows.select(
        icpc_icpc_id=numbered("I", "enquiry"),
        icpc_s47_enquiry_id=numbered("E", "enquiry"),
        icpc_person_id="pers_person_id",
        icpc_cp_plan_id=pl.when(planned).then(numbered("P", "plan")),
        icpc_referral_id=numbered("R", "case"),
        icpc_icpc_transfer_in=pl.lit("N"),
        icpc_icpc_target_date=as_date(pl.col("target")),
        icpc_icpc_date=shown("conference", last),
        icpc_icpc_outcome_cp_flag=yes_no(planned),
    )


def _plans(plans: pl.DataFrame, conferences: pl.DataFrame, last: int) -> pl.DataFrame:
    plans = plans.with_columns(cppl_cp_plan_id=numbered("P", "plan"))
    held = conferences.select(cppl_cp_plan_id="icpc_cp_plan_id", cppl_icpc_id="icpc_icpc_id").drop_nulls()
    held = held.unique("cppl_cp_plan_id", keep="first", maintain_order=True)
    plans = plans.join(held, on="cppl_cp_plan_id", how="left", maintain_order="left")
    return plans.select(
        "cppl_cp_plan_id",
        "cppl_icpc_id",
        cppl_referral_id=numbered("R", "case"),
        cppl_person_id="pers_person_id",
        cppl_cp_plan_start_date=shown("start", last),
        cppl_cp_plan_end_date=shown("end", last),
        cppl_cp_plan_initial_category=pl.col("category").replace(CATEGORIES),
        cppl_cp_plan_ola=pl.lit("N"),
        cppl_cp_plan_latest_category=pl.col("latest_category").replace(CATEGORIES),
    )


def _reviews(reviews: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """Return review conferences; the first is due within three months of the plan, the next each half year."""
    first, later = REVIEW_DUE_DAYS
    reviews = reviews.join(plans.select("plan", "start", "end"), on="plan", how="inner", maintain_order="left")
    reviews = reviews.sort("plan", "date").with_row_index("review", offset=1)
    before = pl.col("date").shift(1).over("plan")
    due = pl.coalesce(before + later, pl.col("start") + first)
    continued = (pl.col("end") > pl.col("date")).fill_null(value=True)
    return reviews.select(
        cppr_cp_review_id=numbered("V", "review"),
        cppr_person_id="pers_person_id",
        cppr_cp_plan_id=numbered("P", "plan"),
        cppr_cp_review_due=as_date(due),
        cppr_cp_review_date=as_date(pl.col("date")),
        cppr_cp_review_outcome_continue_cp=yes_no(continued),
        cppr_cp_review_quorate=pl.lit("Y"),
    )
