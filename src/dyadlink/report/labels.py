"""Words for the names used in tables. What has no entry here is shown with its underscores taken out."""

from __future__ import annotations

import re

HIDDEN = "fewer than {threshold}, or hidden to protect another count"

OUTCOMES = {
    "o1": "children's social care involvement during the acute episode (O1)",
    "o2": "children's social care involvement one year after discharge (O2)",
    "o3": "a first child protection plan within one year of discharge (O3)",
    "o4": "custody loss within one year of discharge (O4)",
    "negative_control": "the infant being a girl (negative control)",
}

PLANS = {
    "as_linked": "Links taken for certain",
    "sampled_links": "Links drawn from match probabilities",
    "prior_informed_imputation": "Links drawn, outcomes imputed",
    "bias_analysis": "Bias analysis",
    "simple_bias_analysis": "Crude, corrected by arithmetic",
}

MISSING_PLANS = {
    "complete_case": "Complete cases",
    "imputed": "Imputed",
    "delta_adjusted": "Imputed, missing values taken to differ",
}

WEIGHTINGS = {
    "none": "Known outcomes alone",
    "inverse_probability_of_censoring": "Weighted for those lost to follow-up",
}

ADJUSTMENTS = {"unadjusted": "Unadjusted", "minimal": "Minimally adjusted", "full": "Fully adjusted"}

CORRECTIONS = {"holm": "Holm", "benjamini_hochberg": "Benjamini-Hochberg"}

FAMILIES = {
    "logistic": ("odds ratio", "logistic model"),
    "firth": ("odds ratio", "Firth logistic model"),
    "cox": ("hazard ratio", "Cox model"),
    "fine_gray": ("subdistribution hazard ratio", "Fine-Gray model"),
    "gee": ("odds ratio", "GEE logistic model"),
}

METHODS = {
    "maximum_likelihood": "Maximum likelihood; standard errors, intervals and tests clustered on {cluster}.",
    "firth": "Firth's penalised likelihood; profile-likelihood intervals and penalised likelihood ratio tests, not "
    "clustered on {cluster}.",
    "partial_likelihood": "Partial likelihood with Efron's ties, competing events censored; standard errors, intervals "
    "and tests clustered on {cluster}.",
    "finegray_weights": "Partial likelihood with Efron's ties, who had a competing event still at risk and weighted; "
    "standard errors, intervals and tests clustered on {cluster}, of the finegray type (weights taken for known).",
    "crr_weights": "Partial likelihood with Breslow's ties, who had a competing event still at risk and weighted; "
    "standard errors, intervals and tests clustered on {cluster}, of the crr type (the weights' own uncertainty "
    "counted).",
    "estimating_equations": "Generalised estimating equations, exchangeable working correlation: odds ratios of the "
    "population; standard errors, intervals and tests clustered on {cluster}, without a correction for few clusters.",
}

CLUSTERS = {"mother_number": "the mother", "la_code": "the authority"}

