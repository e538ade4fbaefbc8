"""The figure of the states of custody by day, one upon the other."""

from __future__ import annotations

import polars as pl

from dyadlink.report import labels
from dyadlink.report.drawing import HATCHES, INK, SERIES, Drawing, canvas, finish, multiples

WITH_MOTHER = "with_mother"


def draw_states(shown: pl.DataFrame, name: str) -> Drawing:
    """Drawing of a stack of steps: each state but the mother's custody, which is the rest up to the whole.

    Args:
        shown: Shown rows of the released `state_occupation`.
        name: Unique name of the figure in the page.
    """
    days = shown.get_column("time_days").unique().sort().to_list()
    states = [state for state in shown.get_column("state").unique(maintain_order=True) if state != WITH_MOTHER]
    values = {(row["time_days"], row["state"]): row["estimate"] for row in shown.iter_rows(named=True)}
    below = [0.0] * len(days)
    # The last day has no width of its own.
    end = max(days[-1], 1) * 1.02
    with canvas(7.2, 4.2) as (figure, axes):
        for index, state in enumerate(states):
            # Where the state may not be shown its band has no height.
            top = [low + (values.get((day, state)) or 0.0) for day, low in zip(days, below, strict=True)]
            axes.fill_between(
                [*days, end], [*below, below[-1]], [*top, top[-1]], step="post", linewidth=0.8, alpha=0.55,
                facecolor=SERIES[index % len(SERIES)], edgecolor=INK, hatch=HATCHES[index % len(HATCHES)],
                label=labels.level_label(state),
            )  # fmt: skip
            below = top
        axes.set_xlim(0, end)
        highest = max([*below, 0.05]) * 1.3
        axes.set_ylim(0, min(highest, 1))
        axes.text(days[-1] * 0.99, highest * 0.97, _rest_words(), ha="right", va="top")
        axes.set_xlabel("Days since discharge from the index episode")
        axes.set_ylabel("Probability")
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g}%")
        axes.xaxis.set_major_locator(multiples(90))
        # In the order of the bands.
        axes.legend(loc="upper left", reverse=True)
        return finish(figure, name)


def _rest_words() -> str:
    return f"{labels.level_label(WITH_MOTHER)}:\nthe rest, up to 100%"
