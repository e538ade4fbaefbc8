"""Which columns of a file or relation are those of the layout, whatever their order, case and version."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Mapping, Sequence

from dyadlink.errors import SourceError
from dyadlink.sources.layout import Column

LocalNames = Mapping[str, tuple[str, ...]]
"""Names that a mapping gives to columns of the layout: in place of the standard ones."""
LocalValues = Mapping[str, Mapping[str, str]]
"""Values that a mapping gives to columns of the layout: the standard one by the local one."""


def match_columns(
    columns: Sequence[Column], header: Sequence[str], where: str, local: LocalNames
) -> dict[str, tuple[int, ...]]:
    """The places in the header that hold each column; none for one that may be absent.

    A column that comes under several of its names has several places: the first that is filled counts.

    Raises:
        SourceError: A required column is not there, or one is there twice under one name. The header's own text is
            not repeated but for a name that is nearly the one looked for: a file may lack its header.
    """
    found = [name.strip().lower() for name in header]
    places = {column.name: _places(column, found, where, local) for column in columns}
    missing = [column.name for column in columns if column.required and not places[column.name]]
    if missing:
        if not any(places.values()):
            raise SourceError(
                "none of the table's columns is there", where=where, mend="give the file a line of column names"
            )
        taken = {place for some in places.values() for place in some}
        free = {found[place]: header[place].strip() for place in range(len(found)) if place not in taken}
        told = ", ".join(_with_near_name(name, free) for name in missing)
        raise SourceError(
            f"missing column(s) {told}", where=where, mend="export these columns too, or name them in a mapping"
        )
    return places


def _places(column: Column, found: Sequence[str], where: str, local: LocalNames) -> tuple[int, ...]:
    names = local.get(column.name) or (column.name, *column.also)
    places: list[int] = []
    for name in names:
        matching = [place for place, text in enumerate(found) if fnmatch.fnmatchcase(text, name.lower())]
        if len(matching) > 1:
            told = " and ".join(str(place + 1) for place in matching)
            raise SourceError(
                f"column twice: {column.name} stands at places {told}", where=where, mend="keep one of them"
            )
        places += [place for place in matching if place not in places]
    return tuple(places)


def _with_near_name(name: str, free: Mapping[str, str]) -> str:
    near = nearest(name, list(free))
    return f"{name} (is it '{free[near]}'?)" if near else name


def nearest(name: str, others: Sequence[str]) -> str | None:
    """The one of `others` whose letters are nearly those of `name`, or none."""
    plain = {_plain(other): other for other in others}
    close = difflib.get_close_matches(_plain(name), list(plain), n=1, cutoff=0.75)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
