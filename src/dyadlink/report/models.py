"""The part of the report on models: forest plot, table from unadjusted to fully adjusted, and absolute risks."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from dyadlink.report import figures, labels, sentences
from dyadlink.report.absolute import build_e_values, build_risks, describe_e_values
from dyadlink.report.columns import columns_of_terms, describe_columns, describe_tests_of_terms
from dyadlink.report.proportional_hazards import build_tests, describe_tests
from dyadlink.report.reading import Release
from dyadlink.report.survival import describe_readmission, with_readmission
from dyadlink.report.tables import Figure, Part, Table, number

NEGATIVE_CONTROL = "negative_control"
IS_WITHOUT_PLAN = (
    (pl.col("linkage_plan") == "as_linked")
    & (pl.col("missing_plan") == "complete_case")
    & (pl.col("weighting") == "none")
    & (pl.col("alternative") == "")
)
"""Models of certain links, complete cases, no weights and the study's own definitions."""

DRAWN = ("model", "outcome", "family", "term", "level", "reference", "ratio", "ratio_low", "ratio_high")
"""Columns of `estimates` that a forest plot draws."""


def fully_adjusted(release: Release) -> pl.DataFrame:
    """The released estimates of every fully adjusted model of an outcome of the study; maybe without rows."""
    frame = release.find("estimates")
    if frame.is_empty():
        return frame
    return frame.filter((pl.col("adjustment") == "full") & (pl.col("outcome") != NEGATIVE_CONTROL))


def main_models(frame: pl.DataFrame) -> dict[str, str]:
    """Outcome to its main model: the first primary one, else the first secondary, else the first without a plan.

    Args:
        frame: What `fully_adjusted` gives.
    """
    found: dict[str, str] = {}
    if frame.is_empty():
        return found
    for chosen in (pl.col("role") == "primary", (pl.col("role") == "secondary") & IS_WITHOUT_PLAN, IS_WITHOUT_PLAN):
        for outcome, model in frame.filter(chosen).select("outcome", "model").unique(maintain_order=True).iter_rows():
            found.setdefault(outcome, model)
    order = frame.get_column("outcome").unique(maintain_order=True)
    return {outcome: found[outcome] for outcome in order if outcome in found}


def build_models(release: Release) -> list[Part]:
    """One part per primary model, and per main model of an outcome without one; the secondary ones folded below.

    Sensitivity analyses stand in `build_sensitivity`, negative controls in `build_robustness`.
    """
    frame = fully_adjusted(release)
    mains = main_models(frame)
    parts = []
    for outcome, main in mains.items():
        of_outcome = frame.filter(outcome=outcome)
        is_open = (pl.col("role") == "primary") | (pl.col("model") == main)
        is_second = (pl.col("role") == "secondary") & IS_WITHOUT_PLAN & ~is_open
        opened = of_outcome.filter(is_open).partition_by("model", maintain_order=True)
        second = of_outcome.filter(is_second).partition_by("model", maintain_order=True)
        for rows in opened:
            # Risks are those of a logistic model, which may be the secondary one.
            lent = second if rows is opened[-1] else []
            parts.append(_model_part(release, rows, lent))
    return parts


def _model_part(release: Release, rows: pl.DataFrame, second: list[pl.DataFrame]) -> Part:
    name, title = rows.item(0, "model"), model_title(rows)
    risks = build_risks(release, name, title)
    folded = [part for part in (_further(release, rows, title),) if part]
    for other in second:
        risks = risks or build_risks(release, other.item(0, "model"), model_title(other))
        folded.append(_second_part(release, other))
    words = (
        *describe_fit(release, rows),
        *describe_columns(release, name),
        *describe_tests_of_terms(release, rows.row(0, named=True)),
    )
    return Part(title, words, _forest(rows), (_model_table(release, rows, title), *risks), folded=tuple(folded))


