"""Narrows both sides to the persons who can pair at all, before anything costly looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from dyadlink.errors import ConfigError
from dyadlink.linkage.keys import Key
from dyadlink.sql import word

Rule = tuple[Key, ...]


@dataclass(frozen=True)
class Profile:
    """How many persons a side has, and which of its columns hold no value or one value alone."""

    n: int
    empty: frozenset[str]
    constant: frozenset[str]


def profile(connection: duckdb.DuckDBPyConnection, side: str) -> Profile:
    """What `<side>_persons` holds."""
    columns = [
        name for name in connection.table(f"{side}_persons").columns if name not in ("person_id", "person_group")
    ]
    parts = ", ".join(f"count({word(name)}), min({word(name)}) = max({word(name)})" for name in columns)
    (row,) = connection.execute(f"select count(*), {parts} from {side}_persons").fetchall()  # own names
    counts = dict(zip(columns, zip(row[1::2], row[2::2], strict=True), strict=True))
    return Profile(
        n=row[0],
        empty=frozenset(name for name, (n, _) in counts.items() if n == 0),
        constant=frozenset(name for name, (n, is_one) in counts.items() if n > 0 and is_one),
    )


def lacks_values(rule: Rule, left: Profile, right: Profile) -> str | None:
    """Why a rule can bring no pair at all, or None if it can."""
    for key in rule:
        on_left, on_right = key.columns()
        if on_left in left.empty or on_right in right.empty:
            return f"{key.column} holds no value on one side"
    return None


def tells_nobody_apart(rule: Rule, left: Profile, right: Profile) -> str | None:
    """Why a rule would bring every pair, or None if it tells people apart."""
    columns = [key.columns() for key in rule if key.is_value]
    if all(on_left in left.constant and on_right in right.constant for on_left, on_right in columns):
        return f"{rule[0].column} holds one value alone"
    return None


def has_ready_links(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the environment handed over links."""
    query = "select count(*) from duckdb_tables() where table_name = 'ready_links'"
    ((n,),) = connection.execute(query).fetchall()
    return bool(n)


def narrow(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Make `left_near` (with the number `l`) and `right_near` (with the number `r`).

    A right person stays if it agrees with some left person on all keys of a rule that each side has a value of. Who
    has a ready-made link is left out. Numbers follow the ids, so that no order of rows matters later.
    """
    has_ready = has_ready_links(connection)
    left_free = "where person_id not in (select left_id from ready_links)" if has_ready else ""
    right_free = "and person_id not in (select right_id from ready_links)" if has_ready else ""
    connection.execute(
        "create or replace table left_near as select *, row_number() over (order by person_id) as l "
        f"from left_persons {left_free}"
    )
    # A rule for each scan, of few columns: far quicker than one scan of all columns with every rule at once.
    brought = [
        f"select person_id from right_persons as r where {_hash(rule, 'r')} in "  # the keys are checked names
        f"(select {_hash(rule, 'l')} from left_near as l where {_hash(rule, 'l')} is not null)"
        for rule in _widest(rules)
    ]
    connection.execute(
        "create or replace table right_near as select *, row_number() over (order by person_id) as r "
        f"from right_persons where person_id in ({' union '.join(brought) or 'select null'}) {right_free}"
    )


def _widest(rules: Sequence[Rule]) -> list[tuple[Key, ...]]:
    """The rules without those that bring nobody whom another does not bring: it asks for a part of their keys."""
    values = sorted({frozenset(key for key in rule if key.is_value) for rule in rules}, key=len)
    widest: list[frozenset[Key]] = []
    for keys in values:
        if not any(wider <= keys for wider in widest):
            widest.append(keys)
    return [tuple(sorted(keys, key=str)) for keys in widest]


def _hash(rule: Rule, side: str) -> str:
    values = [key.value(side) for key in rule if key.is_value]
    return f"case when {' and '.join(f'({value}) is not null' for value in values)} then hash({', '.join(values)}) end"


def count_pairs(connection: duckdb.DuckDBPyConnection, rule: Rule) -> int:
    """How many pairs agree on the keys of a rule that each side has a value of, without making any of them."""
    values = [key for key in rule if key.is_value]
    left = ", ".join(f"{key.value('l')} as k{i}" for i, key in enumerate(values))
    right = ", ".join(f"{key.value('r')} as k{i}" for i, key in enumerate(values))
    names = ", ".join(f"k{i}" for i in range(len(values)))
    query = f"""
        with lefts as (select {names}, count(*) as n from (select {left} from left_near as l) group by all),
        rights as (select {names}, count(*) as n from (select {right} from right_near as r) group by all)
        select coalesce(sum(lefts.n * rights.n), 0)::bigint from lefts inner join rights using ({names})
    """  # the keys are checked names
    ((n,),) = connection.execute(query).fetchall()
    return int(n)


def refuse_too_many(connection: duckdb.DuckDBPyConnection, rule: Rule, name: str, max_pairs: int) -> None:
    """Nothing, if a rule brings no more pairs than allowed.

    Raises:
        ConfigError: It would; the message gives the count.
    """
    n = count_pairs(connection, rule)
    if n > max_pairs:
        raise ConfigError(
            f"would compare {n:,} pairs, more than linkage.max_pairs ({max_pairs:,})",
            where=f"linkage, {name}",
            mend="add a key that tells more people apart",
        )


def join(rule: Rule) -> str:
    """The SQL that pairs `left_near` as l with `right_near` as r by a rule."""
    equal = " and ".join(key.condition() for key in rule if key.is_value)
    rest = " and ".join(f"({key.condition()})" for key in rule if not key.is_value)
    return f"left_near as l inner join right_near as r on {equal}" + (f" and {rest}" if rest else "")
