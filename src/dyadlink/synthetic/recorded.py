"""What every route out is written from: one world, before any layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.parameters import Parameters

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class RecordedWorld:
    """The people and their records, in every country.

    `places` and `areas` as in places.py; `women` one row per woman, `infants` one per baby, `dyads` one per
    dyad; `social_care` what the authorities hold; `mhsds`, `msds` the health tables by name; `identifiers`
    what the health side knows of each person; `years` the census years.
    """

    places: pl.DataFrame
    areas: pl.DataFrame
    women: pl.DataFrame
    infants: pl.DataFrame
    dyads: pl.DataFrame
    social_care: SocialCareWorld
    mhsds: Tables
    msds: Tables
    identifiers: pl.DataFrame
    years: range
    seed: int
    parameters: Parameters

    def of_block(self, places: pl.DataFrame, social_care: SocialCareWorld) -> RecordedWorld:
        """Return the world with some authorities and what these record; the people stay all."""
        return replace(self, places=places, social_care=social_care)

    def in_country(self, country: str) -> RecordedWorld:
        """Return the part of the world that a country's records hold.

        The women who live there with their health records and babies, and the children of its authorities,
        who may have moved there from elsewhere.
        """
        places = self.places.filter(pl.col("country") == country)
        women = self.women.join(places.select("la"), on="la", how="semi", maintain_order="left")
        infants = self.infants.join(women.select("woman"), on="woman", how="semi", maintain_order="left")
        ids = pl.concat([women.select(id="person_id"), infants.select(id="baby_id")])
        children = self.social_care.children.join(places.select("la"), on="la", how="semi", maintain_order="left")
        care = self.social_care.care.join(children.select("child"), on="child", how="semi", maintain_order="left")
        return replace(
            self,
            places=places,
            areas=self.areas.join(places.select("la"), on="la", how="semi", maintain_order="left"),
            women=women,
            infants=infants,
            social_care=replace(self.social_care, children=children, care=care),
            mhsds={name: _of_people(table, ids, places) for name, table in self.mhsds.items()},
            msds={name: _of_people(table, ids, places) for name, table in self.msds.items()},
            identifiers=self.identifiers.join(
                ids, left_on="Person_ID", right_on="id", how="semi", maintain_order="left"
            ),
        )


def _of_people(table: pl.DataFrame, ids: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of these people, or of the country's providers where a table has no person."""
    for key in ("Person_ID", "Person_ID_Mother"):
        if key in table.columns:
            return table.join(ids, left_on=key, right_on="id", how="semi", maintain_order="left")
    providers = places.select(OrgIDProv="provider").unique()
    return table.join(providers, on="OrgIDProv", how="semi", maintain_order="left")
