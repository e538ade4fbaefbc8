"""What a model's dyads count for: the plans that a row of config/models.yaml can name."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dyadlink.models.baseline import BASELINE_COLUMNS
from dyadlink.section import Section


class Unweighted(Section):
    """Every dyad of known outcome counts once; who was lost to follow-up is left out."""

    plan: Literal["none"] = Field("none", description="Weigh nobody.")


class CensoringWeights(Section):
    """Dyads lost to follow-up are stood in for by those alike who stayed, by the inverse of the chance of staying."""

    plan: Literal["inverse_probability_of_censoring"] = Field(description="Weigh by the inverse chance of staying.")
    by: Literal["terms"] | tuple[str, ...] = Field(
        "terms",
        description="What the chance of being lost may differ by: terms: the terms of the model; or a list of columns "
        "known at T1 (a Cox model of the time to loss); an empty list: by nothing (one Kaplan-Meier curve for all).",
    )
    truncate_above: Annotated[float, Field(ge=50, lt=100)] | None = Field(
        None, description="Percentile of the weights above which they are set to it; left out: none is."
    )

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        unknown = sorted(set(self.by) - BASELINE_COLUMNS) if self.by != "terms" else []
        if unknown:
            raise ValueError(f"'{unknown[0]}' is no baseline covariate")
        return self


WeightPlan = Annotated[Unweighted | CensoringWeights, Field(discriminator="plan")]
