"""Builds the report: one page that holds all it needs and calls nothing from elsewhere."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.absolute import describe_absolute
from dyadlink.report.alternatives import build_alternatives
from dyadlink.report.characteristics import CHARACTERISTICS, build_balance, build_characteristics, build_missing
from dyadlink.report.flow_figure import draw_flow
from dyadlink.report.follow_up import TABLES as FOLLOW_UP_TABLES
from dyadlink.report.follow_up import build_follow_up
from dyadlink.report.linkage import TABLES as LINKAGE_TABLES
from dyadlink.report.linkage import build_linkage, build_model_card
from dyadlink.report.movement import TABLES as MOVEMENT_TABLES
from dyadlink.report.movement import build_movement
from dyadlink.report.plans import build_linkage_error, build_missing_data, build_other_definitions, build_weighted
from dyadlink.report.quality import build_quality
from dyadlink.report.reading import Release, read_release
from dyadlink.report.robustness import TABLES as ROBUSTNESS_TABLES
from dyadlink.report.robustness import build_prediction, build_robustness
from dyadlink.report.sections import build_curves, build_models, build_planted
from dyadlink.report.service_use import TABLES as SERVICE_TABLES
from dyadlink.report.service_use import build_service_use
from dyadlink.report.survival import build_states
from dyadlink.report.tables import Figure, Part, Table, counts_table, levels_over_time, number, plain_table

_PLACED = {
    *CHARACTERISTICS,
    "standardised_differences",
    "missing_patterns",
    *FOLLOW_UP_TABLES,
    *LINKAGE_TABLES,
    *MOVEMENT_TABLES,
    *SERVICE_TABLES,
    *ROBUSTNESS_TABLES,
    *(
        "outcomes",
        "alternatives",
        "csc_levels",
        "model_dyads",
        "medians",
        "cohort_flow",
        "data_completeness",
        "data_quality",
        "data_ranges",
    ),
    *("cumulative_incidence", "estimates", "planted_effects", "proportional_hazards"),
    *("group_tests", "time_lost", "state_occupation"),
    *("marginal_risks", "e_values"),
}


def build_report(release: Path, out: Path) -> None:
    """Nothing; `out` then holds the report of the release folder, the same bytes for the same release.

    Raises:
        DyadlinkError: The folder has no manifest, or a file is missing or differs from its hash.
    """
    page = render(read_release(release))
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".{out.name}.part")
    aside.write_text(page, encoding="utf-8", newline="\n")
    aside.replace(out)


def render(release: Release) -> str:
    """The page as HTML."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - heavy

    files = resources.files("dyadlink.report")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    template = environment.from_string(files.joinpath("report.html").read_text(encoding="utf-8"))
    css = files.joinpath("report.css").read_text(encoding="utf-8")
    return template.render(css=css, **_view(release))


def _view(release: Release) -> dict[str, Any]:
    return {
        "manifest": release.manifest,
        "settings": json.dumps(release.manifest.get("settings", {}), indent=2, ensure_ascii=False),
        "is_synthetic": release.is_synthetic,
        "hidden": sentences.hidden_words(release),
        "threshold": release.threshold,
        "key_results": sentences.describe_key_results(release),
        "cautions": (
            sentences.NOT_CAUSES,
            sentences.ODDS_ARE_NOT_RISKS,
            sentences.HAZARDS_ARE_CAUSE_SPECIFIC,
            sentences.SUBDISTRIBUTION_IS_NOT_CAUSE_SPECIFIC,
        ),
        "flow": _build_flow(release),
        "linkage": build_linkage(release),
        "model_card": build_model_card(release),
        "outcomes": _counts(release, "outcomes"),
        "alternatives": build_alternatives(release),
        "levels": _levels(release),
        "movement": build_movement(release),
        "balance": build_balance(release),
        "characteristics": [build_characteristics(release, name) for name in CHARACTERISTICS],
        "missing": build_missing(release),
        "service_use": build_service_use(release),
        "follow_up": build_follow_up(release),
        "curves": build_curves(release),
        "states": build_states(release),
        "models": build_models(release),
        "absolute": describe_absolute(release),
        "linkage_error": build_linkage_error(release),
        "missing_data": build_missing_data(release),
        "other_definitions": build_other_definitions(release),
        "robustness": build_robustness(release),
        "prediction": build_prediction(release),
        "weighted": build_weighted(release),
        "model_dyads": _counts(release, "model_dyads"),
        "planted": build_planted(release),
        "quality": build_quality(release),
        "others": [t for name in sorted(release.tables) if name not in _PLACED for t in _counts(release, name)],
    }


def _counts(release: Release, name: str) -> list[Table]:
    table = counts_table(release, name, f"{labels.table_label(name)}: n (% of the column)")
    return [table] if table else []


def _levels(release: Release) -> list[Table]:
    table = levels_over_time(release, "csc_levels", labels.table_label("csc_levels"))
    return [table] if table else []


def _build_flow(release: Release) -> Part | None:
    flow = release.find("cohort_flow")
    if flow.is_empty():
        return None
    last = flow.sort("order").row(-1, named=True)
    n = number(last["n"]) if last["n"] is not None else "a number that is hidden"
    figure = Figure(
        draw_flow(flow, f"not shown ({sentences.hidden_words(release)})"),
        f"Flow diagram in {flow.height} steps, ending with {n}: {last['step']}. The table below gives each step.",
        "Each box less the exclusions beside it gives the next box; every number is rounded.",
    )
    rows = flow.with_columns(kind=pl.col("kind").replace({"box": "Remaining", "exclusion": "Excluded"}))
    columns = {"step": "Step", "unit": "Counted", "kind": "Who", "n": "n"}
    return Part("", (), (figure,), (plain_table(release, "cohort_flow", "Cohort flow", columns, rows),))
