"""Clerical review of a study: the sample and its files out of a run's results, and the decisions back into them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl

from dyadlink.config import Config
from dyadlink.errors import DyadlinkError, SourceError
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.linkage.model_table import model_table
from dyadlink.linkage.review.estimating import estimate_agreement, estimate_quality
from dyadlink.linkage.review.reading import read_review
from dyadlink.linkage.review.sampling import ReviewSample, draw_sample
from dyadlink.linkage.review.writing import render_page, review_rows
from dyadlink.schemas import check_table
from dyadlink.sql import add_views, codelists_of, connect
from dyadlink.storage import new_file, protect_folder, working_folder, write_parquet

LINKAGE = Path("record_level/linkage")
FILE, PAGE, SAMPLE = "clerical_review.csv", "clerical_review.html", "clerical_sample.parquet"
ESTIMATES = Path("aggregate/review_estimates.parquet")


def write_review(  # noqa: PLR0913  # one for each option of the command
    config: Config, project: Path, results: Path, *, n_pairs: int, seed: int, force: bool = False
) -> Path:
    """Draw a sample of a run's scored pairs and write what a reviewer needs.

    Args:
        config: The configuration of the run.
        project: The checkout, which holds the queries and code lists.
        results: Folder of the run's results.
        n_pairs: Pairs to draw.
        seed: Seed of the draws.
        force: Replace a file that stands there, decisions and all.

    Returns:
        The folder that then holds clerical_review.csv, clerical_review.html (both with identifiers, for the owner's
        eyes alone) and clerical_sample.parquet (without).

    Raises:
        DyadlinkError: The run is not complete, there is nothing to review, or a reviewer's file stands there.
    """
    folder = results / LINKAGE
    if (folder / FILE).exists() and not force:
        raise DyadlinkError("stands there already", where=str(folder / FILE), mend="move it, or say --force to lose it")
    scored = _read(folder / "scored_pairs.parquet").rename({"infant_id": "left_id", "child_key": "right_id"})
    model = json.loads(_found(folder / "model.json").read_text(encoding="utf-8"))
    sample = draw_sample(scored, n_pairs, seed)
    protect_folder(folder)
    persons = _read_persons(config, project, results, sample)
    rows, pages = review_rows(sample, persons, model_table(model))
    write_parquet(sample, folder / SAMPLE)
    with new_file(folder / PAGE) as aside:
        aside.write_bytes(render_page(pages).encode())
    with new_file(folder / FILE) as aside:
        aside.write_bytes(rows.write_csv(line_terminator="\r\n").encode("utf-8-sig"))
    return folder


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(_found(path))


def _found(path: Path) -> Path:
    if not path.is_file():
        raise DyadlinkError("not found", where=str(path), mend="run the study up to the linkage first")
    return path


def _read_persons(config: Config, project: Path, results: Path, sample: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The standardised persons of the sample and of nobody else, by side."""
    births = _found(results / "record_level/staging/births.parquet")
    with (
        working_folder(results / LINKAGE / ".review", config.resources.temp) as folder,
        closing(connect(config.resources, folder)) as connection,
    ):
        add_views(connection, {"births": births, **codelists_of(project)})
        load_identifiers(
            connection,
            sources=config.sources,
            sql=project / "workflow/sql",
            study=config.study,
            settings=config.linkage,
        )
        return {side: read_persons(connection, side, sample) for side in ("left", "right")}


def read_persons(connection: duckdb.DuckDBPyConnection, side: str, sample: pl.DataFrame) -> pl.DataFrame:
    """The rows of `<side>_persons` whose ids the sample names, as text, ordered by id.

    Raises:
        SourceError: One of them is not there: the sources are others than those that were linked.
    """
    ids = sample.select(person_id=f"{side}_id").unique()
    connection.register("sampled_ids", ids.to_arrow())
    persons = connection.table(f"{side}_persons")
    text = ", ".join(f'persons."{name}"::varchar as "{name}"' for name in persons.columns)
    found: pl.DataFrame = connection.sql(
        f"select {text} from {side}_persons as persons "  # own names
        "where persons.person_id in (select person_id from sampled_ids) order by persons.person_id"
    ).pl()
    connection.unregister("sampled_ids")
    if found.height != ids.height:
        raise SourceError(
            f"{ids.height - found.height:,} person(s) of the linkage are not in the sources",
            where=f"clerical review, {side} side",
            mend="run the linkage again on these sources",
        )
    return found


def read_decisions(file: Path, results: Path) -> tuple[pl.DataFrame, list[SourceError]]:
    """Estimates from a reviewer's decisions, written for the release, unless the file has faults.

    Args:
        file: The CSV that the reviewer filled.
        results: Folder of the run's results; holds the sample, and gets aggregate/review_estimates.parquet.

    Returns:
        As in `ReviewEstimates` (empty with a fault), and the faults.

    Raises:
        DyadlinkError: The file or the sample is missing or unreadable.
    """
    sample = check_table(_read(results / LINKAGE / SAMPLE).select(list(ReviewSample.columns())), ReviewSample, SAMPLE)
    reviewed, faults = read_review(file, sample)
    if faults:
        return pl.DataFrame(), faults
    estimates = estimate_quality(reviewed)
    if "decision_2" in reviewed.columns:
        estimates = pl.concat([estimates, estimate_agreement(reviewed)])
    path = results / ESTIMATES
    path.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(estimates, path)
    return estimates, []
