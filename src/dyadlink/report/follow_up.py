"""The section on follow-up: how long, and who left sight, why and where."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report import labels
from dyadlink.report.curves import curve_figure
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Part, Row, Table, counts_table, number

TABLES = ("follow_up_ends", "follow_up_by_authority", "person_time")
"""Released tables of this section, in reading order."""

_AT_RISK_OF = {
    "o3": "First child protection plan (O3)",
    "o4": "Custody loss (O4)",
    "follow_up": "Leaving sight: a move, or the end of the data",
}


def build_follow_up(release: Release) -> list[Part]:
    """The section's one part; none where the release has no table of it."""
    made = [counts_table(release, name, f"{labels.table_label(name)}: n (% of the column)") for name in TABLES[:2]]
    tables = tuple(table for table in (*made, _person_time(release)) if table)
    if not tables:
        return []
    curves = release.find("cumulative_incidence")
    lost = curves.filter(pl.col("outcome") == "follow_up") if curves.height else curves
    drawn = curve_figure(lost, "follow-up", "cause", "leaving sight before T3") if lost.height else None
    words = (
        "A dyad is followed to T3 unless infant or mother dies, the mother moves out of the area whose returns are "
        "held, or her authority's data end."
    )
    return [Part("", (words, _lost_words(lost)), (drawn,) if drawn else (), tables)]


def _person_time(release: Release) -> Table | None:
    frame = release.find("person_time")
    if frame.is_empty():
        return None
    rows: list[Row] = []
    for (outcome,), part in frame.partition_by("outcome", as_dict=True, maintain_order=True).items():
        rows.append(Row(_AT_RISK_OF.get(str(outcome), str(outcome)), is_heading=True))
        rows += [_time_row(row) for row in part.iter_rows(named=True)]
    columns = ("At risk of", "Dyads", "Mean days", "Person-years", "Events", "Per 100 person-years (95% interval)")
    return Table(
        "person_time", labels.table_label("person_time"), columns, tuple(rows), release.downloads["person_time"]
    )


def _time_row(row: dict[str, Any]) -> Row:
    header = labels.group_label(row["group"])
    if row["n"] is None:
        return Row(header, (Cell(is_hidden=True),) * 5, is_indented=True)
    figures = (number(row["n"]), number(row["mean_days"]), number(row["person_years"], 1), number(row["n_events"]))
    rate = f"{number(row['rate'], 1)} ({number(row['conf_low'], 1)} to {number(row['conf_high'], 1)})"
    return Row(header, tuple(Cell(words) for words in (*figures, rate)), is_indented=True)


def _lost_words(lost: pl.DataFrame) -> str:
    shown = lost.filter(pl.col("estimate").is_not_null()) if lost.height else lost
    if shown.is_empty():
        return "Too few were lost to follow-up to show how many, and when."
    last = shown.sort("time_days").row(-1, named=True)
    return (
        f"By day {last['time_days']} {last['estimate']:.1%} were lost to follow-up (reverse Kaplan-Meier: a death is "
        "taken to end sight no sooner than for others)."
    )
