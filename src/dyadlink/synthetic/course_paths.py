"""Paths of the course of social care: the jumps between its anchors, and the levels of each day.

Between two anchors the jumps are drawn from the process given its states at both, by uniformization (Hobolth and
Stone 2009, Ann Appl Stat 3:1204); after the last anchor by competing exponential clocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.synthetic.course import (
    FIRST_DAY_BEFORE_BIRTH,
    KIND,
    LEVEL_OF_STATE,
    N_STATES,
    NONE,
    Anchors,
    Ints,
    Process,
    anchors_of,
    build_process,
    draw_states,
    sample_anchor_states,
)
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.randomness import Floats


@dataclass(frozen=True)
class _Stretch:
    """Dyads (by row) between two anchors: first day, whole days, states just after the first and before the last."""

    row: Ints
    begin: Ints
    length: Ints
    start: Ints
    stop: Ints

    def of(self, chosen: Ints) -> _Stretch:
        """Return the stretch of some of its dyads."""
        parts = (self.row, self.begin, self.length, self.start, self.stop)
        return _Stretch(*(part[chosen] for part in parts))


def draw_paths(dyads: pl.DataFrame, end: int, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return the levels that each dyad goes through: dyad, start (day), level (0 to 7), sorted.

    A day counts with the state at its end. Nothing happens from the infant's death on, or after `end`.

    Args:
        dyads: One row per dyad with its outcomes.
        end: The last day of the course.
        rng: The stream of this topic.
        p: The parameters.
    """
    process = build_process(p)
    anchors = anchors_of(dyads)
    before, states = sample_anchor_states(anchors, rng, process)
    parts = [_event_jumps(anchors)]
    rows, lengths = np.arange(dyads.height), np.diff(anchors.days, axis=1)
    for k in range(lengths.shape[1]):
        stretch = _Stretch(rows, anchors.days[:, k], lengths[:, k], states[:, k], before[:, k + 1])
        parts.append(_jumps_between(stretch, anchors.kinds[:, k], rng, process))
    parts.append(_jumps_after(anchors.days[:, 8], states[:, 8], end, rng, process))
    jumps = pl.concat(parts)
    return _daily_levels(jumps, dyads, end)


def _event_jumps(anchors: Anchors) -> pl.DataFrame:
    rows = []
    for state, place in ((anchors.first, 4), (anchors.second, 6)):
        has = np.flatnonzero(state > 0)
        rows.append(_jump_frame(has, anchors.days[has, place].astype(np.float64), state[has]))
    return pl.concat(rows)


def _jump_frame(row: Ints, time: Floats, state: Ints) -> pl.DataFrame:
    return pl.DataFrame(
        {"row": row, "time": time, "state": state}, schema={"row": pl.Int64, "time": pl.Float64, "state": pl.Int64}
    )


def _jumps_between(stretch: _Stretch, kinds: Ints, rng: np.random.Generator, process: Process) -> pl.DataFrame:
    """Return the jumps of a stretch, which has one kind for each dyad, given the states at both its ends."""
    parts = [_jump_frame(stretch.row[:0], np.empty(0), stretch.row[:0])]
    for kind in np.unique(kinds):
        chosen = np.flatnonzero((kinds == kind) & (stretch.length > 0))
        if chosen.size:
            parts.append(_uniformized(stretch.of(chosen), process.rates[kind], rng))
    return pl.concat(parts)


def _jump_counts(stretch: _Stretch, mu: float, powers: Floats, rng: np.random.Generator) -> Ints:
    """Return how many jumps of the uniformized process, real or not, each dyad makes between its two states."""
    counts = np.arange(powers.shape[0])
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(counts[1:]))])
    poisson = counts * np.log(mu * stretch.length)[:, None] - log_factorial
    with np.errstate(divide="ignore"):
        weight = poisson + np.log(powers[:, stretch.start, stretch.stop].T)
    chance = np.exp(weight - weight.max(axis=1, keepdims=True))
    total = np.cumsum(chance, axis=1)
    u = rng.random(stretch.row.size) * total[:, -1]
    return np.asarray((total <= u[:, None]).sum(axis=1), dtype=np.int64)


