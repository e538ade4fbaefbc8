"""The children in need census: one XML file per authority and year, as known on 31 March."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from dyadlink.synthetic.files import write_xml
from dyadlink.synthetic.flaws import Flaws
from dyadlink.synthetic.flaws.returns import spoil_cases, spoil_children_shown, spoil_plans_shown
from dyadlink.synthetic.places import day
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.records import CareRecords
from dyadlink.synthetic.xml_text import day_tag, element, escaped, iso, joined, tag

FIRST_YEAR_OF_NEED_PLANS = 2022
FIRST_YEAR_OF_EARLY_HELP_CLOSURE = 2023
FIRST_YEAR_OF_SEX = 2025
FIRST_YEAR_OF_SPLIT_FACTORS = 2021


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


def _assessments(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    rows = records.assessments.filter(pl.col("start") <= y.last, pl.col("authorised") >= y.first)
    codes: pl.Expr = pl.when(pl.col("authorised") <= y.last).then("factors")
    if y.year >= FIRST_YEAR_OF_SPLIT_FACTORS:
        codes = codes.str.replace("18A", "18C", literal=True)
    inside = codes.str.replace_all("|", "</AssessmentFactors><AssessmentFactors>", literal=True)
    factors = tag("FactorsIdentifiedAtAssessment", tag("AssessmentFactors", inside))
    xml = element(
        "Assessments",
        [
            day_tag("AssessmentActualStartDate", pl.col("start"), y.last),
            day_tag("AssessmentAuthorisationDate", pl.col("authorised"), y.last),
            factors,
        ],
    )
    return joined(rows, "case", xml, "assessments")


def _open_in_year(rows: pl.DataFrame, y: CensusYear, end: str = "end") -> pl.DataFrame:
    not_over = (pl.col(end) >= y.first).fill_null(value=True)
    return rows.filter(pl.col("start") <= y.last, not_over)


def _need_plans(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    rows = _open_in_year(records.need_plans, y)
    if y.year < FIRST_YEAR_OF_NEED_PLANS:
        rows = rows.clear()
    start = day_tag("CINPlanStartDate", pl.col("start"), y.last)
    end = day_tag("CINPlanEndDate", pl.col("end"), y.last)
    return joined(rows, "case", element("CINPlanDates", [start, end]), "need_plans")


def _enquiries(records: CareRecords, y: CensusYear) -> pl.DataFrame:
    rows = records.enquiries.with_columns(end=pl.max_horizontal("start", "conference"))
    rows = _open_in_year(rows, y)
    not_required = pl.col("conference").is_null()
    xml = element(
        "Section47",
        [
            day_tag("S47ActualStartDate", pl.col("start"), y.last),
            tag(
                "InitialCPCtarget",
                pl.when(~not_required).then(pl.col("target").cast(pl.Int32).cast(pl.Date).cast(pl.String)),
            ),
            day_tag("DateOfInitialCPC", pl.col("conference"), y.last),
            tag("ICPCnotRequired", not_required.cast(pl.Int8).cast(pl.String)),
        ],
    )
    return joined(rows, "case", xml, "enquiries")


def _plans(records: CareRecords, y: CensusYear, keys: pl.DataFrame, flaws: Flaws | None) -> pl.DataFrame:
    reviews = records.reviews.filter(pl.col("date") <= y.last)
    dates = joined(reviews, "plan", day_tag("CPPreviewDate", pl.col("date"), y.last), "reviews")
    rows = _open_in_year(records.plans, y).join(dates, on="plan", how="left", maintain_order="left")
    rows = rows.with_columns(shown_end=iso(pl.col("end"), y.last))
    if flaws is not None and not flaws.is_off:
        rows = rows.join(keys, on="child", how="inner", maintain_order="left")
        rows = spoil_plans_shown(rows, y.year, y.first, flaws)
    xml = element(
        "ChildProtectionPlans",
        [
            day_tag("CPPstartDate", pl.col("start"), y.last),
            tag("CPPendDate", pl.col("shown_end")),
            tag("InitialCategoryOfAbuse", pl.col("category")),
            tag("LatestCategoryOfAbuse", pl.col("latest_category")),
            tag("NumberOfPreviousCPP", pl.col("n_previous").cast(pl.String)),
            tag("Reviews", pl.col("reviews")),
        ],
    )
    return joined(rows, "case", xml, "plans")


def _episodes(
    records: CareRecords, y: CensusYear, first_year: int, keys: pl.DataFrame, flaws: Flaws | None
) -> pl.DataFrame:
    """Return one row per child with all its referral episodes of the year."""
    rows = _cases(records, y, first_year)
    if flaws is not None and not flaws.is_off:
        rows = spoil_cases(rows.join(keys, on="child", how="inner", maintain_order="left"), y.year, flaws)
    for part in (
        _assessments(records, y),
        _need_plans(records, y),
        _enquiries(records, y),
        _plans(records, y, keys, flaws),
    ):
        rows = rows.join(part, on="case", how="left", maintain_order="left")
    # A conference is told in its enquiry, and so not in the case as well (rule 2884).
    xml = element(
        "CINdetails",
        [
            day_tag("CINreferralDate", pl.col("referral"), y.last),
            tag("ReferralSource", pl.col("source")),
            tag("PrimaryNeedCode", escaped(pl.col("shown_need"))),
            day_tag("CINclosureDate", pl.col("closure"), y.last),
            tag("ReasonForClosure", pl.col("shown_reason")),
            pl.col("assessments"),
            pl.col("need_plans"),
            pl.col("enquiries"),
            tag("ReferralNFA", pl.col("shown_nfa")),
            pl.col("plans"),
        ],
    )
    return joined(rows.sort("child", "referral"), "child", xml, "episodes")


def _cases(records: CareRecords, y: CensusYear, first_year: int) -> pl.DataFrame:
    """Return the cases of the year with `shown_need`, `shown_reason` and `shown_nfa`."""
    rows = records.episodes.filter(pl.col("referral") <= y.last, (pl.col("closure") >= y.first).fill_null(value=True))
    is_new = (pl.col("referral") >= y.first) | (y.year == first_year)
    reason: pl.Expr = pl.when(pl.col("closure") <= y.last).then("reason")
    if y.year < FIRST_YEAR_OF_EARLY_HELP_CLOSURE:
        reason = reason.str.replace("RC9", "RC7", literal=True)
    return rows.with_columns(
        shown_need=pl.when(is_new).then("first_need").otherwise("need"),
        shown_reason=reason,
        shown_nfa=pl.col("no_action").cast(pl.Int8).cast(pl.String),
    )


def _children(children: pl.DataFrame, y: CensusYear, flaws: Flaws | None) -> pl.DataFrame:
    born = pl.col("birth") <= y.last
    school_age = (y.last - pl.col("birth")) >= 5 * 366
    sex = pl.when(born).then(pl.col("held_sex"))
    codes = ["M", "F"] if y.year >= FIRST_YEAR_OF_SEX else ["1", "2"]
    unknown = "U" if y.year >= FIRST_YEAR_OF_SEX else "0"
    sex_code = sex.replace_strict([1, 2], codes, default=unknown, return_dtype=pl.String)
    far = 10**6
    children = children.with_columns(shown_birth=iso(pl.when(born).then("held_birth"), far), shown_sex=sex_code)
    if flaws is not None and not flaws.is_off:
        children = spoil_children_shown(children, y.year, flaws)
    ids = element(
        "ChildIdentifiers",
        [
            tag("LAchildID", pl.col("la_child_id")),
            tag("UPN", pl.when(school_age).then("upn")),
            tag("UPNunknown", pl.when(~school_age).then(pl.lit("UN1"))),
            tag("PersonBirthDate", pl.col("shown_birth")),
            day_tag("ExpectedPersonBirthDate", pl.when(~born).then("expected_birth"), far),
            tag("Sex" if y.year >= FIRST_YEAR_OF_SEX else "GenderCurrent", pl.col("shown_sex")),
            day_tag("PersonDeathDate", pl.col("death"), y.last),
        ],
    )
    traits = element(
        "ChildCharacteristics",
        [
            tag("Ethnicity", escaped(pl.col("census_ethnicity"))),
            tag("Disabilities", tag("Disability", pl.col("disability"))),
        ],
    )
    child = pl.concat_str(pl.lit("    <Child>"), ids, traits, pl.col("episodes"), pl.lit("</Child>"))
    return children.select("la_code", child.alias("xml"))


def _document(la_code: str, y: CensusYear, lines: list[str]) -> str:
    return "\n".join(
        [
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


def write_cin(world: RecordedWorld, folder: Path, flaws: Flaws | None = None) -> None:
    """Write authorities/<la>/cin/CIN_<year>.xml for every year inside the authority's coverage.

    Args:
        world: The world as it is recorded.
        folder: The folder `authorities`.
        flaws: Chooses the records that a single return gets wrong; none when not given.
    """
    # ASSUME: Welsh authorities return the English layout in this version (see the README of the data).
    key = pl.concat_str("la_code", "la_child_id", separator=":")
    records, years = world.social_care.records, world.years
    ordered = world.social_care.children.with_columns(key=key).sort("la_code", "la_child_id")
    for year in years:
        y = CensusYear(year)
        covered = world.places.filter(pl.col("coverage_end") >= date(year, 3, 31)).select("la_code")
        rows = ordered.join(covered, on="la_code", how="semi", maintain_order="left")
        cases = _episodes(records, y, years[0], rows.select("child", "key"), flaws)
        rows = rows.join(cases, on="child", how="inner", maintain_order="left")
        xml = _children(rows, y, flaws)
        for (la_code,), part in xml.group_by("la_code", maintain_order=True):
            path = folder / str(la_code) / "cin"
            path.mkdir(parents=True, exist_ok=True)
            text = _document(str(la_code), y, part["xml"].to_list())
            write_xml(text, path / f"CIN_{year}.xml")
