"""Finds the true marginal quantities by simulation, and stores them with their Monte-Carlo errors.

Run it again whenever a parameter of the planted models or of the course changes; `truth/marginal.csv` of every
synthetic world is a copy of the file it writes.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import time
from pathlib import Path

import polars as pl

from dyadlink.synthetic.marginal import simulate_marginal_truth
from dyadlink.synthetic.marginal_store import STORED_NAME, store_marginal_truth
from dyadlink.synthetic.parameters import load_parameters

PROJECT = Path(__file__).resolve().parents[1]
PARAMETERS = PROJECT / "synthetic_data/parameters.yaml"
STORED = PARAMETERS.parent / STORED_NAME


def main() -> None:
    """Simulate, write, and print the time and the memory used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dyads", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=STORED)
    options = parser.parse_args()
    began = time.perf_counter()
    parameters = load_parameters(PARAMETERS)
    found = simulate_marginal_truth(options.dyads, options.seed, parameters)
    store_marginal_truth(found, options.dyads, parameters, options.out)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    digest = hashlib.sha256(options.out.read_bytes()).hexdigest()[:12]
    print(f"{options.dyads} dyads, {found.height} quantities, {seconds:.0f} s, {memory:.1f} GB, sha256 {digest}")
    with pl.Config(tbl_rows=30, tbl_hide_dataframe_shape=True):
        print(found.filter(pl.col("quantity").is_in(["prevalence", "cumulative_incidence"])))


if __name__ == "__main__":
    main()
