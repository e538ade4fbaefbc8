"""What linkage error does to estimates in the whole study: generator, staging, linkage, cohort, models.

A few worlds of the generator's default preset, each linked as the workflow links; the methods and the table are those
of `linkage_error`, whose worlds are simulated directly. A study is told what a clerical review of 300 dyads finds and
the odds ratios of linking that the generator plants.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from linkage_error import beside_planted, estimate_by_all, write_results
from linkage_error_world import odds_ratios, review
from pipeline import PROJECT, build, evidence_of, link_and_score_pairs, stage, true_links

from dyadlink.sql import read_table
from dyadlink.synthetic import simulate
from dyadlink.synthetic.parameters import load_parameters


def study(seed: int, folder: Path) -> pl.DataFrame:
    """Every method on one world of the generator, beside the planted effects."""
    path = PROJECT / "synthetic_data/parameters.yaml"
    parameters = load_parameters(path)
    sources = folder / f"sources-{seed}"
    simulate(preset="default", seed=seed, out=sources, parameters=path, flaws="default")
    connection = stage(sources)
    truth_links = true_links(sources)
    build(connection, truth_links)
    truth = read_table(connection, "analysis").sort("dyad_id")
    links, scored_pairs = link_and_score_pairs(connection, sources)
    build(connection, links)
    evidence = evidence_of(connection, scored_pairs)
    found = scored_pairs.join(truth_links, on=["infant_id", "child_key"], how="semi").select("infant_id").unique()
    dyads = read_table(connection, "dyads").select("dyad_id", "infant_id").join(found, on="infant_id", how="semi")
    is_scored = truth.select(pl.col("dyad_id").is_in(dyads["dyad_id"].implode())).to_series().to_numpy()
    ratios = odds_ratios(parameters)
    told = review(np.random.default_rng(seed), truth, evidence, is_scored)
    told = replace(told, findable_ratios=ratios, recorded_ratios=ratios)
    connection.close()
    shutil.rmtree(sources)
    n_recorded = (evidence.analysis["o1"] & truth["o1"]).sum() / truth["o1"].sum()
    print(f"seed {seed}: recorded {n_recorded:.3f}, false {told.false_outcomes}, review {told}", file=sys.stderr)
    estimates = beside_planted(estimate_by_all(truth, evidence, told), parameters)
    return estimates.with_columns(arm=pl.lit("whole study"), seed=pl.lit(seed))


def main() -> None:
    """Run the studies, print the table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20)
    options = parser.parse_args()
    started = time.time()
    with tempfile.TemporaryDirectory() as folder:
        found = [study(seed, Path(folder)) for seed in range(1, options.studies + 1)]
    facts = {"studies": options.studies, "dyads": 2000, "seconds": round(time.time() - started)}
    write_results(pl.concat(found), "linkage_error_pipeline", facts)


if __name__ == "__main__":
    main()
