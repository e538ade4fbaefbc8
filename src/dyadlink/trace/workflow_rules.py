"""The rules of the workflow as their files tell them: what each reads, makes and is set by, and where it stands.

The text is read, not run: a release is traced also where no run stands and Snakemake is not wanted. A test holds what
is read here against what Snakemake itself makes of the same files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dyadlink.cohort.link_variants import LINK_VARIANT_TABLES
from dyadlink.cohort.tables import COHORT_TABLES
from dyadlink.errors import DyadlinkError
from dyadlink.sources.staging import STAGING_TABLES

STAGES = ("sources", "staging", "linkage", "cohort", "analysis", "release")
"""In the order in which data flows; each has a file of rules."""
SOURCES = "sources"
"""Stands for the records that are read."""

_TABLES = {"STAGING_TABLES": STAGING_TABLES, "COHORT_TABLES": COHORT_TABLES, "LINK_VARIANT_TABLES": LINK_VARIANT_TABLES}
_FOLDERS = {"RECORD_LEVEL": "", "AGGREGATE": "aggregate/"}
_RULE = re.compile(r"^( *)rule (\w+):$", re.MULTILINE)
_PLACE = re.compile(r'\{(RECORD_LEVEL|AGGREGATE)\}/([\w/]+)\.\w+"')
_RELEASED = re.compile(r'"results/(release|report|underlying)\b')
_NAMED_TABLES = re.compile(r'tables\("(\w+)", ([A-Z_]+)(\[:-1\])?\)')
_ALL_LINKS = re.compile(r"^LINKS = \{(.*?)^\}", re.MULTILINE | re.DOTALL)
_OF_SOURCES = re.compile(r"source_files\(|truth\(\)|CONFIG\.sources\.directory")
_OPTIONAL = ("prediction", "review_estimates")
_SETTINGS = {
    "ALTERNATIVES": "alternatives",
    "LINKAGE_STEPS": "linkage.ladder",
    "SIMULATED_ROUTES": "sources.inputs",
    "MODELS": "models",
    "CONFIG.disclosure.rules": "disclosure.profile",
    "model_dump": "",
}
"""What other words of a rule say of the configuration; an empty key is all of it."""


@dataclass(frozen=True)
class Rule:
    """A rule of the workflow.

    Args:
        name: Its name.
        stage: The stage whose file it stands in.
        file: That file, from the project's root.
        line: Where it begins.
        script: What it runs, from the project's root.
        reads: Tables, as `stage/table`, and `sources`.
        makes: The same of what it makes.
        config: Keys of the configuration that it is given; an empty one is all of it.
    """

    name: str
    stage: str
    file: str
    line: int
    script: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    config: tuple[str, ...]


def read_rules(project: Path) -> tuple[Rule, ...]:
    """The rules, those that read after those that make.

    Args:
        project: Folder of Snakefile and workflow.

    Raises:
        DyadlinkError: The workflow does not stand there.
    """
    folder = project / "workflow/rules"
    try:
        links = _ALL_LINKS.search((folder / "common.smk").read_text(encoding="utf-8"))
        texts = {stage: (folder / f"{stage}.smk").read_text(encoding="utf-8") for stage in STAGES}
    except OSError:
        raise DyadlinkError(
            "the files of the workflow do not stand here", where=str(folder), mend="run it from the project's checkout"
        ) from None
    all_links = _places(links[1]) if links else ()
    return tuple(rule for stage, text in texts.items() for rule in _rules_of(stage, text, all_links))


def line_of_output(project: Path, script: str, table: str) -> int | None:
    """The last line of a script that names a table as its output; none where it writes it among others."""
    lines = (project / script).read_text(encoding="utf-8").splitlines()
    wanted = re.compile(rf"snakemake\.output\.{re.escape(table)}\b")
    return max((number for number, text in enumerate(lines, start=1) if wanted.search(text)), default=None)


def _rules_of(stage: str, text: str, all_links: tuple[str, ...]) -> Iterator[Rule]:
    found = list(_RULE.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    for match, end in zip(found, ends, strict=True):
        parts = _sections(text[match.end() : end], len(match[1]) + 4)
        yield Rule(
            name=match[2],
            stage=stage,
            file=f"workflow/rules/{stage}.smk",
            line=text.count("\n", 0, match.start()) + 1,
            script=f"workflow/{parts['script'].strip().strip(chr(34)).removeprefix('../')}",
            reads=_tables(parts["input"], all_links),
            makes=_tables(parts["output"], all_links),
            config=_config(parts["input"] + parts.get("params", "") + parts.get("threads", "")),
        )


def _sections(block: str, indent: int) -> Mapping[str, str]:
    heads = list(re.finditer(rf"^ {{{indent}}}(\w+):", block, re.MULTILINE))
    ends = [*(head.start() for head in heads[1:]), len(block)]
    return {head[1]: block[head.end() : end] for head, end in zip(heads, ends, strict=True)}


def _tables(text: str, all_links: tuple[str, ...]) -> tuple[str, ...]:
    found = [*_places(text)]
    for stage, name, but_last in _NAMED_TABLES.findall(text):
        found += [f"{stage}/{table}" for table in (_TABLES[name][:-1] if but_last else _TABLES[name])]
    found += [*all_links] if "LINKS" in text else []
    found += [f"aggregate/{name}" for name in _OPTIONAL if f"{name}()" in text]
    found += [SOURCES] if _OF_SOURCES.search(text) else []
    found += _RELEASED.findall(text)
    return tuple(dict.fromkeys(found))


def _places(text: str) -> tuple[str, ...]:
    return tuple(f"{_FOLDERS[folder]}{place}" for folder, place in _PLACE.findall(text))


def _config(text: str) -> tuple[str, ...]:
    keys = {*re.findall(r'section\("(\w+)"\)', text), *re.findall(r"CONFIG\.([a-z_]+(?:\.[a-z_]+)*)(?![\w.(])", text)}
    keys = {key for key in keys if not key.startswith("disclosure.rules")}
    keys |= {key for word, key in _SETTINGS.items() if re.search(rf"\b{re.escape(word)}\b", text)}
    # What stands in a section that is given whole goes without saying, and files and folders are places, not settings.
    whole = {key for key in keys if "." not in key}
    return tuple(sorted(key for key in keys if key in whole or key.split(".")[0] not in whole))
