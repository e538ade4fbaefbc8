"""Turns the world as it is true into the world as it is recorded, and lists all that was done to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.flaws import Flaws
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

    def write_lists(self, truth: Path) -> None:
        """Write flaws.csv, traits.csv, missingness.csv and identifier_errors.csv, after every return is written."""
        write_csv(self.flaws.listed(), truth / "flaws.csv")
        write_csv(traits(self.true), truth / "traits.csv")
        write_csv(self.missing.listed(), truth / "missingness.csv")
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
