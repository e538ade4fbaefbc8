"""Infants who are hard to link, at odds that differ by group, and the list of all planted identifier errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl

from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.identifiers import ERROR_KINDS
from dyadlink.synthetic.missingness import Missing
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.people import bernoulli
from dyadlink.synthetic.randomness import Topic, generator, with_uniforms
from dyadlink.synthetic.recorded import RecordedWorld

COURT_ORDERS = ("C1", "C2", "D1", "E1")
"""Legal statuses that only proceedings give."""
PLACEHOLDERS = ("BABY", "TWIN ")


def linking_facts(infants: pl.DataFrame, women: pl.DataFrame, world: SocialCareWorld) -> pl.DataFrame:
    """Return one row per infant known to an authority, with the terms of the model of linking.

    Columns: baby, black, other, older_than_35, in_proceedings.
    """
    children = world.children.filter(pl.col("baby").is_not_null())
    orders = world.care.filter(pl.col("ls").is_in(COURT_ORDERS)).select("child").unique()
    in_court = children.join(orders, on="child", how="semi")["baby"].unique().sort().implode()
    known = infants.join(children.select("baby").unique(), on="baby", how="semi", maintain_order="left")
    facts = known.join(women.select("woman", "ethnicity", "mother_birth"), on="woman", maintain_order="left")
    age = ((pl.col("birth") - pl.col("mother_birth")) / 365.25).floor()
    return facts.select(
        "baby",
        black=pl.col("ethnicity") == "black",
        other=~pl.col("ethnicity").is_in(["white", "black"]),
        older_than_35=age > 35,
        in_proceedings=pl.col("baby").is_in(in_court),
    )


def hard_to_link(facts: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.Series:
    """Return which infants are hard to link.

    The log odds of being linkable are linear in the terms, with the planted odds ratios; the mean share of
    those who are not is the planted one.
    """
    share = p.linkage_error.hard_to_link.value
    if share <= 0 or facts.is_empty():
        return pl.repeat(share >= 1, facts.height, dtype=pl.Boolean, eager=True)
    score = np.zeros(facts.height)
    for term, ratio in p.linkage_error.odds_ratio_of_linking.value.items():
        score = score - math.log(ratio) * facts[term].cast(pl.Float64).to_numpy()
    return bernoulli(rng, score, share)


def with_linkage_errors(recorded: RecordedWorld, missing: Missing) -> SocialCareWorld:
    """Return the world with identifiers damaged for the infants who are hard to link, and values missing.

    A hard record has no NHS number, no forename, another surname and postcode, and a birth date days too early,
    so that no exact step can link it, whichever identifiers it compares.
    """
    world = recorded.social_care
    rng = generator(recorded.seed, Topic.HARD_TO_LINK)
    facts = linking_facts(recorded.infants, recorded.women, world)
    hard = facts.select("baby", is_hard_to_link=hard_to_link(facts, rng, recorded.parameters))
    children = world.children.join(hard, on="baby", how="left", maintain_order="left")
    children = with_uniforms(children, rng, "u_days").with_columns(pl.col("is_hard_to_link").fill_null(value=False))
    early = pl.col("birth") - 1 - (pl.col("u_days") * 14).floor().cast(pl.Int64)
    none = pl.lit(None, pl.String)
    damage = {
        "held_nhs": none,
        "held_given": none,
        "held_surname": pl.col("father_surname"),
        "held_birth": early,
        "held_postcode": pl.col("new_home"),
    }
    children = children.with_columns(
        pl.when("is_hard_to_link").then(value).otherwise(name).alias(name) for name, value in damage.items()
    ).drop("u_days")
    return with_gaps(replace(world, children=children), missing)


def with_gaps(world: SocialCareWorld, missing: Missing) -> SocialCareWorld:
    """Return the world with forenames and postcodes missing by their models."""
    children = world.children
    first = world.cases.group_by("child").agg(pl.col("referral").min())
    known = children.join(first, on="child", how="left", maintain_order="left").select(
        is_infant=(pl.col("referral") - pl.col("birth")).fill_null(10**6) < 365,
        is_boy=pl.col("sex") == 1,
        is_white=pl.col("ethnicity") == "white",
    )
    gaps = {
        "is_forename_missing": missing.flags("forename", known),
        "is_postcode_missing": missing.flags("postcode", known),
    }
    children = children.with_columns(**gaps).with_columns(
        held_given=pl.when(~pl.col("is_forename_missing")).then("held_given"),
        held_postcode=pl.when(~pl.col("is_postcode_missing")).then("held_postcode"),
    )
    return replace(world, children=children)


def identifier_errors(children: pl.DataFrame, infants: pl.DataFrame, health: pl.DataFrame) -> pl.DataFrame:
    """Return truth/identifier_errors.csv: one row per infant, record and kind of planted error.

    Columns: infant_id, la_code, la_child_id (both null for an error on the health side), kind.
    """
    own = children.filter(pl.col("baby").is_not_null())
    own = own.join(infants.select("baby", infant_id="baby_id"), on="baby", maintain_order="left")
    keys = ["infant_id", "la_code", "la_child_id"]
    kinds = (*ERROR_KINDS, "hard_to_link", "forename_missing", "postcode_missing")
    flags = own.select(*keys, *(pl.col(f"is_{kind}").alias(kind) for kind in kinds))
    authority = flags.unpivot(list(kinds), index=keys, variable_name="kind").filter("value").drop("value")
    known = own.select("infant_id").unique()
    unnamed = health.join(known, left_on="Person_ID", right_on="infant_id", how="semi")
    unnamed = unnamed.filter(pl.any_horizontal(pl.col("GivenName").str.starts_with(name) for name in PLACEHOLDERS))
    text = pl.lit(None, pl.String)
    placeholder = unnamed.select(
        infant_id="Person_ID", la_code=text, la_child_id=text, kind=pl.lit("health_placeholder_name")
    )
    return pl.concat([authority, placeholder]).sort("infant_id", "la_code", "la_child_id", "kind", nulls_last=True)
