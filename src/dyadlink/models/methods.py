"""How a model's estimates are obtained: as its row asks, or by Firth's penalty where maximum likelihood fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dyadlink.models.cox import fit_cox
from dyadlink.models.design import Design
from dyadlink.models.fine_gray import fit_fine_gray
from dyadlink.models.firth import fit_firth, infer_from_profile
from dyadlink.models.fit import Fit, no_fit
from dyadlink.models.gee import fit_gee
from dyadlink.models.guards import READ_WITH_CAUTION, events_per_parameter, explain_problem
from dyadlink.models.inference import Inference, infer_from_fit
from dyadlink.models.logistic import find_separated_terms, fit_logistic
from dyadlink.models.subdistribution import Variance

FITTERS: dict[str, Callable[[Design], Fit]] = {
    "logistic": fit_logistic,
    "firth": fit_firth,
    "cox": fit_cox,
    "fine_gray": fit_fine_gray,
    "gee": fit_gee,
}

FEW_AUTHORITIES = 30
"""Clusters below which a sandwich covariance is said to be too small."""

METHODS = {
    "logistic": "maximum_likelihood",
    "firth": "firth",
    "cox": "partial_likelihood",
    "gee": "estimating_equations",
}
"""Word of the column `method` for each family of fitters with one way to go about it."""

FINE_GRAY_METHODS: dict[Variance, str] = {"finegray": "finegray_weights", "crr": "crr_weights"}
"""Word of the column `method` for each way to fit a Fine-Gray model."""


@dataclass(frozen=True)
class Method:
    """How a model is fitted.

    Attributes:
        family: The family of fitters that serves it.
        reason: Why that is another than the model's own; empty if it is not.
        variance: Of a Fine-Gray model, whose ties, weights and covariance it takes.
    """

    family: str
    reason: str = ""
    variance: Variance = "finegray"

    @property
    def word(self) -> str:
        """The word of the column `method`."""
        return FINE_GRAY_METHODS[self.variance] if self.family == "fine_gray" else METHODS[self.family]

    def fit(self, design: Design) -> Fit:
        """The fit of a design that passed `explain_problem`."""
        return fit_fine_gray(design, self.variance) if self.family == "fine_gray" else FITTERS[self.family](design)


class Choices(Protocol):
    """What a model says of the way it is to be fitted."""

    @property
    def family(self) -> str:
        """A key of `METHODS`, or fine_gray."""

    @property
    def may_use_firth(self) -> bool:
        """Whether Firth's penalty may take the place of maximum likelihood."""

    @property
    def firth_below(self) -> int:
        """Events per parameter below which it does."""

    @property
    def variance(self) -> Variance:
        """Whose ties, weights and covariance a Fine-Gray model takes."""


def choose_method(spec: Choices, design: Design) -> Method:
    """Firth where a logistic model may use it and is separated or has few events per parameter; else its family."""
    if not spec.may_use_firth:
        return Method(spec.family, variance=spec.variance)
    # What no penalty mends comes first, weights among it: separation can be looked for in a design of full rank alone.
    if explain_problem(design, "firth"):
        return Method("logistic")
    if find_separated_terms(design):
        # Not where: beside estimates that are shown, it would tell of an empty cell.
        return Method("firth", "no finite maximum likelihood estimate exists (separation)")
    if events_per_parameter(design, "logistic") < spec.firth_below:
        return Method("firth", f"there are fewer than {spec.firth_below} events per parameter")
    return Method("logistic")


def fit_once(design: Design, method: Method) -> tuple[Fit, Inference]:
    """The fit of one data set and what is reported of it, or the reason why there is none."""
    problem = explain_problem(design, method.family)
    if problem:
        fit = no_fit(design, problem)
        return fit, infer_from_fit(fit)
    if method.family == "firth":
        return infer_from_profile(design)
    fit = method.fit(design)
    return fit, infer_from_fit(fit)


def remarks_on_fit(design: Design, method: Method, fit: Fit, inference: Inference) -> list[str]:
    """What the reader must know of the fit: why there is none, or how it was obtained and how far to trust it."""
    if fit.problem:
        return [f"not estimated: {fit.problem}"]
    remarks = []
    if method.family == "firth":
        reason = f", because {method.reason}" if method.reason else ""
        limit = f"; it does not allow for {design.units.shared}" if design.units.shared else ""
        remarks.append(f"Firth's penalised likelihood{reason}{limit}")
    if (
        design.cluster_by == "la_code"
        and method.family != "firth"
        and len(np.unique(design.clusters)) < FEW_AUTHORITIES
    ):
        remarks.append(f"fewer than {FEW_AUTHORITIES} authorities: standard errors are likely too small")
    per_parameter = events_per_parameter(design, method.family)
    if per_parameter < READ_WITH_CAUTION:
        bound = 5 if per_parameter < READ_WITH_CAUTION / 2 else 10
        remarks.append(f"fewer than {bound} events per parameter: read with caution")
    if method.family == "firth" and inference.data_sets == 1 and inference.is_wanting:
        remarks.append("the interval or the test of some terms was not found")
    return remarks
