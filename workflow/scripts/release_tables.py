"""Pass the aggregate tables through disclosure control into the release."""

from pathlib import Path

import polars as pl

from dyadlink.config import Config
from dyadlink.disclosure.door import release
from dyadlink.step import step

AGGREGATES = (
    "counts",
    "medians",
    "alternatives",
    "transitions",
    "movement_tests",
    "service_rates",
    "person_time",
    "cohort_flow",
    "data_quality",
    "data_completeness",
    "data_ranges",
    "estimates",
    "proportional_hazards",
    "leave_one_out",
    "performance",
    "prediction",
    "marginal_risks",
    "model_dyads",
    "cumulative_incidence",
    "group_tests",
    "time_lost",
    "state_occupation",
    "planted_effects",
    "linkage_accuracy",
    "threshold_grid",
    "linkage_model",
    "review_estimates",
)

with step(snakemake.log[0]):
    release(
        {name: pl.read_parquet(snakemake.input[name]) for name in AGGREGATES if snakemake.input.get(name)},
        Config(**snakemake.params.config),
        pl.read_csv(snakemake.input.untold_facts, infer_schema=False),
        Path(snakemake.output.manifest).parent,
    )
