"""Children in Need census returns (XML): DfE XSD 2017 to 2026 as in STANDARDS 1.1, read child by child.

Groups that the layout does not name (reviews, PreProceedingsandFGDM of 2026-27) are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from dyadlink.sources.xml_files import Rows, fill, parts_of, records

CHILDREN, DETAILS = "cin_census_children", "cin_census_details"
GROUPS = {
    "Assessments": "cin_census_assessments",
    "CINPlanDates": "cin_census_plans",
    "Section47": "cin_census_section_47",
    "ChildProtectionPlans": "cin_census_protection_plans",
}
"""Element below a referral episode: the table of its rows."""

_CHILD_PARTS = ("ChildIdentifiers", "ChildCharacteristics")


class _Tables(NamedTuple):
    """The tables that stand in a return; the first columns of each are the origin, the child and the referral's day."""

    children: Rows
    details: Rows
    groups: Mapping[str, Rows]


def read_cin_census(path: Path, rows: Mapping[str, Rows]) -> Iterator[None]:
    """Read a census return into its tables, a child at each step.

    `source_row` counts the children of the file. Every row starts with the authority and the year of the header
    (`la_code`, `census_year`) and the child's `LAchildID`; one below an episode repeats its `CINreferralDate`.

    Raises:
        SourceError: See `xml_files.records`.
    """
    tables = _Tables(rows[CHILDREN], rows[DETAILS], {tag: rows[name] for tag, name in GROUPS.items()})
    origin: tuple[str | None, str | None] = (None, None)
    position = 0
    for element in records(path, "Message", ("Header", "Child")):
        if element.tag == "Header":
            origin = (element.findtext(".//LEA"), element.findtext(".//Year"))
        else:
            position += 1
            _read_child(element, origin, position, tables)
            yield


def _read_child(child: etree._Element, origin: tuple[str | None, str | None], position: int, tables: _Tables) -> None:
    row = tables.children.begin([position, *origin])
    episodes = []
    for part in parts_of(child):
        tag = part.tag
        if tag == "CINdetails":
            episodes.append(part)
        elif tag in _CHILD_PARTS:
            fill(part, tables.children.places, row)
    tables.children.add(row)
    for episode in episodes:
        _read_episode(episode, row[0:4], tables)


def _read_episode(episode: etree._Element, start: list[Any], tables: _Tables) -> None:
    row = tables.details.begin(start)
    places, groups = tables.details.places, tables.groups
    below = []
    for part in parts_of(episode):
        tag = part.tag
        place = places.get(tag)
        if place is not None:
            row[place] = part.text
        elif tag in groups:
            below.append((part, groups[tag]))
    tables.details.add(row)
    head = row[0:5]
    for part, rows in below:
        values = rows.begin(head)
        _fill_group(part, rows.places, values)
        rows.add(values)


def _fill_group(group: etree._Element, places: Mapping[str, int], row: list[Any]) -> None:
    """Texts at any depth; a tag that comes again (assessment factors) is joined with blanks."""
    for element in parts_of(group):
        place = places.get(element.tag)
        if place is None:
            if len(element):
                _fill_group(element, places, row)
        elif row[place] is None:
            row[place] = element.text
        elif element.text is not None:
            row[place] = f"{(row[place] or '').strip()} {element.text.strip()}"
