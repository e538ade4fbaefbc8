"""The whole chain behind an output as plain values: what it is, who made it, each step, and the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dyadlink.config import ENGLAND_RETURNS
from dyadlink.disclosure.provenance import CHANGED_SINCE, code_version, lock_sha256
from dyadlink.disclosure.shows import method_of
from dyadlink.trace.find import Asked, find
from dyadlink.trace.inside import ROLES, entry_in_ledger, hash_sources_again, hashes_that_stand, made_at
from dyadlink.trace.released import CHANGED, MISSING, ReleaseFolder, faults_of, unrounded_tables
from dyadlink.trace.steps import Step, Table, steps_behind
from dyadlink.trace.workflow_rules import SOURCES, Rule, read_rules

_RELEASES, _SHOWS, _UNROUNDED = "release_tables", "build_report", "aggregate/"
_NOT_TOLD = ("", "resources")
"""All of the configuration, which the manifest holds, and what changes no number."""
_WORDS_OF_PROFILE = ("name", "threshold", "are_zeros_shown", "rounding", "rounding_base")


def trace(
    output: str, project: Path, release: Path, ledger: Path | None = None, *, check_sources: bool = False
) -> dict[str, Any]:
    """Where an output comes from, as plain values.

    `output`: what it is, its file, and in `state` whether that is as it was made. `release`: its name, study, profile,
    `faults` of its folder and, inside, its entry in the ledger. `made_by`: code, lock, configuration, seed. `steps`:
    each rule, the last one first, with file, line, script, the keys of the configuration that it is given and their
    values, and its tables, each with its query and what that reads. `sources`: the records read, with their hashes.
    `warnings`: sentences on all that does not agree.

    Args:
        output: See `find`.
        project: Folder of Snakefile, workflow and requirements.lock.
        release: Folder of the release, where the output's own path does not say which.
        ledger: The ledger; none: whichever stands among the results.
        check_sources: Read the records again, and hold their hashes against those of the release.

    Raises:
        DyadlinkError: The output is not known, there is no release, or a file that says more cannot be read.
    """
    rules = read_rules(project)
    asked = find(output, release, [name for rule in rules for name in rule.makes if "/" in name])
    told: Mapping[str, Any] = asked.release.manifest if asked.release else {}
    results = _results_of(asked, release)
    wanted = _wanted(asked, rules)
    steps = [*_doors(asked, rules, wanted), *_steps_to_records(wanted, project, told)]
    found = {
        "output": _output(asked),
        "release": asked.release and _release(asked.release, results, ledger),
        "made_by": _made_by(told, project),
        "steps": [_step(step, told.get("settings", {}), results) for step in steps],
        "sources": _sources(told, results, check_sources=check_sources),
    }
    return {**found, "warnings": _warnings(asked, found)}


def _results_of(asked: Asked, release: Path) -> Path | None:
    """The folder of results that the release stands in; none where it stands alone."""
    folder = (asked.release.folder if asked.release else release).resolve().parent
    return folder if any((folder / name).is_dir() for name in ("aggregate", "record_level")) else None


def _wanted(asked: Asked, rules: Sequence[Rule]) -> tuple[str, ...]:
    if asked.stored:
        return asked.stored
    released = next(rule for rule in rules if rule.name == _RELEASES)
    names = [name.removeprefix(_UNROUNDED) for name in released.reads if name.startswith(_UNROUNDED)]
    return tuple(sorted({f"{_UNROUNDED}{one}" for table in asked.tables for one in unrounded_tables(table, names)}))


def _doors(asked: Asked, rules: Sequence[Rule], unrounded: tuple[str, ...]) -> list[Step]:
    """The step that released it and, of the report, the one that shows it."""
    by_name = {rule.name: rule for rule in rules}
    if asked.stored:
        return []
    released, shown = by_name[_RELEASES], by_name[_SHOWS]
    names = tuple(f"release/{table}" for table in asked.tables)
    report = [Step(shown, (Table(f"report/{asked.name}", shown.script, names),))] if asked.kind == "report" else []
    # All tables are protected together: what one shows depends on the others.
    tables = tuple(Table(name, released.script, unrounded) for name in names) if len(names) == 1 else ()
    return [*report, Step(released, tables or (Table("release", released.script, unrounded),))]


def _steps_to_records(wanted: tuple[str, ...], project: Path, told: Mapping[str, Any]) -> list[Step]:
    steps = steps_behind(wanted, project, _routes(told))
    is_real = bool(told) and told.get("settings", {}).get("sources", {}).get("simulate") is None
    return [step for step in steps if not (is_real and step.rule.stage == SOURCES)]


def _routes(told: Mapping[str, Any]) -> tuple[str, ...]:
    inputs = told.get("settings", {}).get("sources", {}).get("inputs", [])
    return tuple(dict.fromkeys(one["route"] for one in inputs)) or (ENGLAND_RETURNS,)


def _output(asked: Asked) -> dict[str, Any]:
    entry = asked.release.tables.get(asked.name, {}) if asked.release else {}
    return {
        "kind": asked.kind,
        "name": asked.name,
        "path": asked.path,
        "shows": asked.shows,
        "population": entry.get("population"),
        "method": method_of(asked.name) if entry else None,
        "state": asked.state,
        "released_tables": list(asked.tables),
        "released_sha256": entry.get("sha256"),
    }


def _release(release: ReleaseFolder, results: Path | None, ledger: Path | None) -> dict[str, Any]:
    manifest = release.manifest
    inside = entry_in_ledger(release, ledger, results or release.folder.parent) if results or ledger else None
    return {
        "name": manifest["release"],
        "study": manifest.get("study"),
        "is_synthetic": manifest.get("is_synthetic"),
        "profile": {word: manifest["profile"].get(word) for word in _WORDS_OF_PROFILE},
        "faults": faults_of(release),
        "ledger": inside,
    }


def _made_by(told: Mapping[str, Any], project: Path) -> dict[str, Any]:
    origin = {key: value for key, value in told.get("provenance", {}).items() if key != "inputs_sha256"}
    code = code_version(project)
    # A checkout that was changed since its revision says nothing of what the changes are.
    is_same = code == origin.get("code_version") and not code.endswith(CHANGED_SINCE)
    here = {"code_version": code, "lock_sha256": lock_sha256(project), "is_of_the_release": is_same}
    return {"package_version": told.get("package_version"), **origin, "steps_told_by": here}


def _step(step: Step, settings: Mapping[str, Any], results: Path | None) -> dict[str, Any]:
    rule = step.rule
    return {
        "stage": rule.stage,
        "rule": rule.name,
        "file": rule.file,
        "line": rule.line,
        "script": rule.script,
        "config": {key: _value(settings, key) for key in rule.config if key not in _NOT_TOLD},
        "tables": [
            {
                "table": table.name,
                "query": table.query,
                "reads": list(table.read_from),
                "further_queries": list(table.further),
                **(
                    {"made_at": made_at(results, table.name)}
                    if results and table.name in rule.makes and table.name != SOURCES
                    else {}
                ),
            }
            for table in step.tables
        ],
    }


def _value(settings: Mapping[str, Any], key: str) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _sources(told: Mapping[str, Any], results: Path | None, *, check_sources: bool) -> list[dict[str, Any]]:
    hashes = told.get("provenance", {}).get("inputs_sha256", {})
    standing = hashes_that_stand(results) if results else None
    again = hash_sources_again(results or Path()) if check_sources else None
    inputs = {one["name"]: one["route"] for one in told.get("settings", {}).get("sources", {}).get("inputs", [])}
    names = dict.fromkeys(name for role in ROLES for name in hashes.get(role, {}))
    return [
        {
            "input": name,
            "route": inputs.get(name, name),
            **{f"{role}_sha256": hashes.get(role, {}).get(name) for role in ROLES},
            "is_of_the_last_run": standing and _agree(hashes, standing, name),
            "is_as_it_stands_now": again and _agree(hashes, again, name),
        }
        for name in names
    ]


def _agree(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return all(one.get(role, {}).get(name) == other.get(role, {}).get(name) for role in ROLES)


def _warnings(asked: Asked, found: Mapping[str, Any]) -> list[str]:
    warnings = []
    if asked.state == CHANGED:
        warnings.append(f"{asked.path}: not as it was made: changed by hand, or of another release")
    if asked.state == MISSING:
        warnings.append(f"{asked.path}: the file is missing")
    if asked.release is None:
        return [*warnings, "no release stands beside it: what it was made by is not told"]
    entry = found["release"]["ledger"]
    warnings += [fault for fault in found["release"]["faults"] if not fault.startswith(f"{asked.path}:")]
    if entry is not None:
        said = {
            "the ledger names other files under the name of this release": not entry["names_the_same_files"],
            "the release was withdrawn in the ledger": entry["is_withdrawn"],
            "the unrounded tables that stand now are not those of the release": entry["made_of_what_stands"] is False,
        }
        warnings += [words for words, holds in said.items() if holds]
    for source in found["sources"]:
        if source["is_of_the_last_run"] is False:
            warnings.append(f"{source['input']}: the last run read other records than the release was made of")
        if source["is_as_it_stands_now"] is False:
            warnings.append(f"{source['input']}: the records that stand now are not those of the release")
    return warnings
