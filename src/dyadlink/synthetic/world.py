"""Builds a synthetic world and writes it: aside first, then moved into place, so that half a world never stays."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dyadlink.errors import ConfigError, DyadlinkError
from dyadlink.synthetic.admissions import detentions, draw_stays
from dyadlink.synthetic.children import build_social_care
from dyadlink.synthetic.contacts import draw_contacts, draw_recodings
from dyadlink.synthetic.family import with_family
from dyadlink.synthetic.files import write_csv, write_notice
from dyadlink.synthetic.flaws import at_level
from dyadlink.synthetic.identifiers import person_ids
from dyadlink.synthetic.identities import identify
from dyadlink.synthetic.marginal_store import copy_marginal_truth
from dyadlink.synthetic.maternity import babies, maternity_tables
from dyadlink.synthetic.moves import with_moves, with_new_homes
from dyadlink.synthetic.outcomes import draw_latent_dyads
from dyadlink.synthetic.parameters import Parameters, load_parameters
from dyadlink.synthetic.places import authorities, small_areas
from dyadlink.synthetic.population import Population, blocks, core_size, largest_addition
from dyadlink.synthetic.randomness import Topic, generator
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.routes import ENGLAND_RETURNS, Routes, check_routes
from dyadlink.synthetic.spoil import Spoilt, spoil
from dyadlink.synthetic.truth import links, planted_effects, truth_of_dyads, truth_of_states, write_parameters
from dyadlink.synthetic.women import draw_other_women, mothers_of, with_homes
from dyadlink.synthetic.write_mhsds import HealthWorld, mhsds_tables

Progress = Callable[[str], None]
AUTHORITIES = "authorities.csv"
"""All authorities of England and Wales, beside the parameters."""


@dataclass(frozen=True)
class _Recipe:
    preset: str
    seed: int
    p: Parameters
    routes: Sequence[str]
    all_authorities: Path | None


def simulate(  # noqa: PLR0913  # one for each option of the command
    preset: str,
    seed: int,
    out: Path,
    parameters: Path,
    *,
    routes: Sequence[str] = (ENGLAND_RETURNS,),
    flaws: str | None = None,
    progress: Progress = lambda _: None,
) -> None:
    """Write a synthetic world of mothers, infants and social care records, with the truth.

    The same preset, seed, parameters and routes give the same bytes.

    Args:
        preset: The name of a preset in the parameters.
        seed: The seed, zero or more.
        out: The folder to write; it must not exist, or be empty.
        parameters: The YAML file of parameters.
        routes: The layouts to write the same people in, see `routes.ROUTES`. With `wales_sail` the English
            returns leave out the Welsh authorities and the women who live there.
        flaws: How flawed the records are: none, default or heavy; the parameters say when nothing is given.
        progress: Told what is done next, in a few words.

    Raises:
        ConfigError: If the preset, a route or the level of flaws is unknown, the seed negative, or a parameter
            out of range.
        DyadlinkError: If the folder cannot be written.
    """
    p = at_level(load_parameters(parameters), flaws)
    p.preset(preset)
    check_routes(routes)
    if seed < 0:
        raise ConfigError("the seed must be zero or more", where="synthetic data", mend="choose another seed")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DyadlinkError("the output folder is not empty", where=out.name, mend="remove it or choose another")

    every = parameters.parent / AUTHORITIES if p.preset(preset).authorities.value == "all" else None
    recipe = _Recipe(preset, seed, p, routes, every)

    def write(aside: Path) -> None:
        _write_world(recipe, aside, progress)
        copy_marginal_truth(parameters, p, aside / "truth")

    _write_aside(out, write)


def _write_aside(out: Path, write: Callable[[Path], None]) -> None:
    """Write into a folder aside, then move it into place."""
    aside: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o777 & ~mask)
        write(aside)
        if out.exists():
            out.rmdir()
        aside.rename(out)
    except OSError as error:
        raise DyadlinkError(
            f"the folder cannot be written ({_reason(error)})", where=out.name, mend="make room, or choose another"
        ) from error
    finally:
        if aside is not None and aside.exists():
            shutil.rmtree(aside, ignore_errors=True)


def _reason(error: OSError) -> str:
    """Return the system's own words: libraries word the same failure in many ways, some with the path in it."""
    told = re.search(r"os error (\d+)", str(error))
    number = error.errno or (int(told.group(1)) if told else None)
    return os.strerror(number) if number else "the system does not say why"


