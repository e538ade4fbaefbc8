"""Sensitivity analyses side by side: a panel for each term, in it a line for each analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import polars as pl

from dyadlink.report import labels
from dyadlink.report.drawing import INK, MARKS, QUIET, SERIES, Drawing, canvas, finish
from dyadlink.report.figures import ratio_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 3
_LABELS, _PANEL, _GAP = 2.35, 1.7, 0.14
"""Inches across: words of the analyses, a panel, and what lies between two."""
_LINE, _TITLE, _AXIS, _LEGEND = 0.165, 0.26, 0.36, 0.3
"""Inches down: an analysis, a panel's title, its axis with what lies below, the legend."""


_LONGEST_WORDS, _LONGEST_TITLE = 40, 28
"""Characters that there is room for."""
_CLEAR = 0.24
"""Inches between two ticks."""
_TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 20, 50, 100)


@dataclass(frozen=True)
class _Panel:
    """Where a panel stands, in inches from the upper left corner, and the ends of its axis of logarithms."""

    left: float
    top: float
    bottom: float
    ends: tuple[float, float]

    def x(self, ratio: float) -> float:
        """The place of a ratio across the drawing."""
        low, high = (math.log(end) for end in self.ends)
        return self.left + _PANEL * (math.log(ratio) - low) / (high - low)


def draw_grid(rows: pl.DataFrame, name: str, analyses: Mapping[str, str], kinds: Sequence[str]) -> Drawing:
    """Drawing of every analysis of one outcome; the band of each panel is the interval of the first analysis.

    All panels are drawn in one system of axes, in inches: systems of their own take matplotlib seconds.

    Args:
        rows: Shown rows of `estimates` with their intervals, of these analyses.
        name: Unique name of the figure in the page.
        analyses: Model to its words, in reading order; the first is what the others are held against.
        kinds: Kinds of ratios in their order, for the legend; a column `kind` of the rows tells which.
    """
    terms = rows.select("term", "level").unique(maintain_order=True).rows()
    high = _LINE * len(analyses)
    above = _LEGEND if len(kinds) > 1 else 0.05
    width = _LABELS + _COLUMNS * (_PANEL + _GAP)
    height = above + -(-len(terms) // _COLUMNS) * (_TITLE + high + _AXIS)
    with canvas(width, height) as (figure, axes):
        figure.set_layout_engine("none")
        axes.set_position((0, 0, 1, 1))
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        for place, (term, level) in enumerate(terms):
            down, across = divmod(place, _COLUMNS)
            top = above + down * (_TITLE + high + _AXIS) + _TITLE
            part = rows.filter(term=term, level=level)
            panel = _Panel(_LABELS + across * (_PANEL + _GAP), top, top + high, ratio_limits(part))
            if not across:
                _write_analyses(axes, top, list(analyses.values()))
            title = shorten(labels.forest_label(term, level), _LONGEST_TITLE, placeholder="\u2026")
            axes.text(panel.left, top - 0.06, title, fontsize=8, fontweight="bold")
            _draw_panel(axes, panel, part, list(analyses), kinds)
        if len(kinds) > 1:
            handles = [_mark(index, kind) for index, kind in enumerate(kinds)]
            figure.legend(handles=handles, loc="upper left", ncols=len(kinds), fontsize=8)
        return finish(figure, name)


def _write_analyses(axes: Axes, top: float, words: list[str]) -> None:
    for place, text in enumerate(words):
        short = shorten(text, _LONGEST_WORDS, placeholder="\u2026")
        axes.text(
            _LABELS - 0.08, top + _LINE * (place + 0.5), short, fontsize=7.5, ha="right", va="center_baseline",
            fontweight="bold" if place == 0 else "normal",
        )  # fmt: skip


def _draw_panel(axes: Axes, panel: _Panel, rows: pl.DataFrame, models: list[str], kinds: Sequence[str]) -> None:
    found: dict[str, dict[str, Any]] = {row["model"]: row for row in rows.iter_rows(named=True)}
    own = found.get(models[0])
    if own:
        band = [panel.x(own["ratio_low"]), panel.x(own["ratio_high"])]
        axes.fill_between(band, panel.top, panel.bottom, color=QUIET, alpha=0.45, linewidth=0)
    axes.plot([panel.x(1)] * 2, [panel.top, panel.bottom], color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
    for index, kind in enumerate(kinds):
        of_kind = [(place, found[name]) for place, name in enumerate(models) if name in found]
        of_kind = [(place, row) for place, row in of_kind if row["kind"] == kind]
        y = [panel.top + _LINE * (place + 0.5) for place, _ in of_kind]
        low, high, at = ([panel.x(row[end]) for _, row in of_kind] for end in ("ratio_low", "ratio_high", "ratio"))
        axes.hlines(y, low, high, color=SERIES[index % len(SERIES)], linewidth=1.2)
        axes.plot(at, y, color=SERIES[index % len(SERIES)], marker=MARKS[index % len(MARKS)], markersize=3.5, ls="none")
    _draw_axis(axes, panel)


def _draw_axis(axes: Axes, panel: _Panel) -> None:
    axes.plot([panel.left, panel.left + _PANEL], [panel.bottom] * 2, color=INK, linewidth=0.8)
    last = -math.inf
    # The line at 1 is always named; another tick only where it does not crowd that.
    inside = [tick for tick in _TICKS if panel.ends[0] <= tick <= panel.ends[1]]
    for tick in inside:
        is_clear = tick == 1 or abs(panel.x(tick) - panel.x(1)) > _CLEAR
        if is_clear and panel.x(tick) - last > _CLEAR:
            last = panel.x(tick)
            axes.plot([last] * 2, [panel.bottom, panel.bottom + 0.03], color=INK, linewidth=0.8)
            axes.text(last, panel.bottom + 0.05, f"{tick:g}", fontsize=7.5, ha="center", va="top")


def _mark(index: int, kind: str) -> Any:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - heavy

    colour, mark = SERIES[index % len(SERIES)], MARKS[index % len(MARKS)]
    return Line2D([], [], color=colour, marker=mark, markersize=4, linewidth=1.2, label=f"{kind.capitalize()}")
