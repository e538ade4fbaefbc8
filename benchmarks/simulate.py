"""Measures the generator: the default preset, and the national one at a quarter, half and all of its children.

Prints a table in Markdown: seconds, peak memory, children and rows of events, seconds a million children.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from dyadlink.synthetic import load_parameters

PROJECT = Path(__file__).parents[1]
PARAMETERS = PROJECT / "synthetic_data/parameters.yaml"
SHARES = (0.25, 0.5, 1.0)
EVENTS = ("CINdetails", "Assessments", "CINPlanDates", "Section47", "ChildProtectionPlans", "CPPreviewDate")


def sized(folder: Path, n_children: int) -> Path:
    """Parameters whose national preset has so many children, with what stands beside them."""
    content = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    content["presets"]["national"]["n_children"]["value"] = n_children
    for path in PARAMETERS.parent.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    path = folder / "parameters.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def measured(preset: str, parameters: Path, route: str, out: Path) -> tuple[float, float]:
    """Seconds and peak memory in GB of a simulation in a process of its own."""
    code = (
        "import resource, sys, time; from dyadlink.cli import main; start = time.monotonic(); main(sys.argv[1:]); "
        "print(time.monotonic() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)"
    )
    options = ["simulate", "--preset", preset, "--parameters", str(parameters), "--route", route, "--out", str(out)]
    command = [sys.executable, "-c", code, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    seconds, peak = done.stdout.split()[-2:]
    return float(seconds), float(peak)


def event_rows(world: Path) -> int:
    """Rows of events in the returns: census groups over all years, and episodes of looked-after children."""
    found: Counter[str] = Counter()
    for path in world.glob("authorities/*/cin/*.xml"):
        text = path.read_text(encoding="utf-8")
        found.update({name: text.count(f"<{name}>") for name in EVENTS})
    for path in world.glob("authorities/*/ssda903/*/episodes.csv"):
        with path.open(encoding="utf-8") as file:
            found["episodes"] += sum(1 for _ in csv.reader(file)) - 1
    return found.total()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--route", default="england_returns")
    route = parser.parse_args().route
    national = load_parameters(PARAMETERS).presets["national"].n_children.value
    print(f"| preset ({route}) | children | event rows | seconds | peak GB | seconds a million |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = [("default", PARAMETERS, load_parameters(PARAMETERS).presets["default"].n_children.value)]
        for share in SHARES:
            part = folder / str(share)
            part.mkdir()
            runs.append(("national", sized(part, round(share * national)), round(share * national)))
        for number, (preset, parameters, n) in enumerate(runs):
            out = folder / f"world-{number}"
            seconds, peak = measured(preset, parameters, route, out)
            rows = f"{event_rows(out):,}" if route == "england_returns" else "-"
            print(f"| {preset} | {n:,} | {rows} | {seconds:.1f} | {peak:.2f} | {seconds / n * 1e6:.1f} |", flush=True)
            subprocess.run(["rm", "-r", str(out)], check=True)  # noqa: S603, S607


if __name__ == "__main__":
    main()
