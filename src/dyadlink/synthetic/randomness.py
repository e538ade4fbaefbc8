"""Random draws: one independent stream per topic, so that a change in one topic leaves the others alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


class Topic(IntEnum):
    """The streams. The numbers are part of the seed: never reuse or renumber them."""

    PEOPLE = 1
    OUTCOMES = 2
    ADMISSIONS = 3
    OTHER_WOMEN = 4
    MATERNITY = 5
    DYAD_CASES = 6
    BACKGROUND = 7
    CARE = 8
    RECORDS = 9
    NAMES = 10
    CHILD_IDS = 11
    HEALTH_ERRORS = 12
    AUTHORITY_ERRORS = 13
    MHSDS = 14
    MOVES = 15
    COURSE = 16
    CONTACTS = 17
    REMOVALS = 18
    REMOVED_SIBLINGS = 19
    RECODED = 20
    ANTENATAL = 21
    TEAM_REFERRALS = 22
    DETENTIONS = 23
    WIDER_POPULATION = 24
    FLAWS = 51
    MISSINGNESS = 52
    HARD_TO_LINK = 53
    RESEARCH_EXTRACT = 41
    LOCAL_SSD = 42
    WALES_SAIL = 43


def generator(seed: int, topic: Topic, block: int = 0) -> np.random.Generator:
    """Return the stream of a topic under a seed; each block of the wider population has one of its own."""
    key = [seed, int(topic), block] if block else [seed, int(topic)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def pick(rng: np.random.Generator, n: int, shares: Mapping[str, float]) -> pl.Series:
    """Return n codes drawn with the given shares."""
    return pick_by(rng.random(n), list(shares), list(shares.values()))


def pick_by(u: Floats, codes: Sequence[str], shares: Sequence[float]) -> pl.Series:
    """Return the code each uniform number falls on."""
    bounds = np.cumsum(np.asarray(shares, dtype=np.float64))
    position = np.searchsorted(bounds / bounds[-1], u, side="right")
    return pl.Series(values=list(codes), dtype=pl.String).gather(np.minimum(position, len(codes) - 1))


def with_uniforms(frame: pl.DataFrame, rng: np.random.Generator, *names: str) -> pl.DataFrame:
    """Return the frame with one column of uniform numbers per name."""
    return frame.with_columns(pl.Series(name, rng.random(frame.height)) for name in names)


def spread(u: str, low: int | pl.Expr, high: int | pl.Expr) -> pl.Expr:
    """Return whole numbers from low to high (both included) from a column of uniform numbers."""
    low_expr = pl.lit(low) if isinstance(low, int) else low
    high_expr = pl.lit(high) if isinstance(high, int) else high
    return (low_expr + (pl.col(u) * (high_expr - low_expr + 1)).floor()).cast(pl.Int64)


def clip(value: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """Return the value held between two others; the lower bound wins."""
    return pl.max_horizontal(low, pl.min_horizontal(value, high))


def lognormal_days(z: Floats, median: float | Floats, sigma: float, low: int, high: int) -> npt.NDArray[np.int64]:
    """Return whole days with the given median, held between two bounds."""
    return np.clip(np.rint(median * np.exp(sigma * z)), low, high).astype(np.int64)
