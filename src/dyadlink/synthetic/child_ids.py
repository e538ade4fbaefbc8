"""Ids of children: the one their authority gives, and the pupil number."""

from __future__ import annotations

import polars as pl

from dyadlink.synthetic.randomness import Topic, generator

SHARED_ID_SPAN = 4
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


class ChildIds:
    """Gives children ids that are unique in their authority and come again in others.

    Every authority draws from one short range of numbers: the same id means another child elsewhere.
    """

    def __init__(self, children: pl.DataFrame, largest_addition: int, seed: int) -> None:
        """Set the range of ids.

        Args:
            children: The children who come first, la and child.
            largest_addition: The most children that any authority adds to them later.
            seed: The seed of the world.
        """
        rng = generator(seed, Topic.CHILD_IDS)
        order = pl.Series(rng.permutation(children.height))
        place = children.select("la", "child", order=order).sort("order")
        self._first = place.with_columns(within=_rank_in_authority()).sort("child")
        self._used = self._first.group_by("la").len("used")
        self._largest = int(str(self._first["within"].max() or 0)) + 1 + largest_addition
        self._pool = pl.Series(100_000 + rng.permutation(SHARED_ID_SPAN * self._largest))

    def first(self, children: pl.DataFrame) -> pl.DataFrame:
        """Return the children who come first with `la_child_id`."""
        return self._with_ids(children, self._first)

    def later(self, children: pl.DataFrame) -> pl.DataFrame:
        """Return all later children of some authorities with `la_child_id`."""
        place = children.select("la", "child").join(self._used, on="la", how="left", maintain_order="left")
        return self._with_ids(
            children, place.with_columns(within=_rank_in_authority() + pl.col("used").fill_null(0).cast(pl.Int64))
        )

    def _with_ids(self, children: pl.DataFrame, place: pl.DataFrame) -> pl.DataFrame:
        shift = pl.col("la") * (self._largest // 3)
        number = place.select((pl.col("within") + shift) % (SHARED_ID_SPAN * self._largest)).to_series()
        ids = pl.DataFrame({"child": place["child"], "la_child_id": self._pool.gather(number).cast(pl.String)})
        return children.join(ids, on="child", maintain_order="left")


def _rank_in_authority() -> pl.Expr:
    return pl.int_range(pl.len(), dtype=pl.Int64).over("la")


def with_pupil_numbers(children: pl.DataFrame) -> pl.DataFrame:
    """Return children with `upn`, a unique pupil number with its right check letter."""
    digits = pl.concat_str(pl.col("la_code"), pl.col("child").cast(pl.String).str.zfill(9))
    total = pl.sum_horizontal(digits.str.slice(k, 1).cast(pl.Int64) * (k + 2) for k in range(12))
    letters = pl.Series(values=list(UPN_LETTERS), dtype=pl.String)
    positions = children.select(total % 23).to_series()
    return children.with_columns(upn=pl.concat_str(pl.Series(letters.gather(positions)), digits))
