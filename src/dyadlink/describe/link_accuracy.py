"""In whom links are made, and on synthetic data how rightly: counts by group, and over thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dyadlink.describe.counting import check_accounting, count_levels_by_group, level_text, levels_of
from dyadlink.describe.variables import MISSING, YES_NO, Variable
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table
from dyadlink.schemas.link_quality import LinkAccuracy

PAIR = ["infant_id", "child_key"]

VARIABLES: tuple[Variable, ...] = (
    Variable("ethnicity", ("white", "black", "asian", "mixed", "other")),
    Variable("maternal_age_band", ordered_by="maternal_age_years"),
    Variable("country", ("England", "Wales")),
    Variable("deprivation_quintile", ("1", "2", "3", "4", "5")),
    Variable("parity", ("0", "1", "2+")),
    Variable("infant_sex", ("female", "male")),
    Variable("is_preterm", YES_NO),
    Variable("is_multiple_birth", YES_NO),
    Variable("birth_year", ordered_by="birth_year"),
    Variable("la_code", ordered_by="la_code"),
)
"""What linked and unlinked infants are told apart by: those of the literature on linkage error, and the place."""


def count_linked(infants: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Infants with and without a link, by their characteristics.

    Args:
        infants: In the shape of `InfantCharacteristics`, every infant of the study period; small levels pooled.
        links: `infant_id` of every link.

    Returns:
        Table `linked_infants`: groups all, linked and not_linked; columns as in `Counts`.

    Raises:
        ContractError: A value is none of its variable's levels, or the counts do not add up.
    """
    is_linked = infants["infant_id"].is_in(links["infant_id"].implode())
    groups = {"all": is_linked.is_not_null(), "linked": is_linked, "not_linked": ~is_linked}
    counts = count_levels_by_group(_texts(infants), _levels(infants), groups)
    named = counts.with_columns(table=pl.lit("linked_infants")).select(list(Counts.columns()))
    return check_table(check_accounting(named), Counts, "linked_infants")


def count_accuracy(infants: pl.DataFrame, links: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Pairs that were linked rightly, missed, or linked wrongly, by the infants' characteristics.

    Recall is right / (right + missed), precision right / (right + wrong).

    Args:
        infants: In the shape of `InfantCharacteristics`; pairs of other infants are left out.
        links: `infant_id`, `child_key` of every link.
        truth: `infant_id`, `la_code`, `la_child_id` of every true link.

    Returns:
        As in `LinkAccuracy`: variable `total` first, then each variable with all its levels, count 0 included.

    Raises:
        ContractError: A value is none of its variable's levels.
    """
    wanted = true_pairs(truth).join(infants, on="infant_id", how="semi")
    found = links.join(infants, on="infant_id", how="semi").select(PAIR)
    outcomes = {
        "right": found.join(wanted, on=PAIR, how="semi"),
        "missed": wanted.join(found, on=PAIR, how="anti"),
        "wrong": found.join(wanted, on=PAIR, how="anti"),
    }
    pairs = pl.concat(frame.select("infant_id", outcome=pl.lit(name)) for name, frame in outcomes.items())
    rows = pairs.join(infants, on="infant_id")
    groups = {name: rows["outcome"] == name for name in outcomes}
    levels = {
        name: [*named, *([MISSING] if infants[name].null_count() else [])] for name, named in _levels(infants).items()
    }
    # A level that the pairs lack stays in the table: its absence would tell that it counts nobody.
    texts = _texts(rows).with_columns(pl.col(name).fill_null(MISSING) for name in levels)
    counts = count_levels_by_group(texts, levels, groups).rename({"group": "outcome"})
    return check_table(counts.select(list(LinkAccuracy.columns())), LinkAccuracy, "linkage_accuracy")


def true_pairs(truth: pl.DataFrame) -> pl.DataFrame:
    """`infant_id`, `child_key` of every true link."""
    return truth.select("infant_id", child_key=pl.concat_str("la_code", "la_child_id", separator=":"))


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(level_text(frame, variable.name).alias(variable.name) for variable in VARIABLES)


def _levels(infants: pl.DataFrame) -> dict[str, Sequence[str]]:
    return {variable.name: levels_of(infants, variable) for variable in VARIABLES}
