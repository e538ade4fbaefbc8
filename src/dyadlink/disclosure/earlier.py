"""Earlier releases: what they told of which people, and what this one will have told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

from dyadlink.disclosure.people import ALL, TOTAL, Study
from dyadlink.disclosure.profiles import PROFILES, Profile
from dyadlink.disclosure.shows import population_of
from dyadlink.ledger import Entry, ReleasedCount
from dyadlink.released_counts import counts_of

_MODELS = "model_dyads"


def told_before(earlier: Sequence[Entry], profile: Profile, own: Mapping[str, Profile]) -> dict[str, tuple[int, int]]:
    """What earlier releases told, as `protect_all` takes it: by the words of the people the least and greatest count.

    Where releases contradict each other the records have changed in between, and the latest counts. A count that was
    hidden to protect another tells nothing by itself; a total that is the sum of rounded parts no more than these.

    Args:
        earlier: The releases, the oldest first.
        profile: The rules of a release whose own are not known.
        own: The study's own profiles by name.
    """
    found: dict[str, tuple[int, int]] = {}
    for entry in reversed(earlier):
        rules = PROFILES.get(entry.profile) or own.get(entry.profile) or profile
        for count in entry.counts:
            told = _interval(count, rules) if count.people else None
            if told is None:
                continue
            low, high = found.get(count.people, told)
            both = (max(low, told[0]), min(high, told[1]))
            found[count.people] = both if both[0] <= both[1] else (low, high)
    return found


def _interval(count: ReleasedCount, rules: Profile) -> tuple[int, int] | None:
    if count.n is None:
        first = int(rules.are_zeros_shown)
        return (first, rules.threshold - 1) if count.status == "suppressed_primary" else None
    if rules.are_totals_summed and (count.level == TOTAL or count.group == ALL):
        return None
    return rules.counts_behind(count.n) if count.n else (0, 0)


def released_counts(released: Mapping[str, pl.DataFrame], study: Study) -> tuple[ReleasedCount, ...]:
    """Every count of the released tables, for the ledger, each with the words of its people where these are known."""
    found: list[ReleasedCount] = []
    for name, table in sorted(released.items()):
        for count in counts_of(name, table, population_of(name, table.columns)):
            people = _people(count, study, table)
            found.append(count.model_copy(update={"people": people}) if people else count)
    return tuple(found)


def _people(count: ReleasedCount, study: Study, table: pl.DataFrame) -> str:
    if count.measure != "n":
        return ""
    if {"table", "variable", "level", "group"} <= set(table.columns):
        return str(study.cell(count.table, count.variable, count.level, count.group))
    # The dyads that a model was fitted to; with other links or weights they are others.
    return str(study.cell(_MODELS, count.variable, "analysed", ALL)) if count.table == "estimates" else ""


def digest_of_inputs(aggregate: Mapping[str, pl.DataFrame], profile: Profile) -> str:
    """SHA-256 of what released tables are made of: the unrounded ones, and the rules.

    It says whether a release is made of the same once more; it stays in the ledger, inside.
    """
    digest = hashlib.sha256(profile.model_dump_json().encode())
    for name, frame in sorted(aggregate.items()):
        digest.update(f"\n{name}\n".encode())
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()
