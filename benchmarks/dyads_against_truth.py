"""Holds every dyad against what is true of it, and writes docs/explanation/dyads-against-truth.md.

Clean records with the true links must give the truth of every dyad: of ten seeds of the default preset and one of the
national. Of flawed records, the dyads that differ are counted fact by fact and by cause, with the true links and with
those that the linkage makes. Ends with an error where clean records differ or a difference has no cause.

Standard output: dyads and differences of each world as it is done, with seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
from causes_of_disagreement import NO_CAUSE, causes_in_links, causes_in_records
from pipeline import CONFIG, PROJECT, build, link, stage, true_links
from truth_of_dyads import FACTS, disagreements, found_facts, true_facts

from dyadlink.synthetic import simulate

PAGE = PROJECT / "docs/explanation/dyads-against-truth.md"
PARAMETERS = PROJECT / "synthetic_data/parameters.yaml"
FLAWS = ("default", "heavy")
MEMORY = "4GB"
"""What the engine may take; the children of the national preset are more than fit in a run's usual limit."""


class Compared(NamedTuple):
    """Dyads of a world and their differences: of clean records one frame, of flawed ones two, of records and links."""

    dyads: int
    differences: tuple[pl.DataFrame, ...]


@contextmanager
def world(preset: str, seed: int, flaws: str) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    """The folder of a simulated world and a connection with its staged tables; both gone afterwards."""
    resources = CONFIG.resources.model_copy(update={"memory_limit": MEMORY})
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "sources"
        simulate(preset=preset, seed=seed, out=sources, parameters=PARAMETERS, flaws=flaws)
        connection = stage(sources, CONFIG.model_copy(update={"resources": resources}), folder=Path(folder))
        yield sources, connection
        connection.close()


def compare_clean(preset: str, seed: int) -> Compared:
    """Dyads, and the differences of clean records with the true links."""
    with world(preset, seed, "none") as (sources, connection):
        build(connection, true_links(sources))
        truth = true_facts(sources)
        return Compared(truth["infant_id"].n_unique(), (disagreements(truth, found_facts(connection)),))


def compare_flawed(preset: str, seed: int, flaws: str) -> Compared:
    """Dyads, and the differences with their causes: with the true links, and with those made."""
    with world(preset, seed, flaws) as (sources, connection):
        truth, links = true_facts(sources), true_links(sources)
        build(connection, links)
        of_records = causes_in_records(disagreements(truth, found_facts(connection)), sources)
        made = link(connection, sources)
        build(connection, made)
        of_links = causes_in_links(disagreements(truth, found_facts(connection)), of_records, made, links)
        return Compared(truth["infant_id"].n_unique(), (of_records, of_links))


def _counted(differences: pl.DataFrame) -> list[tuple[str, int, str]]:
    """Fact, dyads that differ in it, and how many by cause; last, dyads that differ in anything."""
    dyad = ["seed", "infant_id"]
    rows = []
    for fact in FACTS:
        of_fact = differences.filter(pl.col("fact") == fact)
        causes = of_fact["cause"].value_counts(sort=True).sort("count", "cause", descending=[True, False])
        text = "; ".join(f"{cause} {n:,}" for cause, n in causes.iter_rows())
        rows += [(fact, of_fact.height, text)] if of_fact.height else []
    one_by_one = differences.select(*dyad, pl.col("cause").str.split(" and ")).explode("cause").unique()
    any_fact = one_by_one.group_by(dyad).agg(pl.col("cause").sort())
    by_cause = any_fact.select(pl.col("cause").list.join(" and "))["cause"].value_counts()
    by_cause = by_cause.sort("count", "cause", descending=[True, False])
    text = "; ".join(f"{cause} {n:,}" for cause, n in by_cause.iter_rows())
    return [*rows, ("**any of these**", any_fact.height, text)]


def _table(differences: pl.DataFrame) -> list[str]:
    lines = ["| fact | dyads that differ | by cause |", "|---|---:|---|"]
    return [*lines, *(f"| {fact} | {n:,} | {causes} |" for fact, n, causes in _counted(differences))]


