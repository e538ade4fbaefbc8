"""What a model does with missing covariates: the plans that a row of config/models.yaml can name."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dyadlink.models.baseline import BASELINE_COLUMNS, NUMBERS
from dyadlink.section import Section

SHIFT = "shift"
"""Key of the delta of a linear column, which has no levels."""


class CompleteCase(Section):
    """Dyads with every covariate recorded; the others are left out."""

    plan: Literal["complete_case"] = Field("complete_case", description="Leave out who lacks a covariate.")


class Imputed(Section):
    """Missing covariates drawn by chained equations, the completed data sets pooled by Rubin's rules."""

    plan: Literal["imputed"] = Field(description="Impute missing covariates.")
    m: Literal["auto"] | Annotated[int, Field(ge=2, le=1000)] = Field(
        "auto",
        description="Completed data sets; auto: the percentage of dyads with a missing covariate, up to the next "
        "multiple of 5, and at least 5.",
    )
    cycles: Annotated[int, Field(ge=1, le=100)] = Field(
        10, description="Rounds through the covariates before a completed data set is kept."
    )
    seed: int = Field(description="The same seed gives the same imputations.")
    auxiliaries: tuple[str, ...] = Field(
        (), description="Columns known at T1 that help to impute and are no terms of the model."
    )
    delta: dict[str, dict[str, float]] = Field(
        default_factory=dict,
        description="Column to level to what is added to the log odds of that level where it is missing (a binary "
        "column: yes); of a linear column `shift`, whole steps added to what is imputed, inside the values recorded. "
        "Left out: missing at random.",
    )

    @property
    def kind(self) -> str:
        """`imputed`, or `delta_adjusted` where missing values are taken to differ from those recorded."""
        return "delta_adjusted" if self.delta else self.plan

    @model_validator(mode="after")
    def _check(self) -> Self:
        unknown = sorted({*self.auxiliaries, *self.delta} - BASELINE_COLUMNS)
        if unknown:
            raise ValueError(f"'{unknown[0]}' is no baseline covariate")
        if len(set(self.auxiliaries)) < len(self.auxiliaries):
            raise ValueError("an auxiliary is listed twice")
        shifts = [by_level[SHIFT] for by_level in self.delta.values() if SHIFT in by_level]
        if any(shift != round(shift) for shift in shifts):
            raise ValueError("a shift is a number of whole steps")
        return self


MissingPlan = Annotated[CompleteCase | Imputed, Field(discriminator="plan")]


def check_missing_plan(plan: CompleteCase | Imputed, kinds: dict[str, str]) -> None:
    """Accept the plan of a model, or say why it cannot be meant.

    Args:
        plan: The plan.
        kinds: Kind of each term of the model by its name.

    Raises:
        ValueError: An auxiliary is a term already, or a delta names a column that the model does not impute, or
            a shift where there are levels, or a level where there are none.
    """
    if not isinstance(plan, Imputed):
        return
    for name in plan.auxiliaries:
        if name in kinds:
            raise ValueError(f"auxiliary '{name}' is a term of the model already")
    for column, by_level in plan.delta.items():
        if column not in kinds:
            raise ValueError(f"a delta for '{column}', which is no term of the model")
        if (kinds[column] in NUMBERS) != (set(by_level) == {SHIFT}):
            what = f"'{SHIFT}'" if kinds[column] in NUMBERS else "levels"
            raise ValueError(f"the delta of the {kinds[column]} term '{column}' takes {what}")
