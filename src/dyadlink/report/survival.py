"""What stands beside the curves and the models: tests between groups, days lost, states of custody, readmission."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.reading import Release
from dyadlink.report.state_figure import WITH_MOTHER, draw_states
from dyadlink.report.tables import Cell, Figure, Part, Row, Table, number, p_value

_GROUPS = ("all", "involved", "not_involved", "difference")
_FEWEST_DAYS = 3
"""Days with an infant apart, returned or elsewhere that are drawn: fewer leave the drawing almost empty."""


def describe_group_test(release: Release, outcome: str, cause: str) -> tuple[str, ...]:
    """What Gray's test of the outcome's own cause says, and what it takes for granted; nothing where there is none."""
    frame = _of_outcome(release, "group_tests", outcome)
    row = next((row for row in frame.iter_rows(named=True) if row["cause"] == cause), None)
    if row is None:
        return ()
    if row["status"] == "not_estimable":
        return ("The groups by involvement cannot be compared by Gray's test.",)
    if row["status"] != "shown":
        return (f"Gray's test between the groups by involvement is not shown: {sentences.hidden_words(release)}.",)
    figures = f"chi-squared {number(row['statistic'], 1)} with {row['df']} df, p {p_value(row['p_value'])}"
    return (
        f"Gray's test that the cumulative incidence is the same with and without involvement during the episode: "
        f"{figures}. A small p says that the curves differ, not by how much, nor why; mothers with two infants are not "
        "allowed for.",
    )


def describe_time_lost(release: Release, outcome: str, cause: str) -> tuple[str, ...]:
    """The days lost to the outcome's own cause in words; nothing where they are not shown."""
    rows = _of_outcome(release, "time_lost", outcome).iter_rows(named=True)
    found = {row["group"]: row for row in rows if (row["cause"], row["status"]) == (cause, "shown")}
    if "all" not in found:
        return ()
    everyone, apart = found["all"], found.get("difference")
    more = "" if apart is None else f" Involved less not involved: {_days(apart)}."
    return (
        f"Of the {everyone['horizon_days']} days after discharge {_days(everyone)} came, on average over all at risk, "
        f"after the event ({labels.level_label(cause).lower()}; restricted mean time lost, 95% interval; none for "
        f"those without it).{more}",
    )


def build_time_lost(release: Release, outcome: str, what: str) -> tuple[Table, ...]:
    """Days lost to each cause, for all and by group; nothing where the release has none."""
    frame = _of_outcome(release, "time_lost", outcome)
    if frame.is_empty():
        return ()
    cells = {(row["cause"], row["group"]): row for row in frame.iter_rows(named=True)}
    causes = frame.get_column("cause").unique(maintain_order=True)
    groups = [group for group in _GROUPS if group in frame.get_column("group")]
    body = tuple(
        Row(labels.level_label(cause), tuple(_days_cell(cells.get((cause, group))) for group in groups))
        for cause in causes
    )
    caption = f"Mean days lost by T3 (95% interval), {what}"
    columns = ("Lost to", *(labels.group_label(group) for group in groups))
    hidden = "Not shown: too few events for a curve of the cause in one of the groups"
    return (Table("time_lost", caption, columns, body, release.downloads["time_lost"], hidden),)


