"""The section on follow-up: how long, and who left sight, why and where."""

from __future__ import annotations

import polars as pl

from dyadlink.report import labels
from dyadlink.report.reading import Release
from dyadlink.report.sections import curve_figure
from dyadlink.report.tables import Part, counts_table

TABLES = ("follow_up_ends", "follow_up_by_authority")
"""Released tables of this section, in reading order."""


def build_follow_up(release: Release) -> list[Part]:
    """The section's one part; none where the release has no table of it."""
    made = [counts_table(release, name, f"{labels.table_label(name)}: n (% of the column)") for name in TABLES]
    tables = tuple(table for table in made if table)
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


def _lost_words(lost: pl.DataFrame) -> str:
    shown = lost.filter(pl.col("estimate").is_not_null()) if lost.height else lost
    if shown.is_empty():
        return "Too few were lost to follow-up to show how many, and when."
    last = shown.sort("time_days").row(-1, named=True)
    return (
        f"By day {last['time_days']} {last['estimate']:.1%} were lost to follow-up (reverse Kaplan-Meier: a death is "
        "taken to end sight no sooner than for others)."
    )
