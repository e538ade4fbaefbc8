"""What files hold, whatever their form: tables of text, and pieces of text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dyadlink.audit.findings import Finding

_TELLING = re.compile(r"\d{5,}|@|[\\/]{1}\w+[\\/]")
_PERSONAL = re.compile(
    r"(.*_)?(id|ids|number|nhs|name|names|forename|surname|postcode|uprn|upn|address|dob|email|ref)(_.*)?"
)
_LONGEST = 40


def plain(name: str) -> str:
    """A header or label in lower-case words joined by underscores."""
    return re.sub(r"[^a-z0-9%]+", "_", name.lower()).strip("_")


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in a file: its cells are text.

    Args:
        file: Path within the folder.
        name: Which table of the file; empty where the file is one table.
        header: Names of the columns.
        rows: One tuple for each row, as long as the header.
        lines: Line of each row in the file (of a spreadsheet its row).
        is_object: It is no table but the single numbers of an object, as of a file of settings.
    """

    file: str
    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    is_object: bool = False

    def place(self, row: int, column: str = "", keys: tuple[tuple[str, str], ...] = ()) -> str:
        """Where a cell stands, with the labels that find it unless they could be a person's."""
        parts = [f"{self.name}, " if self.name else "", f"line {self.lines[row]}"]
        told = [f"{name}={value}" for name, value in keys if value and not _may_be_personal(name, value)]
        if told:
            parts.append(f" ({', '.join(told)})")
        if column:
            parts.append(f", column {column}")
        return "".join(parts)


def _may_be_personal(name: str, value: str) -> bool:
    return len(value) > _LONGEST or bool(_TELLING.search(value) or _PERSONAL.fullmatch(plain(name)))


@dataclass(frozen=True)
class Words:
    """A piece of text.

    Args:
        file: Path within the folder.
        place: Where in the file.
        text: The text.
        rule: The rule that a count in it breaks.
    """

    file: str
    place: str
    text: str
    rule: str = "E01"


@dataclass
class Content:
    """What a file holds.

    Args:
        sheets: Its tables.
        words: Its texts, properties and comments.
        paths: Points of every line drawn in a figure, with the name of the drawing's part.
        findings: What reading it brought to light.
    """

    sheets: list[Sheet] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    paths: list[tuple[str, list[tuple[float, float]]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Content) -> None:
        """Take in what another file within this one holds."""
        self.sheets += other.sheets
        self.words += other.words
        self.paths += other.paths
        self.findings += other.findings


class UnreadableError(Exception):
    """The file is not what its ending says; the message says why, in words without its content."""
