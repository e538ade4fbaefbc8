"""Every planted leak is found, by its rule, in its file, at its place; clean folders raise nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from clean_folder import clean_folder, hidden_folder, rate_folder, stepped_folder, summed_folder, wide_folder
from gallery import GALLERY, Leak
from more_leaks import MORE
from other_tools import SHAPES, WITHOUT_COUNTS, with_all_types
from places import PLACES

from dyadlink.audit import auditor
from dyadlink.audit.auditor import audit_folder
from dyadlink.audit.rules import RULES
from dyadlink.profiles import PROFILES, Profile

CLEAN: list[tuple[str, Profile, Callable[[Path, Profile], object]]] = [
    *(
        (f"{name} long, {people}", profile, partial(clean_folder, people=people))
        for name, profile in PROFILES.items()
        for people in (300, 2000, 20000)
    ),
    *((f"{name} wide", profile, wide_folder) for name, profile in PROFILES.items()),
    *((f"{name} hidden", profile, hidden_folder) for name, profile in PROFILES.items()),
    ("other signs", PROFILES["sacro"], partial(wide_folder, sign="*", delimiter=";", people=900)),
    ("a rate of 400", PROFILES["strict"], rate_folder),
    ("states in steps", PROFILES["opensafely"], stepped_folder),
    ("opensafely summed", PROFILES["opensafely"], summed_folder),
    ("tabs", PROFILES["nhs_sde"], partial(wide_folder, sign="..", delimiter="\t", people=640)),
    *((name, with_all_types(profile), make) for name, (profile, make) in SHAPES.items()),
]
UNROUNDED = {"rounding": "none", "rounding_base": 1, "survival_rounding": "none", "survival_rounding_base": 1}


ALONE = {
    "shown_findings": "A01",
    "derived_findings": "B03",
    "confidence_findings": "B04",
    "model_findings": "B09",
    "curve_findings": "C01",
    "contribution_findings": "B07",
    "share_findings": "B01",
    "percent_findings": "B02",
    "person_findings": "F04",
    "identifier_findings": "F01",
    "text_findings": "E01",
    "figure_findings": "E08",
    "hidden_findings": "A04",
    "nested_populations": "A06",
    "change_findings": "A07",
}
"""A rule that each check alone finds, in some leak."""


def _is_found(leak: Leak, folder: Path) -> bool:
    (folder / "tables").mkdir(parents=True)
    leak.plant(folder)
    found = audit_folder(folder, PROFILES[leak.profile], leak.earlier)
    return (leak.rule, leak.file) in {(finding.rule, finding.file) for finding in found}


@pytest.mark.parametrize("check", ALONE)
def test_without_a_check_a_leak_is_missed(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = tuple(one for one in auditor._CHECKS if one.__name__ != check)
    monkeypatch.setattr(auditor, "_CHECKS", checks)
    monkeypatch.setattr(auditor, check, lambda *_: iter(()))
    leaks = [leak for leak in (*GALLERY, *MORE) if leak.rule == ALONE[check]]
    assert not all(_is_found(leak, tmp_path / str(i)) for i, leak in enumerate(leaks))


@pytest.mark.parametrize("leak", [*GALLERY, *MORE], ids=lambda leak: f"{leak.rule} {leak.kind}")
def test_a_planted_leak_is_found_by_its_rule_in_its_file_at_its_place(leak: Leak, tmp_path: Path) -> None:
    profile = PROFILES[leak.profile]
    folder = clean_folder(tmp_path / "release", profile)
    leak.plant(folder)
    found = [
        finding.place
        for finding in audit_folder(folder, profile, leak.earlier)
        if (finding.rule, finding.file) == (leak.rule, leak.file)
    ]
    place = leak.place or PLACES[leak.kind]
    assert any(place in one for one in found), found


def test_the_gallery_has_a_leak_for_every_rule() -> None:
    assert {leak.rule for leak in GALLERY} == {rule.code for rule in RULES}


def test_the_gallery_tells_the_place_of_every_leak() -> None:
    assert {leak.kind for leak in GALLERY} == set(PLACES)
    assert all(leak.place for leak in MORE)


@pytest.mark.parametrize(("profile", "make"), [c[1:] for c in CLEAN], ids=[c[0] for c in CLEAN])
def test_a_clean_folder_raises_nothing(
    profile: Profile, make: Callable[[Path, Profile], object], tmp_path: Path
) -> None:
    make(tmp_path / "release", profile)
    assert audit_folder(tmp_path / "release", profile) == []


@pytest.mark.parametrize("name", sorted(set(SHAPES) - WITHOUT_COUNTS))
def test_in_every_shape_an_unrounded_count_is_found(name: str, tmp_path: Path) -> None:
    known, make = SHAPES[name]
    profile = with_all_types(known)
    make(tmp_path / "release", profile.model_copy(update=UNROUNDED))
    assert "A03" in {finding.rule for finding in audit_folder(tmp_path / "release", profile)}


def test_there_are_enough_clean_folders() -> None:
    assert len(CLEAN) >= 25
