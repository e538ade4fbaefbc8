"""Fit the models and the cumulative incidence curves."""

from pathlib import Path

import polars as pl

from dyadlink.disclosure import get_profile
from dyadlink.estimates import PlantedEffects
from dyadlink.models.cumulative_incidence import estimate_cumulative_incidence
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.group_tests import compare_groups
from dyadlink.models.influence import describe_influence, measure_influence, write_influence
from dyadlink.models.leave_one_out import leave_authorities_out
from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.marginal_risks import estimate_marginal_risks
from dyadlink.models.performance import measure_performance
from dyadlink.models.planted import compare_with_planted
from dyadlink.models.proportional_hazards import check_proportional_hazards
from dyadlink.models.refits.models import fit_primary_models
from dyadlink.models.specification import load_models, load_multiplicity
from dyadlink.models.state_occupation import estimate_state_occupation
from dyadlink.models.time_lost import estimate_time_lost
from dyadlink.step import step, tell
from dyadlink.storage import protect_folder, write_parquet

with step(snakemake.log[0]):
    analysis = pl.read_parquet(snakemake.input.analysis)
    models = load_models(Path(snakemake.input.models))
    evidence = LinkEvidence(
        analysis,
        candidates=pl.read_parquet(snakemake.input.link_candidates),
        variants=pl.read_parquet(snakemake.input.link_variants),
        analysis_variants=pl.read_parquet(snakemake.input.analysis_variants),
    )
    alternatives = pl.read_parquet(snakemake.input.analysis_alternatives)
    multiplicity = load_multiplicity(Path(snakemake.input.models))
    estimates = fit_models(analysis, models, evidence, alternatives, multiplicity)
    tests = check_proportional_hazards(analysis, models)
    write_parquet(tests, Path(snakemake.output.proportional_hazards))
    primary = list(fit_primary_models(analysis, models))
    smallest = get_profile(snakemake.params.profile).threshold
    write_parquet(leave_authorities_out(primary, smallest), Path(snakemake.output.leave_one_out))
    write_parquet(measure_performance(primary), Path(snakemake.output.performance))
    influence = measure_influence(primary)
    protect_folder(Path(snakemake.output.influence).parent)
    write_influence(influence, Path(snakemake.output.influence))
    for line in describe_influence(influence):
        tell(Path(snakemake.log[0]), line)
    write_parquet(estimate_marginal_risks(analysis, models), Path(snakemake.output.marginal_risks))
    write_parquet(count_model_dyads(analysis, models), Path(snakemake.output.model_dyads))
    write_parquet(estimates, Path(snakemake.output.estimates))
    write_parquet(estimate_cumulative_incidence(analysis), Path(snakemake.output.cumulative_incidence))
    year = snakemake.params.follow_up_days
    write_parquet(compare_groups(analysis), Path(snakemake.output.group_tests))
    write_parquet(estimate_time_lost(analysis, year), Path(snakemake.output.time_lost))
    write_parquet(estimate_state_occupation(analysis, year), Path(snakemake.output.state_occupation))
    planted = PlantedEffects.create_empty()
    if snakemake.input.get("truth"):
        effects = pl.read_csv(Path(snakemake.input.truth) / "truth/effects.csv")
        planted = compare_with_planted(estimates, effects.with_columns(pl.col("level").fill_null("")))
    write_parquet(planted, Path(snakemake.output.planted_effects))
