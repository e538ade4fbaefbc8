"""Released counts of the records that break each rule of the sources, in all and by return year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from dyadlink.disclosure.cells import Reading, Told, protect_alone
from dyadlink.disclosure.completeness import year_in_words
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import INNER, MAIN_MARGIN, MARGIN, TOTAL_MARGIN, Builder
from dyadlink.errors import DyadlinkError
from dyadlink.schemas import check_table
from dyadlink.schemas.quality import DataQuality

_TABLE = "data_quality"
_KEYS = ["source", "rule", "severity", "title"]
_READ, _ACCEPTED = "rows_read", "accepted"
ALL, _UNKNOWN = "all", "unknown"

Cell = tuple[str, str]
"""Rule and return year."""


def protect_quality(quality: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The released counts of broken rules as a system of their own: see `lay_out_quality`."""
    return protect_alone(lambda builder: lay_out_quality(builder, quality, profile), profile)[_TABLE]


def lay_out_quality(builder: Builder, quality: pl.DataFrame, profile: Profile) -> Reading:
    """What takes the counts out of the system: one row per source table, rule and return year.

    Columns: source, rule, severity, title, return_year, status, n (rounded).

    Sources and rules stand in the order of the input. Each rule has a row for all years (`all`), also one that nothing
    breaks: it is hidden like a small count, so that being listed tells nothing. Where that row is shown the years
    follow (2021-22 ends in March 2022; `unknown` where a record tells none). Each source is protected as a whole: its
    years add up, and so do rows accepted and set aside.

    Args:
        builder: The system; the counts are added to it.
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
    readings = [_lay_out_source(builder, part, profile) for part in checked.partition_by("source", maintain_order=True)]
    empty = checked.select(*_KEYS, "return_year", status=pl.lit(""), n="n").clear()
    return lambda told: {_TABLE: pl.concat([empty, *(read(told) for read in readings)])}


def _lay_out_source(builder: Builder, part: pl.DataFrame, profile: Profile) -> Callable[[Told], pl.DataFrame]:
    rules = part.select(*_KEYS, "is_row_outcome").unique("rule", keep="first", maintain_order=True)
    counts: dict[Cell, int] = {}
    for rule, year, n in part.select("rule", "return_year", "n").iter_rows():
        counts[rule, year] = counts.get((rule, year), 0) + n
        counts[rule, ALL] = counts.get((rule, ALL), 0) + n
    years = sorted({year for (_, year), n in counts.items() if year != ALL and n > 0})
    # One year alone is all years, told already.
    years = years if len(years) > 1 else []
    outcomes = rules.filter("is_row_outcome").get_column("rule").to_list()
    source = str(part.item(0, "source"))
    cells = _lay_out(builder, source, counts, years, outcomes, profile)
    found = pl.DataFrame(cells, schema=["rule", "return_year"], orient="row")

    def read(told: Told) -> pl.DataFrame:
        rows = pl.concat([found, told.rows((_TABLE, source, *cell) for cell in cells)], how="horizontal")
        shown = rows.filter((pl.col("return_year") == ALL) & pl.col("n").is_not_null())
        # A rule whose total is hidden has no years: that they are listed would tell that it is not small.
        listed = rows.filter((pl.col("return_year") == ALL) | pl.col("rule").is_in(shown["rule"].implode()))
        joined = rules.select(_KEYS).join(listed, on="rule", maintain_order="left_right")
        return joined.select(*_KEYS, year_in_words("return_year"), "status", "n")

    return read


def _lay_out(  # noqa: PLR0913, PLR0917 - what a source is
    builder: Builder,
    source: str,
    counts: Mapping[Cell, int],
    years: Sequence[str],
    outcomes: Sequence[str],
    profile: Profile,
) -> list[Cell]:
    """The cells that may be listed, once the source is laid out.

    A rule has a cell for all years, and where that is not small one for each year. Rows read are rows accepted and
    those set aside by each rule, in all and in each year; of a year the rules that have no cell of their own are one
    more, unseen cell.
    """
    rules = list(dict.fromkeys(rule for rule, _ in counts))
    with_years = [rule for rule in rules if not profile.is_small(counts[rule, ALL])]
    cells = [(rule, ALL) for rule in rules] + [(rule, year) for rule in with_years for year in years]
    for rule, year in cells:
        # Whoever knows the rows read and the reasons knows the rows accepted well enough: these are hidden first. The
        # years go before what they add up to.
        needs = (MARGIN, TOTAL_MARGIN) if rule == _READ else (INNER, MAIN_MARGIN if rule in outcomes else MARGIN)
        need = needs[year == ALL] if rule != _ACCEPTED else INNER
        builder.add((_TABLE, source, rule, year), counts.get((rule, year), 0), f"{_TABLE}, {source}", need)

    def tie(rule: str, year: str, parts: list[tuple[str, ...]]) -> None:
        builder.tie((_TABLE, source, rule, year), [(_TABLE, source, *part) for part in parts])

    for rule in with_years if years else []:
        tie(rule, ALL, [(rule, year) for year in years])
    if _READ in rules and outcomes:
        tie(_READ, ALL, [(rule, ALL) for rule in outcomes])
    if _READ in with_years and outcomes:
        own = [rule for rule in outcomes if rule in with_years]
        for year in years:
            parts: list[tuple[str, ...]] = [(rule, year) for rule in own]
            if len(own) < len(outcomes):
                rest = counts.get((_READ, year), 0) - sum(counts.get((rule, year), 0) for rule in own)
                builder.add((_TABLE, source, "rest", year, "unseen"), rest, f"{_TABLE}, {source}", is_released=False)
                parts.append(("rest", year, "unseen"))
            tie(_READ, year, parts)
    return cells
