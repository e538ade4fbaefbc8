"""Welsh health records: births with the mother, and admissions without any mark of the ward."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.synthetic.files import write_parquet
from dyadlink.synthetic.pseudonyms import different_numbers, week_of_birth
from dyadlink.synthetic.randomness import pick, with_uniforms
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.wales_tables import ADMISSION_METHODS, PEDW_DIAG, PEDW_EPISODE, PEDW_SPELL, PROVIDER_UNITS

LIVE_BIRTH = "01"
ADULT_MENTAL_ILLNESS = "710"
"""Main specialty of the consultant of every episode here."""
GRAMS_AT_TERM, GRAMS_PER_DAY, GRAMS_SD = 3400, 24, 430
MINUTES_PER_DAY = 24 * 60
Alfs = dict[str, pl.DataFrame]


def write_births(
    wales: RecordedWorld, children: pl.DataFrame, alfs: Alfs, rng: np.random.Generator, folder: Path
) -> None:
    """Write CHILD_BIRTHS: live births of the women, and of all other children whom the authorities know."""
    mothers = alfs["woman"].rename({"alf": "mother_alf"})
    columns = ("birth", "gestation_days", "twin_no", "infant_sex", "alf", "mother_alf")
    own = wales.infants.filter(pl.col("outcome") == LIVE_BIRTH).join(alfs["baby"], on="baby", maintain_order="left")
    own = own.join(mothers, on="woman", how="left", maintain_order="left").select(columns)
    rest = children.filter(pl.col("dyad").is_null(), pl.col("birth") <= pl.lit(_last_day(wales)))
    rest = rest.join(mothers, on="woman", how="left", maintain_order="left")
    others = different_numbers(rest.height, rng, 10**10, 10**11)
    rest = rest.with_columns(
        gestation_days=pl.lit(277, pl.Int64), twin_no=pl.lit(1, pl.Int64), mother_alf=pl.coalesce("mother_alf", others)
    )
    rows = pl.concat([own, rest.select(columns)])
    rows = with_uniforms(rows, rng, "u_mother", "u_time").with_columns(
        id=different_numbers(rows.height, rng, 10**8, 10**9), z=pl.Series(rng.standard_normal(rows.height))
    )
    minute = (pl.col("u_time") * MINUTES_PER_DAY).floor().cast(pl.Int32)
    weight = GRAMS_AT_TERM + GRAMS_PER_DAY * (pl.col("gestation_days") - 280) + GRAMS_SD * pl.col("z")
    held = pl.col("u_mother") < wales.parameters.routes.mother_pseudonym_held.value
    births = rows.select(
        CHILD_ID_E="id",
        ALF_E="alf",
        MAT_ALF_E=pl.when(held).then("mother_alf"),
        WOB=week_of_birth(pl.col("birth")),
        BIRTH_ORDER=pl.col("twin_no").cast(pl.Int16),
        BIRTH_TM=pl.time(minute // 60, minute % 60),
        BIRTH_WEIGHT=weight.clip(450, 5500).round().cast(pl.Int32),
        GNDR_CD=pl.col("infant_sex").replace_strict([1, 2], ["M", "F"], return_dtype=pl.String),
    )
    write_parquet(births.sort("CHILD_ID_E"), folder / "CHILD_BIRTHS.parquet")


def _last_day(wales: RecordedWorld) -> int:
    return int(str(wales.places["coverage_end"].cast(pl.Int32).max()))


def write_pedw(wales: RecordedWorld, alfs: Alfs, rng: np.random.Generator, folder: Path) -> None:
    """Write PEDW_SPELL, PEDW_EPISODE and PEDW_DIAG of the women's stays on wards and units.

    There is no ward type, so that a mother and baby unit looks like any ward, and no crisis team.
    """
    spells = _latest(wales.mhsds["MHS501HospProvSpell"], "UniqHospProvSpellID")
    women = wales.women.select("woman", "gss_code", "ethnic_code", "mother_birth", Person_ID="person_id")
    spells = spells.join(women, on="Person_ID", maintain_order="left")
    spells = spells.join(alfs["woman"], on="woman", maintain_order="left")
    spells = spells.sort("StartDateHospProvSpell", "UniqHospProvSpellID").with_columns(
        PROV_UNIT_CD=pl.col("gss_code").replace_strict(PROVIDER_UNITS, return_dtype=pl.String),
        SPELL_NUM_E=different_numbers(spells.height, rng, 10**8, 10**9),
        ADMIS_MTHD_CD=pick(rng, spells.height, ADMISSION_METHODS),
    )
    closed = pl.col("DischDateHospProvSpell").is_not_null()
    table = spells.select(
        "PROV_UNIT_CD",
        "SPELL_NUM_E",
        "ADMIS_MTHD_CD",
        ALF_E="alf",
        ALF_STS_CD=pl.lit(1, pl.Int16),
        ADMIS_YR=pl.col("StartDateHospProvSpell").dt.year().cast(pl.String),
        ADMIS_DT="StartDateHospProvSpell",
        DISCH_DT="DischDateHospProvSpell",
        DISCH_MTHD_CD=pl.when(closed).then(pl.lit("1")),
        GNDR_CD=pl.lit("2"),
    )
    codes = _diagnoses(wales)
    episodes = _episodes(wales, spells)
    write_parquet(table.select(PEDW_SPELL.split()), folder / "PEDW_SPELL.parquet")
    write_parquet(_episode_table(episodes, codes).select(PEDW_EPISODE.split()), folder / "PEDW_EPISODE.parquet")
    write_parquet(_diagnosis_table(episodes, codes).select(PEDW_DIAG.split()), folder / "PEDW_DIAG.parquet")


def _latest(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the last monthly version of each record."""
    return rows.sort("UniqMonthID", maintain_order=True).unique(key, keep="last", maintain_order=True)


