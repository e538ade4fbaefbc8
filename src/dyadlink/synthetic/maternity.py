"""The two maternity tables: pregnancy bookings and babies, with the mother-baby edge."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.randomness import pick, spread, with_uniforms

BOOKING_FIELDS = (
    "PregnancyID",
    "LPIDMother",
    "OrgIDComm",
    "AntenatalAppDate",
    "PregFirstConDate",
    "EDDAgreed",
    "OrgSiteIDBooking",
    "EDDMethodAgreed",
    "LastMenstrualPeriodDate",
    "DisabilityIndMother",
    "MHPredictionDetectionIndMother",
    "ComplexSocialFactorsInd",
    "SupportStatusIndMother",
    "PreviousCaesareanSections",
    "PreviousLiveBirths",
    "PreviousStillBirths",
    "PreviousLossesLessThan24Weeks",
    "DischargeDateMatService",
    "DischReason",
    "Person_ID_Mother",
    "UniqPregID",
    "RPStartDate",
    "OrgIDProvider",
    "RecordNumber",
)
BABY_FIELDS = (
    "LPIDBaby",
    "LabourDeliveryID",
    "OrgIDLocalPatientIdBaby",
    "PersonBirthDateBaby",
    "PregOutcome",
    "PersonPhenSex",
    "EthnicCategoryBaby",
    "BirthOrderMaternitySUS",
    "PersonDeathDateBaby",
    "GestationLengthBirth",
    "DeliveryMethodCode",
    "SettingPlaceBirth",
    "DischargeDateBabyHosp",
    "Person_ID_Mother",
    "Person_ID_Baby",
    "UniqPregID",
    "RPStartDate",
    "OrgIDProvider",
    "RecordNumber",
)


def babies(dyads: pl.DataFrame, other_births: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return one row per baby, liveborn or stillborn, numbered `baby`; the babies of dyads come first.

    Columns: baby, dyad (null for others), woman, pregnancy, birth, gestation_days, infant_sex, twin_no,
    is_multiple, infant_death, parity, outcome.
    """
    own = dyads.select(
        "dyad",
        "birth",
        "gestation_days",
        "infant_sex",
        "twin_no",
        "is_multiple",
        "infant_death",
        "parity",
        woman=pl.col("mother"),
        pregnancy=pl.col("birth_id").cast(pl.Int64),
        outcome=pl.lit("01"),
    )
    n_pregnancies = int(str(own["pregnancy"].max() or 0)) + 1
    rest = other_births.filter(pl.col("birth").is_not_null())
    still = pick(rng, rest.height, {"02": 0.75, "03": 0.25})
    rest = rest.select(
        "birth",
        "gestation_days",
        "infant_sex",
        "parity",
        "woman",
        "infant_death",
        dyad=pl.lit(None, pl.Int64),
        twin_no=pl.lit(1, pl.Int64),
        is_multiple=pl.lit(value=False),
        pregnancy=n_pregnancies + pl.int_range(pl.len(), dtype=pl.Int64),
        outcome=pl.when(pl.col("kind") == "stillbirth").then(still).otherwise(pl.lit("01")),
    )
    return pl.concat([own, rest.select(own.columns)]).with_row_index("baby").with_columns(pl.col("baby").cast(pl.Int64))


