"""Parameters of flaws in the records, of missing values and of infants who are hard to link."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dyadlink.synthetic.sourced import Ratios, Share, Sourced, Strict

LEVELS_OF_FLAWS = ("none", "default", "heavy")
LARGEST_RATE = 0.5
LINKAGE_TERMS = ("black", "other", "older_than_35", "in_proceedings")
OF_WOMEN = ("age_decades", "has_prior_admission", "is_single", "is_white", "deprivation", "is_severe")
OF_CHILDREN = ("is_infant", "is_boy", "is_white")
MISSING_TERMS = {
    "marital_status": OF_WOMEN,
    "ethnic_category": OF_WOMEN,
    "lsoa": OF_WOMEN,
    "diagnosis": (*OF_WOMEN, "is_crisis_team", "is_personality_disorder"),
    "domestic_abuse": OF_WOMEN,
    "gestation": ("age_decades", "is_multiple", "is_preterm", "is_first_birth"),
    "parity": ("age_decades", "is_multiple", "is_preterm", "is_first_birth"),
    "postcode": OF_CHILDREN,
    "forename": OF_CHILDREN,
}
"""The variables that can go missing, and the facts that the models can use."""
Mechanism = Literal["none", "mcar", "mar", "mnar"]
LogOdds = Sourced[dict[str, Annotated[float, Field(ge=-3, le=3)]]]


class FlawSettings(Strict):
    """The level of flaws and, for each flaw by name, its rate among the records that can have it."""

    level: Sourced[Literal["none", "default", "heavy"]]
    heavy_factor: Sourced[Annotated[float, Field(ge=1, le=100)]]
    rates: dict[str, Share]

    def at(self, level: str) -> FlawSettings:
        """Return the settings at another level; the rates stay those of the default."""
        return self.model_copy(update={"level": self.level.model_copy(update={"value": level})})

    def rate(self, name: str) -> float:
        """Return the rate of a flaw at the level of these settings."""
        factor = {"none": 0.0, "default": 1.0, "heavy": self.heavy_factor.value}[self.level.value]
        return min(LARGEST_RATE, factor * self.rates[name].value)


class MissingModel(Strict):
    """How one variable goes missing: share, log odds ratios of known and of unseen facts (`mnar`)."""

    share: Share
    mar: LogOdds
    mnar: LogOdds


class Missingness(Strict):
    """The mechanism for all variables, and a model for each."""

    mechanism: Sourced[Mechanism]
    models: dict[str, MissingModel]

    @model_validator(mode="after")
    def _known_terms(self) -> Missingness:
        if set(self.models) != set(MISSING_TERMS):
            raise ValueError(f"a model must be given for exactly {sorted(MISSING_TERMS)}")
        for variable, model in self.models.items():
            odd = {*model.mar.value, *model.mnar.value} - set(MISSING_TERMS[variable])
            if odd:
                raise ValueError(f"{variable} has no term '{min(odd)}', only {', '.join(MISSING_TERMS[variable])}")
        return self

    def switched_off(self) -> Missingness:
        """Return the same models with nothing missing."""
        return self.model_copy(update={"mechanism": self.mechanism.model_copy(update={"value": "none"})})


class LinkageError(Strict):
    """The share of infants whose identifiers no exact step can link, and odds ratios of being linked."""

    hard_to_link: Share
    odds_ratio_of_linking: Ratios

    @model_validator(mode="after")
    def _all_terms(self) -> LinkageError:
        if set(self.odds_ratio_of_linking.value) != set(LINKAGE_TERMS):
            raise ValueError(f"the odds ratios must be given for exactly {sorted(LINKAGE_TERMS)}")
        return self

    def switched_off(self) -> LinkageError:
        """Return the same odds ratios with no infant hard to link."""
        return self.model_copy(update={"hard_to_link": self.hard_to_link.model_copy(update={"value": 0.0})})
