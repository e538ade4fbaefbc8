"""What was read, as hashes: so that whoever has the records can tell whether a release was made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from dyadlink.config import Input, Sources
from dyadlink.sources.catalogue import input_files
from dyadlink.sources.layout import Stage


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
