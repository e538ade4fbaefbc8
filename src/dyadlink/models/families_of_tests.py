"""Which tests of the models belong together, and how their p-values are adjusted for it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from dyadlink.multiplicity import adjust
from dyadlink.section import Section

Correction = Literal["holm", "benjamini_hochberg", "none"]


class Multiplicity(Section):
    """How p-values are adjusted for the number of tests; those of models adjusted in full, one for each coefficient."""

    primary: Correction = Field(
        "holm", description="Of primary models: holm (any false rejection), benjamini_hochberg (share of false ones)."
    )
    secondary: Correction = Field("benjamini_hochberg", description="Of secondary models, which explore.")
    sensitivity: Correction = Field(
        "none", description="Of sensitivity models: they ask nothing new, but whether an answer stands."
    )
    family: Literal["outcome", "role"] = Field(
        "outcome",
        description="Tests that belong together: outcome: those of one role and outcome; role: all of one role.",
    )


def with_adjusted_p_values(rows: list[dict[str, Any]], multiplicity: Multiplicity) -> list[dict[str, Any]]:
    """Rows of `Estimates` with p_adjustment, p_family and p_adjusted.

    A term without an estimate counts in its family: how many tests were planned does not depend on what was found.
    """
    families: dict[str, list[int]] = {}
    told = []
    for index, row in enumerate(rows):
        correction = getattr(multiplicity, row["role"]) if row["adjustment"] == "full" else "none"
        name = ""
        if correction != "none":
            name = f"{row['role']} {row['outcome']}" if multiplicity.family == "outcome" else row["role"]
            families.setdefault(name, []).append(index)
        told.append(row | {"p_adjustment": correction, "p_family": name, "p_adjusted": None})
    for members in families.values():
        adjusted = adjust([rows[index]["p_value"] for index in members], told[members[0]]["p_adjustment"])
        for index, value in zip(members, adjusted, strict=True):
            told[index]["p_adjusted"] = value
    return told
