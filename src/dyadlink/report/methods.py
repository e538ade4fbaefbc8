"""The methods in words, made from the settings of the run and from what the release holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from dyadlink.report import labels
from dyadlink.report.alternatives import label_alternative
from dyadlink.report.models import NEGATIVE_CONTROL, fully_adjusted, main_models
from dyadlink.report.reading import Release
from dyadlink.report.sensitivity import GROUPS, group_of
from dyadlink.report.sentences import listed
from dyadlink.report.tables import Part

_SERVICES = {"mbu": "mother and baby units", "ward": "acute wards", "crht": "crisis teams at home"}
_TERM_WORDS = "Each term was chosen beforehand; none was selected by its p-value."


def build_methods(release: Release) -> list[Part]:
    """The methods under their usual headings; what the settings do not say is left out."""
    settings = release.manifest.get("settings", {})
    made = (
        ("Design and setting", _design(settings.get("study", {}))),
        ("Records and their linkage", _linkage(settings.get("linkage", {}), settings.get("sources", {}))),
        ("Statistical analysis", _analysis(release)),
        ("Sensitivity analyses", _sensitivity(release)),
        ("Disclosure control", _disclosure(release)),
    )
    return [Part(title, words) for title, words in made if words]


def _day(value: object) -> str:
    day = date.fromisoformat(str(value))
    return f"{day.day} {day:%B %Y}"


def _design(study: Mapping[str, Any]) -> tuple[str, ...]:
    words = ["A cohort study of linked administrative records. The unit is the dyad of a mother and a liveborn infant."]
    if {"first_birth_date", "last_birth_date", "index_window_days"} <= study.keys():
        services = [_SERVICES.get(name, name) for name in study.get("service_types", _SERVICES)]
        words.append(
            f"Births from {_day(study['first_birth_date'])} to {_day(study['last_birth_date'])} whose mother was taken "
            f"into acute psychiatric care ({listed(services)}) within {study['index_window_days']} days. Spells that "
            f"touch or lie within {study.get('spell_gap_days')} days of each other are one episode. Mothers were at "
            f"least {study.get('minimum_maternal_age_years')} years old."
        )
    if "follow_up_days" in study:
        words.append(
            f"Dyads were followed for {study['follow_up_days']} days from the mother's discharge, or until a death, a "
            "move out of the area covered or the end of the authority's data."
        )
    if "pregnancy_lookback_days" in study:
        words.append(
            f"Pregnancy counts from {study['pregnancy_lookback_days']:,} days before the birth, earlier psychiatric "
            f"admissions from {study.get('prior_admission_lookback_days', 0):,} days before the index admission. "
            "Custody loss follows the definition named "
            f"{study.get('custody_loss_definition', 'standard').replace('_', ' ')}."
        )
    return (" ".join(words),)


def _linkage(linkage: Mapping[str, Any], sources: Mapping[str, Any]) -> tuple[str, ...]:
    words = []
    simulated = sources.get("simulate")
    if simulated:
        words.append(
            f"The records were simulated (preset {simulated.get('preset')}, seed {simulated.get('seed')}, flaws "
            f"{simulated.get('flaws')}) in the formats of the national collections."
        )
    ladder = linkage.get("ladder")
    if isinstance(ladder, list) and ladder:
        words.append(
            f"Infants were linked to children known to an authority by {len(ladder)} exact "
            f"{'step' if len(ladder) == 1 else 'steps'}, strictest first, each step for what the steps before it left."
        )
    elif linkage.get("probabilistic"):
        words.append("Infants were linked to children known to an authority.")
    if linkage.get("probabilistic") in {"rest", "all"}:
        whom = "the records that no step linked" if linkage["probabilistic"] == "rest" else "all records"
        columns = [_of_whom(str(each.get("column", ""))) for each in linkage.get("comparisons", [])]
        words.append(
            f"A model of Fellegi and Sunter, learnt without labels, scored {whom}"
            + (f" by {listed(columns)}" if columns else "")
            + f"; pairs with a match probability of {linkage.get('match_probability_threshold')} or more are links."
        )
    if words:
        words.append("An infant without a link is kept and counts as not involved.")
    return (" ".join(words),) if words else ()


def _analysis(release: Release) -> tuple[str, ...]:
    words = [
        "Characteristics are compared by standardised differences. Cumulative incidence is Aalen and Johansen's, with "
        "death and, for a child protection plan, custody loss as competing events."
    ]
    frame = fully_adjusted(release)
    mains = main_models(frame)
    for outcome, name in mains.items():
        first = frame.filter(model=name).row(0, named=True)
        family = labels.FAMILIES.get(first["family"], ("", first["family"]))[1]
        population = labels.POPULATIONS.get(first["population"], labels.plain(first["population"]))
        words.append(f"{outcome.upper()}: {family} of {population}.")
    if mains:
        terms = (
            frame.filter(pl.col("model") == next(iter(mains.values()))).get_column("term").unique(maintain_order=True)
        )
        names = [labels.lower_first(labels.short_label(term)).replace(", per ", " per ") for term in terms]
        words.append(f"Terms: {listed(names)}. {_TERM_WORDS}")
        words.append("Standard errors are clustered on the mother where the method allows it, which each model says.")
    return (" ".join(words),)


def _sensitivity(release: Release) -> tuple[str, ...]:
    frame = fully_adjusted(release)
    mains = set(main_models(frame).values())
    counts: dict[str, int] = {}
    for rows in frame.partition_by("model", maintain_order=True) if mains else []:
        if rows.item(0, "model") not in mains:
            counts[group_of(rows)] = counts.get(group_of(rows), 0) + 1
    groups = [f"{GROUPS[group][0].lower()} ({counts[group]})" for group in GROUPS if group in counts]
    words = [f"Beside the main models, {sum(counts.values())} further ones: {listed(groups)}."] if groups else []
    alternatives = release.manifest.get("settings", {}).get("alternatives", {})
    if alternatives:
        told = "; ".join(labels.lower_first(label_alternative(release, name)) for name in alternatives)
        words.append(f"Definitions that were changed one at a time: {told}.")
    estimates = release.find("estimates")
    if estimates.height and (estimates["outcome"] == NEGATIVE_CONTROL).any():
        words.append("The infant's sex, which no factor can cause, is the outcome of a negative control.")
    return (" ".join(words),) if words else ()


def _disclosure(release: Release) -> tuple[str, ...]:
    profile = release.manifest["profile"]
    return (
        f"Profile {profile.get('name', '')}: counts below {profile['threshold']} are hidden, others rounded to the "
        f"nearest {profile.get('rounding_base')}; see the section on disclosure control.",
    )


def _of_whom(column: str) -> str:
    """Words for a column that is compared: the infant's own, or the mother's."""
    own = labels.lower_first(labels.plain(column.removeprefix("mother_")))
    return f"mother's {own}" if column.startswith("mother_") else own
