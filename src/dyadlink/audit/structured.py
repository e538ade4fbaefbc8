"""JSON and Parquet: lists of objects as tables, single numbers and texts by their place."""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from dyadlink.audit.content import Content, Sheet, UnreadableError, Words
from dyadlink.audit.delimited import decode

_DEEPEST = 50


def read_json(file: str, content: bytes) -> Content:
    """Every list of objects as a table, all numbers of an object as a table of one row, every text as words.

    Raises:
        UnreadableError: It is no JSON.
    """
    text = decode(content)
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        values = json.loads(text) if not file.endswith((".jsonl", ".ndjson")) else [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it is no JSON ({type(error).__name__})") from None
    found = Content()
    _walk(found, file, "", values, 0)
    return found


def _walk(found: Content, file: str, place: str, value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise UnreadableError("it is nested too deeply")
    if isinstance(value, str):
        found.words.append(Words(file, place or "text", value))
    elif isinstance(value, dict):
        if _is_columns(value):
            _add_table(
                found, file, place, [dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True)]
            )
            return
        numbers = {name: item for name, item in value.items() if _is_number(item)}
        if numbers:
            _add_table(found, file, place, [numbers])
        for name, item in value.items():
            if not _is_number(item):
                _walk(found, file, f"{place}.{name}".lstrip("."), item, depth + 1)
    elif isinstance(value, list):
        if value and all(isinstance(item, dict) and not any(map(_is_deep, item.values())) for item in value):
            _add_table(found, file, place, value)
            return
        for i, item in enumerate(value):
            _walk(found, file, f"{place}[{i}]", item, depth + 1)


def _is_number(item: Any) -> bool:
    return isinstance(item, (int, float)) and not isinstance(item, bool)


def _is_deep(item: Any) -> bool:
    return isinstance(item, (dict, list))


def _is_columns(value: dict[str, Any]) -> bool:
    lists = [item for item in value.values() if isinstance(item, list) and not any(map(_is_deep, item))]
    return len(lists) == len(value) > 1 and len({len(item) for item in lists}) == 1 and len(lists[0]) > 1


def _add_table(found: Content, file: str, place: str, objects: list[dict[str, Any]]) -> None:
    header = list(dict.fromkeys(name for item in objects for name in item))
    rows = tuple(tuple(_text(item.get(name)) for name in header) for item in objects)
    found.sheets.append(Sheet(file, place, tuple(header), rows, tuple(range(1, len(rows) + 1))))
    for number, item in enumerate(objects, start=1):
        texts = (value for value in item.values() if isinstance(value, str))
        found.words += [Words(file, f"{place} {number}".strip(), value) for value in texts]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def read_parquet(file: str, content: bytes) -> Content:
    """Its table.

    Raises:
        UnreadableError: It is no Parquet file.
    """
    try:
        table = pl.read_parquet(io.BytesIO(content))
    except (PolarsError, OSError, ValueError) as error:
        raise UnreadableError(f"it is no Parquet file ({type(error).__name__})") from None
    rows = tuple(tuple(_text(value) for value in row) for row in table.iter_rows())
    return Content(sheets=[Sheet(file, "", tuple(table.columns), rows, tuple(range(1, len(rows) + 1)))])
