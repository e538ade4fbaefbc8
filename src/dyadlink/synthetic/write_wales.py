"""The Welsh route: looked-after children, the register on 31 March, births and hospital admissions, as in SAIL."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.synthetic.files import write_csv, write_parquet
from dyadlink.synthetic.places import AREAS_PER_AUTHORITY
from dyadlink.synthetic.pseudonyms import different_numbers, keyed_hashes, shown, week_of_birth
from dyadlink.synthetic.randomness import Topic, generator, pick, with_uniforms
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.wales_health import write_births, write_pedw
from dyadlink.synthetic.wales_register import write_register
from dyadlink.synthetic.wales_tables import AUTHORITY_CODES, ETHNICITIES, MATCHES, NO_CODE_IN_WALES, UNMATCHED
from dyadlink.synthetic.write_cin import CensusYear
from dyadlink.synthetic.write_ssda903 import WELSH_ENDS, WELSH_PLACES, WELSH_STATUS, with_respite

SCHOOL_AGE_DAYS = 5 * 366
UNDER_THREE_DAYS = 3 * 365


def write_wales_sail(world: RecordedWorld, folder: Path) -> pl.DataFrame:
    """Write the folder wales_sail and return the true links in its ids."""
    wales = world.in_country("Wales")
    rng = generator(world.seed, Topic.WALES_SAIL)
    alfs = _alfs(world, rng)
    children = _children(wales, alfs, rng)
    _write_looked_after(wales, children, folder / "SAILLACWV")
    # The last census is that of 2022/23, and no later one is expected.
    last_year = min(wales.years[-1], wales.parameters.routes.register_last_year.value)
    seen = write_register(wales, children, range(wales.years[0], last_year + 1), rng, folder / "SAILCRCSV")
    write_parquet(_register_alfs(seen, wales), folder / "SAILCRCSV" / "PUPIL_ALF.parquet")
    write_births(wales, children, alfs, rng, folder / "SAILNCCHV")
    write_pedw(wales, alfs, rng, folder / "SAILPEDWV")
    reference = folder / "reference"
    reference.mkdir()
    codes = pl.col("gss_code").replace_strict(AUTHORITY_CODES, return_dtype=pl.Int16)
    places = wales.places.select(
        codes.alias("LOCAL_AUTHORITY_CODE"), "gss_code", "name", "coverage_start", "coverage_end"
    )
    write_csv(places, reference / "authorities.csv")
    write_csv(wales.areas.select("lsoa", "quintile"), reference / "wimd.csv")
    return _links(world, wales, children, alfs)


def _alfs(world: RecordedWorld, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return the linking fields of women, babies and other children: `woman`, `baby` or `child`, and `alf`."""
    children = world.social_care.children.filter(pl.col("dyad").is_null()).select("child")
    people = {"woman": world.women.select("woman"), "baby": world.infants.select("baby"), "child": children}
    numbers = different_numbers(sum(rows.height for rows in people.values()), rng, 10**9, 10**10)
    alfs, first = {}, 0
    for name, rows in people.items():
        alfs[name] = rows.with_columns(alf=numbers.slice(first, rows.height))
        first += rows.height
    return alfs


def _children(wales: RecordedWorld, alfs: dict[str, pl.DataFrame], rng: np.random.Generator) -> pl.DataFrame:
    """Return children of Welsh authorities with encrypted ids, linking fields and codes."""
    rows = wales.social_care.children.sort("la_code", "la_child_id")
    codes = wales.places.select("la", "gss_code")
    rows = rows.join(codes, on="la", maintain_order="left").join(
        wales.areas.select("area_id", "lsoa"), on="area_id", how="left", maintain_order="left"
    )
    for name in ("baby", "child"):
        found = alfs[name].rename({"alf": f"{name}_alf"})
        rows = rows.join(found, on=name, how="left", maintain_order="left")
    rows = with_uniforms(rows, rng, "u_match", "u_percent", "u_birth").with_columns(
        status=pick(rng, rows.height, MATCHES).cast(pl.Int16)
    )
    return rows.with_columns(
        alf=pl.coalesce("baby_alf", "child_alf"),
        system_id=_encrypted(rows.select(pl.concat_str("la_code", "la_child_id", separator="|")), "system", wales.seed),
        hybrid_id=_encrypted(rows.select(pl.concat_str("la_code", "la_child_id", separator="|")), "hybrid", wales.seed),
        irn=_encrypted(rows.select("upn"), "pupil", wales.seed),
        authority=pl.col("gss_code").replace_strict(AUTHORITY_CODES, return_dtype=pl.Int16),
        ethnicity=pl.col("census_ethnicity").replace_strict(ETHNICITIES, default=None, return_dtype=pl.String),
        gender=pl.col("sex").cast(pl.Int16),
    )


