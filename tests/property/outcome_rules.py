"""The study's outcomes a second time, in plain Python: written from the words of docs/explanation/definitions.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from days_of_levels import (
    DAY,
    LEVELS,
    SHORT_BREAKS,
    Days,
    Episode,
    Rules,
    arrangements,
    days_between,
    earliest,
    index_episode,
    levels,
)
from timelines import Timeline

HOME_AGAIN = {"E4", "E4A", "E4B"}

WHAT_IS_LOSS = {
    "standard": {"apart_under_order", "apart_otherwise", "permanence"},
    "strict": {"apart_under_order", "permanence"},
    "including_p1": {"apart_under_order", "apart_otherwise", "permanence", "with_parent"},
    "wide": {"apart_under_order", "apart_otherwise", "permanence", "with_parent", "with_mother", "left_to_other"},
}


def death(timeline: Timeline) -> date | None:
    """The first day on which infant or mother is dead, as maternity, mental health or social care records it."""
    told: list[date | None] = []
    for record in timeline.records:
        told.append(record.death)
        told += [referral.closure for referral in record.referrals if referral.reason == "RC2"]
        told += [row.end for row in record.care if row.reason_ceased == "E2"]
    own = [day for day in told if day is not None and day >= timeline.birth]
    return earliest(timeline.infant_death, timeline.mother_death, *own)


@dataclass(frozen=True)
class FollowUp:
    """How long the dyad is seen after T2."""

    last_day: date
    died: date | None
    """First death by the last day."""
    end: date
    reason: str
    is_seen_at_t3: bool
    year: Days
    """The days after T2 on which the dyad is seen."""


def follow_up(timeline: Timeline, episode: Episode) -> FollowUp:
    """From T2 to death, T3, a move out of the covered area or the end of the data."""
    moved = earliest(*(month for month in timeline.months_away if month > episode.t2))
    last_day = earliest(episode.t3, timeline.coverage_end, moved)
    assert last_day is not None
    died = death(timeline)
    if died is not None and died <= last_day:
        end, reason = max(died, episode.t2), "death"
    else:
        died, end = None, last_day
        reason = "t3" if last_day == episode.t3 else "moved_away" if last_day == moved else "coverage_end"
    return FollowUp(last_day, died, end, reason, reason == "t3", days_between(episode.t2 + DAY, end))


class Dyad(NamedTuple):
    """What the outcomes of a dyad are told from."""

    timeline: Timeline
    episode: Episode
    seen: FollowUp
    plans: Days
    where: dict[str, Days]
    """Days of each arrangement."""


def outcomes(timeline: Timeline, rules: Rules) -> dict[str, dict[str, Any]]:
    """What the analysis table must say of the dyad by each definition of custody loss.

    Empty where it has no index episode that ended, one of them died by T1, she lived outside the covered authorities
    by then, or they were not covered to T2.
    """
    episode = index_episode(timeline, rules)
    if episode is None or timeline.coverage_end < episode.t2:
        return {}
    gone = earliest(timeline.infant_death, timeline.mother_death, *timeline.months_away)
    if gone is not None and gone <= episode.t1:
        return {}
    seen = follow_up(timeline, episode)
    where = arrangements(timeline, episode, rules)
    of_level = levels(timeline, episode, rules, where)
    dyad = Dyad(timeline, episode, seen, of_level["child_protection_plan"], where)
    common = _involvement(dyad, of_level)
    common["csc_timeline"] = _stretches(of_level, timeline.birth - timedelta(rules.pregnancy_lookback_days), episode.t3)
    return {definition: common | _custody(dyad, kinds) for definition, kinds in WHAT_IS_LOSS.items()}


def _involvement(dyad: Dyad, of_level: dict[str, Days]) -> dict[str, Any]:
    """What does not depend on the definition of custody loss."""
    timeline, episode, seen = dyad.timeline, dyad.episode, dyad.seen

    def level_on(days: Days) -> str:
        return next((level for level in reversed(LEVELS) if of_level[level] & days), "none")

    def at(day: date) -> str:
        return level_on({day.toordinal()})

    in_episode = level_on(days_between(episode.t1, episode.t2))
    in_year = level_on(seen.year) != "none"
    readmissions = [spell.start for spell in timeline.spells if episode.t2 < spell.start <= seen.last_day]
    return {
        "t1_date": episode.t1,
        "t2_date": episode.t2,
        "service_type": episode.service,
        "csc_level_birth": at(timeline.birth),
        "csc_level_t1": at(episode.t1),
        "csc_level_t2": at(episode.t2),
        "csc_level_t3": at(episode.t3) if seen.is_seen_at_t3 else None,
        "csc_level_episode": in_episode,
        "o1": in_episode != "none",
        "o2": at(episode.t3) != "none" if seen.is_seen_at_t3 else None,
        "o2_any": in_year if in_year or seen.is_seen_at_t3 else None,
        "follow_up_days": (seen.end - episode.t2).days,
        "end_reason": seen.reason,
        "has_readmission": True if readmissions else False if seen.last_day == episode.t3 else None,
        "readmission_days": (min(readmissions) - episode.t2).days if readmissions else None,
    }


def _stretches(of_level: dict[str, Days], first: date, last: date) -> list[tuple[date, str]]:
    """First day and level of each stretch of days at one level."""
    stretches: list[tuple[date, str]] = []
    for day in range(first.toordinal(), last.toordinal() + 1):
        level = next((level for level in reversed(LEVELS) if day in of_level[level]), "none")
        if not stretches or stretches[-1][1] != level:
            stretches.append((date.fromordinal(day), level))
    return stretches


def _custody(dyad: Dyad, kinds: set[str]) -> dict[str, Any]:
    """O3, O4 and the return, where these kinds of arrangement are a loss of custody."""
    episode, seen, plans, where = dyad.episode, dyad.seen, dyad.plans, dyad.where
    t2, t3 = episode.t2.toordinal(), episode.t3.toordinal()
    lost = set().union(*(where[kind] for kind in kinds))
    in_year = bool(lost & seen.year)
    found: dict[str, Any] = {
        "is_custody_lost_by_t2": t2 in lost,
        "is_on_plan_at_t2": t2 in plans,
        "o3_at_t3": t3 in plans if seen.is_seen_at_t3 else None,
        "o4_at_t3": t3 in lost if seen.is_seen_at_t3 else None,
        "o4_any": in_year if in_year or seen.is_seen_at_t3 else None,
    }
    o4_at_risk = bool(seen.year) and t2 not in lost
    loss_or_death = [("custody_loss", lost & seen.year), ("death", _day(seen.died))]
    for outcome, events, at_risk in (
        ("o3", [("child_protection_plan", plans & seen.year), *loss_or_death], o4_at_risk and t2 not in plans),
        ("o4", loss_or_death, o4_at_risk),
    ):
        event, day = _first(events, seen.end.toordinal())
        is_known = event != "censored" or seen.last_day == episode.t3
        found[f"{outcome}_at_risk"] = at_risk
        found[f"{outcome}_event"] = event if at_risk else None
        found[f"{outcome}_days"] = day - t2 if at_risk else None
        found[outcome] = event == events[0][0] if at_risk and is_known else None
    if t2 in lost:
        return found | {"apart_from": "t2"} | _return(dyad, t2, lost)
    if found["o4_event"] == "custody_loss":
        return found | {"apart_from": "custody_loss"} | _return(dyad, t2 + found["o4_days"], lost)
    return found | {"apart_from": None, "return_event": None, "return_days": None}


def _day(day: date | None) -> Days:
    return set() if day is None else {day.toordinal()}


def _first(events: Iterable[tuple[str, Days]], end: int) -> tuple[str, int]:
    """The first event; of one day the one named first; censored at the end where there is none."""
    found = [(min(days), position, name) for position, (name, days) in enumerate(events) if days]
    day, _, event = min(found, default=(end, 0, "censored"))
    return event, day


def _return(dyad: Dyad, start: int, lost: Days) -> dict[str, Any]:
    """Whether, when and how the infant came back who was apart on the first day."""
    seen, where = dyad.seen, dyad.where
    is_dead = seen.died is not None and seen.died.toordinal() <= start
    if start in where["permanence"] or is_dead or seen.last_day.toordinal() <= start:
        return {"return_event": None, "return_days": None}
    after = {day for day in seen.year if day > start}
    event, day = _first(
        [
            ("home", after - lost),
            ("permanently_elsewhere", after & where["permanence"]),
            ("death", _day(seen.died)),
        ],
        seen.end.toordinal(),
    )
    if event == "home":
        is_placed = day in where["with_parent"] | where["with_mother"]
        event = "returned" if is_placed or day in _days_home(dyad.timeline) else "left_care_otherwise"
    return {"return_event": event, "return_days": day - start}


def _days_home(timeline: Timeline) -> Days:
    """The first day after each care that ended with a return home."""
    return {
        max(row.end, row.start + DAY).toordinal()
        for record in timeline.records
        for row in record.care
        if row.end is not None and row.reason_ceased in HOME_AGAIN and row.legal_status not in SHORT_BREAKS
    }
