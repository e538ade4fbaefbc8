"""The routes out: the same simulated people in the layouts of several real environments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.synthetic.files import write_csv, write_notice
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.write_extract import write_research_extract
from dyadlink.synthetic.write_ssd import write_local_ssd
from dyadlink.synthetic.write_wales import write_wales_sail

ENGLAND_RETURNS = "england_returns"
RESEARCH_EXTRACT = "england_research_extract"
LOCAL_SSD = "england_local_ssd"
WALES_SAIL = "wales_sail"
ROUTES = (ENGLAND_RETURNS, RESEARCH_EXTRACT, LOCAL_SSD, WALES_SAIL)

_WRITERS: dict[str, Callable[[RecordedWorld, Path], pl.DataFrame]] = {
    RESEARCH_EXTRACT: write_research_extract,
    LOCAL_SSD: write_local_ssd,
    WALES_SAIL: write_wales_sail,
}
"""Writers by route. Each writes its folder and returns the true links in its own ids."""


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


def write_route(route: str, world: RecordedWorld, out: Path) -> None:
    """Write the folder of a route other than the English returns, and truth/links_<route>.csv."""
    folder = out / route
    folder.mkdir()
    links = _WRITERS[route](world, folder)
    write_notice(folder)
    write_csv(links, out / "truth" / f"links_{route}.csv")
