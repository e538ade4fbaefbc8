"""What the cohort says of every dyad beside what is true of it: fact by fact, for simulated records."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from dyadlink.sql import read_table

NO_INVOLVEMENT = "none"
LOST = ("looked_after_apart", "permanently_elsewhere")
LOOKBACK = pl.duration(days=280)
"""From where the cohort's timeline begins; what is true begins 200 days before the birth, and before it is nothing."""

SAME_NAME = (
    "mother_id",
    "la_code",
    "t1_date",
    "t2_date",
    "t3_date",
    "service_type",
    "deprivation",
    "diagnosis_group",
    "has_comorbid_personality_disorder",
    "has_prior_admission",
    "has_domestic_abuse",
    "has_childhood_trauma",
    "is_detained",
    "csc_level_birth",
    "csc_level_t1",
    "csc_level_t2",
    "csc_level_t3",
    "o1",
    "o2",
)
"""Facts that truth/dyads.csv and the cohort call the same."""

FACTS = (
    "is_dyad",
    *SAME_NAME,
    "has_comorbid_substance_use",
    "o2_any",
    "csc_timeline",
    "is_custody_lost_by_t2",
    "is_on_plan_at_t2",
    "o3_event",
    "o3_date",
    "o4_event",
    "o4_date",
    "o4_at_t3",
    "return_event",
    "return_date",
    "death_date",
    "readmission_date",
    "last_day",
)
"""Every fact that is compared, in order."""


def _earliest(*days: pl.Expr) -> pl.Expr:
    return pl.min_horizontal(*days)


