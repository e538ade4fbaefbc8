"""A study of a few people, written by hand in the files of the English returns, and what the pipeline makes of it.

Nothing of the generator is used, so that a trap is told in its own few records.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from pipeline import build, stage

from dyadlink.sql import read_table

COLUMNS = {
    "nhs/mhsds/MHS001MPI": (
        "Person_ID UniqMonthID PersonBirthDate MaritalStatus EthnicCategory PersDeathDate LSOA2021 LADistrictAuth"
    ),
    "nhs/mhsds/MHS101Referral": "Person_ID UniqMonthID UniqServReqID ReferralRequestReceivedDate ServDischDate",
    "nhs/mhsds/MHS102OtherServiceType": "UniqServReqID UniqMonthID OtherCareProfTeamLocalID ReferClosureDate",
    "nhs/mhsds/MHS902ServiceTeamDetails": "CareProfTeamLocalID UniqMonthID ServTeamTypeMH",
    "nhs/mhsds/MHS401MHActPeriod": (
        "Person_ID UniqMonthID MHActLegalStatusClassPeriodID StartDateMHActLegalStatusClass "
        "EndDateMHActLegalStatusClass LegalStatusCode"
    ),
    "nhs/mhsds/MHS501HospProvSpell": (
        "Person_ID UniqMonthID UniqHospProvSpellID StartDateHospProvSpell DischDateHospProvSpell"
    ),
    "nhs/mhsds/MHS502WardStay": (
        "UniqMonthID UniqWardStayID UniqHospProvSpellID StartDateWardStay EndDateWardStay WardCode "
        "MHAdmittedPatientClass"
    ),
    "nhs/mhsds/MHS903WardDetails": "WardCode UniqMonthID WardType",
    "nhs/mhsds/MHS604PrimDiag": "Person_ID UniqMonthID UniqServReqID DiagSchemeInUse PrimDiag CodedDiagTimestamp",
    "nhs/mhsds/MHS605SecDiag": "Person_ID UniqMonthID UniqServReqID DiagSchemeInUse SecDiag CodedDiagTimestamp",
    "nhs/msds/MSD101PregnancyBooking": (
        "UniqPregID Person_ID_Mother RPStartDate AntenatalAppDate RecordNumber PreviousLiveBirths"
    ),
    "nhs/msds/MSD401BabyDemographics": (
        "UniqPregID Person_ID_Baby RPStartDate PersonBirthDateBaby PersonDeathDateBaby PregOutcome PersonPhenSex "
        "GestationLengthBirth BirthOrderMaternitySUS EthnicCategoryBaby"
    ),
    "nhs/identifiers": "Person_ID NHSNumber GivenName FamilyName PersonBirthDate Sex Postcode",
    "reference/authorities": "la_code gss_code name country coverage_start coverage_end",
    "reference/deprivation": "lsoa quintile",
}
HEADER = "CHILD SEX DOB ETHNIC UPN"
EPISODES = "CHILD DECOM RNE LS CIN PLACE DEC REC"
HELD = "LAchildID NHSNumber Forename Surname PersonBirthDate Sex Postcode"
PLACES = {
    "209": ("E09000023", "Lewisham", "England"),
    "330": ("E08000025", "Birmingham", "England"),
    "681": ("W06000015", "Cardiff", "Wales"),
}
BIRTH, T1, T2 = "2021-06-01", "2021-07-01", "2021-08-01"
"""The first mother's: an infant of thirty days when she is admitted for a month."""


def month_id(day: str) -> int:
    """The number of the month of a day in NHS submissions."""
    on = date.fromisoformat(day)
    return (on.year - 1900) * 12 + on.month - 3


def british(day: str | None) -> str | None:
    """A day as the return for looked-after children writes it."""
    return date.fromisoformat(day).strftime("%d/%m/%Y") if day else None


@dataclass
class Made:
    """What the pipeline made: tables by name, and the one dyad where there is only one."""

    connection: duckdb.DuckDBPyConnection

    def table(self, name: str) -> pl.DataFrame:
        """A table of staging or of the cohort."""
        return read_table(self.connection, name)

    @property
    def dyad(self) -> dict[str, Any]:
        """The only row of the analysis table."""
        return self.table("analysis").row(0, named=True) if self.table("analysis").height == 1 else {}

    @property
    def levels(self) -> list[str]:
        """Levels of the only dyad's intervals, in their order."""
        return self.table("csc_intervals").sort("start_date", "level_rank")["level"].to_list()


