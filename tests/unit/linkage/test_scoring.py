"""The weights of pairs: those of Splink's own `predict`, and what each level of agreement says."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from linkage_world import candidates_frame, infants_frame, link, simulate, with_persons

from dyadlink.config import load_config
from dyadlink.linkage.comparisons import levels_of, splink_comparison
from dyadlink.linkage.keys import parse_rule
from dyadlink.linkage.nearby import narrow
from dyadlink.linkage.scoring import make_frequencies, make_scoring_tables, score, settings_of, weighed_columns
from dyadlink.linkage_settings import Comparison, Linkage

SEX, POSTCODE = Comparison(column="sex", kind="sex"), Comparison(column="postcode", kind="postcode")
BORN = date(2021, 3, 4)
BASE = {"birth_date": BORN, "surname": "COLE", "sex": "male"}


@pytest.fixture(scope="module")
def settings() -> Linkage:
    return load_config(Path(__file__).parents[3] / "config/config.yaml").linkage


def test_weights_are_those_of_splink(settings: Linkage) -> None:
    """The same model, pairs and frequencies through Splink's `predict`: weights to six decimals, every level."""
    infants, candidates, _ = simulate(300, 1500, seed=5)
    gaps = candidates.with_columns(
        postcode=pl.when(pl.int_range(pl.len()) % 9 > 0).then("postcode"),
        mother_surname=pl.when(pl.int_range(pl.len()) % 4 > 0).then("surname"),
    )
    infants = infants.with_columns(mother_surname="surname", mother_birth_date="birth_date")
    _, _, linked = link(infants, gaps, settings)
    assert linked.model is not None
    connection = with_persons(infants, gaps)
    compared = {comparison["output_column_name"] for comparison in linked.model["comparisons"]}
    used = [comparison for comparison in settings.comparisons if comparison.column in compared]
    _prepare(connection, used)
    score(connection, linked.model, "pairs", "ours")
    _predict(connection, linked.model)
    gammas = [f"gamma_{name}" for name in sorted(compared)]
    differ = " or ".join(f'ours."{gamma}" != theirs."{gamma}"' for gamma in gammas)
    rows = connection.execute(f"""
        select count(*), count_if({differ}), max(abs(ours.match_weight - theirs.match_weight)),
            max(abs(ours.match_probability - theirs.match_probability))
        from ours full join theirs on l = unique_id_l and r = unique_id_r
    """).fetchall()
    ((n, n_other_levels, weight, probability),) = rows
    ((n_pairs,),) = connection.execute("select count(*) from pairs").fetchall()
    assert n == n_pairs > 10_000
    assert n_other_levels == 0
    assert weight < 5e-7
    assert probability < 5e-7


def _prepare(connection: duckdb.DuckDBPyConnection, comparisons: list[Comparison]) -> None:
    """All pairs of one day's children, ready to be scored."""
    narrow(connection, [parse_rule(("sex",))])
    connection.execute(
        "create table pairs as select l.l, r.r from left_near as l cross join right_near as r where (l + r) % 5 = 0"
    )
    make_frequencies(connection, comparisons)
    make_scoring_tables(connection, comparisons, "pairs", "left_near", "right_near")


