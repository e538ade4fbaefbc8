"""Turns the world as it is true into the world as it is recorded, and lists all that was done to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.flaws import Flaws, listed_flaws
from dyadlink.synthetic.flaws.health import spoil_health
from dyadlink.synthetic.flaws.social_care import spoil_social_care
from dyadlink.synthetic.linkage_errors import identifier_errors, with_linkage_errors
from dyadlink.synthetic.missing_health import facts_of_women, with_missing_values
from dyadlink.synthetic.missingness import Missing
from dyadlink.synthetic.places import day
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.traits import traits


@dataclass(frozen=True)
class Spoilt:
    """The recorded world, the true one, and what differs between them."""

    world: RecordedWorld
    true: RecordedWorld
    flaws: Flaws
    missing: Missing
    of_blocks: list[tuple[Flaws, Missing]] = field(default_factory=list)

    def flaws_and_missing(self, block: int) -> tuple[Flaws, Missing]:
        """Return what chooses flaws and missing values in a block of the wider population, 0 for the core itself."""
        if block == 0:
            return self.flaws, self.missing
        p, seed = self.world.parameters, self.world.seed
        self.of_blocks.append((Flaws(p, seed, block), Missing(p, seed, block)))
        return self.of_blocks[-1]

    def write_lists(self, truth: Path) -> None:
        """Write flaws.csv, traits.csv, missingness.csv and identifier_errors.csv, after every return is written."""
        every = [(self.flaws, self.missing), *self.of_blocks]
        write_csv(listed_flaws([flaws for flaws, _ in every]), truth / "flaws.csv")
        write_csv(traits(self.true), truth / "traits.csv")
        write_csv(pl.concat([missing.listed() for _, missing in every]), truth / "missingness.csv")
        world = self.world
        errors = identifier_errors(world.social_care.children, world.infants, world.identifiers)
        write_csv(errors, truth / "identifier_errors.csv")


def spoil(world: RecordedWorld) -> Spoilt:
    """Return the world as it is recorded: hard to link, with values missing and with flaws.

    The truth is read from the world that is given, which stays as it is.
    """
    p, seed = world.parameters, world.seed
    flaws, missing = Flaws(p, seed), Missing(p, seed)
    social_care = with_linkage_errors(world, missing)
    women = facts_of_women(world.women, day(p.period.birth_start.value), seed)
    health = with_missing_values(world.mhsds, world.msds, women, world.infants, missing)
    recorded = replace(
        world,
        social_care=spoil_social_care(social_care, world.dyads, world.places, flaws),
        mhsds=spoil_health(health.mhsds, flaws),
        msds=health.msds,
    )
    return Spoilt(recorded, world, flaws, missing)
