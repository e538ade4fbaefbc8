"""The list of packages holds to its schema, and says what the lock says."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sbom import build_sbom, faults_of, needed_by

PROJECT = Path(__file__).resolve().parents[2]
LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sbom() -> dict[str, Any]:
    return build_sbom(LOCK, tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def test_it_holds_to_the_schema_and_a_wrong_one_does_not(sbom: dict[str, Any]) -> None:
    assert faults_of(json.dumps(sbom)) == ""
    (first, *others) = sbom["components"]
    wrong = {**first, "hashes": [{"alg": "SHA-256", "content": "of no length"}]}
    assert "of no length" in faults_of(json.dumps({**sbom, "components": [wrong, *others]}))


def test_every_package_of_the_lock_is_there_with_its_hashes(sbom: dict[str, Any]) -> None:
    pinned = {line.split(" ")[0] for line in LOCK.splitlines() if "==" in line and not line.startswith(" ")}
    assert {f"{item['name']}=={item['version']}" for item in sbom["components"]} == pinned
    assert len(pinned) > 80
    assert sum(len(item["hashes"]) for item in sbom["components"]) == LOCK.count("--hash=sha256:")


def test_what_the_project_asks_for_is_what_it_depends_on(sbom: dict[str, Any]) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (own,) = (item for item in sbom["dependencies"] if item["ref"].startswith("dyadlink@"))
    asked = {text.split("==")[0].split(">=")[0] for text in project["dependencies"]}
    assert {ref.removeprefix("pkg:pypi/").split("@")[0] for ref in own["dependsOn"]} == asked


def test_everything_is_needed_by_something() -> None:
    assert [name for name, users in needed_by(LOCK).items() if not users] == []


def test_nearly_all_say_their_licence_and_none_is_gpl_alone(sbom: dict[str, Any]) -> None:
    licences = {
        item["name"]: item["licenses"][0]["license"]["name"] for item in sbom["components"] if "licenses" in item
    }
    assert len(licences) > 0.9 * len(sbom["components"])
    # docutils names the GPL for an editor's mode beside three other licences.
    alone = [name for name, words in licences.items() if all("GPL" in part for part in words.split(", "))]
    assert [name for name in alone if "LGPL" not in licences[name]] == []


def test_the_same_lock_gives_the_same_list(sbom: dict[str, Any]) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert json.dumps(build_sbom(LOCK, project)) == json.dumps(sbom)
