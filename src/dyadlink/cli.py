"""The command line: thin, over the functions that the workflow uses."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from dyadlink import __version__
from dyadlink.config import ROUTES, Config, Csv, parse_section
from dyadlink.errors import DyadlinkError

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: the workflow, its configuration and the generator's parameters stand there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0, or that of the error (see `dyadlink.errors`).
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except DyadlinkError as error:
        print(f"dyadlink: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("dyadlink: interrupted; nothing was left behind", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dyadlink", description=__doc__)
    parser.add_argument("--version", action="version", version=f"dyadlink {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    simulate = commands.add_parser(
        "simulate",
        help="make synthetic records in the national formats, with their truth",
        description="Make synthetic records of invented people in the national formats, with their truth.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_simulate_options(simulate)
    simulate.set_defaults(run=_simulate)

    draft = commands.add_parser(
        "draft-mapping",
        help="draft a mapping from a file's column names to those of a layout",
        description="Print a mapping, drafted from a file's column names, for a person to check.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_draft_options(draft)
    draft.set_defaults(run=_draft_mapping)

    schema = commands.add_parser("config-schema", help="print the JSON schema of config/config.yaml")
    schema.set_defaults(run=_print_schema)

    reference = commands.add_parser("reference", help="write the reference pages that are made from the code")
    reference.add_argument("--out", type=Path, required=True, help="folder for the pages")
    reference.set_defaults(run=_write_reference)
    return parser


def _add_simulate_options(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument(
        "--preset", default="default", help="size of the cohort: study (278 dyads) or default (2,000)"
    )
    simulate.add_argument("--seed", type=int, default=1, help="seed of every random draw")
    simulate.add_argument("--out", type=Path, required=True, help="folder to make; it must not exist yet")
    simulate.add_argument(
        "--parameters",
        type=Path,
        default=PROJECT / "synthetic_data" / "parameters.yaml",
        help="parameters of the generator",
    )
    simulate.add_argument(
        "--route",
        action="append",
        metavar="ROUTE",
        help="layout to write the people in, may be given again: england_returns (if none is given), "
        "england_research_extract, england_local_ssd, wales_sail",
    )
    simulate.add_argument(
        "--flaws", help="how flawed the records are: none, default or heavy (else the parameters say)"
    )


def _add_draft_options(draft: argparse.ArgumentParser) -> None:
    draft.add_argument("file", type=Path, help="a CSV or Parquet file of the table")
    draft.add_argument("--route", choices=ROUTES, required=True, help="route whose layout the file is to meet")
    draft.add_argument("--table", required=True, help="table of the layout, see docs/reference/source-layout.md")
    draft.add_argument("--delimiter", default=",", help="character between two fields of a CSV file")
    draft.add_argument("--encoding", default="utf-8", help="encoding of a CSV file")


def _draft_mapping(options: argparse.Namespace) -> None:
    from dyadlink.sources.draft_mapping import draft_mapping  # noqa: PLC0415  # other commands do without it

    form = parse_section(Csv, {"delimiter": options.delimiter, "encoding": options.encoding}, "--encoding, --delimiter")
    print(draft_mapping(options.file, options.route, options.table, form), end="")


def _simulate(options: argparse.Namespace) -> None:
    from dyadlink.synthetic import simulate  # noqa: PLC0415  # other commands do without it

    if options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
        raise DyadlinkError("exists and is not empty", where=str(options.out), mend="give a new folder to --out")
    routes = options.route or ["england_returns"]
    simulate(
        preset=options.preset,
        seed=options.seed,
        out=options.out,
        parameters=options.parameters,
        routes=routes,
        flaws=options.flaws,
    )
    print(f"Synthetic records: {options.out}\nWhat is true of them: {options.out / 'truth'}")


def _write_reference(options: argparse.Namespace) -> None:
    from dyadlink.reference import write_reference  # noqa: PLC0415  # loads every contract
    from dyadlink.sources.pages import write_source_pages  # noqa: PLC0415

    write_reference(options.out)
    write_source_pages(options.out, PROJECT / "src/dyadlink")


def _print_schema(_: argparse.Namespace) -> None:
    print(json.dumps(Config.model_json_schema(), indent=2, sort_keys=True))


if __name__ == "__main__":
    sys.exit(main())
