"""What linkage error does to estimates, and what each plan makes of it, over many simulated studies.

Each study is simulated directly (`linkage_error_world`) with known effects on O1, and analysed with the true links,
with the links as they are, and by each plan. `linkage_error_pipeline.py` does the same on fewer worlds of the
generator, through the whole study. Prints a table and writes it to benchmarks/results.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from typing import Any

import polars as pl
from linkage_error_world import Arm, Told, odds_ratios, recorded_odds_ratios, simulate_world
from pipeline import PROJECT

from dyadlink.models.fitting import fit_models
from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.linkage_plans import (
    AsLinked,
    BiasAnalysis,
    Chance,
    LinkagePlan,
    PriorInformedImputation,
    SampledLinks,
    ThresholdGrid,
)
from dyadlink.models.specification import ModelSpec, load_models
from dyadlink.synthetic.parameters import Parameters, load_parameters

RESULTS = PROJECT / "benchmarks/results"
ARMS = {
    "uncertain links": Arm(findable=1.0, separation=5.0),
    "hard to link, 10%": Arm(findable=0.925),
    "hard to link, 30%": Arm(findable=0.775, separation=7.0),
    "hard to link, 30%, differences not told": Arm(findable=0.775, separation=7.0, is_told=False),
}
METHODS = ("true links", "as linked", "threshold 0.5", "sampled links", "prior-informed imputation", "bias analysis")


@cache
def terms_of_study() -> tuple[Any, ...]:
    """The terms of the study's models, with ethnicity and age, by which linking differs."""
    study = load_models(PROJECT / "config/models.yaml")[0].terms
    more = [
        {"name": "ethnicity", "kind": "categorical", "reference": "white"},
        {"name": "maternal_age_band", "kind": "categorical", "reference": "25-29"},
    ]
    return (*study, *more)


def model(name: str, plan: LinkagePlan) -> ModelSpec:
    """The O1 model with a linkage plan."""
    role = "primary" if plan.plan == "as_linked" else "sensitivity"
    fixed = {"outcome": "o1", "population": "all", "family": "logistic"}
    return ModelSpec.model_validate({**fixed, "name": name, "role": role, "terms": terms_of_study(), "linkage": plan})


def plans(told: Told) -> dict[str, LinkagePlan]:
    """The plans of one study, told what its clerical review found and how linking differs."""

    def chance(successes: int, ratios: dict[str, dict[str, float]]) -> Chance:
        return Chance(beta=(successes + 1, told.n_reviewed - successes + 1), odds_ratios=ratios)

    findable = None if told.are_all_findable else chance(told.n_scored, told.findable_ratios)
    n_false, n_without = told.false_outcomes
    return {
        "threshold 0.5": ThresholdGrid(plan="threshold_grid", thresholds=(0.5,)),
        "sampled links": SampledLinks(plan="sampled_links", m=20, seed=1),
        "prior-informed imputation": PriorInformedImputation(
            plan="prior_informed_imputation", m=20, seed=1, findable=findable
        ),
        "bias analysis": BiasAnalysis(
            plan="bias_analysis", m=50, seed=1, sensitivity=chance(told.n_recorded, told.recorded_ratios),
            specificity=Chance(beta=(n_without - n_false + 1, n_false + 1)),
        ),
    }  # fmt: skip


def estimate_by_all(truth: pl.DataFrame, evidence: LinkEvidence, told: Told) -> pl.DataFrame:
    """Every method on one study: method, term, level, estimate, standard error, interval and fmi."""
    analyses: dict[str, tuple[pl.DataFrame, LinkagePlan]] = {
        "true links": (truth, AsLinked()), "as linked": (evidence.analysis, AsLinked())
    }  # fmt: skip
    analyses |= {name: (evidence.analysis, plan) for name, plan in plans(told).items()}
    found = [
        fit_models(analysis, [model("o1", plan)], evidence).select(
            "term", "level", "estimate", "std_error", "conf_low", "conf_high", "fmi", method=pl.lit(name)
        )
        for name, (analysis, plan) in analyses.items()
    ]
    return pl.concat(found)


@cache
def _recorded_odds_ratios(arm: Arm) -> dict[str, dict[str, float]]:
    return recorded_odds_ratios(arm, load_parameters(PROJECT / "synthetic_data/parameters.yaml"))


def planted(parameters: Parameters) -> pl.DataFrame:
    """The true log odds ratios: `term`, `level`, `planted`; what is not listed is 0."""
    linear = {"deprivation": ""}
    rows = []
    for name, ratio in parameters.effects.o1.ratios.value.items():
        is_diagnosis = name in parameters.mothers.diagnosis.value
        term, level = ("diagnosis_group", name) if is_diagnosis else (name, linear.get(name, "yes"))
        rows.append((term, level, math.log(ratio)))
    return pl.DataFrame(rows, schema=["term", "level", "planted"], orient="row")


