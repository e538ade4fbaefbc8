"""Numbers that should not stand there at all: small, unrounded, of hidden rows, extremes, quantiles of few."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dyadlink.audit.columns import Frame
from dyadlink.audit.content import plain
from dyadlink.audit.counts import count_tables, rounding_of, window
from dyadlink.audit.findings import Finding
from dyadlink.audit.values import Value
from dyadlink.profiles import Profile

_NOT_OF_THE_ROW = {"parameters", "resid_df", "other", "time"}
"""Roles of numbers that say nothing of the people of a hidden row."""
_UNKNOWN = {"integer", "decimal"}
"""Roles of numbers of unknown meaning."""
_QUANTILE = re.compile(r"p(\d{1,2})")
_EXTREME = re.compile(r"(min|max)(imum)?|lowest|highest|smallest|earliest|latest|youngest|oldest")
_FIRST_OR_LAST = re.compile(rf"({_EXTREME.pattern}|first|last)(_|$)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}")


def shown_findings(frame: Frame, profile: Profile) -> Iterator[Finding]:
    """Findings for single numbers of a table."""
    yield from _counts(frame, profile)
    yield from _hidden_rows(frame)
    yield from _extremes(frame)
    yield from _quantiles(frame, profile)


def _counts(frame: Frame, profile: Profile) -> Iterator[Finding]:
    rounding = rounding_of(frame, profile)
    tables = count_tables(frame, profile)
    if not tables:
        yield from _counts_of_models(frame, rounding)
    for table in tables:
        for cell in table.cells.values():
            if cell.shown is not None:
                rule = broken_rule(cell.shown, rounding)
                if rule:
                    yield Finding(cell.file, cell.place, rule)
            elif cell.bounds is not None and _is_narrow(cell.bounds, rounding):
                yield Finding(cell.file, cell.place, "A01", "a bound below the threshold")
    for i in frame.having("count"):
        for row, value in enumerate(frame.values[i]):
            if value.kind == "number" and not value.is_whole:
                yield Finding(frame.sheet.file, frame.place(row, i), "A03", "not a whole number of persons")


def _is_narrow(bounds: tuple[int, int], rounding: Profile) -> bool:
    tells_of_zero = bounds[0] == 1 and not rounding.are_zeros_shown
    return bounds[1] < rounding.threshold - 1 or (tells_of_zero and bounds[1] < rounding.threshold)


def _counts_of_models(frame: Frame, rounding: Profile) -> Iterator[Finding]:
    for i in frame.having("count"):
        for row, value in enumerate(frame.values[i]):
            rule = broken_rule(int(value.number), rounding) if value.is_whole else None
            if rule:
                yield Finding(frame.sheet.file, frame.place(row, i), rule)


def broken_rule(n: int, rounding: Profile) -> str | None:
    """The rule that showing this count breaks, if any."""
    if n == 0:
        return None if rounding.are_zeros_shown else "A02"
    if rounding.round_count(n) == n and rounding.rounding != "none":
        # A rounded number may lie below the threshold and stand for a count above it (midpoint rounding).
        return "A01" if window(n, rounding)[1] < rounding.threshold else None
    if n < rounding.threshold:
        return "A01"
    return None if rounding.rounding == "none" else "A03"


def _hidden_rows(frame: Frame) -> Iterator[Finding]:
    if frame.first("status") is None:
        return
    exempt = _NOT_OF_THE_ROW | ({"count"} if frame.shape == "model" else set())
    columns = [i for i, role in enumerate(frame.roles) if role and role not in exempt and i not in frame.labels]
    for i in columns:
        held = [row for row in range(len(frame.sheet.rows)) if frame.status(row) and frame.number(row, i)]
        if held and not (frame.roles[i] in _UNKNOWN and _is_of_a_label(frame, i, held)):
            for row in held:
                yield Finding(frame.sheet.file, frame.place(row, i), "A08")


def _is_of_a_label(frame: Frame, column: int, held: Sequence[int]) -> bool:
    """Whether the hidden rows hold no number but that of all rows of one of their labels.

    Such a number (the landmark of a model, the horizon of an outcome) is a setting of the label and no result of a row.
    """
    for label in frame.having("", "label"):
        numbers: dict[str, list[Value]] = {}
        for row, cells in enumerate(frame.sheet.rows):
            numbers.setdefault(cells[label], []).append(frame.values[column][row])
        if all(len(of := numbers[frame.sheet.rows[row][label]]) > 1 and len(set(of)) == 1 for row in held):
            return True
    return False


def _extremes(frame: Frame) -> Iterator[Finding]:
    for i in frame.having("extreme"):
        for row, value in enumerate(frame.values[i]):
            if value.kind == "number":
                yield Finding(frame.sheet.file, frame.place(row, i), "B05")
    for i, name in enumerate(frame.names):
        if _FIRST_OR_LAST.match(name) and not frame.roles[i]:
            for row, text in enumerate(r[i] for r in frame.sheet.rows):
                if _DATE.search(text):
                    yield Finding(frame.sheet.file, frame.place(row, i), "B05", "a date")
    for row in range(len(frame.sheet.rows)):
        named = any(_EXTREME.fullmatch(plain(value)) for _, value in frame.keys(row))
        if named and any(frame.values[i][row].kind == "number" for i, role in enumerate(frame.roles) if role):
            yield Finding(frame.sheet.file, frame.place(row), "B05")


def _quantiles(frame: Frame, profile: Profile) -> Iterator[Finding]:
    size = frame.first("count")
    for i in frame.having("median"):
        quantile = _QUANTILE.fullmatch(frame.names[i])
        share = min(int(quantile[1]), 100 - int(quantile[1])) / 100 if quantile else 0.5
        least = max(
            profile.minimum_median_n if share == 0.5 or not quantile else 0, profile.threshold / (share or 1e-9)
        )
        for row, value in enumerate(frame.values[i]):
            if value.kind != "number" or size is None:
                continue
            n = frame.values[size][row]
            is_few = n.is_whole and window(int(n.number), profile)[1] < least
            if is_few or n.kind == "small" or frame.status(row) == "small":
                yield Finding(frame.sheet.file, frame.place(row, i), "B06")
