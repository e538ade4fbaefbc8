"""The wider population: children known to social care beyond those drawn with the dyads.

There can be millions, so they are drawn, spoilt and written one block of authorities after the other, and memory
does not grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from dyadlink.synthetic.background import Block, draw_authorities
from dyadlink.synthetic.children import SocialCareWorld, build_wider_population
from dyadlink.synthetic.flaws import Flaws
from dyadlink.synthetic.flaws.social_care import spoil_social_care
from dyadlink.synthetic.identities import Identified, identify_block
from dyadlink.synthetic.linkage_errors import with_gaps
from dyadlink.synthetic.missingness import Missing
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.randomness import Topic, generator
from dyadlink.synthetic.records import CareRecords

CHILDREN_PER_BLOCK = 200_000
CORE_CHILDREN_PER_DYAD = 3
LARGEST_CORE = 400_000
"""More children than these are drawn in blocks."""


def core_size(n_children: int, n_dyads: int) -> int:
    """Return how many of all children are drawn with the dyads: all, unless they are too many for one block."""
    return n_children if n_children <= LARGEST_CORE else CORE_CHILDREN_PER_DYAD * n_dyads


def blocks(places: pl.DataFrame, n: int, seed: int) -> list[Block]:
    """Return blocks of the wider population of n children; one of all authorities when there are none.

    A block is of one country; those of England hold about 200,000 children each.
    """
    la = draw_authorities(n, places, generator(seed, Topic.WIDER_POPULATION))
    if n == 0:
        return [Block(0, places, la)]
    counts = places.join(la.alias("la").value_counts(name="n"), on="la", how="left", maintain_order="left")
    counts = counts.with_columns(pl.col("n").fill_null(0).cast(pl.Int64)).sort("country", "la_code")
    before = pl.col("n").cum_sum().over("country") - pl.col("n")
    counts = counts.with_columns(part=before // CHILDREN_PER_BLOCK)
    return [
        Block(number, part.select(places.columns), _repeated(part))
        for number, part in enumerate(counts.partition_by("country", "part", maintain_order=True), start=1)
    ]


def largest_addition(parts: Sequence[Block]) -> int:
    """Return the most children that one authority has in the wider population."""
    counts = [int(str(part.la.value_counts()["count"].max())) for part in parts if not part.la.is_empty()]
    return max(counts, default=0)


def _repeated(counts: pl.DataFrame) -> pl.Series:
    return counts.select(pl.col("la").repeat_by("n").list.explode(keep_nulls=False, empty_as_null=False)).to_series()


class Population:
    """Gives the records of each block of authorities: the children drawn with the dyads, and the wider population."""

    def __init__(self, core: SocialCareWorld, known: Identified, dyads: pl.DataFrame, seed: int, p: Parameters) -> None:
        """Start from what is recorded of the children drawn with the dyads.

        Args:
            core: These children as recorded.
            known: Everybody who is identified already.
            dyads: The dyads.
            seed: The seed of the world.
            p: The parameters.
        """
        self._core, self._known, self._dyads, self._seed, self._p = core, known, dyads, seed, p
        self._next_child = _next(core.children, "child")

    def recorded(self, block: Block, flaws: Flaws, missing: Missing) -> SocialCareWorld:
        """Return what the authorities of the next block record."""
        own = of_authorities(self._core, block.places)
        if block.la.is_empty():
            return own
        drawn = build_wider_population(block, self._dyads, self._seed, self._p)
        first = {
            "child": self._next_child,
            "case": _next(own.cases, "case"),
            "period": _next(own.care, "period"),
            "plan": _next(own.records.plans, "plan"),
        }
        drawn = _renumbered(drawn, first)
        self._next_child += drawn.children.height
        drawn = identify_block(drawn, self._known, self._seed, block.number, self._p)
        drawn = replace(drawn, children=drawn.children.with_columns(is_hard_to_link=pl.lit(value=False)))
        drawn = spoil_social_care(with_gaps(drawn, missing), self._dyads, block.places, flaws)
        return _together(own, drawn)


def of_authorities(world: SocialCareWorld, places: pl.DataFrame) -> SocialCareWorld:
    """Return what some of the authorities record."""
    children = world.children.join(places.select("la"), on="la", how="semi", maintain_order="left")

    def kept(frame: pl.DataFrame, key: str, those: pl.DataFrame) -> pl.DataFrame:
        return frame.join(those.select(key), on=key, how="semi", maintain_order="left")

    cases = kept(world.cases, "child", children)
    records = {name: kept(frame, "case", cases) for name, frame in vars(world.records).items()}
    return SocialCareWorld(children, cases, CareRecords(**records), kept(world.care, "child", children))


def _next(frame: pl.DataFrame, column: str) -> int:
    last = frame[column].max()
    return 0 if last is None else int(str(last)) + 1


def _renumbered(world: SocialCareWorld, first: dict[str, int]) -> SocialCareWorld:
    def shifted(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col(name) + number for name, number in first.items() if name in frame.columns)

    records = {name: shifted(frame) for name, frame in vars(world.records).items()}
    return SocialCareWorld(shifted(world.children), shifted(world.cases), CareRecords(**records), shifted(world.care))


def _together(first: SocialCareWorld, second: SocialCareWorld) -> SocialCareWorld:
    def both(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([one, other.select(one.columns)], how="vertical_relaxed")

    records = {name: both(frame, getattr(second.records, name)) for name, frame in vars(first.records).items()}
    return SocialCareWorld(
        both(first.children, second.children),
        both(first.cases, second.cases),
        CareRecords(**records),
        both(first.care, second.care),
    )
