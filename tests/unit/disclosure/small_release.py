"""A study of one table and a flow, small enough to be released a hundred times in a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from dyadlink.config import Config, load_config
from dyadlink.disclosure.context import build_context
from dyadlink.disclosure.transaction import Places

ROOT = Path(__file__).parents[3]
_UNTOLD = pl.DataFrame(schema=dict.fromkeys(("route", "fact", "what_the_study_gives", "why"), pl.String))


def places(folder: Path) -> Places:
    return Places(folder / "release", folder / "underlying", folder / "logs/findings.txt")


def study(folder: Path, profile: str = "strict", title: str | None = None) -> Config:
    """The project's configuration on real records, with a ledger in the folder."""
    config = load_config(ROOT / "config/config.yaml")
    sources = config.sources.model_copy(update={"simulate": None})
    disclosure = config.disclosure.model_copy(update={"ledger": folder / "ledger.jsonl", "profile": profile})
    own = config.study.model_copy(update={"title": title or config.study.title})
    return config.model_copy(update={"sources": sources, "disclosure": disclosure, "study": own})


def context(config: Config) -> dict[str, Any]:
    """What a reader is told of the study, which has no routes that lack anything."""
    return build_context(config, _UNTOLD)


def aggregates(wales: int = 43, missing: int = 4) -> dict[str, pl.DataFrame]:
    """Counts of dyads by country and by a covariate with a small level."""
    total = 240
    cells = [
        ("total", "total", total),
        ("country", "England", total - wales),
        ("country", "Wales", wales),
        ("has_domestic_abuse", "yes", 75),
        ("has_domestic_abuse", "no", total - 75 - missing),
        ("has_domestic_abuse", "missing", missing),
    ]
    rows = [("own_table", variable, level, "all", n) for variable, level, n in cells]
    return {"counts": pl.DataFrame(rows, schema=["table", "variable", "level", "group", "n"], orient="row")}


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
