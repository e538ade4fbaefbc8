"""Traps 22 to 24 of the handbook's list (STANDARDS section 9), each by its number."""

from __future__ import annotations

import pytest
from pipeline import CONFIG, SQL, stage
from small_study import SmallStudy, case

from dyadlink.config import Sources
from dyadlink.errors import SourceError
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.sources.rules import check_sources
from dyadlink.sql import read_table

VALID, TEST = "9434765919", "9990000018"
FACTS = {
    "GivenName": "ADA",
    "FamilyName": "EXAMPLE",
    "PersonBirthDate": "2021-06-01",
    "Sex": "1",
    "Postcode": "SE1 1AA",
}


def _with_number(study: SmallStudy, number: str) -> None:
    study.add("nhs/identifiers", Person_ID="B1", NHSNumber=number, **FACTS)
    study.child(case("2021-06-10"))
    study.write()


def _infant_number(study: SmallStudy, *, is_synthetic: bool) -> str | None:
    connection = stage(study.folder)
    sources = Sources(directory=study.folder, is_synthetic=is_synthetic)
    load_identifiers(connection, sources=sources, sql=SQL, study=CONFIG.study, settings=CONFIG.linkage)
    number: str | None = read_table(connection, "left_persons").filter(person_id="B1")["nhs_number"].item()
    return number


def test_trap_22_a_number_of_the_test_range_stops_a_real_study(study: SmallStudy) -> None:
    _with_number(study, TEST)
    with pytest.raises(SourceError, match=r"identifiers\.csv: holds NHS numbers that are never issued") as told:
        _infant_number(study, is_synthetic=False)
    assert TEST not in str(told.value)
    assert _infant_number(study, is_synthetic=True) == TEST


def test_trap_22_other_numbers_do_not(study: SmallStudy) -> None:
    _with_number(study, VALID)
    assert _infant_number(study, is_synthetic=False) == VALID


@pytest.mark.parametrize("number", ["0000000000", "9999999999", "4001221004"])
def test_trap_23_a_number_that_systems_write_for_unknown_is_none(study: SmallStudy, number: str) -> None:
    _with_number(study, number)
    assert _infant_number(study, is_synthetic=False) is None


def test_trap_24_a_pupil_number_with_a_wrong_letter_is_kept_told_and_never_matched_on(study: SmallStudy) -> None:
    study.child(case("2021-06-10"), more="<UPN>A850728973744</UPN>")
    study.write()
    connection = stage(study.folder)
    assert read_table(connection, "children")["child_key"].to_list() == ["209:100"]
    broken = check_sources(connection, SQL, CONFIG.checks).broken
    assert "dfe_1510" in broken.filter(source="cin_children")["rule"].to_list()
    load_identifiers(
        connection, sources=Sources(directory=study.folder), sql=SQL, study=CONFIG.study, settings=CONFIG.linkage
    )
    assert "upn" not in {column for side in ("left", "right") for column in connection.table(f"{side}_persons").columns}
