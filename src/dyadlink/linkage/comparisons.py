"""How two persons' identifiers are compared: levels of agreement, strictest first, in the format of Splink."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dyadlink.linkage_settings import Comparison, Kind

CLOSE, LIKE = 0.92, 0.8
"""Jaro-Winkler similarities: a slip of the pen, and a spelling that is another one."""
DAYS_APART = 3


@dataclass(frozen=True)
class Level:
    """One level of agreement.

    Attributes:
        label: In plain English.
        sql: When a pair has it; `{c}` is the column. Null and false mean that it has not.
        m: Probability among pairs of one person, before anything is learnt (with the level `all other`, 1 in all).
        is_exact: The value is the same: u comes from the frequencies of the values.
        weighed: Column that both sides have alike, of which a rare value weighs more; `{c}` is the column.
    """

    label: str
    sql: str
    m: float
    is_exact: bool = False
    weighed: str | None = None


def _exact(m: float) -> Level:
    return Level("same", '"{c}_l" = "{c}_r"', m, is_exact=True, weighed="{c}")


def _close(m: float) -> Level:
    return Level(f"alike ({CLOSE})", f'jaro_winkler_similarity("{{c}}_l", "{{c}}_r") >= {CLOSE}', m)


def _like(m: float) -> Level:
    # A slip in a name of three letters leaves little of its similarity.
    similar = f'jaro_winkler_similarity("{{c}}_l", "{{c}}_r") >= {LIKE}'
    return Level(
        f"alike ({LIKE}), or one letter other", f'{similar} or damerau_levenshtein("{{c}}_l", "{{c}}_r") <= 1', m
    )


def _dice(threshold: float, m: float) -> Level:
    common, filled = 'bit_count("{c}_l" & "{c}_r")', '(bit_count("{c}_l") + bit_count("{c}_r"))'
    return Level(f"Dice coefficient at least {threshold}", f"2 * {common} >= {threshold} * {filled}", m)


_TRANSPOSED = Level(
    "forename and surname changed places", '"forename_l" = "surname_r" and "surname_l" = "forename_r"', 0.002
)
_OTHER = Level("all other", "ELSE", 0)
_SWAPPED = 'year("{c}_l") = year("{c}_r") and month("{c}_l") = day("{c}_r") and day("{c}_l") = month("{c}_r")'
_TWO_PARTS = (
    '(case when year("{c}_l") = year("{c}_r") then 1 else 0 end) + (case when month("{c}_l") = month("{c}_r") then 1 '
    'else 0 end) + (case when day("{c}_l") = day("{c}_r") then 1 else 0 end) = 2'
)

# Two people of one forename are nearly always of one sex: to count both would count the same thing twice.
_TOLD = '"forename_l" = "forename_r" or "forename_group_l" = "forename_group_r"'
# The authority of most records in the left one's district is that of the right one.
_THERE = '"{c}_home_group_l" = "{c}_home_group_r"'
_MISSING: dict[Kind, str] = {
    "exact": '"{c}_l" is null or "{c}_r" is null',
    "sex": f'"{{c}}_l" is null or "{{c}}_r" is null or {_TOLD}',
    "postcode": f'"{{c}}_l" is null or ("{{c}}_r" is null and ({_THERE}) is null)',
}
"""When a comparison says nothing; kinds that are not named are as `exact`."""

_LEVELS: dict[Kind, tuple[Level, ...]] = {
    "exact": (_exact(0.95),),
    "sex": (_exact(0.98),),
    "forename": (
        _exact(0.88),
        Level("one name's short form", '"forename_group_l" = "forename_group_r"', 0.02),
        Level("second forename", '"{c}_l" = "second_forename_r" or "second_forename_l" = "{c}_r"', 0.01),
        _TRANSPOSED,
        _close(0.03),
        _like(0.02),
    ),
    "surname": (
        _exact(0.83),
        Level(
            "one part of a compound name",
            '"{c}_l" = "surname_first_r" or "{c}_l" = "surname_last_r" or "surname_first_l" = "{c}_r" '
            'or "surname_last_l" = "{c}_r"',
            0.02,
        ),
        _TRANSPOSED,
        _close(0.03),
        _like(0.02),
    ),
    "date": (
        _exact(0.94),
        Level("day and month changed places", _SWAPPED, 0.01),
        Level(
            f"within {DAYS_APART} days",
            f'"{{c}}_r" between "{{c}}_l" - interval {DAYS_APART} day and "{{c}}_l" + interval {DAYS_APART} day',
            0.015,
        ),
        Level("two of day, month and year", _TWO_PARTS, 0.015),
    ),
    "postcode": (
        _exact(0.78),
        Level("same district", '"{c}_district_l" = "{c}_district_r"', 0.05, weighed="{c}_district"),
        # Most families who move stay near: in the authority, or where postcodes begin with the same letters.
        Level("in the record's authority", f'"{{c}}_r" is not null and {_THERE}', 0.08, weighed="{c}_home_group"),
        Level("same area", '"{c}_area_l" = "{c}_area_r"', 0.04, weighed="{c}_area"),
        Level("no postcode, in the record's authority", f'"{{c}}_r" is null and {_THERE}', 0.02),
        Level("no postcode, elsewhere", '"{c}_r" is null', 0.005),
    ),
    "text": (_exact(0.85), _close(0.05), _like(0.03)),
    "number": (
        _exact(0.9),
        Level("one character other", 'damerau_levenshtein("{c}_l", "{c}_r") <= 1', 0.04),
    ),
    "bloom": (_exact(0.8), _dice(0.8, 0.08), _dice(0.65, 0.06)),
}

_INTERVAL = Level(
    "inside the other's interval",
    '("birth_date_last_l" is not null or "birth_date_last_r" is not null) '
    'and "birth_date_l" <= coalesce("birth_date_last_r", "birth_date_r") '
    'and "birth_date_r" <= coalesce("birth_date_last_l", "birth_date_l")',
    0.01,
)

NEEDED: dict[Kind, tuple[str, ...]] = {
    "sex": ("forename", "forename_group"),
    "forename": ("forename_group", "second_forename", "surname"),
    "surname": ("surname_first", "surname_last", "forename"),
}
"""Further columns that a kind of comparison reads."""
HOME_GROUP = "home_group"
"""The group (authority) of a right record; on the left that of most records in the postcode's district."""
POSTCODE_PARTS = ("district", "area")
"""Parts of a postcode that are compared beside the whole; the macro `postcode_<part>` gives each."""


