"""All women of the mental health extract: the mothers of dyads, and others whom a cohort must leave out."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.people import draw_dyads
from dyadlink.synthetic.places import area_in_quintile, day
from dyadlink.synthetic.randomness import pick, spread, with_uniforms

MOTHER_COLUMNS = (
    "mother",
    "la",
    "mother_birth",
    "ethnicity",
    "deprivation_quintile",
    "is_single",
    "diagnosis_group",
    "has_domestic_abuse",
    "has_childhood_trauma",
    "has_comorbid_personality_disorder",
    "has_comorbid_substance",
    "has_earlier_spell",
    "mother_death",
)


def mothers_of(dyads: pl.DataFrame) -> pl.DataFrame:
    """Return one row per mother of a dyad, numbered `woman`, of kind `dyad`."""
    mothers = dyads.select(MOTHER_COLUMNS).unique("mother", keep="first", maintain_order=True)
    return mothers.rename({"mother": "woman"}).with_columns(kind=pl.lit("dyad"))


def draw_other_women(
    n: int, first_number: int, places: pl.DataFrame, rng: np.random.Generator, p: Parameters
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return other women and, for those who gave birth, their births with one acute spell each.

    Each kind fails one rule of the cohort: no birth, a birth more than a year before the admission, an
    admission in pregnancy only, an admission that began before the birth and went on past it, a stillbirth, an
    infant who died by the admission, an admission that is open at the end of the data, a birth outside the period,
    a home outside the authorities.
    Columns of the second frame: woman, kind, birth (null without one), infant_death, `stay_start`, `stay_days`
    (null while open), `setting`.
    """
    base = draw_dyads(max(n, 40) + 40, places, rng, p).unique("mother", keep="first", maintain_order=True).head(n)
    kind = pick(rng, base.height, p.admissions.other_women.value)
    base = base.with_columns(
        kind=kind, woman=first_number + pl.int_range(pl.len(), dtype=pl.Int64), stay_days=pl.col("main_days")
    )
    base = with_uniforms(base, rng, "u_birth", "u_side", "u_stay", "u_died")
    birth = pl.when(pl.col("kind") == "birth_outside_period").then(_outside_birth(p)).otherwise("birth")
    base = base.with_columns(birth=birth).with_columns(stay_start=_stay_start(p))
    spans, is_open = pl.col("kind") == "spans_birth", pl.col("kind") == "not_discharged"
    past_birth = pl.col("birth") - pl.col("stay_start") + spread("u_died", 1, 20)
    base = base.with_columns(
        stay_days=pl.when(spans).then(past_birth).when(~is_open).then("stay_days"),
        infant_death=pl.when(pl.col("kind") == "infant_died").then(
            spread("u_died", pl.col("birth"), pl.col("stay_start"))
        ),
    )
    women = base.select(
        "woman", *(c for c in MOTHER_COLUMNS if c not in ("mother", "mother_death")), "kind"
    ).with_columns(mother_death=pl.lit(None, pl.Int64))
    births = base.select(
        "woman",
        "kind",
        "stay_start",
        "stay_days",
        "gestation_days",
        "parity",
        "infant_sex",
        "infant_death",
        birth=pl.when(pl.col("kind") != "no_birth").then("birth"),
        setting=pl.col("service_type"),
    )
    return women, births


def _outside_birth(p: Parameters) -> pl.Expr:
    start, end = day(p.period.birth_start.value), day(p.period.birth_end.value)
    before = spread("u_birth", start - 450, start - 6)
    after = spread("u_birth", end + 6, end + 365)
    return pl.when(pl.col("u_side") < 0.6).then(before).otherwise(after)


def _stay_start(p: Parameters) -> pl.Expr:
    in_pregnancy = pl.col("birth") - 12 - spread("u_stay", 0, 150) - pl.col("stay_days")
    after_a_year = pl.col("birth") + spread("u_stay", 370, 700)
    moved = pl.col("birth") + spread("u_stay", 0, 300)
    return (
        pl.when(pl.col("kind") == "pregnancy_only")
        .then(in_pregnancy)
        .when(pl.col("kind") == "spans_birth")
        .then(pl.col("birth") - 1 - spread("u_stay", 0, 60))
        .when(pl.col("kind") == "birth_too_early")
        .then(pl.min_horizontal(after_a_year, day(p.period.mhsds_end.value) - 20))
        .when(pl.col("kind") == "birth_outside_period")
        .then(moved)
        .otherwise(pl.col("t1"))
    )


def with_homes(women: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return the women with a small area, codes of ethnicity and marital status as a trust records them."""
    n, m = women.height, p.mothers
    women = with_uniforms(women, rng, "u_area", "u_status", "u_stated", "u_married", "u_postcode")
    women = women.with_columns(area_id=area_in_quintile(pl.col("la"), pl.col("deprivation_quintile"), pl.col("u_area")))
    codes = ethnic_codes(women["ethnicity"], rng)
    single = pick(rng, n, {"S": 0.78, "D": 0.11, "P": 0.09, "W": 0.02})
    unknown = pl.when(pl.col("u_stated") < 0.5).then(pl.lit("N")).otherwise(pl.lit("8"))
    return women.with_columns(
        ethnic_code=pl.when(pl.col("u_status") < m.ethnicity_not_stated.value).then(pl.lit("Z")).otherwise(codes),
        marital_status=pl.when(pl.col("u_married") < m.marital_not_known.value)
        .then(unknown)
        .when("is_single")
        .then(single)
        .otherwise(pl.lit("M")),
    ).drop("u_area", "u_status", "u_stated", "u_married")


HEALTH_CODES = {
    "white": {"A": 0.86, "B": 0.03, "C": 0.11},
    "black": {"M": 0.30, "N": 0.55, "P": 0.15},
    "asian": {"H": 0.32, "J": 0.36, "K": 0.18, "L": 0.14},
    "mixed": {"D": 0.35, "E": 0.20, "F": 0.25, "G": 0.20},
    "other": {"R": 0.35, "S": 0.65},
}
CENSUS_CODES = {
    "white": {"WBRI": 0.86, "WIRI": 0.02, "WOTH": 0.10, "WROM": 0.01, "WIRT": 0.01},
    "black": {"BCRB": 0.30, "BAFR": 0.55, "BOTH": 0.15},
    "asian": {"AIND": 0.32, "APKN": 0.36, "ABAN": 0.18, "AOTH": 0.14},
    "mixed": {"MWBC": 0.35, "MWBA": 0.20, "MWAS": 0.25, "MOTH": 0.20},
    "other": {"CHNE": 0.35, "OOTH": 0.65},
}


def ethnic_codes(
    groups: pl.Series, rng: np.random.Generator, lists: dict[str, dict[str, float]] = HEALTH_CODES
) -> pl.Series:
    """Return a code of a list for each ethnic group."""
    n = len(groups)
    drawn = pl.DataFrame({"group": groups, **{name: pick(rng, n, shares) for name, shares in lists.items()}})
    chosen = pl.coalesce(pl.when(pl.col("group") == name).then(pl.col(name)) for name in lists)
    return drawn.select(chosen.alias("code")).to_series()