def _write_world(recipe: _Recipe, out: Path, progress: Progress) -> None:
    p, seed, sizes = recipe.p, recipe.seed, recipe.p.preset(recipe.preset)
    places = authorities(p.period.first_census.value, p.period.last_census.value, recipe.all_authorities)
    areas = small_areas(places)
    n_core = core_size(sizes.n_children.value, sizes.n_dyads.value)
    parts = blocks(places, sizes.n_children.value - n_core, seed)
    progress(f"drawing {sizes.n_dyads.value:,} dyads and {n_core:,} children")
    dyads = draw_latent_dyads(sizes.n_dyads.value, seed, p, places)
    dyads = with_family(with_moves(dyads, places, seed, p), seed, p)
    women, births_of_others = _women(dyads, places, areas, seed, p)
    births = dyads.unique("birth_id", keep="first", maintain_order=True)
    own = women.filter(pl.col("kind") == "dyad")
    stays = draw_stays(births, own, births_of_others, seed, p)
    held = detentions(stays, generator(seed, Topic.DETENTIONS), p)
    rng = generator(seed, Topic.MATERNITY)
    infants = babies(dyads, births_of_others, rng)
    facts = women.select("woman", "area_id", "person_id", "gss_code")
    dyads = dyads.with_columns(baby=pl.col("dyad"))
    dyads = dyads.join(facts.rename({"woman": "mother"}), on="mother", maintain_order="left")
    dyads = dyads.join(places.select("la", "la_code", "country"), on="la", maintain_order="left")
    world = build_social_care(dyads, places, n_core, seed, p)
    known = identify(infants, women, world, seed, p, largest_addition=largest_addition(parts))
    infants = known.infants
    dyads = dyads.join(infants.select("baby", "baby_id"), on="baby", maintain_order="left")
    recoded, contacts = draw_recodings(births, stays, seed, p), draw_contacts(stays, seed, p)
    health = HealthWorld(stays, held, women, recoded, contacts)
    recorded = RecordedWorld(
        places=places,
        areas=areas,
        women=women,
        infants=infants,
        dyads=dyads,
        social_care=known.social_care,
        mhsds=mhsds_tables(health, places, generator(seed, Topic.MHSDS), p),
        msds=maternity_tables(infants, women, rng),
        identifiers=known.health,
        years=range(p.period.first_census.value, p.period.last_census.value + 1),
        seed=seed,
        parameters=p,
    )
    spoilt = spoil(recorded)
    population = Population(spoilt.world.social_care, known, dyads, seed, p)
    with Routes(spoilt.world, recipe.routes, out) as files:
        for part in parts:
            progress(f"writing part {part.number or 1} of {len(parts)}: {part.places.height} authorities")
            flaws, missing = spoilt.flaws_and_missing(part.number)
            files.add(part.places, population.recorded(part, flaws, missing), flaws)
    progress("writing what is true")
    _write_truth(recorded, health, spoilt, recipe.preset, out / "truth")
    write_notice(out)


def _write_truth(recorded: RecordedWorld, health: HealthWorld, spoilt: Spoilt, preset: str, truth: Path) -> None:
    """Write what is true, and what was done to the records; the routes have written their links already."""
    dyads, world, p = recorded.dyads, recorded.social_care, recorded.parameters
    write_csv(truth_of_dyads(dyads, health.stays, health.held, world), truth / "dyads.csv")
    write_csv(truth_of_states(dyads, world), truth / "states.csv")
    write_csv(links(world, dyads), truth / "links.csv")
    spoilt.write_lists(truth)
    write_csv(planted_effects(p), truth / "effects.csv")
    write_parameters(p, preset, recorded.seed, truth / "parameters.yaml")


def _women(
    dyads: pl.DataFrame, places: pl.DataFrame, areas: pl.DataFrame, seed: int, p: Parameters
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all women with pseudonym, provider and home, and the births of those without a dyad."""
    rng = generator(seed, Topic.OTHER_WOMEN)
    mothers = mothers_of(dyads)
    n_other = round(p.admissions.other_women_per_dyad.value * dyads.height)
    others, births = draw_other_women(n_other, mothers.height, places, rng, p)
    women = with_homes(pl.concat([mothers, others.select(mothers.columns)]), rng, p)
    women = women.with_columns(person_id=person_ids(women.height, rng))
    women = women.join(places.select("la", "gss_code", "provider", "area"), on="la", maintain_order="left")
    women = women.join(areas.select("area_id", "lsoa"), on="area_id", maintain_order="left")
    return with_new_homes(women, dyads, places, areas), births
