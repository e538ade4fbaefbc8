"""The routes out: the same simulated people in the layouts of several real environments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.synthetic.children import SocialCareWorld
from dyadlink.synthetic.files import ParquetParts, write_csv, write_notice
from dyadlink.synthetic.flaws import Flaws
from dyadlink.synthetic.population import of_authorities
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.write_extract import write_research_extract
from dyadlink.synthetic.write_npd import add_npd
from dyadlink.synthetic.write_returns import write_authorities, write_health_and_reference
from dyadlink.synthetic.write_ssd import local_authority, write_local_ssd
from dyadlink.synthetic.write_wales import write_wales_sail

ENGLAND_RETURNS = "england_returns"
RESEARCH_EXTRACT = "england_research_extract"
LOCAL_SSD = "england_local_ssd"
WALES_SAIL = "wales_sail"
ROUTES = (ENGLAND_RETURNS, RESEARCH_EXTRACT, LOCAL_SSD, WALES_SAIL)


def check_routes(routes: Sequence[str]) -> None:
    """Check that all routes are known, that there is one, and that none comes twice.

    Raises:
        ConfigError: If not.
    """
    unknown = [route for route in routes if route not in ROUTES]
    if unknown:
        raise ConfigError(
            f"there is no route '{unknown[0]}'", where="synthetic data", mend=f"choose from {', '.join(ROUTES)}"
        )
    if not routes or len(set(routes)) != len(routes):
        raise ConfigError("no route, or one twice", where="synthetic data", mend="name each route once")


class Routes:
    """The routes asked for; the records of the children come block by block.

    The English returns stand at the top of the folder, every other route in a folder of its own with its true links
    in truth/links_<route>.csv. With `wales_sail` the English returns leave out Wales, which is never in both.
    """

    def __init__(self, world: RecordedWorld, routes: Sequence[str], out: Path) -> None:
        """Write what does not come block by block.

        Args:
            world: The recorded world, with the children drawn with the dyads.
            routes: The routes.
            out: The folder.
        """
        self._world, self._routes, self._out = world, routes, out
        (out / "truth").mkdir()
        self._local = local_authority(world)["la_code"][0] if LOCAL_SSD in routes else None
        for route in routes:
            if route != ENGLAND_RETURNS:
                (out / route).mkdir()
                write_notice(out / route)
        if ENGLAND_RETURNS in routes:
            write_health_and_reference(world.in_country("England") if WALES_SAIL in routes else world, out)
        self._extract = ParquetParts(out / RESEARCH_EXTRACT)
        if RESEARCH_EXTRACT in routes:
            self._write_links(RESEARCH_EXTRACT, write_research_extract(world, out / RESEARCH_EXTRACT))

    def __enter__(self) -> Routes:
        """Return the routes themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files that stay open from block to block."""
        self._extract.close()

    def add(self, places: pl.DataFrame, social_care: SocialCareWorld, flaws: Flaws) -> None:
        """Write what some authorities record.

        Args:
            places: The authorities.
            social_care: What they record.
            flaws: Chooses the records that a single return gets wrong.
        """
        english = places.filter(pl.col("country") == "England")
        if ENGLAND_RETURNS in self._routes:
            returned = self._block(english if WALES_SAIL in self._routes else places, social_care)
            write_authorities(returned, flaws, self._out / "authorities")
        if RESEARCH_EXTRACT in self._routes:
            add_npd(self._block(english, social_care), self._extract)
        for route, write, has_it in (
            (LOCAL_SSD, write_local_ssd, self._local in english["la_code"]),
            (WALES_SAIL, write_wales_sail, english.height < places.height),
        ):
            if route in self._routes and has_it:
                world = self._world.of_block(self._world.places, social_care)
                self._write_links(route, write(world, self._out / route))

    def _block(self, places: pl.DataFrame, social_care: SocialCareWorld) -> RecordedWorld:
        return self._world.of_block(places, of_authorities(social_care, places))

    def _write_links(self, route: str, links: pl.DataFrame) -> None:
        write_csv(links, self._out / "truth" / f"links_{route}.csv")
