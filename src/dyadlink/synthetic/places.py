"""Authorities, small areas and postcodes. Authorities are real, small areas and postcodes invented."""

from __future__ import annotations

from datetime import date

import polars as pl

EPOCH = date(1970, 1, 1)
AREAS_PER_AUTHORITY = 60
POSTCODES_PER_AREA = 30
AREAS_PER_QUINTILE = (19, 15, 11, 9, 6)
"""More deprived areas than others, as where the mothers live."""
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
OUTSIDE_GSS = "E06000060"
SHORT_COVERAGE = "892"
"""The authority without returns for 2026."""

# la_code (DfE), GSS code, name, country, postcode area, weight, health provider
_AUTHORITIES = (
    ("209", "E09000023", "Lewisham", "England", "SE", 0.07, "Z1A"),
    ("316", "E09000025", "Newham", "England", "E", 0.08, "Z1A"),
    ("330", "E08000025", "Birmingham", "England", "B", 0.16, "Z2B"),
    ("341", "E08000012", "Liverpool", "England", "L", 0.10, "Z3C"),
    ("352", "E08000003", "Manchester", "England", "M", 0.10, "Z3C"),
    ("383", "E08000035", "Leeds", "England", "LS", 0.11, "Z4D"),
    ("801", "E06000023", "Bristol, City of", "England", "BS", 0.08, "Z5E"),
    ("852", "E06000045", "Southampton", "England", "SO", 0.06, "Z5E"),
    ("856", "E06000016", "Leicester", "England", "LE", 0.07, "Z2B"),
    ("892", "E06000018", "Nottingham", "England", "NG", 0.07, "Z4D"),
    ("681", "W06000015", "Cardiff", "Wales", "CF", 0.06, "Z6F"),
    ("670", "W06000011", "Swansea", "Wales", "SA", 0.04, "Z6F"),
)


def day(value: date) -> int:
    """Return the number of a day; all modules count in these and cast to dates when they write."""
    return (value - EPOCH).days


def authorities(first_census: int, last_census: int) -> pl.DataFrame:
    """Return one row per authority, with the dates between which its returns exist."""
    frame = pl.DataFrame(
        _AUTHORITIES,
        schema=["la_code", "gss_code", "name", "country", "area", "weight", "provider"],
        orient="row",
    )
    short_end = min(date(last_census, 3, 31), date(2025, 3, 31))
    end = pl.when(pl.col("la_code") == SHORT_COVERAGE).then(short_end).otherwise(date(last_census, 3, 31))
    return frame.with_columns(
        coverage_start=pl.lit(date(first_census - 1, 4, 1)),
        coverage_end=end,
        la=pl.int_range(pl.len(), dtype=pl.Int64),
    )


def small_areas(places: pl.DataFrame) -> pl.DataFrame:
    """Return one row per small area: number, code, authority and deprivation quintile (1 = most deprived)."""
    quintiles = [str(q + 1) for q, count in enumerate(AREAS_PER_QUINTILE) for _ in range(count)]
    areas = pl.DataFrame({"within": range(AREAS_PER_AUTHORITY), "quintile": quintiles})
    letter = pl.col("country").str.slice(0, 1)
    number = pl.col("la") * AREAS_PER_AUTHORITY + pl.col("within") + 1
    return (
        places.join(areas, how="cross")
        .with_columns(
            area_id=pl.col("la") * AREAS_PER_AUTHORITY + pl.col("within"),
            lsoa=letter + pl.lit("019") + number.cast(pl.String).str.zfill(5),
            quintile=pl.col("quintile").cast(pl.Int64),
        )
        .select("area_id", "lsoa", "country", "la_code", "la", "quintile", "within")
    )


def area_in_quintile(la: pl.Expr, quintile: pl.Expr, u: pl.Expr) -> pl.Expr:
    """Return the number of a small area in an authority and quintile, drawn by a uniform number."""
    starts = [sum(AREAS_PER_QUINTILE[:q]) for q in range(5)]
    start = quintile.replace_strict(list(range(1, 6)), starts, return_dtype=pl.Int64)
    count = quintile.replace_strict(list(range(1, 6)), list(AREAS_PER_QUINTILE), return_dtype=pl.Int64)
    return la * AREAS_PER_AUTHORITY + start + (u * count).floor().cast(pl.Int64)


def postcode(area_code: pl.Expr, area_id: pl.Expr, u: pl.Expr) -> pl.Expr:
    """Return an invented postcode of a small area, one of thirty, drawn by a uniform number."""
    number = (area_id % AREAS_PER_AUTHORITY) * POSTCODES_PER_AREA + (u * POSTCODES_PER_AREA).floor().cast(pl.Int64)
    rest = number // 20
    sector = rest % 10
    letter_numbers = list(range(len(LETTERS)))
    first = ((number * 7 + 3) % 20).replace_strict(letter_numbers, list(LETTERS), return_dtype=pl.String)
    last = (rest // 10 + 3 * sector) % 20
    second = last.replace_strict(letter_numbers, list(LETTERS), return_dtype=pl.String)
    return pl.format("{}{} {}{}{}", area_code, number % 20 + 1, sector, first, second)
