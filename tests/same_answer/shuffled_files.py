"""The same records in another order: rows of CSV and Parquet files, and elements of XML files that repeat."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl


def shuffle_files(folder: Path, seed: int = 1) -> int:
    """Put the records of each file below the folder in another order, and say how many files are now other files."""
    draws = random.Random(seed)  # noqa: S311  # an order, no secret
    ways = {".csv": _shuffle_csv, ".parquet": _shuffle_parquet, ".xml": _shuffle_xml}
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in ways]
    n_changed = 0
    for path in files:
        before = path.read_bytes()
        ways[path.suffix](path, draws)
        n_changed += path.read_bytes() != before
    return n_changed


def _shuffle_csv(path: Path, draws: random.Random) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(file)
    header, rows = lines[0], lines[1:]
    assert len(list(csv.reader(rows))) == len(rows), f"{path.name} has a row of two lines"
    draws.shuffle(rows)
    path.write_text(header + "".join(rows), encoding="utf-8", newline="")


def _shuffle_parquet(path: Path, draws: random.Random) -> None:
    frame = pl.read_parquet(path)
    frame.sample(fraction=1, shuffle=True, seed=draws.randrange(2**31)).write_parquet(path)


def _shuffle_xml(path: Path, draws: random.Random) -> None:
    """Elements of one name that follow each other change places: the schema orders names, not their repeats."""
    tree = ET.parse(path)  # noqa: S314
    for parent in tree.iter():
        children = list(parent)
        if len({child.tag for child in children}) < len(children):
            places: dict[str, list[int]] = {}
            for place, child in enumerate(children):
                places.setdefault(child.tag, []).append(place)
            for held in places.values():
                moved = draws.sample(held, len(held))
                for place, other in zip(held, moved, strict=True):
                    parent[place] = children[other]
    tree.write(path, encoding="utf-8", xml_declaration=True)
