"""The cohort flow as a drawing: boxes down the page, exclusions to their right."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

import polars as pl

from dyadlink.report.drawing import INK, QUIET, SHADE, Drawing, canvas, finish

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BOX_X, _SIDE_X, _WIDTH, _EDGE = 8, 352, 300, 660
_LINE, _PADDING, _GAP = 19, 11, 18
_CHARACTERS = 38
_POINTS_PER_INCH = 94


@dataclass(frozen=True)
class _Box:
    """A box of the flow: its place from the top, and its lines."""

    top: float
    lines: tuple[str, ...]
    n_words: int
    is_main: bool
    unit: str

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 2 * _PADDING - 4


def draw_flow(flow: pl.DataFrame, hidden: str) -> Drawing:
    """Drawing of the released cohort flow.

    Args:
        flow: The released `cohort_flow`.
        hidden: What to write in place of a hidden number.
    """
    boxes = _lay_out(flow, hidden)
    whole = boxes[-1].top + boxes[-1].height + _PADDING
    with canvas(_EDGE / _POINTS_PER_INCH, whole / _POINTS_PER_INCH) as (figure, axes):
        axes.set_xlim(0, _EDGE)
        axes.set_ylim(whole, 0)
        axes.set_axis_off()
        above: _Box | None = None
        for box in boxes:
            if box.is_main:
                if above:
                    _draw_arrow(axes, above, box)
                above = box
            else:
                middle = box.top + box.height / 2
                _draw_line(axes, (_BOX_X + _WIDTH / 2, middle), (_SIDE_X, middle), is_dashed=False)
            _draw_box(axes, box)
        return finish(figure, "flow")


def _lay_out(flow: pl.DataFrame, hidden: str) -> list[_Box]:
    boxes: list[_Box] = []
    for row in flow.sort("order").iter_rows(named=True):
        is_main = row["kind"] == "box"
        top = boxes[-1].top + boxes[-1].height + (2 * _GAP if is_main else _GAP) if boxes else float(_PADDING)
        words = wrap(str(row["step"]), _CHARACTERS)
        counted = wrap(f"n = {row['n']:,}" if row["n"] is not None else f"n: {hidden}", _CHARACTERS)
        # Numbers stand out; what is said in their place does not.
        n_words = len(words) if row["n"] is not None else len(words) + len(counted)
        boxes.append(_Box(top, (*words, *counted), n_words, is_main, str(row["unit"])))
    return boxes


def _draw_box(axes: Axes, box: _Box) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - heavy

    x = _BOX_X if box.is_main else _SIDE_X
    axes.add_patch(
        FancyBboxPatch(
            (x, box.top), _WIDTH, box.height, boxstyle="round,pad=0,rounding_size=4",
            facecolor=SHADE if box.is_main else "none", edgecolor=INK if box.is_main else QUIET, linewidth=1.1,
        )
    )  # fmt: skip
    for place, line in enumerate(box.lines):
        weight = "bold" if place >= box.n_words else "normal"
        axes.text(
            x + _PADDING, box.top + _PADDING + _LINE * (place + 0.68), line, fontsize=9.5, fontweight=weight,
            va="baseline",
        )  # fmt: skip


def _draw_arrow(axes: Axes, above: _Box, below: _Box) -> None:
    x = _BOX_X + _WIDTH / 2
    # Dashed where the flow passes from one thing counted (women) to another (dyads).
    _draw_line(axes, (x, above.top + above.height), (x, below.top), is_dashed=above.unit != below.unit)


def _draw_line(axes: Axes, start: tuple[float, float], end: tuple[float, float], *, is_dashed: bool) -> None:
    style = {"color": INK, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0, "linestyle": (0, (5, 4)) if is_dashed else "-"}
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "mutation_scale": 11, **style})
