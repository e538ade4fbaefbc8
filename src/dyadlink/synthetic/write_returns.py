"""The route of the English returns: a folder per authority, the health extracts, and the reference tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.flaws import Flaws
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.write_cin import write_cin
from dyadlink.synthetic.write_mhsds import write_tables
from dyadlink.synthetic.write_ssda903 import write_ssda903


def write_health_and_reference(returned: RecordedWorld, out: Path) -> None:
    """Write nhs/ and reference/: all but what the authorities return."""
    write_tables(returned.mhsds, out / "nhs" / "mhsds")
    write_tables(returned.msds, out / "nhs" / "msds")
    write_csv(returned.identifiers, out / "nhs" / "identifiers.csv")
    _write_reference(returned.places, returned.areas, out / "reference")


def write_authorities(returned: RecordedWorld, flaws: Flaws, folder: Path) -> None:
    """Write authorities/<la>: identifiers.csv, the census and the return for looked-after children.

    Args:
        returned: The world, with the authorities that are written and what they record.
        flaws: Chooses the records that a single return gets wrong.
        folder: The folder `authorities`.
    """
    places = returned.places
    children = returned.social_care.children.sort("la_code", "la_child_id")
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
        write_csv(part.drop("la_code"), path / "identifiers.csv")
    write_cin(returned, folder, flaws)
    write_ssda903(returned, folder, flaws)


def _write_reference(places: pl.DataFrame, areas: pl.DataFrame, folder: Path) -> None:
    folder.mkdir()
    columns = ("la_code", "gss_code", "name", "country", "coverage_start", "coverage_end")
    write_csv(places.select(columns), folder / "authorities.csv")
    write_csv(areas.select("lsoa", "country", "la_code", "quintile"), folder / "deprivation.csv")