TABLES = {
    "standardised_differences": "Standardised differences",
    "linkage": "Infants by the step that linked them to a child known to an authority",
    "linkage_accuracy_rates": "Recall, precision and F1 by the infants' characteristics (synthetic data)",
    "linked_infants": "Infants with a link, by their characteristics",
    "link_checks": "Links against facts that the linkage does not use: n (% of those looked at)",
    "match_weights": "Scored pairs by match weight",
    "threshold_grid": "Links at each threshold of the match probability",
    "review_estimates": "Quality of the links, estimated from reviewed pairs",
    "linkage_model": "Comparisons of the linkage model",
    "outcomes": "Outcomes",
    "missing_patterns": "Covariates that are missing together",
    "proportional_hazards": "Tests of proportional hazards",
    "marginal_risks": "Standardised risks",
    "e_values": "E-values",
    "person_time": "Person-time at risk, and rates",
    "group_tests": "Tests between groups",
    "time_lost": "Days lost",
    "state_occupation": "States of custody by day",
    "follow_up_ends": "Why follow-up ended",
    "follow_up_by_authority": "Follow-up that was cut short, by authority",
    "alternatives": "Outcomes under other definitions",
    "transitions": "Dyads by their level at one timepoint and at another",
    "movement_shares": "Dyads that moved to a lower, the same or a higher level",
    "movement_tests": "Tests that the levels are distributed alike at two times",
    "custody_and_plan": "Custody lost by discharge, after it, a plan alone, and neither",
    "csc_levels": "Level of children's social care involvement at birth, T1, T2 and T3",
    "characteristics_by_o1": "Characteristics by involvement during the acute episode (O1)",
    "characteristics_by_o2": "Characteristics by involvement one year after discharge (O2)",
    "characteristics_by_custody_loss": "Characteristics by custody loss within one year of discharge (O4)",
    "characteristics_by_plan": "Characteristics by a first child protection plan within one year (O3)",
    "model_dyads": "Dyads of each model's population, analysed and left out",
    **{
        f"service_use_{period}": f"Use of mental health care, {words}"
        for period, words in (
            ("pregnancy_to_birth", "in pregnancy"),
            ("birth_to_t1", "birth to T1"),
            ("t1_to_t2", "T1 to T2"),
            ("t2_to_t3", "T2 to T3"),
        )
    },
    "service_needs": "After discharge, and referred and never seen",
    "service_rates": "Use of mental health care by period",
    "medians": "Medians and quartiles",
    "data_completeness": "Rows without a value, by return year",
    "data_ranges": "Where the values lie (one in twenty below the first, and above the last)",
    "data_quality": "Rows read, and records that break a rule",
    "cohort_flow": "Cohort flow",
    "cumulative_incidence": "Cumulative incidence",
    "estimates": "Model estimates",
    "planted_effects": "Planted and estimated effects",
}

PERIODS = {
    "pregnancy_to_birth": "in pregnancy",
    "birth_to_t1": "birth to T1",
    "t1_to_t2": "T1 to T2",
    "t2_to_t3": "T2 to T3",
}

INVOLVED = {"all": "All", "yes": "Involved (O1)", "no": "Not involved", "missing": "Involvement not known"}

POPULATIONS = {
    "all": "all dyads",
    "observed_at_t3": "dyads observed one year after discharge",
    "at_risk_of_plan": "infants on no plan and in the mother's custody at discharge",
    "in_custody_at_t2": "infants in the mother's custody at discharge",
}

VARIABLES = {
    "total": "All dyads",
    "country": "Country",
    "maternal_age_band": "Mother's age at the birth (years)",
    "maternal_age_years": "Mother's age at the birth (years)",
    "ethnicity": "Mother's ethnic group",
    "deprivation_quintile": "Deprivation quintile of the mother's area",
    "deprivation": "Deprivation (per quintile more deprived)",
    "is_single": "Single (not married or in a civil partnership)",
    "parity": "Previous live births",
    "diagnosis_group": "Primary diagnosis",
    "has_comorbid_personality_disorder": "Personality disorder as a further diagnosis",
    "has_comorbid_substance_use": "Substance use as a further diagnosis",
    "has_domestic_abuse": "Domestic abuse recorded",
    "has_childhood_trauma": "Trauma or care in the mother's own childhood recorded",
    "has_prior_admission": "Earlier acute psychiatric admission",
    "is_detained": "Detained under the Mental Health Act at admission",
    "service_type": "Acute service",
    "infant_sex": "Infant's sex",
    "is_preterm": "Born preterm",
    "is_multiple_birth": "Twin or higher-order birth",
    "infant_age_days": "Infant's age at admission (days)",
    "episode_days": "Length of the acute episode (days)",
    "end_reason": "Follow-up ended with",
    "la_code": "Authority",
    "o1": "Any involvement during the acute episode (O1)",
    "csc_level_episode": "Highest level of involvement during the acute episode",
    "o2": "Involvement open one year after discharge (O2)",
    "o2_any": "Any involvement in the year after discharge",
    "o3": "First child protection plan within one year (O3)",
    "o4": "Custody loss within one year (O4)",
    "o3_at_t3": "On a child protection plan one year after discharge (prevalent)",
    "o4_at_t3": "Apart from the mother one year after discharge, whenever it began (prevalent)",
    "o4_any": "Apart from the mother on any day of the year after discharge",
    "return_event": "Return of infants who were apart at discharge, or parted in the year",
    "is_custody_lost_by_t2": "Custody already lost at discharge",
    "is_on_plan_at_t2": "Already on a child protection plan at discharge",
    "csc_level_birth": "At birth",
    "csc_level_t1": "At admission (T1)",
    "csc_level_t2": "At discharge (T2)",
    "csc_level_t3": "One year later (T3)",
    "n_bed_days": "Days in hospital",
    "n_mbu_days": "Days in a mother and baby unit",
    "n_ward_days": "Days on an acute ward",
    "n_home_treatment_days": "Days of home treatment",
    "n_contacts": "Community contacts",
    "n_perinatal_referrals": "Referrals, perinatal team",
    "n_perinatal_contacts": "Contacts, perinatal team",
    "n_parent_infant_referrals": "Referrals, parent-infant team",
    "n_parent_infant_contacts": "Contacts, parent-infant team",
    "n_group_sessions_offered": "Parenting group sessions offered",
    "n_group_sessions_attended": "Parenting group sessions attended",
    "has_discharge_follow_up": "Seen in the days after discharge",
    "has_readmission": "Readmitted within one year",
    "readmission_days": "Days to readmission, of those readmitted",
    "readmission": "Readmitted to acute care",
    "perinatal_team": "Specialist perinatal community team",
    "parent_infant_team": "Parent-infant team or parenting service",
    "link_step": "Step that made the link",
    "birth_year": "Year of birth",
    "links": "Links",
    "other_pairs": "Other pairs",
    "is_impossible": "Impossible on any account",
    "is_involved_before_pregnancy": "Involvement recorded before the pregnancy",
    "is_involved_after_death": "Involvement begins after the infant's death (of infants who died)",
    "is_dead_in_one_record": "The authority records a death that the health records lack (of deaths it records)",
    "has_other_ethnicity": "Ethnic groups of the two records differ (implausible)",
    "is_linked_to_control": "Infants linked to a child who cannot be theirs (control)",
    "linked": "Linked",
    "is_linked": "Linked to a child known to the authority",
}

