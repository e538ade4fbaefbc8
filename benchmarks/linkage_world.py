"""Infants and children with a known truth for the benchmark of the linkage, drawn by the generator of the project.

Names by ethnic group, birth dates, homes, NHS numbers and all errors between the two sides come from the functions
that `dyadlink simulate` uses. Three things are set here: the authority holds an NHS number for 70% of the children,
70% of the infants are known to an authority, and nobody is made hard to link on purpose (such an infant has no
identifier left that anything could use). The other children are brothers and sisters of the infants, and the wider
population of the generator, up to 17 years old.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from dyadlink.synthetic import load_parameters
from dyadlink.synthetic.background import draw_authorities, draw_population
from dyadlink.synthetic.identifiers import health_identifiers, with_authority_identifiers, with_identity
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.people import draw_dyads
from dyadlink.synthetic.places import area_in_quintile, authorities
from dyadlink.synthetic.randomness import spread, with_uniforms

PROJECT = Path(__file__).resolve().parents[1]
SYNTHETIC = PROJECT / "synthetic_data"
BLOCK = 250_000
SHARE_KNOWN = 0.7
NHS_NUMBER_HELD = 0.7
FACTS = ("person_id", "la_code", "family", "group", "sex", "birth", "area_id", "area")


def write_world(folder: Path, n_infants: int, n_children: int, seed: int = 1) -> None:
    """Write raw_left.parquet, raw_right.parquet (text, as files hold it) and truth.parquet.

    Truth has `left_id`, `right_id` and the infant's `ethnicity`; a right record's group is its authority.
    """
    p = _parameters()
    places = authorities(p.period.first_census.value, p.period.last_census.value, SYNTHETIC / "authorities.csv")
    rng = np.random.default_rng([seed, n_infants])
    infants = _infants(n_infants, places, rng, p)
    known = infants.filter(pl.Series(rng.random(infants.height) < SHARE_KNOWN)).with_columns(
        left_id="person_id", person_id=pl.format("c{}", pl.int_range(pl.len()))
    )
    siblings = _siblings(infants, rng, p)
    own = pl.concat(
        [infants.with_columns(side=pl.lit("left")), siblings.with_columns(side=pl.lit("right"))], how="diagonal"
    )
    named = with_identity(own, seed)
    left = named.filter(pl.col("side") == "left")
    _raw_left(left, seed, p).write_parquet(folder / "raw_left.parquet")
    identity = left.select(pl.exclude("la_code", *FACTS), left_id="person_id")
    facts = known.select("person_id", "left_id", *FACTS[1:])
    first = pl.concat(
        [facts.join(identity, on="left_id", maintain_order="left"), named.filter(pl.col("side") == "right")],
        how="diagonal",
    )
    known.select("left_id", right_id="person_id", ethnicity="group").sort("left_id").write_parquet(
        folder / "truth.parquet"
    )
    taken = named["nhs_number"]
    parts = [_raw_right(first, seed, 0, p)]
    with pq.ParquetWriter(folder / "raw_right.parquet", parts[0].to_arrow().schema, compression="zstd") as file:
        file.write_table(parts[0].to_arrow())
        done, block = parts[0].height, 0
        while done < n_children:
            block += 1
            n = min(BLOCK, n_children - done)
            others = _population(n, done, places, np.random.default_rng([seed, n_children, block]), p)
            file.write_table(_raw_right(with_identity(others, seed, block, taken), seed, block, p).to_arrow())
            done += n


def _parameters() -> Parameters:
    p = load_parameters(SYNTHETIC / "parameters.yaml")
    held = p.identifiers.nhs_number_held.model_copy(update={"value": NHS_NUMBER_HELD})
    return p.model_copy(update={"identifiers": p.identifiers.model_copy(update={"nhs_number_held": held})})


def _infants(n: int, places: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    drawn = draw_dyads(n, places.drop("name"), rng, p).drop("la_code", "area", strict=False)
    mothers = with_uniforms(drawn.select("mother").unique(maintain_order=True), rng, "u_area")
    drawn = drawn.join(mothers, on="mother", maintain_order="left")
    drawn = drawn.with_columns(area_id=area_in_quintile(pl.col("la"), pl.col("deprivation_quintile"), pl.col("u_area")))
    return drawn.join(places.select("la", "la_code", "area"), on="la", maintain_order="left").select(
        person_id=pl.format("i{}", pl.int_range(pl.len())),
        la_code="la_code",
        family=pl.col("mother").cast(pl.Int64),
        group="ethnicity",
        sex="infant_sex",
        birth="birth",
        area_id="area_id",
        area="area",
        twin_no=pl.col("twin_no").cast(pl.Int64),
        is_multiple="is_multiple",
    )


def _siblings(infants: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    n = round(infants.height * p.social_care.siblings_per_dyad.value)
    able = infants.filter(pl.col("twin_no") == 1)
    chosen = with_uniforms(able[np.sort(rng.permutation(able.height)[:n])], rng, "u_gap", "u_sex")
    return chosen.with_columns(
        person_id=pl.format("s{}", pl.int_range(pl.len())),
        birth=pl.col("birth") - spread("u_gap", 330, 2600),
        sex=pl.when(pl.col("u_sex") < 0.51).then(1).otherwise(2).cast(pl.Int64),
    ).select(FACTS)


def _population(n: int, start: int, places: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    drawn = draw_population(draw_authorities(n, places, rng), places, rng, p)
    return drawn.join(places.select("la", "la_code", "area"), on="la", maintain_order="left").select(
        person_id=pl.format("c{}", start + pl.int_range(pl.len())),
        la_code="la_code",
        family=pl.int_range(pl.len(), dtype=pl.Int64),
        group="ethnicity",
        sex="infant_sex",
        birth="birth",
        area_id="area_id",
        area="area",
    )


def _date(day: pl.Expr) -> pl.Expr:
    return day.cast(pl.Int32).cast(pl.Date).cast(pl.String)


def _raw_left(people: pl.DataFrame, seed: int, p: Parameters) -> pl.DataFrame:
    held = health_identifiers(people.with_columns(is_baby=True), seed, p)
    return held.select(
        person_id="Person_ID",
        nhs_number="NHSNumber",
        forename="GivenName",
        surname="FamilyName",
        birth_date=pl.col("PersonBirthDate").cast(pl.String),
        sex=pl.col("Sex").cast(pl.String),
        postcode="Postcode",
    )


def _raw_right(people: pl.DataFrame, seed: int, block: int, p: Parameters) -> pl.DataFrame:
    held = with_authority_identifiers(people, seed, p, block)
    gaps = np.random.default_rng([seed, 99, block]).random((2, held.height))
    share = {name: p.missingness.models[name].share.value for name in ("forename", "postcode")}
    return held.select(
        person_id="person_id",
        person_group="la_code",
        nhs_number="held_nhs",
        forename=pl.when(pl.Series(gaps[0] >= share["forename"])).then("held_given"),
        surname="held_surname",
        birth_date=_date(pl.col("held_birth")),
        sex=pl.col("held_sex").cast(pl.String),
        postcode=pl.when(pl.Series(gaps[1] >= share["postcode"])).then("held_postcode"),
    )
