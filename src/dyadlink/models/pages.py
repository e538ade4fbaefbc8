"""The reference page of config/models.yaml, made from the types that read it."""

from __future__ import annotations

from pathlib import Path

from dyadlink.models.families_of_tests import Multiplicity
from dyadlink.models.linkage_plans import (
    AsLinked,
    BiasAnalysis,
    Chance,
    PriorInformedImputation,
    SampledLinks,
    Selection,
    SimpleBiasAnalysis,
    ThresholdGrid,
)
from dyadlink.models.missing_plans import CompleteCase, Imputed
from dyadlink.models.specification import ModelSpec, Term
from dyadlink.models.weight_plans import CensoringWeights, Unweighted
from dyadlink.reference import type_name
from dyadlink.section import Section

_PARTS: tuple[tuple[str, type[Section]], ...] = (
    ("A row of `models`", ModelSpec),
    ("A term", Term),
    ("Linkage plan `as_linked`", AsLinked),
    ("Linkage plan `threshold_grid`", ThresholdGrid),
    ("Linkage plan `sampled_links`", SampledLinks),
    ("Linkage plan `prior_informed_imputation`", PriorInformedImputation),
    ("Linkage plan `bias_analysis`", BiasAnalysis),
    ("Linkage plan `simple_bias_analysis`", SimpleBiasAnalysis),
    ("Missing-data plan `complete_case`", CompleteCase),
    ("Missing-data plan `imputed`", Imputed),
    ("Weight plan `none`", Unweighted),
    ("Weight plan `inverse_probability_of_censoring`", CensoringWeights),
    ("`multiplicity`", Multiplicity),
    ("A probability told to a plan", Chance),
    ("Selection", Selection),
)


def write_model_pages(folder: Path) -> None:
    """Write models.md into the folder."""
    (folder / "models.md").write_text(models_page(), encoding="utf-8")


def models_page() -> str:
    """Markdown: every key of config/models.yaml with its type, default and description."""
    parts = [
        "# Models",
        "Written from the types by `make reference`. `config/models.yaml` holds `models`, one row each; `term_sets`, "
        "`linkage_plans`, `missing_plans` and `weight_plans`, which rows may name instead of writing them out; and "
        "`multiplicity`. A key that is not here stops the run. What the linkage plans do, and when to trust them: "
        "[linkage error](../explanation/linkage-error.md); what the missing-data plans do: "
        "[missing data](../explanation/missing-data.md); weights, adjustments and adjusted p-values: "
        "[absolute risks](../explanation/absolute-risks.md); readmission, days lost and states after discharge: "
        "[after discharge](../explanation/survival.md); what clusters and the family gee mean: "
        "[robustness](../explanation/robustness.md).",
        *(section_lines(title, section) for title, section in _PARTS),
    ]
    return "\n\n".join(parts) + "\n"


def section_lines(title: str, section: type[Section]) -> str:
    """Markdown: the keys of one section with type, default and description, under a heading."""
    schema = section.model_json_schema()
    words = " ".join((section.__doc__ or "").split())
    rows = [f"## {title}", "", words, "", "| key | type | default | meaning |", "|---|---|---|---|"]
    for key, place in schema["properties"].items():
        default = "required" if key in schema.get("required", []) else f"`{place.get('default', '')}`".replace("``", "")
        rows.append(f"| `{key}` | {type_name(place) or 'section'} | {default} | {place.get('description', '')} |")
    return "\n".join(rows)
