"""Encoded files as they are read again: both sides must have been encoded alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dyadlink.errors import ConfigError, SourceError
from dyadlink.key_file import SecretKey
from dyadlink.linkage.bloom import BloomParameters
from dyadlink.linkage.persons import Side
from dyadlink.sql import word

_NOTE = b"dyadlink_encoding"


def encoding_note(key: SecretKey, parameters: BloomParameters) -> dict[bytes, bytes]:
    """What an encoded file tells of how it was made, as a note of its footer: parameters, and the key's fingerprint."""
    told = {**parameters.model_dump(), "key": key.fingerprint()}
    return {_NOTE: json.dumps(told, sort_keys=True).encode()}


def check_same_encoding(left: Path, right: Path) -> None:
    """Nothing, unless both files tell how they were made and it was not alike.

    Raises:
        ConfigError: Their parameters or keys differ; nothing would agree.
    """
    notes = [note for note in map(_read_note, (left, right)) if note is not None]
    differing = [name for name in notes[0] if notes[0][name] != notes[1].get(name)] if len(notes) == 2 else []
    if differing:
        raise ConfigError(
            f"the two files were encoded with another {' and '.join(differing)}",
            where=f"{left}, {right}",
            mend="encode both with one key and the same options",
        )


def _read_note(path: Path) -> dict[str, object] | None:
    if path.suffix != ".parquet":
        return None
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException):
        return None  # whoever reads its rows says what is wrong with it
    return json.loads(metadata[_NOTE]) if _NOTE in metadata else None


def use_filters(connection: duckdb.DuckDBPyConnection, side: Side, columns: Sequence[str], where: str) -> None:
    """Turn the hexadecimal digits in columns of `<side>_persons` into bits.

    Raises:
        SourceError: A value is no hexadecimal number, or values of a column differ in length.
    """
    for name in columns:
        query = f"""
            select count(*) filter (not regexp_full_match({word(name)}, '([0-9A-F]{{2}})+')),
                count(distinct length({word(name)}))
            from {side}_persons
        """
        ((n_other, n_lengths),) = connection.execute(query).fetchall()
        if n_other or n_lengths > 1:
            told = f"{n_other:,} value(s) that are no hexadecimal digits" if n_other else "filters of several lengths"
            raise SourceError(f"column {name} holds {told}", where=where, mend="encode the file again")
    if columns:
        bits = ", ".join(f"unhex({word(name)})::bit as {word(name)}" for name in columns)
        rows = f"select * replace ({bits}) from {side}_persons"
        connection.execute(f"create or replace table {side}_encoded as {rows}")
        connection.execute(f"create or replace view {side}_persons as from {side}_encoded")


def check_same_length(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> None:
    """Nothing, if the filters of a column are as long on both sides.

    Raises:
        SourceError: They are not: bits of other places would be compared.
    """
    for name in columns:
        lengths = [
            connection.execute(f"select max(length({word(name)})) from {side}_persons").fetchall()[0][0]
            for side in ("left", "right")
        ]
        if None not in lengths and lengths[0] != lengths[1]:
            raise SourceError(
                f"filters of {lengths[0]} bits on the left and of {lengths[1]} on the right",
                where=f"column {name}",
                mend="encode both sides with the same options",
            )
