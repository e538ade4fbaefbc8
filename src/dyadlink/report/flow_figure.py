"""The cohort flow as a drawing: boxes down the page, exclusions to their right."""

from __future__ import annotations

from html import escape
from textwrap import wrap

import polars as pl

_BOX_X, _BOX_WIDTH, _SIDE_X, _SIDE_WIDTH = 8, 300, 352, 300
_LINE, _PADDING, _GAP = 19, 11, 18
_CHARACTERS = 36


def draw_flow(flow: pl.DataFrame, hidden: str) -> str:
    """SVG of the released cohort flow.

    Args:
        flow: The released `cohort_flow`.
        hidden: What to write in place of a hidden number.
    """
    parts: list[str] = []
    y, previous = float(_PADDING), None
    start: float | None = None
    for row in flow.sort("order").iter_rows(named=True):
        is_box = row["kind"] == "box"
        y += _GAP + (_GAP if is_box and start is not None else 0) if parts else 0
        if is_box and start is not None:
            is_same_unit = row["unit"] == previous
            parts.append(_arrow(_BOX_X + _BOX_WIDTH / 2, start, y, is_dashed=not is_same_unit))
        drawn, height = _box(row, y, hidden)
        if not is_box:
            parts.append(_branch(y + height / 2))
        parts.append(drawn)
        y += height
        start = y if is_box else start
        previous = row["unit"]
    width = _SIDE_X + _SIDE_WIDTH + 8
    return f'<svg viewBox="0 0 {width} {y + _PADDING:g}" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'


def _box(row: dict[str, object], y: float, hidden: str) -> tuple[str, float]:
    is_box = row["kind"] == "box"
    x, width = (_BOX_X, _BOX_WIDTH) if is_box else (_SIDE_X, _SIDE_WIDTH)
    n = row["n"]
    lines = [*wrap(str(row["step"]), _CHARACTERS)]
    counted = f"n = {n:,}" if n is not None else f"n: {hidden}"
    lines += [f"{line}" for line in wrap(counted, _CHARACTERS)]
    height = len(lines) * _LINE + 2 * _PADDING - 4
    first_count = len(wrap(str(row["step"]), _CHARACTERS))
    texts = "".join(
        f'<text x="{x + _PADDING}" y="{y + _PADDING + _LINE * (i + 0.72):g}"'
        f"{' class=' + chr(34) + 'flow-n' + chr(34) if i >= first_count and n is not None else ''}>"
        f"{escape(line)}</text>"
        for i, line in enumerate(lines)
    )
    kind = "flow-box" if is_box else "flow-side"
    rectangle = f'<rect class="{kind}" x="{x}" y="{y:g}" width="{width}" height="{height}" rx="4"/>'
    return rectangle + texts, height


def _arrow(x: float, start: float, end: float, *, is_dashed: bool) -> str:
    # Dashed where the flow passes from one thing counted (women) to another (dyads).
    dashes = ' stroke-dasharray="5 4"' if is_dashed else ""
    return (
        f'<path class="flow-line" d="M{x:g} {start:g}V{end - 7:g}"{dashes}/>'
        f'<path class="flow-head" d="M{x - 5:g} {end - 8:g}h10L{x:g} {end:g}z"/>'
    )


def _branch(y: float) -> str:
    middle = _BOX_X + _BOX_WIDTH / 2
    return (
        f'<path class="flow-line" d="M{middle:g} {y:g}H{_SIDE_X - 7}"/>'
        f'<path class="flow-head" d="M{_SIDE_X - 8} {y - 5:g}v10L{_SIDE_X} {y:g}z"/>'
    )
