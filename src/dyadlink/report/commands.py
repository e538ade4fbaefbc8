"""The command `report`: the report of a release folder, wherever it was written."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_command(commands: Any) -> None:
    """Add `report` to the command line."""
    parser = commands.add_parser(
        "report",
        help="build the report of a release folder",
        description="Build the report of a release folder: the page index.html, and its tables and figures as files. "
        "It reads the folder alone.",
    )
    parser.add_argument("release", type=Path, metavar="DIR", help="the release folder, with its manifest.json")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the report")
    parser.set_defaults(run=_build)


def _build(options: argparse.Namespace) -> None:
    from dyadlink.report.build import build_report  # noqa: PLC0415 - heavy

    build_report(options.release, options.out / "index.html")
    print(f"Report: {options.out / 'index.html'}")
