"""Methods, checklists, definitions and provenance: made from the release, and of nothing else."""

from __future__ import annotations

import hashlib
import re

import pytest

from dyadlink.report.build import document_of
from dyadlink.report.checklists import build_checklists
from dyadlink.report.definitions import find_terms
from dyadlink.report.document import Document
from dyadlink.report.methods import build_methods
from dyadlink.report.provenance import build_provenance, written
from dyadlink.report.reading import Release
from dyadlink.report.tables import Row, Table

STUDY = {
    "first_birth_date": "2020-10-01", "last_birth_date": "2023-03-31", "index_window_days": 200, "spell_gap_days": 5,
    "minimum_maternal_age_years": 16, "follow_up_days": 182, "service_types": ["mbu"], "pregnancy_lookback_days": 280,
    "prior_admission_lookback_days": 1826, "custody_loss_definition": "strict",
}  # fmt: skip
LINKAGE = {
    "ladder": [{"name": "a"}, {"name": "b"}], "probabilistic": "rest", "match_probability_threshold": 0.95, "seed": 7,
    "comparisons": [{"column": "birth_date"}, {"column": "surname"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def document(small_release: Release) -> Document:
    return document_of(small_release)


def _with(release: Release, **changes: object) -> Release:
    return Release({**release.manifest, **changes}, release.tables, release.downloads)


def test_methods_are_those_of_the_settings(small_release: Release) -> None:
    settings = {"study": STUDY, "linkage": LINKAGE, "sources": {"simulate": {"preset": "study", "seed": 3}}}
    parts = {part.title: " ".join(part.sentences) for part in build_methods(_with(small_release, settings=settings))}
    design, linkage = parts["Design and setting"], parts["Records and their linkage"]
    assert "Births from 1 October 2020 to 31 March 2023" in design
    assert "(mother and baby units) within 200 days" in design
    assert "followed for 182 days" in design
    assert "named strict" in design
    assert "by 2 exact steps" in linkage
    assert "by birth date and surname; pairs with a match probability of 0.95 or more" in linkage
    assert "preset study, seed 3" in linkage


def test_methods_say_nothing_that_the_settings_do_not(small_release: Release) -> None:
    parts = [part.title for part in build_methods(_with(small_release, settings={}))]
    assert "Records and their linkage" not in parts
    assert "Design and setting" in parts


def test_every_item_of_a_checklist_points_to_a_section_or_to_the_author(document: Document) -> None:
    sections = {section.id: section.title for section in document.sections}
    for part in build_checklists(sections):
        rows = [row for row in part.folded[0].tables[0].rows if not row.is_heading]
        assert len(rows) > 10
        for row in rows:
            where, answer = row.cells
            assert where.link in sections or "Needs the author" in answer.text or where.text == "not in this report"
        n_author = sum("Needs the author" in row.cells[1].text for row in rows)
        assert part.sentences[-1] == f"{n_author} of {len(rows)} items need the author."


def test_the_checklists_have_every_item() -> None:
    strobe, record, guild = build_checklists({})
    items = [row.header.split(" ")[0] for row in strobe.folded[0].tables[0].rows if not row.is_heading]
    assert {re.sub("[a-e]", "", item) for item in items} == {str(number) for number in range(1, 23)}
    numbers = [row.header.split(" ")[0] for row in record.folded[0].tables[0].rows]
    assert numbers == ["1.1", "1.2", "1.3", "6.1", "6.2", "6.3", "7.1", "12.1", "12.2", "12.3", "13.1", "19.1", "22.1"]
    assert len(guild.folded[0].tables[0].rows) > 12
    assert all(
        row.cells[0].text == "not in this report" for row in record.folded[0].tables[0].rows if row.cells[0].text
    )


def test_a_table_is_given_the_definitions_that_it_uses() -> None:
    definitions = {"Dyad": "d", "O1": "1", "O4": "4", "Preterm": "p", "Unheard": "u"}
    table = Table("t", "Custody loss by T3", ("", "Dyads"), (Row("Involved (O1)"),))
    assert find_terms(table, definitions) == ("Dyad", "O1", "O4")


def test_numbers_run_through_all_tables_and_figures(document: Document) -> None:
    for listed in (document.tables(), document.figures()):
        assert [each.number for each in listed] == list(range(1, len(listed) + 1))


def test_every_released_table_is_in_the_report(small_release: Release, document: Document) -> None:
    shown = {table.name for table in document.tables()}
    # Those that are worked into the tables of others, or named only.
    within = {"standardising", "linkage_accuracy", "group_tests", "state_occupation", "service_use"}
    left = {name for name in small_release.tables if name not in shown and not name.startswith(tuple(within))}
    assert left == set()


def test_provenance_names_no_machine_and_hashes_the_settings(small_release: Release) -> None:
    settings = {"linkage": {"seed": 7}, "sources": {"simulate": {"seed": 3}}}
    origin = {"code_version": "abc123", "inputs_sha256": {"records": {"england_returns": "ff"}, "identifiers": None}}
    (part,) = build_provenance(_with(small_release, settings=settings, provenance=origin))
    told = dict(part.terms)
    assert told["SHA-256 of the settings below"] == hashlib.sha256(written(settings).encode()).hexdigest()
    assert told["Seeds in the settings"] == "linkage 7; sources simulate 3"
    assert told["Version of the code"] == "abc123"
    assert (
        told["SHA-256 of the files read"] == "Records: England returns: ff; Identifiers: not recorded in this release"
    )
    assert told["SHA-256 of the locked environment"] == "not recorded in this release"
    assert not re.search(r"/(home|work|tmp|root)\b", " ".join(told.values()))