def _episodes(wales: RecordedWorld, spells: pl.DataFrame) -> pl.DataFrame:
    """Return one consultant episode per ward stay, numbered within the spell."""
    keys = spells.select(
        "UniqHospProvSpellID", "PROV_UNIT_CD", "SPELL_NUM_E", "UniqServReqID", "ethnic_code", "mother_birth"
    )
    stays = _latest(wales.mhsds["MHS502WardStay"], "UniqWardStayID").drop("UniqServReqID")
    rows = stays.join(keys, on="UniqHospProvSpellID", how="inner", maintain_order="left")
    rows = rows.sort("PROV_UNIT_CD", "SPELL_NUM_E", "StartDateWardStay", "UniqWardStayID")
    return rows.with_columns(EPI_NUM=pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("PROV_UNIT_CD", "SPELL_NUM_E"))


def _diagnoses(wales: RecordedWorld) -> pl.DataFrame:
    """Return the diagnoses of each referral as last coded, the primary one first: UniqServReqID, code, number."""
    last = pl.col("UniqMonthID") == pl.col("UniqMonthID").max().over("UniqServReqID")
    primary = _latest(wales.mhsds["MHS604PrimDiag"], "UniqServReqID")
    secondary = wales.mhsds["MHS605SecDiag"].filter(last)
    rows = pl.concat(
        [
            primary.select("UniqServReqID", code="PrimDiag", order=pl.lit(1)),
            secondary.select("UniqServReqID", code="SecDiag", order=pl.lit(2)),
        ]
    )
    plain = pl.col("code").str.strip_chars().str.to_uppercase().str.replace(".", "", literal=True)
    rows = rows.filter(pl.col("code").is_not_null()).with_columns(code=plain.str.pad_end(4, "X").str.slice(0, 4))
    rows = rows.unique(maintain_order=True).sort("UniqServReqID", "order", "code")
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int16).over("UniqServReqID")
    return rows.with_columns(DIAG_NUM=number).rename({"code": "DIAG_CD_1234"})


def _episode_table(rows: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    primary = codes.filter(pl.col("order") == 1).select("UniqServReqID", "DIAG_CD_1234")
    rows = rows.join(primary, on="UniqServReqID", how="left", maintain_order="left")
    start, end = pl.col("StartDateWardStay"), pl.col("EndDateWardStay")
    born = pl.col("mother_birth").cast(pl.Int32).cast(pl.Date)
    return rows.select(
        "PROV_UNIT_CD",
        "SPELL_NUM_E",
        "EPI_NUM",
        "DIAG_CD_1234",
        EPI_STR_DT=start,
        EPI_STR_YR=start.dt.year().cast(pl.String),
        EPI_END_DT=end,
        EPI_END_YR=end.dt.year().cast(pl.String),
        FINISHED_EPI_FLG=end.is_not_null().cast(pl.Int16),
        DIAG_CD_123=pl.col("DIAG_CD_1234").str.slice(0, 3),
        OPER_CD=pl.lit(None, pl.String),
        AGE_EPI_STR_YR=((start - born).dt.total_days() / 365.25).floor().cast(pl.Int16),
        ETH_GRP_DERIVED_CD="ethnic_code",
        CON_SPEC_MAIN_CD=pl.lit(ADULT_MENTAL_ILLNESS),
    )


def _diagnosis_table(rows: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    keys = rows.select("PROV_UNIT_CD", "SPELL_NUM_E", "EPI_NUM", "UniqServReqID")
    found = keys.join(codes, on="UniqServReqID", how="inner", maintain_order="left_right")
    return found.select(
        "PROV_UNIT_CD",
        "SPELL_NUM_E",
        "EPI_NUM",
        "DIAG_NUM",
        "DIAG_CD_1234",
        DIAG_CD_123=pl.col("DIAG_CD_1234").str.slice(0, 3),
    )
