"""What is recorded of one mother and one infant, and the same with one thing less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Spell:
    """An acute stay."""

    service: str
    start: date
    end: date | None


@dataclass(frozen=True)
class Referral:
    """A case, with what hangs on it: (start, authorised), (start, end), (start, conference)."""

    day: date
    closure: date | None = None
    reason: str | None = None
    no_further_action: bool = False
    assessments: tuple[tuple[date, date | None], ...] = ()
    plans: tuple[tuple[date, date | None], ...] = ()
    enquiries: tuple[tuple[date, date | None], ...] = ()

    @property
    def closed(self) -> date | None:
        """The day on which the case ends; one without further action and closure ends as it begins."""
        return self.day if self.no_further_action and self.closure is None else self.closure


@dataclass(frozen=True)
class Care:
    """A row of the return of looked-after children."""

    start: date
    end: date | None
    legal_status: str | None
    placement: str | None
    reason_ceased: str | None


@dataclass(frozen=True)
class Record:
    """A child as one authority knows it."""

    authority: str
    death: date | None = None
    referrals: tuple[Referral, ...] = ()
    protection_plans: tuple[tuple[date, date | None], ...] = ()
    care: tuple[Care, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """Everything recorded of one mother and one infant."""

    birth: date
    coverage_end: date
    spells: tuple[Spell, ...]
    infant_death: date | None = None
    mother_death: date | None = None
    months_away: tuple[date, ...] = ()
    """First days of the months in which she lived outside every covered authority."""
    records: tuple[Record, ...] = ()


def without_one(timeline: Timeline) -> Iterator[Timeline]:
    """The timeline again and again, each time with one thing less: to find the smallest that shows a disagreement."""
    for name in ("infant_death", "mother_death"):
        if getattr(timeline, name) is not None:
            yield replace(timeline, **{name: None})
    for name in ("months_away", "spells", "records"):
        for shorter in _shorter(getattr(timeline, name)):
            yield replace(timeline, **{name: shorter})
    for position, record in enumerate(timeline.records):
        for less in _less(record):
            yield replace(timeline, records=_put(timeline.records, position, less))


def _less(record: Record) -> Iterator[Record]:
    if record.death is not None:
        yield replace(record, death=None)
    for name in ("referrals", "protection_plans", "care"):
        for shorter in _shorter(getattr(record, name)):
            yield replace(record, **{name: shorter})
    for position, referral in enumerate(record.referrals):
        for name in ("assessments", "plans", "enquiries"):
            for shorter in _shorter(getattr(referral, name)):
                less = replace(referral, **{name: shorter})
                yield replace(record, referrals=_put(record.referrals, position, less))


def _shorter(items: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    return (items[:position] + items[position + 1 :] for position in range(len(items)))


def _put(items: tuple[Any, ...], position: int, item: object) -> tuple[Any, ...]:
    return (*items[:position], item, *items[position + 1 :])
