"""Every planted leak is found, by its rule and in its file; clean folders raise nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from clean_folder import clean_folder, hidden_folder, wide_folder
from gallery import GALLERY, Leak

from dyadlink.audit.auditor import audit_folder
from dyadlink.audit.rules import RULES
from dyadlink.profiles import PROFILES, Profile

CLEAN: list[tuple[str, Profile, Callable[[Path, Profile], Path]]] = [
    *(
        (f"{name} long, {people}", profile, partial(clean_folder, people=people))
        for name, profile in PROFILES.items()
        for people in (300, 2000, 20000)
    ),
    *((f"{name} wide", profile, wide_folder) for name, profile in PROFILES.items()),
    *((f"{name} hidden", profile, hidden_folder) for name, profile in PROFILES.items()),
    ("other signs", PROFILES["sacro"], partial(wide_folder, sign="*", delimiter=";", people=900)),
    ("tabs", PROFILES["nhs_sde"], partial(wide_folder, sign="..", delimiter="\t", people=640)),
]


@pytest.mark.parametrize("leak", GALLERY, ids=lambda leak: f"{leak.rule} {leak.kind}")
def test_a_planted_leak_is_found_by_its_rule_in_its_file(leak: Leak, tmp_path: Path) -> None:
    profile = PROFILES[leak.profile]
    folder = clean_folder(tmp_path / "release", profile)
    assert audit_folder(folder, profile, leak.earlier) == []
    leak.plant(folder)
    found = {(finding.rule, finding.file) for finding in audit_folder(folder, profile, leak.earlier)}
    assert (leak.rule, leak.file) in found


def test_the_gallery_has_a_leak_for_every_rule() -> None:
    assert {leak.rule for leak in GALLERY} == {rule.code for rule in RULES}


@pytest.mark.parametrize(("profile", "make"), [c[1:] for c in CLEAN], ids=[c[0] for c in CLEAN])
def test_a_clean_folder_raises_nothing(profile: Profile, make: Callable[[Path, Profile], Path], tmp_path: Path) -> None:
    assert audit_folder(make(tmp_path / "release", profile), profile) == []


def test_there_are_enough_clean_folders() -> None:
    assert len(CLEAN) >= 25
