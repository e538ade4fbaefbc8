"""The children in need census: one XML file per authority and year, as known on 31 March."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from dyadlink.synthetic.places import day
from dyadlink.synthetic.records import CareRecords

FIRST_YEAR_OF_NEED_PLANS = 2022
FIRST_YEAR_OF_EARLY_HELP_CLOSURE = 2023
FIRST_YEAR_OF_SEX = 2025
FIRST_YEAR_OF_SPLIT_FACTORS = 2021
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


@dataclass(frozen=True)
class CensusYear:
    """A return year: 1 April of the year before to 31 March, as day numbers."""

    year: int

    @property
    def first(self) -> int:
        """The first day of the year."""
        return day(date(self.year - 1, 4, 1))

    @property
    def last(self) -> int:
        """The last day of the year, on which the records are read."""
        return day(date(self.year, 3, 31))


def _tag(name: str, value: pl.Expr) -> pl.Expr:
    """Return an element, or null where the value is."""
    return pl.concat_str(pl.lit(f"<{name}>"), value, pl.lit(f"</{name}>"))


def _day_tag(name: str, value: pl.Expr, last: int) -> pl.Expr:
    """Return a date element, or null where the date is missing or after the last day."""
    known = pl.when(value <= last).then(value)
    return _tag(name, known.cast(pl.Int32).cast(pl.Date).cast(pl.String))


def _element(name: str, parts: list[pl.Expr]) -> pl.Expr:
    return pl.concat_str(pl.lit(f"<{name}>"), *parts, pl.lit(f"</{name}>"), ignore_nulls=True)


def _joined(frame: pl.DataFrame, key: str, xml: pl.Expr, alias: str) -> pl.DataFrame:
    """Return one row per key with its elements one after the other."""
    rows = frame.select(key, xml.alias(alias))
    return rows.group_by(key, maintain_order=True).agg(pl.col(alias).str.join(""))


def with_pupil_numbers(children: pl.DataFrame) -> pl.DataFrame:
    """Return children with `upn`, a unique pupil number with its right check letter."""
    digits = pl.concat_str(pl.col("la_code"), pl.col("child").cast(pl.String).str.zfill(9))
    total = pl.sum_horizontal(digits.str.slice(k, 1).cast(pl.Int64) * (k + 2) for k in range(12))
    letters = pl.Series(values=list(UPN_LETTERS), dtype=pl.String)
    positions = children.select(total % 23).to_series()
    return children.with_columns(upn=pl.concat_str(pl.Series(letters.gather(positions)), digits))


def _assessments(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    rows = records.assessments.filter(pl.col("start") <= y.last, pl.col("authorised") >= y.first)
    codes: pl.Expr = pl.when(pl.col("authorised") <= y.last).then("factors")
    if y.year >= FIRST_YEAR_OF_SPLIT_FACTORS:
        codes = codes.str.replace("18A", "18C", literal=True)
    inside = codes.str.replace_all("|", "</AssessmentFactors><AssessmentFactors>", literal=True)
    factors = _tag("FactorsIdentifiedAtAssessment", _tag("AssessmentFactors", inside))
    xml = _element(
        "Assessments",
        [
            _day_tag("AssessmentActualStartDate", pl.col("start"), y.last),
            _day_tag("AssessmentAuthorisationDate", pl.col("authorised"), y.last),
            factors,
        ],
    )
    return _joined(rows, "case", xml, "assessments")


def _open_in_year(rows: pl.DataFrame, y: CensusYear, end: str = "end") -> pl.DataFrame:
    not_over = (pl.col(end) >= y.first).fill_null(value=True)
    return rows.filter(pl.col("start") <= y.last, not_over)


def _need_plans(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    rows = _open_in_year(records.need_plans, y)
    if y.year < FIRST_YEAR_OF_NEED_PLANS:
        rows = rows.clear()
    start = _day_tag("CINPlanStartDate", pl.col("start"), y.last)
    end = _day_tag("CINPlanEndDate", pl.col("end"), y.last)
    return _joined(rows, "case", _element("CINPlanDates", [start, end]), "need_plans")


def _enquiries(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    rows = records.enquiries.with_columns(end=pl.max_horizontal("start", "conference"))
    rows = _open_in_year(rows, y)
    not_required = pl.col("conference").is_null()
    xml = _element(
        "Section47",
        [
            _day_tag("S47ActualStartDate", pl.col("start"), y.last),
            _tag(
                "InitialCPCtarget",
                pl.when(~not_required).then(pl.col("target").cast(pl.Int32).cast(pl.Date).cast(pl.String)),
            ),
            _day_tag("DateOfInitialCPC", pl.col("conference"), y.last),
            _tag("ICPCnotRequired", not_required.cast(pl.Int8).cast(pl.String)),
        ],
    )
    return _joined(rows, "case", xml, "enquiries")


def _plans(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    reviews = records.reviews.filter(pl.col("date") <= y.last)
    dates = _joined(reviews, "plan", _day_tag("CPPreviewDate", pl.col("date"), y.last), "reviews")
    rows = _open_in_year(records.plans, y).join(dates, on="plan", how="left", maintain_order="left")
    xml = _element(
        "ChildProtectionPlans",
        [
            _day_tag("CPPstartDate", pl.col("start"), y.last),
            _day_tag("CPPendDate", pl.col("end"), y.last),
            _tag("InitialCategoryOfAbuse", pl.col("category")),
            _tag("LatestCategoryOfAbuse", pl.col("latest_category")),
            _tag("NumberOfPreviousCPP", pl.col("n_previous").cast(pl.String)),
            _tag("Reviews", pl.col("reviews")),
        ],
    )
    return _joined(rows, "case", xml, "plans")


def _episodes(records: CareRecords, y: CensusYear, first_year: int) -> pl.DataFrame:
    """Return one row per child with all its referral episodes of the year."""
    rows = records.episodes.filter(pl.col("referral") <= y.last, (pl.col("closure") >= y.first).fill_null(value=True))
    for part in (
        _assessments(records, y),
        _need_plans(records, y),
        _enquiries(records, y),
        _plans(records, y),
    ):
        rows = rows.join(part, on="case", how="left", maintain_order="left")
    is_new = (pl.col("referral") >= y.first) | (y.year == first_year)
    reason: pl.Expr = pl.when(pl.col("closure") <= y.last).then("reason")
    if y.year < FIRST_YEAR_OF_EARLY_HELP_CLOSURE:
        reason = reason.str.replace("RC9", "RC7", literal=True)
    xml = _element(
        "CINdetails",
        [
            _day_tag("CINreferralDate", pl.col("referral"), y.last),
            _tag("ReferralSource", pl.col("source")),
            _tag("PrimaryNeedCode", pl.when(is_new).then("first_need").otherwise("need")),
            _day_tag("CINclosureDate", pl.col("closure"), y.last),
            _tag("ReasonForClosure", reason),
            _day_tag("DateOfInitialCPC", pl.col("conference"), y.last),
            pl.col("assessments"),
            pl.col("need_plans"),
            pl.col("enquiries"),
            _tag("ReferralNFA", pl.col("no_action").cast(pl.Int8).cast(pl.String)),
            pl.col("plans"),
        ],
    )
    return _joined(rows.sort("child", "referral"), "child", xml, "episodes")


def _children(children: pl.DataFrame, y: CensusYear) -> pl.DataFrame:
    born = pl.col("birth") <= y.last
    school_age = (y.last - pl.col("birth")) >= 5 * 366
    sex = pl.when(born).then(pl.col("held_sex"))
    codes = ["M", "F"] if y.year >= FIRST_YEAR_OF_SEX else ["1", "2"]
    unknown = "U" if y.year >= FIRST_YEAR_OF_SEX else "0"
    sex_code = sex.replace_strict([1, 2], codes, default=unknown, return_dtype=pl.String)
    far = 10**6
    ids = _element(
        "ChildIdentifiers",
        [
            _tag("LAchildID", pl.col("la_child_id")),
            _tag("UPN", pl.when(school_age).then("upn")),
            _tag("UPNunknown", pl.when(~school_age).then(pl.lit("UN1"))),
            _day_tag("PersonBirthDate", pl.when(born).then("held_birth"), far),
            _day_tag("ExpectedPersonBirthDate", pl.when(~born).then("expected_birth"), far),
            _tag("Sex" if y.year >= FIRST_YEAR_OF_SEX else "GenderCurrent", sex_code),
            _day_tag("PersonDeathDate", pl.col("death"), y.last),
        ],
    )
    traits = _element(
        "ChildCharacteristics",
        [
            _tag("Ethnicity", pl.col("census_ethnicity")),
            _tag("Disabilities", _tag("Disability", pl.col("disability"))),
        ],
    )
    child = pl.concat_str(pl.lit("    <Child>"), ids, traits, pl.col("episodes"), pl.lit("</Child>"))
    return children.select("la_code", child.alias("xml"))


def _document(la_code: str, y: CensusYear, lines: list[str]) -> str:
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<!-- Synthetic: every person in this file is invented. -->",
            "<Message>",
            "  <Header>",
            f"    <CollectionDetails><Collection>CIN</Collection><Year>{y.year}</Year>"
            f"<ReferenceDate>{y.year}-03-31</ReferenceDate></CollectionDetails>",
            f"    <Source><SourceLevel>L</SourceLevel><LEA>{la_code}</LEA>"
            "<SoftwareCode>synthetic</SoftwareCode><SerialNo>001</SerialNo>"
            f"<DateTime>{y.year}-06-15T09:00:00</DateTime></Source>",
            "  </Header>",
            "  <Children>",
            *lines,
            "  </Children>",
            "</Message>",
            "",
        ]
    )


def write_cin(children: pl.DataFrame, records: CareRecords, places: pl.DataFrame, years: range, folder: Path) -> None:
    """Write authorities/<la>/cin/CIN_<year>.xml for every year inside the authority's coverage.

    Args:
        children: One row per child of an authority, with what the authority holds.
        records: Episodes and what is inside them.
        places: The authorities.
        years: The census years.
        folder: The folder `authorities`.
    """
    # ASSUME: Welsh authorities return the English layout in this version (see the README of the data).
    ordered = with_pupil_numbers(children).sort("la_code", "la_child_id")
    for year in years:
        y = CensusYear(year)
        covered = places.filter(pl.col("coverage_end") >= date(year, 3, 31)).select("la_code")
        rows = ordered.join(covered, on="la_code", how="semi", maintain_order="left")
        rows = rows.join(_episodes(records, y, years[0]), on="child", how="inner", maintain_order="left")
        xml = _children(rows, y)
        for (la_code,), part in xml.group_by("la_code", maintain_order=True):
            path = folder / str(la_code) / "cin"
            path.mkdir(parents=True, exist_ok=True)
            text = _document(str(la_code), y, part["xml"].to_list())
            (path / f"CIN_{year}.xml").write_text(text, encoding="utf-8")