def _encrypted(texts: pl.DataFrame, key: str, seed: int) -> pl.Series:
    """Return whole numbers that stand for texts."""
    return keyed_hashes(texts.to_series(), f"{key} {seed}", 14).str.to_integer(base=16, dtype=pl.Int64)


def match_columns(matched: pl.Expr) -> dict[str, pl.Expr]:
    """Return ALF_E, ALF_STS_CD and ALF_MTCH_PCT of rows with alf, status and u_percent."""
    exact = pl.col("status").is_in([1, 4])
    percent = pl.when(exact).then(1.0).otherwise((0.6 + 0.4 * pl.col("u_percent")).round(4))
    return {
        "ALF_E": pl.when(matched).then("alf"),
        "ALF_STS_CD": pl.when(matched).then("status").otherwise(pl.lit(UNMATCHED, pl.Int16)),
        "ALF_MTCH_PCT": pl.when(matched).then(percent),
    }


def year_code(year: int) -> pl.Expr:
    """Return the code of the year to 31 March: 202021 for 2021."""
    return pl.lit((year - 1) * 100 + year % 100, pl.Int32)


def in_wales(column: str, codes: dict[str, str]) -> pl.Expr:
    """Return the Welsh code."""
    return pl.col(column).replace(codes)


def _write_looked_after(wales: RecordedWorld, children: pl.DataFrame, folder: Path) -> None:
    """Write CHILD_MAIN, EPISODE_MAIN and PUPIL_ALF of the census of looked-after children."""
    rows = with_respite(wales.social_care.care).join(children, on="child", how="inner", maintain_order="left")
    rows = rows.sort("authority", "system_id", "start", "end", "period", nulls_last=True)
    away = pl.col("la") * AREAS_PER_AUTHORITY + (pl.col("period") * 7919) % AREAS_PER_AUTHORITY
    at_home = pl.col("place") == "P1"
    areas = wales.areas.select(there="area_id", place_lsoa="lsoa")
    rows = rows.with_columns(there=pl.when(at_home).then("area_id").otherwise(away))
    rows = rows.join(areas, on="there", how="left", maintain_order="left")
    main, episodes = [], []
    for year in wales.years:
        y = CensusYear(year)
        covered = wales.places.filter(pl.col("coverage_end") >= date(year, 3, 31)).select("la")
        current = rows.filter(pl.col("start") <= y.last, (pl.col("end") >= y.first).fill_null(value=True))
        current = current.join(covered, on="la", how="semi", maintain_order="left")
        main.append(_main_rows(current.unique("child", keep="first", maintain_order=True), y))
        episodes.append(_episode_rows(current, y))
    write_parquet(pl.concat(main), folder / "CHILD_MAIN.parquet")
    write_parquet(pl.concat(episodes), folder / "EPISODE_MAIN.parquet")
    held = children.join(rows.select("child"), on="child", how="semi", maintain_order="left")
    held = held.filter(pl.col("system_id").is_in(pl.concat(main)["SYSTEM_ID_E"].unique().sort().implode()))
    write_parquet(_looked_after_alfs(held, wales), folder / "PUPIL_ALF.parquet")


def _main_rows(rows: pl.DataFrame, y: CensusYear) -> pl.DataFrame:
    return rows.select(
        SYSTEM_ID_E="system_id",
        IRN_E=pl.when(y.last - pl.col("birth") >= SCHOOL_AGE_DAYS).then("irn"),
        YEAR_CODE=year_code(y.year),
        LOCAL_AUTHORITY_CODE="authority",
        DISABILITY_CODE=(pl.col("disability") != "NONE").cast(pl.Int16),
        ASYLUM=pl.lit(0, pl.Int16),
        DATE_CEASED_UASC=pl.lit(None, pl.Date),
        ETHNICITY="ethnicity",
        LSOA2011_HOME_POSTCODE="lsoa",
        HYBRID_ID_PE="hybrid_id",
    )


