"""The part of the report on cumulative incidence: curves of all causes and by group, and the numbers behind both."""

from __future__ import annotations

import polars as pl

from dyadlink.report import figures, labels, sentences
from dyadlink.report.reading import Release
from dyadlink.report.survival import build_time_lost, describe_group_test, describe_time_lost
from dyadlink.report.tables import Cell, Figure, Part, Row, Table, number

OWN_CAUSES = {"o3": "child_protection_plan", "o4": "custody_loss"}
_FEWEST_DAYS = 3
"""Reported days after the first that make a curve: fewer are told in words."""


def build_curves(release: Release) -> list[Part]:
    """One part per outcome: the curves of all causes, the outcome by group, and the numbers behind both."""
    frame = release.find("cumulative_incidence")
    if frame.is_empty():
        return []
    frame = frame.filter(pl.col("outcome").is_in(list(OWN_CAUSES)))
    return [_curve_part(release, part) for part in frame.partition_by("outcome", maintain_order=True)]


def _curve_part(release: Release, frame: pl.DataFrame) -> Part:
    outcome = frame.item(0, "outcome")
    what = labels.OUTCOMES.get(outcome, outcome)
    everyone = frame.filter(pl.col("group") == "all")
    own = frame.filter((pl.col("group") != "all") & (pl.col("cause") == OWN_CAUSES.get(outcome, "")))
    drawn = [
        curve_figure(everyone, f"ci-{outcome}", "cause", f"{what}, with competing events"),
        curve_figure(own, f"ci-{outcome}-groups", "group", f"{what}, by involvement during the episode"),
    ]
    tables = [
        _curve_table(release, part, what)
        for part in frame.partition_by("group", maintain_order=True)
        if part.get_column("estimate").count()
    ]
    title = f"{what[:1].upper()}{what[1:]}"
    everyone_alone, by_group = tables[:1], tuple(tables[1:])
    cause = OWN_CAUSES[outcome]
    words = (
        *_hidden_curves(release, frame),
        *_told(everyone, own),
        *describe_group_test(release, outcome, cause),
        *describe_time_lost(release, outcome, cause),
    )
    folded = (Part("At risk and cumulative incidence by involvement", tables=by_group),) if by_group else ()
    shown = (*everyone_alone, *build_time_lost(release, outcome, what))
    return Part(title, words, tuple(f for f in drawn if f), shown, folded=folded)


def curve_figure(rows: pl.DataFrame, name: str, series: str, what: str) -> Figure | None:
    """The curves of some released rows; None where none has days enough to be one."""
    shown = rows.filter(pl.col("estimate").is_not_null())
    if not _has_curve(shown, series):
        return None
    lasts = shown.sort("time_days").group_by(series, maintain_order=True).last()
    ends = [
        f"{labels.group_label(row[series])} {row['estimate']:.1%} by day {row['time_days']}"
        for row in lasts.iter_rows(named=True)
    ]
    caption = (
        f"Cumulative incidence of {what}, Aalen-Johansen, with 95% intervals. Marks are the reported days; days "
        "are grouped so that no single event shows, so a line stays flat up to its next mark, and shares come in "
        "steps of ten dyads or more. A cause with few events has one mark, at the end."
    )
    drawn = figures.draw_curves(shown, name, series)
    return Figure(drawn, f"Step curves of {what}: {'; '.join(ends)}.", caption, shown.write_csv())


def _has_curve(shown: pl.DataFrame, series: str) -> bool:
    days = shown.filter(pl.col("time_days") > 0).group_by(series).len()
    return bool((days["len"] >= _FEWEST_DAYS).any())


def _told(everyone: pl.DataFrame, own: pl.DataFrame) -> list[str]:
    """What days are too few to draw: of all dyads that the table has them, by group the last day in words."""
    shown = everyone.filter(pl.col("estimate").is_not_null())
    words = []
    if not shown.is_empty() and not _has_curve(shown, "cause"):
        words.append("Too few days can be shown for a curve of all dyads; the table has those that can.")
    shown = own.filter(pl.col("estimate").is_not_null())
    if shown.is_empty() or _has_curve(shown, "group"):
        return words
    lasts = shown.sort("time_days").group_by("group", maintain_order=True).last()
    ends = [
        f"{labels.lower_first(labels.group_label(row['group']))} {_incidence_cell(row).text} by day {row['time_days']}"
        for row in lasts.iter_rows(named=True)
    ]
    return [*words, f"Too few days can be shown for curves by involvement. Cumulative incidence: {'; '.join(ends)}."]


def _curve_table(release: Release, rows: pl.DataFrame, what: str) -> Table:
    shown = rows.filter(pl.col("estimate").is_not_null())
    causes = shown.get_column("cause").unique(maintain_order=True).to_list()
    days = shown.select("time_days", "n_at_risk").unique(maintain_order=True).sort("time_days")
    cells = {(row["time_days"], row["cause"]): row for row in shown.iter_rows(named=True)}
    body = tuple(
        Row(
            number(day),
            (
                Cell(number(at_risk), is_hidden=at_risk is None),
                *(_incidence_cell(cells.get((day, cause))) for cause in causes),
            ),
        )
        for day, at_risk in days.iter_rows()
    )
    group = labels.group_label(rows.item(0, "group"))
    columns = ("Day", "At risk", *(f"{labels.level_label(cause)} (95% interval)" for cause in causes))
    caption = f"{group}: at risk and cumulative incidence, {what}"
    return Table("cumulative_incidence", caption, columns, body, release.downloads["cumulative_incidence"])


def _incidence_cell(row: dict[str, float] | None) -> Cell:
    if row is None:
        return Cell()
    return Cell(f"{row['estimate']:.1%}{sentences.interval(row, 'conf_low', 'conf_high', percent=True, name='')}")


def _hidden_curves(release: Release, frame: pl.DataFrame) -> list[str]:
    hidden = frame.filter(pl.col("status").str.starts_with("suppressed"))
    if hidden.is_empty():
        return []
    names = [
        f"{labels.level_label(cause).lower()} ({labels.group_label(group).lower()})"
        for cause, group in hidden.select("cause", "group").iter_rows()
    ]
    return [f"Not shown: {'; '.join(names)}. Events: {sentences.hidden_words(release)}."]
