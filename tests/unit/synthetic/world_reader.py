"""A plain reading of the written records, row by row, with none of the generator's code."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from lxml import etree

FAR = date(2100, 1, 1)


@dataclass
class Child:
    """All that the returns of all years say about one child of an authority."""

    referrals: dict[date, date | None] = field(default_factory=dict)
    plans: dict[date, date | None] = field(default_factory=dict)
    care: dict[date, tuple[str, str, date | None, str, str]] = field(default_factory=dict)
    births: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    need_plans: dict[date, date | None] = field(default_factory=dict)
    enquiries: dict[date, date | None] = field(default_factory=dict)


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def to_date(text: str | None) -> date | None:
    """Return an ISO date, or nothing."""
    return date.fromisoformat(text) if text else None


def british_date(text: str) -> date | None:
    """Return a dd/mm/yyyy date, or nothing."""
    return datetime.strptime(text, "%d/%m/%Y").date() if text else None


def read_children(world: Path) -> dict[tuple[str, str], Child]:
    """Return every child of every authority; a later return wins over an earlier one."""
    children: dict[tuple[str, str], Child] = defaultdict(Child)
    for path in sorted(world.glob("authorities/*/cin/CIN_*.xml"), key=lambda p: p.name):
        la_code = path.parts[-3]
        for node in etree.parse(str(path)).iter("Child"):
            child = children[la_code, node.findtext(".//LAchildID")]
            child.births.update(e.text for e in node.iter("PersonBirthDate"))
            child.expected.update(e.text for e in node.iter("ExpectedPersonBirthDate"))
            for case in node.iter("CINdetails"):
                start = date.fromisoformat(case.findtext("CINreferralDate"))
                child.referrals[start] = to_date(case.findtext("CINclosureDate"))
                for plan in case.iter("ChildProtectionPlans"):
                    child.plans[date.fromisoformat(plan.findtext("CPPstartDate"))] = to_date(
                        plan.findtext("CPPendDate")
                    )
                for plan in case.iter("CINPlanDates"):
                    child.need_plans[date.fromisoformat(plan.findtext("CINPlanStartDate"))] = to_date(
                        plan.findtext("CINPlanEndDate")
                    )
    for path in sorted(world.glob("authorities/*/ssda903/*/episodes.csv"), key=lambda p: p.parts[-2]):
        la_code = path.parts[-4]
        for row in rows(path):
            start = british_date(row["DECOM"])
            assert start is not None
            end = british_date(row["DEC"])
            children[la_code, row["CHILD"]].care[start] = (row["LS"], row["PLACE"], end, row["RNE"], row["REC"])
    return children


def latest(table: list[dict[str, str]], key: str) -> list[dict[str, str]]:
    """Return the last monthly version of each record."""
    found: dict[str, dict[str, str]] = {}
    for row in sorted(table, key=lambda r: int(r["UniqMonthID"])):
        found[row[key]] = row
    return list(found.values())


def read_spells(world: Path) -> dict[str, list[tuple[date, date, str]]]:
    """Return the acute spells of every woman: start, end, type (mbu, ward or crht)."""
    folder = world / "nhs" / "mhsds"
    kinds = {"14": "mbu", "204": "mbu", "10": "ward", "200": "ward", "12": "ward", "202": "ward"}
    stays: dict[str, set[str]] = defaultdict(set)
    for row in rows(folder / "MHS502WardStay.csv"):
        stays[row["UniqHospProvSpellID"]].add(kinds[row["MHAdmittedPatientClass"]])
    spells: dict[str, list[tuple[date, date, str]]] = defaultdict(list)
    for row in latest(rows(folder / "MHS501HospProvSpell.csv"), "UniqHospProvSpellID"):
        kind = "mbu" if "mbu" in stays[row["UniqHospProvSpellID"]] else "ward"
        start, end = to_date(row["StartDateHospProvSpell"]), to_date(row["DischDateHospProvSpell"])
        assert start is not None
        spells[row["Person_ID"]].append((start, end or FAR, kind))
    teams = {row["CareProfTeamLocalID"]: row["ServTeamTypeMH"] for row in rows(folder / "MHS902ServiceTeamDetails.csv")}
    received = {r["UniqServReqID"]: r for r in rows(folder / "MHS101Referral.csv")}
    for row in latest(rows(folder / "MHS102OtherServiceType.csv"), "UniqServReqID"):
        if teams[row["OtherCareProfTeamLocalID"]] == "A02":
            start = to_date(received[row["UniqServReqID"]]["ReferralRequestReceivedDate"])
            assert start is not None
            spells[row["Person_ID"]].append((start, to_date(row["ReferClosureDate"]) or FAR, "crht"))
    return {person: sorted(found) for person, found in spells.items()}


def episodes(spells: list[tuple[date, date, str]]) -> list[tuple[date, date, str]]:
    """Return episodes: spells at most three days apart are one, of the type highest in the hierarchy."""
    merged: list[tuple[date, date, set[str]]] = []
    for start, end, kind in spells:
        if merged and start <= merged[-1][1] + timedelta(days=3):
            first, last, kinds = merged[-1]
            merged[-1] = (first, max(last, end), kinds | {kind})
        else:
            merged.append((start, end, {kind}))
    order = ("mbu", "ward", "crht")
    return [(start, end, next(k for k in order if k in kinds)) for start, end, kinds in merged]
