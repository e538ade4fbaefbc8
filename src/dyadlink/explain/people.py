"""Who the dyad is, why it is or is not analysed, and which spells made its index episode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dyadlink.explain.facts import facts_of
from dyadlink.explain.layout import Block, Table, Text, words
from dyadlink.explain.records import Case
from dyadlink.explain.rules import rules


def tell_who(case: Case) -> list[Block]:
    """Study numbers, ids, authority, route, exclusion."""
    dyad = case.dyad
    others = case.others_of_the_mother()
    facts = [
        ("dyad", dyad["dyad_id"]),
        ("mother", f"study number {dyad['mother_number']}, id {dyad['mother_id']}"),
        ("infant", f"id {dyad['infant_id']}"),
        ("other dyads of the mother", ", ".join(map(str, others["dyad_id"])) or "none"),
        ("authority at T1", f"{words(dyad['la_code'])} ({words(dyad['country'])})"),
        ("route of its records", dyad["route"]),
    ]
    return [
        Table(("", ""), facts),
        Text(""),
        Text(rules().exclusions[_exclusion(case)].format_map(facts_of(case))),
        Text(f"Stored: exclusion_reason = {words(dyad['exclusion_reason'])} (dyads.sql)"),
    ]


def _exclusion(case: Case) -> str:
    reason = case.dyad["exclusion_reason"]
    if reason == "authority_not_covered" and case.dyad["la_code"] is None:
        return "authority_not_known"
    return reason or "analysed"


def tell_episode(case: Case) -> list[Block]:
    """The birth and the timepoints, and every spell of the mother with its part in the index episode."""
    dyad, infant = case.dyad, case.rows("study_infants").row(0, named=True)
    is_known_by_day = infant["birth_date"] == infant["latest_birth_date"]
    birth = words(dyad["birth_date"]) + ("" if is_known_by_day else f" to {words(infant['latest_birth_date'])}")
    followed = case.follow_up.get("last_day")
    points = [
        (
            "birth",
            birth,
            "" if is_known_by_day else "the day is not told: the first counts",
        ),
        (
            "T1",
            dyad["t1_date"],
            f"admission, less than {case.study.index_window_days} days after the birth",
        ),
        ("T2", dyad["t2_date"], "discharge that ends the index episode"),
        ("T3", dyad["t3_date"], f"T2 + {case.study.follow_up_days} days"),
        ("seen to", followed, words(case.follow_up.get("end_reason")).replace("_", " ")),
    ]
    spells = [(*row, _part(case, dict(zip(_SPELL, row, strict=True)))) for row in _spells(case).rows()]
    return [
        Table(("", "day", ""), points),
        Text(""),
        Table(
            ("service", "spell_id", "from", "to", "part in the index episode"),
            spells,
            f"Acute spells of the mother; those within {case.study.spell_gap_days} days of each other are one episode",
        ),
        Text("Referrals to teams that are no crisis team are no acute spells; they stand among the records (4)."),
        Text("Rules: admission_spells.sql, index_episodes.sql, dyads.sql"),
    ]


_SPELL = ("service_type", "spell_id", "start_date", "end_date")


def _spells(case: Case) -> pl.DataFrame:
    """The acute spells, and the hospital spells that are not acute (no service type)."""
    acute = case.rows("admission_spells").select(_SPELL)
    others = case.rows("hospital_spells").join(acute, on="spell_id", how="anti")
    return pl.concat([acute, others.select(pl.lit(None, pl.String).alias("service_type"), *_SPELL[1:])]).sort(
        "start_date", "spell_id"
    )


def _part(case: Case, spell: Mapping[str, Any]) -> str:
    """Its part in the index episode, told from the stored timepoints."""
    start, t2 = spell["start_date"], case.dyad["t2_date"]
    if spell["service_type"] is None:
        return rules().spells["not_acute"]
    if start < case.dyad["birth_date"]:
        return rules().spells["before_birth"].format(days=(case.dyad["birth_date"] - start).days)
    if t2 is None or start <= t2:
        return rules().spells["index"]
    return rules().spells["later"].format(days=(start - t2).days, spell_gap_days=case.study.spell_gap_days)
