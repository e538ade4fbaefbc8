"""Authorities, small areas and postcodes. Authorities are real, small areas and postcodes invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from dyadlink.errors import ConfigError

EPOCH = date(1970, 1, 1)
AREAS_PER_AUTHORITY = 60
POSTCODES_PER_AREA = 30
AREAS_PER_QUINTILE = (19, 15, 11, 9, 6)
"""More deprived areas than others, as where the mothers live."""
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
OUTSIDE_GSS, OUTSIDE_LSOA = "S12000036", "S01099999"
"""A home in Scotland: no return of England or Wales covers it."""
DISTRICTS = 20
"""Districts of a postcode area that one authority uses."""
SHORT_COVERAGE = "892"
"""The authority without returns for 2026."""

# la_code (DfE), GSS code, name, country, postcode area, weight, health provider
_SAMPLE = (
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


SAMPLE_SIZE = len(_SAMPLE)
_COLUMNS = {
    "la_code": pl.String(),
    "gss_code": pl.String(),
    "name": pl.String(),
    "country": pl.String(),
    "area": pl.String(),
    "weight": pl.Float64(),
    "provider": pl.String(),
}


def day(value: date) -> int:
    """Return the number of a day; all modules count in these and cast to dates when they write."""
    return (value - EPOCH).days


def authorities(first_census: int, last_census: int, every: Path | None = None) -> pl.DataFrame:
    """Return one row per authority, with the dates between which its returns exist.

    Args:
        first_census: The first return year.
        last_census: The last one.
        every: The CSV file with all authorities of England and Wales; the sample of twelve where none is given.

    Raises:
        ConfigError: If the file cannot be read.
    """
    frame = pl.DataFrame(_SAMPLE, schema=list(_COLUMNS), orient="row") if every is None else _all_authorities(every)
    short_end = min(date(last_census, 3, 31), date(2025, 3, 31))
    end = pl.when(pl.col("la_code") == SHORT_COVERAGE).then(short_end).otherwise(date(last_census, 3, 31))
    return frame.with_columns(
        coverage_start=pl.lit(date(first_census - 1, 4, 1)),
        coverage_end=end,
        la=pl.int_range(pl.len(), dtype=pl.Int64),
    )


def _all_authorities(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, schema_overrides=_COLUMNS).select(list(_COLUMNS))
    except (OSError, pl.exceptions.PolarsError):
        raise ConfigError(
            "the authorities cannot be read", where=path.name, mend="keep the file beside the parameters"
        ) from None


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
    """Return an invented postcode of a small area, one of thirty, drawn by a uniform number.

    Where authorities share a postcode area, each has districts of its own: every twelfth authority starts twenty
    districts on, and the file of authorities gives no postcode area twice to authorities that start on the same.
    """
    number = (area_id % AREAS_PER_AUTHORITY) * POSTCODES_PER_AREA + (u * POSTCODES_PER_AREA).floor().cast(pl.Int64)
    rest = number // 20
    sector = rest % 10
    letter_numbers = list(range(len(LETTERS)))
    first = ((number * 7 + 3) % 20).replace_strict(letter_numbers, list(LETTERS), return_dtype=pl.String)
    last = (rest // 10 + 3 * sector) % 20
    second = last.replace_strict(letter_numbers, list(LETTERS), return_dtype=pl.String)
    district = number % DISTRICTS + 1 + DISTRICTS * (area_id // AREAS_PER_AUTHORITY // SAMPLE_SIZE % 4)
    return pl.format("{}{} {}{}{}", area_code, district, sector, first, second)
