"""Which definitions of the study a table uses, so that they can stand beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dyadlink.report.tables import Table

_SIGNS: dict[str, str] = {
    "O1": r"\bO1\b",
    "O2": r"\bO2\b",
    "O3": r"\bO3\b",
    "O4": r"\bO4\b|\b[Cc]ustody loss\b",
    "T1, T2, T3": r"\bT[123]\b",
    "Dyad": r"\b[Dd]yads?\b",
    "Index acute episode": r"\bacute episode\b",
    "Return": r"\b[Rr]eturned? (to a parent|of infants)\b",
    "Days lost": r"\b[Dd]ays lost\b",
    "States after discharge": r"\b[Ss]tates of custody\b",
    "Readmission": r"\b[Rr]eadmitted\b|\b[Rr]eadmission\b",
    "Competing events": r"\b[Cc]umulative incidence\b|\bhazard ratios?\b",
    "Movement": r"\bLower level\b|\bFrom .* \(rows\)",
    "Custody and plan": r"\bCustody lost by discharge\b",
    "Contact": r"\b[Cc]ontacts\b",
    "Days in care": r"\bDays (in hospital|in a mother|on an acute|of home)\b",
    "Follow-up after discharge": r"\bSeen in the days after discharge\b",
    "Preterm": r"\b[Pp]reterm\b",
}
"""Term of a definition to what tells that a table uses it."""


def find_terms(table: Table, definitions: Mapping[str, str]) -> tuple[str, ...]:
    """The terms, in the order of the definitions, whose signs stand in the caption, the heads or the rows' headers."""
    text = "\n".join((table.caption, *table.columns, *(row.header for row in table.rows)))
    return tuple(term for term in definitions if term in _SIGNS and re.search(_SIGNS[term], text))
