"""The parameters of the synthetic world, checked: unknown keys are refused, ranges are tested."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from dyadlink.errors import ConfigError
from dyadlink.synthetic.course_parameters import Course, Psychiatric
from dyadlink.synthetic.flaw_parameters import FlawSettings, LinkageError, Missingness
from dyadlink.synthetic.route_parameters import RouteSettings
from dyadlink.synthetic.sourced import CensusYear, Day, Mix, Positive, Ratios, Share, Small, Sourced, Strict

DIAGNOSES = (
    "depression",
    "bipolar",
    "schizophrenia_spectrum",
    "puerperal_psychosis",
    "anxiety_stress",
    "personality_disorder",
    "substance",
    "other",
)
"""Primary diagnosis groups; the first is the reference level."""
LINEAR_TERMS = ("deprivation",)
PLAIN_TERMS = ("deprivation", "has_childhood_trauma", "has_domestic_abuse", "has_prior_admission", "is_single")


Correlation = Sourced[Annotated[float, Field(ge=-0.95, le=0.95)]]


class Preset(Strict):
    """How large the world is."""

    n_dyads: Sourced[Annotated[int, Field(ge=20, le=200_000)]]
    n_children: Sourced[Annotated[int, Field(ge=500, le=20_000_000)]]
    authorities: Sourced[Literal["sample", "all"]] = Sourced(value="sample", source="PROPOSED")

    @model_validator(mode="after")
    def _more_children_than_dyads(self) -> Preset:
        if self.n_children.value < 3 * self.n_dyads.value:
            raise ValueError("n_children must be at least three times n_dyads")
        return self


class Period(Strict):
    """The calendar of births, submissions and returns."""

    birth_start: Day
    birth_end: Day
    last_discharge: Day
    mhsds_start: Day
    mhsds_end: Day
    first_census: CensusYear
    last_census: CensusYear


class Mothers(Strict):
    """Mothers with a dyad."""

    age_mean: Positive
    age_sd: Positive
    ethnicity: Mix
    ethnicity_not_stated: Share
    quintile: Mix
    single: Share
    marital_not_known: Share
    parity: Mix
    prior_admission: Share
    domestic_abuse: Share
    childhood_trauma: Share
    domestic_abuse_per_quintile: Share
    childhood_trauma_per_quintile: Share
    diagnosis: Mix
    comorbid_personality_disorder: Share
    comorbid_substance: Share
    second_index_birth: Small
    death_in_year: Small


class Infants(Strict):
    """Infants of a dyad."""

    twins: Small
    death_in_year: Small
    gestation_mean_days: Positive
    gestation_sd_days: Positive


YearDay = Annotated[float, Field(gt=4, lt=366)]


class Admissions(Strict):
    """Acute spells of the mothers and of other women."""

    service_type: Mix
    age_at_t1_mean_days: Positive
    stay_median_days: Sourced[dict[str, Annotated[float, Field(ge=5, le=120)]]]
    stay_sigma: Positive
    transfer: Share
    intensive_care: Share
    detention: Share
    readmission: Share
    readmission_quartile_days: Sourced[tuple[YearDay, YearDay, YearDay]]
    other_women_per_dyad: Share
    other_women: Mix
    corrected_discharge: Share


class Effects(Strict):
    """Planted effects of one outcome: marginal risk and ratio per term."""

    risk: Share
    ratios: Ratios

    @model_validator(mode="after")
    def _all_terms(self) -> Effects:
        expected = {*PLAIN_TERMS, *DIAGNOSES[1:]}
        if set(self.ratios.value) != expected:
            raise ValueError(f"the ratios must be given for exactly {sorted(expected)}")
        return self


class AllEffects(Strict):
    """Planted effects: o1 logistic, o3 and o4 proportional hazards."""

    o1: Effects
    o3: Effects
    o4: Effects


class SocialCare(Strict):
    """Children's social care of dyad infants and of all other children."""

    lost_by_t2: Share
    on_plan_at_t2: Share
    loss_correlation: Correlation
    plan_correlation: Correlation
    returned_home: Share
    guardianship: Share
    arrangements_order: Share
    adopted: Share
    plan_duration: Mix
    category: Mix
    background_born_in_period: Share
    background_unborn: Share
    background_ages: Mix
    background_earlier_plan: Share
    background_second_episode: Share
    background_no_action: Share
    background_plan: Share
    background_care: Share
    background_short_break: Share
    siblings_per_dyad: Share
    changed_between_returns: Share


class Identifiers(Strict):
    """Rates of error between the health side and the authority side."""

    nhs_number_held: Share
    nhs_number_wrong_digit: Share
    nhs_placeholder_name: Share
    fathers_surname: Share
    given_name_error: Share
    family_name_error: Share
    birth_date_error: Share
    moved_postcode: Share
    sex_missing: Share
    letter_case_noise: Share
    nhs_number_all_equal: Share
    nhs_number_sentinel: Share


class Parameters(Strict):
    """Everything the generator can be told."""

    presets: dict[str, Preset]
    period: Period
    mothers: Mothers
    infants: Infants
    admissions: Admissions
    effects: AllEffects
    social_care: SocialCare
    course: Course
    psychiatric: Psychiatric
    identifiers: Identifiers
    routes: RouteSettings
    linkage_error: LinkageError
    missingness: Missingness
    flaws: FlawSettings

    def preset(self, name: str) -> Preset:
        """Return the preset of this name.

        Raises:
            ConfigError: If there is no such preset.
        """
        if name not in self.presets:
            raise ConfigError(
                f"there is no preset '{name}'",
                where="synthetic data",
                mend=f"choose one of {', '.join(sorted(self.presets))}",
            )
        return self.presets[name]


def load_parameters(path: Path) -> Parameters:
    """Return the parameters in a YAML file.

    Raises:
        ConfigError: If the file cannot be read, has a key too many or too few, or a value out of range.
    """
    try:
        return Parameters.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the parameters cannot be read", where=path.name, mend="check the path") from error
    except yaml.YAMLError as error:
        raise ConfigError("the parameters are not valid YAML", where=path.name) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{first['msg']} ({error.error_count()} problem(s) in all)",
            where=f"{path.name}, key {key or '(top)'}",
            mend="correct the value",
        ) from error
