"""From scored pairs to links: one record for each person, best first, ties to nobody."""

from __future__ import annotations

import duckdb

from dyadlink.linkage.ladder import TWINS
from dyadlink.linkage.quoting import text
from dyadlink.linkage_settings import PROBABILISTIC_STEP

_ODDS = "match_probability / greatest(1 - match_probability, 1e-15)"


def resolve(connection: duckdb.DuckDBPyConnection, *, threshold: float, keep_twins_apart: bool) -> None:
    """Make `probable_links` (l, r, person_group, step) of what `ladder_links` left.

    A pair is a link if it is the best of its right person, and of its left person within the group, and if it is
    likely enough once the other pairs of the two are weighed: at most one of them can be true, so that its odds
    stand against theirs. Two equally good records cannot be told apart and are left alone.

    Args:
        connection: Holds `scored` (l, r, match_probability), `ladder_links`, `left_near` and `right_near`.
        threshold: Least match probability.
        keep_twins_apart: Whether pairs that only twins can be are refused.
    """
    twins = f"and not {TWINS}" if keep_twins_apart else ""
    connection.execute(f"""
        create or replace table probable_links as
        with free as (
            select s.l, s.r, coalesce(r.person_group, '') as person_group, round({_ODDS}, 6) as odds,
            from scored as s
            inner join left_near as l on s.l = l.l
            inner join right_near as r on s.r = r.r
            where s.r not in (select r from ladder_links)
                and (s.l, coalesce(r.person_group, '')) not in (select (l, person_group) from ladder_links)
                {twins}
        ),
        weighed as (
            select *,
                sum(odds) over (partition by r) as odds_of_right,
                sum(odds) over (partition by l, person_group) as odds_of_left,
                rank() over (partition by r order by odds desc)
                + count(*) over (partition by r, odds) as place_of_right,
                rank() over (partition by l, person_group order by odds desc)
                + count(*) over (partition by l, person_group, odds) as place_of_left,
            from free
        )
        select l, r, person_group, {text(PROBABILISTIC_STEP)} as step
        from weighed
        where place_of_right = 2 and place_of_left = 2
            and odds / (1 + odds) >= {threshold}
            and odds / (1 + odds_of_right) >= {threshold}
            and odds / (1 + odds_of_left) >= {threshold}
    """)  # numbers and own names