def _first_event(at_risk: pl.Expr, last: pl.Expr, events: dict[str, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    """The first event by the last day, of one day the one named first, and its day; null where nobody is at risk."""
    first = _earliest(*events.values(), last)
    name = pl.lit("censored")
    for event, day in reversed(events.items()):
        name = pl.when(day == first).then(pl.lit(event)).otherwise(name)
    return pl.when(at_risk).then(name), pl.when(at_risk).then(first)


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """One row for each dyad and fact: `infant_id`, `fact`, `value` as text."""
    return frame.select("infant_id", *(pl.col(fact).cast(pl.String) for fact in FACTS)).unpivot(
        index="infant_id", variable_name="fact", value_name="value"
    )


def _timelines(stretches: pl.DataFrame) -> pl.DataFrame:
    """Per infant one text of all stretches: `infant_id`, `csc_timeline`."""
    text = pl.format("{} {}", "start_date", "level")
    return stretches.sort("infant_id", "start_date").group_by("infant_id").agg(csc_timeline=text.str.join("; "))


def read_truth(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """truth/dyads.csv and truth/states.csv of a simulated folder, with their types."""
    dyads, states = (
        pl.read_csv(folder / f"truth/{name}.csv", try_parse_dates=True, infer_schema_length=None)
        for name in ("dyads", "states")
    )
    days = [name for name in dyads.columns if name.endswith("_date")]
    return dyads.with_columns(pl.col(days).cast(pl.Date)), states.with_columns(pl.col("end_date").cast(pl.Date))


def true_facts(folder: Path) -> pl.DataFrame:
    """What is true of every dyad: one row per `infant_id` and `fact`.

    The truth is read, and to which day the returns of each authority go: nothing later is known. A month has one home,
    so that a move later in the month of T1 counts as one before it.
    """
    dyads, states = read_truth(folder)
    dyads = _with_ends(dyads, folder)
    timed = states.join(dyads.select("infant_id", "birth_date", "t2_date", "t3_date", "end"), on="infant_id")
    timed = timed.filter(pl.col("start_date") <= pl.col("t3_date"))
    frame = (
        dyads.join(_after_t2(timed), on="infant_id", how="left")
        .join(_true_timelines(timed), on="infant_id", how="left")
        .with_columns(
            is_dyad=True,
            has_comorbid_substance_use="has_comorbid_substance",
            is_custody_lost_by_t2="lost_by_t2",
            is_on_plan_at_t2="on_plan_at_t2",
        )
    )
    is_seen = pl.col("csc_level_t3").is_not_null() & (pl.col("last_day") == pl.col("t3_date"))
    in_custody = ~pl.col("lost_by_t2") & (pl.col("end") > pl.col("t2_date"))
    loss_or_death = {"custody_loss": pl.col("loss_date"), "death": pl.col("death_date")}
    plan_or_those = {"child_protection_plan": pl.col("cpp_date"), **loss_or_death}
    o3, o3_date = _first_event(in_custody & ~pl.col("on_plan_at_t2"), pl.col("last_day"), plan_or_those)
    o4, o4_date = _first_event(in_custody, pl.col("last_day"), loss_or_death)
    frame = frame.with_columns(
        csc_level_t3=pl.when(is_seen).then("csc_level_t3"),
        o2=pl.when(is_seen).then("o2"),
        o2_any=pl.when("is_involved_after").then(pl.lit(value=True)).when(is_seen).then(pl.lit(value=False)),
        o3_event=o3,
        o3_date=o3_date,
        o4_event=o4,
        o4_date=o4_date,
        o4_at_t3=pl.when(is_seen).then(pl.col("state_t3").is_in(LOST)),
    )
    return _texts(frame.join(_true_returns(frame, states), on="infant_id", how="left"))


def _with_ends(dyads: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """The dyads with the home that the records tell, `death_date`, `last_day` of follow-up and `end`, the earlier."""
    authorities = pl.read_csv(folder / "reference/authorities.csv", infer_schema=False)
    covered = authorities.select("la_code", covered_to=pl.col("coverage_end").str.to_date())
    moved = (pl.col("move_date") <= pl.col("t1_date").dt.month_end()).fill_null(value=False)
    home = pl.when(moved).then("moved_to_la_code").otherwise("la_code")
    return (
        dyads.with_columns(la_code=home.cast(pl.String))
        .join(covered, on="la_code", how="left")
        .with_columns(
            last_day=_earliest(pl.col("t3_date"), pl.col("covered_to")),
            death_date=_earliest(pl.col("infant_death_date"), pl.col("mother_death_date")),
        )
        .with_columns(end=_earliest(pl.col("last_day"), pl.col("death_date")))
    )


def _after_t2(states: pl.DataFrame) -> pl.DataFrame:
    """Per infant the state at T3 and whether there was involvement on a day after T2 on which the family was seen."""
    is_open_at_t3 = (pl.col("end_date") > pl.col("t3_date")).fill_null(value=True)
    lasts = (pl.col("end_date") > pl.col("t2_date") + pl.duration(days=1)).fill_null(value=True)
    is_seen = (pl.col("start_date") <= pl.col("end")) & (pl.col("end") > pl.col("t2_date"))
    return states.group_by("infant_id").agg(
        state_t3=pl.col("level").filter(is_open_at_t3).first(),
        is_involved_after=((pl.col("level") != NO_INVOLVEMENT) & lasts & is_seen).any(),
    )


def _true_timelines(states: pl.DataFrame) -> pl.DataFrame:
    """The states up to T3, with nothing known before them."""
    first = pl.col("start_date") == pl.col("start_date").min().over("infant_id")
    begins = pl.col("birth_date") - LOOKBACK
    is_first_none = first & (pl.col("level") == NO_INVOLVEMENT)
    known = states.select("infant_id", "level", start_date=pl.when(is_first_none).then(begins).otherwise("start_date"))
    before = states.filter(first & (pl.col("level") != NO_INVOLVEMENT)).select(
        "infant_id", level=pl.lit(NO_INVOLVEMENT), start_date=begins
    )
    return _timelines(pl.concat([known, before]))


def _true_returns(dyads: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """Of infants apart at T2 or parted after it, what settled it: `infant_id`, `return_event`, `return_date`."""
    start = pl.when("lost_by_t2").then("t2_date").when(pl.col("o4_event") == "custody_loss").then("o4_date")
    apart = dyads.with_columns(start=start).filter(pl.col("start").is_not_null())
    later = states.join(apart.select("infant_id", "start"), on="infant_id")
    home = later.filter(pl.col("start_date") > pl.col("start"), ~pl.col("level").is_in(LOST))
    permanent = later.filter(pl.col("level") == "permanently_elsewhere")
    days = [
        rows.group_by("infant_id").agg(pl.col("start_date").min().alias(name))
        for name, rows in (("home", home), ("permanent", permanent))
    ]
    found = apart
    for day in days:
        found = found.join(day, on="infant_id", how="left")
    is_settled = (_earliest(pl.col("permanent"), pl.col("death_date")) <= pl.col("start")).fill_null(value=False)
    at_risk = ~is_settled & (pl.col("last_day") > pl.col("start"))
    events = {"back": pl.col("home"), "permanently_elsewhere": pl.col("permanent"), "death": pl.col("death_date")}
    event, day = _first_event(at_risk, pl.col("last_day"), events)
    return found.select("infant_id", return_event=event, return_date=day)


def found_facts(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What the cohort says of every dyad that it analyses: one row per `infant_id` and `fact`; call it after `build`.

    A return is `back` however it was recorded: what is true of a family does not tell the code that was used.
    """
    tables = {name: read_table(connection, name) for name in ("dyads", "follow_up", "analysis", "csc_timeline")}
    dyads = tables["dyads"].filter(pl.col("exclusion_reason").is_null())
    dyads = dyads.select("dyad_id", "infant_id", "mother_id", "t1_date", "t2_date", "t3_date")
    followed = tables["follow_up"].select("dyad_id", "death_date", "last_day", "readmission_date")
    frame = dyads.join(followed, on="dyad_id").join(tables["analysis"], on="dyad_id")
    stretches = tables["csc_timeline"].join(dyads.select("dyad_id", "infant_id"), on="dyad_id")
    frame = frame.join(_timelines(stretches), on="infant_id", how="left")
    parted = pl.when(pl.col("apart_from") == "custody_loss").then("o4_days").otherwise(0)
    came_back = pl.col("return_event").is_in(["returned", "left_care_otherwise"])
    return _texts(
        frame.with_columns(
            is_dyad=True,
            o3_date=pl.col("t2_date") + pl.duration(days="o3_days"),
            o4_date=pl.col("t2_date") + pl.duration(days="o4_days"),
            return_event=pl.when(came_back).then(pl.lit("back")).otherwise("return_event"),
            return_date=pl.col("t2_date") + pl.duration(days=parted + pl.col("return_days")),
            readmission_date=pl.when(pl.col("readmission_date") <= pl.col("t3_date")).then("readmission_date"),
        )
    )


def disagreements(truth: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Where the two differ: `infant_id`, `fact`, `is_true`, `found`.

    A dyad that one side alone has differs in `is_dyad` and in nothing else.
    """
    both = truth.join(found, on=["infant_id", "fact"], how="full", coalesce=True, suffix="_found")
    alone = pl.col("infant_id").is_in(sorted(set(truth["infant_id"]) ^ set(found["infant_id"])))
    return (
        both.filter(pl.col("value").ne_missing(pl.col("value_found")), ~alone | (pl.col("fact") == "is_dyad"))
        .select("infant_id", "fact", is_true="value", found="value_found")
        .sort("fact", "infant_id")
    )
