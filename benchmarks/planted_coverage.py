"""How often the intervals hold the planted effects, over many simulated studies.

Each seed is one whole study: simulated sources, staging, linkage, cohort, models. Prints a table for each way of
linking (the workflow's links, the true links) and writes it beside this file's results.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import polars as pl
from pipeline import PROJECT, build, link, stage, true_links

from dyadlink.models.fitting import fit_models, without_plan
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.specification import load_models
from dyadlink.sql import read_table
from dyadlink.synthetic import simulate

RESULTS = PROJECT / "benchmarks/results"


def study(preset: str, flaws: str, seed: int, folder: Path) -> pl.DataFrame:
    """Planted beside estimated effects of one simulated study, by way of linking."""
    sources = folder / f"sources-{seed}"
    parameters = PROJECT / "synthetic_data/parameters.yaml"
    simulate(preset=preset, seed=seed, out=sources, parameters=parameters, flaws=flaws)
    effects = pl.read_csv(sources / "truth/effects.csv").with_columns(pl.col("level").fill_null(""))
    models = without_plan(load_models(PROJECT / "config/models.yaml"))
    connection = stage(sources)
    compared = []
    for way, links in (("estimated links", link(connection, sources)), ("true links", true_links(sources))):
        build(connection, links)
        estimates = fit_models(read_table(connection, "analysis"), models)
        compared.append(compare_with_planted(estimates, effects).with_columns(links=pl.lit(way), seed=seed))
    connection.close()
    shutil.rmtree(sources)
    return pl.concat(compared)


def summarise(compared: pl.DataFrame) -> pl.DataFrame:
    """Coverage, and mean error in standard errors of the mean, by way of linking, model and whether planted."""
    error = pl.col("estimate") - pl.col("planted")
    return (
        compared.group_by("links", "model", is_zero=pl.col("planted") == 0)
        .agg(
            n_intervals=pl.col("is_covered").count(),
            coverage=pl.col("is_covered").mean().round(3),
            mean_error=error.mean().round(3),
            error_in_std_errors=(error.mean() / (error.std() / error.count().sqrt())).round(1),
        )
        .sort("links", "model", "is_zero")
    )


def main() -> None:
    """Run the studies and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="default")
    parser.add_argument("--flaws", default="default", help="none, default or heavy")
    parser.add_argument("--studies", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studies = []
        for seed in range(1, options.studies + 1):
            print(f"study {seed} of {options.studies}", file=sys.stderr)
            studies.append(study(options.preset, options.flaws, seed, Path(folder)))
        compared = pl.concat(studies)
    RESULTS.mkdir(exist_ok=True)
    table = summarise(compared)
    table.write_csv(RESULTS / f"planted_coverage_{options.preset}_{options.flaws}.csv")
    with pl.Config(tbl_rows=50, tbl_hide_dataframe_shape=True):
        print(table)


if __name__ == "__main__":
    main()
