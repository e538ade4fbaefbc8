"""Chooses the records that are flawed, and keeps the list of what was true of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.synthetic.flaws.catalogue import CATALOGUE
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.randomness import Floats, Topic

SCHEMA = {
    "trap": pl.Int64(),
    "flaw": pl.String(),
    "table": pl.String(),
    "record": pl.String(),
    "year": pl.Int64(),
    "was_true": pl.String(),
    "recorded": pl.String(),
}


def as_day(value: pl.Expr) -> pl.Expr:
    """Return the text of a day number."""
    return value.cast(pl.Int32).cast(pl.Date).cast(pl.String)


@dataclass(frozen=True)
class Told:
    """What the list says of a flawed record: its key, what was true, what is recorded, the return if only one."""

    record: pl.Expr
    was_true: pl.Expr
    recorded: pl.Expr
    year: int | None = None


class Flaws:
    """Chooses records by the rates of a level of flaws, each flaw with a stream of its own."""

    def __init__(self, p: Parameters, seed: int, block: int = 0) -> None:
        """Start with an empty list; each block of the wider population has streams of its own."""
        self._settings, self._seed, self._block = p.flaws, seed, block
        self._calls: Counter[str] = Counter()
        self._rows: list[pl.DataFrame] = []

    @property
    def is_off(self) -> bool:
        """Whether no record is flawed."""
        return self._settings.level.value == "none"

    def uniforms(self, name: str, n: int) -> Floats:
        """Return n uniform numbers of the flaw's own stream; a second call gives others."""
        self._calls[name] += 1
        key = [self._seed, int(Topic.FLAWS), list(CATALOGUE).index(name), self._calls[name]]
        key += [self._block] if self._block else []
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key))).random(n)

    def choose(self, name: str, frame: pl.DataFrame, able: pl.Expr | None = None) -> pl.DataFrame:
        """Return the frame with `hit`, true at the flaw's rate where a row can have it, and `u` within the hits.

        Args:
            name: The flaw, as in the catalogue.
            frame: One row per record.
            able: Which rows can have the flaw; all when nothing is given.
        """
        u, rate = self.uniforms(name, frame.height), self._settings.rate(name)
        can = pl.lit(value=True) if able is None else able.fill_null(value=False)
        frame = frame.with_columns(u=pl.Series(u))
        return frame.with_columns(hit=can & (pl.col("u") < rate), u=(pl.col("u") / max(rate, 1e-12)) % 1.0)

    def note(self, name: str, rows: pl.DataFrame, told: Told) -> None:
        """List the rows, all of them with this flaw."""
        flaw = CATALOGUE[name]
        self._rows.append(
            rows.select(
                trap=pl.lit(flaw.trap, pl.Int64),
                flaw=pl.lit(name),
                table=pl.lit(flaw.table),
                record=told.record.cast(pl.String),
                year=pl.lit(told.year, pl.Int64),
                was_true=told.was_true.cast(pl.String),
                recorded=told.recorded.cast(pl.String),
            )
        )

    @property
    def rows(self) -> list[pl.DataFrame]:
        """What was listed so far."""
        return self._rows


def listed_flaws(every: Sequence[Flaws]) -> pl.DataFrame:
    """Return truth/flaws.csv: one row per flaw, record and, where the flaw is a file's, year."""
    rows = pl.concat([pl.DataFrame(schema=SCHEMA), *(rows for flaws in every for rows in flaws.rows)])
    return rows.sort("trap", "flaw", "record", "year", "recorded", nulls_last=True)
