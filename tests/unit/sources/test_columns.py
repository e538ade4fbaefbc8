"""Columns are found by name, whatever their order, case and version; what is missing is told with what is near."""

from __future__ import annotations

import pytest

from dyadlink.errors import SourceError
from dyadlink.sources.columns import match_columns, nearest
from dyadlink.sources.layout import Column

PERSON = Column(name="Person_ID", description="Id.")
CLASS = Column(name="MHAdmittedPatientClass", also=("HospitalBedTypeMH",), description="Bed.")
AUTHORITY = Column(name="CIN_LA", also=("CIN_LA_SPR*",), description="Authority.")
SEX = Column(name="Sex", required=False, description="Sex.")


def test_order_case_and_blanks_do_not_matter() -> None:
    assert match_columns([PERSON, SEX], ["SEX", "Other", " person_id "], "f", {}) == {"Person_ID": (2,), "Sex": (0,)}


def test_a_column_of_another_version_is_found_under_its_name_there() -> None:
    assert match_columns([CLASS], ["hospitalbedtypemh"], "f", {}) == {"MHAdmittedPatientClass": (0,)}


def test_both_versions_of_a_column_are_kept_the_newer_first() -> None:
    header = ["HospitalBedTypeMH", "MHAdmittedPatientClass"]
    assert match_columns([CLASS], header, "f", {}) == {"MHAdmittedPatientClass": (1, 0)}


def test_a_name_may_carry_a_year() -> None:
    assert match_columns([AUTHORITY], ["x", "CIN_LA_SPR21"], "f", {}) == {"CIN_LA": (1,)}


def test_a_mapped_name_stands_in_place_of_the_standard_one() -> None:
    local = {"Person_ID": ("patient",)}
    assert match_columns([PERSON], ["person_id", "Patient"], "f", local) == {"Person_ID": (1,)}


def test_a_column_that_may_be_absent_has_no_place() -> None:
    assert match_columns([PERSON, SEX], ["person_id"], "f", {})["Sex"] == ()


def test_a_missing_column_is_told_with_the_name_that_is_near() -> None:
    with pytest.raises(SourceError) as caught:
        match_columns([PERSON, CLASS], ["PersonID", "mhadmittedpatientclass"], "file.csv, line 1", {})
    assert str(caught.value).startswith("file.csv, line 1: missing column(s) Person_ID (is it 'PersonID'?) -> ")


def test_a_name_that_is_taken_is_not_offered() -> None:
    columns = [PERSON, Column(name="Person_ID2", description="Other id.")]
    with pytest.raises(SourceError, match=r"missing column\(s\) Person_ID2 -> "):
        match_columns(columns, ["Person_ID", "x"], "f", {})


@pytest.mark.parametrize("header", [["person_id", "Person_ID"], ["PERSON_ID", "x", "person_id "]])
def test_a_column_twice_is_told_by_its_places(header: list[str]) -> None:
    with pytest.raises(SourceError, match=f"column twice: Person_ID stands at places 1 and {len(header)}"):
        match_columns([PERSON], header, "f", {})


def test_another_column_twice_does_no_harm() -> None:
    assert match_columns([PERSON], ["x", "x", "Person_ID"], "f", {}) == {"Person_ID": (2,)}


def test_the_values_of_a_file_without_header_are_not_told() -> None:
    with pytest.raises(SourceError, match="none of the table's columns is there") as caught:
        match_columns([PERSON, SEX], ["ROBERTA", "ROBERTA", "TABLES"], "f", {})
    assert "ROBERTA" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "near"),
    [("Postcode", "Post_Code"), ("GivenName", "given name"), ("FamilyName", None), ("Person_ID", "person-id")],
)
def test_nearest(name: str, near: str | None) -> None:
    assert nearest(name, ["Post_Code", "given name", "person-id"]) == near
