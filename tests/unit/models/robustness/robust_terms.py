"""Terms and rows of the robustness tests."""

from __future__ import annotations

from dyadlink.models.specification import ModelSpec, Term

TERMS = (
    Term(name="deprivation", kind="linear"),
    Term(name="has_domestic_abuse", kind="binary"),
    Term(name="diagnosis_group", kind="categorical", reference="depression"),
)


def spec_of(outcome: str, population: str, family: str, **more: object) -> ModelSpec:
    fields = {"name": f"{outcome}_{family}", "role": "primary", "terms": TERMS, **more}
    return ModelSpec(outcome=outcome, population=population, family=family, **fields)