def _uniformized(stretch: _Stretch, rates: Floats, rng: np.random.Generator) -> pl.DataFrame:
    """Return the jumps of paths between two states over whole days, by uniformization."""
    mu = float(-np.diagonal(rates).min())
    if mu == 0:
        return _jump_frame(stretch.row[:0], np.empty(0), stretch.row[:0])
    expected = mu * float(stretch.length.max())
    # Nine standard deviations of the Poisson count, and room for paths that must go a long way.
    most = int(expected + 9 * np.sqrt(expected)) + 25
    matrix = np.eye(N_STATES) + rates / mu
    powers = np.empty((most + 1, N_STATES, N_STATES))
    powers[0] = np.eye(N_STATES)
    for k in range(most):
        powers[k + 1] = powers[k] @ matrix
    n_jumps = _jump_counts(stretch, mu, powers, rng)
    most = int(n_jumps.max(initial=0))
    drawn = rng.random((stretch.row.size, most))
    times = np.sort(np.where(np.arange(most) < n_jumps[:, None], drawn, 2.0), axis=1)
    parts = [_jump_frame(stretch.row[:0], np.empty(0), stretch.row[:0])]
    state = stretch.start.copy()
    for k in range(most):
        on = np.flatnonzero(k < n_jumps)
        left = n_jumps[on] - k - 1
        chosen = draw_states(matrix[state[on]] * powers[left, :, stretch.stop[on]], rng)
        changed = chosen != state[on]
        at = on[changed]
        when = stretch.begin[at] + times[at, k] * stretch.length[at]
        parts.append(_jump_frame(stretch.row[at], when, chosen[changed]))
        state[on] = chosen
    return pl.concat(parts)


def _jumps_after(begin: Ints, start: Ints, end: int, rng: np.random.Generator, process: Process) -> pl.DataFrame:
    """Return the jumps of free paths up to the last day, by competing exponential clocks."""
    q = process.rates[KIND["free"]]
    rows, time, state = np.arange(start.size), begin.astype(np.float64), start.copy()
    parts = [_jump_frame(rows[:0], np.empty(0), rows[:0])]
    while rows.size:
        leaving = -q[state, state]
        time = time + rng.standard_exponential(rows.size) / np.maximum(leaving, 1e-12)
        on = time <= end
        rows, time, state = rows[on], time[on], state[on]
        rates = q[state].copy()
        rates[np.arange(rows.size), state] = 0
        state = draw_states(rates, rng) if rows.size else state
        parts.append(_jump_frame(rows, time, state))
    return pl.concat(parts)


def _daily_levels(jumps: pl.DataFrame, dyads: pl.DataFrame, end: int) -> pl.DataFrame:
    facts = dyads.select("dyad", "infant_death", begin=pl.col("birth") - FIRST_DAY_BEFORE_BIRTH).with_row_index("row")
    facts = facts.with_columns(pl.col("row").cast(pl.Int64))
    first = facts.select("row", time=pl.col("begin").cast(pl.Float64), state=pl.lit(NONE, pl.Int64))
    every = pl.concat([first, jumps]).sort("row", "time", maintain_order=True)
    every = every.join(facts, on="row", maintain_order="left").with_columns(
        start=pl.col("time").floor().cast(pl.Int64),
        level=pl.col("state").replace_strict(list(range(N_STATES)), LEVEL_OF_STATE.tolist(), return_dtype=pl.Int64),
    )
    alive = (pl.col("start") < pl.col("infant_death")).fill_null(value=True)
    every = every.filter(alive, pl.col("start") <= end).unique(["row", "start"], keep="last", maintain_order=True)
    last_level = pl.col("level").shift(1).over("row")
    every = every.filter((pl.col("level") != last_level).fill_null(value=True))
    return every.select("dyad", "start", "level")
