"""What a reader of the release is told about the study: definitions, what its records cannot tell, and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dyadlink.config import Config, Study


def build_context(
    config: Config, untold_facts: pl.DataFrame, provenance: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The context of `release_files`: title, study, is_synthetic, profile, definitions, settings and provenance.

    Folders, files and addresses stay out: a path tells about the machine, not about the study.

    Args:
        config: The configuration of the study.
        untold_facts: `route`, `fact`, `what_the_study_gives` and `why` of everything that some route cannot tell.
        provenance: See `provenance_of`; None: the release does not say where it comes from.
    """
    return {
        "title": config.study.title,
        "study": config.study_id,
        "is_synthetic": config.sources.are_invented,
        "profile": config.disclosure.rules,
        "definitions": {**_definitions(config.study), **_not_told(config, untold_facts)},
        "settings": settings_told(config),
        "provenance": provenance or {},
    }


def settings_told(config: Config) -> dict[str, Any]:
    """The configuration without folders, files, addresses and what a step may take: it changes no number."""
    places: dict[str, Any] = {"directory": True, "inputs": {"__all__": {"location", "mapping"}}}
    files = {"model": True, "pseudonym_key_file": True}
    left_out: dict[str, Any] = {
        "sources": places,
        "linkage": files,
        "models": True,
        "disclosure": {"ledger": True},
        "resources": True,
    }
    return config.model_dump(mode="json", exclude=left_out)


ROUTE_WORDS: dict[str, str] = {
    "england_returns": "the returns of England",
    "england_research_extract": "the research extract of England",
    "england_local_ssd": "the own system of an English authority",
    "wales_sail": "SAIL (Wales)",
}
"""Routes by which records reach the study, in words."""


def _not_told(config: Config, untold_facts: pl.DataFrame) -> dict[str, str]:
    """What the routes of the study cannot tell, with what it gives instead: an absence must not be read as a no."""
    routes = {source.route for source in config.sources.read_from()}
    return {
        f"Not told by {ROUTE_WORDS[row['route']]}: {row['fact'].replace('_', ' ')}": (
            f"{row['what_the_study_gives']}. {row['why']}."
        )
        for row in untold_facts.iter_rows(named=True)
        if row["route"] in routes
    }


_CUSTODY_LOST = {
    "standard": "Lost is looked after and living apart, adoption, special guardianship, or a child arrangements order "
    "to another person; placement with own parents or with the mother is none.",
    "strict": "Lost is living apart under a care, placement or wardship order, adoption, special guardianship, or a "
    "child arrangements order to another person; accommodation by agreement is none.",
    "including_p1": "Lost is looked after and living apart or placed with own parents, adoption, special guardianship, "
    "or a child arrangements order to another person.",
    "wide": "Lost is any formal arrangement: looked after anywhere, adoption, special guardianship, a child "
    "arrangements order, or leaving care to a person without parental responsibility.",
}

_SERVICES = {"mbu": "mother and baby units", "ward": "acute wards", "crht": "crisis teams at home"}


def _services(study: Study) -> str:
    if len(set(study.service_types)) == len(_SERVICES):
        return ""
    return f" Studied are episodes of {' and '.join(_SERVICES[name] for name in study.service_types)} alone."


def _definitions(study: Study) -> dict[str, str]:
    window = f"{study.first_birth_date:%-d %B %Y} to {study.last_birth_date:%-d %B %Y}"
    year = study.follow_up_days
    return {
        "Dyad": "One mother and one liveborn infant. Twins are two dyads. Standard errors allow for mothers "
        "with more than one dyad.",
        "Study period": f"Births from {window}, both days included.",
        "Index acute episode": "The first acute psychiatric episode with admission from the day of birth to "
        f"less than {study.index_window_days} days after it. Spells in a mother and baby unit, on an acute "
        "ward or with a crisis resolution and home treatment team that touch or lie within "
        f"{study.spell_gap_days} days of each other are one episode.{_services(study)}",
        "T1, T2, T3": f"Index admission; index discharge; {year} days after index discharge.",
        "O1": "Any children's social care involvement open between T1 and T2.",
        "O2": "Children's social care involvement open at T3.",
        "O3": f"First child protection plan (Wales: registration) within {year} days after T2, among infants "
        "on no plan and in the mother's custody at T2.",
        "O4": f"Custody loss within {year} days after T2: the first day on which the infant lives apart from "
        "the mother under a formal arrangement, among infants in her custody at T2. "
        f"{_CUSTODY_LOST[study.custody_loss_definition]} Short breaks are never a loss.",
        "Return": "Of infants apart from the mother at T2 or parted in the year: the first day on which no such "
        "arrangement lasts, with the child placed with a parent or the mother, or returned home. A return home is to a "
        "parent, a relative or another person with parental responsibility, and does not prove a return to the mother.",
        "Days lost": f"Of the {year} days after T2, those from an event to the end, none without the event, averaged "
        "over all at risk, who leave sight allowed for (restricted mean time lost).",
        "States after discharge": "In the mother's custody and never apart since T2; apart; returned (see Return; a "
        "second parting is not followed); permanently elsewhere or out of care some other way; infant or mother dead. "
        "Infants lost by T2 start apart.",
        "Readmission": "The first acute spell that starts after T2. It comes after time zero, so a model takes it on "
        "its day, or as known on a landmark day, and never as known at discharge.",
        "Competing events": "Death of the infant or the mother; for O3 also custody loss. A case that is "
        "closed does not compete.",
        "Lookback": f"Pregnancy counts from {study.pregnancy_lookback_days:,} days before the birth; earlier "
        f"psychiatric admissions from {study.prior_admission_lookback_days:,} days before T1.",
        "Movement": "Levels are put together as none; referral to section 47; on a plan or looked after with the "
        "mother; apart or permanently elsewhere. Lower and higher are told of the single levels, in their order: a "
        "higher level is a more intensive intervention, not a worse family.",
        "Custody and plan": "Each dyad is in the first group that fits: custody lost by T2; lost in (T2, T3]; on a "
        "child protection plan on any day from T1 to T3; neither, as far as it was followed.",
        "Periods": "From the first day of pregnancy counted to the birth, T1, T2 and T3. The first day of a period is "
        "in it, its last is the first of the next; it ends early with a death or the end of what is observed.",
        "Days in care": "Nights on an acute ward or in a mother and baby unit; days of home treatment that are none of "
        "these. A day that two records claim counts once.",
        "Contact": "A care contact that the mother attended, with a community team. Parent-infant teams and parenting "
        "services are of one type, and their groups are theirs.",
        "Follow-up after discharge": "An attended contact with any team, or home treatment, on day 1 to "
        f"{study.discharge_follow_up_days} after T2; readmission to a bed and death before it are told apart.",
        "Preterm": f"Gestation below {study.preterm_days} days.",
    }