def study(seed: int, arm_name: str, n: int) -> pl.DataFrame:
    """Every method on one simulated study: estimate, standard error and interval beside the planted effect."""
    parameters = load_parameters(PROJECT / "synthetic_data/parameters.yaml")
    arm = ARMS[arm_name]
    world = simulate_world(arm, n, seed, parameters)
    is_told = arm.is_differential and arm.is_told and arm.findable < 1
    told = replace(
        world.told,
        findable_ratios=odds_ratios(parameters) if is_told else {},
        recorded_ratios=_recorded_odds_ratios(arm) if is_told else {},
        are_all_findable=arm.findable >= 1,
    )
    found = estimate_by_all(world.truth, world.evidence, told)
    return beside_planted(found, parameters).with_columns(arm=pl.lit(arm_name), seed=pl.lit(seed))


def beside_planted(found: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """The estimates with the planted effect of each."""
    joined = found.join(planted(parameters), on=["term", "level"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("planted").fill_null(0.0))


def summarise(found: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Bias, empirical and mean standard error, and coverage, each with its Monte-Carlo standard error.

    Over several coefficients the mean of each figure is given; the Monte-Carlo error of coverage then takes the
    study as the unit, because the coefficients of one study are not independent.
    """
    error = pl.col("estimate") - pl.col("planted")
    covered = pl.col("planted").is_between("conf_low", "conf_high")
    each = found.group_by(*by, "term", "level").agg(
        bias=error.mean(), empirical=error.std(), model=pl.col("std_error").mean(), n=error.count()
    )
    over = each.group_by(by).agg(
        bias=pl.col("bias").mean(),
        mean_absolute_bias=pl.col("bias").abs().mean(),
        bias_mc_error=(pl.col("empirical") / pl.col("n").sqrt()).mean(),
        empirical_se=pl.col("empirical").mean(),
        mean_se=pl.col("model").mean(),
        n_studies=pl.col("n").max(),
        n_not_estimated=(pl.col("n").max() * pl.len() - pl.col("n").sum()),
    )
    by_study = found.group_by(*by, "seed").agg(held=covered.mean())
    coverage = by_study.group_by(by).agg(
        coverage=pl.col("held").mean(), coverage_mc_error=pl.col("held").std() / pl.col("held").count().sqrt()
    )
    return over.join(coverage, on=by)


def write_results(frame: pl.DataFrame, name: str, facts: dict[str, int]) -> None:
    """Write the summary over all coefficients and of each, print the first."""
    RESULTS.mkdir(exist_ok=True)
    overall = _ordered(summarise(frame, ["arm", "method"]))
    named = frame.with_columns(name=pl.concat_str("term", "level", separator=" "))
    by_term = _ordered(summarise(named, ["arm", "method", "name"]))
    content = {"facts": facts, "overall": overall.to_dicts(), "by_coefficient": by_term.to_dicts()}
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    with pl.Config(tbl_rows=200, tbl_cols=20, tbl_hide_dataframe_shape=True, fmt_str_lengths=50, tbl_width_chars=220):
        print(overall)


def main() -> None:
    """Run the studies, print the table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--dyads", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--arms", nargs="*", default=list(ARMS))
    parser.add_argument("--out", default="linkage_error")
    options = parser.parse_args()
    started = time.time()
    found = []
    with ProcessPoolExecutor(options.processes) as pool:
        for name in options.arms:
            seeds = range(1, options.studies + 1)
            found += pool.map(partial(study, arm_name=name, n=options.dyads), seeds, chunksize=10)
            print(f"{name}: {time.time() - started:.0f} s", file=sys.stderr)
    facts = {"studies": options.studies, "dyads": options.dyads, "seconds": round(time.time() - started)}
    write_results(pl.concat(found), options.out, facts)


def _ordered(table: pl.DataFrame) -> pl.DataFrame:
    order = {name: place for place, name in enumerate(METHODS)}
    arms = {name: place for place, name in enumerate(ARMS)}
    figures = [name for name, kind in table.schema.items() if kind == pl.Float64]
    return (
        table.with_columns(pl.col(figures).round(4))
        .with_columns(
            a=pl.col("arm").replace_strict(arms, default=0, return_dtype=pl.Int64),
            m=pl.col("method").replace_strict(order, return_dtype=pl.Int64),
        )
        .sort("a", "m", *[column for column in ("name",) if column in table.columns])
        .drop("a", "m")
    )


if __name__ == "__main__":
    main()
