"""Sums that one or two contributors make up nearly alone."""

from __future__ import annotations

from collections.abc import Iterator

from dyadlink.audit.columns import Frame
from dyadlink.audit.findings import Finding
from dyadlink.profiles import Profile


def contribution_findings(frame: Frame, profile: Profile) -> Iterator[Finding]:
    """Findings where contributions are given: the largest beside a sum, or one row for each contributor."""
    for place, contributions, total in (*_beside_sums(frame), *_one_by_one(frame)):
        largest = sorted(contributions, reverse=True)
        n, share, ratio = profile.dominance_n, profile.dominance_share, profile.p_ratio
        if n is not None and share is not None and sum(largest[:n]) > share * total > 0:
            yield Finding(frame.sheet.file, place, "B07")
        if ratio is not None and largest and largest[0] > 0 and total - sum(largest[:2]) < ratio * largest[0]:
            yield Finding(frame.sheet.file, place, "B08")


def _beside_sums(frame: Frame) -> Iterator[tuple[str, list[float], float]]:
    columns = (frame.first("largest"), frame.first("second"))
    total = frame.first("sum", "count")
    if columns[0] is None or total is None:
        return
    for row in range(len(frame.sheet.rows)):
        whole = frame.number(row, total)
        given = [value.number for column in columns if (value := frame.number(row, column))]
        if whole is not None and given:
            yield frame.place(row, total), given, whole.number


def _one_by_one(frame: Frame) -> Iterator[tuple[str, list[float], float]]:
    who = frame.having("contributor")
    what = frame.first("contribution", "sum")
    if not who or what is None:
        return
    cells: dict[tuple[tuple[str, str], ...], list[tuple[int, float]]] = {}
    for row in range(len(frame.sheet.rows)):
        value = frame.number(row, what)
        if value is not None:
            rest = tuple(pair for pair in frame.keys(row) if pair[0] != frame.names[who[0]])
            cells.setdefault(rest, []).append((row, value.number))
    for found in cells.values():
        given = [number for _, number in found]
        yield frame.sheet.place(found[0][0], frame.sheet.header[what]), given, sum(given)
