"""The days of each level and arrangement a second time, in plain Python: from docs/explanation/definitions.md.

It shares nothing with the queries: no table, no interval arithmetic, no code list. A level, a plan or a loss of
custody is the set of days on which it holds, and everything is read off these sets day by day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from timelines import Care, Record, Referral, Timeline

ORDERS = {"C1", "C2", "D1", "E1", "W1"}
SHORT_BREAKS = {"V1", "V3", "V4"}
PERMANENCE = {"E11", "E12", "E41", "E43", "E44", "E45", "E46", "E47", "E48"}
CLOSED_BY_PERMANENCE = {"RC1", "RC3", "RC4"}

LEVELS = (
    "referral_or_assessment",
    "child_in_need",
    "section_47",
    "child_protection_plan",
    "looked_after_with_mother",
    "looked_after_apart",
    "permanently_elsewhere",
)
"""Rising, all but none."""

Days = set[int]
"""Days on which something holds, as ordinals."""

DAY = timedelta(1)


@dataclass(frozen=True)
class Rules:
    """The settings of the study that the rules read."""

    index_window_days: int = 365
    spell_gap_days: int = 3
    follow_up_days: int = 365
    pregnancy_lookback_days: int = 280
    section_47_days: int = 21
    care_transfer_days: int = 7


@dataclass(frozen=True)
class Episode:
    """The index acute episode, and the end of the year after it."""

    t1: date
    t2: date
    t3: date
    service: str

    def days(self, start: date, end: date | None) -> Days:
        """The days of [start, end) up to T3; the first day always; without an end every later one."""
        if end is None:
            return days_between(start, self.t3)
        return days_between(start, min(max(end - DAY, start), self.t3))


def days_between(first: date, last: date) -> Days:
    """Both days, and all between."""
    return set(range(first.toordinal(), last.toordinal() + 1))


def earliest(*days: date | None) -> date | None:
    """The first day that is known."""
    return min((day for day in days if day is not None), default=None)


def index_episode(timeline: Timeline, rules: Rules) -> Episode | None:
    """The first stay after the birth and what runs on from it; none without one, or while it is open."""
    left = sorted((spell for spell in timeline.spells if spell.start >= timeline.birth), key=lambda spell: spell.start)
    if not left or (left[0].start - timeline.birth).days >= rules.index_window_days:
        return None
    joined = [left.pop(0)]
    while left and any(s.end is None or (left[0].start - s.end).days <= rules.spell_gap_days for s in joined):
        joined.append(left.pop(0))
    ends = [spell.end for spell in joined if spell.end is not None]
    if len(ends) < len(joined):
        return None
    services = {spell.service for spell in joined}
    service = next(kind for kind in ("mbu", "ward", "crht") if kind in services)
    return Episode(joined[0].start, max(ends), max(ends) + timedelta(rules.follow_up_days), service)


def arrangements(timeline: Timeline, episode: Episode, rules: Rules) -> dict[str, Days]:
    """The days of each formal arrangement about where the infant lives."""
    kinds = ("apart_under_order", "apart_otherwise", "with_parent", "with_mother", "permanence", "left_to_other")
    found: dict[str, Days] = {kind: set() for kind in kinds}
    first_day = timeline.birth - timedelta(rules.pregnancy_lookback_days)
    for record in timeline.records:
        for row in record.care:
            if row.start < first_day:
                continue
            if row.end is not None and row.reason_ceased in PERMANENCE:
                found["permanence"] |= episode.days(row.end, None)
            if row.end is not None and row.reason_ceased == "E13":
                found["left_to_other"] |= episode.days(row.end, None)
            if row.legal_status not in SHORT_BREAKS:
                found[_arrangement(row)] |= episode.days(row.start, _end_of_care(row, record, timeline, rules))
        for referral in record.referrals:
            if referral.day >= first_day and referral.closure and referral.reason in CLOSED_BY_PERMANENCE:
                found["permanence"] |= episode.days(referral.closure, None)
    return found


def _arrangement(row: Care) -> str:
    if row.placement == "P1":
        return "with_parent"
    if row.placement == "R3":
        return "with_mother"
    return "apart_under_order" if row.legal_status in ORDERS else "apart_otherwise"


def _end_of_care(row: Care, record: Record, timeline: Timeline, rules: Rules) -> date | None:
    """The end of the row; where another authority takes care over within days, the day it does."""
    if row.end is None or row.reason_ceased != "E3":
        return row.end
    taken_over = [
        later.start
        for other in timeline.records
        if other.authority != record.authority
        for later in other.care
        if later.legal_status not in SHORT_BREAKS and 0 <= (later.start - row.end).days <= rules.care_transfer_days
    ]
    return min(taken_over, default=row.end)


def levels(timeline: Timeline, episode: Episode, rules: Rules, where: dict[str, Days]) -> dict[str, Days]:
    """The days of each level of involvement."""
    first_day = timeline.birth - timedelta(rules.pregnancy_lookback_days)
    found: dict[str, Days] = {level: set() for level in LEVELS}
    for record in timeline.records:
        for referral in record.referrals:
            if referral.day >= first_day:
                _add_case(found, referral, episode, rules)
        for start, end in record.protection_plans:
            if start >= first_day:
                found["child_protection_plan"] |= episode.days(start, end)
    found["looked_after_with_mother"] = where["with_parent"] | where["with_mother"]
    found["looked_after_apart"] = where["apart_under_order"] | where["apart_otherwise"]
    found["permanently_elsewhere"] = where["permanence"]
    return found


def _add_case(found: dict[str, Days], referral: Referral, episode: Episode, rules: Rules) -> None:
    closed = referral.closed
    found["referral_or_assessment"] |= episode.days(referral.day, closed)
    authorised = earliest(*(day for _, day in referral.assessments))
    if authorised is not None and (closed is None or closed > authorised):
        found["child_in_need"] |= episode.days(authorised, closed)
    for start, end in referral.plans:
        found["child_in_need"] |= episode.days(start, end)
    for start, conference in referral.enquiries:
        end = conference or start + timedelta(rules.section_47_days)
        found["section_47"] |= episode.days(start, end if closed is None else min(end, closed))
