"""The report as sections in reading order, for the page, the Word file, LaTeX and PDF alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import polars as pl

from dyadlink.report import labels, sentences, standing_words
from dyadlink.report.absolute import describe_absolute
from dyadlink.report.alternatives import build_alternatives
from dyadlink.report.characteristics import CHARACTERISTICS, build_balance, build_characteristics, build_missing
from dyadlink.report.checklists import build_checklists
from dyadlink.report.curves import build_curves
from dyadlink.report.definitions import find_terms
from dyadlink.report.flow_figure import draw_flow
from dyadlink.report.follow_up import TABLES as FOLLOW_UP_TABLES
from dyadlink.report.follow_up import build_follow_up
from dyadlink.report.linkage import TABLES as LINKAGE_TABLES
from dyadlink.report.linkage import build_linkage, build_model_card
from dyadlink.report.methods import build_methods
from dyadlink.report.models import build_models
from dyadlink.report.movement import TABLES as MOVEMENT_TABLES
from dyadlink.report.movement import build_movement
from dyadlink.report.planted import build_planted
from dyadlink.report.provenance import build_provenance
from dyadlink.report.quality import build_quality
from dyadlink.report.reading import Release
from dyadlink.report.robustness import TABLES as ROBUSTNESS_TABLES
from dyadlink.report.robustness import build_prediction, build_robustness
from dyadlink.report.sensitivity import build_sensitivity, describe_groups
from dyadlink.report.service_use import TABLES as SERVICE_TABLES
from dyadlink.report.service_use import build_service_use
from dyadlink.report.summary import build_summary
from dyadlink.report.survival import build_states
from dyadlink.report.tables import Figure, Part, Table, counts_table, levels_over_time, number, plain_table

_PLACED = {
    *CHARACTERISTICS,
    *FOLLOW_UP_TABLES,
    *LINKAGE_TABLES,
    *MOVEMENT_TABLES,
    *SERVICE_TABLES,
    *ROBUSTNESS_TABLES,
    *("outcomes", "alternatives", "csc_levels", "model_dyads", "medians", "cohort_flow", "missing_patterns"),
    *("data_completeness", "data_quality", "data_ranges", "standardised_differences"),
    *("cumulative_incidence", "estimates", "planted_effects", "proportional_hazards"),
    *("group_tests", "time_lost", "state_occupation", "marginal_risks", "e_values"),
}


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Args:
        id: Its place in the page.
        title: Its heading.
        words: What stands below the heading.
        parts: What it holds.
        empty: What it says where it holds nothing.
    """

    id: str
    title: str
    words: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class Document:
    """The whole report: what heads it, and its sections with their tables and figures numbered through."""

    title: str
    lead: str
    is_synthetic: bool
    hidden: str
    definitions: Mapping[str, str]
    settings: Mapping[str, Any]
    sections: tuple[Section, ...]

    def parts(self) -> Iterator[Part]:
        """Every part, those that open on demand after the one that holds them."""
        for section in self.sections:
            for part in section.parts:
                yield part
                yield from part.folded

    def tables(self) -> list[Table]:
        """Every table in the order of its number."""
        return [table for part in self.parts() for table in part.tables]

    def figures(self) -> list[Figure]:
        """Every figure in the order of its number."""
        return [figure for part in self.parts() for figure in part.figures]


def build_document(release: Release) -> Document:
    """The report of a release."""
    sections = [section for section in _sections(release) if section.parts or section.words or section.empty]
    titles = {section.id: section.title for section in sections}
    sections.insert(-1, Section("checklists", "Reporting checklists", parts=tuple(build_checklists(titles))))
    definitions: Mapping[str, str] = release.manifest.get("definitions", {})
    return Document(
        str(release.manifest["title"]),
        standing_words.LEAD.format(
            base=release.manifest["profile"]["rounding_base"], hidden=sentences.hidden_words(release)
        ),
        release.is_synthetic,
        sentences.hidden_words(release),
        definitions,
        release.manifest.get("settings", {}),
        _numbered(sections, definitions),
    )


def _numbered(sections: list[Section], definitions: Mapping[str, str]) -> tuple[Section, ...]:
    tables, figures = count(1), count(1)

    def number_part(part: Part) -> Part:
        return replace(
            part,
            figures=tuple(replace(figure, number=next(figures)) for figure in part.figures),
            tables=tuple(
                replace(table, number=next(tables), terms=find_terms(table, definitions)) for table in part.tables
            ),
            folded=tuple(number_part(inner) for inner in part.folded),
        )

    return tuple(replace(section, parts=tuple(number_part(part) for part in section.parts)) for section in sections)


