"""Released counts of the records that break each rule of the sources, in all and by return year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from dyadlink.disclosure.audit import CellSystem, Line
from dyadlink.disclosure.cells import protect_cells
from dyadlink.disclosure.completeness import year_in_words
from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import DyadlinkError
from dyadlink.schemas import check_table
from dyadlink.schemas.quality import DataQuality

_KEYS = ["source", "rule", "severity", "title"]
_READ, _ACCEPTED = "rows_read", "accepted"
ALL, _UNKNOWN = "all", "unknown"

Cell = tuple[str, str]
"""Rule and return year."""


def protect_quality(quality: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per source table, rule and return year: source, rule, severity, title, return_year, status, n (rounded).

    Sources and rules stand in the order of the input. Each rule has a row for all years (`all`), also one that nothing
    breaks: it is hidden like a small count, so that being listed tells nothing. Where that row is shown the years
    follow (2021-22 ends in March 2022; `unknown` where a record tells none). Each source is protected as a whole: its
    years add up, and so do rows accepted and set aside.

    Args:
        quality: In the shape of `DataQuality`.
        profile: The rules of disclosure.

    Raises:
        ContractError: The counts break their contract.
        DyadlinkError: A count is fractional, or rows accepted and set aside do not add up to the rows read.
    """
    if not quality.schema.get("n", pl.String()).is_integer():
        raise DyadlinkError("counts must be whole numbers", where="table data_quality")
    checked = check_table(quality, DataQuality, "data_quality").with_columns(
        pl.col("return_year").cast(pl.String).fill_null(_UNKNOWN)
    )
    sources = checked.partition_by("source", maintain_order=True)
    empty = checked.select(*_KEYS, "return_year", status=pl.lit(""), n="n").clear()
    return pl.concat([empty, *(_protect_source(part, profile) for part in sources)])


def _protect_source(part: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    rules = part.select(*_KEYS, "is_row_outcome").unique("rule", keep="first", maintain_order=True)
    counts: dict[Cell, int] = {}
    for rule, year, n in part.select("rule", "return_year", "n").iter_rows():
        counts[rule, year] = counts.get((rule, year), 0) + n
        counts[rule, ALL] = counts.get((rule, ALL), 0) + n
    years = sorted({year for (_, year), n in counts.items() if year != ALL and n > 0})
    # One year alone is all years, told already.
    years = years if len(years) > 1 else []
    outcomes = rules.filter("is_row_outcome").get_column("rule").to_list()
    system, cells = _lay_out(counts, years, outcomes, profile)
    found = pl.DataFrame(cells, schema=["rule", "return_year"], orient="row")
    told = pl.concat([found, protect_cells(system, profile).head(found.height)], how="horizontal")
    shown = told.filter((pl.col("return_year") == ALL) & pl.col("n").is_not_null())
    # A rule whose total is hidden has no years: that they are listed would tell that it is not small.
    listed = told.filter((pl.col("return_year") == ALL) | pl.col("rule").is_in(shown["rule"].implode()))
    joined = rules.select(_KEYS).join(listed, on="rule", maintain_order="left_right")
    return joined.select(*_KEYS, year_in_words("return_year"), "status", "n")


def _lay_out(
    counts: Mapping[Cell, int], years: Sequence[str], outcomes: Sequence[str], profile: Profile
) -> tuple[CellSystem, list[Cell]]:
    """The source's counts as a system of sums, and what its first cells are.

    A rule has a cell for all years, and where that is not small one for each year. Rows read are rows accepted and
    those set aside by each rule, in all and in each year; of a year the rules that have no cell of their own are one
    more, unseen cell.
    """
    rules = list(dict.fromkeys(rule for rule, _ in counts))
    with_years = [rule for rule in rules if not profile.is_small(counts[rule, ALL])]
    cells = [(rule, ALL) for rule in rules] + [(rule, year) for rule in with_years for year in years]
    place = {cell: position for position, cell in enumerate(cells)}
    values = [counts.get(cell, 0) for cell in cells]
    lines = [Line(place[rule, ALL], tuple(place[rule, year] for year in years)) for rule in with_years if years]
    if _READ in rules and outcomes:
        lines.append(Line(place[_READ, ALL], tuple(place[rule, ALL] for rule in outcomes)))
    if _READ in with_years and outcomes:
        own = [rule for rule in outcomes if rule in with_years]
        for year in years:
            parts = [place[rule, year] for rule in own]
            if len(own) < len(outcomes):
                values.append(counts.get((_READ, year), 0) - sum(counts.get((rule, year), 0) for rule in own))
                parts.append(len(values) - 1)
            lines.append(Line(place[_READ, year], tuple(parts)))
    # Whoever knows the rows read and the reasons knows the rows accepted well enough: these are hidden first. The
    # years go before what they add up to.
    reasons = [place[rule, ALL] for rule in outcomes if rule != _ACCEPTED]
    others = [place[rule, ALL] for rule in rules if rule not in {*outcomes, _READ}]
    read = [place[_READ, year] for year in (*years, ALL) if (_READ, year) in place]
    return CellSystem(tuple(values), tuple(lines), ("data_quality",) * len(values), (*reasons, *others, *read)), cells