def page(
    clean: list[tuple[str, str, int, int]], flawed: dict[str, tuple[int, pl.DataFrame, pl.DataFrame]], n: int
) -> str:
    """The page as text.

    Args:
        clean: Preset, seeds, dyads and differences of clean records.
        flawed: Dyads and differences with their causes, by level of flaws.
        n: Seeds of each level.
    """
    lines = [
        "# Dyads against the truth",
        "",
        f"Written by `make truth-of-dyads`. {len(FACTS)} facts of each dyad are held against the truth that the "
        "generator wrote beside its records: whether it is a dyad at all, its timepoints and service, covariates, the "
        "level of involvement at every timepoint and on every day from the pregnancy to T3, custody and plan at T2, "
        "the first plan and custody loss with their days and what competed with them, return, death, readmission, "
        "and the last day of follow-up.",
        "",
        "## Clean records, true links",
        "",
        "| preset | seeds | dyads | facts | that differ |",
        "|---|---|---:|---:|---:|",
        *(f"| {preset} | {seeds} | {n:,} | {n * len(FACTS):,} | {differ:,} |" for preset, seeds, n, differ in clean),
        "",
        "## Flawed records",
        "",
        "A dyad that differs in one fact often differs in several: a plan set aside changes level, timeline and "
        "outcome. What each flaw is: [flaws](../../synthetic_data/flaws.md). A value missing is one that no record of "
        "the mother holds, or a diagnosis that one of her acute referrals lacks. With the links made, a difference "
        "that stands with the true links as well keeps its cause; of the others, a missed link is a true one that was "
        "not made, a false link one that was made and is not true.",
        "",
        "`death_before_plan_end` is a death that the child's own later records contradict: the cohort takes it for a "
        "death. `gap_after_x1` is read as days between two periods of care, so as a return.",
    ]
    for level, (dyads, of_records, of_links) in flawed.items():
        lines += ["", f"### Flaws: {level}", "", f"{n} seeds of the default preset, {dyads:,} dyads.", ""]
        lines += ["With the true links:", "", *_table(of_records), "", "With the links made:", "", *_table(of_links)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Compare, print, write the page; end with an error where a difference is not accounted for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clean-seeds", type=int, default=10)
    parser.add_argument("--national-seeds", type=int, default=1)
    parser.add_argument("--flawed-seeds", type=int, default=3)
    options = parser.parse_args()
    clean, unexplained = [], 0
    for preset, n in (("default", options.clean_seeds), ("national", options.national_seeds)):
        seeds = range(1, n + 1)
        found = [_timed(f"{preset} {seed} clean", partial(compare_clean, preset, seed)) for seed in seeds]
        differ = sum(one.differences[0].height for one in found)
        if found:
            clean.append((preset, f"1 to {n}" if n > 1 else "1", sum(one.dyads for one in found), differ))
        unexplained += differ
    flawed = {}
    for level in FLAWS:
        seeds = range(1, options.flawed_seeds + 1)
        found = [_timed(f"default {seed} {level}", partial(compare_flawed, "default", seed, level)) for seed in seeds]
        of_records, of_links = (
            pl.concat(
                one.differences[place].with_columns(seed=pl.lit(seed)) for seed, one in zip(seeds, found, strict=True)
            )
            for place in (0, 1)
        )
        flawed[level] = (sum(one.dyads for one in found), of_records, of_links)
        unexplained += sum(rows.filter(pl.col("cause") == NO_CAUSE).height for rows in (of_records, of_links))
    PAGE.write_text(page(clean, flawed, options.flawed_seeds), encoding="utf-8")
    if unexplained:
        sys.exit(f"{unexplained} facts differ from the truth without a cause: see {PAGE.name}")


def _timed(name: str, run: Callable[[], Compared]) -> Compared:
    """What the comparison gives, its counts and seconds printed."""
    start = time.perf_counter()
    found = run()
    counts = " and ".join(f"{rows.height:,}" for rows in found.differences)
    print(f"{name}: {found.dyads:,} dyads, {counts} facts differ, {time.perf_counter() - start:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    main()
