"""Names, NHS numbers and postcodes on the health side and on the authority side, with the errors between."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.names import VARIANTS, given_names, mixed_group, surnames
from dyadlink.synthetic.parameters import Identifiers, Parameters
from dyadlink.synthetic.places import postcode
from dyadlink.synthetic.randomness import Topic, generator, with_uniforms

NHS_PREFIX = 999_000_000
NHS_SPAN = 1_000_000
ERROR_KINDS = (
    "nhs_number_not_held",
    "nhs_number_wrong_digit",
    "nhs_number_all_equal",
    "nhs_number_sentinel",
    "fathers_surname",
    "given_name_error",
    "family_name_error",
    "birth_date_error",
    "moved_postcode",
    "sex_missing",
    "letter_case_noise",
)
"""The kinds of errors of an authority's record; each has a flag `is_<kind>`."""
NUMBER_ERRORS = ("is_nhs_number_wrong_digit", "is_nhs_number_all_equal", "is_nhs_number_sentinel")
SENTINEL = "9999999999"
"""What tracing writes when several people match (STANDARDS 5.1)."""


def nhs_numbers(n: int, rng: np.random.Generator, taken: pl.Series | None = None) -> pl.Series:
    """Return n different valid numbers from 999 000 0000 to 999 999 9999, which are never issued.

    Args:
        n: How many; the range holds 909,091.
        rng: The stream.
        taken: Numbers that are left out.
    """
    stems = NHS_PREFIX + rng.permutation(NHS_SPAN)
    digits = (stems[:, None] // 10 ** np.arange(8, -1, -1)) % 10
    check = 11 - (digits * np.arange(10, 1, -1)).sum(axis=1) % 11
    check = np.where(check == 11, 0, check)
    numbers = pl.Series((stems * 10 + check)[check != 10]).cast(pl.String)
    return (numbers if taken is None else numbers.filter(~numbers.is_in(taken.implode()))).head(n)


def person_ids(n: int, rng: np.random.Generator) -> pl.Series:
    """Return n different pseudonyms in the form of a person id that is not an NHS number."""
    numbers = rng.choice(900_000_000, size=n, replace=False) + 100_000_000
    return pl.Series(numbers).cast(pl.String).str.replace("^", "A")


def with_identity(
    people: pl.DataFrame, seed: int, block: int = 0, taken_nhs_numbers: pl.Series | None = None
) -> pl.DataFrame:
    """Return people with true name, father's surname, NHS number and postcode.

    Args:
        people: group (ethnic group), sex (1/2), family (same number: same surnames and home), area_id,
            area (of the postcode).
        seed: The seed of the world.
        block: The block of the wider population they belong to; 0 for everybody else.
        taken_nhs_numbers: NHS numbers that none of them has.
    """
    rng = generator(seed, Topic.NAMES, block)
    families = people.select("family", "group").unique("family", keep="first", maintain_order=True)
    n = families.height
    named = mixed_group(families["group"], rng.random(n))
    families = families.select(
        "family",
        named_group=named,
        surname=surnames(named, rng.random(n)),
        father_surname=surnames(named, rng.random(n)),
        u_postcode=pl.Series(rng.random(n)),
        u_new_postcode=pl.Series(rng.random(n)),
    )
    people = people.join(families, on="family", maintain_order="left")
    return people.with_columns(
        given_name=given_names(people["named_group"], people["sex"], rng.random(people.height)),
        nhs_number=nhs_numbers(people.height, rng, taken_nhs_numbers),
        home=postcode(pl.col("area"), pl.col("area_id"), pl.col("u_postcode")),
        new_home=postcode(pl.col("area"), pl.col("area_id"), pl.col("u_new_postcode")),
    )


def health_identifiers(people: pl.DataFrame, seed: int, p: Parameters) -> pl.DataFrame:
    """Return nhs/identifiers.csv: one row per woman and baby of the health extracts."""
    frame = with_uniforms(people, generator(seed, Topic.HEALTH_ERRORS), "u_name", "u_case")
    twin = pl.format("TWIN {}", "twin_no")
    unnamed = pl.col("is_baby") & (pl.col("u_name") < p.identifiers.nhs_placeholder_name.value)
    placeholder = pl.when("is_multiple").then(twin).otherwise(pl.lit("BABY"))
    return frame.select(
        Person_ID="person_id",
        NHSNumber="nhs_number",
        GivenName=pl.when(unnamed).then(placeholder).otherwise("given_name"),
        FamilyName="surname",
        PersonBirthDate=pl.col("birth").cast(pl.Int32).cast(pl.Date),
        Sex="sex",
        Postcode="home",
    )


def _mistyped(name: pl.Expr, u: pl.Expr) -> pl.Expr:
    """Return the name with two letters swapped, one left out or one doubled."""
    place = 1 + (u * 997 % 1 * (name.str.len_chars().cast(pl.Int64) - 2)).floor().cast(pl.Int64)
    head, rest = name.str.slice(0, place), name.str.slice(place + 1)
    letter, second = name.str.slice(place, 1), name.str.slice(place + 1, 1)
    swapped = pl.concat_str(head, second, letter, name.str.slice(place + 2))
    return (
        pl.when(u < 1 / 3)
        .then(swapped)
        .when(u < 2 / 3)
        .then(pl.concat_str(head, rest))
        .otherwise(pl.concat_str(head, letter, letter, rest))
    )


def _birth_date_error(birth: pl.Expr, u: pl.Expr) -> pl.Expr:
    """Return the day with day and month swapped where that gives an earlier date, else one day earlier."""
    date = birth.cast(pl.Int32).cast(pl.Date)
    swap = (date.dt.day() <= 12) & (date.dt.day() < date.dt.month().cast(pl.Int8)) & (u < 0.5)
    swapped = pl.date(date.dt.year(), date.dt.day(), pl.min_horizontal(date.dt.month(), pl.lit(12)))
    return pl.when(swap).then(swapped.cast(pl.Int32).cast(pl.Int64)).otherwise(birth - 1)


def _held_number(number: pl.Expr) -> pl.Expr:
    """Return the number the authority holds: right, with a wrong digit, ten equal digits, or a tracing code."""
    place = (pl.col("e_which") * 6).floor().cast(pl.Int64) + 3
    digit = ((number.str.slice(place, 1).cast(pl.Int64) + 1) % 10).cast(pl.String)
    wrong = pl.concat_str(number.str.slice(0, place), digit, number.str.slice(place + 1))
    equal = (pl.col("e_which") * 9).floor().cast(pl.Int64).cast(pl.String).repeat_by(10).list.join("")
    return (
        pl.when("is_nhs_number_not_held")
        .then(None)
        .when("is_nhs_number_sentinel")
        .then(pl.lit(SENTINEL))
        .when("is_nhs_number_all_equal")
        .then(equal)
        .when("is_nhs_number_wrong_digit")
        .then(wrong)
        .otherwise(number)
    )


def _error_flags(r: Identifiers) -> dict[str, pl.Expr]:
    """Return one flag per kind of error that an authority's record can have."""
    uniforms = ("nhs", "digit", "equal", "sentinel", "father", "given", "family", "birth", "moved", "sex", "case")
    rates = (
        1 - r.nhs_number_held.value,
        r.nhs_number_wrong_digit.value,
        r.nhs_number_all_equal.value,
        r.nhs_number_sentinel.value,
        r.fathers_surname.value,
        r.given_name_error.value,
        r.family_name_error.value,
        r.birth_date_error.value,
        r.moved_postcode.value,
        r.sex_missing.value,
        r.letter_case_noise.value,
    )
    kinds = zip(ERROR_KINDS, uniforms, rates, strict=True)
    flags = {f"is_{kind}": pl.col(f"e_{u}") < rate for kind, u, rate in kinds}
    held = ~flags["is_nhs_number_not_held"]
    return {name: flag & held if name in NUMBER_ERRORS else flag for name, flag in flags.items()}


def with_authority_identifiers(children: pl.DataFrame, seed: int, p: Parameters, block: int = 0) -> pl.DataFrame:
    """Return children with what their authority holds: held_* columns, with errors and gaps.

    Columns added: held_nhs, held_given, held_surname, held_birth, held_sex (null if missing), held_postcode, and
    one flag `is_<kind>` for each kind of error.
    """
    r = p.identifiers
    names = ("nhs", "digit", "which", "father", "given", "type", "family", "type_2", "birth", "swap")
    more = ("moved", "sex", "case", "case_kind", "post_kind", "equal", "sentinel")
    rng = generator(seed, Topic.AUTHORITY_ERRORS, block)
    frame = with_uniforms(children, rng, *(f"e_{name}" for name in names + more))
    frame = frame.with_columns(**_error_flags(r))
    given = pl.col("given_name")
    variant = given.replace(VARIANTS)
    other_given = pl.when(variant != given).then(variant).otherwise(_mistyped(given, pl.col("e_type")))
    other_birth = _birth_date_error(pl.col("birth"), pl.col("e_swap"))
    fathers = pl.when("is_fathers_surname").then("father_surname").otherwise("surname")
    frame = frame.with_columns(held_surname=fathers).with_columns(
        held_nhs=_held_number(pl.col("nhs_number")),
        held_given=pl.when("is_given_name_error").then(other_given).otherwise(given),
        held_surname=pl.when("is_family_name_error")
        .then(_mistyped(pl.col("held_surname"), pl.col("e_type_2")))
        .otherwise("held_surname"),
        held_birth=pl.when("is_birth_date_error").then(other_birth).otherwise("birth"),
        held_sex=pl.when(~pl.col("is_sex_missing")).then("sex"),
        held_postcode=pl.when("is_moved_postcode").then("new_home").otherwise("home"),
    )
    return _with_letter_noise(frame, r.letter_case_noise.value)


def _with_letter_noise(frame: pl.DataFrame, rate: float) -> pl.DataFrame:
    noisy, kind = pl.col("is_letter_case_noise"), pl.col("e_case_kind")

    def noise(name: str) -> pl.Expr:
        value = pl.col(name)
        changed = (
            pl.when(kind < 0.5)
            .then(value.str.to_uppercase())
            .when(kind < 0.7)
            .then(value.str.to_lowercase())
            .when(kind < 0.85)
            .then(value + pl.lit(" "))
            .otherwise(pl.lit(" ") + value)
        )
        return pl.when(noisy).then(changed).otherwise(value).alias(name)

    tight = pl.col("held_postcode").str.replace(" ", "")
    loose = pl.when(pl.col("e_post_kind") < 0.7).then(tight).otherwise(tight.str.to_lowercase())
    frame = frame.with_columns(
        noise("held_given"),
        noise("held_surname"),
        held_postcode=pl.when(pl.col("e_post_kind") < rate).then(loose).otherwise("held_postcode"),
    )
    return frame.drop(pl.selectors.starts_with("e_"))
