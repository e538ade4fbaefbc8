"""Which pairs the probabilistic model looks at: those that agree on all keys of one of several rules."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from dyadlink.linkage.nearby import Rule, join, refuse_too_many


def block(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], *, max_pairs: int) -> None:
    """Make `candidate_pairs` (l, r): the pairs of all rules, and those that a step of the ladder brought.

    Raises:
        ConfigError: A rule would bring more pairs than allowed; none is made then.
    """
    for rule in rules:
        refuse_too_many(connection, rule, f"blocking rule {named(rule)}", max_pairs)
    brought = [f"select l.l, r.r from {join(rule)}" for rule in rules]  # the keys are checked names
    parts = " union all ".join([*brought, "select l, r from ladder_pairs"])
    connection.execute(f"create or replace table candidate_pairs as select distinct l, r from ({parts})")


def named(rule: Rule) -> str:
    """A rule as the settings write it."""
    return ", ".join(f"{key.column}.{key.form}" if key.form else key.column for key in rule)
