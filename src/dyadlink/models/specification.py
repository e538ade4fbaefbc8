"""The prespecified models as types, read from config/models.yaml."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from dyadlink.config import parse_section, read_yaml
from dyadlink.errors import ConfigError
from dyadlink.models.baseline import NUMBERS, check_baseline_column, check_level, check_stratum
from dyadlink.models.families_of_tests import Multiplicity
from dyadlink.models.linkage_plans import AsLinked, LinkagePlan, ThresholdGrid, chances_of
from dyadlink.models.missing_plans import CompleteCase, Imputed, MissingPlan, check_missing_plan
from dyadlink.models.populations import CAUSES, NEGATIVE_CONTROL, OUTCOME_POPULATIONS, OUTCOME_SOURCES, TIME_FAMILIES
from dyadlink.models.readmission import READMISSION, TimeVarying
from dyadlink.models.subdistribution import Variance
from dyadlink.models.weight_plans import CensoringWeights, Unweighted, WeightPlan
from dyadlink.section import Section


class Term(Section):
    """A covariate and how it enters a model."""

    name: str = Field(description="Column of the analysis table, known at T1.")
    kind: Literal["linear", "spline", "binary", "categorical"] = Field(
        description="linear: per step up; spline: a restricted cubic spline, told by its ratio at each knot against "
        "the reference knot; binary: yes against no; categorical: level against reference."
    )
    reference: str = Field(
        "", coerce_numbers_to_str=True, description="Reference level of a categorical term; reference knot of a spline."
    )
    knots: tuple[float, ...] = Field((), description="Knots of a spline, rising: three or more.")

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        if self.kind == "categorical" and not self.reference:
            raise ValueError(f"categorical term '{self.name}' needs a reference level")
        if self.kind not in {"categorical", "spline"} and self.reference:
            raise ValueError(f"{self.kind} term '{self.name}' has no reference level to set")
        if self.kind != "spline" and self.knots:
            raise ValueError(f"{self.kind} term '{self.name}' has no knots to set")
        if self.kind == "spline":
            if len(self.knots) < 3 or list(self.knots) != sorted(set(self.knots)):
                raise ValueError(f"spline '{self.name}' needs three or more knots, rising")
            if self.reference not in {name_knot(knot) for knot in self.knots}:
                raise ValueError(f"the reference of spline '{self.name}' is one of its knots")
        return self


def name_knot(knot: float) -> str:
    """The knot as a level's name: no decimals that it does not have."""
    return repr(knot).removesuffix(".0")


Adjustment = Literal["full", "unadjusted", "minimal"]


