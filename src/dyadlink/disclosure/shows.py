"""What each released table shows, who can be counted in it, and by which method, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dyadlink.disclosure.people import ALL, IMPLIED, KNOWN, TOTAL, Condition, Study

STATUSES: Final[Mapping[str, str]] = {
    "shown": "given as estimated",
    "rounded": "given, rounded",
    "zero": "a count of zero that the profile lets out",
    "not_estimable": "the model gave no estimate; the note says why",
    "suppressed_primary": "hidden for its own sake: too few people or events",
    "suppressed_secondary": "large enough itself, hidden to protect another count",
    "suppressed": "hidden; which reason it was would narrow a count",
}
"""What each value of the column `status` means."""

_PERIODS: Final[Mapping[str, str]] = {
    "service_use_pregnancy_to_birth": "in pregnancy",
    "service_use_birth_to_t1": "from birth to T1",
    "service_use_t1_to_t2": "from T1 to T2",
    "service_use_t2_to_t3": "from T2 to T3",
}
"""Tables whose variables mean something else in each period."""

SHOWS: Final[Mapping[str, str]] = {
    "alternatives": "outcomes under other definitions of the study, one definition changed at a time",
    "cohort_flow": "who is in the study: each box less the exclusions below it gives the next box",
    "cumulative_incidence": "Aalen-Johansen cumulative incidence after discharge, at a few reported days; as outcome "
    "follow_up the share lost to follow-up (reverse Kaplan-Meier)",
    "follow_up_by_authority": "dyads followed to T3 or a death, and not, by authority; small ones put together",
    "follow_up_ends": "why the dyads' follow-up ended",
    "missing_patterns": "dyads by the covariates that they lack, with and without each outcome",
    "custody_and_plan": "dyads with custody lost by T2, lost after it, with a plan alone, and with neither",
    "data_completeness": "rows read with and without a value, by column of the sources and return year",
    "data_ranges": "5th, 50th and 95th percentile of the sources' dates and numbers, dates as months",
    "data_quality": "records that break each named rule of the sources, in all and by return year",
    "leave_one_out": "least and greatest estimate of the primary models when one authority, or some small ones, are "
    "left out",
    "prediction": "discrimination and calibration of penalised models among dyads that they had not seen",
    "performance": "discrimination and calibration of the primary models, apparent and corrected for optimism",
    "estimates": "odds, hazard and subdistribution hazard ratios of every model, with 95% intervals",
    "e_values": "the least risk ratios that an unmeasured confounder would need to explain each primary estimate away",
    "link_checks": "links that a true link's records could not show, or hardly, and links to records of others",
    "linkage": "infants by the step that linked them to a child known to an authority",
    "linkage_accuracy": "pairs linked rightly, missed and linked wrongly, against the truth of synthetic records",
    "linkage_accuracy_rates": "recall, precision and F1 in percent, worked out from the counts shown",
    "linkage_model": "parameters of the linkage model: m, u and weight of every level of agreement",
    "linked_infants": "infants with and without a link, by their characteristics",
    "marginal_risks": "risks that logistic models give if everybody were at one level, their differences and ratios",
    "match_weights": "scored pairs by match weight, linked and not",
    "review_estimates": "precision, recall and F1 of the links, estimated from reviewed pairs, with 95% intervals",
    "standardised_differences": "each level's share with and without an outcome, or a link, and how far apart they are",
    "person_time": "dyads at risk of each outcome, their person-years, events and rates with exact 95% intervals",
    "proportional_hazards": "tests that hazard ratios of the Cox models stay the same over time, by term and global",
    "service_needs": "dyads by what came after discharge, and referred and never seen, with and without involvement",
    "service_rates": "mental health care used in each period: events, person-years and rates with exact 95% intervals",
    **{table: f"dyads whose mother used each kind of mental health care, {words}" for table, words in _PERIODS.items()},
    "standardising": "records that each rule of standardising identifiers met",
    "threshold_grid": "links at each threshold of the match probability, and how many are expected to be right",
    "movement_shares": "dyads that moved to a lower, the same or a higher level, with 95% intervals",
    "movement_tests": "tests that levels are distributed alike at two timepoints, clustered on the mother",
    "transitions": "dyads by their level at one timepoint and at another, of those observed at both",
    "medians": "medians and quartiles, in whole units",
    "group_tests": "Gray's tests that the cumulative incidence is the same with and without involvement (O1)",
    "time_lost": "mean days of the year after discharge lost to each event (restricted mean time lost), with intervals",
    "state_occupation": "probability of each state of custody by day since discharge, at a few reported days",
    "planted_effects": "effects put into the synthetic records beside those estimated from them",
}
DEFAULT_SHOWS = "counts by level and group, with percentages of the group's total"

_COUNTING = "counting; percentages are of the shown total of the same group"
_FROM_SHOWN = "worked out from the released tables alone"
_METHODS: Final[Mapping[str, str]] = {
    "alternatives": "counting, the cohort built again for each definition",
    "cumulative_incidence": "Aalen-Johansen, jackknife errors summed over mothers, intervals on the log(-log) scale",
    "data_ranges": "percentiles of the values read",
    "e_values": "E-value of VanderWeele and Ding (2017), " + _FROM_SHOWN,
    "estimates": "the model that each row names (family, method), standard errors clustered as its column cluster says",
    "group_tests": "Gray's test (1988)",
    "leave_one_out": "each primary model fitted again without one authority, or group of small ones, at a time",
    "linkage_accuracy_rates": _FROM_SHOWN,
    "linkage_model": "Fellegi-Sunter model, fitted by expectation maximisation",
    "marginal_risks": "standardisation over the dyads of the model (g-computation), intervals by the delta method",
    "medians": "median and quartiles of the values, rounded to whole units",
    "movement_shares": "shares with intervals of Wilson (1927), " + _FROM_SHOWN,
    "movement_tests": "Stuart-Maxwell and McNemar tests on sums of mothers, as the column method says",
    "performance": "discrimination and calibration, corrected for optimism by a bootstrap of mothers",
    "person_time": "events over person-years made of rounded dyads and whole mean days, exact Poisson intervals",
    "planted_effects": "estimates beside the effects put into the synthetic records",
    "prediction": "nested cross-validation over mothers",
    "proportional_hazards": "score tests (Grambsch and Therneau 1994, as cox.zph of R)",
    "review_estimates": "weighted as the pairs were drawn, intervals of Wilson with the effective sample",
    "service_rates": "events over person-years made of rounded dyads and whole mean days, exact Poisson intervals",
    "standardised_differences": "Austin (2009) and Yang and Dalton (2012), " + _FROM_SHOWN,
    "state_occupation": "Aalen-Johansen probabilities of the states",
    "threshold_grid": "links counted at each threshold; expected precision from match probabilities",
    "time_lost": "area under the cumulative incidence (restricted mean time lost)",
}

_IN_WORDS: Final[Mapping[Condition, str]] = {
    ("o1", KNOWN): "O1 known",
    ("o2", KNOWN): "observed at T3",
    ("o3", KNOWN): "at risk of a plan after T2",
    ("o4", KNOWN): "in the mother's custody at T2",
}
_OF_OTHER_TABLES: Final[Mapping[str, str]] = {
    "alternatives": "dyads, as each definition finds them",
    "cohort_flow": "what each box counts (column unit)",
    "cumulative_incidence": "dyads at risk of the outcome",
    "data_completeness": "rows of the sources",
    "data_quality": "rows of the sources",
    "data_ranges": "rows of the sources",
    "group_tests": "dyads at risk of the outcome",
    "link_checks": "links of infants to children",
    "linkage_accuracy": "pairs of an infant and a child",
    "linkage_accuracy_rates": "pairs of an infant and a child",
    "linkage_model": "pairs of an infant and a child",
    "match_weights": "scored pairs of an infant and a child",
    "medians": "those of the table that the row names with a value",
    "missing_patterns": "dyads, those with each outcome known",
    "model_dyads": "dyads of each model's population",
    "movement_shares": "dyads observed at both timepoints",
    "movement_tests": "dyads observed at both timepoints",
    "person_time": "dyads at risk of the outcome",
    "review_estimates": "pairs that somebody reviewed",
    "service_rates": "dyads in sight in the period",
    "standardised_differences": "those of the table that the row names",
    "standardising": "records with identifiers",
    "state_occupation": "dyads from T2 on",
    "threshold_grid": "scored pairs of an infant and a child",
    "time_lost": "dyads at risk of the outcome",
    "transitions": "dyads observed at both timepoints",
    **{table: f"dyads, {words}" for table, words in _PERIODS.items()},
}
_OF_MODELS = "dyads of the population that each model names"


def method_of(table: str) -> str:
    """How the numbers of a released table were made."""
    return _METHODS.get(table, _COUNTING)


def population_of(table: str, columns: list[str]) -> str:
    """Who can be counted in a released table, in a few words.

    Args:
        table: Its name.
        columns: Its columns: a table of models counts the dyads of each.
    """
    if table in _OF_OTHER_TABLES:
        return _OF_OTHER_TABLES[table]
    if "model" in columns:
        return _OF_MODELS
    people = Study().cell(table, TOTAL, TOTAL, ALL)
    # What follows from another condition goes without saying: at risk of a plan is in the mother's custody.
    implied = {one for condition in people.conditions for one in IMPLIED.get(condition, ())}
    told = [_IN_WORDS.get(condition, " ".join(condition)) for condition in sorted(people.conditions - implied)]
    return ", ".join([people.unit, *told])
