"""The command `dyadlink explain`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dyadlink.errors import DyadlinkError


def add_command(commands: Any, project: Path) -> None:
    """Add `explain`.

    Args:
        commands: What `add_subparsers` returned.
        project: The checkout.
    """
    explain = commands.add_parser(
        "explain",
        help="tell everything that decides one dyad of a run (records of a person: inside only)",
        description="Tell everything that decides one dyad of a finished run: who it is, its timepoints and spells, "
        "its links and their rivals, the staged records, the timeline, and each outcome and covariate with its rule "
        "and the rows behind it. These are records of a person: they go to the terminal, and into a pipe or a file on "
        "demand alone.",
    )
    who = explain.add_mutually_exclusive_group(required=True)
    who.add_argument("dyad", metavar="DYAD", nargs="?", help="study number of the dyad, as in cohort/dyads.parquet")
    who.add_argument("--infant", metavar="ID", help="the infant's id in its place")
    explain.add_argument(
        "--results", type=Path, default=Path("results"), help="folder of the run's results (default: results)"
    )
    explain.add_argument(
        "--to-file",
        type=Path,
        metavar="FILE",
        help="write a new text file inside record_level of the results, for its owner alone (mode 0600)",
    )
    explain.add_argument("--yes-print-records", action="store_true", help="print also where the output is no terminal")
    explain.set_defaults(run=lambda options: _explain(options, project))


def _explain(options: argparse.Namespace, project: Path) -> None:
    from dyadlink.explain.destination import WIDTH, choose_destination, page_width  # noqa: PLC0415  # others do without
    from dyadlink.explain.page import explain  # noqa: PLC0415
    from dyadlink.explain.records import open_case  # noqa: PLC0415

    if options.dyad is not None and not (options.dyad.isascii() and options.dyad.isdigit()):
        raise DyadlinkError(
            "is no study number", where="DYAD", mend="give the dyad_id of cohort/dyads.parquet, or --infant ID"
        )
    give = choose_destination(options.results, options.to_file, is_asked_for=options.yes_print_records)
    case = open_case(
        options.results,
        project,
        dyad_id=None if options.dyad is None else int(options.dyad),
        infant_id=options.infant,
    )
    give(explain(case, WIDTH if options.to_file else page_width()))
    if options.to_file:
        print(f"Written, for you alone; it must not leave: {options.to_file}")
