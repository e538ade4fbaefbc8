"""Which relation of a database is which table of a layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from dyadlink.errors import SourceError
from dyadlink.sources.layout import Table
from dyadlink.sources.patterns import expression


class Relation(NamedTuple):
    """A table or view of a database."""

    schema: str
    name: str

    def __str__(self) -> str:
        """Its name as people write it."""
        return f"{self.schema}.{self.name}"


def find_relations(table: Table, relations: Sequence[Relation], where: str) -> dict[Relation, dict[str, str]]:
    """The relations that hold a table, each with the wildcards that its name gives.

    A relation is looked for by the name that the layout or the mapping gives it; else by the end of the table's
    path, folder as schema first; else by the table's own name. Case does not matter.

    Raises:
        SourceError: Several schemas have it, and nothing says which one is meant.
    """
    for pattern in _patterns(table):
        found = {
            relation: match.groupdict()
            for relation in relations
            if (match := pattern.fullmatch(str(relation) if r"\." in pattern.pattern else relation.name))
        }
        if len({relation.schema.lower() for relation in found}) > 1:
            told = " and ".join(sorted(str(relation) for relation in found))
            raise SourceError(
                f"table {table.name} could be {told}", where=where, mend="name one as `relation` in a mapping"
            )
        if found:
            return found
    return {}


def _patterns(table: Table) -> list[re.Pattern[str]]:
    if table.relation:
        return [expression(table.relation)]
    *folders, last = (table.path or "").split("/")
    # The end of a path names a relation only where no folder on the way tells two of them apart.
    is_name = last.strip("*") != "" and not any("{" in part or "*" in part for part in folders)
    ends = [*([f"{folders[-1]}.{last}"] if folders else []), last] if is_name else []
    return [expression(name) for name in (*ends, table.name)]
