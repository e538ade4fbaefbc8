"""The stored records of one dyad: read from the tables of a finished run, and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import polars as pl
import yaml

from dyadlink.config import Study, parse_section
from dyadlink.errors import ContractError, DyadlinkError
from dyadlink.results_folder import check_format
from dyadlink.schemas import CONTRACTS
from dyadlink.section import Section

RECORD_LEVEL = "record_level"
MANIFEST = Path("release/manifest.json")
UNFINISHED = "run the study to its end first (make run), or name its folder with --results"

Row = Mapping[str, Any]


class StoredTable(Section):
    """Where a table stands, and whose its rows are."""

    folder: Literal["staging", "cohort", "linkage"]
    of: Literal["dyad", "mother", "infant", "children", "spells", "authority", "area"]
    by: str
    show: tuple[str, ...]
    order: tuple[str, ...] = ()
    title: str | None = None


@lru_cache
def stored_tables() -> dict[str, StoredTable]:
    """The tables that are read for a dyad, by name: tables.yaml."""
    text = resources.files("dyadlink.explain").joinpath("tables.yaml").read_text(encoding="utf-8")
    return {name: StoredTable(**given) for name, given in yaml.safe_load(text).items()}


@dataclass(frozen=True)
class Case:
    """What a finished run holds of one dyad. Tables are read when they are asked for.

    Attributes:
        results: Folder of the run's results.
        project: The checkout: its code lists and its rules for records give codes their words.
        study: The definitions that the run was made under.
        is_synthetic: All people in it are invented.
        dyad: The row of `dyads`.
    """

    results: Path
    project: Path
    study: Study
    is_synthetic: bool
    dyad: Row
    _read: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False)

    @cached_property
    def links(self) -> pl.DataFrame:
        """The rows of `links`."""
        return self.rows("links")

    @cached_property
    def analysis(self) -> Row | None:
        """The row of `analysis`; None where the dyad is not analysed."""
        return self._only("analysis")

    @cached_property
    def follow_up(self) -> Row:
        """The row of `follow_up`; empty where the dyad is not analysed."""
        return self._only("follow_up") or {}

    @cached_property
    def child_keys(self) -> list[str]:
        """The linked child records."""
        return self.links["child_key"].to_list()

    @property
    def is_release_older(self) -> bool:
        """The cohort was built after the release that tells its definitions."""
        cohort = self.results / RECORD_LEVEL / "cohort/dyads.parquet"
        return (self.results / MANIFEST).stat().st_mtime < cohort.stat().st_mtime

    def rows(self, table: str) -> pl.DataFrame:
        """The rows of a table of tables.yaml that are the dyad's, in the order it names.

        Raises:
            DyadlinkError: The study is not finished.
            ContractError: The table cannot be read, or is that of another version.
        """
        if table not in self._read:
            self._read[table] = self._rows(table)
        return self._read[table]

    def _rows(self, table: str) -> pl.DataFrame:
        place = stored_tables()[table]
        keys: dict[str, list[Any]] = {
            "dyad": [self.dyad["dyad_id"]],
            "mother": [self.dyad["mother_id"]],
            "infant": [self.dyad["infant_id"]],
            "authority": [self.dyad["la_code"]],
            "area": [self.dyad["lsoa"]],
        }
        if place.of == "children":
            wanted = self.child_keys
        elif place.of == "spells":
            wanted = self.rows("hospital_spells")["spell_id"].to_list()
        else:
            wanted = [key for key in keys[place.of] if key is not None]
        found = read_where(self.results, place.folder, table, pl.col(place.by).is_in(wanted))
        return found.sort(place.order) if place.order else found

    def codelist(self, name: str) -> pl.DataFrame:
        """A code list of the configuration, all columns as text."""
        return pl.read_csv(self.project / "config/codelists" / f"{name}.csv", infer_schema=False)

    def rivals(self) -> pl.DataFrame:
        """The scored pairs with this infant or a linked record that are no link of this infant."""
        is_own = (pl.col("infant_id") == self.dyad["infant_id"]) & pl.col("child_key").is_in(self.child_keys)
        has_part = (pl.col("infant_id") == self.dyad["infant_id"]) | pl.col("child_key").is_in(self.child_keys)
        pairs = read_where(self.results, "linkage", "scored_pairs", has_part & ~is_own)
        return pairs.sort("match_weight", "infant_id", "child_key", descending=[True, False, False])

    def broken_records(self) -> pl.DataFrame:
        """The rows of `broken_records` of the linked child records: the key alone, or with the day of what it tells."""
        belongs = [
            (pl.col("record") == key) | pl.col("record").str.starts_with(f"{key}:").fill_null(value=False)
            for key in self.child_keys
        ]
        is_own = pl.any_horizontal(belongs) if belongs else pl.lit(value=False)
        found = read_where(self.results, "staging", "broken_records", is_own)
        return found.sort("source", "record", "rule", "source_file", "source_row")

    def others_of_the_mother(self) -> pl.DataFrame:
        """The other dyads of the same mother."""
        is_other = (pl.col("mother_id") == self.dyad["mother_id"]) & (pl.col("dyad_id") != self.dyad["dyad_id"])
        return read_where(self.results, "cohort", "dyads", is_other).sort("dyad_id")

    def _only(self, table: str) -> Row | None:
        found = self.rows(table)
        return found.row(0, named=True) if found.height else None


def open_case(results: Path, project: Path, *, dyad_id: int | None = None, infant_id: str | None = None) -> Case:
    """The dyad of that study number, or of that infant.

    Raises:
        DyadlinkError: There are no results, the study is not finished, or no dyad is meant. What was looked for is not
            told again.
        ContractError: A table cannot be read, or is that of another version.
    """
    if not (results / RECORD_LEVEL).is_dir():
        raise DyadlinkError(
            "holds no record_level: no results of a run", where=str(results), mend="go to the folder of the run"
        )
    check_format(results)
    if not (results / MANIFEST).is_file():
        raise DyadlinkError("not found: the study is not finished", where=str(results / MANIFEST), mend=UNFINISHED)
    try:
        manifest = json.loads((results / MANIFEST).read_text(encoding="utf-8"))
        settings, is_synthetic = manifest["settings"]["study"], bool(manifest["is_synthetic"])
    except (OSError, ValueError, KeyError):
        raise ContractError("cannot be read", where=str(results / MANIFEST), mend=UNFINISHED) from None
    study = parse_section(Study, settings, str(results / MANIFEST))
    is_meant = pl.col("infant_id") == infant_id if dyad_id is None else pl.col("dyad_id") == dyad_id
    found = read_where(results, "cohort", "dyads", is_meant)
    if found.is_empty():
        raise DyadlinkError(
            "no such dyad",
            where=str(results / RECORD_LEVEL / "cohort/dyads.parquet"),
            mend="dyads have the study numbers of `dyads`; whose mother has no index episode is in none",
        )
    return Case(results, project, study, is_synthetic, found.row(0, named=True))


def read_where(results: Path, folder: str, table: str, condition: pl.Expr) -> pl.DataFrame:
    """The rows of a stored table that meet a condition, in all its columns.

    Raises:
        DyadlinkError: The table is not there.
        ContractError: It cannot be read, or lacks a column of its contract. No value is told.
    """
    path = results / RECORD_LEVEL / folder / f"{table}.parquet"
    if not path.is_file():
        raise DyadlinkError("not found: the study is not finished", where=str(path), mend=UNFINISHED)
    try:
        stored = pl.scan_parquet(path)
        lacking = sorted(set(CONTRACTS[table].columns()) - set(stored.collect_schema().names()))
        found = stored.filter(condition).collect() if not lacking else pl.DataFrame()
    except (pl.exceptions.PolarsError, OSError) as error:
        # The message of the library may quote a record: its kind is told alone.
        raise ContractError(f"cannot be read ({type(error).__name__})", where=str(path), mend=UNFINISHED) from None
    if lacking:
        raise ContractError(
            f"lacks column(s) {', '.join(lacking)}", where=str(path), mend="run the study again with this version"
        )
    return found
