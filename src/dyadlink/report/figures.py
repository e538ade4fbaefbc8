"""Figures drawn from released numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from dyadlink.report import labels
from dyadlink.report.drawing import DASHES, INK, MARKS, QUIET, SERIES, Drawing, canvas, finish, multiples
from dyadlink.report.tables import ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_curves(points: pl.DataFrame, name: str, series: str) -> Drawing:
    """Drawing of cumulative incidence curves: steps, interval bands, and a mark at each reported day.

    Args:
        points: Shown rows of the released `cumulative_incidence`, of one outcome.
        name: Unique name of the figure in the page.
        series: Column that tells the curves apart: cause or group.
    """
    with canvas(7.2, 4.2) as (figure, axes):
        highest = 0.0
        for index, (key, part) in enumerate(points.group_by(series, maintain_order=True)):
            _draw_series(axes, part.sort("time_days"), labels.group_label(str(key[0])), index)
            highest = max(highest, *(value or 0 for value in part.get_column("conf_high")))
        axes.set_xlim(0, int(points.get_column("time_days").max() or 1) * 1.02)  # type: ignore[arg-type]
        axes.set_ylim(0, max(highest * 1.1, 0.05))
        axes.set_xlabel("Days since discharge from the index episode")
        axes.set_ylabel("Cumulative incidence")
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g}%")
        axes.xaxis.set_major_locator(multiples(90))
        axes.legend(loc="upper left")
        return finish(figure, name)


def _draw_series(axes: Axes, part: pl.DataFrame, label: str, index: int) -> None:
    colour = SERIES[index % len(SERIES)]
    days, values = part.get_column("time_days").to_list(), part.get_column("estimate").to_list()
    # An interval that is not given (day 0) closes the band on the estimate.
    low, high = (
        part.get_column(end).fill_null(part.get_column("estimate")).to_list() for end in ("conf_low", "conf_high")
    )
    reported = [(d, v, a, b) for d, v, a, b in zip(days, values, low, high, strict=True) if d > 0]
    if len(reported) == 1:
        # One reported day is a point, not a curve: a line would say that nothing happened before it.
        day, value, start, end = reported[0]
        spread = [[value - start], [end - value]]
        # Side by side, where several curves have but the last day.
        axes.errorbar(
            [day - 6 * index], [value], yerr=spread, color=colour, marker="D", capsize=4, ls="none", label=label
        )
        return
    style = DASHES[index % len(DASHES)]
    axes.fill_between(days, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
    axes.step(days, values, where="post", color=colour, linestyle=style, linewidth=2, label=label)
    axes.plot(days[1:], values[1:], color=colour, marker="o", markersize=4, linestyle="none")
    # The band of the last day has no width of its own.
    axes.plot([days[-1]] * 2, [low[-1], high[-1]], color=colour, linewidth=1.5)


def draw_forest(rows: pl.DataFrame, name: str, kind: str) -> Drawing:
    """Drawing of ratios with their intervals on a log axis, one line per shown row, the first on top.

    Args:
        rows: Released `estimates` of one model, shown rows only.
        name: Unique name of the figure in the page.
        kind: What the ratio is, for the axis.
    """
    with canvas(7.2, 0.9 + 0.34 * rows.height) as (figure, axes):
        for place, row in enumerate(reversed(rows.rows(named=True))):
            axes.plot([row["ratio_low"], row["ratio_high"]], [place, place], color=SERIES[0], linewidth=2)
            axes.plot([row["ratio"]], [place], color=SERIES[0], marker="s", markersize=6)
            spread = f"{ratio(row['ratio'])} ({ratio(row['ratio_low'])} to {ratio(row['ratio_high'])})"
            axes.annotate(spread, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=10)
        axes.axvline(1, color=INK, linewidth=1, linestyle=(0, (3, 3)))
        axes.set_xscale("log")
        _set_ratio_ticks(axes, rows)
        names = [labels.forest_label(r["term"], r["level"]) for r in reversed(rows.rows(named=True))]
        axes.set_yticks(range(rows.height), names)
        axes.set_ylim(-0.6, rows.height - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(f"{kind[:1].upper()}{kind[1:]} (95% interval), log scale")
        return finish(figure, name)


def ratio_limits(rows: pl.DataFrame) -> tuple[float, float]:
    """The ends of a log axis that holds the intervals of these rows, and 1."""
    ends = [value for column in ("ratio_low", "ratio_high") for value in rows.get_column(column).drop_nulls()]
    return min([*ends, 0.8]) / 1.08, max([*ends, 1.25]) * 1.08


def _set_ratio_ticks(axes: Axes, rows: pl.DataFrame) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator  # noqa: PLC0415 - heavy

    low, high = ratio_limits(rows)
    ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def draw_planted(rows: pl.DataFrame, name: str) -> Drawing:
    """Drawing of estimates (log scale) with intervals against the planted effects; on the line they agree.

    Args:
        rows: Shown rows of the released `planted_effects`.
        name: Unique name of the figure in the page.
    """
    with canvas(6.0, 4.6) as (figure, axes):
        for index, (is_covered, label) in enumerate([(True, "Interval holds it"), (False, "Interval misses it")]):
            part = rows.filter(pl.col("is_covered") == is_covered)
            planted, estimate = part.get_column("planted"), part.get_column("estimate")
            spread = [(estimate - part["conf_low"]).to_list(), (part["conf_high"] - estimate).to_list()]
            axes.errorbar(
                planted.to_list(), estimate.to_list(), yerr=spread, color=SERIES[index], ls="none",
                marker="os"[index], markersize=5, elinewidth=1, alpha=0.9, label=label,
            )  # fmt: skip
        ends = [v for column in ("planted", "conf_low", "conf_high") for v in rows.get_column(column).drop_nulls()]
        axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color=INK, linewidth=1, linestyle=(0, (3, 3)))
        axes.set_xlabel("Planted effect (log scale)")
        axes.set_ylabel("Estimate with 95% interval (log scale)")
        axes.legend(loc="upper left")
        return finish(figure, name)


def draw_balance(points: pl.DataFrame, name: str, series: Mapping[str, str], notable: float) -> Drawing:
    """Drawing of a balance plot: a line for each variable, on it a mark for each table.

    Args:
        points: `table`, `variable` and `standardised_difference`; the first variable stands on top.
        name: Unique name of the figure in the page.
        series: Table to the words of the legend, in drawing order.
        notable: Where the guide stands.
    """
    variables = points["variable"].unique(maintain_order=True).to_list()[::-1]
    with canvas(7.2, 1.6 + 0.3 * len(variables)) as (figure, axes):
        axes.axvline(notable, color=INK, linewidth=1, linestyle=(0, (3, 3)))
        for index, (table, label) in enumerate(series.items()):
            part = points.filter(pl.col("table") == table)
            axes.plot(
                part["standardised_difference"].to_list(),
                [variables.index(variable) for variable in part["variable"]],
                marker=MARKS[index % len(MARKS)], markersize=7, color=SERIES[index % len(SERIES)], ls="none",
                alpha=0.85, label=label, clip_on=False,
            )  # fmt: skip
        axes.set_yticks(range(len(variables)), [labels.short_label(variable) for variable in variables])
        axes.set_ylim(-0.6, len(variables) - 0.4)
        # A mark at 0 stands clear of the words beside it.
        axes.set_xlim(left=-0.03 * float(points["standardised_difference"].max() or 1))  # type: ignore[arg-type]
        axes.grid(axis="y", color=QUIET, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("Standardised difference")
        figure.legend(loc="outside upper center", ncols=2)
        return finish(figure, name)


def draw_service_rates(rows: pl.DataFrame, name: str) -> Drawing:
    """Drawing of rates per 100 person-years on a log axis, one line per measure and period, one mark per group.

    Args:
        rows: Released `service_rates` of the groups yes and no; hidden ones are left out. Days have no interval.
        name: Unique name of the figure in the page.
    """
    shown = rows.drop_nulls("rate").filter(pl.col("rate") > 0)
    lines = shown.select("measure", "period").unique(maintain_order=True).rows()
    with canvas(7.2, 1.3 + 0.34 * len(lines)) as (figure, axes):
        for index, group in enumerate(("no", "yes")):
            for row in shown.filter(pl.col("group") == group).iter_rows(named=True):
                place = len(lines) - 1 - lines.index((row["measure"], row["period"])) + 0.13 * (2 * index - 1)
                if row["conf_low"] is not None:
                    axes.plot([row["conf_low"], row["conf_high"]], [place, place], color=SERIES[index], linewidth=2)
                axes.plot([row["rate"]], [place], color=SERIES[index], marker="os"[index], markersize=6)
            axes.plot([], [], color=SERIES[index], marker="os"[index], ls="none", label=labels.INVOLVED[group])
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        names = [f"{labels.variable_label(measure)}, {labels.PERIODS[period]}" for measure, period in reversed(lines)]
        axes.set_yticks(range(len(lines)), names)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=True, axis="x", color=QUIET, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("Per 100 person-years (exact 95% interval), log scale")
        figure.legend(loc="outside upper left", ncols=2)
        return finish(figure, name)


def draw_match_weights(counts: pl.DataFrame, name: str) -> Drawing:
    """Drawing of a histogram: links and other pairs side by side in each bin of the match weight.

    Args:
        counts: The released `match_weights`; bars of hidden counts are left out.
        name: Unique name of the figure in the page.
    """
    bins = counts.filter(pl.col("level") != "total")["level"].unique(maintain_order=True).to_list()
    with canvas(7.2, 3.6) as (figure, axes):
        for index, (variable, label) in enumerate([("links", "Links"), ("other_pairs", "Other pairs")]):
            part = counts.filter(pl.col("variable") == variable).drop_nulls("n")
            n = dict(part.select("level", "n").iter_rows())
            places = [place for place, level in enumerate(bins) if level in n]
            axes.bar(
                [place + 0.42 * index - 0.21 for place in places], [n[bins[place]] for place in places],
                width=0.4, color=SERIES[index], label=label,
            )  # fmt: skip
        axes.set_xticks(range(len(bins)), [labels.level_label(level) for level in bins], rotation=45, ha="right")
        axes.set_xlabel("Match weight")
        axes.set_ylabel("Pairs")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        # The heaviest pairs are often the most, so that no corner is free.
        figure.legend(loc="outside upper right", ncols=2)
        return finish(figure, name)
