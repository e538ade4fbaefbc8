"""The section on needs and service use: who used what, how often, and what came after discharge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from dyadlink.report import figures, labels
from dyadlink.report.reading import Release
from dyadlink.report.tables import (
    Cell,
    Figure,
    Part,
    Row,
    Table,
    counts_table,
    medians_tables,
    number,
)

PERIOD_TABLES = tuple(f"service_use_{period}" for period in labels.PERIODS)
TABLES = ("service_rates", "service_needs", *PERIOD_TABLES)
"""Released tables that this section shows, or works out from those it shows."""
DRAWN = ("n_bed_days", "n_home_treatment_days", "n_contacts", "n_perinatal_contacts", "n_parent_infant_contacts")
_INTERVALS = (
    "Intervals are exact for a Poisson count and take events as independent. One mother's contacts are not, so true "
    "uncertainty is greater; days in care come in runs, and have no interval. Counts are rounded before a rate is "
    "worked out: where events are few it is coarse."
)


def build_service_use(release: Release) -> list[Part]:
    """The parts of the section, those that the release has tables for."""
    frame = release.find("service_rates")
    used = [] if frame.is_empty() else [_used(release, frame)]
    needs = counts_table(release, "service_needs", "After discharge: n (% of the column)", labels.INVOLVED)
    if needs is None:
        return used
    days = release.manifest.get("settings", {}).get("study", {}).get("discharge_follow_up_days")
    limit = f"day 1 to {days}" if days else "the days that the settings name"
    words = (
        f"Seen after discharge: an attended contact with any team, or home treatment, on {limit} after it. Referred "
        "and never seen: a referral since the first day of pregnancy, and no attended contact by the end of follow-up.",
    )
    return [
        *used,
        Part("After discharge", words, (), (needs, *medians_tables(release, ["service_needs"], labels.INVOLVED))),
    ]


def _used(release: Release, frame: pl.DataFrame) -> Part:
    shown = frame.drop_nulls("n_any")
    drawn = _figure(frame)
    rates = (
        _table(release, shown, "Dyads with any: n (% of those whose records tell)", _any_cell),
        _table(release, shown, "Events or days per 100 person-years (exact 95% interval of events)", _rate_cell),
    )
    # Where no line can be shown the words say so; a head alone would say nothing.
    medians = medians_tables(release, PERIOD_TABLES, labels.INVOLVED)
    tables = (*(table for table in rates if table.rows), *medians)
    lines = frame.select("measure", "period").n_unique() - shown.select("measure", "period").n_unique()
    told = f"Lines of which nothing can be shown are left out: {lines}." if lines else ""
    words = [*_share_of_sessions(shown), _INTERVALS, "Medians are of the dyads with any.", told]
    return Part("By period", tuple(word for word in words if word), drawn, tables)


def _share_of_sessions(shown: pl.DataFrame) -> list[str]:
    shares = shown.filter(pl.col("part_of") != "", pl.col("group") == "all").drop_nulls("percent_of_whole")
    return [
        f"{labels.variable_label(row['measure'])}: {row['percent_of_whole']:.0f}% of those offered "
        f"({labels.PERIODS[row['period']]})."
        for row in shares.iter_rows(named=True)
    ]


def _figure(frame: pl.DataFrame) -> tuple[Figure, ...]:
    rows = pl.concat(frame.filter(pl.col("measure") == measure) for measure in DRAWN)
    rows = rows.filter(pl.col("group").is_in(["yes", "no"])).drop_nulls("rate").filter(pl.col("rate") > 0)
    if rows.is_empty():
        return ()
    told = [
        f"{labels.variable_label(row['measure'])}, {labels.PERIODS[row['period']]}, {labels.INVOLVED[row['group']]}: "
        f"{_rate(row['rate'])}"
        for row in rows.iter_rows(named=True)
    ]
    caption = (
        "Rates with and without involvement during the acute episode. What cannot be shown for a group is left out. "
        "Marks without a line are days in care."
    )
    drawn = figures.draw_service_rates(rows, "service-rates")
    return (Figure(drawn, f"Rates. {'; '.join(told)}.", caption, rows.write_csv()),)


def _table(release: Release, shown: pl.DataFrame, caption: str, cell: Callable[[dict[str, Any]], Cell]) -> Table:
    order = release.find("service_rates").get_column("measure").unique(maintain_order=True)
    groups = [group for group in labels.INVOLVED if group in set(shown.get_column("group"))]
    rows: list[Row] = []
    for measure in order:
        part = shown.filter(pl.col("measure") == measure)
        if part.is_empty():
            continue
        rows.append(Row(labels.variable_label(measure), is_heading=True))
        cells = {(row["period"], row["group"]): cell(row) for row in part.iter_rows(named=True)}
        rows += [
            Row(
                labels.plain(words),
                tuple(cells.get((period, group), Cell(is_hidden=True)) for group in groups),
                is_indented=True,
            )
            for period, words in labels.PERIODS.items()
            if any((period, group) in cells for group in groups)
        ]
    columns = ("Measure and period", *(labels.INVOLVED[group] for group in groups))
    return Table("service_rates", caption, columns, tuple(rows), release.downloads["service_rates"])


def _any_cell(row: dict[str, Any]) -> Cell:
    return Cell(f"{row['n_any']:,} ({row['percent']:.1f}%)")


def _rate_cell(row: dict[str, Any]) -> Cell:
    if row["rate"] is None:
        return Cell()
    spread = "" if row["conf_low"] is None else f" ({_rate(row['conf_low'])} to {_rate(row['conf_high'])})"
    return Cell(f"{_rate(row['rate'])}{spread}")


def _rate(value: float) -> str:
    return number(value, 1 if value < 100 else 0)
