"""From scored pairs to links: one record for each person, best first, ties to nobody."""

from __future__ import annotations

import duckdb

from dyadlink.linkage.ladder import TWINS
from dyadlink.linkage.scoring import WEIGHT_DIGITS
from dyadlink.linkage_settings import PROBABILISTIC_STEP
from dyadlink.sql import text

_ODDS = "round(least(match_probability / greatest(1 - match_probability, 1e-12), 1e9), 6)"
"""Odds of a pair; sums of them are the same in any order."""
_LEAST_ODDS = 1e-4
"""Pairs below weigh nothing against others."""
_CERTAIN_ODDS = 99


def resolve(connection: duckdb.DuckDBPyConnection, *, threshold: float, keep_twins_apart: bool) -> None:
    """Make `probable_links` (l, r, person_group, step) of what `ladder_links` left, and `weighed_pairs`.

    A pair is a link if it is the best of its right person, and of its left person within the group, and if it is
    likely enough once the other pairs of the two are weighed. Of the pairs of a right person, and of those of a left
    one within a group, at most one is true. Pairs of a left person in several groups can all be true, as often as the
    surest pairs show. Two equally good records cannot be told apart and are left alone.

    `weighed_pairs` (l, r, weighed_probability) has every pair that was weighed, and the links of the ladder that were
    scored, whose rivals are out: its probability that the two are one, rounded down. From a half on, those that reach
    a threshold are the links that it would make.

    Args:
        connection: Holds `scored` (l, r, match_probability), `ladder_links`, `left_near` and `right_near`.
        threshold: Least match probability.
        keep_twins_apart: Whether pairs that only twins can be are refused.
    """
    twins = f"and not {TWINS}" if keep_twins_apart else ""
    connection.execute(f"""
        create or replace temp table likely as
        select s.l, s.r, coalesce(r.person_group, '') as person_group, {_ODDS} as odds, false as is_taken
        from scored as s
        inner join left_near as l on s.l = l.l
        inner join right_near as r on s.r = r.r
        where {_ODDS} >= {_LEAST_ODDS} and s.r not in (select r from ladder_links)
            and (s.l, coalesce(r.person_group, '')) not in (select (l, person_group) from ladder_links)
            {twins}
        union all
        select l, r, person_group, 1e9 as odds, true as is_taken from ladder_links
    """)  # numbers and own names
    again = _odds_of_another_group(connection)
    connection.execute(f"""
        create or replace temp table weighed as
        with beside_others as (
            select *,
                sum(odds) over (partition by r) as odds_of_right,
                sum(odds) over (partition by l, person_group) as odds_in_group,
                sum(odds) over (partition by l) - sum(odds) over (partition by l, person_group) as odds_elsewhere,
                rank() over (partition by r order by odds desc)
                + count(*) over (partition by r, odds) as place_of_right,
                rank() over (partition by l, person_group order by odds desc)
                + count(*) over (partition by l, person_group, odds) as place_of_left,
            from likely
        )
        select l, r, person_group, place_of_right = 2 and place_of_left = 2 as is_best,
            least(
                odds / (1 + odds_of_right),
                odds * (1 + {again} * odds_elsewhere)
                / (1 + odds_in_group + odds_elsewhere + {again} * odds_in_group * odds_elsewhere)
            ) as probability
        from beside_others
        where not is_taken
    """)
    connection.execute(
        f"create or replace table probable_links as select l, r, person_group, {text(PROBABILISTIC_STEP)} as step "
        f"from weighed where is_best and probability >= {threshold}"
    )
    # Rounded down, it reaches a threshold where the exact one does, and of two alike neither reaches a half.
    connection.execute(f"""
        create or replace table weighed_pairs as
        select l, r, floor(probability * 1e{WEIGHT_DIGITS}) / 1e{WEIGHT_DIGITS} as weighed_probability from weighed
        union all
        select l, r, match_probability from scored semi join ladder_links using (l, r)
    """)
    connection.execute("drop table likely")
    connection.execute("drop table weighed")


def _odds_of_another_group(connection: duckdb.DuckDBPyConnection) -> float:
    """How the odds of a record change with a record in another group; 1: they do not.

    The odds that who has a sure record has one in a further group, over the odds that anybody has one.
    """
    ((n_left, n_linked, n_several),) = connection.execute(f"""
        with sure as (select l, count(distinct person_group) as n from likely where odds >= {_CERTAIN_ODDS} group by l)
        select (select count(*) from left_near), count(*), coalesce(count_if(n > 1), 0) from sure
    """).fetchall()
    several = (n_several + 1) / (n_linked - n_several + 1)
    linked = (n_linked + 1) / (n_left - n_linked + 1)
    return float(min(1.0, several / linked))
