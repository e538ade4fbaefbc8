"""Keys that join tables must be of one kind everywhere: a number has lost the zeros that a text still has."""

from __future__ import annotations

from dyadlink.errors import SourceError


class KeyKinds:
    """What each key is, over all tables of all inputs whose form has types."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._seen: dict[str, tuple[str, str]] = {}

    def add(self, name: str, kind: str, where: str) -> None:
        """Note a key of a table.

        Raises:
            SourceError: Another table has it as another kind.
        """
        before, place = self._seen.setdefault(name.lower(), (kind, where))
        if before != kind:
            raise SourceError(
                f"key {name} is {kind} here and {before} in {place}",
                where=where,
                mend="export it as text in both: a number loses leading zeros",
            )
