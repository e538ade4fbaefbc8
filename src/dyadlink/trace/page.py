"""The chain as a person reads it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 110
_LABEL = 16
_NOT_TOLD = "not told"
_STATES = {
    "unchanged": "as it was made",
    "changed": "NOT as it was made: changed by hand, or of another release",
    "missing": "MISSING",
}


def page(found: Mapping[str, Any], *, queries: bool = False) -> str:
    """The chain as text.

    Args:
        found: What `chain.trace` returns.
        queries: Tell of each table its query and what that reads.
    """
    lines = [*_output(found["output"]), *_release(found["release"]), *_steps(found, queries=queries)]
    lines += [*_sources(found["sources"]), *_made_by(found["made_by"]), *_warnings(found["warnings"])]
    return "\n".join(lines) + "\n"


def _output(output: Mapping[str, Any]) -> Iterator[str]:
    yield f"{output['name']}  ({output['kind']})"
    yield from _said("shows", output["shows"])
    yield from _said("who is in it", output["population"])
    yield from _said("method", output["method"])
    if output["path"]:
        yield from _said("file", output["path"])
    if output["state"]:
        yield from _said("", _STATES[output["state"]])
    if output["released_sha256"]:
        yield from _said("SHA-256", output["released_sha256"])
    if output["released_tables"] not in ([], [output["name"]]):
        yield from _said("tables" if output["kind"] == "release" else "made from", ", ".join(output["released_tables"]))


def _release(release: Mapping[str, Any] | None) -> Iterator[str]:
    if release is None:
        return
    profile = release["profile"]
    yield f"\nrelease {release['name']}"
    yield from _said("study", release["study"])
    yield from _said("records", "invented" if release["is_synthetic"] else "real")
    zeros = "zeros shown" if profile["are_zeros_shown"] else "zeros hidden"
    base = profile["rounding_base"]
    rounded = "" if base in (None, 1) else f", others rounded ({profile['rounding']} {base})"
    hidden = f"counts below {profile['threshold']} hidden, {zeros}{rounded}"
    yield from _said("protected by", f"profile {profile['name']}: {hidden}")
    entry = release["ledger"]
    if entry is not None:
        yield from _said("in the ledger", f"on {entry['date']}, {entry['ledger']}")
        yield from _said("", f"line {entry['line_sha256']}")
        made_of = {True: "the unrounded tables that stand are those it was made of", None: "", False: ""}
        yield from _said("", made_of[entry["made_of_what_stands"]])


def _steps(found: Mapping[str, Any], *, queries: bool) -> Iterator[str]:
    for step in found["steps"]:
        yield f"\n{step['stage']}: {step['rule']}  ({step['file']}:{step['line']})"
        yield from _said("script", step["script"])
        yield from _said("config", ", ".join(_setting(key, value) for key, value in step["config"].items()))
        yield from _each_table(step["tables"]) if queries else _all_tables(step["tables"])


def _all_tables(tables: list[Mapping[str, Any]]) -> Iterator[str]:
    made = {table["table"] for table in tables}
    read = dict.fromkeys(name for table in tables for name in table["reads"] if name not in made)
    yield from _said("tables", ", ".join(_place(table) for table in tables))
    yield from _said("read from", ", ".join(name for name in read if not name.startswith("codelist_")))
    yield from _said(
        "code lists", ", ".join(sorted(n.removeprefix("codelist_") for n in read if n.startswith("codelist_")))
    )
    yield from _said("written", max((table["made_at"] for table in tables if table.get("made_at")), default=None))


def _place(table: Mapping[str, Any]) -> str:
    """The table and, where that is not the script of the step, the line or query that makes it."""
    line = table["query"].partition(":")[2]
    return f"{table['table']} (line {line})" if line else table["table"]


def _each_table(tables: list[Mapping[str, Any]]) -> Iterator[str]:
    for table in tables:
        yield f"  {table['table']}  ({table['query']})"
        yield from _wrapped("from ", table["reads"])
        yield from _wrapped("through ", table["further_queries"])


def _setting(key: str, value: Any) -> str:
    if isinstance(value, str | int | float):
        return f"{key} = {value}"
    return key


def _sources(sources: list[Mapping[str, Any]]) -> Iterator[str]:
    if sources:
        yield "\nrecords, SHA-256 over all files of an input"
    for source in sources:
        yield from _said(source["input"], f"layout {source['route']}")
        for role in ("records", "identifiers"):
            yield from _said(f"  {role}", source[f"{role}_sha256"] or "no hash: on a server, or there are none")
        if source["is_as_it_stands_now"]:
            yield from _said("", "read again just now: the same")
        elif source["is_of_the_last_run"]:
            yield from _said("", "those that the last run read")


def _made_by(made_by: Mapping[str, Any]) -> Iterator[str]:
    names = {
        "code_version": "code",
        "lock_sha256": "lock, SHA-256",
        "config_sha256": "config, SHA-256",
        "python_version": "Python",
        "seed": "seed",
    }
    yield "\nmade by"
    for key, words in names.items():
        if key != "seed" or key in made_by:
            value = made_by.get(key)
            yield from _said(words, _NOT_TOLD if value is None else str(value))
    here = made_by["steps_told_by"]
    if not here["is_of_the_release"]:
        yield from _said("steps told by", f"{here['code_version']}: other code than the release's, or changed since")


def _warnings(warnings: list[str]) -> Iterator[str]:
    if warnings:
        yield "\nWhat does not agree"
    for warning in warnings:
        yield from textwrap.wrap(f"- {warning}", _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _said(label: str, words: str | None) -> Iterator[str]:
    if words:
        yield from textwrap.wrap(
            words,
            _WIDTH,
            initial_indent=f"  {label:<{_LABEL}}",
            subsequent_indent=" " * (_LABEL + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _wrapped(begin: str, names: list[str]) -> list[str]:
    if not names:
        return []
    return textwrap.wrap(
        begin + ", ".join(names),
        _WIDTH,
        initial_indent=" " * 6,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    )
