"""Builds a synthetic world and writes it: aside first, then moved into place, so that half a world never stays."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import polars as pl

from dyadlink.errors import ConfigError, DyadlinkError
from dyadlink.synthetic.admissions import detentions, draw_stays
from dyadlink.synthetic.children import SocialCareWorld, build_social_care
from dyadlink.synthetic.identifiers import person_ids
from dyadlink.synthetic.identities import identify
from dyadlink.synthetic.maternity import babies, write_maternity
from dyadlink.synthetic.outcomes import draw_latent_dyads
from dyadlink.synthetic.parameters import Parameters, load_parameters
from dyadlink.synthetic.places import authorities, small_areas
from dyadlink.synthetic.randomness import Topic, generator
from dyadlink.synthetic.truth import links, planted_effects, truth_of_dyads, write_parameters
from dyadlink.synthetic.women import draw_other_women, mothers_of, with_homes
from dyadlink.synthetic.write_cin import write_cin
from dyadlink.synthetic.write_mhsds import HealthWorld, write_mhsds
from dyadlink.synthetic.write_ssda903 import write_ssda903

WATERMARK = """All people in this folder are invented.

Every name, date, number, address and record here was drawn at random by the generator of dyadlink.
NHS numbers are from 999 000 0000 to 999 999 9999, a range that is never issued. Names of authorities are
real, and nothing here says anything about them. Do not mix these files with real ones.
"""


def simulate(preset: str, seed: int, out: Path, parameters: Path) -> None:
    """Write a synthetic world of mothers, infants and social care records, with the truth.

    The same preset, seed and parameters give the same bytes.

    Args:
        preset: The name of a preset in the parameters.
        seed: The seed, zero or more.
        out: The folder to write; it must not exist, or be empty.
        parameters: The YAML file of parameters.

    Raises:
        ConfigError: If the preset is unknown, the seed negative or a parameter out of range.
        DyadlinkError: If the folder cannot be written.
    """
    p = load_parameters(parameters)
    p.preset(preset)
    if seed < 0:
        raise ConfigError("the seed must be zero or more", where="synthetic data", mend="choose another seed")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DyadlinkError("the output folder is not empty", where=out.name, mend="remove it or choose another")
    aside: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        aside.chmod(0o755)
        _write_world(preset, seed, aside, p)
        if out.exists():
            out.rmdir()
        aside.rename(out)
    except OSError as error:
        reason = error.strerror or "it cannot be written"
        raise DyadlinkError(
            f"the folder cannot be written ({reason})", where=out.name, mend="choose another"
        ) from error
    finally:
        if aside is not None and aside.exists():
            shutil.rmtree(aside, ignore_errors=True)


def _write_world(preset: str, seed: int, out: Path, p: Parameters) -> None:
    places = authorities(p.period.first_census.value, p.period.last_census.value)
    areas = small_areas(places)
    sizes = p.preset(preset)
    dyads = draw_latent_dyads(sizes.n_dyads.value, seed, p)
    women, births_of_others = _women(dyads, places, areas, seed, p)
    births = dyads.unique("birth_id", keep="first", maintain_order=True)
    rng = generator(seed, Topic.ADMISSIONS)
    own = women.filter(pl.col("kind") == "dyad")
    stays = draw_stays(births, own, births_of_others, rng, p)
    held = detentions(stays, rng, p)
    rng = generator(seed, Topic.MATERNITY)
    infants = babies(dyads, births_of_others, rng)
    facts = women.select("woman", "area_id", "person_id", "gss_code")
    dyads = dyads.with_columns(baby=pl.col("dyad"))
    dyads = dyads.join(facts.rename({"woman": "mother"}), on="mother", maintain_order="left")
    dyads = dyads.join(places.select("la", "la_code", "country"), on="la", maintain_order="left")
    world = build_social_care(dyads, places, sizes.n_children.value, seed, p)
    infants, world, health = identify(infants, women, world, seed, p)
    dyads = dyads.join(infants.select("baby", "baby_id"), on="baby", maintain_order="left")
    years = range(p.period.first_census.value, p.period.last_census.value + 1)
    write_mhsds(HealthWorld(stays, held, women), places, generator(seed, Topic.MHSDS), p, out / "nhs" / "mhsds")
    write_maternity(infants, women, rng, out / "nhs" / "msds")
    health.write_csv(out / "nhs" / "identifiers.csv")
    _write_authorities(world, places, years, out / "authorities")
    _write_reference(places, areas, out / "reference")
    truth = out / "truth"
    truth.mkdir()
    truth_of_dyads(dyads, stays, held, world).write_csv(truth / "dyads.csv")
    links(world, dyads).write_csv(truth / "links.csv")
    planted_effects(p).write_csv(truth / "effects.csv")
    write_parameters(p, preset, seed, truth / "parameters.yaml")
    (out / "README.txt").write_text(WATERMARK, encoding="utf-8")


def _women(
    dyads: pl.DataFrame, places: pl.DataFrame, areas: pl.DataFrame, seed: int, p: Parameters
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all women with pseudonym, provider and home, and the births of those without a dyad."""
    rng = generator(seed, Topic.OTHER_WOMEN)
    mothers = mothers_of(dyads)
    n_other = round(p.admissions.other_women_per_dyad.value * dyads.height)
    others, births = draw_other_women(n_other, mothers.height, rng, p)
    women = with_homes(pl.concat([mothers, others.select(mothers.columns)]), rng, p)
    women = women.with_columns(person_id=person_ids(women.height, rng))
    women = women.join(places.select("la", "gss_code", "provider", "area"), on="la", maintain_order="left")
    women = women.join(areas.select("area_id", "lsoa"), on="area_id", maintain_order="left")
    return women, births


def _write_authorities(world: SocialCareWorld, places: pl.DataFrame, years: range, folder: Path) -> None:
    children = world.children.sort("la_code", "la_child_id")
    born = pl.col("birth") <= pl.col("last_day")
    ends = places.select("la", last_day=pl.col("coverage_end").cast(pl.Int32).cast(pl.Int64))
    rows = children.join(ends, on="la", maintain_order="left").select(
        "la_code",
        LAchildID="la_child_id",
        NHSNumber=pl.when(born).then("held_nhs"),
        Forename=pl.when(born).then("held_given"),
        Surname="held_surname",
        PersonBirthDate=pl.when(born).then("held_birth").cast(pl.Int32).cast(pl.Date),
        Sex=pl.when(born).then("held_sex"),
        Postcode="held_postcode",
    )
    for (la_code,), part in rows.group_by("la_code", maintain_order=True):
        path = folder / str(la_code)
        path.mkdir(parents=True)
        part.drop("la_code").write_csv(path / "identifiers.csv")
    write_cin(children, world.records, places, years, folder)
    write_ssda903(children, world.care, places, years, folder)


def _write_reference(places: pl.DataFrame, areas: pl.DataFrame, folder: Path) -> None:
    folder.mkdir()
    columns = ("la_code", "gss_code", "name", "country", "coverage_start", "coverage_end")
    places.select(columns).write_csv(folder / "authorities.csv")
    areas.select("lsoa", "country", "la_code", "quintile").write_csv(folder / "deprivation.csv")
