"""Which files of a folder hold which table."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dyadlink.config import Input, Sources
from dyadlink.errors import SourceError
from dyadlink.sources.layout import Stage, Table
from dyadlink.sources.mapping import input_layout
from dyadlink.sources.patterns import expression

FORMS = (".csv", ".csv.gz", ".parquet")
"""Extensions of a table's own files; its XML form may stand elsewhere."""


@dataclass(frozen=True)
class SourceFile:
    """A file that holds rows of a table."""

    path: Path
    form: str
    """Its extension, one of `FORMS` or '.xml'."""
    wildcards: Mapping[str, str]
    """What its path says, by the name of the wildcard."""

    @property
    def is_xml(self) -> bool:
        """Whether several tables may stand in it."""
        return self.form == ".xml"


class Folder:
    """A folder of source files; each subfolder is listed once."""

    def __init__(self, root: Path) -> None:
        """Look at the folder.

        Raises:
            SourceError: It does not exist or cannot be read.
        """
        self.root = root
        self._list = cache(_list_folder)
        self._list(root)

    def files(self, table: Table) -> list[SourceFile]:
        """The files of a table, sorted by path; empty if there is none.

        Raises:
            SourceError: A folder on the way cannot be read, or two files hold the same part of the table.
        """
        found = list(self._find(table.path, FORMS)) if table.path else []
        if table.xml:
            found += self._find(table.xml.path, (".xml",))
        found.sort(key=lambda file: file.path)
        self._check_forms(found)
        return found

    def _find(self, pattern: str, forms: tuple[str, ...]) -> Iterator[SourceFile]:
        *folders, last = pattern.split("/")
        parts = [expression(part) for part in folders]
        ends = "|".join(re.escape(form) for form in forms)
        return self._descend(self.root, parts, expression(last, f"(?P<_form>{ends})"), {})

    def _descend(
        self, folder: Path, parts: list[re.Pattern[str]], last: re.Pattern[str], wildcards: dict[str, str]
    ) -> Iterator[SourceFile]:
        for name, is_folder in self._list(folder):
            match = (parts[0] if parts else last).fullmatch(name)
            if match is None or is_folder != bool(parts):
                continue
            values = {**wildcards, **match.groupdict()}
            if parts:
                yield from self._descend(folder / name, parts[1:], last, values)
            else:
                form = values.pop("_form").lower()
                yield SourceFile(folder / name, form, values)

    @staticmethod
    def _check_forms(files: list[SourceFile]) -> None:
        seen: dict[tuple[object, ...], SourceFile] = {}
        for file in files:
            stem = str(file.path)[: -len(file.form)].lower()
            # A return in XML has a name of its own: it doubles the CSV files of the same authority and year.
            keys = [(stem,)] + ([tuple(sorted(file.wildcards.items()))] if file.wildcards else [])
            for key in keys:
                other = seen.setdefault(key, file)
                if other.form != file.form:
                    raise SourceError(
                        f"holds the same table as {other.path.name}", where=str(file.path), mend="keep one of the two"
                    )


def _list_folder(folder: Path) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, entry.is_dir()) for entry in entries)
    except FileNotFoundError:
        raise SourceError(
            "folder not found", where=str(folder), mend="correct sources.directory or the input's location"
        ) from None
    except OSError as error:
        raise SourceError(
            f"folder cannot be read ({error.strerror})", where=str(folder), mend="check its permissions"
        ) from None


def input_files(source: Input, stage: Stage) -> Iterator[Path]:
    """Every file that a stage reads of an input: what its result depends on."""
    if source.mapping is not None:
        yield source.mapping
    if source.format == "files":
        folder = Folder(Path(source.location or ""))
        tables = input_layout(source).tables_for(stage)
        yield from sorted({file.path for table in tables for file in folder.files(table)})
    elif source.format == "duckdb":
        yield Path(source.location or "")


def stage_files(sources: Sources, stage: Stage) -> list[Path]:
    """Every file that a stage reads, of all inputs.

    Raises:
        SourceError: A folder is missing or cannot be read.
        ConfigError: A layout or a mapping is wrong.
    """
    return [path for source in sources.read_from() for path in input_files(source, stage)]
