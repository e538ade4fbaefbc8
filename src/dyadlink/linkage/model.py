"""Learns the probabilistic model (Fellegi and Sunter 1969) from the two tables themselves, without any labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from dyadlink.errors import ConfigError
from dyadlink.linkage.comparisons import Level, gamma_of, levels_of, splink_comparison
from dyadlink.linkage.scoring import make_scoring_tables, score, settings_of
from dyadlink.linkage_settings import Comparison
from dyadlink.sql import word
from dyadlink.storage import write_json

Floats = npt.NDArray[np.float64]

LEFT_DRAWN = 8_000
"""So many left persons are enough to learn from: their pairs with every right person are looked at."""
ROUNDS = 40
CLOSE_ENOUGH = 1e-6
PSEUDO_PAIRS = 2.0
"""Weight, in pairs, of what is assumed of each comparison before anything is learnt: no level gets probability 0."""
DIGITS = 9
MOST_WITH_RECORD = 0.9
"""At most this share is taken to have a record: a leftover pair is no link because nearly everybody is linked."""
SHARE_BEFORE = 0.5
"""Share of left persons assumed to have a record, to begin with."""


@dataclass(frozen=True)
class _Observed:
    """What the pairs say of one comparison: how often random pairs have each level, and the level of each pair."""

    comparison: Comparison
    levels: tuple[Level, ...]
    u_all: Floats
    n_random: float
    gammas: npt.NDArray[np.int8]


def train(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], seed: int, max_u_pairs: int
) -> dict[str, Any]:
    """The model in Splink's format of settings: m, u and the probability that two random persons are one.

    Expectation and maximisation over all pairs of a drawn part of the left persons with all right persons: the pairs
    that blocking brings carry all the weight that counts, every other pair is taken for two people. u is what all
    pairs show, less what the pairs of one person show; what is exactly the same comes from the frequencies of the
    values in the whole tables, other levels from random pairs.

    Args:
        connection: Holds the persons, `left_near`, `right_near`, `candidate_pairs` and the frequencies.
        comparisons: What is compared; every column holds values on both sides.
        seed: Seed of the draws.
        max_u_pairs: How many random pairs are drawn.

    Source: Fellegi & Sunter 1969, JASA 64:1183; Winkler 1988 (EM); u as all pairs: Winkler 2006.
    """
    start = settings_of([splink_comparison(c, _initial_m(c), _flat_u(c)) for c in comparisons], 1e-4)
    _draw_pairs(connection, seed, max_u_pairs)
    make_scoring_tables(connection, comparisons, "drawn_pairs", "left_near", "right_drawn")
    score(connection, start, "drawn_pairs", "drawn_scored")
    observed, n_left, n_right = _observe(connection, comparisons)
    for name in ("left_training", "right_drawn", "drawn_pairs", "drawn_scored"):
        connection.execute(f"drop table {name}")
    m, u, prior = _learn(observed, n_left, n_right)
    prior = _of_free_pairs(prior, n_right, connection)
    learnt = [splink_comparison(o.comparison, _rounded(m[i]), _rounded(u[i])) for i, o in enumerate(observed)]
    return settings_of(learnt, round(prior, 15))


def save_model(model: dict[str, Any] | None, path: Path) -> None:
    """Write the model as JSON (null where there is none); it holds no value of a person."""
    write_json(path, model)


def read_model(path: Path) -> dict[str, Any]:
    """The model in a file that `save_model` wrote.

    Raises:
        ConfigError: The file is missing or holds no model.
    """
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
        model["comparisons"], model["probability_two_random_records_match"]
    except FileNotFoundError:
        raise ConfigError("file not found", where=f"linkage.model {path}") from None
    except (ValueError, KeyError, TypeError):
        raise ConfigError("holds no model of a linkage", where=f"linkage.model {path}", mend="learn it anew") from None
    return dict(model)


def _initial_m(comparison: Comparison) -> tuple[float, ...]:
    return tuple(level.m for level in levels_of(comparison))


def _flat_u(comparison: Comparison) -> tuple[float, ...]:
    n = len(levels_of(comparison))
    return tuple([0.01] * (n - 1) + [1 - 0.01 * (n - 1)])


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(float(np.format_float_positional(value, precision=DIGITS, fractional=False)) for value in values)


def _draw_pairs(connection: duckdb.DuckDBPyConnection, seed: int, max_u_pairs: int) -> None:
    """Make `drawn_pairs` (l, r): candidate pairs of drawn left persons, and random pairs, whose r is negative.

    Who is drawn depends on the ids alone, never on the order of the rows.
    """
    connection.execute(
        "create or replace table left_training as select l, row_number() over (order by l) as place from "
        f"(select l, person_id from left_near order by hash(person_id || '-left-{seed}'), person_id limit {LEFT_DRAWN})"
    )
    connection.execute(
        "create or replace table right_drawn as select *, -row_number() over (order by person_id) as r from "
        "(select * from right_persons where person_id in (select person_id from right_persons "
        f"order by hash(person_id || '-right-{seed}'), person_id limit {max_u_pairs // 10}))"
    )
    # Each left person meets right persons all over the draw, and no two pairs are the same.
    connection.execute(f"""
        create or replace table drawn_pairs as
        with sizes as (select (select count(*) from left_training) as a, (select count(*) from right_drawn) as b),
        random_pairs as (
            select distinct (i % a) + 1 as place, -((i * 7919 + i // a) % b) - 1 as r
            from sizes, range({max_u_pairs}) as numbers(i)
        )
        select t.l, p.r from random_pairs as p inner join left_training as t using (place)
        union all
        select l, r from candidate_pairs where l in (select l from left_training)
    """)
    connection.execute("insert into right_drawn select * from right_near where r in (select r from drawn_pairs)")


def _observe(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]
) -> tuple[list[_Observed], int, int]:
    """What the drawn pairs show of each comparison, and the numbers of left and right persons looked at."""
    names = ", ".join(word(gamma_of(comparison.column)) for comparison in comparisons)
    gammas = connection.execute(f"select {names} from drawn_scored where r > 0 order by l, r").fetchnumpy()
    observed = []
    for comparison in comparisons:
        column = comparison.column
        (row,) = connection.execute(
            f"select sum(n_left), sum(n_right), sum(n_left::double * n_right), (select count({word(column)}) "
            f"from left_near where l in (select l from left_training)) from {word(f'frequency_{column}')}"
        ).fetchall()
        n_left, n_right, n_same, n_drawn = (float(value or 0) for value in row)
        levels = levels_of(comparison)
        shares = _shares_of_random_pairs(connection, column, len(levels))
        same = _place_of_same(levels)
        exactly = n_same / (n_left * n_right)
        u = shares * (1 - exactly) / (1 - shares[same])
        u[same] = exactly
        gamma = np.asarray(gammas[gamma_of(column)], dtype=np.int8)
        observed.append(_Observed(comparison, levels, u, n_drawn * n_right, gamma))
    ((n_training, n_all),) = connection.execute(
        "select (select count(*) from left_training), (select count(*) from right_persons)"
    ).fetchall()
    return observed, int(n_training), int(n_all)


def _place_of_same(levels: Sequence[Level]) -> int:
    return next(place for place, level in enumerate(levels) if level.is_exact)


def _shares_of_random_pairs(connection: duckdb.DuckDBPyConnection, column: str, n_levels: int) -> Floats:
    """Share of random pairs at each level (strictest first), where both sides hold a value."""
    gamma = word(gamma_of(column))
    query = f"select {gamma}, count(*) from drawn_scored where r < 0 and {gamma} >= 0 group by all"
    counts = np.full(n_levels, 0.5)
    for level, count in connection.execute(query).fetchall():
        counts[n_levels - 1 - level] += count
    shares: Floats = counts / counts.sum()
    return shares


def _learn(observed: Sequence[_Observed], n_left: int, n_right: int) -> tuple[list[Floats], list[Floats], float]:
    """m, u (strictest level first) and the prior, by expectation and maximisation from the initial m."""
    n_all = n_left * n_right
    m = [np.array(_initial_m(o.comparison)) for o in observed]
    u = [_with_given(o, o.u_all) for o in observed]
    prior = SHARE_BEFORE * n_left / n_all
    index = [len(o.levels) - 1 - o.gammas.astype(np.int64) for o in observed]
    for _ in range(ROUNDS):
        odds = np.full(len(index[0]), np.log(prior / (1 - prior)))
        for o, place, m_of, u_of in zip(observed, index, m, u, strict=True):
            weights = np.append(np.log(m_of / u_of), 0.0)
            odds += weights[np.where(o.gammas < 0, len(o.levels), place)]
        posterior = 1 / (1 + np.exp(-odds))
        before = prior
        prior = max(posterior.sum(), 0.5) / n_all
        for i, (o, place) in enumerate(zip(observed, index, strict=True)):
            there = o.gammas >= 0
            found = np.bincount(place[there], posterior[there], minlength=len(o.levels))
            start = np.array(_initial_m(o.comparison)) * PSEUDO_PAIRS
            m[i] = (found + start) / (found.sum() + PSEUDO_PAIRS)
            other = o.u_all * o.n_random - found
            u[i] = _with_given(o, np.maximum(other, o.u_all * PSEUDO_PAIRS) / max(o.n_random - found.sum(), 1.0))
        if abs(prior - before) < CLOSE_ENOUGH * before:
            break
    return m, u, prior


def _of_free_pairs(prior: float, n_right: int, connection: duckdb.DuckDBPyConnection) -> float:
    """The prior of a pair neither of whom has another partner.

    A person has one record: that a pair is true stands against both being without any, which is rarer than that the
    two are different people when most have one (one-to-one matching as in Larsen & Rubin 2001, JASA 96:32).
    """
    ((n_left,),) = connection.execute("select count(*) from left_near").fetchall()
    with_record, is_record = (min(prior * n, MOST_WITH_RECORD) for n in (n_right, n_left))
    odds = prior / (1 - prior) / ((1 - with_record) * (1 - is_record))
    return odds / (1 + odds)


def _with_given(observed: _Observed, u: Floats) -> Floats:
    """U in all 1, with the one of exact agreement that the settings give."""
    u = u / u.sum()
    if observed.comparison.u is not None:
        same = _place_of_same(observed.levels)
        rest = 1 - u[same]
        u = u * (1 - observed.comparison.u) / rest
        u[same] = observed.comparison.u
    return u
