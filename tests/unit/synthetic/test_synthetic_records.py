"""The written records have the right shape and possible dates."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from world_reader import Child, british_date, read_children, rows, to_date

TOGETHER = {"P1", "R3"}


@pytest.fixture(scope="module")
def children(world: Path) -> dict[tuple[str, str], Child]:
    return read_children(world)


@pytest.mark.parametrize("year", range(2020, 2027))
def test_every_census_file_is_valid_against_the_schema_of_its_year(world: Path, schema_folder: Path, year: int) -> None:
    schema = etree.XMLSchema(etree.parse(str(schema_folder / f"CIN_schema_{year}.xsd")))
    files = sorted(world.glob(f"authorities/*/cin/CIN_{year}.xml"))
    assert len(files) == (11 if year == 2026 else 12)
    for path in files:
        assert schema.validate(etree.parse(str(path))), schema.error_log


def test_number_of_pairs_of_authority_and_child_is_the_presets(world: Path) -> None:
    pairs = [
        (path.parts[-2], row["LAchildID"]) for path in world.glob("authorities/*/identifiers.csv") for row in rows(path)
    ]
    assert len(pairs) == len(set(pairs)) == 8000
    ids = Counter(child_id for _, child_id in pairs)
    assert sum(count > 1 for count in ids.values()) > 100


def test_every_child_is_in_some_return(world: Path, children: dict[tuple[str, str], Child]) -> None:
    linked = {(row["la_code"], row["la_child_id"]) for row in rows(world / "truth" / "links.csv")}
    known = {
        (path.parts[-2], row["LAchildID"]) for path in world.glob("authorities/*/identifiers.csv") for row in rows(path)
    }
    # An infant referred after the last return of its authority is known to it without being in a return.
    assert known - set(children) <= linked
    assert len(known - set(children)) <= 3


def test_nhs_numbers_are_valid_unique_and_never_issued(world: Path) -> None:
    numbers = [row["NHSNumber"] for row in rows(world / "nhs" / "identifiers.csv")]
    assert len(numbers) == len(set(numbers))
    for number in numbers:
        assert number.startswith("999") and len(number) == 10
        total = sum(int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True))
        assert (11 - total % 11) % 11 == int(number[9])


def test_no_identifier_in_the_pseudonymised_tables(world: Path) -> None:
    for path in [*world.glob("nhs/mhsds/*.csv"), *world.glob("nhs/msds/*.csv")]:
        header = path.read_text(encoding="utf-8").split("\n", 1)[0].lower()
        assert "nhsnumber" not in header and "name" not in header and "postcode" not in header


def test_dates_of_spells_are_in_order_and_a_version_wins(world: Path) -> None:
    shown: dict[str, set[str]] = {}
    for row in rows(world / "nhs" / "mhsds" / "MHS501HospProvSpell.csv"):
        if row["DischDateHospProvSpell"]:
            assert row["DischDateHospProvSpell"] >= row["StartDateHospProvSpell"]
            shown.setdefault(row["UniqHospProvSpellID"], set()).add(row["DischDateHospProvSpell"])
    assert any(len(days) > 1 for days in shown.values())
    for row in rows(world / "nhs" / "mhsds" / "MHS502WardStay.csv"):
        old = int(row["UniqMonthID"]) <= 1488
        assert row["MHAdmittedPatientClass"] in ({"14", "10", "12"} if old else {"204", "200", "202"})


def test_dates_of_cases_and_plans_are_in_order(children: dict[tuple[str, str], Child]) -> None:
    for child in children.values():
        for start, end in [*child.referrals.items(), *child.plans.items(), *child.need_plans.items()]:
            assert end is None or end >= start
        for start in child.plans:
            assert any(
                opened <= start and (closed is None or start <= closed) for opened, closed in child.referrals.items()
            )


def test_an_unborn_child_is_born_in_a_later_return(world: Path, children: dict[tuple[str, str], Child]) -> None:
    both = [child for child in children.values() if child.births and child.expected]
    assert len(both) > 20
    for path in world.glob("authorities/*/cin/CIN_*.xml"):
        year = int(path.stem[-4:])
        for node in etree.parse(str(path)).iter("ChildIdentifiers"):
            unborn = node.find("PersonBirthDate") is None
            assert unborn == (node.find("ExpectedPersonBirthDate") is not None)
            if unborn:
                assert (node.findtext("Sex") or node.findtext("GenderCurrent")) == ("U" if year >= 2025 else "0")


def test_episodes_of_a_period_of_care_are_contiguous(children: dict[tuple[str, str], Child]) -> None:
    for child in children.values():
        before: tuple[str, str, date | None, str, str] | None = None
        for start, episode in sorted(child.care.items()):
            _, _, end, rne, _ = episode
            assert end is None or end >= start
            if before is not None and before[4] == "X1":
                assert start == before[2] and rne != "S"
            elif before is not None and before[2] is not None:
                assert rne == "S" and start >= before[2]
            before = episode


def test_codes_of_the_looked_after_return_are_those_of_the_country_and_year(world: Path) -> None:
    for path in world.glob("authorities/*/ssda903/*/episodes.csv"):
        welsh = path.parts[-4] in {"681", "670"}
        for row in rows(path):
            assert row["PLACE"][0] in ("FHRPA" if welsh else "UKRPA")
            assert row["REC"] not in ({"E4A", "E4B", "E45", "E46", "E47", "E48"} if welsh else {"E4", "E43", "E44"})
    for path in world.glob("authorities/*/ssda903/*/header.csv"):
        codes = {"M", "F"} if int(path.parts[-2]) >= 2025 else {"1", "2"}
        for row in rows(path):
            assert row["SEX"] in codes and british_date(row["DOB"]) is not None


def test_some_authority_has_no_last_return(world: Path) -> None:
    for row in rows(world / "reference" / "authorities.csv"):
        has_last = (world / "authorities" / row["la_code"] / "ssda903" / "2026").exists()
        assert has_last == (to_date(row["coverage_end"]) == date(2026, 3, 31))