def build_states(release: Release) -> list[Part]:
    """One part: the states of custody by day, drawn one upon the other, and in numbers; none where there are none."""
    frame = release.find("state_occupation")
    if frame.is_empty():
        return []
    title = "Apart, home again, elsewhere: states by day"
    shown = frame.filter(pl.col("time_days").is_not_null())
    if shown.is_empty():
        return [Part(title, ("The cohort is too small, or has too few events, to show its states by day.",))]
    last = shown.filter(pl.col("time_days") == pl.col("time_days").max())
    ends = "; ".join(f"{_inside(row['state'])} {_share(row)}" for row in last.iter_rows(named=True))
    words: tuple[str, ...] = (
        "Where the infants were after discharge, those lost by then included: a probability for each state on each "
        "reported day, with who left sight allowed for (Aalen-Johansen, several states). An infant that came home "
        "again stays there in this figure: a second parting is not followed. A return is to a parent or home, and "
        "proves no return to the mother.",
        f"On day {last.item(0, 'time_days')}: {ends} (95% intervals).",
        "Figures are rounded so that a step is at least "
        f"{release.manifest['profile']['rounding_base']} dyads, intervals outwards, "
        "and written to one decimal; they need not add up.",
    )
    never = [
        _inside(state) for state in frame.get_column("state").unique(maintain_order=True) if state not in last["state"]
    ]
    if never:
        words += (f"Not shown on that day: {'; '.join(never)} ({sentences.hidden_words(release)}).",)
    caption = (
        "Probability of each state by day since discharge, one upon the other; what is left above is the mother's "
        "custody, and states with too few infants to be shown that day: a band begins where there are enough."
    )
    label = f"Stacked probabilities of states. On the last day: {ends}."
    others = shown.filter((pl.col("state") != WITH_MOTHER) & (pl.col("estimate") > 0))
    if others.get_column("time_days").n_unique() < _FEWEST_DAYS:
        words += ("Too few days can be shown to be drawn; the table has those that can.",)
        figures: tuple[Figure, ...] = ()
    else:
        figures = (Figure(draw_states(shown, "states"), label, caption, shown.write_csv()),)
    return [Part(title, words, figures, (_states_table(release, shown),))]


def _states_table(release: Release, shown: pl.DataFrame) -> Table:
    cells = {(row["time_days"], row["state"]): row for row in shown.iter_rows(named=True)}
    states = shown.get_column("state").unique(maintain_order=True).to_list()
    body = tuple(
        Row(number(day), tuple(_state_cell(cells.get((day, state))) for state in states))
        for day in shown.get_column("time_days").unique().sort()
    )
    columns = ("Day", *(f"{labels.level_label(state)} (95% interval)" for state in states))
    caption = "States of custody by day since discharge"
    return Table("state_occupation", caption, columns, body, release.downloads["state_occupation"])


def _state_cell(row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell(is_hidden=True)
    return Cell(_share(row))


def _share(row: dict[str, Any]) -> str:
    """`84.0% (82.0% to 86.0%)`, with as many decimals as cumulative incidence has."""
    return f"{row['estimate']:.1%}{sentences.interval(row, 'conf_low', 'conf_high', percent=True, name='')}"


def with_readmission(first: dict[str, Any]) -> str:
    """What a model's title says of readmission; empty where it has none."""
    if first["time_varying"]:
        return ", with readmission on its day"
    return f", from day {first['landmark_days']} on, with readmission by then" if first["landmark_days"] else ""


def describe_readmission(first: dict[str, Any]) -> tuple[str, ...]:
    """How a model took readmission, and what its estimate compares; nothing where it has none."""
    if first["time_varying"]:
        return (
            "Readmission changes on its day: each dyad's time is split there, and the days before count as not "
            "readmitted. Its ratio compares the rates after a readmission with those without one so far. An event on "
            "the day of the readmission counts as before it.",
        )
    if first["landmark_days"]:
        return (
            f"Among dyads event-free and in sight after day {first['landmark_days']}; readmission is what was known on "
            "that day, and later readmissions count as none. Numbers of dyads are left out: beside those of the model "
            "from discharge on they would tell how few left in between.",
        )
    return ()


def _of_outcome(release: Release, name: str, outcome: str) -> pl.DataFrame:
    frame = release.find(name)
    return frame.filter(pl.col("outcome") == outcome) if frame.height else frame


def _days(row: dict[str, Any]) -> str:
    return f"{number(row['estimate'], 1)} ({number(row['conf_low'], 1)} to {number(row['conf_high'], 1)})"


def _days_cell(row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell()
    if row["status"] == "not_estimable":
        return Cell("not estimable")
    return Cell(_days(row)) if row["status"] == "shown" else Cell(is_hidden=True)


def _inside(state: str) -> str:
    label = labels.level_label(state)
    return label[:1].lower() + label[1:]
