"""Tables whose rows are persons, or that carry persons' numbers, names and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dyadlink.audit.columns import Frame
from dyadlink.audit.findings import Finding
from dyadlink.audit.identifiers import identifier_findings

_PERSON_NUMBER = re.compile(
    r"(dyad|mother|mum|infant|baby|child|person|patient|subject|participant|client|service_user|pupil|study|pseudo\w*|"
    r"record|spell|admission|referral|link|local_patient|la_child|lachild|nhs|hospital)_?(id|ids|number|num|no|key|ref|code|"
    r"identifier|hash|pseudonym)|alf(_pe|_e)?|ralf|upn|uprn|encrypted_\w+"
)
_NUMBER = re.compile(r"(.*_)?(id|ids|identifier|uuid|guid|key|ref|reference_number|hash|pseudonym)")
_CHECKSUM = re.compile(r"sha_?\d*|md5|checksum|.*_sha256|sha256_.*")
_NAME = re.compile(
    r"(.*_)?(forenames?|surnames?|first_?names?|last_?names?|family_names?|given_names?|middle_names?|full_?names?|"
    r"(mother|infant|child|patient|person|baby)s?_names?)"
)
_FULL_NAME = re.compile(r"[A-Z][a-z'-]+( [A-Z]\.?)? [A-Z][a-z'A-Z-]+")
_BIRTH_COLUMN = re.compile(r"(.*_)?(dob|date_of_birth|birth_?date|birthday|person_birth_date)(_.*)?")
_DATE_COLUMN = re.compile(r"(.*_)?dates?(_.*)?|.*_on|.*_at")
_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2} [A-Z][a-z]+ \d{4}")
_ABOUT_A_PERSON = re.compile(
    r"(.*_)?(age(_at_\w+|_years)?|sex|gender|ethnicity|ethnic_group|parity|deprivation(_quintile)?|imd\w*|diagnosis\w*|"
    r"gestation\w*|birth_?weight|outcome|died|is_\w+|has_\w+|admission\w*|discharge\w*|birth_\w+|dob|marital_status|"
    r"postcode|lsoa|authority|nhs_number|smok\w+|bmi|time_to_\w+|follow_up_days|length_of_stay)|o[1-4]"
)
_FEW_ROWS = 5
_ENOUGH_COLUMNS = 3


def person_findings(frame: Frame) -> Iterator[Finding]:
    """Findings for columns that tell who somebody is, and for rows that are persons."""
    sheet = frame.sheet
    for i, name in enumerate(frame.names):
        values = [row[i].strip() for row in sheet.rows if row[i].strip()]
        place = f"{sheet.name}, column {sheet.header[i]}".lstrip(", ")
        if not values:
            continue
        if _PERSON_NUMBER.fullmatch(name):
            yield Finding(sheet.file, place, "F07")
        elif _is_identifier(name, values, counts=frame.roles[i] not in {"", "integer"}):
            yield Finding(sheet.file, place, "F05")
        if _NAME.fullmatch(name) or _are_names(values):
            yield Finding(sheet.file, place, "F04")
        is_day = _are_dates(values)
        if is_day and (_BIRTH_COLUMN.fullmatch(name) or _DATE_COLUMN.fullmatch(name)):
            yield Finding(sheet.file, place, "F03")
        yield from _values(frame, i, place)
    if _are_rows_persons(frame):
        yield Finding(sheet.file, sheet.name or "the table", "F06", f"{len(sheet.rows)} rows")


def _values(frame: Frame, column: int, place: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for row, cells in enumerate(frame.sheet.rows):
        # A number has no letters and needs ten digits; most cells are done with here.
        if len(cells[column]) < 5:
            continue
        for finding in identifier_findings(frame.sheet.file, f"{place}, line {frame.sheet.lines[row]}", cells[column]):
            if finding.rule not in seen:
                seen.add(finding.rule)
                yield finding


def _is_identifier(name: str, values: list[str], *, counts: bool) -> bool:
    if _CHECKSUM.fullmatch(name) or len(set(values)) < len(values) or len(values) < _FEW_ROWS:
        return False
    is_coded = all(re.fullmatch(r"(?=.*\d)[A-Za-z0-9_-]{6,}", value) for value in values)
    # Whole numbers of one length, each its own and in no order, count nothing and nobody.
    is_numbered = (
        all(re.fullmatch(r"\d{5,}", value) for value in values)
        and len({len(value) for value in values}) == 1
        and values != sorted(values)
        and not all(value.endswith("0") for value in values)
    )
    is_fixed = is_coded and len({len(value) for value in values}) == 1
    named = _NUMBER.fullmatch(name) and any(ch.isdigit() for value in values for ch in value)
    return bool(named or (is_numbered and not counts) or (is_fixed and len(values[0]) >= 8 and not _are_dates(values)))


def _are_names(values: list[str]) -> bool:
    alike = [value for value in values if _FULL_NAME.fullmatch(value)]
    return len(values) >= _FEW_ROWS and len(alike) >= 0.8 * len(values) and len(set(alike)) >= 0.9 * len(alike)


def _are_dates(values: list[str]) -> bool:
    return len(set(values)) > 1 and all(_FULL_DATE.fullmatch(value) for value in values)


def _are_rows_persons(frame: Frame) -> bool:
    """Columns about a person, none that counts, and not one row for each combination of what the columns say."""
    about = [name for name in frame.names if _ABOUT_A_PERSON.fullmatch(name)]
    aggregated = (
        "count",
        "percent",
        "rate",
        "estimate",
        "ratio",
        "survival",
        "median",
        "mean",
        "std_error",
        "person_time",
    )
    if len(about) < _ENOUGH_COLUMNS or len(frame.sheet.rows) < _FEW_ROWS:
        return False
    counts = [i for i in frame.having(*aggregated) if frame.names[i] not in about]
    ones = all(v.number == 1 for i in frame.having("count") for v in frame.values[i] if v.kind == "number")
    return not counts or (bool(frame.having("count")) and ones)