LEVELS = {
    "total": "All",
    "yes": "Yes",
    "no": "No",
    "missing": "Not recorded",
    "not_observed": "Follow-up incomplete",
    "not_at_risk": "Not at risk at discharge",
    "none": "None",
    "referral_or_assessment": "Referral or assessment",
    "child_in_need": "Child in need",
    "section_47": "Section 47 enquiry",
    "child_protection_plan": "Child protection plan",
    "looked_after_with_mother": "Looked after, with the mother",
    "looked_after_apart": "Looked after, apart from the mother",
    "permanently_elsewhere": "Permanently placed elsewhere",
    "t3": "T3, one year after discharge",
    "moved_away": "A move out of the covered area",
    "coverage_end": "The end of the authority's data",
    "lost_to_follow_up": "Lost to follow-up",
    "nothing_missing": "Nothing missing",
    "other_patterns": "Any other combination",
    "other_england": "Other authorities of England, together",
    "other_wales": "Other authorities of Wales, together",
    "with_mother": "In the mother's custody",
    "apart": "Apart",
    "elsewhere_or_dead": "Elsewhere, out of care otherwise, or dead",
    "returned": "Returned to a parent or home",
    "left_care_otherwise": "Left care some other way",
    "censored": "Still apart at the end of follow-up",
    "below_plan": "Referral, in need or section 47",
    "plan_or_with_mother": "Plan, or looked after with the mother",
    "apart_or_elsewhere": "Apart or permanently elsewhere",
    "lower": "Lower level",
    "same": "Same level",
    "higher": "Higher level",
    "still_apart": "Still apart or elsewhere",
    "no_longer_apart": "No longer apart",
    "custody_lost_by_t2": "Custody lost by discharge (T2)",
    "custody_lost_after_t2": "Custody lost in the year after",
    "plan_without_loss": "On a plan, custody not lost",
    "neither": "Neither",
    "plans_not_told": "Plans not told by the route",
    "schizophrenia_spectrum": "Schizophrenia spectrum",
    "anxiety_stress": "Anxiety or stress-related",
    "bipolar": "Bipolar or mania",
    "substance": "Substance use",
    "mbu": "Mother and baby unit",
    "ward": "Acute ward",
    "crht": "Crisis resolution and home treatment team",
    "custody_loss": "Custody loss",
    "not_recorded": "Not recorded",
    "missed": "Missed",
    "right": "Right",
    "wrong": "Wrong",
    "not_linked": "Not linked",
    "readmitted_or_died": "Readmitted or died before",
    "not_referred": "Not referred",
    "never_seen": "Referred and never seen",
    "seen": "Seen",
    "probabilistic": "Probabilistic",
    "ready_made": "Handed over by the environment",
    "nhs_number_birth_date": "NHS number and date of birth",
    "mother_nhs_number_birth_date_sex": "Mother's NHS number, date of birth and sex",
    "mother_birth_date_birth_date_sex": "Mother's date of birth, date of birth and sex",
    "names_birth_date_sex_postcode": "Names, date of birth, sex and postcode",
    "surname_birth_date_sex_postcode": "Surname, date of birth, sex and postcode",
    "names_birth_date_sex": "Names, date of birth and sex",
    "forename_birth_date_sex_postcode": "Forename, date of birth, sex and postcode",
    "names_birth_date_sex_district": "Names, date of birth, sex and postcode district",
    "analysed": "Analysed",
    "outcome_unknown": "Left out: follow-up incomplete",
    "covariate_missing": "Left out: a covariate not recorded",
}

