"""The rules of the DfE that matter to the study, row by row in plain Python, with none of the generator's code.

Each rule gives the records that break it: a set of (record, year). A record is the authority and the child, with
the date of the referral, plan or episode where the rule is about one. Rule texts: dfe_validation_rules.csv.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from lxml import etree
from world_reader import british_date, rows, to_date


def _codes(text: str) -> set[str]:
    return set(text.split())


Broken = dict[str, set[tuple[str, int]]]
WELSH = {str(code) for code in range(660, 682)}
NEEDS = {f"N{k}" for k in range(10)}
CARE_NEEDS = {f"N{k}" for k in range(1, 9)}
ABUSE = {"NEG", "PHY", "SAB", "EMO", "MUL"}
ETHNICITIES = _codes(
    "WBRI WIRI WOTH WIRT WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH REFU NOBT"
)
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
FAR = date(2100, 1, 1)
STATUSES = {"England": _codes("C1 C2 D1 E1 V2 V3 V4 L1 L2 L3 J1 J2 J3")}
STATUSES["Wales"] = STATUSES["England"] - {"V3", "V4"} | {"V1", "W1"}
ENDS = {
    "England": _codes("X1 E11 E12 E2 E3 E4A E4B E13 E41 E45 E46 E47 E48 E5 E6 E7 E8 E9 E14 E15 E16 E17"),
    "Wales": _codes("X1 E11 E12 E2 E3 E4 E43 E44 E5 E6 E7 E8 E9"),
}
PLACE_LETTERS = {"England": set("AHKPRSTUZ"), "Wales": set("AFHPRSTZ")}


def check_census(world: Path) -> Broken:
    """Return what breaks the rules of the children in need census, over all files."""
    broken: Broken = defaultdict(set)
    for path in sorted(world.glob("authorities/*/cin/CIN_*.xml")):
        la_code, year = path.parts[-3], int(path.stem[-4:])
        seen: set[str] = set()
        for node in etree.parse(str(path)).iter("Child"):
            key = f"{la_code}:{node.findtext('.//LAchildID')}"
            found = {rule: {key} for rule in _child_rules(node, year)}
            if key in seen:
                found["8510"] = {key}
            seen.add(key)
            for rule, records in [*found.items(), *_case_rules(node, key, year), *_plan_rules(node, key, year)]:
                broken[rule].update((record, year) for record in records)
    return broken


def upn_is_valid(upn: str) -> bool:
    """Whether the first letter is the check letter of the twelve digits after it."""
    total = sum(int(digit) * weight for weight, digit in enumerate(upn[1:], start=2))
    return upn[0] == LETTERS[total % 23]


def _child_rules(node: etree._Element, year: int) -> list[str]:
    birth, expected = to_date(node.findtext(".//PersonBirthDate")), to_date(node.findtext(".//ExpectedPersonBirthDate"))
    death = to_date(node.findtext(".//PersonDeathDate"))
    sex = node.findtext(".//Sex") if year >= 2025 else node.findtext(".//GenderCurrent")
    upn, unknown = node.findtext(".//UPN"), node.findtext(".//UPNunknown")
    referrals = [to_date(e.text) for e in node.iter("CINreferralDate")]
    acted = any(e.text not in ("1", "true") for e in node.iter("ReferralNFA"))
    due = birth or expected or FAR
    tests = {
        "8525Q": (birth is None) == (expected is None),
        "8606": any(day < due - timedelta(weeks=40) for day in referrals),
        "4180": sex not in ({"M", "F", "U"} if year >= 2025 else {"1", "2", "0", "9"}),
        "8750": birth is None and sex != ("U" if year >= 2025 else "0"),
        "1510": upn is not None and not upn_is_valid(upn),
        "8772": unknown == "UN7" and acted,
        "one_of_upn_and_reason": (upn is None) == (unknown is None),
        "8775Q": birth is not None and birth < date(year - 26, 3, 31),
        "8535Q": death is not None and birth is not None and death < birth,
        "8555Q": death is not None and any(day > death for day in referrals),
        "4220": node.findtext(".//Ethnicity") not in ETHNICITIES,
    }
    return [rule for rule, fails in tests.items() if fails]


def _case_rules(node: etree._Element, key: str, year: int) -> list[tuple[str, set[str]]]:
    reasons = {f"RC{k}" for k in range(1, 10 if year >= 2023 else 9)}
    found = []
    for case in node.iter("CINdetails"):
        referral, closure = to_date(case.findtext("CINreferralDate")), to_date(case.findtext("CINclosureDate"))
        reason = case.findtext("ReasonForClosure")
        tests = {
            "8630": closure is not None and closure < referral,
            "8640": reason is not None and reason not in reasons,
            "8650": case.findtext("PrimaryNeedCode") not in NEEDS,
            "8805": closure is not None and reason is None,
            "8810": closure is None and reason is not None,
            "8568": case.findtext("ReferralNFA") not in ("0", "1"),
        }
        found += [(rule, {f"{key}:{referral}"}) for rule, fails in tests.items() if fails]
    return found


def _plan_rules(node: etree._Element, key: str, year: int) -> list[tuple[str, set[str]]]:
    death, found, spans = to_date(node.findtext(".//PersonDeathDate")) or FAR, [], []
    needs = [
        (to_date(e.findtext("CINPlanStartDate")), to_date(e.findtext("CINPlanEndDate")) or FAR)
        for e in node.iter("CINPlanDates")
    ]
    for case in node.iter("CINdetails"):
        conferences = {to_date(e.text) for e in case.iter("DateOfInitialCPC")}
        for plan in case.iter("ChildProtectionPlans"):
            start, end = to_date(plan.findtext("CPPstartDate")), to_date(plan.findtext("CPPendDate")) or FAR
            codes = {plan.findtext("InitialCategoryOfAbuse"), plan.findtext("LatestCategoryOfAbuse")}
            tests = {
                "1105": start < to_date(case.findtext("CINreferralDate")),
                # A conference is returned in its own year only (rule 8715), and so is the plan compared in that year.
                "2885": start >= date(year - 1, 4, 1) and start not in conferences,
                "4001": any(opened < end and start < closed for opened, closed in needs),
                "8840": start == end,
                "8905": not codes <= ABUSE,
                "8915": start > death,
                "8920": end != FAR and end > death,
                "8925": end < start,
            }
            found += [(rule, {f"{key}:{start}"}) for rule, fails in tests.items() if fails]
            spans.append((start, end))
    spans = sorted(span for span in spans if span[0] <= span[1])
    if sum(end == FAR for _, end in spans) > 1:
        found.append(("8935", {key}))
    if any(after[0] < before[1] for before, after in pairwise(spans)):
        found.append(("8940", {key}))
    return found


def check_care(world: Path) -> Broken:
    """Return what breaks the rules of the return for looked-after children, over all files."""
    broken: Broken = defaultdict(set)
    for path in sorted(world.glob("authorities/*/ssda903/*/episodes.csv")):
        la_code, year = path.parts[-4], int(path.parts[-2])
        born = {row["CHILD"]: british_date(row["DOB"]) for row in rows(path.parent / "header.csv")}
        codes = {"M", "F"} if year >= 2025 else {"1", "2"}
        for row in rows(path.parent / "header.csv"):
            if row["SEX"] not in codes:
                broken["101"].add((f"{la_code}:{row['CHILD']}", year))
        before: dict[str, str] | None = None
        for row in rows(path):
            same = before is not None and before["CHILD"] == row["CHILD"]
            for rule in _episode_rules(row, la_code, born[row["CHILD"]]):
                broken[rule].add((_episode(la_code, row), year))
            if before is not None and same:
                for rule in _pair_rules(before, row):
                    broken[rule].add((_episode(la_code, before), year))
            elif before is not None and before["REC"] == "X1":
                broken["388"].add((_episode(la_code, before), year))
            before = row
    return broken


def _episode(la_code: str, row: dict[str, str]) -> str:
    return f"{la_code}:{row['CHILD']}:{british_date(row['DECOM'])}"


def _episode_rules(row: dict[str, str], la_code: str, born: date | None) -> list[str]:
    country = "Wales" if la_code in WELSH else "England"
    start, end = british_date(row["DECOM"]), british_date(row["DEC"])
    assert start is not None and born is not None
    tests = {
        "143": row["RNE"] not in set("SLPTBU"),
        "144": row["LS"] not in STATUSES[country],
        "145": row["CIN"] not in CARE_NEEDS,
        "146": row["PLACE"][0] not in PLACE_LETTERS[country],
        "148": (row["DEC"] == "") != (row["REC"] == ""),
        "149": row["REC"] != "" and row["REC"] not in ENDS[country],
        "302": start < born,
        "355": end == start,
        "356": end is not None and end < start,
        "365": row["LS"] == "V3" and end is not None and (end - start).days > 17,
        "384": row["LS"] in ("V3", "V4") and row["PLACE"] in ("U1", "U4"),
        "445": row["LS"] == "D1",
    }
    return [rule for rule, fails in tests.items() if fails]


def _pair_rules(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Rules on two episodes of a child that follow each other in the file."""
    if before == after:
        return ["duplicate"]
    start, end = british_date(after["DECOM"]), british_date(before["DEC"])
    assert start is not None
    tests = {
        "142": end is None,
        "501": end is not None and start < end,
        "433": before["REC"] == "X1" and start != end,
        "431": after["RNE"] == "S" and start == end,
        "432": before["REC"] != "X1" and after["RNE"] != "S",
    }
    return [rule for rule, fails in tests.items() if fails]
