"""Released medians: of enough people, in whole units, with a rounded n."""

from __future__ import annotations

import sys
from collections.abc import Hashable

import polars as pl

from dyadlink.disclosure.cells import Reading, Told, protect_alone
from dyadlink.disclosure.expressions import null_unless
from dyadlink.disclosure.people import ALL, TOTAL, People, Study
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import Builder
from dyadlink.estimates import Medians
from dyadlink.schemas import check_table

_TABLE = "medians"
_KEYS = ["table", "variable", "group"]
_VALUES = ["median", "lower_quartile", "upper_quartile"]


def protect_medians(medians: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The released medians as a system of their own: see `lay_out_medians`."""
    return protect_alone(lambda builder: lay_out_medians(builder, medians, Study(), profile), profile)[_TABLE]


def lay_out_medians(builder: Builder, medians: pl.DataFrame, study: Study, profile: Profile) -> Reading:
    """What takes the released medians out of the system: one row per (table, variable, group), in the order given.

    Columns: table, variable, group, status, n (rounded), median, lower_quartile, upper_quartile (whole
    units). Everything is null where fewer than `minimum_median_n` people have a value; only n is null where
    it would give away the n of another group, be that shown in another table or not, or a count of another table.

    Args:
        builder: The system; the n of every group are added to it.
        medians: In the shape of `Medians`.
        study: Who is counted in which cell.
        profile: The rules.

    Raises:
        ContractError: The frame breaks the contract `Medians`.
    """
    checked = check_table(medians, Medians, "medians")
    keys = _people(builder, checked.with_row_index("row"), study)
    for key, (table, variable, n) in zip(keys, checked.select("table", "variable", "n").iter_rows(), strict=True):
        # Whether there are figures tells on which side of the least number of people the count lies.
        least = profile.minimum_median_n
        builder.add(key, n, f"medians of {table}, {variable}", is_released=n >= least)
        builder.know(key, *((least, sys.maxsize) if n >= least else (0, least - 1)))
        if n < least:
            builder.withhold(key)
    for part in checked.with_row_index("place").partition_by("table", "variable"):
        _tie_groups(builder, part, keys)
    is_enough = pl.col("n") >= profile.minimum_median_n
    # Half up, as counts are rounded.
    whole = checked.with_columns((pl.col(column) + 0.5).floor().cast(pl.Int64) for column in _VALUES)

    def read(told: Told) -> dict[str, pl.DataFrame]:
        released = whole.with_columns(
            *null_unless(is_enough, _VALUES),
            n=pl.when(is_enough).then(told.rows(keys).get_column("n")),
            status=pl.when(is_enough).then(pl.lit("rounded")).otherwise(pl.lit("suppressed_primary")),
        )
        return {_TABLE: _with_no_lone_gap(released.select(*_KEYS, "status", "n", *_VALUES), profile)}

    return read


def _with_no_lone_gap(released: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """The rows, with one n more left out where all less the others leave too few values for a lone one."""
    of_measure = ["table", "variable"]
    is_part, is_shown = pl.col("group") != ALL, pl.col("n").is_not_null()
    n_shown, n_gaps = (is_shown.sum().over(of_measure), (is_part & ~is_shown).sum().over(of_measure))
    has_whole = (~is_part & is_shown).any().over(of_measure)
    # Each number shown stands for as many counts as the base has.
    has_room = (profile.rounding_base - 1) * n_shown + 1 >= profile.hidden_counts
    is_next = pl.col("n") == pl.col("n").min().over(of_measure)
    is_left_out = has_whole & (n_gaps == 1) & ~has_room & is_next & (is_next.cum_sum().over(of_measure) == 1)
    return released.with_columns(n=pl.when(~is_left_out.fill_null(value=False)).then("n"))


def _people(builder: Builder, checked: pl.DataFrame, study: Study) -> list[People]:
    """Who has a value, of each row; everybody of the group, where that is so in every group of the table."""
    keys = []
    for (table, variable), part in checked.group_by("table", "variable", maintain_order=True):
        rows = list(part.select("group", "n").iter_rows())
        everybody = [study.cell(str(table), TOTAL, TOTAL, group) for group, _ in rows]
        have_all = all(
            key in builder.place and builder.value(key) == n for key, (_, n) in zip(everybody, rows, strict=True)
        )
        own = [study.with_value(str(table), str(variable), group) for group, _ in rows]
        keys += list(zip(part["row"], everybody if have_all else own, strict=True))
    return [key for _, key in sorted(keys, key=lambda pair: int(pair[0]))]


def _tie_groups(builder: Builder, part: pl.DataFrame, keys: list[People]) -> None:
    """Ties the groups to everybody; whoever is in none of them is one more, unseen cell."""
    groups = dict(part.select("group", "place").iter_rows())
    if ALL not in groups or len(groups) == 1:
        return
    whole = keys[groups.pop(ALL)]
    parts: list[Hashable] = [keys[place] for place in groups.values()]
    rest = builder.value(whole) - sum(builder.value(key) for key in parts)
    # Groups that share people do not add up.
    if rest >= 0:
        if rest:
            parts.append(("in no group", whole))
            builder.add(parts[-1], rest, "medians", is_released=False)
        builder.tie(whole, parts)
