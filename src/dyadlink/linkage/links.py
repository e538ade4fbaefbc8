"""From standardised persons to links: ready-made ones, the exact ladder, then the probabilistic model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from dyadlink.linkage.blocking import block, named
from dyadlink.linkage.comparisons import gamma_of
from dyadlink.linkage.keys import parse_rule
from dyadlink.linkage.ladder import link_by_ladder
from dyadlink.linkage.model import read_model, train
from dyadlink.linkage.nearby import (
    Profile,
    Rule,
    has_ready_links,
    lacks_values,
    narrow,
    profile,
    tells_nobody_apart,
)
from dyadlink.linkage.resolution import resolve
from dyadlink.linkage.scoring import WEIGHT_DIGITS, make_frequencies, make_scoring_tables, score
from dyadlink.linkage.spark import score_on_spark
from dyadlink.linkage_settings import READY_STEP, Comparison, Linkage
from dyadlink.sql import text, word

MIN_RECORDS_TO_TRAIN = 50
"""Below this many persons on a side there is nothing to learn weights from: no probabilistic links are made."""


@dataclass(frozen=True)
class Linked:
    """What a linkage leaves beside its tables.

    Attributes:
        model: The model in Splink's format of settings; None where nothing was linked by probability.
        notes: What was left out, a line each.
    """

    model: dict[str, Any] | None
    notes: tuple[str, ...]


def link_persons(connection: duckdb.DuckDBPyConnection, settings: Linkage) -> Linked:
    """Make `links` and `scored_pairs` of `left_persons` and `right_persons`.

    A person with a ready-made link (`ready_links`: left_id, right_id) is not linked by identifiers again. `links` has
    left_id, right_id, step, match_weight (log2 of the odds), match_probability; `scored_pairs` the same,
    weighed_probability (beside the other pairs of the two; see `resolve`) and gamma_<comparison> for each comparison
    (level of agreement, -1: missing). Both are sorted by their ids.

    Args:
        connection: Holds the persons of both sides, as `standardise` makes them.
        settings: Ladder, comparisons, blocking and thresholds.

    Raises:
        ConfigError: A rule would bring more pairs than allowed, or a key has no such form.
    """
    left, right = profile(connection, "left"), profile(connection, "right")
    steps = settings.ladder if settings.probabilistic != "all" else ()
    steps = tuple(step for step in steps if lacks_values(parse_rule(step.keys), left, right) is None)
    notes: list[str] = []
    rules: list[Rule] = []
    comparisons: list[Comparison] = []
    if settings.probabilistic != "none" and _can_train(settings, left, right, notes):
        rules = _usable_rules(settings, left, right, notes)
        comparisons = _usable_comparisons(settings, left, right, notes) if rules else []
    narrow(connection, [*(parse_rule(step.keys) for step in steps), *rules])
    link_by_ladder(connection, steps, max_pairs=settings.max_pairs, keep_twins_apart=settings.keep_twins_apart)
    model = _score_all(connection, settings, rules, comparisons) if comparisons else None
    _write_links(connection, model is not None)
    _write_scored_pairs(connection, settings, comparisons)
    return Linked(model, tuple(notes))


def _can_train(settings: Linkage, left: Profile, right: Profile, notes: list[str]) -> bool:
    if settings.model is None and min(left.n, right.n) < MIN_RECORDS_TO_TRAIN:
        notes.append(f"no probabilistic links: a side has fewer than {MIN_RECORDS_TO_TRAIN} persons")
        return False
    names = {comparison.column for comparison in settings.comparisons if comparison.kind in ("forename", "surname")}
    if names and names <= left.empty | right.empty:
        notes.append("no probabilistic links: a side holds no names")
        return False
    return True


def _usable_rules(settings: Linkage, left: Profile, right: Profile, notes: list[str]) -> list[Rule]:
    rules = []
    for rule in map(parse_rule, settings.blocking):
        why = lacks_values(rule, left, right) or tells_nobody_apart(rule, left, right)
        if why is None:
            rules.append(rule)
        else:
            notes.append(f"blocking rule {named(rule)} left out: {why}")
    return rules


def _usable_comparisons(settings: Linkage, left: Profile, right: Profile, notes: list[str]) -> list[Comparison]:
    chosen = []
    for comparison in settings.comparisons:
        if comparison.column in left.empty | right.empty:
            notes.append(f"comparison of {comparison.column} left out: it holds no value on one side")
        elif comparison.column in left.constant and comparison.column in right.constant:
            notes.append(f"comparison of {comparison.column} left out: it holds one value alone")
        else:
            chosen.append(comparison)
    return chosen


def _score_all(
    connection: duckdb.DuckDBPyConnection, settings: Linkage, rules: list[Rule], comparisons: list[Comparison]
) -> dict[str, Any]:
    block(connection, rules, max_pairs=settings.max_pairs)
    make_frequencies(connection, comparisons)
    model = (
        read_model(settings.model)
        if settings.model is not None
        else train(connection, comparisons, settings.seed, settings.max_u_pairs)
    )
    make_scoring_tables(connection, comparisons, "candidate_pairs", "left_near", "right_near")
    score_pairs = score_on_spark if settings.backend == "spark" else score
    score_pairs(connection, model, "candidate_pairs", "scored_raw")
    connection.execute(
        f"create or replace table scored as select * replace (round(match_weight, {WEIGHT_DIGITS}) as match_weight, "
        f"round(match_probability, {WEIGHT_DIGITS}) as match_probability) from scored_raw"
    )
    connection.execute("drop table scored_raw")
    resolve(
        connection,
        threshold=settings.match_probability_threshold,
        keep_twins_apart=settings.keep_twins_apart,
    )
    return model


def _write_links(connection: duckdb.DuckDBPyConnection, is_scored: bool) -> None:
    made = "select l, r, step from ladder_links"
    weights = "null::double as match_weight, null::double as match_probability"
    join = ""
    if is_scored:
        made += " union all select l, r, step from probable_links"
        weights = "s.match_weight, s.match_probability"
        join = "left join scored as s on m.l = s.l and m.r = s.r"
    connection.execute(f"""
        create or replace table links as
        select lefts.person_id as left_id, rights.person_id as right_id, m.step, {weights}
        from ({made}) as m
        inner join left_near as lefts on m.l = lefts.l
        inner join right_near as rights on m.r = rights.r
        {join}
    """)  # own names
    if has_ready_links(connection):
        connection.execute(
            f"insert into links select left_id, right_id, {text(READY_STEP)}, null, null from ready_links"
        )
    connection.execute("create or replace table links as select * from links order by left_id, right_id")


def _write_scored_pairs(
    connection: duckdb.DuckDBPyConnection, settings: Linkage, comparisons: list[Comparison]
) -> None:
    gammas = [gamma_of(comparison.column) for comparison in comparisons]
    if not comparisons:
        connection.execute(
            "create or replace table scored_pairs as select left_id, right_id, step, match_weight, match_probability, "
            "match_probability as weighed_probability from links where false"
        )
        return
    shown = "".join(f", s.{word(name)}" for name in gammas)
    connection.execute(f"""
        create or replace table scored_pairs as
        select lefts.person_id as left_id, rights.person_id as right_id, links.step, s.match_weight,
            s.match_probability, coalesce(weighed_pairs.weighed_probability, 0) as weighed_probability{shown}
        from scored as s
        inner join left_near as lefts on s.l = lefts.l
        inner join right_near as rights on s.r = rights.r
        left join weighed_pairs on s.l = weighed_pairs.l and s.r = weighed_pairs.r
        left join links on lefts.person_id = links.left_id and rights.person_id = links.right_id
        where s.match_probability >= {settings.keep_probability} or links.step is not null
        order by left_id, right_id
    """)  # own names
