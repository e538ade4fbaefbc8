"""Contracts of the stored tables: grain, types, ranges and a description for each column.

The data dictionary is generated from these classes, and a table is checked against its class when it is written.
"""

import dataframely as dy

from dyadlink.schemas import cohort, link_quality, linkage, quality, service_use, staging
from dyadlink.schemas.analysis import CSC_LEVELS, Analysis, AnalysisAlternatives, AnalysisVariants
from dyadlink.schemas.checking import check_table
from dyadlink.schemas.cohort import LinkCandidates, LinkVariants
from dyadlink.schemas.influence import Influence

CONTRACTS: dict[str, type[dy.Schema]] = {
    "authorities": staging.Authorities,
    "areas": staging.Areas,
    "patients": staging.Patients,
    "patient_months": staging.PatientMonths,
    "team_referrals": staging.TeamReferrals,
    "care_contacts": staging.CareContacts,
    "mha_periods": staging.MhaPeriods,
    "hospital_spells": staging.HospitalSpells,
    "ward_stays": staging.WardStays,
    "diagnoses": staging.Diagnoses,
    "births": staging.Births,
    "children": staging.Children,
    "cin_episodes": staging.CinEpisodes,
    "assessments": staging.Assessments,
    "child_in_need_plans": staging.ChildInNeedPlans,
    "section_47_enquiries": staging.Section47Enquiries,
    "child_protection_plans": staging.ChildProtectionPlans,
    "looked_after_episodes": staging.LookedAfterEpisodes,
    "hes_admissions": staging.HesAdmissions,
    "broken_records": quality.BrokenRecords,
    "links": linkage.Links,
    "scored_pairs": linkage.ScoredPairs,
    "standardising": linkage.Standardising,
    "admission_spells": cohort.AdmissionSpells,
    "study_infants": cohort.StudyInfants,
    "infant_characteristics": link_quality.InfantCharacteristics,
    "link_checks": link_quality.LinkChecks,
    "link_controls": link_quality.LinkControls,
    "index_episodes": cohort.IndexEpisodes,
    "dyads": cohort.Dyads,
    "dyad_children": cohort.DyadChildren,
    "periods_of_care": cohort.PeriodsOfCare,
    "custody_intervals": cohort.CustodyIntervals,
    "csc_intervals": cohort.CscIntervals,
    "csc_timeline": cohort.CscTimeline,
    "csc_levels_at_timepoints": cohort.CscLevelsAtTimepoints,
    "custody_losses": cohort.CustodyLosses,
    "follow_up": cohort.FollowUp,
    "reunifications": cohort.Reunifications,
    "acute_care": service_use.AcuteCare,
    "service_events": service_use.ServiceEvents,
    "service_periods": service_use.ServicePeriods,
    "service_use": service_use.ServiceUse,
    "service_needs": service_use.ServiceNeeds,
    "analysis": Analysis,
    "cohort_flow": cohort.CohortFlow,
    "link_candidates": LinkCandidates,
    "link_variants": LinkVariants,
    "analysis_variants": AnalysisVariants,
    "analysis_alternatives": AnalysisAlternatives,
    "influence": Influence,
}
"""The contract of each stored table, by the table's name. `outcomes` and `covariates` are parts of `analysis`."""

__all__ = [
    "CONTRACTS",
    "CSC_LEVELS",
    "Analysis",
    "AnalysisAlternatives",
    "AnalysisVariants",
    "LinkCandidates",
    "LinkVariants",
    "ScoredPairs",
    "check_table",
]
