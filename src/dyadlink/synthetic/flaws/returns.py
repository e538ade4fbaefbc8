"""Flaws of one return: what a single file gets wrong while the authority's system has it right."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dyadlink.synthetic.flaws.log import Flaws, Told, as_day

PLACEHOLDERS = ("1800-01-01", "1801-01-01", "1900-01-01")
FIRST_YEAR_OF_LETTERS = 2025
FIRST_YEAR_OF_RC9 = 2023


def noise(code: pl.Expr, u: pl.Expr, unmapped: str) -> pl.Expr:
    """Return a code in lower case, padded, or as one of the marks that extracts carry for no code."""
    return (
        pl.when(u < 0.4)
        .then(code.str.to_lowercase())
        .when(u < 0.7)
        .then(code + pl.lit("  "))
        .when(u < 0.8)
        .then(pl.lit("NA  "))
        .when(u < 0.9)
        .then(pl.lit("&"))
        .otherwise(pl.lit(unmapped))
    )


@dataclass(frozen=True)
class Change:
    """A flaw that replaces a column by a wrong value; `record` is the key of the record."""

    flaw: str
    column: str
    wrong: pl.Expr
    record: pl.Expr


def _case_key() -> pl.Expr:
    return pl.concat_str("key", as_day(pl.col("referral")), separator=":")


def spoil_cases(rows: pl.DataFrame, year: int, flaws: Flaws) -> pl.DataFrame:
    """Return the cases of a return with flaws in `shown_need`, `shown_reason` and `shown_nfa`.

    Args:
        rows: One row per case, with key (of the child), referral and the columns to spoil.
        year: The year of the return.
        flaws: Chooses the records and lists them.
    """
    rows = flaws.choose("need_code_noise", rows, pl.col("shown_need").is_not_null())
    rows = _replaced(
        rows,
        Change(
            "need_code_noise", "shown_need", noise(pl.col("shown_need"), pl.col("u"), "UnmappedNeedCode"), _case_key()
        ),
        year,
        flaws,
    )
    rows = flaws.choose("mixed_booleans", rows)
    text = pl.when(pl.col("shown_nfa") == "1").then(pl.lit("true")).otherwise(pl.lit("false"))
    rows = _replaced(rows, Change("mixed_booleans", "shown_nfa", text, _case_key()), year, flaws)
    able = (pl.col("shown_reason") == "RC7") & (year < FIRST_YEAR_OF_RC9)
    rows = flaws.choose("closure_code_of_another_year", rows, able)
    return _replaced(
        rows, Change("closure_code_of_another_year", "shown_reason", pl.lit("RC9"), _case_key()), year, flaws
    )


def _replaced(rows: pl.DataFrame, change: Change, year: int, flaws: Flaws) -> pl.DataFrame:
    """Return the rows with the column replaced where `hit`, and list them."""
    rows = rows.with_columns(wrong=pl.when("hit").then(change.wrong))
    told = Told(change.record, pl.col(change.column), pl.col("wrong"), year)
    flaws.note(change.flaw, rows.filter("hit"), told)
    return rows.with_columns(pl.coalesce("wrong", change.column).alias(change.column)).drop("wrong", "hit", "u")


def spoil_plans_shown(rows: pl.DataFrame, year: int, first_day: int, flaws: Flaws) -> pl.DataFrame:
    """Return the plans of a return with flaws in `shown_end` and `n_previous`.

    Args:
        rows: One row per plan, with key (of the child), start, `shown_end` (text) and n_previous.
        year: The year of the return.
        first_day: The first day of the return's year.
        flaws: Chooses the records and lists them.
    """
    key = pl.concat_str("key", as_day(pl.col("start")), separator=":")
    rows = flaws.choose("plan_changed_later", rows, pl.col("start") < first_day)
    more = pl.col("n_previous") + 1
    flaws.note("plan_changed_later", rows.filter("hit"), Told(key, pl.col("n_previous"), more, year=year))
    rows = rows.with_columns(n_previous=pl.when("hit").then(more).otherwise("n_previous")).drop("hit", "u")
    rows = flaws.choose("placeholder_plan_end", rows, pl.col("shown_end").is_null())
    wrong = pl.when(pl.col("u") < 0.5).then(pl.lit(PLACEHOLDERS[0])).otherwise(pl.lit(PLACEHOLDERS[1]))
    return _replaced(rows, Change("placeholder_plan_end", "shown_end", wrong, key), year, flaws)


def spoil_children_shown(rows: pl.DataFrame, year: int, flaws: Flaws) -> pl.DataFrame:
    """Return the children of a return with flaws in `shown_birth`, `shown_sex` and ethnicity, and some twice.

    Args:
        rows: One row per child, with key, `shown_birth` (text, null if unborn), `shown_sex`, census_ethnicity.
        year: The year of the return.
        flaws: Chooses the records and lists them.
    """
    key, ethnicity = pl.col("key"), "census_ethnicity"
    rows = flaws.choose("ethnicity_changed", rows)
    other = pl.when(pl.col(ethnicity) == "MOTH").then(pl.lit("OOTH")).otherwise(pl.lit("MOTH"))
    rows = _replaced(rows, Change("ethnicity_changed", ethnicity, other, key), year, flaws)
    rows = flaws.choose("ethnicity_noise", rows)
    rows = _replaced(
        rows, Change("ethnicity_noise", ethnicity, noise(pl.col(ethnicity), pl.col("u"), "ABCD"), key), year, flaws
    )
    rows = flaws.choose("placeholder_birth_date", rows, pl.col("shown_birth").is_not_null())
    date = (
        pl.when(pl.col("u") < 0.4).then(pl.lit(PLACEHOLDERS[0])).when(pl.col("u") < 0.7).then(pl.lit(PLACEHOLDERS[1]))
    )
    rows = _replaced(
        rows, Change("placeholder_birth_date", "shown_birth", date.otherwise(pl.lit(PLACEHOLDERS[2])), key), year, flaws
    )
    rows = _sexes(rows, year, flaws)
    rows = flaws.choose("duplicate_child", rows)
    twice = rows.filter("hit")
    flaws.note("duplicate_child", twice, Told(key, pl.lit("one child"), pl.lit("twice"), year=year))
    return pl.concat([rows, twice]).sort("la_code", "la_child_id", maintain_order=True).drop("hit", "u")


def _sexes(rows: pl.DataFrame, year: int, flaws: Flaws) -> pl.DataFrame:
    key, sex = pl.col("key"), pl.col("shown_sex")
    known = sex.is_in(["1", "2", "M", "F"])
    rows = flaws.choose("sex_changed", rows, known)
    swapped = sex.replace({"1": "2", "2": "1", "M": "F", "F": "M"})
    rows = _replaced(rows, Change("sex_changed", "shown_sex", swapped, key), year, flaws)
    rows = flaws.choose("sex_code_of_another_year", rows, known & (year >= FIRST_YEAR_OF_LETTERS))
    return _replaced(
        rows, Change("sex_code_of_another_year", "shown_sex", sex.replace({"M": "1", "F": "2"}), key), year, flaws
    )


def spoil_episodes_shown(rows: pl.DataFrame, year: int, flaws: Flaws) -> pl.DataFrame:
    """Return the episodes of care of a return with flaws in `ls` and `need`, and some twice.

    Args:
        rows: One row per episode, with la_code, la_child_id, start, ls and need.
        year: The year of the return.
        flaws: Chooses the records and lists them.
    """
    key = pl.concat_str("la_code", "la_child_id", as_day(pl.col("start")), separator=":")
    rows = flaws.choose("care_code_noise", rows, ~pl.col("ls").str.starts_with("V"))
    in_ls = pl.col("u") < 0.5
    ls = (
        pl.when(in_ls & (pl.col("u") < 0.3)).then(pl.col("ls").str.to_lowercase()).when(in_ls).then(pl.col("ls") + "  ")
    )
    need = noise(pl.col("need"), pl.col("u") * 2 - 1, "UnmappedNeedCode")
    rows = rows.with_columns(wrong_ls=pl.when("hit").then(ls), wrong_need=pl.when(pl.col("hit") & ~in_ls).then(need))
    flaws.note(
        "care_code_noise",
        rows.filter("hit"),
        Told(key, pl.when(in_ls).then("ls").otherwise("need"), pl.coalesce("wrong_ls", "wrong_need"), year=year),
    )
    rows = rows.with_columns(ls=pl.coalesce("wrong_ls", "ls"), need=pl.coalesce("wrong_need", "need"))
    rows = flaws.choose("duplicate_episode", rows.drop("wrong_ls", "wrong_need", "hit", "u"))
    twice = rows.filter("hit")
    flaws.note("duplicate_episode", twice, Told(key, pl.lit("one row"), pl.lit("twice"), year=year))
    order = ("la_code", "la_child_id", "start", "end")
    return pl.concat([rows, twice]).sort(order, nulls_last=True, maintain_order=True)
