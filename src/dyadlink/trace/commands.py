"""The command `dyadlink trace`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def add_command(commands: Any, project: Path) -> None:
    """Add `trace`.

    Args:
        commands: What `add_subparsers` returned.
        project: The checkout.
    """
    parser = commands.add_parser(
        "trace",
        help="tell where a released number comes from: file, rule, queries, settings, code and records",
        description="Tell where an output comes from, back to the records: a file of a release, a table or figure of "
        "the report, a stored table, or a whole release. Checksums are verified on the way. It needs the release "
        "folder alone; where the folder of results stands around it, it tells the ledger's entry too, and whether what "
        "stands there is what the release was made of. It ends with 1 where something does not agree.",
    )
    parser.add_argument(
        "output",
        metavar="OUTPUT",
        help="a path, the name of a released or stored table (`outcomes`, `cohort/analysis`), `table-07` or "
        "`figure-03` of the report, or the release: its folder or name",
    )
    parser.add_argument(
        "--release",
        type=Path,
        default=Path("results/release"),
        metavar="DIR",
        help="the release, where OUTPUT is a name or a copy that stands elsewhere",
    )
    parser.add_argument(
        "--ledger", type=Path, metavar="FILE", help="the study's ledger (default: one among the results that names it)"
    )
    parser.add_argument(
        "--check-sources",
        action="store_true",
        help="read the records again, and hold their hashes against those of the release",
    )
    parser.add_argument("--queries", action="store_true", help="tell of each table its query and what that reads")
    parser.add_argument("--json", action="store_true", help="print the chain as JSON")
    parser.set_defaults(run=lambda options: _trace(options, project))


def _trace(options: argparse.Namespace, project: Path) -> int:
    from dyadlink.trace.chain import trace  # noqa: PLC0415  # loads the disclosure engine
    from dyadlink.trace.page import page  # noqa: PLC0415

    found = trace(options.output, project, options.release, options.ledger, check_sources=options.check_sources)
    told = json.dumps(found, indent=2, ensure_ascii=False) if options.json else page(found, queries=options.queries)
    print(told.rstrip("\n"))
    return 1 if found["warnings"] else 0
