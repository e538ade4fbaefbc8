"""Bias analysis of one table of two rows by two columns, by arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dyadlink.models.baseline import NUMBERS
from dyadlink.models.design import Design
from dyadlink.models.inference import Inference
from dyadlink.models.linkage_error.chances import draw_chance
from dyadlink.models.linkage_plans import SimpleBiasAnalysis


@dataclass(frozen=True)
class TwoByTwo:
    """Dyads by exposure and outcome; a figure may be a fraction of a dyad.

    Attributes:
        exposed_with: Exposed, with the outcome.
        unexposed_with: Not exposed, with the outcome.
        exposed_without: Exposed, without it.
        unexposed_without: Not exposed, without it.
    """

    exposed_with: float
    unexposed_with: float
    exposed_without: float
    unexposed_without: float

    @property
    def odds_ratio(self) -> float:
        """Odds of the outcome of the exposed over those of the others."""
        return (self.exposed_with * self.unexposed_without) / (self.unexposed_with * self.exposed_without)

    @property
    def risk_ratio(self) -> float:
        """Risk of the outcome of the exposed over that of the others."""
        exposed = self.exposed_with / (self.exposed_with + self.exposed_without)
        return exposed / (self.unexposed_with / (self.unexposed_with + self.unexposed_without))


def correct_selection(table: TwoByTwo, shares: TwoByTwo) -> TwoByTwo:
    """The table of everyone, given the share of each cell that came into the study.

    Source: Fox, MacLehose & Lash 2021, Applying Quantitative Bias Analysis to Epidemiologic Data, 2nd edition,
    chapter on selection bias.
    """
    return TwoByTwo(
        table.exposed_with / shares.exposed_with,
        table.unexposed_with / shares.unexposed_with,
        table.exposed_without / shares.exposed_without,
        table.unexposed_without / shares.unexposed_without,
    )


def correct_outcome(
    table: TwoByTwo, sensitivity: tuple[float, float], specificity: tuple[float, float]
) -> TwoByTwo | None:
    """The table by the true outcome, or nothing where no true table gives the one recorded with these figures.

    Source: as `correct_selection`, chapter on misclassification: true = (recorded - total * (1 - specificity)) /
    (sensitivity + specificity - 1).

    Args:
        table: By the recorded outcome.
        sensitivity: Probability that a true outcome is recorded, of the exposed and of the others.
        specificity: Probability that its absence is.
    """
    n_exposed = table.exposed_with + table.exposed_without
    n_unexposed = table.unexposed_with + table.unexposed_without
    exposed = _true_count(table.exposed_with, n_exposed, sensitivity[0], specificity[0])
    unexposed = _true_count(table.unexposed_with, n_unexposed, sensitivity[1], specificity[1])
    if not (0 < exposed < n_exposed and 0 < unexposed < n_unexposed):
        return None
    return TwoByTwo(exposed, unexposed, n_exposed - exposed, n_unexposed - unexposed)


def _true_count(recorded: float, total: float, sensitivity: float, specificity: float) -> float:
    return (recorded - total * (1 - specificity)) / (sensitivity + specificity - 1)


def correct_crude_tables(design: Design, frame: pl.DataFrame, plan: SimpleBiasAnalysis) -> Inference:
    """The log odds ratio of each level against its reference, crude and corrected; no interval, no test.

    Sensitivity, specificity and the shares of selection are the means of the dyads at the level and at the
    reference. First the outcome is corrected, then the selection. A linear term has no table and no estimate, and
    neither has a level whose recorded table no true one could give.

    Args:
        design: Complete cases.
        frame: The same dyads, with the columns that the plan's odds ratios name.
        plan: What was told.
    """
    # Every probability is fixed, so that nothing is drawn.
    rng = np.random.default_rng(0)
    sensitivity, specificity = (draw_chance(chance, frame, rng) for chance in (plan.sensitivity, plan.specificity))
    selected = plan.selection
    with_outcome = draw_chance(selected.with_outcome if selected else None, frame, rng)
    without = draw_chance(selected.without_outcome if selected else None, frame, rng)
    estimates = np.full(len(design.parameters), np.nan)
    for index, parameter in enumerate(design.parameters):
        if parameter.kind in NUMBERS:
            continue
        at_level = design.matrix[:, index] > 0
        same_term = [i for i, other in enumerate(design.parameters) if other.term == parameter.term]
        sides = (at_level, ~(design.matrix[:, same_term] > 0).any(axis=1))
        cells = [float((side & (design.event == has)).sum()) for has in (True, False) for side in sides]
        exposed, unexposed = sides
        true = correct_outcome(
            TwoByTwo(*cells),
            (float(sensitivity[exposed].mean()), float(sensitivity[unexposed].mean())),
            (float(specificity[exposed].mean()), float(specificity[unexposed].mean())),
        )
        if true is not None:
            shares = TwoByTwo(*(float(share[side].mean()) for share in (with_outcome, without) for side in sides))
            estimates[index] = np.log(correct_selection(true, shares).odds_ratio)
    nothing = np.full_like(estimates, np.nan)
    return Inference(estimates, nothing, nothing, nothing, nothing, nothing)
