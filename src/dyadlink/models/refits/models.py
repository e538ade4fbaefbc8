"""The primary models as they were fitted, ready to be fitted again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.models.design import Design, Floats, build_design, list_parameters, select_cases
from dyadlink.models.fit import Fit
from dyadlink.models.methods import choose_method, fit_once
from dyadlink.models.refits.cox import CoxRefit
from dyadlink.models.refits.logistic import LogisticRefit
from dyadlink.models.refits.peak import Peak, sum_by_cluster
from dyadlink.models.specification import ModelSpec

FAMILIES = frozenset({"logistic", "firth", "cox"})
"""Families of models that can be fitted again here."""


@dataclass(frozen=True)
class FittedModel:
    """One model, its dyads, and its fit.

    Attributes:
        spec: The model.
        frame: Its dyads, in the order of the design's rows.
        design: Its numbers.
        fit: Its estimates, or why there are none.
        refit: What fits it again; nothing where it has no estimates.
        peak: The fit again on all dyads.
    """

    spec: ModelSpec
    frame: pl.DataFrame
    design: Design
    fit: Fit
    refit: LogisticRefit | CoxRefit | None = None
    peak: Peak | None = None


def fit_primary_models(analysis: pl.DataFrame, specs: Sequence[ModelSpec]) -> Iterator[FittedModel]:
    """The primary models that take links for certain and complete cases, of the families that can be fitted again.

    One with readmission is left out: its time is split, and a refit reads whole rows.
    """
    for spec in specs:
        is_whole = spec.has_no_plan and not spec.has_readmission
        if spec.role == "primary" and is_whole and spec.family in FAMILIES:
            yield fit_model(analysis, spec)


def fit_model(analysis: pl.DataFrame, spec: ModelSpec) -> FittedModel:
    """One model, fitted by the method that its row and its dyads ask for."""
    frame = select_cases(analysis, spec).frame
    design = build_design(frame, list_parameters(analysis, spec.terms), spec.cluster)
    method = choose_method(spec, design)
    fit, _ = fit_once(design, method)
    if fit.problem:
        return FittedModel(spec, frame, design, fit)
    refit = CoxRefit(design) if method.family == "cox" else LogisticRefit(design, method.family == "firth")
    return FittedModel(spec, frame, design, fit, refit, refit.fit(np.ones(len(design.event))))


def clustered_errors(refit: LogisticRefit | CoxRefit, peak: Peak, weights: Floats) -> Floats:
    """Standard errors of the covariates' coefficients among the dyads of weight 1, as the model's family has them.

    Clustered, with the correction of `fit_logistic` for logistic models and none for Cox models; of Firth's penalty
    those of the information.
    """
    skip = refit.n_leading
    if isinstance(refit, LogisticRefit) and refit.is_firth:
        return np.asarray(np.sqrt(np.diag(peak.inverse))[skip:])
    kept = weights > 0
    residuals = refit.residuals(peak, kept)
    by_cluster = sum_by_cluster(residuals, refit.design.clusters[kept])
    variances = ((by_cluster @ peak.inverse) ** 2).sum(axis=0)[skip:]
    if isinstance(refit, LogisticRefit):
        n, n_clusters, k = len(residuals), len(by_cluster), len(peak.coefficients)
        variances *= n_clusters / (n_clusters - 1) * (n - 1) / (n - k)
    return np.asarray(np.sqrt(variances))
