"""The steps behind a table: which rule made it, by which query, from which tables of earlier stages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dyadlink.config import ENGLAND_RETURNS
from dyadlink.sql import tables_read
from dyadlink.trace.workflow_rules import SOURCES, STAGES, Rule, line_of_output, read_rules

_QUERIES = "workflow/sql"
_CODELIST = "codelist_"
_TYPED = "typed_"
_OWN_STEP = re.compile(r"^(?:with )?([a-z_0-9]+) as (?:(?:not )?materialized )?\(", re.MULTILINE)


@dataclass(frozen=True)
class Table:
    """A table on the way.

    Args:
        name: As `stage/table`.
        query: Its SQL file, or the line of the script that writes it, from the project's root.
        read_from: Tables, code lists (`codelist_<name>`) and raw tables of the sources that it is made from.
        further: SQL files behind its query: those that give raw rows their types, and those of a route.
    """

    name: str
    query: str
    read_from: tuple[str, ...]
    further: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A rule on the way, with the tables of it that are wanted."""

    rule: Rule
    tables: tuple[Table, ...]


def steps_behind(wanted: Iterable[str], project: Path, routes: Sequence[str] = (ENGLAND_RETURNS,)) -> list[Step]:
    """The steps that made these tables, the last one first.

    A rule that runs queries counts with those that the wanted tables need, any other one with all that it reads.

    Args:
        wanted: Tables, as `stage/table`.
        project: Folder of Snakefile and workflow.
        routes: Layouts of the records that were read.

    Raises:
        DyadlinkError: The workflow does not stand there.
    """
    needed = set(wanted)
    found = []
    for rule in sorted(read_rules(project), key=lambda rule: STAGES.index(rule.stage), reverse=True):
        made = [name for name in rule.makes if name in needed]
        if made:
            tables = _Queries(rule, project, routes).tables_for(made)
            found.append(Step(rule, tables))
            needed |= {name for table in tables for name in table.read_from}
    return found


class _Queries:
    """The queries that a rule runs, where it runs any."""

    def __init__(self, rule: Rule, project: Path, routes: Sequence[str]) -> None:
        self.rule, self.project, self.routes = rule, project, routes
        self.own = {name.rpartition("/")[2]: name for name in rule.makes}
        self.given = {name.rpartition("/")[2]: name for name in rule.reads}

    def tables_for(self, made: Iterable[str]) -> tuple[Table, ...]:
        """The tables that are wanted and those of the same rule that they need, in the order they are made."""
        found: dict[str, Table] = {}
        waiting = list(made)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = self._table(name)
                waiting += [other for other in found[name].read_from if other in self.rule.makes]
        return tuple(found[name] for name in self.rule.makes if name in found)

    def _table(self, name: str) -> Table:
        base = name.rpartition("/")[2]
        query = self.project / _QUERIES / self.rule.stage / f"{base}.sql"
        if not query.is_file():
            line = line_of_output(self.project, self.rule.script, base)
            return Table(name, f"{self.rule.script}{f':{line}' if line else ''}", self._all_read())
        read, further = self._outside(query), []
        for typed in sorted(one for one in read if one.startswith(_TYPED)):
            file = self.project / _QUERIES / SOURCES / f"{typed}.sql"
            further.append(file)
            read = (read - {typed}) | self._outside(file)
        raw = sorted(one for one in read if self._is_raw(one))
        of_routes = (self.project / _QUERIES / "routes" / route / f"{one}.sql" for one in raw for route in self.routes)
        further += [file for file in of_routes if file.is_file()]
        names = tuple(map(self._full, sorted(read))) + ((SOURCES,) if raw else ())
        return Table(name, self._place(query), names, tuple(map(self._place, further)))

    def _all_read(self) -> tuple[str, ...]:
        """All that the rule reads, and the table that its own formulas go on from."""
        return (*self.rule.reads, *(name for name in ("cohort/analysis",) if name in self.rule.makes))

    def _outside(self, query: Path) -> frozenset[str]:
        steps = set(_OWN_STEP.findall(query.read_text(encoding="utf-8")))
        return frozenset(tables_read(query) - steps)

    def _is_raw(self, name: str) -> bool:
        return name not in self.own and name not in self.given and not name.startswith(_CODELIST)

    def _full(self, name: str) -> str:
        return self.own.get(name) or self.given.get(name) or name

    def _place(self, path: Path) -> str:
        return path.relative_to(self.project).as_posix()
