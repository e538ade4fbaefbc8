"""Moves of families in the year after the index discharge: inside the authority, to another, to another nation."""

from __future__ import annotations

import polars as pl

from dyadlink.synthetic.outcomes import FOLLOW_UP_DAYS
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import AREAS_PER_AUTHORITY, SHORT_COVERAGE
from dyadlink.synthetic.randomness import Topic, generator, spread, with_uniforms


def with_moves(dyads: pl.DataFrame, places: pl.DataFrame, seed: int, p: Parameters) -> pl.DataFrame:
    """Return the dyads with `move_day` and `new_la`, both null for who stays.

    ASSUME: a mother moves at most once, in the year after her last index discharge, never to the authority whose
    returns end early; `new_la` is her own authority when she moves inside it.
    """
    rng = generator(seed, Topic.MOVES)
    mothers = dyads.group_by("mother", maintain_order=True).agg(
        pl.col("la").first(), pl.col("t2").max(), pl.col("mother_death").first(), last_birth=pl.col("birth_id").max()
    )
    mothers = with_uniforms(mothers, rng, "u_move", "u_day", "u_far", "u_where")
    short = int(places.filter(pl.col("la_code") == SHORT_COVERAGE)["la"].item())
    others = [la for la in places["la"].to_list() if la != short]
    n = len(others)
    # Position among the authorities that one can move to, shifted past the own one.
    place = pl.col("la").replace_strict(others, list(range(n)), default=0, return_dtype=pl.Int64)
    where = ((place + spread("u_where", 1, n - 1)) % n).replace_strict(list(range(n)), others, return_dtype=pl.Int64)
    moves = (pl.col("u_move") < p.course.moves_a_year.value) & (
        (pl.col("t2") + 2 + (pl.col("u_day") * FOLLOW_UP_DAYS).floor()) < pl.col("mother_death").fill_null(10**7)
    )
    far = pl.col("u_far") < p.course.moves_to_another_authority.value
    mothers = mothers.select(
        "mother",
        birth_id="last_birth",
        move_day=pl.when(moves).then(pl.col("t2") + spread("u_day", 2, FOLLOW_UP_DAYS)),
        new_la=pl.when(moves).then(pl.when(far).then(where).otherwise("la")),
    )
    return dyads.join(mothers, on=["mother", "birth_id"], how="left", maintain_order="left")


def with_new_homes(women: pl.DataFrame, dyads: pl.DataFrame, places: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """Return the women with the small area they move to: move_day, new_area_id, new_lsoa, new_gss_code.

    The new area has the deprivation quintile of the old one, or the next in a few moves inside an authority.
    """
    moves = dyads.filter(pl.col("move_day").is_not_null()).unique("mother", keep="first", maintain_order=True)
    women = women.join(
        moves.select("move_day", "new_la", woman="mother"), on="woman", how="left", maintain_order="left"
    )
    # Inside an authority: the neighbouring area.
    within = pl.col("area_id") % AREAS_PER_AUTHORITY
    near = pl.when(within % 2 == 0).then(within + 1).otherwise(within - 1)
    there = pl.when(pl.col("new_la") == pl.col("la")).then(near).otherwise(within)
    women = women.with_columns(new_area_id=pl.col("new_la") * AREAS_PER_AUTHORITY + there)
    women = women.join(
        areas.select(new_area_id="area_id", new_lsoa="lsoa"), on="new_area_id", how="left", maintain_order="left"
    )
    codes = places.select(new_la="la", new_gss_code="gss_code")
    return women.join(codes, on="new_la", how="left", maintain_order="left")
