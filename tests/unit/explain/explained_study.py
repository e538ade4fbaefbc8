"""A finished run of a few hand-made people, stored as the workflow stores it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from pipeline import CONFIG, PROJECT, SQL, build, stage
from small_study import SmallStudy

from dyadlink.config import Checks, Config
from dyadlink.explain.outcomes import state_of, tell_outcome
from dyadlink.explain.page import explain
from dyadlink.explain.records import Case, open_case, stored_tables
from dyadlink.results_folder import write_format
from dyadlink.schemas import CONTRACTS
from dyadlink.sources.rules import check_sources
from dyadlink.sql import read_table

STEP = "nhs_number_birth_date"


def with_study(**fields: Any) -> Config:
    """The configuration with other fields of the study."""
    return CONFIG.model_copy(update={"study": CONFIG.study.model_copy(update=fields)})


def store(
    small: SmallStudy,
    *links: tuple[str, str],
    config: Config = CONFIG,
    pairs: Sequence[Mapping[str, Any]] = (),
    is_checked: bool = False,
) -> Path:
    """The results folder of a run of these records, with links from infant to child, and pairs that were scored.

    The records are held against the rules on demand alone: that takes longer than all the rest.
    """
    small.write()
    connection = stage(small.folder, config)
    if is_checked:
        check_sources(connection, SQL, Checks())
    build(
        connection, pl.DataFrame(list(links), schema=["infant_id", "child_key"], orient="row").cast(pl.String), config
    )
    results = small.folder / "results"
    for name in ("dyads", "broken_records", "scored_pairs", *stored_tables()):
        folder = stored_tables()[name].folder if name in stored_tables() else _FOLDERS[name]
        _write(results / "record_level" / folder / f"{name}.parquet", _table(connection, name, pairs))
    settings = {"study": config.study.model_dump(mode="json")}
    write_format(results)
    (results / "release").mkdir()
    manifest = json.dumps({"settings": settings, "is_synthetic": True})
    (results / "release/manifest.json").write_text(manifest, encoding="utf-8")
    return results


_FOLDERS = {"dyads": "cohort", "broken_records": "staging", "scored_pairs": "linkage"}


def _table(connection: duckdb.DuckDBPyConnection, name: str, pairs: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    contract = CONTRACTS[name]
    if name == "scored_pairs":
        empty = contract.create_empty().with_columns(gamma_surname=pl.lit(0, pl.Int8))
        return pl.concat([empty, pl.DataFrame(list(pairs), schema=empty.schema)])
    if name == "link_variants" or name not in {row[0] for row in connection.execute("show tables").fetchall()}:
        return contract.create_empty()
    if name == "links":
        given = read_table(connection, "links").with_columns(
            step=pl.lit(STEP), match_weight=37.5, match_probability=1.0
        )
        return contract.validate(given.select(list(contract.columns())), cast=True)
    return contract.validate(read_table(connection, name).select(list(contract.columns())), cast=True)


def _write(path: Path, frame: pl.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)


def rewrite(results: Path, folder: str, table: str, **values: Any) -> None:
    """Put other values into every row of a stored table."""
    path = results / "record_level" / folder / f"{table}.parquet"
    stored = pl.read_parquet(path)
    stored.with_columns(**{name: pl.lit(value, stored.schema[name]) for name, value in values.items()}).write_parquet(
        path
    )


def opened(results: Path, dyad: int = 1) -> Case:
    """The dyad of that number."""
    return open_case(results, PROJECT, dyad_id=dyad)


def told(results: Path, outcome: str) -> tuple[str, str, str]:
    """State, value and sentence of an outcome of the only dyad."""
    case = opened(results)
    return (state_of(case, outcome), *tell_outcome(case, outcome))


def page_of(results: Path, width: int = 100) -> str:
    """The page of the only dyad, the folded lines put together again."""
    page = explain(opened(results), width)
    assert max(map(len, page.splitlines())) <= width
    return " ".join(page.split())
