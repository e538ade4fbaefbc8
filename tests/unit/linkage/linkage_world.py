"""Infants and child records with a known truth, for the tests of the linkage."""

from __future__ import annotations

import random
import string
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dyadlink.config import Resources
from dyadlink.linkage.keys import parse_rule
from dyadlink.linkage.ladder import link_by_ladder
from dyadlink.linkage.links import Linked, link_persons
from dyadlink.linkage.nearby import narrow
from dyadlink.linkage.outputs import read_links
from dyadlink.linkage_settings import LadderStep, Linkage
from dyadlink.sql import connect, read_table

MACROS = Path(__file__).parents[3] / "workflow/sql/macros.sql"

IDENTIFIERS = {
    "nhs_number": pl.String,
    "forename": pl.String,
    "surname": pl.String,
    "birth_date": pl.Date,
    "sex": pl.String,
    "postcode": pl.String,
}
OTHERS = {
    "second_forename": pl.String,
    "forename_group": pl.String,
    "surname_first": pl.String,
    "surname_last": pl.String,
    "birth_date_last": pl.Date,
    "mother_nhs_number": pl.String,
    "mother_birth_date": pl.Date,
    "mother_forename": pl.String,
    "mother_surname": pl.String,
}
"""What standardised persons hold beside the usual identifiers."""
AUTHORITIES = ("301", "302", "303")
FIRST_DAY = date(2021, 1, 1)


def infants_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"infant_id": pl.String, **IDENTIFIERS, **OTHERS})


def with_persons(infants: pl.DataFrame, candidates: pl.DataFrame, threads: int = 1) -> duckdb.DuckDBPyConnection:
    """A connection that holds both sides as `standardise` makes them."""
    connection = connect(Resources(threads=threads))
    connection.execute(MACROS.read_text(encoding="utf-8"))
    names = {"infant_id": "person_id", "child_key": "person_id", "la_code": "person_group"}
    for side, frame in (("left", infants), ("right", candidates)):
        persons = frame.rename(names, strict=False)
        missing = {name: kind for name, kind in OTHERS.items() if name not in persons.columns}
        persons = persons.with_columns(pl.lit(None, kind).alias(name) for name, kind in missing.items())
        if persons["forename_group"].null_count() == persons.height:
            persons = persons.with_columns(forename_group="forename")
        if "person_group" not in persons.columns:
            persons = persons.with_columns(person_group=pl.lit(None, pl.String))
        connection.register("given", persons)
        connection.execute(f"create table {side}_persons as from given")
        connection.unregister("given")
    return connection


def ladder_links(
    infants: pl.DataFrame, candidates: pl.DataFrame, steps: tuple[LadderStep, ...], *, keep_twins_apart: bool = True
) -> list[tuple[str, str, str]]:
    """What the ladder alone links: infant, record, step."""
    connection = with_persons(infants, candidates)
    narrow(connection, [parse_rule(step.keys) for step in steps])
    link_by_ladder(connection, steps, max_pairs=10**9, keep_twins_apart=keep_twins_apart)
    rows: list[tuple[str, str, str]] = connection.execute(
        "select a.person_id, b.person_id, step from ladder_links inner join left_near as a using (l) "
        "inner join right_near as b using (r) order by 1, 2"
    ).fetchall()
    return rows


def link(
    infants: pl.DataFrame,
    candidates: pl.DataFrame,
    settings: Linkage,
    ready: pl.DataFrame | None = None,
    threads: int = 1,
) -> tuple[pl.DataFrame, pl.DataFrame, Linked]:
    """Links, scored pairs, and what `link_persons` returns."""
    connection = with_persons(infants, candidates, threads)
    if ready is not None:
        connection.register("given", ready)
        connection.execute("create table ready_links as select infant_id as left_id, child_key as right_id from given")
    linked = link_persons(connection, settings)
    return read_links(connection), read_table(connection, "scored_pairs"), linked


def candidates_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Records by `child_key`, whose part before the colon is the authority."""
    with_authority = [{**row, "la_code": row["child_key"].split(":")[0]} for row in rows]
    return pl.DataFrame(with_authority, schema={"child_key": pl.String, "la_code": pl.String, **IDENTIFIERS, **OTHERS})


def simulate(
    n_infants: int, n_candidates: int, seed: int, share_known: float = 0.7
) -> tuple[pl.DataFrame, pl.DataFrame, set[tuple[str, str]]]:
    """Infants, child records and the true pairs; a known infant's record has typos and gaps."""
    rng = random.Random(seed)  # noqa: S311  # invented people, no secret
    forenames, surnames = _names(rng, 250), _names(rng, 700)
    infants = [{"infant_id": f"i{n:05}", **_person(rng, forenames, surnames)} for n in range(n_infants)]
    known = rng.sample(infants, int(share_known * n_infants))
    records = [(_worn(rng, infant, surnames), infant["infant_id"]) for infant in known]
    records += [(_person(rng, forenames, surnames), "") for _ in range(n_candidates - len(known))]
    rng.shuffle(records)
    candidates, truth = [], set()
    for n, (record, infant_id) in enumerate(records):
        key = f"{rng.choice(AUTHORITIES)}:{n:05}"
        candidates.append({"child_key": key, **{name: record[name] for name in IDENTIFIERS}})
        if infant_id:
            truth.add((infant_id, key))
    return infants_frame(*infants), candidates_frame(*candidates), truth


def _names(rng: random.Random, n: int) -> list[str]:
    syllables = [c + v for c in "BCDFGHJKLMNPRSTVW" for v in "AEIOU"]
    return sorted({"".join(rng.choices(syllables, k=rng.choice((2, 3, 3, 4)))) + rng.choice("NRLSY") for _ in range(n)})


def _person(rng: random.Random, forenames: list[str], surnames: list[str]) -> dict[str, Any]:
    return {
        "nhs_number": str(rng.randrange(4_000_000_000, 5_000_000_000)),
        # Squared, so that some names are common.
        "forename": forenames[int(len(forenames) * rng.random() ** 2)],
        "surname": surnames[int(len(surnames) * rng.random() ** 2)],
        "birth_date": FIRST_DAY + timedelta(days=rng.randrange(700)),
        "sex": rng.choice(("female", "male")),
        "postcode": f"AB{rng.randrange(1, 60)}{rng.randrange(1, 9)}{rng.choice('ABDEFG')}{rng.choice('HJLNP')}",
    }


def _worn(rng: random.Random, person: dict[str, Any], surnames: list[str]) -> dict[str, Any]:
    worn = dict(person)
    if rng.random() < 0.8:
        worn["nhs_number"] = None
    if rng.random() < 0.25:
        worn["forename"] = _typo(rng, worn["forename"])
    if rng.random() < 0.1:
        worn["surname"] = rng.choice(surnames)
    elif rng.random() < 0.25:
        worn["surname"] = _typo(rng, worn["surname"])
    if rng.random() < 0.08:
        worn["birth_date"] += timedelta(days=rng.choice((-1, 1)))
    if rng.random() < 0.2:
        worn["postcode"] = f"AB{rng.randrange(1, 60)}{rng.randrange(1, 9)}ZZ"
    if rng.random() < 0.03:
        worn["sex"] = None
    return worn


def _typo(rng: random.Random, name: str) -> str:
    place = rng.randrange(1, len(name))
    return name[:place] + rng.choice(string.ascii_uppercase) + name[place + rng.randrange(2) :]
