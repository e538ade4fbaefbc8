"""The national research extract: census and looked-after files, health extracts and the spine between them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_csv, write_parquet
from dyadlink.synthetic.pseudonyms import different_numbers
from dyadlink.synthetic.randomness import Topic, generator
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.write_dars import write_dars
from dyadlink.synthetic.write_npd import with_anonymous_ids


def write_research_extract(world: RecordedWorld, folder: Path) -> pl.DataFrame:
    """Write the folder england_research_extract but for the children's returns, and return the true links in its ids.

    The returns are written block by block, see `write_npd.add_npd`.
    """
    england = world.in_country("England")
    children = with_anonymous_ids(england.social_care.children, world.seed)
    tokens = _tokens(world)
    links = _links(england, children, tokens)
    write_dars(england, tokens, folder)
    _write_spine(links, folder / "linkage" / "spine.parquet")
    reference = folder / "reference"
    reference.mkdir()
    columns = ("la_code", "gss_code", "name", "coverage_start", "coverage_end")
    write_csv(england.places.select(columns), reference / "authorities.csv")
    write_csv(england.areas.select("lsoa", "la_code", "quintile"), reference / "deprivation.csv")
    return links.drop("is_linked").with_columns(is_in_spine=links["is_linked"]).sort("infant_id", "la_code")


def _tokens(world: RecordedWorld) -> pl.DataFrame:
    """Return a token of fifteen characters for each woman and baby: person_id, token."""
    people = pl.concat([world.women.select("person_id"), world.infants.select(person_id="baby_id")])
    rng = generator(world.seed, Topic.RESEARCH_EXTRACT)
    numbers = different_numbers(people.height, rng, 10**10, 10**11)
    return people.with_columns(token=pl.concat_str(pl.lit("0000"), numbers.cast(pl.String)))


def _links(england: RecordedWorld, children: pl.DataFrame, tokens: pl.DataFrame) -> pl.DataFrame:
    """Return one row per English dyad and authority that knows the infant, and whether the spine has it.

    The authority is null for an infant whom no English authority knows.
    """
    rng = generator(england.seed, Topic.RESEARCH_EXTRACT).spawn(1)[0]
    known = children.filter(pl.col("dyad").is_not_null()).select("dyad", "la_code", child_code="child_code_anon")
    known = known.with_columns(u=pl.Series(rng.random(known.height)))
    people = england.dyads.select("dyad", mother_id="person_id", infant_id="baby_id")
    people = people.join(england.women.select(mother_id="person_id", home_la="la"), on="mother_id", how="left")
    rows = people.join(known, on="dyad", how="left", maintain_order="left_right")
    rows = rows.filter(pl.col("home_la").is_not_null() | pl.col("la_code").is_not_null())
    mothers = tokens.rename({"person_id": "mother_id", "token": "mother_token"})
    infants = tokens.rename({"person_id": "infant_id", "token": "infant_token"})
    rows = rows.join(mothers, on="mother_id", how="left", maintain_order="left")
    rows = rows.join(infants, on="infant_id", how="left", maintain_order="left")
    return rows.select(
        "mother_id",
        "infant_id",
        "mother_token",
        "infant_token",
        "la_code",
        "child_code",
        is_linked=(pl.col("u") >= england.parameters.routes.spine_missed.value).fill_null(value=False),
    )


def _write_spine(links: pl.DataFrame, path: Path) -> None:
    """Write the study's look-up from the token of an infant to a child of an authority."""
    rows = links.filter("is_linked").sort("infant_token", "la_code")
    infants = rows.select("infant_token").unique(maintain_order=True).with_row_index("study", offset=1)
    rows = rows.join(infants, on="infant_token", maintain_order="left")
    spine = rows.select(
        STUDY_ID=pl.format("S{}", pl.col("study").cast(pl.String).str.zfill(7)),
        TOKEN_PERSON_ID=pl.col("infant_token"),
        LA="la_code",
        CIN_LAchildID_Anon="child_code",
        CHILD_LA_CODE_ANON="child_code",
    )
    write_parquet(spine, path)
