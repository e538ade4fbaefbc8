"""Children in Need census returns (XML), streamed child by child into flat tables of text.

Layout: DfE XSD 2017 to 2026 as in STANDARDS 1.1. Real returns often break the schema (booleans as words, stray
text), so the reader is lenient about it: what is wrong with a record is told by the rules of staging.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from lxml import etree

from dyadlink.errors import SourceError

Record = dict[str, Any]

CHILD_FIELDS = (
    "LAchildID",
    "UPN",
    "UPNunknown",
    "PersonBirthDate",
    "ExpectedPersonBirthDate",
    "GenderCurrent",
    "Sex",
    "PersonDeathDate",
    "Ethnicity",
)
DETAIL_FIELDS = (
    "CINreferralDate",
    "ReferralSource",
    "PrimaryNeedCode",
    "CINclosureDate",
    "ReasonForClosure",
    "DateOfInitialCPC",
    "ReferralNFA",
)
GROUP_FIELDS = {
    "Assessments": ("AssessmentActualStartDate", "AssessmentAuthorisationDate", "AssessmentFactors"),
    "CINPlanDates": ("CINPlanStartDate", "CINPlanEndDate"),
    "Section47": ("S47ActualStartDate", "InitialCPCtarget", "DateOfInitialCPC", "ICPCnotRequired"),
    "ChildProtectionPlans": (
        "CPPstartDate",
        "CPPendDate",
        "InitialCategoryOfAbuse",
        "LatestCategoryOfAbuse",
        "NumberOfPreviousCPP",
    ),
}
TABLE_NAMES = {
    "Assessments": "cin_census_assessments",
    "CINPlanDates": "cin_census_plans",
    "Section47": "cin_census_section_47",
    "ChildProtectionPlans": "cin_census_protection_plans",
}
ORIGIN = ("la_code", "census_year", "source_file", "source_row", "LAchildID")
"""Columns that every table of the census starts with; `source_row` counts the children of a file."""


def read_cin_census(files: Iterable[Path]) -> dict[str, pl.DataFrame]:
    """Flat tables of text from census files.

    Returns:
        `cin_census_children` (a row for each child in a file), `cin_census_details` (a row for each referral
        episode) and a table for each group below it; each starts with `ORIGIN`, and those below an episode
        repeat its `CINreferralDate`. Values are text as found, without surrounding blanks; absent is null.

    Raises:
        SourceError: A file is not readable XML, or not a CIN census; the message gives the line.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _columns()}
    for path in files:
        for position, (origin, child) in enumerate(_children(path), start=1):
            _read_child(child, (*origin, str(path), position), rows)
    return {
        name: pl.DataFrame(rows[name], schema=_schema(columns), orient="row") for name, columns in _columns().items()
    }


def _columns() -> dict[str, tuple[str, ...]]:
    below = {TABLE_NAMES[group]: (*ORIGIN, "CINreferralDate", *fields) for group, fields in GROUP_FIELDS.items()}
    return {
        "cin_census_children": (*ORIGIN, *CHILD_FIELDS[1:]),
        "cin_census_details": (*ORIGIN, *DETAIL_FIELDS),
        **below,
    }


def _schema(columns: Iterable[str]) -> dict[str, Any]:
    return {name: pl.Int64() if name == "source_row" else pl.String() for name in columns}


def _children(path: Path) -> Iterator[tuple[tuple[str | None, str | None], etree._Element]]:
    """Each child element, with the authority and the year of the header before it."""
    la_code = year = None
    root: str | None = None
    try:
        # No entity is expanded and nothing is fetched: a return is data, never a program.
        for _, element in etree.iterparse(
            str(path),
            events=("end",),
            tag=("Header", "Child", "Message"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
        ):
            if element.tag == "Header":
                la_code, year = element.findtext(".//LEA"), element.findtext(".//Year")
            elif element.tag == "Child":
                yield (la_code, year), element
                _forget(element)
            root = element.tag
    except etree.XMLSyntaxError as error:
        raise SourceError(
            "is not well-formed XML", where=f"{path}, line {error.lineno}", mend="export the return again"
        ) from None
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror or 'not a file'})", where=str(path)) from None
    if root != "Message":
        raise SourceError("is not a CIN census: its root is not Message", where=str(path), mend="remove it from cin/")


def _forget(element: etree._Element) -> None:
    """Free the memory of a child that has been read, and of those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]  # type: ignore[union-attr]


def _read_child(child: etree._Element, origin: tuple[Any, ...], rows: dict[str, list[tuple[Any, ...]]]) -> None:
    values: dict[str, str] = {}
    for part in child:
        if part.tag in ("ChildIdentifiers", "ChildCharacteristics"):
            values.update((field.tag, text) for field in part if (text := _text(field)) is not None)
    start = (*origin, values.get("LAchildID"))
    rows["cin_census_children"].append((*start, *(values.get(name) for name in CHILD_FIELDS[1:])))
    for details in child.iterchildren("CINdetails"):
        _read_details(details, start, rows)


def _read_details(details: etree._Element, start: tuple[Any, ...], rows: dict[str, list[tuple[Any, ...]]]) -> None:
    values: dict[str, str] = {}
    groups: list[tuple[str, dict[str, str]]] = []
    for element in details:
        if element.tag in GROUP_FIELDS:
            groups.append((element.tag, _group_values(element)))
        elif (text := _text(element)) is not None:
            values[element.tag] = text
    rows["cin_census_details"].append((*start, *(values.get(name) for name in DETAIL_FIELDS)))
    referral = values.get("CINreferralDate")
    for group, found in groups:
        rows[TABLE_NAMES[group]].append((*start, referral, *(found.get(name) for name in GROUP_FIELDS[group])))


def _group_values(group: etree._Element) -> dict[str, str]:
    """Texts of a group by tag; a tag that comes again (assessment factors) is joined with blanks."""
    values: dict[str, str] = {}
    for element in group.iter():
        text = _text(element)
        if text is not None:
            values[element.tag] = f"{values[element.tag]} {text}" if element.tag in values else text
    return values


def _text(element: etree._Element) -> str | None:
    text = element.text
    if text is None:
        return None
    return text.strip() or None
