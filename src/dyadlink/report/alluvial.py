"""The alluvial figure: dyads at each level of involvement at each timepoint, and the bands that join them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

from dyadlink.report import labels
from dyadlink.report.drawing import HATCHES, INK, QUIET, SERIES, Drawing, canvas, finish
from dyadlink.schemas.movement import COARSE_LEVELS, STEPS, TIMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NODE_WIDTH = 0.1
_STUB = 0.1
_GAP = 0.045
"""Between two nodes, as a share of all dyads: room for a number beside the smallest."""
_DOTS = (0, (1, 2))
_TOTAL = "total"
_KEYS = ("from_time", "to_time", "from_level", "to_level")

COLOURS: dict[str, str] = dict(zip(COARSE_LEVELS, (QUIET, SERIES[0], SERIES[2], SERIES[1]), strict=True))
"""Released levels from the lowest on."""
_HATCH = dict(zip(COLOURS, HATCHES, strict=True))

Told = dict[tuple[str, ...], int | None]
"""Released count of every from_time, to_time, from_level and to_level."""


@dataclass(frozen=True)
class Node:
    """A level at a timepoint: where it starts, how high it is, and the count that is written beside it."""

    bottom: float
    height: float
    n: int | None


def draw_alluvial(transitions: pl.DataFrame, name: str) -> Drawing | None:
    """Drawing of the shown flows over the timepoints; None if no flow is shown.

    A flow that is hidden has no band: a dotted stub at both of its nodes says that something is left out.

    Args:
        transitions: The released `transitions`.
        name: Unique name of the figure in the page.
    """
    told: Told = {tuple(row[:4]): row[4] for row in transitions.select(*_KEYS, "n").iter_rows()}
    if not any(n for (*_, one, other), n in told.items() if _TOTAL not in {one, other}):
        return None
    nodes = _lay_out(told)
    with canvas(4.7, 6.0) as (figure, axes):
        for place, step in enumerate(STEPS):
            _draw_bands(axes, told, step, nodes, (place + _NODE_WIDTH, place + 1))
        for (time, level), node in nodes.items():
            _draw_node(axes, TIMES.index(time), node, level)
        middles = [place + _NODE_WIDTH / 2 for place in range(len(TIMES))]
        axes.set_xticks(middles, [labels.TIMES[time] for time in TIMES])
        axes.tick_params(axis="x", length=0)
        axes.set_yticks([])
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.set_xlim(-0.15, len(TIMES) - 1 + 0.42)
        axes.set_ylim(0, 1.02 * max(node.bottom + node.height for node in nodes.values()))
        _draw_legend(axes)
        return finish(figure, name, is_narrow=True)


def _lay_out(told: Told) -> dict[tuple[str, str], Node]:
    """Every node that has a shown total or a shown flow, stacked from the lowest level on."""
    whole = max((n for (*_, one, other), n in told.items() if n and one == other == _TOTAL), default=0)
    nodes: dict[tuple[str, str], Node] = {}
    for time in TIMES:
        bottom = 0.0
        for level in COLOURS:
            totals, sums = _heights(told, time, level)
            if height := max([*totals, *sums]):
                nodes[time, level] = Node(bottom, height, totals[0] if totals else None)
                bottom += height + _GAP * whole
    return nodes


def _heights(told: Told, time: str, level: str) -> tuple[list[int], list[int]]:
    """Shown totals of a node, and sums of its shown flows in and out: rounding and hiding make them differ."""
    totals, sums = [], []
    for step in STEPS:
        if time in step:
            is_from = time == step[0]
            total = told.get((*step, level, _TOTAL) if is_from else (*step, _TOTAL, level))
            totals += [] if total is None else [total]
            ends = [(level, other) if is_from else (other, level) for other in COLOURS]
            sums.append(sum(told.get((*step, *end)) or 0 for end in ends))
    return totals, sums


def _draw_bands(
    axes: Axes, told: Told, step: tuple[str, str], nodes: dict[tuple[str, str], Node], xs: tuple[float, float]
) -> None:
    """The shown flows of one step, and a stub at each node of which some flow is hidden."""
    left, right = ({level: node.bottom for (at, level), node in nodes.items() if at == time} for time in step)
    for one, other in product(left, right):
        if n := told.get((*step, one, other)):
            _draw_band(axes, xs, (left[one], right[other]), n, COLOURS[one])
            left[one] += n
            right[other] += n
    for x, time, reached in ((xs[0], step[0], left), (xs[1] - _STUB, step[1], right)):
        for level, bottom in reached.items():
            ends = [(level, other) if time == step[0] else (other, level) for other in COLOURS]
            if any(told.get((*step, *end)) is None for end in ends):
                _draw_stub(axes, x, nodes[time, level], bottom)


def _draw_band(axes: Axes, xs: tuple[float, float], bottoms: tuple[float, float], n: int, colour: str) -> None:
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - heavy
    from matplotlib.path import Path  # noqa: PLC0415 - heavy

    (x0, x1), (y0, y1), middle = xs, bottoms, sum(xs) / 2
    points = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    points += [(x1, y1 + n), (middle, y1 + n), (middle, y0 + n), (x0, y0 + n), (x0, y0)]
    curve = [Path.CURVE4] * 3
    path = Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
    axes.add_patch(PathPatch(path, facecolor=colour, edgecolor="none", alpha=0.55))


def _draw_stub(axes: Axes, x: float, node: Node, bottom: float) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - heavy

    height = node.bottom + node.height - bottom
    if height > 0:
        axes.add_patch(
            Rectangle((x, bottom), _STUB, height, facecolor="none", edgecolor=INK, linewidth=0.8, linestyle=_DOTS)
        )


def _draw_node(axes: Axes, x: int, node: Node, level: str) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - heavy

    axes.add_patch(
        Rectangle(
            (x, node.bottom), _NODE_WIDTH, node.height, facecolor=COLOURS[level], edgecolor=INK, linewidth=0.8,
            hatch=_HATCH[level],
        )
    )  # fmt: skip
    if node.n is not None:
        middle = node.bottom + node.height / 2
        # Beyond the dotted end, which the last timepoint has on its other side.
        beyond = 0.02 if x == len(TIMES) - 1 else _STUB + 0.03
        axes.text(x + _NODE_WIDTH + beyond, middle, f"{node.n:,}", ha="left", va="center")


def _draw_legend(axes: Axes) -> None:
    from matplotlib.patches import Patch  # noqa: PLC0415 - heavy

    rising = [Patch(facecolor=COLOURS[x], edgecolor=INK, hatch=_HATCH[x], label=labels.level_label(x)) for x in COLOURS]
    dotted = Patch(facecolor="none", edgecolor=INK, linestyle=_DOTS, label="Dyads from or to here that are not shown")
    handles = [*reversed(rising), dotted]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.02, -0.08), borderaxespad=0, handlelength=1.2)
