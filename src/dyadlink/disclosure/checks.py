"""What the door refuses, whoever made the table. It trusts no rule before it."""

from __future__ import annotations

import re

import polars as pl

from dyadlink.disclosure.profiles import Profile
from dyadlink.errors import DyadlinkError

SURVIVAL_TABLES = {"cumulative_incidence", "person_time", "state_occupation"}
"""Tables of curves and what rests on them: the profile may round their counts in another way."""

# Whole numbers that count nobody. Every other whole-number column is taken for a count.
_NOT_COUNTS = {
    "order",
    "time_days",
    "landmark_days",
    "horizon_days",
    "df",
    "parameters",
    "data_sets",
    "low",
    "median",
    "high",
    "lower_quartile",
    "upper_quartile",
}
# What a hidden row may still say: its place, and what the generator was told.
_TOLD_WHEN_HIDDEN = {"order", "planted"}
# In a table of estimates these describe the model, not the hidden level.
_TOLD_OF_MODEL = {"n", "n_events", "parameters", "data_sets", "threshold", "landmark_days"}
# Levels are words in the data's own code, and some of these are digits: parity 0, deprivation quintile 5.
_CODES = {"level", "reference", "group"}
_IDENTIFIER = re.compile(
    r"(.*_)?(id|ids|number|name|names|forename|surname|postcode|uprn|upn|address|lsoa)|(date|dob)|.*_date"
)
_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER_AS_TEXT = r"^\s*[<>=~]*\s*\d[\d,.]*\s*(%|\(.*\))?\s*$"


def check_release_table(name: str, table: pl.DataFrame, profile: Profile) -> None:
    """Nothing, if the table may leave.

    Raises:
        DyadlinkError: Its name is not plain, it is too long, a column is named like an identifier or holds
            dates, a count is small or unrounded, a hidden row still holds a number, or a text holds a number.
    """
    if not _TABLE_NAME.fullmatch(name):
        _refuse("its name is not lower-case letters, digits and underscores", "a table")
    if profile.maximum_rows is not None and table.height > profile.maximum_rows:
        _refuse(f"it has more than {profile.maximum_rows:,} rows", name)
    rules = profile.for_survival() if name in SURVIVAL_TABLES else profile
    for column, kind in table.schema.items():
        _check_column(name, table.get_column(column), kind, rules)
    _check_hidden_rows(name, table)


def check_release_file(path: str, content: bytes, profile: Profile) -> None:
    """Nothing, if a file of results may leave.

    Raises:
        DyadlinkError: It is too large, or of a type that the profile does not let out.
    """
    if path.rsplit(".", 1)[-1] not in profile.file_types:
        _refuse(f"only files of type {', '.join(profile.file_types)} may leave", path)
    if profile.maximum_megabytes is not None and len(content) > profile.maximum_megabytes * 2**20:
        _refuse(f"it is larger than {profile.maximum_megabytes} MB", path)


def _check_column(name: str, values: pl.Series, kind: pl.DataType, profile: Profile) -> None:
    where = f"{name}, column {values.name}"
    if _IDENTIFIER.fullmatch(values.name.lower()):
        _refuse("the column is named like an identifier", where)
    if kind == pl.String:
        _check_text(values, where)
    elif kind.is_integer() or _is_named_count(values.name):
        if values.name not in _NOT_COUNTS:
            _check_counts(values.drop_nulls(), where, profile)
    elif kind not in {pl.Float64, pl.Boolean}:
        _refuse("the column is neither text, number nor true/false", where)


def _is_named_count(column: str) -> bool:
    return column == "n" or column.startswith("n_")


def _check_counts(counts: pl.Series, where: str, profile: Profile) -> None:
    some = counts.filter(counts != 0) if profile.are_zeros_shown else counts
    # Rounding can take a count of the threshold below it.
    if (some < min(profile.threshold, profile.round_count(profile.threshold))).any():
        _refuse("it holds a count below the threshold", where)
    rest = profile.rounding_base - profile.rounding_base // 2 if profile.rounding == "midpoint" else 0
    if (some % profile.rounding_base != rest).any():
        _refuse("it holds a count that is not rounded", where)


def _check_text(values: pl.Series, where: str) -> None:
    if values.name not in _CODES and values.str.contains(_NUMBER_AS_TEXT).any():
        _refuse("it holds a number as text, where no rule can see it", where)


def _check_hidden_rows(name: str, table: pl.DataFrame) -> None:
    if "status" not in table.columns:
        _refuse("it has no column 'status'", name)
    told = _TOLD_WHEN_HIDDEN | (_TOLD_OF_MODEL if "model" in table.columns else set())
    hidden = table.filter(pl.col("status").is_null() | pl.col("status").str.starts_with("suppressed"))
    for column, kind in table.schema.items():
        if kind != pl.String and column not in told and hidden.get_column(column).count():
            _refuse("a hidden row still holds a value", f"{name}, column {column}")


def _refuse(what: str, where: str) -> None:
    raise DyadlinkError(f"refused at the door: {what}", where=where, mend="pass the aggregate through protect_all")
