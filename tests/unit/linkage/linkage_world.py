"""Infants and child records with a known truth, for the tests of the linkage."""

from __future__ import annotations

import random
import string
from datetime import date, timedelta
from typing import Any

import polars as pl

IDENTIFIERS = {
    "nhs_number": pl.String,
    "forename": pl.String,
    "surname": pl.String,
    "birth_date": pl.Date,
    "sex": pl.String,
    "postcode": pl.String,
}
AUTHORITIES = ("301", "302", "303")
FIRST_DAY = date(2021, 1, 1)


def infants_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"infant_id": pl.String, **IDENTIFIERS})


def candidates_frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Records by `child_key`, whose part before the colon is the authority."""
    with_authority = [{**row, "la_code": row["child_key"].split(":")[0]} for row in rows]
    return pl.DataFrame(with_authority, schema={"child_key": pl.String, "la_code": pl.String, **IDENTIFIERS})


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
