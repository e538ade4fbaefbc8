"""Every file of a folder, read by its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.delimited import read_delimited, read_text
from dyadlink.audit.findings import Finding
from dyadlink.audit.markup import read_html, read_svg
from dyadlink.audit.office import read_docx, read_xlsx
from dyadlink.audit.pdf import read_pdf
from dyadlink.audit.pictures import read_jpeg, read_png
from dyadlink.audit.structured import read_json, read_parquet
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

RECORDS = {"manifest.json", "results.json", "config.json"}
"""The release's own list of files, which no profile forbids."""
RECORD_FOLDERS = {"checksums": {".txt"}, "contexts": {".json", ".md"}}
"""Folders of the release's own records, and the endings of files there."""


def read_folder(directory: Path, profile: Profile) -> list[tuple[str, Content]]:
    """Path and content of each file, in the order of their paths; what is wrong with a file as such is a finding.

    Raises:
        ConfigError: It is no folder, it holds no file, or a table in it is broken.
    """
    if not directory.is_dir():
        raise ConfigError("is not a folder", where=str(directory), mend="name the folder that is to leave")
    paths = sorted(path for path in directory.rglob("*") if path.is_file() or path.is_symlink())
    if not paths:
        raise ConfigError("the folder is empty", where=str(directory), mend="name the folder that is to leave")
    return [(path.relative_to(directory).as_posix(), _read(path, directory, profile)) for path in paths]


def _read(path: Path, directory: Path, profile: Profile) -> Content:
    file = path.relative_to(directory).as_posix()
    found = Content(words=[Words(file, "name of the file", Path(file).with_suffix("").as_posix(), "E03")])
    found.findings += _about(path, file, profile)
    reader = READERS.get(path.suffix.lower())
    if reader is None or path.is_symlink():
        found.findings.append(Finding(file, "the file", "D04", "no reader for it here"))
        return found
    try:
        found.add(reader(file, path.read_bytes()))
    except UnreadableError as error:
        if path.suffix.lower() in {".csv", ".tsv"}:
            raise ConfigError(
                str(error), where=file, mend="write the table again, and audit the folder again"
            ) from None
        found.findings.append(Finding(file, "the file", "D04", str(error)))
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", where=file, mend="check its permissions") from None
    limit = profile.maximum_rows
    for sheet in found.sheets:
        if limit is not None and len(sheet.rows) > limit:
            found.findings.append(Finding(file, sheet.name or "the table", "D01", f"{len(sheet.rows):,} rows"))
    return found


def _about(path: Path, file: str, profile: Profile) -> Iterator[Finding]:
    ending = path.suffix.lower().lstrip(".")
    is_record = file in RECORDS or path.suffix.lower() in RECORD_FOLDERS.get(Path(file).parts[0], set())
    if ending not in profile.file_types and not is_record:
        yield Finding(file, "the file", "D03")
    limit = profile.maximum_megabytes
    if limit is not None and path.stat(follow_symlinks=False).st_size > limit * 1024 * 1024:
        yield Finding(file, "the file", "D02", f"more than {limit} MB")
