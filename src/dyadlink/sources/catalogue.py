"""Which files the study reads, and the columns that it cannot do without.

The folder layout and every column are described in docs/reference/source-layout.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dyadlink.errors import SourceError


@dataclass(frozen=True)
class CsvTable:
    """A table held in one CSV file, or in one file for each authority or year."""

    name: str
    """Name of the view that holds its rows as text."""
    pattern: str
    """Path of its files below the sources folder; `*` stands for authority or year."""
    columns: tuple[str, ...]
    """Columns that must be there; others may be and are left alone."""
    is_optional: bool = False
    """A study may do without any file of this table."""


MHSDS = (
    CsvTable(
        "mhs001mpi",
        "nhs/mhsds/MHS001MPI.csv",
        (
            "Person_ID",
            "UniqMonthID",
            "PersonBirthDate",
            "MaritalStatus",
            "EthnicCategory",
            "PersDeathDate",
            "LSOA2021",
            "LADistrictAuth",
        ),
    ),
    CsvTable(
        "mhs101referral",
        "nhs/mhsds/MHS101Referral.csv",
        ("Person_ID", "UniqMonthID", "UniqServReqID", "ReferralRequestReceivedDate", "ServDischDate"),
    ),
    CsvTable(
        "mhs102otherservicetype",
        "nhs/mhsds/MHS102OtherServiceType.csv",
        ("UniqServReqID", "UniqMonthID", "OtherCareProfTeamLocalID", "ReferClosureDate"),
    ),
    CsvTable(
        "mhs902serviceteamdetails",
        "nhs/mhsds/MHS902ServiceTeamDetails.csv",
        ("CareProfTeamLocalID", "UniqMonthID", "ServTeamTypeMH"),
    ),
    CsvTable(
        "mhs401mhactperiod",
        "nhs/mhsds/MHS401MHActPeriod.csv",
        (
            "Person_ID",
            "UniqMonthID",
            "MHActLegalStatusClassPeriodID",
            "StartDateMHActLegalStatusClass",
            "EndDateMHActLegalStatusClass",
            "LegalStatusCode",
        ),
    ),
    CsvTable(
        "mhs501hospprovspell",
        "nhs/mhsds/MHS501HospProvSpell.csv",
        (
            "Person_ID",
            "UniqMonthID",
            "UniqHospProvSpellID",
            "StartDateHospProvSpell",
            "DischDateHospProvSpell",
        ),
    ),
    CsvTable(
        "mhs502wardstay",
        "nhs/mhsds/MHS502WardStay.csv",
        (
            "UniqMonthID",
            "UniqWardStayID",
            "UniqHospProvSpellID",
            "StartDateWardStay",
            "EndDateWardStay",
            "WardCode",
            "MHAdmittedPatientClass",
        ),
    ),
    CsvTable("mhs903warddetails", "nhs/mhsds/MHS903WardDetails.csv", ("WardCode", "UniqMonthID", "WardType")),
    CsvTable(
        "mhs604primdiag",
        "nhs/mhsds/MHS604PrimDiag.csv",
        ("Person_ID", "UniqMonthID", "UniqServReqID", "DiagSchemeInUse", "PrimDiag", "CodedDiagTimestamp"),
    ),
    CsvTable(
        "mhs605secdiag",
        "nhs/mhsds/MHS605SecDiag.csv",
        ("Person_ID", "UniqMonthID", "UniqServReqID", "DiagSchemeInUse", "SecDiag", "CodedDiagTimestamp"),
    ),
)

MSDS = (
    CsvTable(
        "msd101pregnancybooking",
        "nhs/msds/MSD101PregnancyBooking.csv",
        (
            "UniqPregID",
            "Person_ID_Mother",
            "RPStartDate",
            "AntenatalAppDate",
            "RecordNumber",
            "PreviousLiveBirths",
        ),
    ),
    CsvTable(
        "msd401babydemographics",
        "nhs/msds/MSD401BabyDemographics.csv",
        (
            "UniqPregID",
            "Person_ID_Baby",
            "RPStartDate",
            "PersonBirthDateBaby",
            "PersonDeathDateBaby",
            "PregOutcome",
            "PersonPhenSex",
            "GestationLengthBirth",
            "BirthOrderMaternitySUS",
            "EthnicCategoryBaby",
        ),
    ),
)

SSDA903 = (
    CsvTable(
        "ssda903_header",
        "authorities/*/ssda903/*/header.csv",
        ("CHILD", "SEX", "DOB", "ETHNIC", "UPN"),
    ),
    CsvTable(
        "ssda903_episodes",
        "authorities/*/ssda903/*/episodes.csv",
        ("CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "DEC", "REC"),
    ),
)

REFERENCE = (
    CsvTable(
        "reference_authorities",
        "reference/authorities.csv",
        ("la_code", "gss_code", "name", "country", "coverage_start", "coverage_end"),
    ),
    CsvTable("reference_deprivation", "reference/deprivation.csv", ("lsoa", "quintile")),
)

HES_APC = (
    CsvTable(
        "hes_apc",
        "nhs/hes/*.csv",
        (
            "EPIKEY",
            "PSEUDO_HESID",
            "EPISTART",
            "EPIEND",
            "ADMIDATE",
            "DISDATE",
            "EPISTAT",
            "EPIORDER",
            "MAINSPEF",
        ),
        is_optional=True,
    ),
)

IDENTIFIERS = (
    CsvTable(
        "nhs_identifiers",
        "nhs/identifiers.csv",
        ("Person_ID", "NHSNumber", "GivenName", "FamilyName", "PersonBirthDate", "Sex", "Postcode"),
    ),
    CsvTable(
        "authority_identifiers",
        "authorities/*/identifiers.csv",
        ("LAchildID", "NHSNumber", "Forename", "Surname", "PersonBirthDate", "Sex", "Postcode"),
    ),
)

CIN_PATTERN = "authorities/*/cin/*.xml"

STAGED_CSV = MHSDS + MSDS + SSDA903 + REFERENCE + HES_APC
"""Tables that staging reads. Identifiers are not among them: only linkage opens those files."""


def find_files(directory: Path, pattern: str) -> list[Path]:
    """The files of a pattern below the sources folder, sorted.

    Raises:
        SourceError: The sources folder does not exist.
    """
    if not directory.is_dir():
        raise SourceError("folder not found", where=str(directory), mend="set sources.directory in the config")
    return sorted(path for path in directory.glob(pattern) if path.is_file())


def find_table_files(directory: Path, table: CsvTable) -> list[Path]:
    """The files of a table, sorted.

    Raises:
        SourceError: There is none, and the study cannot do without the table.
    """
    files = find_files(directory, table.pattern)
    if not files and not table.is_optional:
        raise SourceError(
            "file not found",
            where=str(directory / table.pattern),
            mend="put the file there or correct sources.directory in the config",
        )
    return files


def staged_files(directory: Path) -> Iterator[Path]:
    """Every file that staging reads: what its result depends on."""
    for table in STAGED_CSV:
        yield from find_files(directory, table.pattern)
    yield from find_files(directory, CIN_PATTERN)


def identifier_files(directory: Path) -> Iterator[Path]:
    """Every identifier file: what linkage reads, and no other step."""
    for table in IDENTIFIERS:
        yield from find_files(directory, table.pattern)
