"""What was read, as hashes: so that whoever has the records can tell whether a release was made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from dyadlink.config import Input, Sources
from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import input_files, stage_files
from dyadlink.sources.layout import Stage

SEEN = "sources_seen.json"
"""Beside the tables of a stage: how the files that it reads looked before it did; see `look_at`."""


def digest_sources(sources: Sources, stage: Stage) -> dict[str, str | None]:
    """SHA-256 of all files that a stage reads of an input, by the input's name; None where it has none, as a server.

    One hash for each input and none for each file: a small file might be guessed, and its guess be held against its
    hash. Names inside the input's folder count, since they tell authority and year; where the folder stands does not.

    Args:
        sources: Where the records are.
        stage: The stage; each reads its own files, once more for this.

    Raises:
        SourceError: A folder is missing or cannot be read.
        ConfigError: A layout or a mapping is wrong.
    """
    return {source.name: _digest(source, input_files(source, stage)) for source in sources.read_from()}


def check_as_read(sources: Sources, stage: Stage, kept: Mapping[str, str | None], kept_in: Path) -> None:
    """Nothing, if the files are those that were read.

    Args:
        sources: Where the records are.
        stage: Whose files.
        kept: What `digest_sources` gave before they were read.
        kept_in: The file it stands in.

    Raises:
        SourceError: They are not.
    """
    now = digest_sources(sources, stage)
    changed = sorted(name for name in {*now, *kept} if now.get(name) != kept.get(name))
    if changed:
        raise SourceError(
            "the records are no longer those that the study read (their hash differs)",
            where=f"input {changed[0]}",
            mend=f"delete {kept_in} and give the same command again, to read them anew; or bring the earlier ones back",
        )


def look_at(sources: Sources, stage: Stage) -> dict[str, list[int]]:
    """Size, times of change and place on the drive of every file that a stage reads: what changes when it does."""
    told = {str(path): path.stat() for path in stage_files(sources, stage)}
    return {path: [s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino] for path, s in sorted(told.items())}


def check_before_run(sources: Sources, stage: Stage, seen_in: Path, kept_in: Path) -> None:
    """Nothing, if Snakemake will see by itself what changed of the files since they were read.

    It goes by the time of change alone, which copying tools set back. Hashes are taken only where a file looks
    otherwise than it did.

    Args:
        sources: Where the records are.
        stage: Whose files.
        seen_in: The file of what `look_at` gave before they were read.
        kept_in: The file of what `digest_sources` gave then.

    Raises:
        SourceError: They changed, and their time of change does not say so.
    """
    try:
        seen, kept = (json.loads(path.read_text(encoding="utf-8")) for path in (seen_in, kept_in))
        last = seen_in.stat().st_mtime_ns
    except (OSError, ValueError):
        return  # they were not read yet
    now = look_at(sources, stage)
    is_seen = now.keys() != seen.keys() or any(mtime > last for _, mtime, *_ in now.values())
    if now != seen and not is_seen:
        check_as_read(sources, stage, kept, kept_in)


def _digest(source: Input, paths: Iterable[Path]) -> str | None:
    if source.format == "postgresql":
        return None
    lines = [f"{_role(source, path)}\0{_sha256(path)}\n" for path in paths]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        # In pieces: an extract may be larger than the memory.
        return hashlib.file_digest(file, "sha256").hexdigest()


def _role(source: Input, path: Path) -> str:
    if path == source.mapping:
        return "mapping"
    return path.relative_to(source.location or "").as_posix() if source.format == "files" else source.format
