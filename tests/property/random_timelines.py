"""Random lives of mothers and infants in the records, made to collide, and the staged tables that hold them."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from csv import DictReader
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
from days_of_levels import Rules, index_episode
from timelines import Care, Record, Referral, Spell, Timeline

sys.path.insert(0, str(Path(__file__).parents[1] / "unit/cohort"))

from staged_cohort import ROOT, staged_connection

Span = tuple[date, date | None]

MBU_BED, WARD_BED, CRISIS_TEAM = "14", "10", "A02"
LEGAL_STATUSES = ("C1", "C2", "C2", "D1", "E1", "W1", "V2", "V2", "V1", "V3", "V4", "L1", "L2", "L3", "J1", "??", None)
PLACEMENTS = ("U3", "U6", "U6", "A5", "K2", "T0", "P1", "P1", "R3", "R3", "Z1", "??", None)
REASONS_CEASED = (
    "X1", "X1", "X1", "E11", "E12", "E41", "E43", "E44", "E45", "E46", "E47", "E48", "E13", "E13", "E3", "E3",
    "E4A", "E4B", "E4", "E8", "E2", "??", None,
)  # fmt: skip
CLOSURES = ("RC1", "RC2", "RC3", "RC4", "RC5", "RC6", "RC7", "RC7", "RC9", None)
FIRST_BIRTH, LAST_BIRTH = date(2020, 10, 1), date(2023, 3, 31)
AUTHORITIES = 900
"""Each timeline of a batch has its own home, with its own end of coverage: so many fit."""


def random_timeline(rng: Random, rules: Rules) -> Timeline:
    """A timeline whose days gather around those that matter: birth, T1, T2, T3, the ends of windows and of coverage."""
    birth = FIRST_BIRTH + timedelta(rng.randrange((LAST_BIRTH - FIRST_BIRTH).days + 1))
    spells = _spells(rng, birth, rules)
    episode = index_episode(Timeline(birth, date(2030, 1, 1), spells), rules)
    t1, t2 = (episode.t1, episode.t2) if episode else (birth, birth + timedelta(30))
    t3 = t2 + timedelta(rules.follow_up_days)
    coverage_end = _near(rng, [t2, t3, t3 - timedelta(1)]) if rng.random() < 0.3 else t3 + timedelta(rng.randrange(90))
    anchors = [birth, t1, t2, t3, birth - timedelta(rules.pregnancy_lookback_days), coverage_end]
    anchors += [_any_day(rng, birth, t3) for _ in range(3)]
    if rng.random() < 0.2:
        again = _near(rng, anchors)
        spells = (*spells, Spell(rng.choice(["mbu", "ward", "crht"]), again, _end(rng, again, anchors)))
    return Timeline(
        birth=birth,
        coverage_end=coverage_end,
        spells=spells,
        infant_death=_near(rng, anchors) if rng.random() < 0.06 else None,
        mother_death=_near(rng, anchors) if rng.random() < 0.06 else None,
        months_away=tuple({_near(rng, [t2, t3, t3]).replace(day=1) for _ in range(rng.choice([0] * 9 + [1]))}),
        records=tuple(
            _record(rng, anchors, la_code) for la_code in ("001", "002", "003")[: rng.choice([0, 1, 1, 2, 3])]
        ),
    )


def _any_day(rng: Random, birth: date, t3: date) -> date:
    return birth + timedelta(rng.randrange(-320, (t3 - birth).days + 60))


def _near(rng: Random, anchors: Sequence[date]) -> date:
    """One of the anchors, or a day by it, or any day at all."""
    jitter = rng.choice((0, 0, 0, 1, -1, rng.randrange(-9, 10), rng.randrange(-120, 121)))
    return rng.choice(anchors) + timedelta(jitter)


def _end(rng: Random, start: date, anchors: Sequence[date], share_open: float = 0.15) -> date | None:
    if rng.random() < share_open:
        return None
    return max(start, _near(rng, anchors)) if rng.random() < 0.6 else start + timedelta(rng.choice((0, 1, 7, 21, 200)))


def _spells(rng: Random, birth: date, rules: Rules) -> tuple[Spell, ...]:
    start = birth + timedelta(rng.choice((0, 1, rng.randrange(rules.index_window_days), rng.randrange(60))))
    spells = []
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        end = start + timedelta(rng.choice((0, 1, rng.randrange(90))))
        spells.append(Spell(rng.choice(("mbu", "ward", "crht")), start, end if rng.random() < 0.97 else None))
        start = max(birth, end + timedelta(rng.choice((-20, -1, 0, 1, 2, 3, 4, rules.spell_gap_days, 40))))
    if rng.random() < 0.2:
        before = birth - timedelta(rng.randrange(1, 20))
        spells.append(Spell("mbu", before, before + timedelta(rng.randrange(40))))
    return tuple(spells)


def _record(rng: Random, anchors: Sequence[date], la_code: str) -> Record:
    def several(most: int) -> range:
        return range(rng.randrange(most + 1))

    referrals = {case.day: case for case in (_referral(rng, anchors) for _ in several(3))}
    plans: dict[date, date | None] = {}
    for _ in several(2):
        start = _near(rng, anchors)
        plans[start] = _end(rng, start, anchors)
    return Record(
        authority=la_code,
        death=_near(rng, anchors) if rng.random() < 0.03 else None,
        referrals=tuple(referrals.values()),
        protection_plans=tuple(plans.items()),
        care=_care(rng, anchors),
    )


def _referral(rng: Random, anchors: Sequence[date]) -> Referral:
    day = _near(rng, anchors)
    closure = _end(rng, day, anchors, share_open=0.25)

    def spans() -> tuple[Span, ...]:
        starts = {max(day, _near(rng, anchors)) if rng.random() < 0.5 else day for _ in range(rng.choice((0, 0, 1, 2)))}
        return tuple((start, _end(rng, start, anchors)) for start in sorted(starts))

    return Referral(
        day=day,
        closure=closure,
        reason=rng.choice(CLOSURES) if closure and rng.random() < 0.5 else None,
        no_further_action=rng.random() < 0.15,
        assessments=spans(),
        plans=spans(),
        enquiries=spans(),
    )


def _care(rng: Random, anchors: Sequence[date]) -> tuple[Care, ...]:
    """Rows that mostly follow one another, as the return has them, and now and then overlap or leave a gap."""
    rows: dict[date, Care] = {}
    start = _near(rng, anchors)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5))):
        end = _end(rng, start, anchors)
        reason = rng.choice(REASONS_CEASED) if end else None
        rows[start] = Care(start, end, rng.choice(LEGAL_STATUSES), rng.choice(PLACEMENTS), reason)
        start = (end or start) + timedelta(rng.choice((0, 0, 0, 1, 2, 7, 8, -1, -5, 30)))
    return tuple(rows.values())


def stage(timelines: Sequence[Timeline]) -> duckdb.DuckDBPyConnection:
    """A connection that holds the timelines in the staged tables; infant and mother of number 7 are i7 and m7."""
    assert len(timelines) <= AUTHORITIES
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, timeline in enumerate(timelines):
        _add_family(rows, number, timeline)
        for spell_number, spell in enumerate(timeline.spells):
            _add_spell(rows, f"m{number}", f"s{number}-{spell_number}", spell)
        for record in timeline.records:
            _add_record(rows, f"i{number}", f"{record.authority}:{number}", record)
    return staged_connection(rows)


def _add_family(rows: dict[str, list[dict[str, Any]]], number: int, timeline: Timeline) -> None:
    infant, mother, home = f"i{number}", f"m{number}", f"E09{number:06d}"
    born = {"birth_date": timeline.birth, "latest_birth_date": timeline.birth}
    covered = {"coverage_start": date(2010, 4, 1), "coverage_end": timeline.coverage_end}
    rows["authorities"].append(
        {"la_code": f"{number + 100}", "gss_code": home, "name": home, "country": "England", **covered}
        | {"route": "england_returns"}
    )
    rows["patients"].append({"person_id": mother, "death_date": timeline.mother_death})
    rows["births"].append(
        {"infant_id": infant, "mother_id": mother, "n_mothers": 1, "is_live_birth": True, "n_infants_delivered": 1}
        | {"death_date": timeline.infant_death, "maternal_age_years": 30, **born}
    )
    # She lived at home long before the birth, so that home is home on T1 whatever comes later.
    rows["patient_months"].append({"person_id": mother, "month_id": 1, "gss_code": home})
    for month in timeline.months_away:
        month_id = (month.year - 1900) * 12 + month.month - 3
        rows["patient_months"].append({"person_id": mother, "month_id": month_id, "gss_code": "W06000015"})


def _add_spell(rows: dict[str, list[dict[str, Any]]], mother: str, spell_id: str, spell: Spell) -> None:
    days = {"start_date": spell.start, "end_date": spell.end, "month_id": 1450}
    if spell.service == "crht":
        key = {"person_id": mother, "referral_id": spell_id, "team_id": "t"}
        rows["team_referrals"].append(key | {"team_type": CRISIS_TEAM, **days})
    else:
        bed = MBU_BED if spell.service == "mbu" else WARD_BED
        rows["hospital_spells"].append({"person_id": mother, "spell_id": spell_id, **days})
        rows["ward_stays"].append({"ward_stay_id": spell_id, "spell_id": spell_id, "bed_class": bed, **days})


def _add_record(rows: dict[str, list[dict[str, Any]]], infant: str, key: str, record: Record) -> None:
    rows["links"].append({"infant_id": infant, "child_key": key, "step": "exact"})
    rows["children"].append({"child_key": key, "la_code": record.authority, "death_date": record.death})
    for referral in record.referrals:
        case = {"child_key": key, "referral_date": referral.day}
        rows["cin_episodes"].append(
            case
            | {"closure_date": referral.closure, "closure_reason": referral.reason}
            | {"is_no_further_action": referral.no_further_action}
        )
        for table, end, spans in (
            ("assessments", "authorisation_date", referral.assessments),
            ("child_in_need_plans", "end_date", referral.plans),
            ("section_47_enquiries", "initial_conference_date", referral.enquiries),
        ):
            rows[table] += [case | {"start_date": first, end: last} for first, last in spans]
    rows["child_protection_plans"] += [
        {"child_key": key, "start_date": first, "end_date": last} for first, last in record.protection_plans
    ]
    rows["looked_after_episodes"] += [
        {"child_key": key, "start_date": row.start, "end_date": row.end, "legal_status": row.legal_status}
        | {"placement": row.placement, "reason_ceased": row.reason_ceased}
        | {
            "legal_status_category": CATEGORIES["care_legal_statuses"].get(row.legal_status),
            "placement_category": CATEGORIES["placements"].get(row.placement),
            "reason_ceased_category": CATEGORIES["reasons_ceased"].get(row.reason_ceased),
        }
        for row in record.care
    ]


def _categories(name: str) -> dict[str | None, str]:
    with (ROOT / f"config/codelists/{name}.csv").open(encoding="utf-8") as lines:
        return {row["code"]: row["category"] for row in DictReader(lines)}


CATEGORIES = {name: _categories(name) for name in ("care_legal_statuses", "placements", "reasons_ceased")}
"""What a code of looked-after children means, as the staging gives it."""
