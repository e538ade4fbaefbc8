"""The reporting checklists STROBE, RECORD and GUILD: where the report answers each item, and what needs the author."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml

from dyadlink.report.tables import Cell, Part, Row, Table

AUTHOR = "Needs the author"


def build_checklists(sections: Mapping[str, str]) -> list[Part]:
    """One part for each checklist.

    Args:
        sections: Id of every section of the report to its title; an item of a section that the report lacks says so.
    """
    text = resources.files("dyadlink.report").joinpath("checklists.yaml").read_text(encoding="utf-8")
    return [_part(checklist, sections) for checklist in yaml.safe_load(text)]


def _part(checklist: Mapping[str, Any], sections: Mapping[str, str]) -> Part:
    rows: list[Row] = []
    for item in checklist["items"]:
        if "heading" in item:
            rows.append(Row(item["heading"], is_heading=True))
            continue
        place = item.get("section", "")
        where = Cell(sections[place], link=place) if place in sections else Cell("not in this report" if place else "")
        author = f"{AUTHOR}: {item['author']}." if "author" in item else ""
        answer = " ".join(part for part in (f"{item['answer']}." if "answer" in item else "", author) if part)
        rows.append(Row(f"{item['item']} {item['asks']}", (where, Cell(answer)), is_indented=True))
    columns = ("Item, in short", "Section", "What it says")
    table = Table("", f"{checklist['name']} checklist", columns, tuple(rows), is_text=True)
    n_author = sum("author" in item for item in checklist["items"])
    n_items = sum("item" in item for item in checklist["items"])
    words = (checklist["words"], f"{n_author} of {n_items} items need the author.")
    return Part(checklist["name"], words, folded=(Part(f"{checklist['name']}, item by item", tables=(table,)),))
