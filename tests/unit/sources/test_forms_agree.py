"""One simulated study in several physical forms is staged into the same tables, row by row."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from pipeline import CONFIG, PROJECT, SQL
from sources_world import sources

from dyadlink.config import ENGLAND_RETURNS, Sources
from dyadlink.sources.layout import load_layout
from dyadlink.sources.loading import load_sources
from dyadlink.sources.rules import check_sources
from dyadlink.sources.staging import STAGING_TABLES, stage_sources
from dyadlink.sql import add_views, connect, read_table
from dyadlink.synthetic import simulate

LAYOUT = load_layout(ENGLAND_RETURNS)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "sources"
    simulate(preset="study", seed=3, out=folder, parameters=PROJECT / "synthetic_data/parameters.yaml", flaws="heavy")
    return folder


def _staged(config: Sources) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    connection = connect(CONFIG.resources)
    lists = sorted((PROJECT / "config/codelists").glob("*.csv"))
    add_views(connection, {f"codelist_{path.stem}": path for path in lists})
    load_sources(connection, config, SQL)
    stage_sources(connection, SQL)
    counts = check_sources(connection, SQL, CONFIG.checks).quality
    return {name: read_table(connection, name) for name in STAGING_TABLES}, counts


def _typed(path: Path, table: str) -> pl.DataFrame:
    """The rows of a CSV file with days and numbers as such, where every value of a column is one."""
    frame = pl.read_csv(path, infer_schema=False)
    for column in (known for known in LAYOUT.table(table).columns if known.name in frame.columns):
        values = frame[column.name]
        kind = {"date": pl.Date, "integer": pl.Float64}.get(column.type)
        cast = (
            values
            if kind is None
            else values.str.to_date(strict=False)
            if kind == pl.Date
            else values.cast(kind, strict=False)
        )
        if cast.null_count() == values.null_count():
            frame = frame.with_columns(cast.alias(column.name))
    return frame


def _health_as_duckdb(simulated: Path, path: Path) -> None:
    with duckdb.connect(str(path)) as database:
        database.execute("create schema mhsds")
        for file in sorted((simulated / "nhs/mhsds").glob("*.csv")):
            if file.stem.lower() in {table.name for table in LAYOUT.tables}:
                database.register("frame", _typed(file, file.stem.lower()))
                database.execute(f'create table mhsds."{file.stem}" as from frame')


def _maternity_as_parquet(simulated: Path, folder: Path) -> None:
    (folder / "nhs/msds").mkdir(parents=True)
    for file in sorted((simulated / "nhs/msds").glob("*.csv")):
        _typed(file, file.stem.lower()).write_parquet(folder / f"nhs/msds/{file.stem}.parquet")


def _care_as_local_csv(simulated: Path, folder: Path) -> None:
    """Returns as an office program exports them: semicolons, another encoding, another date form, compressed."""
    for file in simulated.glob("authorities/*/ssda903/*/*.csv"):
        frame = pl.read_csv(file, infer_schema=False)
        days = [column.name for column in LAYOUT.table(f"ssda903_{file.stem}").columns if column.type == "date"]
        local = frame.with_columns(pl.col(days).str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", "$1.$2.$3"))
        path = folder / file.relative_to(simulated).with_suffix(".csv.gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(local.write_csv(separator=";", line_terminator="\r\n").encode("cp1252")))


def _link(simulated: Path, folder: Path, *patterns: str) -> None:
    for pattern in patterns:
        for file in simulated.glob(pattern):
            place = folder / file.relative_to(simulated)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file)


@pytest.fixture
def several(simulated: Path, tmp_path: Path) -> Iterator[Sources]:
    database, care, rest = tmp_path / "health.duckdb", tmp_path / "care", tmp_path / "rest"
    _health_as_duckdb(simulated, database)
    _care_as_local_csv(simulated, care)
    _maternity_as_parquet(simulated, rest)
    _link(simulated, rest, "reference/*.csv", "authorities/*/cin/*.xml")
    csv = {"delimiter": ";", "encoding": "windows-1252", "date_format": "%d.%m.%Y"}
    yield sources(
        tmp_path,
        {"name": "health", "route": ENGLAND_RETURNS, "format": "duckdb", "location": str(database)},
        {"name": "care", "route": ENGLAND_RETURNS, "location": str(care), "csv": csv},
        {"name": "rest", "route": ENGLAND_RETURNS, "location": str(rest)},
    )


def test_the_same_records_in_other_forms_are_staged_alike(simulated: Path, several: Sources) -> None:
    one, one_counts = _staged(Sources(directory=simulated))
    other, other_counts = _staged(several)
    assert one_counts.equals(other_counts)
    for name, frame in one.items():
        assert frame.equals(other[name]), name
    assert one["hospital_spells"].height > 400
    assert one["looked_after_episodes"].height > 1000