TIMES = {"birth": "Birth", "t1": "Admission", "t2": "Discharge", "t3": "A year later"}
"""Timepoints in order."""

TESTED = {
    "levels": "All levels",
    "released_levels": "The levels of the tables above",
    "any_involvement": "Any involvement",
    "apart_or_elsewhere": "Apart or permanently elsewhere",
}

TEST_METHODS = {
    "stuart_maxwell": "Stuart-Maxwell, by mother",
    "mcnemar": "McNemar, by mother",
    "mcnemar_exact": "McNemar, exact, by mother",
}

_QUINTILES = {"1": "1 (most deprived)", "2": "2", "3": "3", "4": "4", "5": "5 (least deprived)"}

QUALITY = {
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "agreement": "Agreement of two reviewers (Cohen's kappa)",
    "expected_precision": "Expected precision",
    "expected_recall": "Expected recall",
}

CANNOT_TELL = {"left_out": "left out", "no_match": "counted as no match", "match": "counted as a match"}

GROUPS = {
    "all": "All",
    "yes": "Yes",
    "no": "No",
    "missing": "Not recorded",
    "whole": "Followed to T3 or a death",
    "cut_short": "Cut short",
    "involved": "Involved during the episode",
    "not_involved": "Not involved during the episode",
    "difference": "Difference, involved less not",
}

SEVERITIES = {
    "none": "",
    "quarantine": "Set aside",
    "mend": "Mended and kept",
    "warn": "Kept as it is",
}

SOURCES = {
    "patients": "Patients (MHSDS)",
    "team_referrals": "Referrals to teams (MHSDS)",
    "care_contacts": "Care contacts (MHSDS)",
    "mha_periods": "Mental Health Act periods (MHSDS)",
    "hospital_spells": "Hospital spells (MHSDS)",
    "ward_stays": "Ward stays (MHSDS)",
    "diagnoses": "Diagnoses (MHSDS)",
    "pregnancies": "Pregnancies (MSDS)",
    "babies": "Babies (MSDS)",
    "cin_children": "Children (CIN census)",
    "cin_episodes": "Cases (CIN census)",
    "assessments": "Assessments (CIN census)",
    "child_in_need_plans": "Child-in-need plans (CIN census)",
    "section_47_enquiries": "Section 47 enquiries (CIN census)",
    "child_protection_plans": "Child protection plans (CIN census)",
    "looked_after_children": "Looked-after children (SSDA903)",
    "looked_after_episodes": "Looked-after episodes (SSDA903)",
    "hes_admissions": "Hospital episodes (HES)",
}


_WRITTEN = {
    "cox": "Cox",
    "fine gray": "Fine-Gray",
    "gee": "GEE",
    "gss": "GSS",
    "icd10": "ICD-10",
    "lsoa": "LSOA",
    "nhs": "NHS",
    "o negative": "negative",
    "python": "Python",
}
_WRITTEN_ANYWHERE = re.compile(rf"\b({'|'.join(_WRITTEN)})\b")


