"""Gives everybody an identity, and each side its own version of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from dyadlink.synthetic.child_ids import ChildIds, with_pupil_numbers
from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.identifiers import health_identifiers, person_ids, with_authority_identifiers, with_identity
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import postcode
from dyadlink.synthetic.randomness import Topic, generator
from dyadlink.synthetic.women import CENSUS_CODES, ethnic_codes

_HOMES = {
    "woman": pl.Int64(),
    "area_id": pl.Int64(),
    "area": pl.String(),
    "ethnicity": pl.String(),
    "mother_birth": pl.Int64(),
}


@dataclass(frozen=True)
class Identified:
    """Everybody with an identity: infants, what authorities hold, and the health identifiers.

    `child_ids` and `nhs_numbers` (those taken) let more children follow.
    """

    infants: pl.DataFrame
    social_care: SocialCareWorld
    health: pl.DataFrame
    child_ids: ChildIds
    nhs_numbers: pl.Series


def _people(infants: pl.DataFrame, women: pl.DataFrame, world: SocialCareWorld) -> pl.DataFrame:
    """Return women, babies and all other children, each with the family whose name and home they share."""
    homes = women.select("woman", "area_id", "area", "ethnicity")
    rest = world.children.filter(pl.col("dyad").is_null())
    n_women = women.height
    parts = [
        women.select(
            kind=pl.lit("woman"),
            number="woman",
            family="woman",
            group="ethnicity",
            sex=pl.lit(2, pl.Int64),
            birth="mother_birth",
            area_id="area_id",
            area="area",
        ),
        infants.join(homes, on="woman", maintain_order="left").select(
            kind=pl.lit("baby"),
            number="baby",
            family="woman",
            group="ethnicity",
            sex="infant_sex",
            birth="birth",
            area_id="area_id",
            area="area",
        ),
        rest.select(
            kind=pl.lit("child"),
            number="child",
            family=pl.coalesce("woman", n_women + pl.col("child")),
            group="ethnicity",
            sex="infant_sex",
            birth="birth",
            area_id="area_id",
            area="area",
        ),
    ]
    return pl.concat(parts)


def identify(  # noqa: PLR0913  # the people of both sides, and how they are drawn
    infants: pl.DataFrame,
    women: pl.DataFrame,
    world: SocialCareWorld,
    seed: int,
    p: Parameters,
    *,
    largest_addition: int = 0,
) -> Identified:
    """Return infants with pseudonyms, children with what authorities hold, and the health identifiers.

    Args:
        infants: One row per baby.
        women: One row per woman.
        world: What the authorities record.
        seed: The seed of the world.
        p: The parameters.
        largest_addition: The most children that any authority adds to these later.
    """
    people = with_identity(_people(infants, women, world), seed)
    pseudonyms = person_ids(infants.height + women.height, generator(seed, Topic.HEALTH_ERRORS))
    taken = pseudonyms.filter(~pseudonyms.is_in(women["person_id"].implode()))
    infants = infants.with_columns(baby_id=taken.head(infants.height))
    health = _health_side(people, women, infants, seed, p)
    ids = ChildIds(world.children, largest_addition, seed)
    children = _authority_side(people, ids.first(world.children), seed, p)
    return Identified(infants, replace(world, children=children), health, ids, people["nhs_number"])


def identify_block(world: SocialCareWorld, known: Identified, seed: int, block: int, p: Parameters) -> SocialCareWorld:
    """Return a block of the wider population, its children with what authorities hold.

    No number of anybody in `known` comes again. The range of numbers is too small for all children of the nation:
    children of different blocks share some.
    """
    nobody = known.infants.clear(), pl.DataFrame(schema=_HOMES)
    people = with_identity(_people(*nobody, world), seed, block, known.nhs_numbers)
    children = _authority_side(people, known.child_ids.later(world.children), seed, p, block)
    return replace(world, children=children)


def _health_side(
    people: pl.DataFrame, women: pl.DataFrame, infants: pl.DataFrame, seed: int, p: Parameters
) -> pl.DataFrame:
    ids = pl.concat(
        [
            women.select(
                kind=pl.lit("woman"),
                number="woman",
                person_id="person_id",
                twin_no=pl.lit(1, pl.Int64),
                is_multiple=pl.lit(value=False),
            ),
            infants.select(
                kind=pl.lit("baby"),
                number="baby",
                person_id="baby_id",
                twin_no="twin_no",
                is_multiple="is_multiple",
            ),
        ]
    )
    rows = people.join(ids, on=["kind", "number"], maintain_order="left")
    rows = rows.with_columns(is_baby=pl.col("kind") == "baby")
    return health_identifiers(rows, seed, p).sort("Person_ID")


def _authority_side(
    people: pl.DataFrame, children: pl.DataFrame, seed: int, p: Parameters, block: int = 0
) -> pl.DataFrame:
    """Return children with what their authority holds; who moved there has an address there."""
    facts = people.select(
        "kind",
        "number",
        "group",
        "sex",
        "given_name",
        "surname",
        "father_surname",
        "nhs_number",
        "home",
        "new_home",
        "u_postcode",
    )
    keyed = children.with_columns(
        kind=pl.when(pl.col("dyad").is_null()).then(pl.lit("child")).otherwise(pl.lit("baby")),
        number=pl.coalesce("baby", "child"),
    )
    keyed = keyed.join(facts, on=["kind", "number"], maintain_order="left")
    moved = pl.col("la") != pl.col("home_la")
    there = postcode(pl.col("area"), pl.col("area_id"), pl.col("u_postcode"))
    keyed = keyed.with_columns(
        home=pl.when(moved).then(there).otherwise("home"),
        new_home=pl.when(moved).then(there).otherwise("new_home"),
    )
    rng = generator(seed, Topic.CHILD_IDS, block)
    codes = ethnic_codes(keyed["group"], rng, CENSUS_CODES)
    unknown = pl.Series(rng.random(keyed.height) < 0.03)
    keyed = keyed.with_columns(census_ethnicity=pl.when(unknown).then(pl.lit("NOBT")).otherwise(codes))
    return with_pupil_numbers(with_authority_identifiers(keyed, seed, p, block))
