"""Sets of links drawn at random: each child record to one infant at most, each infant to one record of an authority."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Knot = tuple[tuple[tuple[int, int], ...], ...]

_STEP = 1e-3
_WIDEST = 5.0
MAXIMUM_SLOTS = 10
"""Infants who may compete in one group of pairs; a larger group is cut at its weakest pairs."""


@dataclass(frozen=True)
class Matchings:
    """Every pair that may be a link, in groups that share no record and no infant.

    A set of links has a probability proportional to the product of its pairs' odds: the posterior of Fellegi &
    Sunter's model (1969) under the rule that links are one to one (as in Sadinle 2017, JASA 112:600). For one record
    with several infants that is the odds of each over 1 + their sum, the 1 standing for none of them.

    Attributes:
        n_pairs: Pairs in all.
        star_pairs: Pairs of the groups that hold one record or one infant: at most one of a group is a link.
        star_groups: Number of the group of each of these.
        knots: The other groups: for each record its pairs, as (pair, slot).
    """

    n_pairs: int
    star_pairs: Places
    star_groups: Places
    knots: tuple[Knot, ...]

    def draw_sets(self, odds: Floats, rng: np.random.Generator) -> Iterator[Flags]:
        """Sets of links drawn at random, without end: for each, which pairs are links.

        Args:
            odds: Of each pair; see `scale_odds`.
            rng: Source of randomness; the same state gives the same sets.
        """
        onward = [_onward(knot, odds) for knot in self.knots]
        while True:
            chosen = np.zeros(self.n_pairs, dtype=np.bool_)
            chosen[self.star_pairs] = self._draw_stars(odds, rng)
            for knot, weights in zip(self.knots, onward, strict=True):
                chosen[_draw_knot(knot, odds, weights, rng)] = True
            yield chosen

    def log_weight(self, odds: Floats) -> float:
        """Log of the summed weights of all sets of links."""
        stars = np.bincount(self.star_groups, weights=odds[self.star_pairs])
        return float(np.log1p(stars).sum() + sum(np.log(_onward(knot, odds)[0][0]) for knot in self.knots))

    def _draw_stars(self, odds: Floats, rng: np.random.Generator) -> Flags:
        if not len(self.star_pairs):
            return np.zeros(0, dtype=np.bool_)
        # The largest of log odds plus Gumbel noise is a draw in proportion to the odds; 'none' has log odds of 0.
        with np.errstate(divide="ignore"):
            score = np.log(odds[self.star_pairs]) + rng.gumbel(size=len(self.star_pairs))
        none = rng.gumbel(size=int(self.star_groups[-1]) + 1)
        best = none.copy()
        np.maximum.at(best, self.star_groups, score)
        return np.asarray(score == best[self.star_groups])


def arrange_pairs(records: Sequence[str], slots: Sequence[tuple[str, str]], odds: Floats) -> Matchings:
    """The pairs in groups.

    Args:
        records: Child record of each pair.
        slots: Infant and authority of each pair.
        odds: Odds of each pair; they decide where a group that is too large is cut.
    """
    groups = _groups(list(range(len(records))), records, slots)
    small: list[list[int]] = []
    while groups:
        group = groups.pop()
        if len({slots[pair] for pair in group}) <= MAXIMUM_SLOTS or len({records[pair] for pair in group}) == 1:
            small.append(group)
            continue
        # ASSUME: a group of many infants hangs together by chance likeness; without its weakest pair it comes apart.
        weakest = min(group, key=lambda pair: (odds[pair], pair))
        groups += _groups([pair for pair in group if pair != weakest], records, slots)
    small.sort()
    is_star = [len({records[p] for p in g}) == 1 or len({slots[p] for p in g}) == 1 for g in small]
    stars = [group for group, star in zip(small, is_star, strict=True) if star]
    knots = [group for group, star in zip(small, is_star, strict=True) if not star]
    return Matchings(
        n_pairs=len(records),
        star_pairs=np.array([pair for group in stars for pair in group], dtype=np.int64),
        star_groups=np.array([number for number, group in enumerate(stars) for _ in group], dtype=np.int64),
        knots=tuple(_knot(group, records, slots) for group in knots),
    )


def _groups(pairs: list[int], records: Sequence[str], slots: Sequence[tuple[str, str]]) -> list[list[int]]:
    """Connected parts of the graph whose edges are the pairs."""
    at: dict[object, list[int]] = {}
    for pair in pairs:
        at.setdefault(records[pair], []).append(pair)
        at.setdefault(slots[pair], []).append(pair)
    found: list[list[int]] = []
    seen: set[int] = set()
    for start in pairs:
        if start in seen:
            continue
        seen.add(start)
        group, waiting = [], [start]
        while waiting:
            pair = waiting.pop()
            group.append(pair)
            for other in (*at[records[pair]], *at[slots[pair]]):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        found.append(sorted(group))
    return found


def _knot(group: list[int], records: Sequence[str], slots: Sequence[tuple[str, str]]) -> Knot:
    numbers = {slot: number for number, slot in enumerate(dict.fromkeys(slots[pair] for pair in group))}
    by_record: dict[str, list[tuple[int, int]]] = {}
    for pair in group:
        by_record.setdefault(records[pair], []).append((pair, numbers[slots[pair]]))
    return tuple(tuple(pairs) for pairs in by_record.values())


def scale_odds(matchings: Matchings, odds: Floats, n_links: float) -> Floats:
    """The odds times the one number with which a set holds that many links on average.

    A match probability is of a pair by itself. That each infant has one record at most is news about its other
    candidates, and its prior probability of having none is well below 1: taken as they are, the odds would give fewer
    links than the probabilities add up to.

    Args:
        matchings: The pairs.
        odds: Odds of each, its own.
        n_links: Sum of the match probabilities.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - heavy

    def surplus(log_factor: float) -> float:
        # The mean number of links is the slope of the log weight over the log of the factor.
        ends = [matchings.log_weight(odds * np.exp(log_factor + side)) for side in (-_STEP / 2, _STEP / 2)]
        return (ends[1] - ends[0]) / _STEP - n_links

    if surplus(_WIDEST) < 0 or surplus(-_WIDEST) > 0:
        return odds
    return odds * float(np.exp(brentq(surplus, -_WIDEST, _WIDEST, xtol=1e-4)))


