"""Fit the models and the cumulative incidence curves."""

from pathlib import Path

import polars as pl

from dyadlink.estimates import PlantedEffects
from dyadlink.models.cumulative_incidence import estimate_cumulative_incidence
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.marginal_risks import estimate_marginal_risks
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.proportional_hazards import check_proportional_hazards
from dyadlink.models.specification import load_models, load_multiplicity
from dyadlink.step import step
from dyadlink.storage import write_parquet

with step(snakemake.log[0]):
    analysis = pl.read_parquet(snakemake.input.analysis)
    models = load_models(Path(snakemake.input.models))
    evidence = LinkEvidence(
        analysis,
        candidates=pl.read_parquet(snakemake.input.link_candidates),
        variants=pl.read_parquet(snakemake.input.link_variants),
        analysis_variants=pl.read_parquet(snakemake.input.analysis_variants),
    )
    estimates = fit_models(analysis, models, evidence, load_multiplicity(Path(snakemake.input.models)))
    tests = check_proportional_hazards(analysis, models)
    write_parquet(tests, Path(snakemake.output.proportional_hazards))
    write_parquet(estimate_marginal_risks(analysis, models), Path(snakemake.output.marginal_risks))
    write_parquet(count_model_dyads(analysis, models), Path(snakemake.output.model_dyads))
    write_parquet(estimates, Path(snakemake.output.estimates))
    write_parquet(estimate_cumulative_incidence(analysis), Path(snakemake.output.cumulative_incidence))
    planted = PlantedEffects.create_empty()
    if snakemake.input.get("truth"):
        effects = pl.read_csv(Path(snakemake.input.truth) / "truth/effects.csv")
        planted = compare_with_planted(estimates, effects.with_columns(pl.col("level").fill_null("")))
    write_parquet(planted, Path(snakemake.output.planted_effects))
