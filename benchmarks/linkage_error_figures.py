"""Writes the tables and the picture of docs/explanation/linkage-error-figures.md from the results of the studies."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from linkage_error import METHODS, RESULTS
from pipeline import PROJECT

COEFFICIENTS = {
    "ethnicity black": "Black mothers (no effect)",
    "ethnicity other": "Other ethnicity (no effect)",
    "maternal_age_band 35+": "35 and over (no effect)",
    "has_childhood_trauma yes": "Childhood trauma",
    "diagnosis_group personality_disorder": "Personality disorder",
}
COLOURS = ("#000000", "#d55e00", "#e69f00", "#56b4e9", "#009e73", "#cc79a7")
Rows = list[dict[str, Any]]


def overall_table(rows: Rows) -> str:
    """Markdown: for each arm and method the bias, the standard errors and the coverage over all coefficients."""
    head = ["arm", "method", "mean bias", "mean absolute bias", "empirical SE", "mean SE", "coverage (Monte-Carlo SE)"]
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        spread = "" if row["coverage_mc_error"] is None else f" ({100 * row['coverage_mc_error']:.1f})"
        figures = [f"{row[name]:+.3f}" for name in ("bias",)]
        figures += [f"{row[name]:.3f}" for name in ("mean_absolute_bias", "empirical_se", "mean_se")]
        lines.append(
            f"| {row['arm']} | {row['method']} | {' | '.join(figures)} | {100 * row['coverage']:.1f}%{spread} |"
        )
    return "\n".join(lines)


def coefficient_table(rows: Rows, arm: str) -> str:
    """Markdown: bias and coverage of a few coefficients in one arm."""
    lines = [f"| method | {' | '.join(COEFFICIENTS.values())} |", f"|---|{'---|' * len(COEFFICIENTS)}"]
    cells = {(row["method"], row["name"]): row for row in rows if row["arm"] == arm}
    for method in METHODS:
        found = [cells[method, name] for name in COEFFICIENTS]
        figures = [f"{cell['bias']:+.3f}, {100 * cell['coverage']:.1f}%" for cell in found]
        lines.append(f"| {method} | {' | '.join(figures)} |")
    return "\n".join(lines)


def draw(content: dict[str, Any], path: Path) -> None:
    """Coverage by arm and method with the band of 93 to 97%, and bias of a few coefficients where most is lost."""
    from matplotlib import rc_context  # noqa: PLC0415 - heavy
    from matplotlib.figure import Figure  # noqa: PLC0415

    overall = content["overall"]
    arms = list(dict.fromkeys(row["arm"] for row in overall))
    with rc_context({"svg.hashsalt": "dyadlink", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(10, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.axvspan(93, 97, color="#dddddd")
        for number, method in enumerate(METHODS):
            of_method = [row for row in overall if row["method"] == method]
            places = [arms.index(row["arm"]) + (number - 2.5) * 0.12 for row in of_method]
            cover = [100 * row["coverage"] for row in of_method]
            errors = [196 * row["coverage_mc_error"] for row in of_method]
            left.errorbar(cover, places, xerr=errors, fmt="os^Dvp"[number], color=COLOURS[number], ms=5, label=method)
            worst = [r for r in content["by_coefficient"] if r["arm"] == arms[-2] and r["method"] == method]
            by_name = {row["name"]: row for row in worst}
            found = [by_name[name] for name in COEFFICIENTS]
            rows = [place + (number - 2.5) * 0.12 for place in range(len(found))]
            spread = [1.96 * row["bias_mc_error"] for row in found]
            right.errorbar(
                [row["bias"] for row in found], rows, xerr=spread, fmt="os^Dvp"[number], color=COLOURS[number], ms=5
            )
        left.set_yticks(range(len(arms)), [arm.replace(", diff", ",\ndiff") for arm in arms])
        left.set_xlabel("Coverage of the 95% intervals, % (band: 93 to 97)")
        right.axvline(0, color="#000000", linewidth=1)
        right.set_yticks(range(len(COEFFICIENTS)), list(COEFFICIENTS.values()))
        right.set_xlabel(f"Bias of the log odds ratio: {arms[-2]}")
        for axes in (left, right):
            axes.invert_yaxis()
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def page(content: dict[str, Any], pipeline: dict[str, Any]) -> str:
    """Markdown of the figures."""
    facts, whole = content["facts"], pipeline["facts"]
    arms = list(dict.fromkeys(row["arm"] for row in content["overall"]))
    parts = [
        "# Linkage error: the figures",
        "Written by `make linkage-error` from its results; what they mean: [linkage error](linkage-error.md).",
        f"{facts['studies']} simulated studies of {facts['dyads']:,} dyads for each arm; log odds ratios of O1, "
        "17 coefficients with those of ethnicity and age among them. Bias and standard errors are means over "
        "these; the "
        "Monte-Carlo standard error of coverage is in percentage points, with the study as the unit.",
        "![Coverage and bias by method](../pictures/linkage-error.svg)",
        overall_table(content["overall"]),
        *(f"## {arm}\n\nBias and coverage:\n\n{coefficient_table(content['by_coefficient'], arm)}" for arm in arms),
        "## The whole study",
        f"{whole['studies']} worlds of the generator's default preset, linked as the workflow links:",
        overall_table(pipeline["overall"]),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the page and the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    content, pipeline = (
        json.loads((options.results / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("linkage_error", "linkage_error_pipeline")
    )
    (PROJECT / "docs/explanation/linkage-error-figures.md").write_text(page(content, pipeline), encoding="utf-8")
    draw(content, PROJECT / "docs/pictures/linkage-error.svg")


if __name__ == "__main__":
    main()
