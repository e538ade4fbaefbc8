"""Whether the columns of a loaded table are what the layout says: dates in one form, numbers that are numbers.

A single value that cannot be read is left to the rules, which set its row aside and count it. A whole column that
cannot be read is a fault of the file, and a column in two date forms cannot be trusted at all: both stop the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dyadlink.errors import SourceError
from dyadlink.sources.layout import DATE_FORMS, Column
from dyadlink.sources.target import Target

MANY = 10
"""Fewer unreadable values than this may be slips; more of them than readable ones are a column of something else."""

_FORMS = {"year_first": "____-__-__%", "day_first": "__/__/____%"}
_WORDS = {"year_first": "year first", "day_first": "day first"}


class _Check(NamedTuple):
    """One column: how to tell its values apart."""

    column: Column
    readable: str
    """SQL condition: the value is what the column should hold."""
    standard: str
    """SQL condition: the value is a date in the table's own form, or in the first of its two."""
    other: str
    """SQL condition: the value is a date in the other form."""


def form_errors(target: Target) -> Iterator[tuple[int, SourceError]]:
    """What is wrong with the dates and numbers of a loaded table, file by file.

    Yields:
        The `file_number`, and the error: a column of the file is written in two date forms, or most of it is not what
        it should be.
    """
    checks = list(_checks(target))
    if not checks:
        return
    counts = ", ".join(
        f"count({name}), count({name}) filter (where {check.readable}), "
        f"count({name}) filter (where {check.standard}), min(file_place) filter (where {check.other}), "
        f"min(file_place) filter (where {name} is not null and not ({check.readable}))"
        for check in checks
        for name in [f'"{check.column.name}"']
    )
    query = f"""
        select file_number, min(file_place), {counts} from {target.relation}
        group by file_number order by file_number
    """  # noqa: S608  # names of the layout
    for file_number, first, *found in target.store.connection.execute(query).fetchall():
        for place, check in enumerate(checks):
            filled, readable, standard, first_other, first_wrong = found[5 * place : 5 * place + 5]
            if standard and first_other is not None:
                yield file_number, _two_forms(target, check.column, file_number, first_other - first + 1)
            elif filled - readable >= MANY and filled - readable > readable:
                row, is_other_form = first_wrong - first + 1, first_other is not None
                yield file_number, _unreadable(target, check.column, file_number, row, is_other_form)


def _checks(target: Target) -> Iterator[_Check]:
    dates = target.table.dates
    for column in target.columns:
        name = f'"{column.name}"'
        if column.type in ("integer", "number"):
            yield _Check(column, f"try_cast({name} as double) is not null", "false", "false")
        elif column.type == "date":
            forms = ("day_first", "year_first") if dates == "day_first" else ("year_first", "day_first")
            standard, other = (f"{name} like '{_FORMS[form]}'" for form in forms)
            yield _Check(column, f"({standard} or {other})" if dates == "either" else standard, standard, other)


def _where(target: Target, file_number: int, row: int) -> str:
    return f"{target.source_file(file_number)}, row {row}"


def _two_forms(target: Target, column: Column, file_number: int, row: int) -> SourceError:
    return SourceError(
        f"column {column.name} holds dates in two forms, year first and day first",
        where=_where(target, file_number, row),
        mend="export the file again with dates in one form",
    )


def _unreadable(target: Target, column: Column, file_number: int, row: int, is_other_form: bool) -> SourceError:
    where = _where(target, file_number, row)
    if column.type != "date":
        return SourceError(
            f"column {column.name} holds text where numbers should be", where=where, mend="check what was exported"
        )
    if not is_other_form:
        return SourceError(
            f"column {column.name} holds no dates that can be read",
            where=where,
            mend="declare csv.date_format, or check what was exported",
        )
    expected, found = ("day_first", "year_first") if target.table.dates == "day_first" else ("year_first", "day_first")
    return SourceError(
        f"column {column.name} holds dates written {_WORDS[found]}, not {_WORDS[expected]}",
        where=where,
        mend=f"declare csv.date_format: '{DATE_FORMS[found][0]}'",
    )
