"""Errors that a person can act on: what is wrong, where, and how to mend it."""

from __future__ import annotations

from typing import Self


class DyadlinkError(Exception):
    """A problem that ends the run, told in one line.

    Never put a personal value (name, date of birth, NHS number, postcode) into any part.

    Args:
        what: What is wrong, in plain English.
        where: The file, field, line or rule it is wrong in.
        mend: What the reader can do about it.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        """Join the three parts into one line."""
        self.what, self.where, self.mend = what, where, mend
        place = f"{where}: " if where else ""
        remedy = f" -> {mend}" if mend else ""
        super().__init__(f"{place}{what}{remedy}".replace("\n", " "))

    def with_more(self, mend: str) -> Self:
        """The same problem, with one thing more that the reader can do."""
        return type(self)(self.what, where=self.where, mend=f"{self.mend}; {mend}" if self.mend else mend)


class ConfigError(DyadlinkError):
    """The configuration is wrong: a key that does not exist, a value out of range."""

    exit_code = 2


class SourceError(DyadlinkError):
    """A source file is missing, unreadable, or lacks what the study needs."""

    exit_code = 3


class ContractError(DyadlinkError):
    """A table does not hold what its contract promises."""

    exit_code = 4
