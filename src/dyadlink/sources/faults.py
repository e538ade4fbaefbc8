"""Tables and files that cannot be read: the first one ends the run, or all of them are gathered for one list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from dyadlink.errors import SourceError
from dyadlink.sources.layout import Layout
from dyadlink.sources.target import Target

NOT_FOUND, UNREADABLE = "not_found", "cannot_be_read"
"""What is told of a table that is nowhere, and of a file, relation or place that is there and of no use."""


class Fault(NamedTuple):
    """A table, file, relation or place that could not be read."""

    rule: str
    """`NOT_FOUND` or `UNREADABLE`."""
    source: str
    """The table, or the kind of return where a file holds several tables, or the input where none of it can be read."""
    error: SourceError


class Faults:
    """What could not be read so far."""

    def __init__(self, *, is_gathering: bool) -> None:
        """Know of none.

        Args:
            is_gathering: Whether to go on after one; else it is raised.
        """
        self.is_gathering = is_gathering
        self.found: list[Fault] = []
        self.incomplete: set[str] = set()
        """The study's own raw tables of which rows are missing because of a fault."""

    @contextmanager
    def catch(self, source: str, layout: Layout, targets: Sequence[Target]) -> Iterator[None]:
        """Note an error within; then files that were added to the tables meanwhile count as having no rows.

        Raises:
            SourceError: There is one, and none is to be gathered.
        """
        n_files = [target.n_files for target in targets]
        try:
            yield
        except SourceError as error:
            self.note(UNREADABLE, source, error)
            for target, first in zip(targets, n_files, strict=True):
                target.leave_out(range(first, target.n_files))
                self.incomplete.update(_made_of(layout, target.table.name))

    def note_missing(self, layout: Layout, table: str, error: SourceError) -> None:
        """Note a table that no input has.

        Raises:
            SourceError: It, if none is to be gathered.
        """
        self.note(NOT_FOUND, table, error)
        self.incomplete.update(_made_of(layout, table))

    def note(self, rule: str, source: str, error: SourceError) -> None:
        """Note an error once: tables that share a file are told together.

        Raises:
            SourceError: It, if none is to be gathered.
        """
        if not self.is_gathering:
            raise error
        if str(error) not in {str(fault.error) for fault in self.found}:
            self.found.append(Fault(rule, source, error))


def _made_of(layout: Layout, table: str) -> tuple[str, ...]:
    return layout.table(table).feeds or (table,)
