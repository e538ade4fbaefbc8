"""JSON and Parquet: lists of objects as tables, single numbers and texts by their place."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from dyadlink.audit.columns import is_count_name
from dyadlink.audit.content import Content, Sheet, UnreadableError, Words
from dyadlink.audit.delimited import decode

_DEEPEST = 50
_OPENING = re.compile(r"[{\[](?=\s*[\[{\"\d-])")
_MOST_TRIES = 2_000


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


def read_data(file: str, place: str, text: str) -> Content:
    """What stands as JSON in a text of another kind, as the data of a chart in the script of a page."""
    found = Content()
    decoder = json.JSONDecoder()
    position, tries = 0, 0
    while tries < _MOST_TRIES and (start := _OPENING.search(text, position)):
        tries += 1
        try:
            value, position = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            position = start.end()
            continue
        inside = Content()
        _walk(inside, file, place, value, 0)
        found.sheets += inside.sheets
    return found


def _walk(found: Content, file: str, place: str, value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise UnreadableError("it is nested too deeply")
    if isinstance(value, str):
        found.words.append(Words(file, place or "text", value))
    elif isinstance(value, dict):
        columns = _columns(value)
        if columns:
            rows = zip(*columns.values(), strict=True)
            _add_table(found, file, place, [dict(zip(columns, row, strict=True)) for row in rows])
        numbers = {name: item for name, item in value.items() if _is_number(item)}
        own = place.rsplit(".", 1)[-1]
        if len(numbers) == len(value) > 1 and is_count_name(own):
            _add_table(found, file, place, [{"level": name, own: item} for name, item in numbers.items()])
        elif numbers:
            _add_table(found, file, place, [numbers], is_object=True)
        for name, item in value.items():
            if not _is_number(item) and name not in columns:
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


def _columns(value: dict[str, Any]) -> dict[str, list[Any]]:
    """The lists of an object, if they are as long as each other, as the columns of a table are."""
    lists = {name: item for name, item in value.items() if isinstance(item, list) and not any(map(_is_deep, item))}
    lengths = {len(item) for item in lists.values()}
    return lists if len(lists) > 1 and len(lengths) == 1 and max(lengths) > 1 else {}


def _add_table(
    found: Content, file: str, place: str, objects: list[dict[str, Any]], *, is_object: bool = False
) -> None:
    header = list(dict.fromkeys(name for item in objects for name in item))
    rows = tuple(tuple(_text(item.get(name)) for name in header) for item in objects)
    found.sheets.append(Sheet(file, place, tuple(header), rows, tuple(range(1, len(rows) + 1)), is_object))
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
