"""Lines of a drawing that show more steps than any table that is released."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dyadlink.audit.columns import Frame
from dyadlink.audit.content import Content
from dyadlink.audit.findings import Finding

_MANY = 5
"""Fewer steps are an axis or a bar."""
_MANY_ALONE = 30
"""So many steps need no table beside them to be too many."""
_NEAR = 1e-6


def figure_findings(file: str, content: Content, frames: Sequence[Frame]) -> Iterator[Finding]:
    """A finding for each stepped line with more steps than the released curves have times.

    ASSUME: a line that goes level and upright in turn, and up or down alone, is a curve over time.
    """
    most = max((_times(frame) for frame in frames if frame.shape == "curve"), default=_MANY_ALONE)
    for place, points in content.paths:
        steps = _steps(points)
        if steps >= _MANY and steps > most:
            yield Finding(file, place, "E08", f"{steps} steps")


def _times(frame: Frame) -> int:
    """The most times at which one curve of the table is told."""
    time = frame.first("time")
    curves: dict[tuple[tuple[str, str], ...], set[str]] = {}
    for row in range(len(frame.sheet.rows)):
        labels = tuple(pair for pair in frame.keys(row) if pair[0] != frame.names[time or 0])
        curves.setdefault(labels, set()).add(frame.sheet.rows[row][time or 0])
    return max(map(len, curves.values()), default=0)


def _steps(points: Sequence[tuple[float, float]]) -> int:
    """How often a line of level and upright pieces, that never turns back, goes up or down; 0 of any other line."""
    moves = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
    moves = [(dx, dy) for dx, dy in moves if abs(dx) > _NEAR or abs(dy) > _NEAR]
    if any(abs(dx) > _NEAR and abs(dy) > _NEAR for dx, dy in moves):
        return 0
    across = [dx for dx, _ in moves if abs(dx) > _NEAR]
    up = [dy for _, dy in moves if abs(dy) > _NEAR]
    is_onward = all(dx > 0 for dx in across) or all(dx < 0 for dx in across)
    is_onward &= all(dy > 0 for dy in up) or all(dy < 0 for dy in up)
    return len(up) if is_onward and across else 0
