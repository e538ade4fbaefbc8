"""CSV files of one table, read as text. Nothing is guessed: a guess once took a '#' for a comment."""

from __future__ import annotations

import codecs
import csv
import io
import mmap
import re
from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from dyadlink.config import Csv
from dyadlink.errors import SourceError
from dyadlink.machine_errors import machine_error
from dyadlink.sources.catalogue import SourceFile
from dyadlink.sources.columns import match_columns
from dyadlink.sources.csv_stream import UTF_8, TextStream, nul_byte, read_start
from dyadlink.sources.layout import DATE_FORMS, Column
from dyadlink.sources.target import Target

_HEADER_BYTES = 1 << 20
_LINE_IN_MESSAGE = re.compile(r"\bLine:\s*(\d+)")


class _Form(NamedTuple):
    """Files that one query can read: one header, one reading of it."""

    n_columns: int
    places: tuple[tuple[int, ...], ...]
    wanted: tuple[Column, ...]


def load_csv(target: Target, files: Sequence[SourceFile], options: Csv) -> None:
    """Load files into the table.

    Raises:
        SourceError: A file is empty, cut short, no text of the declared encoding, or lacks a column.
    """
    forms: dict[_Form, list[SourceFile]] = {}
    for file in files:
        forms.setdefault(_read_form(target, file, options), []).append(file)
    for form, alike in forms.items():
        plain = [file for file in alike if file.form == ".csv" and options.encoding == UTF_8]
        if plain:
            for file in plain:
                _check_no_nul(file)
            _keep(target, plain, [str(file.path) for file in plain], form, options)
        for file in alike:
            if file not in plain:
                with TextStream(file, options.encoding) as stream:
                    _keep(target, [file], [stream.path], form, options)


def _read_form(target: Target, file: SourceFile, options: Csv) -> _Form:
    """The header's reading, once it is sure that the needed columns are there."""
    header = read_header(file, options)
    wanted = target.wanted(file.wildcards)
    places = match_columns(wanted, header, f"{file.path}, line 1", target.local)
    return _Form(len(header), tuple(places[column.name] for column in wanted), wanted)


def read_header(file: SourceFile, options: Csv) -> list[str]:
    """The names in the first line of a file.

    Raises:
        SourceError: The file is empty, cannot be read, or its first line is not text of the declared encoding.
    """
    start = read_start(file, _HEADER_BYTES)
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise SourceError("file is empty", where=str(file.path), mend="export it again")
    if options.encoding == UTF_8 and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError("the text is UTF-16", where=str(file.path), mend="declare csv.encoding: utf-16")
    encoding = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else options.encoding
    try:
        text = _decode_start(start, encoding)
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=options.delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        raise SourceError(
            f"the text is not {options.encoding.upper()}",
            where=f"{file.path}, line 1",
            mend="save it as UTF-8 or declare csv.encoding",
        ) from None


def _decode_start(start: bytes, encoding: str) -> str:
    """The text before the first letter that is none: what is wrong below the first line is told by who reads it."""
    decode = codecs.getincrementaldecoder(encoding)().decode
    try:
        return decode(start)
    except UnicodeDecodeError as error:
        if not start[: error.start].count(b"\n"):
            raise
        return start[: error.start].decode(encoding)


def _check_no_nul(file: SourceFile) -> None:
    with file.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = content.find(b"\0")
        if place >= 0:
            raise nul_byte(file, content[:place].count(b"\n") + 1)


def _keep(target: Target, files: Sequence[SourceFile], paths: Sequence[str], form: _Form, options: Csv) -> None:
    numbers = [target.add_file(str(file.path), file.wildcards) for file in files]
    values = ", ".join(
        f'{_value(column, places, target, options)} as "{column.name}"'
        for column, places in zip(form.wanted, form.places, strict=True)
    )
    types = ", ".join(f"'c{place}': 'varchar'" for place in range(form.n_columns))
    query = f"""
        select {values}, (file_index + {numbers[0]})::integer as file_number
        from read_csv($paths, auto_detect = false, columns = {{{types}}}, header = true, delim = $delimiter,
            quote = '"', escape = '"', nullstr = '', strict_mode = true, null_padding = false)
    """  # noqa: S608  # names of the layout; the file's own names are not used
    params = {"paths": list(paths), "delimiter": options.delimiter}
    if "$date_format" in query:
        params["date_format"] = options.date_format or ""
    try:
        target.keep_rows_of(query, params)
    except duckdb.Error as error:
        raise machine_error(error) or _plain_error(error, target, files, paths) from None


def _value(column: Column, places: Sequence[int], target: Target, options: Csv) -> str:
    if not places:
        return "null::varchar"
    text = f"coalesce({', '.join(f'c{place}' for place in places)})" if len(places) > 1 else f"c{places[0]}"
    if column.type != "date" or options.date_format is None:
        return text
    # What cannot be read stays as it is, for the rules to count.
    standard = DATE_FORMS[target.table.dates][0]
    return f"coalesce(strftime(try_strptime(trim({text}), $date_format), '{standard}'), {text})"


def _plain_error(error: duckdb.Error, target: Target, files: Sequence[SourceFile], paths: Sequence[str]) -> SourceError:
    """What the engine found, without its own words: they quote the line at fault."""
    message = str(error)
    named = next((file for file, path in zip(files, paths, strict=True) if f"file = {path}" in message), files[0])
    line = _LINE_IN_MESSAGE.search(message)
    where = f"{named.path}, line {line.group(1)}" if line else str(named.path)
    if "Invalid unicode" in message:
        return SourceError("the text is not UTF-8", where=where, mend="save it as UTF-8 or declare csv.encoding")
    if "unterminated quote" in message:
        return SourceError(
            "a quote is not closed where its field ends", where=where, mend="export it again: it may be cut short"
        )
    if "Expected Number of Columns" in message:
        return SourceError(
            "another number of fields than in line 1", where=where, mend="export it again: it may be cut short"
        )
    return SourceError(
        f"is not a well-formed CSV file of table {target.table.name}",
        where=where,
        mend="check quotes, number of fields and line ends on that line",
    )
