"""XML returns, streamed record by record into the tables of their layout.

Real returns often break their schema (booleans as words, stray text), so reading is lenient about it: what is wrong
with a record is told by the rules of staging. A return is data, never a program: nothing is expanded or fetched.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import SourceFile
from dyadlink.sources.target import Target

RECORDS_AT_ONCE = 5_000
"""Children whose rows are held as Python lists before they are packed."""
ROWS_AT_ONCE = 100_000
"""Packed rows of a table that are held before they are handed over: the engine takes few large parts faster."""


class Courier:
    """Brings packed rows into their tables on a second core, one load at a time, while the next ones are read."""

    def __init__(self) -> None:
        """Have nothing under way."""
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._under_way: Future[None] | None = None

    def send(self, target: Target, rows: pa.Table) -> None:
        """Take rows, once those before them have arrived: no more than one load waits in memory."""
        self.wait()
        self._under_way = self._pool.submit(_bring, target, rows)

    def wait(self) -> None:
        """Return when all rows have arrived."""
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def __enter__(self) -> Self:
        """Be ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """Bring what is under way, and end."""
        self._pool.shutdown(wait=True)


class Rows:
    """Rows of one table on their way into it."""

    def __init__(self, target: Target, file_number: int, courier: Courier) -> None:
        """Hold no row yet."""
        self._target, self._file_number, self._courier = target, file_number, courier
        self._names = [column.name for column in target.columns]
        self._rows: list[list[Any]] = []
        self._packed: list[pa.Table] = []
        self.add = self._rows.append
        """Takes a row: a text for each column, then the number of the child."""
        self.places: dict[str, int] = {
            name: place for place, column in enumerate(target.columns) for name in (column.name, *column.also)
        }
        """The place of an element's text in a row, by its tag."""

    def empty(self, position: int) -> list[Any]:
        """A row without texts, of the child of that number."""
        return [*self._nothing, position]

    @cached_property
    def _nothing(self) -> list[None]:
        return [None] * len(self._names)

    def flush(self) -> None:
        """Hand over all rows."""
        self.pack()
        if self._packed:
            self._courier.send(self._target, pa.concat_tables(self._packed))
            self._packed.clear()

    def pack(self) -> None:
        """Pack the rows."""
        if not self._rows:
            return
        *texts, numbers = zip(*self._rows, strict=True)
        columns: dict[str, Any] = {
            name: pa.array(values, pa.string()) for name, values in zip(self._names, texts, strict=True)
        }
        columns["source_row"] = pa.array(numbers, pa.int64())
        columns["file_number"] = pa.repeat(pa.scalar(self._file_number, pa.int32()), len(numbers))
        self._packed.append(pa.table(columns))
        self._rows.clear()
        if sum(part.num_rows for part in self._packed) >= ROWS_AT_ONCE:
            self.flush()


def _bring(target: Target, rows: pa.Table) -> None:
    """Put rows into their table, each text without the blanks around it, an empty one as null."""
    for place, field in enumerate(rows.schema):
        if field.type == pa.string():
            trimmed = pc.utf8_trim_whitespace(rows.column(place))
            texts = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
            rows = rows.set_column(place, field, texts)
    target.store.append(target.rows, rows)


Reader = Callable[[Path, Mapping[str, Rows]], Iterator[None]]
"""Reads a file into the rows of its tables, by table name; yields after each child."""


def load_xml(targets: Sequence[Target], file: SourceFile, read: Reader) -> None:
    """Load a return into the tables that stand in it.

    Raises:
        SourceError: It is not well-formed XML, or not the return it should be; the message gives the line.
    """
    with Courier() as courier, _no_collection():
        rows = {
            target.table.name: Rows(target, target.add_file(str(file.path), file.wildcards), courier)
            for target in targets
        }
        for number, _ in enumerate(read(file.path, rows), start=1):
            if number % RECORDS_AT_ONCE == 0:
                for part in rows.values():
                    part.pack()
        for part in rows.values():
            part.flush()
        courier.wait()


@contextmanager
def _no_collection() -> Iterator[None]:
    """No search for unused objects meanwhile: rows are made by the million and hold no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def records(path: Path, root: str, tags: Sequence[str]) -> Iterator[etree._Element]:
    """Each element of the given tags when it is complete; it is emptied when the next one is asked for.

    Raises:
        SourceError: The file is not well-formed XML, has another root, or declares a document type.
    """
    try:
        with path.open("rb") as stream:
            _check_root(path, stream, root)
            stream.seek(0)
            for _, element in _parse(stream, "end", tag=tuple(tags)):
                yield element
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise SourceError(
            "is not well-formed XML", where=f"{path}, line {error.lineno}", mend="export the return again"
        ) from None
    except OSError as error:
        raise SourceError(
            f"cannot be read ({error.strerror or 'not a file'})", where=str(path), mend="check its permissions"
        ) from None


def _parse(stream: IO[bytes], event: str, **options: Any) -> Iterator[tuple[str, etree._Element]]:
    events: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        stream,
        events=(event,),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        **options,
    )
    return events


def _check_root(path: Path, stream: IO[bytes], root: str) -> None:
    if not stream.read(1):
        raise SourceError("file is empty", where=str(path), mend="export it again")
    stream.seek(0)
    _, element = next(iter(_parse(stream, "start")))
    if element.getroottree().docinfo.internalDTD is not None:
        raise SourceError(
            "declares a document type (DOCTYPE)",
            where=f"{path}, line {element.sourceline}",
            mend="export the return again: it is data and must not define entities",
        )
    if element.tag != root:
        raise SourceError(
            f"its root is not {root}",
            where=f"{path}, line {element.sourceline}",
            mend=f"remove the file, or export it as {root} without a namespace",
        )


def _forget(element: etree._Element) -> None:
    """Free the memory of an element that has been read, and of those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def fill(element: etree._Element, places: Mapping[str, int], row: list[str | None]) -> None:
    """Put the texts of an element's children in their places in a row; the first of a tag counts."""
    for part in element:
        place = places.get(part.tag)
        if place is not None and row[place] is None:
            row[place] = part.text