def _predict(connection: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> None:
    """Make `theirs`: what Splink says of the pairs."""
    from splink import DuckDBAPI, Linker  # noqa: PLC0415  # half a second that only this test needs

    connection.execute(
        "create table blocked as select '0' as match_key, 'left-__-' || l as join_key_l, "
        "'right-__-' || r as join_key_r from pairs"
    )
    database = DuckDBAPI(connection=connection)
    tables = [database.register(f"{side}_scoring", dataset_display_name=side) for side in ("left", "right")]
    linker = Linker(tables, model, log_level=logging.ERROR)
    for column in weighed_columns(model):
        terms = database.register(f"terms_{column}", dataset_display_name=f"terms_of_{column}")
        linker.table_management.register_term_frequency_lookup(terms, column)
    linker.table_management.register_blocked_pairs_for_predict(
        database.register("blocked", dataset_display_name="given_pairs")
    )
    found = linker.inference.predict(warning_mode="never")
    connection.execute(f"create table theirs as from {found.physical_name}")


def _levels(comparison: Comparison, infants: list[dict[str, Any]], records: list[dict[str, Any]]) -> dict[str, str]:
    """The level of agreement of the first infant with each record, by the record's key."""
    connection = with_persons(
        infants_frame(*({"infant_id": f"i{n}", **BASE, **infant} for n, infant in enumerate(infants))),
        candidates_frame(*({**BASE, **record} for record in records)),
    )
    levels = levels_of(comparison)
    even = (1 / len(levels),) * len(levels)
    narrow(connection, [parse_rule(("birth_date",))])
    connection.execute(
        "create table pairs as select l.l, r.r from left_near as l cross join right_near as r where l = 1"
    )
    make_frequencies(connection, [comparison])
    make_scoring_tables(connection, [comparison], "pairs", "left_near", "right_near")
    score(connection, settings_of([splink_comparison(comparison, even, even)], 0.5), "pairs", "scored")
    rows = connection.execute(
        f"select person_id, gamma_{comparison.column} from scored inner join right_near using (r)"
    ).fetchall()
    labels = [level.label for level in reversed(levels)]
    return {key: labels[gamma] if gamma >= 0 else "says nothing" for key, gamma in rows}


def test_sex_says_nothing_beside_one_forename() -> None:
    found = _levels(
        SEX,
        [{"forename": "JACK"}],
        [
            {"child_key": "1:same", "forename": "JACK"},
            {"child_key": "1:unnamed", "forename": None},
            {"child_key": "1:other", "forename": "OMAR"},
            {"child_key": "1:girl", "forename": "MIA", "sex": "female"},
            {"child_key": "1:unknown", "forename": "OMAR", "sex": None},
        ],
    )
    assert found == {
        "1:same": "says nothing",
        "1:unnamed": "same",
        "1:other": "same",
        "1:girl": "all other",
        "1:unknown": "says nothing",
    }


def test_a_record_lies_where_its_authority_is() -> None:
    """District AB1 is of authority 1 and AB2 of authority 2, but for one record."""
    found = _levels(
        POSTCODE,
        [{"postcode": "AB11AA"}],
        [
            *({"child_key": f"1:{n}", "postcode": f"AB1{n}ZZ"} for n in range(3)),
            *({"child_key": f"2:{n}", "postcode": f"AB2{n}ZZ"} for n in range(3)),
            {"child_key": "1:same", "postcode": "AB11AA"},
            {"child_key": "1:moved", "postcode": "CD91AA"},
            {"child_key": "2:stray", "postcode": "AB19ZZ"},
            {"child_key": "2:moved", "postcode": "CD92AA"},
            {"child_key": "1:none", "postcode": None},
            {"child_key": "2:none", "postcode": None},
        ],
    )
    assert found == {
        **{f"1:{n}": "same district" for n in range(3)},
        **{f"2:{n}": "same area" for n in range(3)},
        "1:same": "same",
        "1:moved": "in the record's authority",
        "2:stray": "same district",
        "2:moved": "all other",
        "1:none": "no postcode, in the record's authority",
        "2:none": "no postcode, elsewhere",
    }


def test_without_a_postcode_on_the_left_nothing_is_said() -> None:
    found = _levels(POSTCODE, [{"postcode": None}], [{"child_key": "1:a", "postcode": "AB11AA"}, {"child_key": "1:b"}])
    assert set(found.values()) == {"says nothing"}


def test_the_prior_is_that_of_two_without_another_partner(settings: Linkage) -> None:
    """600 infants, 7 in 10 among 3000 records: true pairs among all, over the shares who have no partner."""
    infants, candidates, truth = simulate(600, 3000, seed=20)
    _, _, linked = link(infants, candidates, settings)
    assert linked.model is not None
    prior = linked.model["probability_two_random_records_match"]
    share = len(truth) / (600 * 3000)
    expected = share / ((1 - len(truth) / 600) * (1 - len(truth) / 3000))
    assert prior / (1 - prior) == pytest.approx(expected, rel=0.25)