def levels_of(comparison: Comparison) -> tuple[Level, ...]:
    """The levels of a comparison, strictest first; the last is all that is left."""
    levels = _LEVELS[comparison.kind]
    if comparison.column == "birth_date":
        levels = (_INTERVAL, *levels)
    rest = Level(_OTHER.label, _OTHER.sql, 1 - sum(level.m for level in levels))
    return (*levels, rest)


def columns_of(comparison: Comparison) -> tuple[str, ...]:
    """The columns that a comparison reads."""
    parts = tuple(f"{comparison.column}_{part}" for part in POSTCODE_PARTS)
    extra = {"postcode": (*parts, f"{comparison.column}_{HOME_GROUP}"), **NEEDED}.get(comparison.kind, ())
    own = ("birth_date_last",) if comparison.column == "birth_date" else ()
    return (comparison.column, *extra, *own)


def splink_comparison(comparison: Comparison, m: tuple[float, ...], u: tuple[float, ...]) -> dict[str, Any]:
    """The comparison with its probabilities, as Splink's settings hold it."""
    column = comparison.column
    missing = {
        "sql_condition": _MISSING.get(comparison.kind, _MISSING["exact"]).format(c=column),
        "label_for_charts": "missing",
        "is_null_level": True,
    }
    levels: list[dict[str, Any]] = [missing]
    for level, m_of, u_of in zip(levels_of(comparison), m, u, strict=True):
        entry: dict[str, Any] = {
            "sql_condition": level.sql.format(c=column),
            "label_for_charts": level.label,
            "m_probability": m_of,
            "u_probability": u_of,
        }
        if level.weighed and comparison.term_frequency:
            entry |= {
                "tf_adjustment_column": level.weighed.format(c=column),
                "tf_adjustment_weight": 1.0,
                # Frequencies stand against the level's own u.
                "disable_tf_exact_match_detection": True,
            }
        levels.append(entry)
    return {"output_column_name": column, "comparison_levels": levels}


def gamma_of(column: str) -> str:
    """The column of a scored pair that holds its level of agreement on what is compared, as Splink names it."""
    return f"gamma_{column}"


def numbered_levels(comparison: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """The levels of a model's comparison with Splink's numbers: -1 is missing, then full agreement down to 0."""
    levels = comparison["comparison_levels"]
    told = [level for level in levels if not level.get("is_null_level")]
    missing = [(-1, level) for level in levels if level.get("is_null_level")]
    return missing + [(len(told) - 1 - place, level) for place, level in enumerate(told)]