class ModelSpec(Section):
    """One model: what is explained, in whom, by what."""

    name: str = Field(description="Name of the model.", pattern=r"^[a-z0-9_]+$")
    role: Literal["primary", "secondary", "sensitivity"] = Field(description="Part the model plays.")
    outcome: Literal["o1", "o2", "o3", "o4", "negative_control"] = Field(
        description="Outcome modelled. negative_control: that the infant is a girl, which no term can cause."
    )
    population: Literal["all", "observed_at_t3", "at_risk_of_plan", "in_custody_at_t2"] = Field(
        description="Who is analysed."
    )
    family: Literal["logistic", "firth", "cox", "fine_gray", "gee"] = Field(
        description="logistic: odds ratios; firth: odds ratios by Firth's penalised likelihood; cox: cause-specific "
        "hazard ratios, other causes censored; fine_gray: subdistribution hazard ratios, other causes competing; gee: "
        "odds ratios of the population by generalised estimating equations, dyads of one cluster alike correlated."
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
    label: str = Field(
        "",
        pattern=r"^[A-Za-z][^\d<>]*$|^$",
        description="What sets the model apart from others of its outcome and family, in a few words without figures: "
        "it stands in the headings of the report.",
    )
    alternative: str = Field(
        "",
        description="An alternative of config/config.yaml: the dyads, outcomes and covariates are those of its "
        "definitions. Left out: the study's own.",
    )
    time_varying: tuple[TimeVarying, ...] = Field(
        (),
        description="What comes after T2 and changes on its day: each dyad's time is split there, and a term of that "
        "name (yes against no) joins the terms. For the family cox.",
    )
    landmark_days: int | None = Field(
        None,
        ge=1,
        description="Day after T2 from which time counts: those still at risk then, with a term readmission (yes "
        "against no: readmitted by then).",
    )
    cluster: Literal["mother_number", "la_code"] = Field(
        "mother_number",
        description="Within what dyads may be alike, for standard errors and for the family gee: mother_number: a "
        "mother's infants; la_code: dyads of one authority, mothers within it. No more than a note where a route does "
        "not tell authorities.",
    )
    linkage: LinkagePlan = Field(default_factory=AsLinked, description="How the model carries linkage error.")
    missing: MissingPlan = Field(default_factory=CompleteCase, description="What it does with missing covariates.")
    weights: WeightPlan = Field(default_factory=Unweighted, description="What its dyads count for.")
    adjustments: tuple[Adjustment, ...] = Field(
        ("full",),
        min_length=1,
        description="What each term is adjusted for; of several the row becomes a model for each. full: all the other "
        "terms; unadjusted: nothing (one fit for each term); minimal: minimal_terms (one fit for each other term, and "
        "one of themselves). All on the dyads with every term known.",
    )
    minimal_terms: tuple[Term, ...] = Field((), description="Of the terms, those that a minimal model adjusts for.")

    @model_validator(mode="after")
    def _check_model(self) -> Self:
        self._check_family()
        self._check_names()
        self._check_alternative()
        self._check_negative_control()
        self._check_linkage()
        self._check_missing()
        self._check_readmission()
        self._check_weights()
        self._check_adjustments()
        return self

    def _check_family(self) -> None:
        if self.family in TIME_FAMILIES and self.outcome not in CAUSES:
            raise ValueError(f"model '{self.name}': outcome {self.outcome} has no time to event for {self.family}")
        unused = {"rare", "firth_below"} & self.model_fields_set
        if self.family != "logistic" and unused:
            raise ValueError(f"model '{self.name}': {min(unused)} is for the family logistic alone")
        if self.family != "fine_gray" and "variance" in self.model_fields_set:
            raise ValueError(f"model '{self.name}': variance is for the family fine_gray alone")
        if self.strata and self.family != "cox":
            raise ValueError(f"model '{self.name}': strata are for the family cox alone")

    def _check_names(self) -> None:
        twice = _repeated([*self.strata, *(term.name for term in self.terms)])
        if self.strata and twice:
            raise ValueError(f"model '{self.name}': '{twice}' is listed twice, as stratum or term")
        if self.population not in OUTCOME_POPULATIONS[self.outcome]:
            raise ValueError(f"model '{self.name}': {self.outcome} is not defined in population '{self.population}'")
        repeated = _repeated([term.name for term in self.terms])
        if repeated:
            raise ValueError(f"model '{self.name}': term '{repeated}' is listed twice")

    def _check_alternative(self) -> None:
        if self.alternative and self.role != "sensitivity":
            raise ValueError(f"model '{self.name}': under an alternative its role is sensitivity")
        if self.alternative and self.linkage.plan != "as_linked":
            raise ValueError(
                f"model '{self.name}': an alternative and a linkage plan are not carried together: two rows"
            )

    def _check_linkage(self) -> None:
        if self.linkage.plan == "as_linked":
            return
        if self.cluster != "mother_number" or self.family == "gee":
            raise ValueError(f"model '{self.name}': linkage plans go with clusters of mothers, and not with gee")
        if self.role != "sensitivity":
            raise ValueError(f"model '{self.name}': with a linkage plan its role is sensitivity")
        if self.family == "fine_gray" and self.linkage.plan not in {"threshold_grid", "sampled_links"}:
            raise ValueError(f"model '{self.name}': {self.linkage.plan} draws no competing events for fine_gray")
        if self.linkage.plan == "simple_bias_analysis" and self.family != "logistic":
            raise ValueError(f"model '{self.name}': simple_bias_analysis corrects crude odds ratios: family logistic")

    @property
    def has_no_plan(self) -> bool:
        """Whether it takes the links for certain, weighs nobody, and has all terms in one fit of complete cases.

        Of the dyads and outcomes, that is, of the study's own definitions.
        """
        plans = (self.linkage.plan, self.missing.plan, self.weights.plan, self.alternative)
        return plans == ("as_linked", "complete_case", "none", "") and self.adjustment == "full"

    @property
    def adjustment(self) -> Adjustment:
        """What its terms are adjusted for; of a row that is not spread, the first that it names."""
        return self.adjustments[0]

    @property
    def covariates(self) -> list[str]:
        """Columns that a complete case has: the terms, the strata, and what its weights go by."""
        by = self.weights.by if isinstance(self.weights, CensoringWeights) and self.weights.by != "terms" else ()
        return list(dict.fromkeys([*(term.name for term in self.terms), *self.strata, *by]))

    def _check_weights(self) -> None:
        if not isinstance(self.weights, CensoringWeights):
            return
        if self.family == "firth" or {"rare", "firth_below"} & self.model_fields_set:
            raise ValueError(f"model '{self.name}': Firth's penalised likelihood carries no weights")
        if self.family != "logistic" or self.outcome not in CAUSES:
            raise ValueError(
                f"model '{self.name}': weights of censoring are for the family logistic, of o3 or o4: a model of time "
                "censors those lost, and o1 and o2 have no time to event"
            )
        if self.linkage.plan != "as_linked" or self.missing.plan != "complete_case":
            raise ValueError(f"model '{self.name}': weights and another plan are not carried together: two rows")

    def _check_adjustments(self) -> None:
        if _repeated(list(self.adjustments)):
            raise ValueError(f"model '{self.name}': an adjustment is listed twice")
        is_plain = (self.linkage.plan, self.missing.plan, self.alternative) == ("as_linked", "complete_case", "")
        if self.adjustments != ("full",) and not (is_plain and not self.has_readmission):
            raise ValueError(
                f"model '{self.name}': a model with a plan, an alternative or readmission is adjusted in full"
            )
        if ("minimal" in self.adjustments) != bool(self.minimal_terms):
            raise ValueError(f"model '{self.name}': the adjustment minimal and minimal_terms go together")
        other = next((term.name for term in self.minimal_terms if term not in self.terms), "")
        if other:
            raise ValueError(f"model '{self.name}': minimal term '{other}' is no term of the model, or not as there")

    @property
    def may_use_firth(self) -> bool:
        """Whether Firth's penalty may take the place of maximum likelihood: not of crude tables, nor with weights."""
        has_likelihood = self.linkage.plan != "simple_bias_analysis" and self.weights.plan == "none"
        return self.family == "logistic" and self.rare == "firth" and has_likelihood

    @property
    def has_readmission(self) -> bool:
        """Whether readmission joins its terms."""
        return bool(self.time_varying) or self.landmark_days is not None

    @property
    def all_terms(self) -> tuple[Term, ...]:
        """Its terms as fitted: with readmission, where it has it."""
        return (*self.terms, Term(name=READMISSION, kind="binary")) if self.has_readmission else self.terms

    def _check_readmission(self) -> None:
        if not self.has_readmission:
            return
        named = f"model '{self.name}'"
        if self.time_varying and self.landmark_days is not None:
            raise ValueError(f"{named}: readmission is time-varying or as known at a landmark, not both: two rows")
        if self.time_varying and self.family == "fine_gray":
            raise ValueError(
                f"{named}: a subdistribution hazard keeps those with a competing event at risk, when nobody can be "
                "readmitted any more: a covariate that changes has no sound meaning in it; use cox, or landmark_days"
            )
        if self.time_varying and self.family != "cox":
            raise ValueError(f"{named}: time_varying is for the family cox alone; use landmark_days")
        if self.outcome == "o1":
            raise ValueError(f"{named}: o1 is settled by T2, and readmission comes after it")
        if not self.has_no_plan:
            raise ValueError(f"{named}: readmission goes with complete cases and the links as they are: no plan")

    def _check_negative_control(self) -> None:
        if self.outcome != NEGATIVE_CONTROL:
            return
        auxiliaries = self.missing.auxiliaries if isinstance(self.missing, Imputed) else ()
        source = OUTCOME_SOURCES[self.outcome]
        if source in {*(term.name for term in self.terms), *self.strata, *auxiliaries}:
            raise ValueError(f"model '{self.name}': {self.outcome} is made of '{source}', which cannot be a term")
        if self.role != "sensitivity":
            raise ValueError(f"model '{self.name}': with a negative control its role is sensitivity")
        if self.linkage.plan != "as_linked":
            raise ValueError(f"model '{self.name}': no link tells the negative control: it takes no linkage plan")

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
    weight_plans: dict[str, WeightPlan] = Field(default_factory=dict)
    multiplicity: Multiplicity = Field(default_factory=Multiplicity)
    # As written: the terms of a model are the name of a term set, or a list; its plans the name of a plan, or a plan.
    models: tuple[dict[str, Any], ...] = Field(min_length=1)


def load_models(path: Path) -> tuple[ModelSpec, ...]:
    """The models of a YAML file in its order, their term sets and plans resolved.

    A row with a grid of thresholds becomes one model for each, named after it: `<name>_0_99`; one with several
    adjustments likewise: `<name>`, `<name>_unadjusted`, `<name>_minimal`.

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


def check_alternatives(specs: Sequence[ModelSpec], known: Collection[str], where: str) -> None:
    """Accept models whose alternatives the configuration has.

    Args:
        specs: The models.
        known: Names of the alternatives in config/config.yaml.
        where: The file of the models, for the message.

    Raises:
        ConfigError: A model names an alternative that there is not.
    """
    for spec in specs:
        if spec.alternative and spec.alternative not in known:
            raise ConfigError(
                f"there is no alternative '{spec.alternative}'",
                where=f"{where}, model {spec.name}",
                mend=f"use one of config/config.yaml: {', '.join(sorted(known)) or '(none is defined)'}",
            )


def load_multiplicity(path: Path) -> Multiplicity:
    """How a YAML file of models has p-values adjusted for the number of tests.

    Raises:
        ConfigError: As of `load_models`.
    """
    return parse_section(_ModelsFile, read_yaml(path), str(path)).multiplicity


def _resolve(entry: dict[str, Any], content: _ModelsFile, where: str) -> ModelSpec:
    place = f"{where}, model {entry.get('name', '(no name)')}"
    # A list of terms may name term sets among them.
    if isinstance(entry.get("terms"), list):
        entry = {**entry, "terms": [term for item in entry["terms"] for term in _terms_of(item, content, place)]}
    named: dict[str, tuple[str, Mapping[str, object]]] = {
        "terms": ("term set", content.term_sets),
        "linkage": ("linkage plan", content.linkage_plans),
        "missing": ("missing-data plan", {"complete_case": CompleteCase(), **content.missing_plans}),
        "weights": ("weight plan", {"none": Unweighted(), **content.weight_plans}),
        "minimal_terms": ("term set", content.term_sets),
    }
    for key, (what, defined) in named.items():
        name = entry.get(key)
        if not isinstance(name, str):
            continue
        entry = {**entry, key: _defined(name, what, defined, place)}
    spec = parse_section(ModelSpec, entry, place)
    for term in spec.terms:
        check_baseline_column(term.name, term.kind, term.reference, place)
    for name in spec.strata:
        check_stratum(name, place)
    by_column = [entry for chance in chances_of(spec.linkage) for entry in chance.odds_ratios.items()]
    if isinstance(spec.missing, Imputed):
        linear = {term.name for term in spec.terms if term.kind in NUMBERS}
        by_column += [entry for entry in spec.missing.delta.items() if entry[0] not in linear]
    for column, by_level in by_column:
        for level in by_level:
            check_level(column, level, place)
    return spec


def _terms_of(item: object, content: _ModelsFile, place: str) -> tuple[object, ...]:
    if not isinstance(item, str):
        return (item,)
    terms: tuple[object, ...] = _defined(item, "term set", content.term_sets, place)
    return terms


def _defined(name: str, what: str, defined: Mapping[str, Any], place: str) -> Any:
    if name not in defined:
        raise ConfigError(
            f"there is no {what} '{name}'",
            where=place,
            mend=f"use one of: {', '.join(defined) or '(none is defined)'}",
        )
    return defined[name]


def _spread(spec: ModelSpec) -> tuple[ModelSpec, ...]:
    if isinstance(spec.linkage, ThresholdGrid):
        return tuple(
            spec.model_copy(
                update={
                    "name": f"{spec.name}_{threshold:g}".replace(".", "_").replace("-", "_"),
                    "linkage": ThresholdGrid(plan="threshold_grid", thresholds=(threshold,)),
                }
            )
            for threshold in spec.linkage.thresholds
        )
    return tuple(
        spec.model_copy(update={"name": adjusted_name(spec.name, adjustment), "adjustments": (adjustment,)})
        for adjustment in spec.adjustments
    )


def adjusted_name(name: str, adjustment: str) -> str:
    """Name of the model of a row with that adjustment."""
    return name if adjustment == "full" else f"{name}_{adjustment}"


def _repeated(names: list[str]) -> str:
    return next((name for name in names if names.count(name) > 1), "")
