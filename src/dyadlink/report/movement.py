"""The section on movement between timepoints: who moved to which level, tests, and custody lost in depth."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.alluvial import draw_alluvial
from dyadlink.report.reading import Release
from dyadlink.report.tables import (
    Cell,
    Figure,
    Part,
    Row,
    Table,
    count_cell,
    counts_table,
    medians_tables,
    number,
    p_value,
)
from dyadlink.schemas.movement import STEPS

TABLES = ("transitions", "movement_shares", "movement_tests", "custody_and_plan")
"""Released tables that this section shows."""

_TOTAL = "total"
_RETURN = (
    "Being no longer apart is no proof of a return to the mother: the records end care for other reasons as well. "
    "Reunification is an outcome of its own."
)
_TESTS = (
    "The tests ask whether the levels are distributed alike at the two times (Stuart-Maxwell; McNemar for one state), "
    "with dyads summed within each mother first: two infants of one mother are not independent. A small p-value says "
    "that the distribution changed, not for whom nor why."
)
_GROUPS = (
    "Four groups that share no dyad: each is in the first that fits. Levels at T2 and T3 make the groups; where these "
    "dyads were then stands in the tables above."
)


def build_movement(release: Release) -> list[Part]:
    """The parts of the section, those that the release has tables for."""
    return [*_build_flows(release), *_build_tests(release), *_build_in_depth(release)]


def _build_flows(release: Release) -> list[Part]:
    flows = release.find("transitions")
    if flows.is_empty():
        return []
    pairs = list(dict.fromkeys(flows.select("from_time", "to_time").iter_rows()))
    tables = [_transition_table(release, flows.filter(from_time=a, to_time=b), a, b) for a, b in pairs]
    shares = _share_table(release)
    words = (*_describe_shares(release), _RETURN) if shares else ()
    return [Part("", words, _figures(flows), (*([shares] if shares else []), *tables))]


def _levels(flows: pl.DataFrame) -> list[str]:
    return [level for level in flows["from_level"].unique(maintain_order=True) if level != _TOTAL]


def _figures(flows: pl.DataFrame) -> tuple[Figure, ...]:
    drawn = draw_alluvial(flows, "alluvial")
    if drawn is None:
        return ()
    shown = flows.filter(pl.col("from_level") != _TOTAL, pl.col("to_level") != _TOTAL).drop_nulls("n")
    told = [_describe_step(shown.filter(from_time=a, to_time=b), a, b) for a, b in STEPS]
    caption = (
        "Dyads by the level of involvement at each timepoint; a band is as high as the number of dyads that went from "
        "one level to the next, in the colour of where they came from. All numbers are rounded. A band whose number is "
        "hidden is left out, which a dotted end says. The tables below have the numbers."
    )
    return (Figure(drawn, f"Alluvial diagram of four timepoints. {' '.join(told)}", caption, shown.write_csv()),)


def _describe_step(shown: pl.DataFrame, before: str, after: str) -> str:
    bands = [
        f"{labels.level_label(one).lower()} to {labels.level_label(other).lower()} {n:,}"
        for one, other, n in shown.select("from_level", "to_level", "n").iter_rows()
    ]
    listed = "; ".join(bands) if bands else "no band is shown"
    return f"{labels.TIMES[before]} to {labels.TIMES[after].lower()}: {listed}."


def _transition_table(release: Release, flows: pl.DataFrame, before: str, after: str) -> Table:
    cells = {(row["from_level"], row["to_level"]): row for row in flows.iter_rows(named=True)}
    levels = [_TOTAL, *_levels(flows)]
    rows = tuple(
        Row(labels.level_label(one), tuple(_flow_cell(cells.get((one, other)), other) for other in levels))
        for one in levels
    )

    one, other = labels.TIMES[before].lower(), labels.TIMES[after].lower()
    caption = f"From {one} (rows) to {other} (columns), of dyads observed at both: n (% of the row)"
    headed = ("From \\ to", *(labels.level_label(level) for level in levels))
    return Table("transitions", caption, headed, rows, release.downloads["transitions"])


def _flow_cell(row: dict[str, Any] | None, other: str) -> Cell:
    return count_cell({**row, "level": other} if row else None)


def _share_table(release: Release) -> Table | None:
    frame = release.find("movement_shares")
    if frame.is_empty():
        return None
    rows: list[Row] = []
    for (before, after, among), part in frame.group_by("from_time", "to_time", "among", maintain_order=True):
        rows.append(Row(labels.movement_label(str(before), str(after), str(among)), is_heading=True))
        rows += [
            Row(labels.level_label(row["change"]), (_number_cell(row), *_share_cells(row)), is_indented=True)
            for row in part.iter_rows(named=True)
        ]
    columns = ("Change", "n", "%", "95% interval")
    caption = "Moved to a lower, the same or a higher level; and of those apart at discharge"
    return Table("movement_shares", caption, columns, tuple(rows), release.downloads["movement_shares"])


def _number_cell(row: dict[str, Any]) -> Cell:
    return Cell(number(row["n"]), is_hidden=row["n"] is None)


def _share_cells(row: dict[str, Any]) -> tuple[Cell, Cell]:
    if row["change"] == _TOTAL:
        return Cell(), Cell()
    if row["percent"] is None:
        return Cell(is_hidden=True), Cell(is_hidden=True)
    return Cell(f"{row['percent']:.1f}"), Cell(f"{row['percent_low']:.1f} to {row['percent_high']:.1f}")


def _describe_shares(release: Release) -> list[str]:
    frame = release.find("movement_shares")
    found = []
    for (before, after, among), part in frame.group_by("from_time", "to_time", "among", maintain_order=True):
        rows = {row["change"]: row for row in part.iter_rows(named=True)}
        total = rows[_TOTAL]["n"]
        whole = f"about {total:,} dyads" if total is not None else "the dyads"
        if among == "observed":
            higher, lower = (_share_words(release, rows[change]) for change in ("higher", "lower"))
            one, other = labels.TIMES[str(before)].lower(), labels.TIMES[str(after)].lower()
            found.append(
                f"From {one} to {other}, of {whole} observed at both, {higher} moved to a higher level and {lower} to "
                "a lower one."
            )
        else:
            back = _share_words(release, rows["no_longer_apart"])
            found.append(f"Of {whole} apart or permanently elsewhere at discharge, {back} were not so a year later.")
    return found


def _share_words(release: Release, row: dict[str, Any]) -> str:
    if row["percent"] is None:
        return f"a share that is not shown ({sentences.hidden_words(release)})"
    return f"{row['percent']:.1f}% (95% interval {row['percent_low']:.1f}% to {row['percent_high']:.1f}%)"


def _build_tests(release: Release) -> list[Part]:
    frame = release.find("movement_tests")
    if frame.is_empty():
        return []
    rows: list[Row] = []
    for (before, after), part in frame.group_by("from_time", "to_time", maintain_order=True):
        rows.append(Row(labels.movement_label(str(before), str(after), ""), is_heading=True))
        rows += [
            Row(labels.TESTED[row["about"]], _test_cells(row), is_indented=True) for row in part.iter_rows(named=True)
        ]
    hidden = (
        f"Not shown: fewer than {release.threshold} dyads moved into or out of a state or level, or the test would "
        "give a hidden count away"
    )
    columns = ("What is compared", "Test", "Dyads", "Chi-squared", "df", "p")
    caption = labels.table_label("movement_tests")
    table = Table("movement_tests", caption, columns, tuple(rows), release.downloads["movement_tests"], hidden)
    return [Part("Are the levels distributed alike?", (_TESTS,), tables=(table,))]


def _test_cells(row: dict[str, Any]) -> tuple[Cell, ...]:
    method = Cell(labels.TEST_METHODS[row["method"]])
    if row["n"] is None:
        return (method, *(Cell(is_hidden=True),) * 4)
    statistic = row["statistic"]
    # Three digits, as many as are released: 17.0 and not 17, 1,230 and not 1.23e+03.
    decimals = max(0, 2 - math.floor(math.log10(statistic))) if statistic else 0
    figures = (number(row["n"]), number(statistic, decimals), number(row["df"]), p_value(row["p_value"]))
    return (method, *map(Cell, figures))


def _build_in_depth(release: Release) -> list[Part]:
    caption = f"{labels.table_label('custody_and_plan')}: n (% of the column)"
    table = counts_table(release, "custody_and_plan", caption)
    if table is None:
        return []
    return [
        Part(
            "Mothers with custody lost, and with a plan",
            (_GROUPS,),
            tables=(table, *medians_tables(release, ["custody_and_plan"], {})),
        )
    ]
