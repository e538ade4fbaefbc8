"""SSDA903 returns as XML (EXPSSDA903): the same header and episodes as the CSV files, STANDARDS 1.2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from dyadlink.sources.xml_files import Rows, fill, records

HEADER, EPISODES = "ssda903_header", "ssda903_episodes"


def read_ssda903(path: Path, rows: Mapping[str, Rows]) -> Iterator[None]:
    """Read a return into its tables, a child at each step; `source_row` counts the headers or the episodes of the file.

    Raises:
        SourceError: See `xml_files.records`.
    """
    headers, episodes = rows[HEADER], rows[EPISODES]
    n_episodes = 0
    for position, child in enumerate(records(path, "EXPSSDA903", ("CHILD",)), start=1):
        header = headers.begin([position])
        for part in child.iterchildren("HEADER"):
            fill(part, headers.places, header)
        headers.add(header)
        number = header[headers.places["CHILD"]]
        for part in child.iterchildren("EPISODE"):
            n_episodes += 1
            row = episodes.begin([n_episodes])
            fill(part, episodes.places, row)
            row[episodes.places["CHILD"]] = number
            episodes.add(row)
        yield
