"""Why the cohort and the truth differ on a dyad: the planted flaws and missing values of its records, and its links."""

from __future__ import annotations

from pathlib import Path

import polars as pl

NO_CAUSE = "none found"
VALUE_MISSING = "value missing"
MISSED, FALSE = "missed link", "false link"

OF_TIME = ("t1_date", "t2_date", "t3_date", "last_day", "service_type", "readmission_date")
OF_PLANS = ("o3_event", "o3_date", "is_on_plan_at_t2")
OF_DEATH = ("death_date", "csc_level_t3", "o2", "o2_any", "o3_event", "o3_date", "o4_event", "o4_date", "o4_at_t3")
OF_LEVELS = ("csc_level_birth", "csc_level_t1", "csc_level_t2", "csc_level_t3", "csc_timeline", "o1", "o2", "o2_any")
OF_CARE = ("o3_event", "o3_date", "o4_event", "o4_date", "o4_at_t3", "is_custody_lost_by_t2", "return_event")
OF_RETURN = ("return_event", "return_date")

WHAT_A_FLAW_CHANGES = {
    "closure_before_referral": OF_LEVELS,
    "cpp_end_before_start": OF_LEVELS + OF_PLANS,
    "plan_before_referral": OF_LEVELS + OF_PLANS,
    "gap_after_x1": OF_LEVELS + OF_CARE + OF_RETURN,
    "death_before_plan_end": OF_DEATH + OF_RETURN,
    "discharge_before_admission": ("is_dyad", "has_prior_admission", *OF_TIME),
}
"""Facts that a flaw can change. Every other flaw is undone in reading: what it alone could explain has no cause."""


def flaws_of_dyads(folder: Path) -> pl.DataFrame:
    """The planted flaws that can change a fact of a dyad: `infant_id`, `cause`; from truth/flaws.csv."""
    flaws = _read(folder / "truth/flaws.csv").filter(pl.col("flaw").is_in(list(WHAT_A_FLAW_CHANGES)))
    parts = pl.col("record").str.split(":")
    child = pl.concat_str(parts.list.get(0), parts.list.get(1, null_on_oob=True), separator=":")
    keys = pl.concat(
        [flaws.select(key=child, cause="flaw"), flaws.select(key=parts.list.get(0), cause="flaw")]
    ).drop_nulls()
    return keys.join(_keys_of_dyads(folder), on="key").select("infant_id", "cause").unique(maintain_order=True)


def _keys_of_dyads(folder: Path) -> pl.DataFrame:
    """What stands for a dyad in the list of flaws: its child records, the mother and her spells: `key`, `infant_id`."""
    dyads = _read(folder / "truth/dyads.csv").select("infant_id", "mother_id")
    links = _read(folder / "truth/links.csv")
    spells = _read(folder / "nhs/mhsds/MHS501HospProvSpell.csv").select("UniqHospProvSpellID", mother_id="Person_ID")
    of_mothers = spells.unique(maintain_order=True).join(dyads, on="mother_id")
    return pl.concat(
        [
            links.select(key=pl.concat_str("la_code", "la_child_id", separator=":"), infant_id="infant_id"),
            dyads.select(key="mother_id", infant_id="infant_id"),
            of_mothers.select(key="UniqHospProvSpellID", infant_id="infant_id"),
        ]
    )


def missing_values_of_dyads(folder: Path) -> pl.DataFrame:
    """The facts of a dyad whose value is in no record of the mother: `infant_id`, `fact`."""
    dyads = _read(folder / "truth/dyads.csv").select("infant_id", "mother_id")
    health = folder / "nhs/mhsds"
    areas = _read(health / "MHS001MPI.csv").group_by("Person_ID").agg(is_known=pl.col("LSOA2021").is_not_null().any())
    # The diagnosis is missing of one referral, and the study may take that of another.
    coded = _read(health / "MHS604PrimDiag.csv").select("UniqServReqID")
    acute = _read(health / "MHS501HospProvSpell.csv").select("Person_ID", "UniqServReqID")
    crisis = _read(health / "MHS102OtherServiceType.csv").filter(
        pl.col("OtherCareProfTeamLocalID").str.ends_with("A02")
    )
    uncoded = pl.concat([acute, crisis.select("Person_ID", "UniqServReqID")]).join(
        coded, on="UniqServReqID", how="anti"
    )
    facts = [
        areas.filter(~pl.col("is_known")).select(mother_id="Person_ID", fact=pl.lit("deprivation")),
        uncoded.select(mother_id="Person_ID", fact=pl.lit("diagnosis_group")),
    ]
    return pl.concat(facts).join(dyads, on="mother_id").select("infant_id", "fact").unique(maintain_order=True)


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def causes_in_records(differences: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """The differences with their `cause` in the records of a simulated folder; several are named together.

    Args:
        differences: `infant_id`, `fact`, `is_true`, `found`, with the true links.
        folder: Where the records were simulated.
    """
    changed = pl.DataFrame(
        [(cause, fact) for cause, facts in WHAT_A_FLAW_CHANGES.items() for fact in facts],
        schema={"cause": pl.String, "fact": pl.String},
        orient="row",
    )
    flaws = flaws_of_dyads(folder)
    of_facts = differences.join(flaws.join(changed, on="cause"), on=["infant_id", "fact"])
    # Where T1 or T2 is another day, so is all that is told from it.
    timed = of_facts.filter(pl.col("fact").is_in(OF_TIME)).select("infant_id", "cause").unique()
    missing = differences.join(missing_values_of_dyads(folder), on=["infant_id", "fact"])
    parts = (of_facts, differences.join(timed, on="infant_id"), missing.with_columns(cause=pl.lit(VALUE_MISSING)))
    together = pl.concat([rows.select("infant_id", "fact", "cause") for rows in parts])
    named = together.group_by("infant_id", "fact").agg(cause=pl.col("cause").unique().sort().str.join(" and "))
    found = differences.join(named, on=["infant_id", "fact"], how="left")
    return found.with_columns(pl.col("cause").fill_null(NO_CAUSE))


def causes_in_links(
    differences: pl.DataFrame, of_records: pl.DataFrame, links: pl.DataFrame, truth: pl.DataFrame
) -> pl.DataFrame:
    """The differences with their `cause` in the links, else in the records.

    Args:
        differences: `infant_id`, `fact`, `is_true`, `found`, with the links that were made.
        of_records: The differences with the true links, with their causes.
        links: Those made: `infant_id`, `child_key`.
        truth: The true ones, alike.
    """
    key = ["infant_id", "child_key"]
    missed = truth.join(links, on=key, how="anti").select("infant_id", link_cause=pl.lit(MISSED))
    false = links.join(truth, on=key, how="anti").select("infant_id", link_cause=pl.lit(FALSE))
    wrong = pl.concat([missed, false]).group_by("infant_id").agg(pl.col("link_cause").unique().sort(descending=True))
    wrong = wrong.with_columns(pl.col("link_cause").list.join(" and "))
    same = [*differences.columns]
    found = differences.join(of_records.select(*same, "cause"), on=same, how="left", nulls_equal=True)
    found = found.join(wrong, on="infant_id", how="left")
    return found.with_columns(cause=pl.coalesce("cause", "link_cause", pl.lit(NO_CAUSE))).drop("link_cause")
