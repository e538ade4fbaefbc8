"""Writes what the study is made of as a CycloneDX list (1.6, JSON): every package of a lock, and what needs it.

The same lock gives the same bytes. A package's hashes are those of the files that the lock allows for it. Licences are
those that the installed packages declare. The list is held against the schema before it is written.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
import uuid
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from wheelhouse import PIN, hashes_of_lock

_NEEDED_BY = re.compile(r"^ +# +(?:via )?([A-Za-z0-9._-]+)( \(.*\))?$")
PROJECT = Path(__file__).parents[1]


def needed_by(lock: str) -> dict[str, set[str]]:
    """For each package of a lock, the names of those that need it, as its comments say."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in lock.splitlines():
        if pin := PIN.match(line):
            name = pin.group(1)
            found[name] = set()
        elif name and (needs := _NEEDED_BY.match(line)) and needs.group(1) != "via":
            found[name].add(needs.group(1))
    return found


def build_sbom(lock: str, project: dict[str, Any]) -> dict[str, Any]:
    """The list of a lock.

    Args:
        lock: Text of the lock.
        project: Name, version and description of what the lock is for.
    """
    components = [_component(package, hashes) for package, hashes in sorted(hashes_of_lock(lock).items())]
    refs = {component["name"]: component["bom-ref"] for component in components}
    own = f"{project['name']}@{project['version']}"
    refs[project["name"]] = own
    needs: dict[str, list[str]] = {ref: [] for ref in refs.values()}
    for name, users in needed_by(lock).items():
        for user in users:
            needs[refs[user]].append(refs[name])
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, own + lock)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(needs[ref]))} for ref in sorted(needs)],
    }


def _component(package: str, hashes: set[str]) -> dict[str, Any]:
    name, version = package.split("==")
    component = {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(hashes)],
    }
    licence = _licence(name)
    return component | ({"licenses": [{"license": {"name": licence}}]} if licence else {})


def _licence(name: str) -> str:
    """What the package says of itself, in one line; empty where it says nothing, or is not installed."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ""
    classes = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or [] if line.startswith("License")]
    words = told.get("License-Expression") or ", ".join(classes) or told.get("License") or ""
    return words.strip().split("\n")[0]


def faults_of(sbom: str) -> str:
    """What the schema finds wrong; empty where nothing is."""
    return str(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom) or "")


def main() -> None:
    """Write the list of a lock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = json.dumps(build_sbom(options.lock.read_text(encoding="utf-8"), project), indent=1) + "\n"
    if faults := faults_of(text):
        sys.exit(f"the list does not hold to the schema: {faults}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(f"{text.count('purl')} packages: {options.out}")


if __name__ == "__main__":
    main()
