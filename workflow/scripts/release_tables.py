"""Pass the aggregate tables through disclosure control, attack what comes out, and release it if nothing is found."""

import json
from pathlib import Path

import polars as pl

from dyadlink.audit.gate import gate
from dyadlink.config import Config
from dyadlink.disclosure.context import build_context
from dyadlink.disclosure.folder import clear_place
from dyadlink.disclosure.provenance import provenance_of
from dyadlink.disclosure.transaction import Places, release_study
from dyadlink.results_folder import links_are_final
from dyadlink.sources.digests import check_as_read
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

with step(snakemake.log[0], may_leave=True):
    config = Config(**snakemake.params.config)
    hashes = {role: json.loads(Path(snakemake.input[role]).read_text()) for role in ("records", "identifiers")}
    # What an earlier run released goes first: whatever ends this step, there is no release until there is the new one.
    clear_place(Path(snakemake.output.manifest).parent)
    read_by = {"staging": "records", "linkage": "identifiers"}
    if links_are_final(Path(snakemake.output.manifest).parents[1], config):
        # Once identifiers are purged nobody can look whether they are still the same.
        del read_by["linkage"]
    for stage, role in read_by.items():
        check_as_read(config.sources, stage, hashes[role], Path(snakemake.input[role]))
    untold_facts = pl.read_csv(snakemake.input.untold_facts, infer_schema=False)
    project = Path(snakemake.input.untold_facts).parents[2]
    release_study(
        {name: pl.read_parquet(snakemake.input[name]) for name in AGGREGATES if snakemake.input.get(name)},
        config,
        build_context(config, untold_facts, provenance_of(config, project, hashes)),
        Places(
            release=Path(snakemake.output.manifest).parent,
            underlying=Path(snakemake.output.underlying),
            findings=Path(snakemake.log[0]).with_name("release_findings.txt"),
        ),
        gate(config.disclosure.rules),
    )
