"""Sentences made from released numbers: what was seen, in words that claim no more than the numbers do."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from dyadlink.report import labels
from dyadlink.report.reading import Release
from dyadlink.report.tables import ratio
from dyadlink.sample_size import dyads_needed

ODDS_ARE_NOT_RISKS = (
    "An odds ratio compares odds, not risks: where the outcome is common it lies further from 1 than the ratio "
    "of the risks does."
)
HAZARDS_ARE_CAUSE_SPECIFIC = (
    "A cause-specific hazard ratio compares rates among those who are still at risk and have had no competing "
    "event. It does not say by how much the proportion affected by one year differs."
)
SUBDISTRIBUTION_IS_NOT_CAUSE_SPECIFIC = (
    "A subdistribution hazard ratio keeps those with a competing event among those at risk: it says which way the "
    "cumulative incidence differs, and is not the rate among those still at risk. The two can point opposite ways."
)
SHARES_ARE_ROUNDED = (
    "A share at a glance is of all dyads, a cumulative incidence of those at risk; each is rounded for itself, so that "
    "the two need not agree."
)
NOT_CAUSES = (
    "These are associations in routine records, adjusted for the terms shown and for nothing else. They do not "
    "show that any factor causes involvement, and they are not predictions for a family."
)
_QUANTITIES = {
    "odds ratio": "odds",
    "hazard ratio": "cause-specific hazards",
    "subdistribution hazard ratio": "subdistribution hazards",
}
_COUNTED = {
    "o1": "had children's social care involvement open during the acute episode (O1)",
    "o2": "had children's social care involvement open one year after discharge (O2)",
    "o3": "had a first child protection plan within one year of discharge (O3)",
    "o4": "ended with custody loss within one year of discharge (O4)",
}


def hidden_words(release: Release) -> str:
    """The words that stand for a hidden number."""
    return labels.HIDDEN.format(threshold=release.threshold)


def describe_key_results(release: Release) -> list[str]:
    """How often each outcome is seen, and what the primary models found, in reading order."""
    return [*describe_frequencies(release), *describe_primary_models(release)]


def describe_frequencies(release: Release) -> list[str]:
    """How many dyads have each outcome, and the cumulative incidence of those that come with time."""
    return [*_describe_counts(release), *_describe_curves(release)]


def _describe_counts(release: Release) -> list[str]:
    frame = release.find("outcomes")
    if frame.is_empty():
        return []
    cells = {
        (row["variable"], row["level"]): row for row in frame.filter(pl.col("group") == "all").iter_rows(named=True)
    }
    return [_describe_count(cells, outcome, release) for outcome in _COUNTED if (outcome, "yes") in cells]


def _describe_count(cells: dict[tuple[str, str], Any], outcome: str, release: Release) -> str:
    row, total = cells[outcome, "yes"], cells.get(("total", "total"), {"n": None})["n"]
    # Follow-up and time at risk end early for some: the share is of everyone in the table, and says so.
    is_partial = any((outcome, level) in cells for level in ("not_observed", "not_at_risk"))
    whole = f"{total:,} dyads" if total is not None else "the dyads"
    if row["n"] is None:
        return f"How many of {whole} {_COUNTED[outcome]} is not shown: {hidden_words(release)}."
    share = "" if row["percent"] is None else f" ({row['percent']:.1f}%)"
    rest = "; the others include dyads not at risk or not fully observed" if is_partial else ""
    return f"About {row['n']:,} of {whole}{share} {_COUNTED[outcome]}{rest}."


def _describe_curves(release: Release) -> list[str]:
    frame = release.find("cumulative_incidence")
    if frame.is_empty():
        return []
    own = {"o3": "child_protection_plan", "o4": "custody_loss"}
    sentences = []
    for outcome, cause in own.items():
        rows = frame.filter(
            (pl.col("outcome") == outcome) & (pl.col("group") == "all") & (pl.col("cause") == cause)
        ).sort("time_days")
        if rows.height:
            sentences.append(_describe_curve(rows.row(-1, named=True), outcome, release))
    return sentences


def _describe_curve(last: dict[str, Any], outcome: str, release: Release) -> str:
    what = labels.OUTCOMES[outcome].split(" within")[0]
    if last["estimate"] is None:
        return f"The cumulative incidence of {what} is not shown: {hidden_words(release)}."
    rivals = "custody loss and death as competing events" if outcome == "o3" else "death as a competing event"
    return (
        f"Among infants at risk at discharge, the cumulative incidence of {what} by day {last['time_days']} was "
        f"{last['estimate']:.1%}{interval(last, 'conf_low', 'conf_high', percent=True)}, with {rivals} "
        "(Aalen-Johansen)."
    )


def describe_primary_models(release: Release, *, in_short: bool = False) -> list[str]:
    """What each primary model found; see `describe_model`."""
    frame = release.find("estimates")
    if frame.is_empty():
        return []
    primary = frame.filter((pl.col("role") == "primary") & (pl.col("adjustment") == "full"))
    return [describe_model(part, in_short=in_short) for part in primary.partition_by("model", maintain_order=True)]


def describe_model(rows: pl.DataFrame, *, in_short: bool = False) -> str:
    """What one model found: the terms whose 95% interval leaves out 1, and how many it does not show.

    Args:
        rows: Released estimates of one model.
        in_short: Without the numbers, to stand above a table that has them.
    """
    first = rows.row(0, named=True)
    kind, model = labels.FAMILIES.get(first["family"], ("ratio", "model"))
    what = labels.OUTCOMES.get(first["outcome"], first["outcome"])
    shown = rows.filter(pl.col("status") == "shown")
    if shown.is_empty():
        return f"The {model} of {what} gives no estimate that can be shown."
    quantity = _QUANTITIES.get(kind, "values")
    higher, lower = shown.filter(pl.col("conf_low") > 0), shown.filter(pl.col("conf_high") < 0)
    name = _short_terms if in_short else _named_terms
    figures = "" if in_short else f" ({kind}, 95% interval)"
    found = [f"higher {quantity}{figures} went with {name(higher)}"] if higher.height else []
    found += [f"lower {quantity}{figures} went with {name(lower)}"] if lower.height else []
    body = "; ".join(found) if found else "no term has a 95% interval that leaves out 1"
    n_silent = rows.height - shown.height
    silent = f" Not shown or not estimable: {n_silent} of {rows.height} terms." if n_silent else ""
    return f"In the {model} of {what}, {body}.{silent}"


def describe_sample_size(model: dict[str, Any]) -> str:
    """How many dyads a model by maximum likelihood needs, a blank before it; empty for others, or where n is hidden."""
    n, n_events = model["n"], model["n_events"]
    if model["method"] != "maximum_likelihood" or not n or not n_events or n_events >= n:
        return ""
    # The counts are rounded to tens, and so is what is worked out from them.
    needed = 10 * math.ceil(dyads_needed(n_events / n, model["parameters"] - 1) / 10)
    fewer = "It has fewer: its estimates are likely to lie too far from no association."
    return (
        f" So many parameters for so common an outcome need about {needed:,} dyads (Riley et al. 2020). "
        f"{'It has them.' if n >= needed else fewer}"
    )


def _short_terms(rows: pl.DataFrame) -> str:
    names = [labels.forest_label(row["term"], row["level"]) for row in rows.iter_rows(named=True)]
    return listed([labels.lower_first(name).replace(", per ", " per ") for name in names])


def _named_terms(rows: pl.DataFrame) -> str:
    return ", ".join(
        f"{labels.lower_first(labels.term_label(row['term'], row['level'], row['reference']))} "
        f"{ratio(row['ratio'])}{interval(row, 'ratio_low', 'ratio_high', name='')}"
        for row in rows.iter_rows(named=True)
    )


def interval(row: dict[str, Any], low: str, high: str, *, percent: bool = False, name: str = "95% interval ") -> str:
    """The 95% interval in brackets, with a space before; empty if there is none."""
    if row[low] is None or row[high] is None:
        return ""
    start, end = (f"{row[column]:.1%}" if percent else ratio(row[column]) for column in (low, high))
    return f" ({name}{start} to {end})"


def describe_coverage(release: Release) -> str:
    """How many of the shown 95% intervals hold the effect that was planted."""
    frame = release.find("planted_effects")
    shown = frame.filter(pl.col("is_covered").is_not_null()) if frame.height else frame
    if shown.is_empty():
        return "No planted effect has an estimate that can be shown."
    held = int(shown.get_column("is_covered").sum())
    return (
        f"{held} of the {shown.height} shown 95% intervals ({held / shown.height:.0%}) hold the planted effect. "
        "Models that share dyads miss together, and linkage error and coding error, which the generator also "
        "makes, pull estimates towards no association."
    )


def listed(names: list[str]) -> str:
    """The names as a list in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
