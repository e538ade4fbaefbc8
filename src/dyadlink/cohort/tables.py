"""The cohort's tables: which there are, in which order they are made, and what must hold of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl

from dyadlink.config import Study
from dyadlink.errors import ContractError
from dyadlink.schemas import Analysis, check_table
from dyadlink.sql import PARAMETER, create_tables, read_table, tables_read, text, word

COHORT_TABLES = (
    "admission_spells",
    "study_infants",
    "infant_characteristics",
    "link_checks",
    "index_episodes",
    "dyads",
    "dyad_children",
    "periods_of_care",
    "custody_intervals",
    "csc_intervals",
    "csc_timeline",
    "csc_levels_at_timepoints",
    "custody_losses",
    "follow_up",
    "outcomes",
    "reunifications",
    "acute_care",
    "service_events",
    "service_periods",
    "service_use",
    "service_needs",
    "covariates",
    "analysis",
    "cohort_flow",
)
"""Tables of the cohort, each after those it reads."""


CHILD_TABLES = (
    "children",
    "cin_episodes",
    "assessments",
    "child_in_need_plans",
    "section_47_enquiries",
    "child_protection_plans",
    "looked_after_episodes",
)
"""Staged tables of the authorities' children: a country's, of whom few are study infants."""


def add_child_tables(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> None:
    """Nothing; the connection then holds `CHILD_TABLES`, with the rows of children who are linked or may be.

    Each file is read once, and the rest of the country's children are left in it.

    Args:
        connection: Holds `links` and `scored_pairs`.
        files: The staged Parquet file of each of `CHILD_TABLES`.
    """
    connection.execute(
        "create or replace temp table candidate_children as "
        "select child_key from links union select child_key from scored_pairs"
    )
    for name in CHILD_TABLES:
        connection.execute(
            f"create or replace table {word(name)} as "
            f"from read_parquet({text(str(files[name]))}) semi join candidate_children using (child_key)"
        )


def build_cohort(connection: duckdb.DuckDBPyConnection, sql: Path, study: Study) -> None:
    """Make every cohort table inside the connection.

    Args:
        connection: Holds the staged tables, `links`, and a view `codelist_<name>` for each code list.
        sql: Folder that holds macros.sql and cohort/.
        study: Windows and limits, bound to the queries as parameters.

    Raises:
        ContractError: There is no dyad, or a table breaks its contract.
    """
    connection.execute((sql / "macros.sql").read_text(encoding="utf-8"))
    create_tables(connection, sql / "cohort", COHORT_TABLES, study.model_dump())
    infants = add_age_bands(read_table(connection, "infant_characteristics"), study.maternal_age_band_edges)
    _put_back(connection, "infant_characteristics", infants)
    analysis = add_age_bands(read_table(connection, "analysis"), study.maternal_age_band_edges)
    _put_back(connection, "analysis", check_analysis(analysis))
    check_flow(read_table(connection, "cohort_flow"), analysis.height)


def tables_between(sql: Path, *, changed: Collection[str], changed_params: Collection[str] = ()) -> list[str]:
    """The tables that must be made again for `analysis` when others, or parameters, have changed.

    Args:
        sql: Folder that holds cohort/.
        changed: Tables that stand already as they shall be.
        changed_params: Parameters with another value.

    Returns:
        Tables that read a changed one or parameter, at however many removes, and that `analysis` reads in the same
        way, itself included; each after those it reads. Empty where the analysis table stays as it is.
    """
    files = {name: sql / "cohort" / f"{name}.sql" for name in COHORT_TABLES}
    texts = {name: file.read_text(encoding="utf-8") for name, file in files.items()}
    reads = {name: tables_read(file) & set(COHORT_TABLES) for name, file in files.items()}
    stale = set(changed)
    for name in COHORT_TABLES:
        if reads[name] & stale or set(PARAMETER.findall(texts[name])) & set(changed_params):
            stale.add(name)
    needed = {"analysis"}
    for name in reversed(COHORT_TABLES):
        if name in needed:
            needed |= reads[name]
    return [name for name in COHORT_TABLES if name in stale & needed and name not in changed]


def _put_back(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """The frame in the place of the connection's table of that name."""
    connection.register("frame_to_put_back", frame)
    connection.execute(f'create or replace table "{name}" as select * from frame_to_put_back')  # noqa: S608  # own names


def check_analysis(analysis: pl.DataFrame) -> pl.DataFrame:
    """The analysis table in its contract's shape.

    Raises:
        ContractError: No dyad is left, or the table breaks its contract.
    """
    if analysis.is_empty():
        raise ContractError(
            "no dyad is left after the exclusions",
            where="table analysis",
            mend="see the cohort flow: check the study period and that the sources cover it",
        )
    return check_table(analysis, Analysis, "analysis").sort("dyad_id")


def add_age_bands(analysis: pl.DataFrame, edges: Sequence[int]) -> pl.DataFrame:
    """The table with `maternal_age_band`: "<25", "25-29", ..., "35+" for edges 25, 30, 35."""
    labels = [f"<{edges[0]}", *(f"{low}-{high - 1}" for low, high in pairwise(edges)), f"{edges[-1]}+"]
    band = pl.lit(labels[-1])
    for edge, label in reversed(list(zip(edges, labels, strict=False))):
        band = pl.when(pl.col("maternal_age_years") < edge).then(pl.lit(label)).otherwise(band)
    band = pl.when(pl.col("maternal_age_years").is_not_null()).then(band)
    return analysis.with_columns(maternal_age_band=band)


def check_flow(flow: pl.DataFrame, n_analysed: int) -> None:
    """Refuse a flow whose boxes do not follow from one another.

    Args:
        flow: `position`, `unit`, `kind` (box or exclusion), `step`, `n`.
        n_analysed: Rows of the analysis table, which the last box must equal.

    Raises:
        ContractError: A box differs from the box before it less the exclusions between, within a unit.
    """
    for _, steps in flow.sort("position").group_by("unit", maintain_order=True):
        left = 0
        for position, (kind, n) in enumerate(steps.select("kind", "n").iter_rows()):
            if kind == "exclusion":
                left -= n
            elif position == 0:
                left = n
            elif n != left:
                raise ContractError("a box differs from the one before less its exclusions", where="table cohort_flow")
    if flow.sort("position")["n"][-1] != n_analysed:
        raise ContractError("its last box is not the number of dyads analysed", where="table cohort_flow")
