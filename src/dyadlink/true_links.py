"""The planted links of synthetic records, in the ids of the route that is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from dyadlink.config import Route
from dyadlink.key_file import SecretKey
from dyadlink.pseudonyms import PERSON, child_pseudonym, pseudonym

FILES: dict[Route, tuple[str, str, str, str]] = {
    "england_returns": ("links.csv", "infant_id", "la_code", "la_child_id"),
    "england_research_extract": ("links_england_research_extract.csv", "infant_token", "la_code", "child_code"),
    "england_local_ssd": ("links_england_local_ssd.csv", "LPIDBaby", "la_code", "pers_person_id"),
    "wales_sail": ("links_wales_sail.csv", "ALF_E", "LOCAL_AUTHORITY_CODE", "SYSTEM_ID_E"),
}
"""File of each route in truth/, and its columns for infant, authority and child."""


def read_true_links(directory: Path, routes: Iterable[Route], key: SecretKey | None = None) -> pl.DataFrame:
    """The true links of synthetic records: `infant_id`, `la_code`, `la_child_id`.

    Args:
        directory: Where the records were simulated; holds truth/.
        routes: Routes that are read.
        key: Key of the study, where its ids are pseudonyms.
    """
    links = pl.concat(_links_of(directory, *FILES[route]) for route in routes)
    return links if key is None else _pseudonymised(links, key)


def _pseudonymised(links: pl.DataFrame, key: SecretKey) -> pl.DataFrame:
    infants = [pseudonym(key, PERSON, infant) for infant in links["infant_id"]]
    children = [child_pseudonym(key, *child) for child in links.select("la_code", "la_child_id").iter_rows()]
    return links.with_columns(infant_id=pl.Series(infants), la_child_id=pl.Series(children))


def _links_of(directory: Path, name: str, infant: str, la_code: str, child: str) -> pl.DataFrame:
    rows = pl.read_csv(directory / "truth" / name, infer_schema=False)
    # A dyad that no authority of the route knows has a row without a child.
    return rows.select(infant_id=infant, la_code=la_code, la_child_id=child).drop_nulls().unique(maintain_order=True)
