"""The DfE's rules for the children in need census, row by row in plain Python, with none of the package's code.

Each rule gives the records that break it: a set of (record, year), empty where nobody does. A record is the authority
and the child, with the date of the referral, plan, enquiry or assessment where the rule is about one. Rule texts:
dfe_validation_rules.csv.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from lxml import etree
from world_reader import to_date

Broken = dict[str, set[tuple[str, int]]]
Tests = dict[str, bool]
Found = Iterator[tuple[str, Tests]]

NEEDS = {f"N{k}" for k in range(10)}
ABUSE = {"NEG", "PHY", "SAB", "EMO", "MUL"}


def codes(text: str) -> set[str]:
    """Return codes parted by blanks."""
    return set(text.split())


ETHNICITIES = codes(
    "WBRI WIRI WOTH WIRT WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH REFU NOBT"
)
SOURCES = codes("1A 1B 1C 1D 2A 2B 3A 3B 3C 3D 3E 3F 4 5A 5B 5C 6 7 8 9 10")
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
FAR = date(2100, 1, 1)
OLDEST = date(1950, 1, 1)
"""Before this day lie only the dates that systems write for "unknown"."""


def check_census(world: Path) -> Broken:
    """Return what breaks the rules of the children in need census, over all files."""
    broken: Broken = defaultdict(set)
    for path in sorted(world.glob("authorities/*/cin/CIN_*.xml")):
        la_code, year = path.parts[-3], int(path.stem[-4:])
        nodes = list(etree.parse(str(path)).iter("Child"))
        ids = Counter(_text(node, "LAchildID") for node in nodes)
        upns = Counter(_text(node, "UPN") for node in nodes)
        for node in nodes:
            child, upn = _text(node, "LAchildID"), _text(node, "UPN")
            key = f"{la_code}:{child}"
            twice = {"8510": ids[child] > 1, "1520": upn is not None and upns[upn] > 1}
            found = [(key, twice | _child(node, year)), *_cases(node, key, year), *_activities(node, key, year)]
            for record, tests in [*found, *_need_plans(node, key, year), *_plans(node, key, year)]:
                for rule, fails in tests.items():
                    broken[rule].update({(record, year)} if fails else ())
    return broken


def upn_is_valid(upn: str) -> bool:
    """Whether the first letter is the check letter of the twelve digits after it."""
    total = sum(int(digit) * weight for weight, digit in enumerate(upn[1:], start=2))
    return upn[0] == LETTERS[total % 23]


def _text(node: etree._Element, tag: str) -> str | None:
    """Return a text without the blanks around it, which are no part of a value in XML."""
    text = node.findtext(f".//{tag}")
    return text.strip() or None if text else None


def _day(node: etree._Element, tag: str) -> date | None:
    return to_date(_text(node, tag))


def _outside(day: date | None, year: int) -> bool:
    return day is not None and not date(year - 1, 4, 1) <= day <= date(year, 3, 31)


def _child(node: etree._Element, year: int) -> Tests:
    birth, expected, death = (
        _day(node, f"{kind}Date") for kind in ("PersonBirth", "ExpectedPersonBirth", "PersonDeath")
    )
    sex = _text(node, "Sex") or _text(node, "GenderCurrent")
    upn, unknown = _text(node, "UPN"), _text(node, "UPNunknown")
    referrals = [to_date(e.text) for e in node.iter("CINreferralDate")]
    acted = any(e.text not in ("1", "true") for e in node.iter("ReferralNFA"))
    due = birth or expected or FAR
    child = _text(node, "LAchildID") or ""
    whole = upn is not None and len(upn) == 13
    return {
        "1510": whole and upn[1:].isdigit() and not upn_is_valid(upn),
        "1540": upn is not None and not (len(upn[4:12]) == 8 and upn[4:12].isdigit()),
        "1550": upn is not None and not (whole and (upn[12].isdigit() or upn[12] in LETTERS)),
        "1570": year >= 2025 and len(child) > 20,
        "1580": year >= 2025 and not child.isalnum(),
        "4180": sex not in ({"M", "F", "U"} if year >= 2025 else {"1", "2", "0", "9"}),
        "4220": _text(node, "Ethnicity") not in ETHNICITIES,
        "8520": birth is not None and birth > date(year, 3, 31),
        "8525Q": (birth is None) == (expected is None),
        "8530Q": birth is None and expected is not None and not date(year, 3, 1) <= expected <= date(year, 12, 31),
        "8535Q": death is not None and birth is not None and death < birth,
        "8545Q": _outside(death, year),
        "8555Q": death is not None and any(day > death for day in referrals),
        "8590": not referrals,
        "8606": due > OLDEST and any(day < due - timedelta(weeks=40) for day in referrals),
        "8750": birth is None and sex != ("U" if year >= 2025 else "0"),
        "8772": unknown == "UN7" and acted,
        "8775Q": birth is not None and birth < date(year - 26, 3, 31),
        "one_of_upn_and_reason": (upn is None) == (unknown is None),
    }


def _cases(node: etree._Element, key: str, year: int) -> Found:
    reasons = {f"RC{k}" for k in range(1, 10 if year >= 2023 else 9)}
    sources = SOURCES | ({"5D"} if year >= 2023 else set())
    cases = sorted(
        node.iter("CINdetails"), key=lambda case: (_day(case, "CINreferralDate"), _day(case, "CINclosureDate") or FAR)
    )
    is_open = [_day(case, "CINclosureDate") is None and not _no_action(case) for case in cases]
    last = max((_day(case, "CINreferralDate") for case in cases), default=FAR)
    closed: list[date] = []
    for case, opened in zip(cases, is_open, strict=True):
        referral, closure = _day(case, "CINreferralDate"), _day(case, "CINclosureDate")
        reason, need = _text(case, "ReasonForClosure"), _text(case, "PrimaryNeedCode")
        done = ("Assessments", "Section47", "CINPlanDates", "ChildProtectionPlans", "DateOfInitialCPC")
        yield (
            f"{key}:{referral}",
            {
                "8568": _text(case, "ReferralNFA") not in ("0", "1"),
                "8585Q": reason == "RC2" and _text(node, "PersonDeathDate") is None,
                "8600": referral > date(year, 3, 31),
                "8610": need is None and not _no_action(case),
                "8620": _outside(closure, year),
                "8630": closure is not None and closure < referral,
                "8640": reason is not None and reason not in reasons,
                "8650": need is not None and need not in NEEDS,
                "8805": closure is not None and reason is None,
                "8810": closure is None and reason is not None,
                "8815": opened and sum(is_open) > 1,
                "8816": opened and referral < last,
                "8820": any(referral < day for day in closed),
                "8831": _no_action(case) and any(case.find(f".//{tag}") is not None for tag in done),
                "8866": _text(case, "ReferralSource") not in sources,
            },
        )
        closed += [closure] if closure else []


def _no_action(case: etree._Element) -> bool:
    return _text(case, "ReferralNFA") in ("1", "true")


def _activities(node: etree._Element, key: str, year: int) -> Found:
    """Assessments and enquiries of each case."""
    for case in node.iter("CINdetails"):
        referral, closure = _day(case, "CINreferralDate"), _day(case, "CINclosureDate")
        for each in case.iter("Assessments"):
            start, done = _day(each, "AssessmentActualStartDate"), _day(each, "AssessmentAuthorisationDate")
            yield (
                f"{key}:{start}",
                {
                    "1103": start < referral,
                    "8608": done is not None and done < start,
                    "8696": _outside(done, year),
                    "8736": done is None and _outside(start, year),
                    "8867": done is None and closure is not None,
                },
            )
        yield from _enquiries(case, key, year)


def _enquiries(case: etree._Element, key: str, year: int) -> Found:
    told_in_case = case.find("DateOfInitialCPC") is not None
    found = sorted(
        (_day(each, "S47ActualStartDate"), _day(each, "DateOfInitialCPC") or FAR, _text(each, "ICPCnotRequired"))
        for each in case.iter("Section47")
    )
    is_open = [held == FAR and not_needed not in ("1", "true") for _, held, not_needed in found]
    for n, (start, held, _) in enumerate(found):
        before = found[n - 1] if n else (FAR, OLDEST, "1")
        yield (
            f"{key}:{start}",
            {
                "1104": held < _day(case, "CINreferralDate"),
                "2884": held != FAR and told_in_case,
                "2889": start < _day(case, "CINreferralDate"),
                "8615": start > held,
                "8715": held != FAR and _outside(held, year),
                "8740": is_open[n] and _outside(start, year),
                "8839": is_open[n] and sum(is_open) > 1,
                "8868": is_open[n] and _day(case, "CINclosureDate") is not None,
                "8890": n > 0 and before[2] not in ("1", "true") and start < before[1],
            },
        )


def _need_plans(node: etree._Element, key: str, year: int) -> Found:
    death = _day(node, "PersonDeathDate") or FAR
    found = sorted(
        (
            _day(each, "CINPlanStartDate"),
            _day(each, "CINPlanEndDate") or FAR,
            _day(case, "CINreferralDate"),
            _no_action(case),
        )
        for case in node.iter("CINdetails")
        for each in case.iter("CINPlanDates")
    )
    for n, (start, end, referral, no_action) in enumerate(found):
        tests = {
            "4000": no_action,
            "4004": end == FAR and sum(plan[1] == FAR for plan in found) > 1,
            "4008": start > death,
            "4009Q": death < end < FAR,
            "4010": start > date(year, 3, 31),
            "4011": end < start,
            "4012Q": end == start,
            "4013": end != FAR and _outside(end, year),
            "4014": any(start < plan[1] for plan in found[:n]),
            "4015": start < referral,
        }
        yield f"{key}:{start}", {rule: fails and year >= 2022 for rule, fails in tests.items()}


def _plans(node: etree._Element, key: str, year: int) -> Found:
    death = _day(node, "PersonDeathDate") or FAR
    needs = [(_day(e, "CINPlanStartDate"), _day(e, "CINPlanEndDate") or FAR) for e in node.iter("CINPlanDates")]
    every = [(_day(e, "CPPstartDate"), _day(e, "CPPendDate") or FAR) for e in node.iter("ChildProtectionPlans")]
    spans = sorted(span for span in every if span[0] <= span[1])
    late = {after for n, after in enumerate(spans) if any(after[0] < before[1] for before in spans[:n])}
    assert bool(late) == any(after[0] < before[1] for before, after in pairwise(spans))
    for case in node.iter("CINdetails"):
        conferences = {to_date(e.text) for e in case.iter("DateOfInitialCPC")}
        closure = _day(case, "CINclosureDate") or FAR
        for plan in case.iter("ChildProtectionPlans"):
            start, end = _day(plan, "CPPstartDate"), _day(plan, "CPPendDate") or FAR
            yield (
                f"{key}:{start}",
                {
                    "1105": start < _day(case, "CINreferralDate"),
                    # A conference is returned in its own year (rule 8715): so the plan is compared in that year.
                    "2885": start >= date(year - 1, 4, 1) and start not in conferences,
                    "4001": year >= 2022 and any(opened < end and start < closed for opened, closed in needs),
                    "8565": start > closure or closure < end < FAR,
                    "8720": start > date(year, 3, 31),
                    "8730": _text(plan, "NumberOfPreviousCPP") is None,
                    "8832": _no_action(case),
                    "8840": start == end,
                    "8905": _text(plan, "InitialCategoryOfAbuse") not in ABUSE,
                    "8910": _text(plan, "LatestCategoryOfAbuse") not in ABUSE,
                    "8915": start > death,
                    "8920": death < end < FAR,
                    "8925": end < start,
                    "8930": OLDEST < end < FAR and _outside(end, year),
                    "8935": end == FAR and sum(span[1] == FAR for span in spans) > 1,
                    "8940": (start, end) in late,
                },
            )
