"""The study under other definitions: one row each, the study's own first."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dyadlink.report import labels
from dyadlink.report.reading import Release
from dyadlink.report.tables import Part, Row, Table, count_cell

NAME = "alternatives"
COLUMNS = {
    "o1": "Involved during the episode (O1)",
    "o2": "Involved at T3 (O2)",
    "o3": "First plan by T3 (O3)",
    "o3_at_t3": "On a plan at T3",
    "is_custody_lost_by_t2": "Custody lost by T2",
    "o4": "Custody lost by T3 (O4)",
    "o4_at_t3": "Apart at T3",
}
"""Outcomes shown, and the heads of their columns."""

OWN = "The study's own definitions"


def build_alternatives(release: Release) -> Part | None:
    """The table with what each alternative changes; None where the study has none."""
    frame = release.find(NAME)
    outcomes = release.find("outcomes")
    if frame.is_empty() or outcomes.is_empty():
        return None
    own = outcomes.filter(pl.col("group") == "all")
    rows = [_row(OWN, own)] + [
        _row(label_alternative(release, str(name)), part)
        for (name,), part in frame.partition_by("alternative", as_dict=True, maintain_order=True).items()
    ]
    words = (
        "How often an outcome occurs depends on how it is defined. Each row changes the definition that it names and "
        "leaves the others as they are. Percentages are of all dyads of the row, whether at risk or not. A row or a "
        "cell that differs from the study's own by fewer dyads than may be shown is left out."
    )
    hidden = f"Not shown: {labels.HIDDEN.format(threshold=release.threshold)}, or too near the study's own count"
    columns = ("Definition", "Dyads", *COLUMNS.values())
    table = Table(NAME, labels.table_label(NAME), columns, tuple(rows), release.downloads[NAME], hidden)
    return Part("Under other definitions", (words,), (), (table,))


def _row(header: str, rows: pl.DataFrame) -> Row:
    cells = {(row["variable"], row["level"]): row for row in rows.iter_rows(named=True)}
    found = [count_cell(cells.get(("total", "total")))]
    found += [count_cell(cells.get((variable, "yes"))) for variable in COLUMNS]
    return Row(header, tuple(found))


def label_alternative(release: Release, name: str) -> str:
    """Words for an alternative: what it changes."""
    settings = release.manifest.get("settings", {})
    changed: Mapping[str, object] = settings.get("alternatives", {}).get(name, {})
    words = "; ".join(
        _AT_NONE[field]
        if value == 0 and field in _AT_NONE
        else _CHANGES.get(field, _change(field)).format(_value(value))
        for field, value in changed.items()
    )
    return words[:1].upper() + words[1:] if words else labels.plain(name)


_CHANGES = {
    "custody_loss_definition": "custody loss: {}",
    "spell_gap_days": "spells up to {} days apart joined",
    "pregnancy_lookback_days": "pregnancy from {} days before birth",
    "prior_admission_lookback_days": "earlier admissions from {} days before T1",
    "index_window_days": "index admission within {} days",
    "follow_up_days": "followed for {} days",
    "service_types": "services: {}",
}

_AT_NONE = {
    "spell_gap_days": "spells joined only where they touch",
    "pregnancy_lookback_days": "pregnancy not counted",
}
"""Changes whose number of days is 0."""

_DEFINITIONS = {
    "standard": "standard definition",
    "strict": "strict definition",
    "including_p1": "placed with own parents too",
    "wide": "wide definition",
}


def _change(field: str) -> str:
    return f"{labels.lower_first(labels.plain(field))}: {{}}"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(labels.level_label(str(each)).lower() for each in value)
    if isinstance(value, int):
        return f"{value:,}"
    return _DEFINITIONS.get(str(value), str(value).replace("_", " "))