def plain(name: str) -> str:
    """The name in words: underscores become spaces, the first letter a capital, abbreviations as they are written."""
    words = re.sub(r"\s+", " ", name.replace("_", " ")).strip()
    # What says only that a column is a count, or a yes or no.
    words = re.sub(r"^n (?=\w)", "number of ", re.sub(r"^is (?=\w)", "", words))
    words = _WRITTEN_ANYWHERE.sub(lambda found: _WRITTEN[found[0]], words)
    return words[:1].upper() + words[1:]


def variable_label(name: str) -> str:
    """Words for a variable or a model's term."""
    return VARIABLES.get(name) or plain(name)


def level_label(level: str, variable: str = "") -> str:
    """Words for a level of that variable."""
    if variable == "deprivation_quintile" and level in _QUINTILES:
        return _QUINTILES[level]
    if (variable, level) == ("return_event", "not_at_risk"):
        return "Never apart, or settled before"
    if "__" in level:
        return ", ".join(short_label(part) for part in level.split("__"))
    # A bin such as -5 to 0 has a true minus sign; a span such as 25-29 has none.
    return LEVELS.get(level) or re.sub(r"(?<!\w)-(?=\d)", "\u2212", plain(level))


def group_label(group: str) -> str:
    """Words for a column of a table or a curve."""
    return GROUPS.get(group) or level_label(group)


def table_label(table: str) -> str:
    """Words for a released table."""
    return TABLES.get(table) or plain(table)


def term_label(term: str, level: str, reference: str) -> str:
    """Words for a row of a model: what is compared with what."""
    if not level:
        return variable_label(term)
    if (level, reference) == ("yes", "no"):
        return variable_label(term)
    return f"{variable_label(term)}: {_inside(level, term)} (against {_inside(reference, term)})"


def _inside(level: str, variable: str) -> str:
    # Within a sentence a level is written small, but not a name such as England.
    label = level_label(level, variable)
    return label if label == level else label[:1].lower() + label[1:]


_NAMES = ("Cox", "England", "Fine-Gray", "Firth", "GEE", "NHS", "Wales")


def lower_first(text: str) -> str:
    """The words, to stand inside a sentence; names stay as they are."""
    return text if text.startswith(_NAMES) else text[:1].lower() + text[1:]


_SHORT = {
    "deprivation": "Deprivation, per quintile",
    "deprivation_quintile": "Deprivation quintile",
    "is_single": "Single",
    "maternal_age_band": "Mother's age",
    "has_comorbid_personality_disorder": "Comorbid personality disorder",
    "has_comorbid_substance_use": "Comorbid substance use",
    "has_childhood_trauma": "Childhood trauma or care",
    "is_detained": "Detained at admission",
    "has_prior_admission": "Earlier acute admission",
}


def short_label(variable: str) -> str:
    """Few words for a variable, to stand beside a drawing."""
    return _SHORT.get(variable) or variable_label(variable)


def forest_label(term: str, level: str) -> str:
    """Short words for a line of a forest plot."""
    return short_label(term) if level in {"", "yes"} else level_label(level, term)


def model_label(outcome: str, family: str, label: str = "") -> str:
    """Words for a model, to be used as a heading; the label says what sets it apart."""
    kind = FAMILIES.get(family, ("", f"{family} model"))[1]
    what = OUTCOMES.get(outcome, variable_label(outcome))
    return f"{kind[:1].upper()}{kind[1:]} of {what}{f', {label}' if label else ''}"


def method_label(method: str, cluster: str) -> str:
    """The sentence on how estimates were obtained, and within what dyads are clustered."""
    return METHODS.get(method, plain(method)).format(cluster=CLUSTERS.get(cluster, plain(cluster)))


def movement_label(before: str, after: str, among: str) -> str:
    """Words for a pair of timepoints, and for whose movement is told."""
    pair = f"{TIMES[before]} to {TIMES[after].lower()}"
    return {"observed": f"{pair}: all observed at both", "apart_at_t2": f"{pair}: of those apart at discharge"}.get(
        among, pair
    )


def plan_label(plan: str, threshold: float | None) -> str:
    """Words for a linkage plan, to be used as the head of a column."""
    return f"Match probability from {threshold:g}" if threshold is not None else PLANS.get(plan, plain(plan))
