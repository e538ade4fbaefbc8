"""The exact ladder: ordered steps of identifiers that must all agree."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from dyadlink.linkage.keys import parse_key, parse_rule
from dyadlink.linkage.nearby import join, refuse_too_many
from dyadlink.linkage_settings import LadderStep
from dyadlink.sql import text

TWINS = """coalesce(
    l.birth_date = r.birth_date
    and coalesce(l.nhs_number != r.nhs_number, true)
    and (l.surname = r.surname or l.mother_nhs_number = r.mother_nhs_number)
    and (
        l.postcode = r.postcode or l.mother_nhs_number = r.mother_nhs_number
        or l.mother_birth_date = r.mother_birth_date
    )
    and (
        coalesce(l.sex != r.sex, false)
        or coalesce(l.nhs_number != r.nhs_number, false)
        or coalesce(
            l.forename_group != r.forename_group
            and jaro_winkler_similarity(l.forename, r.forename) < 0.8
            and damerau_levenshtein(l.forename, r.forename) > 1
            and l.forename is distinct from r.second_forename
            and r.forename is distinct from l.second_forename,
            false
        )
    ),
    false
)"""
"""A pair that is so alike that only twins differ as it does: one surname, birth date and home or mother, and another
forename, sex or NHS number. One valid NHS number is one person, whatever the rest says."""


def link_by_ladder(
    connection: duckdb.DuckDBPyConnection, steps: Sequence[LadderStep], *, max_pairs: int, keep_twins_apart: bool
) -> None:
    """Make `ladder_links` (l, r, step) and `ladder_pairs` (l, r), each step on what the steps before it left.

    A link must be the only one in its step for the right person, and for the left person within the right one's
    group: an infant can be known to several authorities, never twice to one. Pairs that are not unique are left to
    the steps after, and stand in `ladder_pairs` as well.

    Raises:
        ConfigError: A step would bring more pairs than allowed.

    Source: ordered deterministic steps as in the ECHILD and HESID algorithms (STANDARDS 5.5).
    """
    connection.execute("create or replace table ladder_links (l bigint, r bigint, person_group varchar, step varchar)")
    connection.execute("create or replace table ladder_pairs (l bigint, r bigint)")
    for step in steps:
        rule = parse_rule(step.keys)
        refuse_too_many(connection, rule, f"step {step.name}", max_pairs)
        refused = [f"coalesce({parse_key(key).condition()}, true)" for key in step.unless_different]
        guards = "".join(f" and {condition}" for condition in refused)
        twins = f" and not {TWINS}" if keep_twins_apart else ""
        connection.execute(f"""
            create or replace temp table step_pairs as
            select l.l, r.r, coalesce(r.person_group, '') as person_group
            from {join(rule)}
            where r.r not in (select r from ladder_links)
                and (l.l, coalesce(r.person_group, '')) not in (select (l, person_group) from ladder_links)
                {guards}{twins}
        """)  # the keys are checked names
        connection.execute("insert into ladder_pairs select l, r from step_pairs")
        connection.execute(f"""
            insert into ladder_links
            select l, r, person_group, {text(step.name)} from step_pairs
            qualify count(*) over (partition by l, person_group) = 1 and count(*) over (partition by r) = 1
        """)
    connection.execute("drop table if exists step_pairs")