class SmallStudy:
    """Records that are put in one by one, then written and read by the pipeline."""

    def __init__(self, folder: Path) -> None:
        """Start with authorities, small areas, and one mother with one infant and one month on a ward."""
        self.folder = folder
        self.rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.census: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        self.care: defaultdict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        self.headers: defaultdict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        self.held: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for la, (gss, name, country) in PLACES.items():
            coverage = {"coverage_start": "2019-04-01", "coverage_end": "2026-03-31"}
            self.add("reference/authorities", la_code=la, gss_code=gss, name=name, country=country, **coverage)
        self.add("reference/deprivation", lsoa="E01000001", quintile="1")

    def add(self, table: str, **values: Any) -> None:
        """Put a row into a table."""
        self.rows[table].append(values)

    def mother(self, person: str = "M1", *, la: str = "209", months: Sequence[str] = (T1, T2)) -> None:
        """A woman who lives in an authority, in the submissions of these months."""
        facts = {"PersonBirthDate": "1990-05-05", "MaritalStatus": "S", "EthnicCategory": "A"}
        for day in months:
            where = {"LSOA2021": "E01000001", "LADistrictAuth": PLACES[la][0]}
            self.add("nhs/mhsds/MHS001MPI", Person_ID=person, UniqMonthID=month_id(day), **facts, **where)

    def birth(self, infant: str = "B1", *, mother: str = "M1", day: str = BIRTH, **more: Any) -> None:
        """A baby, born alive unless `PregOutcome` says otherwise."""
        pregnancy = f"P-{mother}-{day}"
        booking = {"UniqPregID": pregnancy, "Person_ID_Mother": mother, "RPStartDate": day[:8] + "01"}
        if booking not in [{key: row[key] for key in booking} for row in self.rows["nhs/msds/MSD101PregnancyBooking"]]:
            self.add("nhs/msds/MSD101PregnancyBooking", **booking, RecordNumber="1", PreviousLiveBirths="0")
        baby = {"Person_ID_Baby": infant, "PersonBirthDateBaby": day, "PregOutcome": "01", "PersonPhenSex": "1"}
        baby |= {"UniqPregID": pregnancy, "RPStartDate": day[:8] + "01", "GestationLengthBirth": "280"}
        self.add("nhs/msds/MSD401BabyDemographics", **(baby | more))

    def spell(
        self, spell: str = "S1", start: str = T1, end: str | None = T2, *, bed: str = "10", month: str | None = None
    ) -> None:
        """A hospital spell of the first mother with one ward stay, as sent in a month (that of its end)."""
        sent = month_id(month or end or start)
        dates = {"StartDateHospProvSpell": start, "DischDateHospProvSpell": end}
        self.add("nhs/mhsds/MHS501HospProvSpell", Person_ID="M1", UniqMonthID=sent, UniqHospProvSpellID=spell, **dates)
        stay = {"UniqWardStayID": f"W-{spell}", "UniqHospProvSpellID": spell, "WardCode": "WARD"}
        stay |= {"StartDateWardStay": start, "EndDateWardStay": end, "MHAdmittedPatientClass": bed}
        self.add("nhs/mhsds/MHS502WardStay", UniqMonthID=sent, **stay)

    def team(self, team_type: str, start: str = T1, end: str | None = T2) -> None:
        """A referral of the first mother to a team of a type."""
        sent = month_id(end or start)
        dates = {"ReferralRequestReceivedDate": start, "ServDischDate": end}
        self.add("nhs/mhsds/MHS101Referral", Person_ID="M1", UniqMonthID=sent, UniqServReqID=f"R-{team_type}", **dates)
        to = {"OtherCareProfTeamLocalID": f"T-{team_type}", "ReferClosureDate": end}
        self.add("nhs/mhsds/MHS102OtherServiceType", UniqServReqID=f"R-{team_type}", UniqMonthID=sent, **to)
        team = {"CareProfTeamLocalID": f"T-{team_type}", "UniqMonthID": sent, "ServTeamTypeMH": team_type}
        self.add("nhs/mhsds/MHS902ServiceTeamDetails", **team)

    def child(  # what a return says of a child
        self,
        case: str = "",
        *,
        la: str = "209",
        child: str = "100",
        years: Sequence[int] = (2022,),
        birth: str | None = BIRTH,
        expected: str | None = None,
        more: str = "",
    ) -> None:
        """A child in the census of some years; `case` is the inside of CINdetails, `more` of ChildIdentifiers."""
        for year in years:
            born = f"<PersonBirthDate>{birth}</PersonBirthDate>" if birth else ""
            due = f"<ExpectedPersonBirthDate>{expected}</ExpectedPersonBirthDate>" if expected else ""
            ids = f"<LAchildID>{child}</LAchildID>{born}{due}<GenderCurrent>1</GenderCurrent>{more}"
            self.census[la, year].append(
                f"<Child><ChildIdentifiers>{ids}</ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity>"
                f"</ChildCharacteristics><CINdetails>{case}</CINdetails></Child>"
            )

    def episode(  # a row of the return
        self,
        start: str,
        end: str | None = None,
        rec: str | None = None,
        *,
        rne: str = "S",
        ls: str = "C2",
        place: str = "U6",
        la: str = "209",
        child: str = "100",
        years: Sequence[int] = (2022,),
        birth: str = BIRTH,
    ) -> None:
        """An episode of a looked-after child in the returns of some years."""
        row = {"CHILD": child, "DECOM": british(start), "RNE": rne, "LS": ls, "CIN": "N1", "PLACE": place}
        for year in years:
            self.care[la, year].append(row | {"DEC": british(end), "REC": rec})
            header = {"CHILD": child, "SEX": "1", "DOB": british(birth), "ETHNIC": "WBRI"}
            if header not in self.headers[la, year]:
                self.headers[la, year].append(header)

    def made(self, *links: tuple[str, str]) -> Made:
        """Write the files and run staging and cohort with links from infant to child (`authority:id`)."""
        self.write()
        connection = stage(self.folder)
        given = pl.DataFrame(list(links), schema={"infant_id": pl.String, "child_key": pl.String}, orient="row")
        build(connection, given)
        return Made(connection)

    def write(self) -> None:
        """Write every file that the route has."""
        for table, columns in COLUMNS.items():
            _write(self.folder / f"{table}.csv", columns.split(), self.rows[table])
        self.census.setdefault(("209", 2022), [])
        self.care.setdefault(("209", 2022), [])
        for (la, year), children in self.census.items():
            path = self.folder / f"authorities/{la}/cin/CIN_{year}.xml"
            path.parent.mkdir(parents=True, exist_ok=True)
            header = f"<CollectionDetails><Year>{year}</Year></CollectionDetails><Source><LEA>{la}</LEA></Source>"
            text = f"<Message><Header>{header}</Header><Children>{''.join(children)}</Children></Message>"
            path.write_text(text, encoding="utf-8")
        for (la, year), rows in self.care.items():
            folder = self.folder / f"authorities/{la}/ssda903/{year}"
            _write(folder / "header.csv", HEADER.split(), self.headers[la, year])
            _write(folder / "episodes.csv", EPISODES.split(), rows)
        for la in {la for la, _ in (*self.census, *self.care)}:
            _write(self.folder / f"authorities/{la}/identifiers.csv", HELD.split(), self.held[la])


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    assert not {key for row in rows for key in row} - set(columns), f"{path.name} has no such column"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def case(referral: str, closure: str | None = None, inside: str = "", nfa: str = "0", need: str = "N1") -> str:
    """The inside of CINdetails."""
    closed = f"<CINclosureDate>{closure}</CINclosureDate><ReasonForClosure>RC7</ReasonForClosure>" if closure else ""
    start = f"<CINreferralDate>{referral}</CINreferralDate><PrimaryNeedCode>{need}</PrimaryNeedCode>"
    return f"{start}{closed}<ReferralNFA>{nfa}</ReferralNFA>{inside}"


def plan(start: str, end: str | None = None, n_previous: str = "0") -> str:
    """A ChildProtectionPlans group."""
    ended = f"<CPPendDate>{end}</CPPendDate>" if end else ""
    dates = f"<CPPstartDate>{start}</CPPstartDate>{ended}"
    category = "<InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>NEG</LatestCategoryOfAbuse>"
    previous = f"<NumberOfPreviousCPP>{n_previous}</NumberOfPreviousCPP>"
    return f"<ChildProtectionPlans>{dates}{category}{previous}</ChildProtectionPlans>"
