"""Words of the report that are the same for every release, but for the numbers of its disclosure profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEAD = (
    "Mothers who used acute psychiatric care in the year after childbirth, and their infants' contact with children's "
    "social care: linked administrative records of England and Wales, described and modelled. The report is built from "
    "the released files alone. Every count in it is rounded to the nearest {base}; a dash stands for a count that is "
    "{hidden}, and never for zero."
)
SYNTHETIC = (
    "The people in this report do not exist. Nothing here says anything about real mothers or infants.",
    "Synthetic data.",
)
NO_DEFINITIONS = "The manifest gives no definitions."
LINKAGE = (
    "Infants usually have no identifier in common with social care records, so a link can be missed or false, and more "
    "often in some groups than in others. A missed link makes an involved family look uninvolved.",
)
LEVELS = (
    "The highest level of children's social care involvement open on the day. Early help is in no national return and "
    "is not counted.",
)
NO_LEVELS = "The release has no table of levels of involvement."
MOVEMENT = (
    "Dyads by their level of involvement at two timepoints. Levels are put together, because alone most would be too "
    "few to show; lower and higher are told of the single levels, in their order. A higher level is a more intensive "
    "intervention.",
)
CHARACTERISTICS = (
    "Known at admission (T1). Columns are the dyads with and without the outcome; percentages are of the column's "
    "total and are worked out from the rounded counts shown.",
)
SERVICE_USE = (
    "Mental health care that the mothers used, from pregnancy to one year after discharge, with and without children's "
    "social care involvement during the acute episode (O1). Rates are of the rounded events and of person-years made "
    "of the rounded dyads.",
)
NO_FOLLOW_UP = "The release has no table of follow-up."
NO_CURVES = "The release has no cumulative incidence curves."
SENSITIVITY = (
    "Every further analysis of an outcome, side by side with its main one. Each changes one thing and leaves the "
    "others as they are.",
)
ROBUSTNESS = (
    "Whether one authority makes an estimate, what the same terms say of an outcome that they cannot cause, and how "
    "much the models explain.",
)
PLANTED = ("The synthetic records were made with known effects. A method that works gives them back.",)
QUALITY = (
    "Every record was held against the rules of the national returns and of this study, each by its name. A record "
    "that cannot be used is set aside; one that contradicts a rule in a way that the definitions can live with is kept "
    "and counted. A record may break several rules.",
)
NO_QUALITY = "The release has no table of data quality."
DISCLOSURE_LEAD = "These rules (profile {name}) were applied before anything was written to the release:"


def disclosure_rules(profile: Mapping[str, Any]) -> tuple[str, ...]:
    """What the profile hides, rounds and leaves out."""
    zero = "" if profile["are_zeros_shown"] else ", zero included"
    threshold, base = profile["threshold"], profile["rounding_base"]
    return (
        f"A count below {threshold} is hidden{zero}. Further counts are hidden until, in each table, no hidden count "
        f"could be narrowed to fewer than {threshold} possible values, even by a reader who knows these rules.",
        f"Counts are rounded to the nearest {base}, so columns need not add up. Percentages are worked out from "
        "rounded counts.",
        f"A median needs at least {profile['minimum_median_n']} people and is given in whole units.",
        f"A curve is given on days between which lie at least {profile['minimum_step_events']} events of each cause "
        f"drawn and as many censorings, and ends where fewer than {threshold} are at risk. A cause with fewer than "
        f"{profile['minimum_curve_events']} events is given at the end only. States of custody are given on the days "
        f"of the curve of custody loss. Probabilities of both come in steps of at least {base} dyads.",
        f"An estimate, a risk or an E-value is hidden where its level or its reference has fewer than {threshold} "
        f"people, events or non-events, or where the model has fewer than {profile['minimum_residual_df']} residual "
        "degrees of freedom.",
    )


def limits(*, is_synthetic: bool) -> tuple[str, ...]:
    """What the report cannot tell."""
    words = (
        "Records show contact with services, not need: a family without involvement may have needed it, and one with "
        "involvement may have been under closer watch.",
        "Links can be missed or false. The primary models take them for certain; the sensitivity analyses carry what "
        "is known of it, and no more.",
        "Dyads with a missing covariate or incomplete follow-up are left out of a model, which is only harmless if "
        "they are left out by chance.",
        "Intervals are at 95% each; among many terms some leave out 1 by chance alone. Where p-values are adjusted for "
        "the number of tests, the table says how; intervals never are.",
        "How often an outcome occurs depends on its definition and lookback. Compare with other studies only where "
        "these agree.",
        "A hidden value is not a small effect, nor is it none.",
    )
    return (*words, "On synthetic data every figure tests the method. None is a finding.") if is_synthetic else words