def _onward(knot: Knot, odds: Floats) -> list[Floats]:
    """For each record in turn, and after the last: total weight of the ways to link it and those after it.

    Position `taken` of each array is for the slots that the bits of `taken` name being taken already.
    """
    masks = np.arange(1 << (1 + max(slot for pairs in knot for _, slot in pairs)))
    onward = [np.ones(len(masks))]
    for pairs in reversed(knot):
        total = onward[0].copy()
        for pair, slot in pairs:
            is_free = masks & (1 << slot) == 0
            total[is_free] += odds[pair] * onward[0][masks[is_free] | (1 << slot)]
        onward.insert(0, total)
    return onward


def _draw_knot(knot: Knot, odds: Floats, onward: list[Floats], rng: np.random.Generator) -> list[int]:
    """Exact: record by record, each choice in proportion to the weight of all sets that go on from it."""
    chosen, taken = [], 0
    for pairs, after in zip(knot, onward[1:], strict=True):
        ways = [(-1, taken, float(after[taken]))]
        for pair, slot in pairs:
            if not taken & (1 << slot):
                ways.append((pair, taken | 1 << slot, float(odds[pair] * after[taken | 1 << slot])))
        left = rng.random() * sum(weight for _, _, weight in ways)
        for pair, after_it, weight in ways:  # noqa: B007 - the last way, where rounding leaves a rest
            left -= weight
            if left < 0:
                break
        taken = after_it
        if pair >= 0:
            chosen.append(pair)
    return chosen
