"""Writes docs/explanation/speed.md from what `whole_run.py` measured."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs/explanation/speed.md"
DYADS = {"study": 278, "default": 2_000, "national": 30_000}
RECORDS = {
    "study": "England's returns (XML, CSV), 5,000 children",
    "default": "England's returns (XML, CSV), 60,000 children",
    "national": "national research extract (Parquet), 8,500,000 children, 20,700,000 event rows",
}
PARTS = {
    "read": "reading",
    "link": "linking",
    "cohort": "cohort",
    "count": "Table 1",
    "models": "primary models, 20 imputations",
    "curves": "curves",
}

HEAD = """# How fast the whole study is

Written by `make bench` and `make bench-national` (`benchmarks/whole_run.py`): {processor}, {cores} cores shared with
others, Python {python}. Single runs: read the ratios, and the processor seconds before the seconds. The records stand
before the clock starts, as real records do; simulating them is not counted.
"""

NOTES_OF_RUNS = """
- *Outside the work* is the share of the time in which no step was at work: starts of Python, imports, Snakemake. A
  workflow of eight empty steps takes {trivial:.1f} s here; outside the work the default run takes {outside:.1f} s,
  {times:.1f} times as much.
- Memory is what all processes of the run held together at the most (shared pages once).
- *Growth* is the exponent of time in dyads from 2,000 to 30,000: 1 is in proportion. The national records are Parquet
  and linked beforehand, as researchers get them; the others are returns in XML which the study links itself: their
  reading and linking is not compared. Growth of [linkage](linkage.md) and of [models](model-speed.md) is measured by
  itself.
"""

BY_HAND = """
## Beside a script written by hand

What a user would write without this software: `benchmarks/by_hand.py`, pandas and lxml to read, Splink to link,
statsmodels and lifelines for the models, on the same records. It does the middle of the study and nothing of its rules
for broken and contradictory records, its alternatives, sensitivity models, disclosure control, audit, Word and HTML
report. In the columns *dyadlink* the same parts run in one process; the whole workflow is in the last row.
"""


def write_page(results: dict[str, Any]) -> None:
    """Write the page."""
    runs = dict(results["runs"])
    if "national" in results:
        runs["national"] = results["national"]
    text = HEAD.format(**results["machine"]) + _table_of_runs(runs)
    default = runs["default"]
    outside = default["outside_share"] * default["seconds"]
    trivial = results["trivial_seconds"]
    text += NOTES_OF_RUNS.format(trivial=trivial, outside=outside, times=outside / trivial)
    text += BY_HAND + _table_by_hand(results)
    PAGE.write_text(text, encoding="utf-8")


def _table_of_runs(runs: dict[str, Any]) -> str:
    names = list(runs)
    has_growth = "national" in runs
    head = [f"{DYADS[name]:,} dyads" for name in names] + (["growth"] if has_growth else [])
    lines = ["", f"| | {' | '.join(head)} |", "|" + "---|" * (len(head) + 1)]

    def row(label: str, cells: list[str], growth: str = "") -> None:
        lines.append(f"| {label} | {' | '.join([*cells, *([growth] if has_growth else [])])} |")

    row("records", [RECORDS[name] for name in names])
    row("whole run", [f"**{runs[n]['seconds']:.0f} s**" for n in names])
    row("processor time", [f"{runs[n]['cpu_seconds']:.0f} s" for n in names])
    row("memory", [f"{runs[n]['peak_gb']:.2f} GB" for n in names])
    row("outside the work", [f"{runs[n]['outside_share']:.0%}" for n in names])
    row("a second run, nothing to do", [f"{runs[n]['again_seconds']:.1f} s" for n in names])
    for rule in runs["default"]["steps"]:
        seconds = [runs[n]["steps"].get(rule) for n in names]
        told = ["-" if s is None else f"{s:.1f} s" for s in seconds]
        is_compared = has_growth and rule not in {"stage_sources", "link_infants"}
        told = [s if s == "-" else f"{s}, {runs[n]['steps_gb'][rule]:.2f} GB" for s, n in zip(told, names, strict=True)]
        row(f"`{rule}`", told, _growth(runs, rule) if is_compared else "")
    return "\n".join(lines) + "\n"


def _growth(runs: dict[str, Any], rule: str) -> str:
    small, large = (runs[name]["steps"][rule] for name in ("default", "national"))
    return f"{math.log(large / small) / math.log(DYADS['national'] / DYADS['default']):.2f}"


def _table_by_hand(results: dict[str, Any]) -> str:
    told = results["by_hand"]
    head = [f"{DYADS[name]:,} dyads: {who} | ratio" for name in told for who in ("by hand | dyadlink",)]
    lines = ["", f"| part | {' | '.join(head)} |", "|---|" + "---|---|---|" * len(told)]

    def cells(by_hand: float, own: float) -> list[str]:
        return [f"{by_hand:.1f} s", f"{own:.1f} s", f"**{by_hand / own:.1f}**"]

    for part, label in PARTS.items():
        row = []
        for sides in told.values():
            by_hand = sides["by_hand"][part] + (sides["by_hand"]["read care"] if part == "read" else 0)
            row += cells(by_hand, max(sides["dyadlink"][part], 0.01))
        lines.append(f"| {label} | {' | '.join(row)} |")
    row = [cell for sides in told.values() for cell in cells(sides["by_hand"]["all"], sides["dyadlink"]["all"])]
    lines.append(f"| all, with the start of Python | {' | '.join(row)} |")
    whole = [
        cell
        for name, sides in told.items()
        for cell in cells(sides["by_hand"]["all"], results["runs"][name]["seconds"])
    ]
    lines.append(f"| beside the whole workflow | {' | '.join(whole)} |")
    return "\n".join(lines) + "\n"
