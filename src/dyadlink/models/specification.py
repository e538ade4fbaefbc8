"""The prespecified models as types, read from config/models.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from dyadlink.config import parse_section, read_yaml
from dyadlink.errors import ConfigError
from dyadlink.models.baseline import check_baseline_column, check_level, check_stratum
from dyadlink.models.linkage_plans import AsLinked, LinkagePlan, ThresholdGrid, chances_of
from dyadlink.models.missing_plans import CompleteCase, Imputed, MissingPlan, check_missing_plan
from dyadlink.models.populations import CAUSES, OUTCOME_POPULATIONS, TIME_FAMILIES
from dyadlink.models.subdistribution import Variance
from dyadlink.section import Section


class Term(Section):
    """A covariate and how it enters a model."""

    name: str = Field(description="Column of the analysis table, known at T1.")
    kind: Literal["linear", "binary", "categorical"] = Field(
        description="linear: per step up; binary: yes against no; categorical: level against reference."
    )
    reference: str = Field("", description="Reference level of a categorical term.")

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        if self.kind == "categorical" and not self.reference:
            raise ValueError(f"categorical term '{self.name}' needs a reference level")
        if self.kind != "categorical" and self.reference:
            raise ValueError(f"{self.kind} term '{self.name}' has no reference level to set")
        return self


class ModelSpec(Section):
    """One model: what is explained, in whom, by what."""

    name: str = Field(description="Name of the model.", pattern=r"^[a-z0-9_]+$")
    role: Literal["primary", "secondary", "sensitivity"] = Field(description="Part the model plays.")
    outcome: Literal["o1", "o2", "o3", "o4"] = Field(description="Outcome modelled.")
    population: Literal["all", "observed_at_t3", "at_risk_of_plan", "in_custody_at_t2"] = Field(
        description="Who is analysed."
    )
    family: Literal["logistic", "firth", "cox", "fine_gray"] = Field(
        description="logistic: odds ratios; firth: odds ratios by Firth's penalised likelihood; cox: cause-specific "
        "hazard ratios, other causes censored; fine_gray: subdistribution hazard ratios, other causes competing."
    )
    terms: tuple[Term, ...] = Field(description="Covariates.", min_length=1)
    rare: Literal["firth", "maximum_likelihood"] = Field(
        "firth",
        description="What a logistic model does when it is separated or events per parameter are few: firth: use "
        "Firth's penalised likelihood, and say so; maximum_likelihood: stay with it; no estimate if separated.",
    )
    firth_below: int = Field(
        10, ge=0, description="Events per parameter below which they are few; 0: Firth for separation alone."
    )
    variance: Variance = Field(
        "finegray",
        description="Whose ties, weights and covariance a Fine-Gray model takes: finegray: of R's finegray and coxph, "
        "Efron's ties and the weights taken for known; crr: of cmprsk's crr, Breslow's ties and the weights' own "
        "uncertainty counted. Both clustered on the mother.",
    )
    strata: tuple[str, ...] = Field(
        (), description="Columns known at T1 by which a Cox model's baseline hazard may differ: country, say."
    )
    linkage: LinkagePlan = Field(default_factory=AsLinked, description="How the model carries linkage error.")
    missing: MissingPlan = Field(default_factory=CompleteCase, description="What it does with missing covariates.")

    @model_validator(mode="after")
    def _check_model(self) -> Self:
        if self.family in TIME_FAMILIES and self.outcome not in CAUSES:
            raise ValueError(f"model '{self.name}': outcome {self.outcome} has no time to event for {self.family}")
        unused = {"rare", "firth_below"} & self.model_fields_set
        if self.family != "logistic" and unused:
            raise ValueError(f"model '{self.name}': {min(unused)} is for the family logistic alone")
        if self.family != "fine_gray" and "variance" in self.model_fields_set:
            raise ValueError(f"model '{self.name}': variance is for the family fine_gray alone")
        if self.strata and self.family != "cox":
            raise ValueError(f"model '{self.name}': strata are for the family cox alone")
        twice = _repeated([*self.strata, *(term.name for term in self.terms)])
        if self.strata and twice:
            raise ValueError(f"model '{self.name}': '{twice}' is listed twice, as stratum or term")
        if self.population not in OUTCOME_POPULATIONS[self.outcome]:
            raise ValueError(f"model '{self.name}': {self.outcome} is not defined in population '{self.population}'")
        repeated = _repeated([term.name for term in self.terms])
        if repeated:
            raise ValueError(f"model '{self.name}': term '{repeated}' is listed twice")
        if self.linkage.plan != "as_linked" and self.role != "sensitivity":
            raise ValueError(f"model '{self.name}': with a linkage plan its role is sensitivity")
        if self.family == "fine_gray" and self.linkage.plan not in {"as_linked", "threshold_grid", "sampled_links"}:
            raise ValueError(f"model '{self.name}': {self.linkage.plan} draws no competing events for fine_gray")
        if self.linkage.plan == "simple_bias_analysis" and self.family != "logistic":
            raise ValueError(f"model '{self.name}': simple_bias_analysis corrects crude odds ratios: family logistic")
        self._check_missing()
        return self

    @property
    def has_no_plan(self) -> bool:
        """Whether it takes the links for certain, and complete cases."""
        return (self.linkage.plan, self.missing.plan) == ("as_linked", "complete_case")

    def _check_missing(self) -> None:
        if not isinstance(self.missing, Imputed):
            return
        if self.linkage.plan != "as_linked":
            raise ValueError(f"model '{self.name}': a linkage plan and imputation are not carried together: two rows")
        if self.missing.delta and self.role != "sensitivity":
            raise ValueError(f"model '{self.name}': with a delta its role is sensitivity")
        check_missing_plan(self.missing, {term.name: term.kind for term in self.terms})


class _ModelsFile(Section):
    term_sets: dict[str, tuple[Term, ...]] = Field(default_factory=dict)
    linkage_plans: dict[str, LinkagePlan] = Field(default_factory=dict)
    missing_plans: dict[str, MissingPlan] = Field(default_factory=dict)
    # As written: the terms of a model are the name of a term set, or a list; its plans the name of a plan, or a plan.
    models: tuple[dict[str, Any], ...] = Field(min_length=1)


def load_models(path: Path) -> tuple[ModelSpec, ...]:
    """The models of a YAML file in its order, their term sets and plans resolved.

    A row with a grid of thresholds becomes one model for each, named after it: `<name>_0_99`.

    Raises:
        ConfigError: The file is missing or not YAML; a key is unknown or out of range; a term is not a
            baseline covariate; two models share a name; a term set or a plan does not exist, or names a level
            that its column cannot have. The message names it.
    """
    where = str(path)
    content = parse_section(_ModelsFile, read_yaml(path), where)
    specs = tuple(spec for entry in content.models for spec in _spread(_resolve(entry, content, where)))
    repeated = _repeated([spec.name for spec in specs])
    if repeated:
        raise ConfigError(f"model '{repeated}' is listed twice", where=where, mend="give each its own name")
    return specs


def _resolve(entry: dict[str, Any], content: _ModelsFile, where: str) -> ModelSpec:
    place = f"{where}, model {entry.get('name', '(no name)')}"
    named: dict[str, tuple[str, Mapping[str, object]]] = {
        "terms": ("term set", content.term_sets),
        "linkage": ("linkage plan", content.linkage_plans),
        "missing": ("missing-data plan", {"complete_case": CompleteCase(), **content.missing_plans}),
    }
    for key, (what, defined) in named.items():
        name = entry.get(key)
        if not isinstance(name, str):
            continue
        if name not in defined:
            raise ConfigError(
                f"there is no {what} '{name}'",
                where=place,
                mend=f"use one of: {', '.join(defined) or '(none is defined)'}",
            )
        entry = {**entry, key: defined[name]}
    spec = parse_section(ModelSpec, entry, place)
    for term in spec.terms:
        check_baseline_column(term.name, term.kind, term.reference, place)
    for name in spec.strata:
        check_stratum(name, place)
    by_column = [entry for chance in chances_of(spec.linkage) for entry in chance.odds_ratios.items()]
    if isinstance(spec.missing, Imputed):
        linear = {term.name for term in spec.terms if term.kind == "linear"}
        by_column += [entry for entry in spec.missing.delta.items() if entry[0] not in linear]
    for column, by_level in by_column:
        for level in by_level:
            check_level(column, level, place)
    return spec


def _spread(spec: ModelSpec) -> tuple[ModelSpec, ...]:
    if not isinstance(spec.linkage, ThresholdGrid):
        return (spec,)
    return tuple(
        spec.model_copy(
            update={
                "name": f"{spec.name}_{threshold:g}".replace(".", "_").replace("-", "_"),
                "linkage": ThresholdGrid(plan="threshold_grid", thresholds=(threshold,)),
            }
        )
        for threshold in spec.linkage.thresholds
    )


def _repeated(names: list[str]) -> str:
    return next((name for name in names if names.count(name) > 1), "")