def _episode_rows(rows: pl.DataFrame, y: CensusYear) -> pl.DataFrame:
    short = pl.col("ls").is_in(list(WELSH_STATUS))
    over = (pl.col("end") <= y.last).fill_null(value=False)
    need = pl.when(~pl.col("need").is_in(NO_CODE_IN_WALES)).then("need")
    return rows.select(
        SYSTEM_ID_E="system_id",
        YEAR_CODE=year_code(y.year),
        LOCAL_AUTHORITY_CODE="authority",
        EPISODE_NUMBER=pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("child"),
        EPISODE_START_DATE=shown("start", y.last),
        EPISODE_END_DATE=shown("end", y.last),
        REASON_EPISODE_STARTED_CODE="rne",
        LEGAL_STATUS_CODE=in_wales("ls", WELSH_STATUS),
        CATEGORY_OF_NEED_CODE=need,
        PLACEMENT_TYPE_CODE=in_wales("place", WELSH_PLACES),
        REASON_EPISODE_FINISHED_CODE=pl.when(over).then(in_wales("rec", WELSH_ENDS)),
        LSOA2011_PLACEMENT_POSTCODE="place_lsoa",
        SHORT_BREAKS=pl.when(short).then(pl.lit(1, pl.Int16)),
    )


def _looked_after_alfs(children: pl.DataFrame, wales: RecordedWorld) -> pl.DataFrame:
    """Return linking fields; a birth entered as the 15th of the month has another week."""
    settings = wales.parameters.routes
    fifteenth = pl.col("held_birth").cast(pl.Int32).cast(pl.Date).dt.month_start().dt.offset_by("14d")
    entered = pl.when(pl.col("u_birth") < settings.looked_after_birth_on_15th.value).then(
        fifteenth.cast(pl.Int32).cast(pl.Int64)
    )
    return children.select(
        **{"SYSTEM_ID_E": pl.col("system_id")},
        **match_columns(pl.col("u_match") < settings.looked_after_matched.value),
        GNDR_CD="gender",
        WOB=week_of_birth(entered.otherwise("held_birth")),
    )


def _register_alfs(seen: pl.DataFrame, wales: RecordedWorld) -> pl.DataFrame:
    """Return linking fields of the children in a snapshot; most under three at their last one have none."""
    settings = wales.parameters.routes
    young = pl.col("last_seen") - pl.col("birth") < UNDER_THREE_DAYS
    share = pl.when(young).then(settings.register_matched_under_three.value)
    matched = pl.col("u_match") < share.otherwise(settings.register_matched_older.value)
    born = pl.col("birth") <= pl.col("last_seen")
    return seen.select(
        **{"CHILD_CODE_E": pl.col("system_id")},
        **match_columns(matched & born),
        GNDR_CD=pl.when(born).then("gender"),
        WOB=pl.when(born).then(week_of_birth(pl.col("held_birth"))),
    )


def _links(
    world: RecordedWorld, wales: RecordedWorld, children: pl.DataFrame, alfs: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return one row per dyad of a Welsh mother or known to a Welsh authority, and authority."""
    known = children.filter(pl.col("dyad").is_not_null()).select(
        "dyad", LOCAL_AUTHORITY_CODE="authority", SYSTEM_ID_E="system_id"
    )
    at_home = wales.women.select(mother="woman", is_resident=pl.lit(value=True))
    rows = world.dyads.select("dyad", "mother", "baby", mother_id="person_id", infant_id="baby_id")
    rows = rows.join(at_home, on="mother", how="left", maintain_order="left")
    rows = rows.join(known, on="dyad", how="left", maintain_order="left_right")
    rows = rows.filter(pl.col("is_resident").is_not_null() | pl.col("SYSTEM_ID_E").is_not_null())
    rows = rows.join(alfs["woman"].rename({"woman": "mother", "alf": "MAT_ALF_E"}), on="mother", maintain_order="left")
    rows = rows.join(alfs["baby"].rename({"alf": "ALF_E"}), on="baby", maintain_order="left")
    columns = ("mother_id", "infant_id", "MAT_ALF_E", "ALF_E", "LOCAL_AUTHORITY_CODE", "SYSTEM_ID_E")
    return rows.select(columns).sort("infant_id", "LOCAL_AUTHORITY_CODE")
