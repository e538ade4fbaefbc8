"""A mental health trust's own extract: patients of one authority, latest version of each record, submission names."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.places import POSTCODES_PER_AREA, postcode
from dyadlink.synthetic.recorded import RecordedWorld

DERIVED = (
    "Person_ID",
    "Person_ID_Mother",
    "Person_ID_Baby",
    "UniqMonthID",
    "UniqPregID",
    "UniqServReqID",
    "UniqHospProvSpellID",
    "UniqWardStayID",
    "UniqCareContID",
    "UniqMHActEpisodeID",
    "RecordNumber",
    "RPStartDate",
    "OrgIDProv",
    "OrgIDProvider",
    "LSOA2021",
    "LADistrictAuth",
)
"""Columns that the national body adds: a trust does not have them."""
KEYS = {
    "MHS001MPI": ("LocalPatientID",),
    "MHS101Referral": ("ServiceRequestID",),
    "MHS102OtherServiceType": ("ServiceRequestID", "OtherCareProfTeamLocalID"),
    "MHS201CareContact": ("CareContactID",),
    "MHS401MHActPeriod": ("MHActLegalStatusClassPeriodID",),
    "MHS501HospProvSpell": ("HospProvSpellID",),
    "MHS502WardStay": ("WardStayID",),
    "MHS604PrimDiag": ("ServiceRequestID", "CodedDiagTimestamp", "PrimDiag"),
    "MHS605SecDiag": ("ServiceRequestID", "CodedDiagTimestamp", "SecDiag"),
    "MHS902ServiceTeamDetails": ("CareProfTeamLocalID",),
    "MHS903WardDetails": ("WardCode",),
    "MSD101PregnancyBooking": ("PregnancyID",),
    "MSD401BabyDemographics": ("LPIDBaby",),
}
VERIFIED, NOT_PRESENT = "01", "07"


def residents(world: RecordedWorld, place: pl.DataFrame) -> pl.DataFrame:
    """Return the women who live in the authority."""
    here = world.women.join(place.select("la"), on="la", how="semi", maintain_order="left")
    return here.filter(pl.col("kind") != "lives_outside")


def write_trust(world: RecordedWorld, place: pl.DataFrame, folder: Path) -> None:
    """Write the trust's tables, with NHS numbers and postcodes."""
    folder.mkdir()
    women = residents(world, place)
    ids = women.select(id="person_id")
    tables = {}
    for name, table in {**world.mhsds, **world.msds}.items():
        key = next((k for k in ("Person_ID", "Person_ID_Mother") if k in table.columns), None)
        if key is not None:
            rows = table.join(ids, left_on=key, right_on="id", how="semi", maintain_order="left")
        else:
            rows = table.filter(pl.col("OrgIDProv").is_in(women["provider"].unique().sort().implode()))
        tables[name] = _latest(name, rows)
    for name, table in {**tables, **_with_identifiers(tables, world, women)}.items():
        write_csv(table.drop(DERIVED, strict=False), folder / f"{name}.csv")


