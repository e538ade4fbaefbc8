"""Sets of links drawn at random: always one to one, and as often as their probability says, whatever the pairs."""

from __future__ import annotations

from itertools import islice
from math import log, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyadlink.models.linkage_error.matchings import MAXIMUM_SLOTS, Floats, Matchings, arrange_pairs, scale_odds

Pair = tuple[str, tuple[str, str], float]


@st.composite
def graphs(draw: st.DrawFn) -> list[Pair]:
    """Up to nine pairs of a few records with a few infants in one or two authorities."""
    ends = draw(
        st.lists(
            st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz"), st.sampled_from("PQ")),
            min_size=1, max_size=9, unique=True,
        )
    )  # fmt: skip
    # A record belongs to one authority.
    return [(f"{p}{r}", (i, p), draw(st.floats(0.01, 50))) for r, i, p in ends]


def possible_sets(pairs: list[Pair]) -> dict[tuple[bool, ...], float]:
    """Every one-to-one set with its weight, found by trying all subsets."""
    found = {}
    for number in range(1 << len(pairs)):
        flags = tuple(bool(number >> place & 1) for place in range(len(pairs)))
        chosen = [pair for pair, flag in zip(pairs, flags, strict=True) if flag]
        records, slots = [record for record, _, _ in chosen], [slot for _, slot, _ in chosen]
        if len(set(records)) == len(records) and len(set(slots)) == len(slots):
            found[flags] = prod(odds for _, _, odds in chosen)
    return found


def arranged(pairs: list[Pair]) -> tuple[Matchings, Floats]:
    odds = np.array([pair[2] for pair in pairs])
    return arrange_pairs([pair[0] for pair in pairs], [pair[1] for pair in pairs], odds), odds


@settings(deadline=None, max_examples=60)
@given(graphs(), st.integers(0, 1000))
def test_a_set_is_one_to_one_and_its_seed_decides_it(pairs: list[Pair], seed: int) -> None:
    matchings, odds = arranged(pairs)
    first, again = (
        [tuple(s.tolist()) for s in islice(matchings.draw_sets(odds, np.random.default_rng(seed)), 3)] for _ in range(2)
    )
    assert first == again
    assert set(first) <= possible_sets(pairs).keys()


@settings(deadline=None, max_examples=60)
@given(graphs())
def test_the_weight_is_that_of_all_sets(pairs: list[Pair]) -> None:
    matchings, odds = arranged(pairs)
    assert matchings.log_weight(odds) == pytest.approx(log(sum(possible_sets(pairs).values())), rel=1e-9)


KNOT: list[Pair] = [
    ("r1", ("twin1", "P"), 8.0),
    ("r1", ("twin2", "P"), 2.0),
    ("r2", ("twin1", "P"), 3.0),
    ("r2", ("twin2", "P"), 5.0),
    ("r3", ("other", "P"), 0.5),
    ("r4", ("other", "P"), 1.5),
]
"""Two twins with two records, and a star: an infant with two."""


def test_sets_come_as_often_as_their_weights_say() -> None:
    matchings, odds = arranged(KNOT)
    n = 20_000
    drawn = [tuple(s.tolist()) for s in islice(matchings.draw_sets(odds, np.random.default_rng(1)), n)]
    weights = possible_sets(KNOT)
    total = sum(weights.values())
    for flags, weight in weights.items():
        share = weight / total
        # Four standard errors: of 21 sets one is further off in a thousand runs.
        assert drawn.count(flags) / n == pytest.approx(share, abs=4 * (share * (1 - share) / n) ** 0.5)


def test_scaled_odds_give_as_many_links_as_were_asked() -> None:
    matchings, odds = arranged(KNOT)
    scaled = scale_odds(matchings, odds, 2.2)
    n = 5000
    sizes = [int(s.sum()) for s in islice(matchings.draw_sets(scaled, np.random.default_rng(1)), n)]
    assert np.ptp(scaled / odds) < 1e-9
    assert np.mean(sizes) == pytest.approx(2.2, abs=4 * float(np.std(sizes)) / n**0.5)


def test_a_large_group_is_cut_at_its_weakest_pair() -> None:
    n = MAXIMUM_SLOTS + 3
    chain: list[Pair] = []
    for place in range(n):
        chain.append((f"r{place}", (f"i{place:02}", "P"), 50.0))
        if place + 1 < n:
            chain.append((f"r{place}", (f"i{place + 1:02}", "P"), 0.001 if place == 4 else 1.0))
    matchings, odds = arranged(chain)
    cut = odds.tolist().index(0.001)
    in_knots = {pair for knot in matchings.knots for record in knot for pair, _ in record}
    assert in_knots | set(matchings.star_pairs.tolist()) == set(range(len(chain))) - {cut}
