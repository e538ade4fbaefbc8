"""XML returns, streamed record by record into the tables of their layout.

Real returns often break their schema (booleans as words, stray text), so reading is lenient about it: what is wrong
with a record is told by the rules of staging. A return is data, never a program: nothing is expanded or fetched.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from dyadlink.errors import SourceError
from dyadlink.sources.catalogue import SourceFile
from dyadlink.sources.target import Target

RECORDS_AT_ONCE = 200
"""Children whose rows are held as Python lists before they are packed: few enough to stay in a core's own memory."""
ROWS_AT_ONCE = 122_880
"""Rows of a table that are handed over together: the engine's own row group, which it writes once and for all. Smaller
parts it would write again whenever more rows come."""
LOADS_UNDER_WAY = 1
"""Row groups that may be under way while the next ones are read; each takes some 30 MB."""


class Courier:
    """Brings packed rows into their tables on a second core, in order, while the next ones are read."""

    def __init__(self) -> None:
        """Have nothing under way."""
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._under_way: deque[Future[None]] = deque()

    def send(self, target: Target, rows: pa.Table) -> None:
        """Take rows of a table; returns when few enough of them wait in memory."""
        self._under_way.append(self._pool.submit(_bring, target, rows))
        self._wait_for_all_but(LOADS_UNDER_WAY)

    def wait(self) -> None:
        """Return when all rows have arrived."""
        self._wait_for_all_but(0)

    def _wait_for_all_but(self, n_loads: int) -> None:
        while len(self._under_way) > n_loads:
            self._under_way.popleft().result()

    def __enter__(self) -> Self:
        """Be ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """Bring what is under way, and end."""
        self._pool.shutdown(wait=True)


class Rows:
    """Rows of one table on their way into it."""

    def __init__(self, target: Target, file_number: int) -> None:
        """Hold no row yet."""
        self.target, self._file_number = target, file_number
        names = [column.name for column in target.columns]
        self._schema = pa.schema([("source_row", pa.int64()), *((name, pa.string()) for name in names)])
        self._values: list[Any] = []
        self._packed: list[pa.RecordBatch] = []
        self.n_packed = 0
        """Packed rows that are held."""
        self.add = self._values.extend
        """Takes a row: the number of its record, then a text for each column."""
        self.places: dict[str, int] = {
            name: place for place, column in enumerate(target.columns, 1) for name in (column.name, *column.also)
        }
        """The place of an element's text in a row, by its tag."""
        self._nothing: list[None] = [None] * len(self._schema)

    def begin(self, start: list[Any]) -> list[Any]:
        """A row that starts with these values, without texts in its other places."""
        return start + self._nothing[len(start) :]

    def pack(self) -> None:
        """Pack the rows."""
        width = len(self._schema)
        columns = [pa.array(self._values[place::width], field.type) for place, field in enumerate(self._schema)]
        self._values.clear()
        self._packed.append(pa.record_batch(columns, self._schema))
        self.n_packed += len(columns[0])

    def take(self, n_rows: int) -> pa.Table:
        """So many of the packed rows, the first ones, which are held no longer."""
        packed = pa.Table.from_batches(self._packed, self._schema)
        rows = packed.slice(0, n_rows)
        self._packed = packed.slice(n_rows).to_batches()
        self.n_packed -= len(rows)
        return rows.append_column("file_number", pa.repeat(pa.scalar(self._file_number, pa.int32()), len(rows)))


def _bring(target: Target, rows: pa.Table) -> None:
    """Put rows into their table, each text without the blanks around it, an empty one as null."""
    for place, field in enumerate(rows.schema):
        # Column by column, so that no more than one is there twice.
        values = rows.column(place).combine_chunks()
        if field.type == pa.string():
            trimmed = pc.utf8_trim_whitespace(values)
            values = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
        rows = rows.set_column(place, field, values)
    target.store.append(target.rows, rows)


Reader = Callable[[Path, Mapping[str, Rows]], Iterator[None]]
"""Reads a file into the rows of its tables, by table name; yields after each child."""


def load_xml(targets: Sequence[Target], file: SourceFile, read: Reader) -> None:
    """Load a return into the tables that stand in it.

    Raises:
        SourceError: It is not well-formed XML, or not the return it should be; the message gives the line.
    """
    with Courier() as courier, _no_collection():
        rows = {target.table.name: Rows(target, target.add_file(str(file.path), file.wildcards)) for target in targets}
        parts = rows.values()
        for number, _ in enumerate(read(file.path, rows), start=1):
            if number % RECORDS_AT_ONCE == 0:
                _pack(parts, courier, at_least=ROWS_AT_ONCE)
        _pack(parts, courier, at_least=1)
        courier.wait()


def _pack(parts: Iterable[Rows], courier: Courier, at_least: int) -> None:
    """Pack the rows, and send those of a table where there are enough of them."""
    for part in parts:
        part.pack()
        while part.n_packed >= at_least:
            courier.send(part.target, part.take(ROWS_AT_ONCE))


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
        remove_blank_text=True,
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


parts_of: Callable[[etree._Element], list[etree._Element]] = itemgetter(slice(None))
"""The elements right below one: taken all at once they cost less than one by one."""


def fill(element: etree._Element, places: Mapping[str, int], row: list[str | None]) -> None:
    """Put the texts of an element's children in their places in a row; the first of a tag counts."""
    for part in parts_of(element):
        place = places.get(part.tag)
        if place is not None and row[place] is None:
            row[place] = part.text
