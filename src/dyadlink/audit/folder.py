"""Every file of a folder, read by its type."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.delimited import read_delimited
from dyadlink.audit.findings import Finding
from dyadlink.audit.markup import read_html, read_svg
from dyadlink.audit.office import read_docx, read_xlsx
from dyadlink.audit.pdf import read_pdf
from dyadlink.audit.pictures import read_jpeg, read_png
from dyadlink.audit.structured import read_json, read_parquet
from dyadlink.audit.text_tables import read_text
from dyadlink.errors import ConfigError
from dyadlink.profiles import Profile

READERS: dict[str, Callable[[str, bytes], Content]] = {
    **dict.fromkeys((".csv", ".tsv"), read_delimited),
    **dict.fromkeys((".txt", ".md", ".log", ".out", ".err", ".yaml", ".yml", ".rst", ".tex"), read_text),
    **dict.fromkeys((".html", ".htm", ".xhtml"), read_html),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), read_json),
    **dict.fromkeys((".jpg", ".jpeg"), read_jpeg),
    **dict.fromkeys((".xlsx", ".xlsm"), read_xlsx),
    ".svg": read_svg,
    ".png": read_png,
    ".docx": read_docx,
    ".parquet": read_parquet,
    ".pdf": read_pdf,
}
"""What reads a file of each ending."""

_PACKED = {".gz": "", ".svgz": ".svg"}
"""Endings of packed files, and the ending of what is in them where their name does not say."""
_LARGEST = 256 * 1024 * 1024

RECORDS = {"manifest.json", "results.json", "config.json"}
"""The release's own list of files, which no profile forbids."""
RECORD_FOLDERS = {"checksums": {".txt"}, "contexts": {".json", ".md"}}
"""Folders of the release's own records, and the endings of files there."""


def read_folder(directory: Path, profile: Profile) -> list[tuple[str, Content]]:
    """Path and content of each file, in the order of their paths; what is wrong with a file as such is a finding.

    Raises:
        ConfigError: It is no folder, or it holds nothing.
    """
    if not directory.is_dir():
        raise ConfigError("is not a folder", where=str(directory), mend="name the folder that is to leave")
    found = [(path, _read(path, path.relative_to(directory).as_posix(), profile)) for path in _files(directory)]
    if not found:
        raise ConfigError("the folder is empty", where=str(directory), mend="name the folder that is to leave")
    return [
        (path.relative_to(directory).as_posix(), content) for path, content in sorted(found, key=lambda one: one[0])
    ]


def _files(directory: Path) -> Iterator[Path]:
    """Every file, link, empty folder and folder that cannot be opened; not Snakemake's mark, which is empty."""
    closed: list[Path] = []
    for name, folders, files in os.walk(directory, onerror=lambda error: closed.append(Path(error.filename))):
        here = Path(name)
        yield from (here / file for file in files if not _is_mark(here / file))
        yield from (here / folder for folder in folders if (here / folder).is_symlink())
        if not folders and not files and here != directory:
            yield here
    yield from closed


def _is_mark(path: Path) -> bool:
    """Whether it is the empty file that Snakemake puts into every folder that a rule makes."""
    return path.name == ".snakemake_timestamp" and not path.is_symlink() and path.stat().st_size == 0


def _read(path: Path, file: str, profile: Profile) -> Content:
    ending = path.suffix if path.is_file() else ""
    found = Content(words=[Words(file, "name of the file", file.removesuffix(ending), "E03")])
    if path.is_dir() and not path.is_symlink() and os.access(path, os.R_OK):
        return found
    found.findings += _about(path, file, profile)
    try:
        _read_content(found, path, file)
    except UnreadableError as error:
        found.findings.append(Finding(file, "the file", "D04", str(error)))
    except OSError as error:
        found.findings.append(Finding(file, "the file", "D04", f"it cannot be opened ({error.strerror})"))
    limit = profile.maximum_rows
    for sheet in found.sheets:
        if limit is not None and len(sheet.rows) > limit:
            found.findings.append(Finding(file, sheet.name or "the table", "D01", f"{len(sheet.rows):,} rows"))
    return found


def _read_content(found: Content, path: Path, file: str) -> None:
    if path.is_symlink():
        raise UnreadableError("it is a link to a place elsewhere")
    if not path.is_file() and not path.is_dir():
        raise UnreadableError("it is no plain file")
    if path.stat().st_size > _LARGEST:
        raise UnreadableError("it is too large to be looked into")
    content, ending = path.read_bytes(), path.suffix.lower()
    if ending in _PACKED:
        content, ending = _unpack(content), _PACKED[ending] or Path(path.stem).suffix.lower()
    reader = READERS.get(ending)
    try:
        if reader is None:
            raise UnreadableError("no reader for it here")
        found.add(reader(file, content))
    except UnreadableError:
        # Whatever it is, what can be read in it as text is.
        if content.isascii() and b"\0" not in content:
            found.add(read_text(file, content))
        raise


def _unpack(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            unpacked = packed.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise UnreadableError("it cannot be unpacked") from None
    if len(unpacked) > _LARGEST:
        raise UnreadableError("it is too large to be looked into")
    return unpacked


def _about(path: Path, file: str, profile: Profile) -> Iterator[Finding]:
    ending = path.suffix.lower().lstrip(".")
    is_record = file in RECORDS or path.suffix.lower() in RECORD_FOLDERS.get(Path(file).parts[0], set())
    if ending not in profile.file_types and not is_record and not path.is_dir():
        yield Finding(file, "the file", "D03")
    limit = profile.maximum_megabytes
    if limit is not None and path.stat(follow_symlinks=False).st_size > limit * 1024 * 1024:
        yield Finding(file, "the file", "D02", f"more than {limit} MB")