def _further(release: Release, rows: pl.DataFrame, title: str) -> Part | None:
    """Tests of proportional hazards and E-values of a model; None where it has neither."""
    name = rows.item(0, "model")
    tables = (*build_tests(release, name, title), *build_e_values(release, name, title))
    if not tables:
        return None
    words = (*describe_tests(release, name), *describe_e_values(release, name))
    kinds = [labels.table_label(table.name) for table in tables]
    return Part(" and ".join([kinds[0], *(labels.lower_first(k) if k != "E-values" else k for k in kinds[1:])]), words,
                (), tables)  # fmt: skip


def _second_part(release: Release, rows: pl.DataFrame) -> Part:
    title, name = model_title(rows), rows.item(0, "model")
    words = (
        *describe_fit(release, rows),
        *describe_columns(release, name),
        *describe_tests_of_terms(release, rows.row(0, named=True)),
        *describe_tests(release, name),
    )
    tables = (_model_table(release, rows, title), *build_tests(release, name, title))
    return Part(title, words, _forest(rows), tables)


def model_title(rows: pl.DataFrame) -> str:
    """Words for one model, to be used as a heading."""
    first = rows.row(0, named=True)
    return labels.model_label(first["outcome"], first["family"], first["label"]) + with_readmission(first)


def describe_fit(release: Release, rows: pl.DataFrame) -> tuple[str, ...]:
    """Whose model it is, of what size, how it was fitted, and what there is to note."""
    first = rows.row(0, named=True)
    population = labels.POPULATIONS.get(first["population"], labels.plain(first["population"]))
    strata = " and ".join(labels.variable_label(name).lower() for name in first["strata"].split(" and ") if name)
    apart = f" Stratified by {strata}." if strata else ""
    lead = f"{first['role'].capitalize()} analysis of {population}.{apart} {_sizes(release, first)}"
    notes = rows.filter(pl.col("status") != "suppressed_primary").get_column("note").unique(maintain_order=True)
    return (
        *(lead, labels.method_label(first["method"], first["cluster"]), *describe_readmission(first)),
        *(f"Note: {_in_words(note)}." for note in notes if note),
    )


def _in_words(note: str) -> str:
    """The note with the names of variables in words."""
    return re.sub(r"\b[a-z0-9]+(_[a-z0-9]+)+\b", lambda name: labels.lower_first(labels.variable_label(name[0])), note)


def _sizes(release: Release, first: dict[str, Any]) -> str:
    if first["landmark_days"]:
        return f"Parameters: {first['parameters']}."
    if first["n"] is None and first["n_events"] is None:
        return f"Numbers of dyads are not shown ({sentences.hidden_words(release)}). Parameters: {first['parameters']}."
    hidden = f"not shown ({sentences.hidden_words(release)})"
    n, events = (number(first[c]) if first[c] is not None else hidden for c in ("n", "n_events"))
    sizes = f"Dyads: {n}; with the outcome: {events} (both rounded); parameters: {first['parameters']}."
    return f"{sizes}{sentences.describe_sample_size(first)}"


def _forest(rows: pl.DataFrame) -> tuple[Figure, ...]:
    shown = rows.filter((pl.col("status") == "shown") & pl.col("ratio_low").is_not_null())
    if shown.is_empty():
        return ()
    kind = kind_of(rows)
    drawn = figures.draw_forest(shown, f"forest-{rows.item(0, 'model')}", kind)
    label = f"Forest plot. {sentences.describe_model(rows)}"
    caption = f"{kind.capitalize()}s with 95% intervals, fully adjusted. Rows that are not shown are left out."
    return (Figure(drawn, label, caption, shown.select(DRAWN).write_csv()),)


def kind_of(rows: pl.DataFrame) -> str:
    """What the ratio of a model is: odds ratio, hazard ratio, subdistribution hazard ratio."""
    return labels.FAMILIES.get(rows.item(0, "family"), ("ratio", ""))[0]


def _model_table(release: Release, rows: pl.DataFrame, title: str) -> Table:
    kind = kind_of(rows)
    columns, body = columns_of_terms(release, rows, kind)
    hidden = (
        f"Not shown: fewer than {release.threshold} people, events or non-events at this level or at its "
        "reference, or a model that rests on too few; unadjusted also where rounded counts would move it far"
    )
    caption = f"{kind.capitalize()}s. {title}"
    return Table("estimates", caption, columns, body, release.downloads["estimates"], hidden)
