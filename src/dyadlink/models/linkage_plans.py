"""How a model carries linkage error: the plans that a row of config/models.yaml can name."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dyadlink.models.baseline import BASELINE_COLUMNS
from dyadlink.section import Section

Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Chance(Section):
    """A probability that is known from elsewhere, with its uncertainty, and how it differs by group."""

    fixed: Share | None = Field(None, description="The probability, taken as certain.")
    beta: tuple[Positive, Positive] | None = Field(
        None, description="Beta distribution: successes + 1 and failures + 1 of a clerical review, say."
    )
    trapezoid: tuple[Share, Share, Share, Share] | None = Field(
        None, description="Trapezoidal distribution: least, the lower and upper end of the likely, greatest."
    )
    odds_ratios: dict[str, dict[str, Positive]] = Field(
        default_factory=dict,
        description="Column of the analysis table to level to odds ratio (a binary column: yes); the probability "
        "itself is then that of the dyads at none of these levels.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [name for name in ("fixed", "beta", "trapezoid") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of fixed, beta and trapezoid")
        if self.trapezoid is not None and list(self.trapezoid) != sorted(self.trapezoid):
            raise ValueError("the four corners of a trapezoid ascend")
        if self.trapezoid is not None and self.trapezoid[0] == self.trapezoid[3]:
            raise ValueError("a trapezoid without width is a fixed probability")
        unknown = sorted(set(self.odds_ratios) - BASELINE_COLUMNS)
        if unknown:
            raise ValueError(f"'{unknown[0]}' is no baseline covariate")
        return self


class Selection(Section):
    """Shares of all dyads that came into the study, by outcome: the rest was lost before anyone could link it."""

    with_outcome: Chance = Field(description="Of the dyads with the outcome.")
    without_outcome: Chance = Field(description="Of the dyads without it.")


class AsLinked(Section):
    """The links as they are, taken for certain."""

    plan: Literal["as_linked"] = Field("as_linked", description="Take the links for certain.")


class ThresholdGrid(Section):
    """The model again at each match probability from which on a pair is a link."""

    plan: Literal["threshold_grid"] = Field(description="One set of estimates for each threshold.")
    thresholds: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        min_length=1, description="Match probabilities; the row becomes one model for each."
    )


class SampledLinks(Section):
    """Sets of links drawn from the match probabilities, pooled by Rubin's rules."""

    plan: Literal["sampled_links"] = Field(description="Draw sets of links.")
    m: Annotated[int, Field(ge=2, le=1000)] = Field(description="Number of sets.")
    seed: int = Field(description="The same seed gives the same sets.")


class PriorInformedImputation(Section):
    """Links drawn with the outcome model in view, and outcomes that no pair can show imputed."""

    plan: Literal["prior_informed_imputation"] = Field(description="Draw links and impute outcomes.")
    m: Annotated[int, Field(ge=2, le=1000)] = Field(description="Number of completed data sets.")
    seed: int = Field(description="The same seed gives the same imputations.")
    findable: Chance | None = Field(
        None,
        description="Of the dyads with the outcome, the share whose record is among the scored pairs; left out: all.",
    )


class BiasAnalysis(Section):
    """Probabilistic bias analysis of each record: outcomes drawn again as if recorded with known error."""

    plan: Literal["bias_analysis"] = Field(description="Draw outcomes given sensitivity and specificity.")
    m: Annotated[int, Field(ge=2, le=10_000)] = Field(description="Number of draws.")
    seed: int = Field(description="The same seed gives the same draws.")
    sensitivity: Chance = Field(description="Of the dyads with the outcome, the share recorded with it.")
    specificity: Chance | None = Field(
        None, description="Of the dyads without the outcome, the share recorded without it; left out: all."
    )
    selection: Selection | None = Field(None, description="Shares that came into the study; left out: all did.")


class SimpleBiasAnalysis(Section):
    """Bias analysis by arithmetic: the crude table of each level against its reference, corrected, no interval."""

    plan: Literal["simple_bias_analysis"] = Field(description="Correct the two-by-two table of each level.")
    sensitivity: Chance = Field(description="As in bias_analysis; fixed.")
    specificity: Chance | None = Field(None, description="As in bias_analysis; fixed.")
    selection: Selection | None = Field(None, description="As in bias_analysis; fixed.")

    @model_validator(mode="after")
    def _check_fixed(self) -> Self:
        chances = [self.sensitivity, self.specificity]
        chances += [self.selection.with_outcome, self.selection.without_outcome] if self.selection else []
        if any(chance is not None and chance.fixed is None for chance in chances):
            raise ValueError("a simple bias analysis takes fixed probabilities: bias_analysis takes distributions")
        return self


LinkagePlan = Annotated[
    AsLinked | ThresholdGrid | SampledLinks | PriorInformedImputation | BiasAnalysis | SimpleBiasAnalysis,
    Field(discriminator="plan"),
]


def chances_of(plan: LinkagePlan) -> tuple[Chance, ...]:
    """Every probability that the plan was told."""
    if isinstance(plan, PriorInformedImputation):
        return (plan.findable,) if plan.findable else ()
    if isinstance(plan, BiasAnalysis | SimpleBiasAnalysis):
        selection = (plan.selection.with_outcome, plan.selection.without_outcome) if plan.selection else ()
        return (plan.sensitivity, *((plan.specificity,) if plan.specificity else ()), *selection)
    return ()