def maternity_tables(births: pl.DataFrame, women: pl.DataFrame, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return MSD101PregnancyBooking and MSD401BabyDemographics.

    A booking comes again in the month of birth, some babies come again in the month after it.

    Args:
        births: One row per baby, with `baby_id` (Person_ID_Baby).
        women: One row per woman, with `person_id`, `provider` and `ethnic_code`.
        rng: The stream of this topic.
    """
    rows = births.join(women.select("woman", "person_id", "provider", "ethnic_code"), on="woman", maintain_order="left")
    rows = rows.with_columns(
        PregnancyID=pl.format("PRG{}", pl.col("pregnancy").cast(pl.String).str.zfill(7)),
        Person_ID_Mother=pl.col("person_id"),
        OrgIDProvider=pl.col("provider"),
    ).with_columns(UniqPregID=pl.col("OrgIDProvider") + pl.col("PregnancyID"))
    bookings = _bookings(rows, rng)
    return {"MSD101PregnancyBooking": bookings, "MSD401BabyDemographics": _baby_rows(rows, rng)}


def _date(expr: pl.Expr) -> pl.Expr:
    return expr.cast(pl.Int32).cast(pl.Date)


def _record_numbers(rows: pl.DataFrame) -> pl.Expr:
    return (100_000_000 + pl.int_range(rows.height, dtype=pl.Int64)).alias("RecordNumber")


def _bookings(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    one = rows.unique("pregnancy", keep="first", maintain_order=True)
    n = one.height
    one = with_uniforms(one, rng, "u_week", "u_still", "u_loss", "u_section").with_columns(
        lmp=pl.col("birth") - pl.col("gestation_days"),
        social=pick(rng, n, {"Y": 0.3, "N": 0.7}),
        support=pick(rng, n, {"Y": 0.8, "N": 0.15, "Z": 0.05}),
        asked=pick(rng, n, {"Y": 0.95, "N": 0.05}),
        disability=pick(rng, n, {"N": 0.9, "Y": 0.1}),
    )
    one = one.with_columns(booked=pl.col("lmp") + spread("u_week", 49, 98))
    one = one.with_columns(
        LPIDMother=pl.format("M{}", pl.col("woman").cast(pl.String).str.zfill(7)),
        OrgIDComm=pl.lit("QZZ"),
        AntenatalAppDate=_date(pl.col("booked")),
        PregFirstConDate=_date(pl.col("booked") - 10),
        EDDAgreed=_date(pl.col("lmp") + 280),
        OrgSiteIDBooking=pl.col("OrgIDProvider") + pl.lit("01"),
        EDDMethodAgreed=pl.lit("02"),
        LastMenstrualPeriodDate=_date(pl.col("lmp")),
        DisabilityIndMother="disability",
        MHPredictionDetectionIndMother="asked",
        ComplexSocialFactorsInd="social",
        SupportStatusIndMother="support",
        PreviousCaesareanSections=pl.when(pl.col("u_section") < 0.25)
        .then(pl.min_horizontal(pl.col("parity"), 1))
        .otherwise(0),
        PreviousLiveBirths="parity",
        PreviousStillBirths=(pl.col("u_still") < 0.01).cast(pl.Int64),
        PreviousLossesLessThan24Weeks=(pl.col("u_loss") < 0.2).cast(pl.Int64),
    )
    first = one.with_columns(
        DischargeDateMatService=pl.lit(None, pl.Date),
        DischReason=pl.lit(None, pl.String),
        RPStartDate=_date(pl.col("booked")).dt.month_start(),
    )
    last = one.with_columns(
        DischargeDateMatService=_date(pl.col("birth") + 12),
        DischReason=pl.lit("01"),
        RPStartDate=_date(pl.col("birth") + 12).dt.month_start(),
    )
    both = pl.concat([first, last]).sort("pregnancy", "RPStartDate")
    return both.with_columns(_record_numbers(both)).select(BOOKING_FIELDS)


def _baby_rows(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    n = rows.height
    rows = with_uniforms(rows, rng, "u_again", "u_stay").with_columns(
        LPIDBaby=pl.format("B{}", pl.col("baby").cast(pl.String).str.zfill(7)),
        LabourDeliveryID=pl.format("LAB{}", pl.col("pregnancy").cast(pl.String).str.zfill(7)),
        OrgIDLocalPatientIdBaby=pl.col("OrgIDProvider"),
        PersonBirthDateBaby=_date(pl.col("birth")),
        PregOutcome="outcome",
        PersonPhenSex=pl.col("infant_sex").cast(pl.String),
        EthnicCategoryBaby="ethnic_code",
        BirthOrderMaternitySUS="twin_no",
        PersonDeathDateBaby=_date(pl.col("infant_death")),
        GestationLengthBirth="gestation_days",
        DeliveryMethodCode=pick(rng, n, {"0": 0.58, "2": 0.06, "4": 0.06, "7": 0.14, "8": 0.16}),
        SettingPlaceBirth=pick(rng, n, {"01": 0.85, "02": 0.12, "04": 0.03}),
        DischargeDateBabyHosp=_date(pl.col("birth") + spread("u_stay", 0, 6)),
        Person_ID_Baby="baby_id",
    )
    month = pl.col("PersonBirthDateBaby").dt.month_start()
    again = rows.filter(pl.col("u_again") < 0.1).with_columns(RPStartDate=month.dt.offset_by("1mo"))
    # A death months after the birth reaches the extract with its own later submission.
    died = rows.filter(pl.col("infant_death").is_not_null()).with_columns(
        RPStartDate=pl.col("PersonDeathDateBaby").dt.month_start()
    )
    first = rows.with_columns(RPStartDate=month, PersonDeathDateBaby=pl.lit(None, pl.Date))
    # A row of the months after a death knows of it.
    knows = pl.col("PersonDeathDateBaby").dt.month_start() <= pl.col("RPStartDate")
    again = again.with_columns(PersonDeathDateBaby=pl.when(knows).then("PersonDeathDateBaby"))
    every = pl.concat([first, again, died]).unique(["baby", "RPStartDate"], keep="last", maintain_order=True)
    every = every.sort("baby", "RPStartDate")
    return every.with_columns(_record_numbers(every)).select(BABY_FIELDS)