def _latest(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the last version of each record."""
    month = "UniqMonthID" if "UniqMonthID" in rows.columns else "RPStartDate"
    key = KEYS.get(name, tuple(column for column in rows.columns if column not in DERIVED))
    return rows.sort(month, maintain_order=True).unique(key, keep="last", maintain_order=True)


def _with_identifiers(
    tables: dict[str, pl.DataFrame], world: RecordedWorld, women: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the tables to which numbers and postcodes belong: patients, mothers, deliveries and babies."""
    people = world.identifiers.select("Person_ID", "NHSNumber", "Postcode", "PersonBirthDate")
    status = pl.when(pl.col("NHSNumber").is_null()).then(pl.lit(NOT_PRESENT)).otherwise(pl.lit(VERIFIED))
    people = people.with_columns(NHSNumberStatus=status)
    numbers = people.select("Person_ID", "NHSNumber", "NHSNumberStatus", "Postcode")
    patients = tables["MHS001MPI"].join(numbers, on="Person_ID", how="left", maintain_order="left")
    patients = _with_current_postcode(patients, world)
    bookings, babies = tables["MSD101PregnancyBooking"], tables["MSD401BabyDemographics"]
    of_babies = numbers.select(
        Person_ID_Baby="Person_ID", NHSNumberBaby="NHSNumber", NHSNumberStatusBaby="NHSNumberStatus"
    )
    booked = bookings.select("LPIDMother", "OrgIDProvider", Person_ID="Person_ID_Mother")
    mothers = booked.unique("LPIDMother", keep="last", maintain_order=True)
    mothers = mothers.join(people, on="Person_ID", how="left", maintain_order="left")
    facts = women.select("ethnic_code", "mother_death", Person_ID="person_id")
    mothers = mothers.join(facts, on="Person_ID", how="left", maintain_order="left")
    deliveries = babies.select("LabourDeliveryID", "UniqPregID").unique(maintain_order=True)
    pregnancies = bookings.select("UniqPregID", "PregnancyID")
    return {
        "MHS001MPI": patients,
        "MSD001MotherDemog": mothers.select(
            "LPIDMother",
            OrgIDLPID="OrgIDProvider",
            PersonBirthDateMother="PersonBirthDate",
            NHSNumberMother="NHSNumber",
            NHSNumberStatusMother="NHSNumberStatus",
            Postcode="Postcode",
            EthnicCategoryMother="ethnic_code",
            PersonDeathDateMother=pl.col("mother_death").cast(pl.Int32).cast(pl.Date),
        ),
        "MSD301LabourDelivery": deliveries.join(pregnancies, on="UniqPregID", maintain_order="left"),
        "MSD401BabyDemographics": babies.join(of_babies, on="Person_ID_Baby", how="left", maintain_order="left"),
    }


def _with_current_postcode(patients: pl.DataFrame, world: RecordedWorld) -> pl.DataFrame:
    """Return patients with the postcode of the small area they live in now: a mover's is another one."""
    places = world.places.select("la", "area")
    areas = world.areas.join(places, on="la", maintain_order="left").select("area", "area_id", LSOA2021="lsoa")
    before = world.women.select(Person_ID="person_id", first_lsoa="lsoa")
    rows = patients.join(areas, on="LSOA2021", how="left", maintain_order="left")
    rows = rows.join(before, on="Person_ID", how="left", maintain_order="left")
    u = (pl.col("area_id") * 7919 % POSTCODES_PER_AREA + 0.5) / POSTCODES_PER_AREA
    there = postcode(pl.col("area"), pl.col("area_id"), u)
    moved = (pl.col("LSOA2021") != pl.col("first_lsoa")) & pl.col("area_id").is_not_null()
    return rows.with_columns(Postcode=pl.when(moved).then(there).otherwise("Postcode")).select(patients.columns)


def trust_links(world: RecordedWorld, place: pl.DataFrame) -> pl.DataFrame:
    """Return every dyad with the trust's numbers of mother and baby, and whether the mother lives there."""
    here = residents(world, place).select("woman", is_resident=pl.lit(value=True))
    patients = world.mhsds["MHS001MPI"].select(mother_id="Person_ID", LocalPatientID="LocalPatientID").unique()
    babies = world.msds["MSD401BabyDemographics"].select(infant_id="Person_ID_Baby", LPIDBaby="LPIDBaby").unique()
    rows = world.dyads.select("dyad", woman="mother", mother_id="person_id", infant_id="baby_id")
    rows = rows.join(here, on="woman", how="left", maintain_order="left")
    rows = rows.join(patients, on="mother_id", how="left", maintain_order="left")
    rows = rows.join(babies, on="infant_id", how="left", maintain_order="left")
    resident = pl.col("is_resident").fill_null(value=False)
    # Only residents are in the trust's extract.
    return rows.select(
        "dyad",
        "mother_id",
        "infant_id",
        is_resident=resident,
        LocalPatientID=pl.when(resident).then("LocalPatientID"),
        LPIDBaby=pl.when(resident).then("LPIDBaby"),
    )
