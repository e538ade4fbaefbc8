"""The return for looked-after children (SSDA903): header.csv and episodes.csv per authority and year."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.flaws import Flaws
from dyadlink.synthetic.flaws.returns import spoil_episodes_shown
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.write_cin import FIRST_YEAR_OF_SEX, CensusYear

HEADER_COLUMNS = ("CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB")
EPISODE_COLUMNS = (
    "CHILD",
    "DECOM",
    "RNE",
    "LS",
    "CIN",
    "PLACE",
    "PLACE_PROVIDER",
    "DEC",
    "REC",
    "REASON_PLACE_CHANGE",
    "HOME_POST",
    "PL_POST",
    "URN",
)
WELSH_PLACES = {
    "U1": "F4",
    "U2": "F1",
    "U3": "F1",
    "U4": "F2",
    "U5": "F3",
    "U6": "F6",
    "K2": "H3",
    "A6": "A6",
}
WELSH_ENDS = {"E4A": "E4", "E4B": "E4", "E45": "E43", "E46": "E43", "E47": "E44", "E48": "E44", "E41": "E8"}
WELSH_STATUS = {"V3": "V1", "V4": "V1"}
LONG_TERM_FOSTERING = {"U1": "U3", "U4": "U6"}
LONGEST_SINGLE_BREAK = 17
"""Days after which a single short break (V3) is against rule 365."""


def _date(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Int32).cast(pl.Date).dt.strftime("%d/%m/%Y")


def _in_country(column: str, codes: dict[str, str]) -> pl.Expr:
    """Return the code of the country's own list."""
    return pl.when(pl.col("country") == "Wales").then(pl.col(column).replace(codes)).otherwise(column)


def with_respite(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the episodes with short breaks as the return wants them (rules 365 and 384).

    ASSUME: a break longer than 17 days is one of an agreed series (V4), and no break is long-term fostering.
    """
    respite = pl.col("ls").is_in(list(WELSH_STATUS))
    long = (pl.col("end") - pl.col("start") > LONGEST_SINGLE_BREAK).fill_null(value=True)
    return rows.with_columns(
        ls=pl.when((pl.col("ls") == "V3") & long).then(pl.lit("V4")).otherwise("ls"),
        place=pl.when(respite).then(pl.col("place").replace(LONG_TERM_FOSTERING)).otherwise("place"),
    )


def _episodes(rows: pl.DataFrame, y: CensusYear) -> pl.DataFrame:
    over = (pl.col("end") <= y.last).fill_null(value=False)
    place = pl.col("place")
    own = pl.col("period") % 5 < 3
    provider = (
        pl.when(place == "P1")
        .then(pl.lit("PR0"))
        .when(place.is_in(["R3", "K2"]) | ~own)
        .then(pl.lit("PR4"))
        .otherwise(pl.lit("PR1"))
    )
    urn = pl.format("SC{}", (100_000 + pl.col("period") * 7919 % 900_000).cast(pl.String))
    elsewhere = pl.when(place == "P1").then("held_postcode").otherwise("new_home")
    return rows.select(
        CHILD="la_child_id",
        DECOM=_date(pl.col("start")),
        RNE="rne",
        LS=_in_country("ls", WELSH_STATUS),
        CIN="need",
        PLACE=_in_country("place", WELSH_PLACES),
        PLACE_PROVIDER=provider,
        DEC=_date(pl.when(over).then("end")),
        REC=pl.when(over).then(_in_country("rec", WELSH_ENDS)),
        REASON_PLACE_CHANGE=pl.when(over).then("reason_change"),
        HOME_POST=pl.col("held_postcode"),
        PL_POST=elsewhere,
        URN=pl.when(place == "P1").then(pl.lit("XXXXXXX")).otherwise(urn),
    )


def _headers(rows: pl.DataFrame, y: CensusYear) -> pl.DataFrame:
    rows = rows.unique("child", keep="first", maintain_order=True)
    codes = ["M", "F"] if y.year >= FIRST_YEAR_OF_SEX else ["1", "2"]
    school_age = (y.last - pl.col("birth")) >= 5 * 366
    girl = (pl.col("sex") == 2) & ((y.last - pl.col("birth")) >= 12 * 366)
    return rows.select(
        CHILD="la_child_id",
        SEX=pl.col("sex").replace_strict([1, 2], codes, return_dtype=pl.String),
        DOB=_date(pl.col("held_birth")),
        ETHNIC="census_ethnicity",
        UPN=pl.when(school_age).then("upn"),
        MOTHER=pl.when(girl).then(pl.lit("0")),
        MC_DOB=pl.lit(None, pl.String),
    )


def write_ssda903(world: RecordedWorld, folder: Path, flaws: Flaws | None = None) -> None:
    """Write authorities/<la>/ssda903/<year>/header.csv and episodes.csv, also where they have no row.

    Args:
        world: The world as it is recorded.
        folder: The folder `authorities`.
        flaws: Chooses the records that a single return gets wrong; none when not given.
    """
    places = world.places
    # ASSUME: Welsh authorities return the same files, with the codes of the Welsh census (data README).
    rows = world.social_care.care.join(world.social_care.children, on="child", maintain_order="left")
    rows = rows.join(places.select("la_code", "country"), on="la_code", maintain_order="left")
    rows = with_respite(rows).sort("la_code", "la_child_id", "start", "period", maintain_order=True)
    for year in world.years:
        y = CensusYear(year)
        not_over = (pl.col("end") >= y.first).fill_null(value=True)
        current = rows.filter(pl.col("start") <= y.last, not_over)
        covered = places.filter(pl.col("coverage_end") >= date(year, 3, 31)).select("la_code")
        if flaws is not None and not flaws.is_off:
            current = current.join(covered, on="la_code", how="semi", maintain_order="left")
            current = spoil_episodes_shown(current, year, flaws)
        for la_code in covered["la_code"]:
            path = folder / str(la_code) / "ssda903" / str(year)
            path.mkdir(parents=True)
            own = current.filter(pl.col("la_code") == la_code)
            write_csv(_headers(own, y).select(HEADER_COLUMNS), path / "header.csv")
            write_csv(_episodes(own, y).select(EPISODE_COLUMNS), path / "episodes.csv")