def _sections(release: Release) -> Iterator[Section]:
    words = standing_words
    definitions = tuple((term, str(text)) for term, text in release.manifest.get("definitions", {}).items())
    yield Section("summary", "Summary", (), tuple(build_summary(release)))
    yield Section("methods", "Methods", (), tuple(build_methods(release)))
    yield Section(
        "definitions", "Definitions", (), (Part("", terms=definitions),) if definitions else (), words.NO_DEFINITIONS
    )
    yield Section("flow", "Cohort flow", (), _flow(release), "The release has no cohort flow.")
    yield Section("quality", "Data sources and quality", words.QUALITY, tuple(build_quality(release)), words.NO_QUALITY)
    card = build_model_card(release)
    linkage = (*build_linkage(release), *((Part("", folded=(card,)),) if card else ()))
    yield Section("linkage", "Linkage quality", words.LINKAGE, linkage, "The release has no table of links.")
    yield Section("characteristics", "Characteristics", words.CHARACTERISTICS, _characteristics(release))
    missing = build_missing(release)
    yield Section("missing", "Missing data", (), (missing,) if missing else ())
    yield Section("outcomes", "Outcomes", (), _outcomes(release), "The release has no table of outcomes.")
    yield Section("levels", "Involvement over time", words.LEVELS, _levels(release), words.NO_LEVELS)
    yield Section("movement", "Movement between timepoints", words.MOVEMENT, tuple(build_movement(release)),
                  "The release has no table of movement.")  # fmt: skip
    yield Section("service-use", "Needs and service use", words.SERVICE_USE, tuple(build_service_use(release)),
                  "The release has no table of service use.")  # fmt: skip
    yield Section("follow-up", "Follow-up", (), tuple(build_follow_up(release)), words.NO_FOLLOW_UP)
    curves = (*build_curves(release), *build_states(release))
    yield Section("curves", "Cumulative incidence", (), curves, words.NO_CURVES)
    yield from _model_sections(release)
    others = tuple(t for name in sorted(release.tables) if name not in _PLACED for t in _counts(release, name))
    yield Section("others", "Other tables", (), (Part("", tables=others),) if others else ())
    yield Section("disclosure", "Disclosure control", (words.DISCLOSURE_LEAD.format(**release.manifest["profile"]),),
                  (Part("", bullets=words.disclosure_rules(release.manifest["profile"])),))  # fmt: skip
    yield Section("limits", "Limits", (), (Part("", bullets=words.limits(is_synthetic=release.is_synthetic)),))
    yield Section("provenance", "Provenance", (), tuple(build_provenance(release)))


def _model_sections(release: Release) -> Iterator[Section]:
    words = standing_words
    models = build_models(release)
    left_out = tuple(_counts(release, "model_dyads"))
    if left_out:
        models.append(Part("Who the models leave out", tables=left_out))
    lead = (sentences.NOT_CAUSES, *describe_absolute(release)) if models else ()
    yield Section("models", "Models", lead, tuple(models), "The release has no model estimates.")
    sensitivity = build_sensitivity(release)
    if sensitivity:
        sensitivity.insert(0, Part("What is changed", terms=describe_groups(release)))
        yield Section("sensitivity", "Sensitivity analyses", words.SENSITIVITY, tuple(sensitivity))
    robustness = build_robustness(release)
    if robustness:
        yield Section("robustness", "Robustness", words.ROBUSTNESS, tuple(robustness))
    prediction = build_prediction(release)
    if prediction:
        yield Section("prediction", "Prediction", (), (prediction,))
    if release.is_synthetic:
        planted = build_planted(release)
        yield Section("planted", "Planted against estimated effects", words.PLANTED, (planted,) if planted else (),
                      "The release has no planted effects.")  # fmt: skip


def _counts(release: Release, name: str) -> list[Table]:
    table = counts_table(release, name, f"{labels.table_label(name)}: n (% of the column)")
    return [table] if table else []


def _outcomes(release: Release) -> tuple[Part, ...]:
    # What the study asks of stands open, however long.
    tables = tuple(replace(table, is_open=True) for table in _counts(release, "outcomes"))
    alternatives = build_alternatives(release)
    return (*((Part("", tables=tables),) if tables else ()), *((alternatives,) if alternatives else ()))


def _levels(release: Release) -> tuple[Part, ...]:
    table = levels_over_time(release, "csc_levels", labels.table_label("csc_levels"))
    return (Part("", tables=(table,)),) if table else ()


def _characteristics(release: Release) -> tuple[Part, ...]:
    """The balance plot and the first table open, those by the later outcomes on demand."""
    balance = build_balance(release)
    first, *others = (build_characteristics(release, name) for name in CHARACTERISTICS)
    opened = tuple(replace(table, is_open=True) for table in first.tables)
    folded = tuple(replace(p, tables=tuple(replace(t, is_open=True) for t in p.tables)) for p in others)
    return (*((balance,) if balance else ()), replace(first, tables=opened, folded=folded))


def _flow(release: Release) -> tuple[Part, ...]:
    flow = release.find("cohort_flow")
    if flow.is_empty():
        return ()
    last = flow.sort("order").row(-1, named=True)
    n = number(last["n"]) if last["n"] is not None else "a number that is hidden"
    figure = Figure(
        draw_flow(flow, f"not shown ({sentences.hidden_words(release)})"),
        f"Flow diagram in {flow.height} steps, ending with {n}: {last['step']}. The table below gives each step.",
        "Each box less the exclusions beside it gives the next box; every number is rounded.",
        flow.write_csv(),
    )
    rows = flow.with_columns(kind=pl.col("kind").replace({"box": "Remaining", "exclusion": "Excluded"}))
    columns = {"step": "Step", "unit": "Counted", "kind": "Who", "n": "n"}
    return (Part("", (), (figure,), (plain_table(release, "cohort_flow", "Cohort flow", columns, rows),)),)
