"""Takes a figure of the report of the last run (synthetic data) into docs/pictures: `make pictures`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FIGURES = {"custody-loss": "Cumulative incidence of custody loss within one year of discharge (O4), by involvement"}
"""File in docs/pictures, and words of the figure's caption."""


def main() -> int:
    """Write each figure as an SVG of its own.

    Returns:
        1 where the report has no such figure, or is of real records.
    """
    report = (PROJECT / "results/report/index.html").read_text(encoding="utf-8")
    if "synthetic" not in report.lower():
        print("The report is not of synthetic data: its figures stay where they are", file=sys.stderr)
        return 1
    figures = re.findall(r"<figure.*?</figure>", report, flags=re.DOTALL)
    for name, caption in FIGURES.items():
        found = [figure for figure in figures if caption in figure.partition("<figcaption")[2]]
        if len(found) != 1:
            print(f"The report has {len(found)} figures with the caption: {caption}", file=sys.stderr)
            return 1
        (drawing,) = re.findall(r"<svg.*</svg>", found[0], flags=re.DOTALL)
        (PROJECT / f"docs/pictures/{name}.svg").write_text(_on_its_own(drawing, report), encoding="utf-8")
    return 0


def _on_its_own(drawing: str, report: str) -> str:
    """A drawing of a page as a file: with its name spaces, and with the page's light colours on white."""
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    drawing = drawing.replace("<svg ", f'<svg {spaces} style="background: white" ', 1)
    (light,) = re.findall(r":root\s*\{(.*?)\}", report, flags=re.DOTALL)[:1]
    for colour, value in re.findall(r"--([\w-]+):\s*([^;]+)", light):
        drawing = drawing.replace(f"var(--{colour})", value.strip())
    lines = (line.rstrip() for line in drawing.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


if __name__ == "__main__":
    sys.exit(main())
