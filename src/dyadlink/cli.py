"""The command line: thin, over the functions that the workflow uses."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dyadlink import __version__
from dyadlink.audit.commands import add_command as add_audit_command
from dyadlink.audit.diff_commands import add_command as add_diff_command
from dyadlink.audit.ledger_commands import add_command as add_ledger_command
from dyadlink.command_help import Formatter, Parser, commands_page, explain_commands
from dyadlink.config import ROUTES, Config, Csv, load_config_over, parse_section
from dyadlink.errors import DyadlinkError
from dyadlink.explain.commands import add_command as add_explain_command
from dyadlink.linkage.commands import add_commands as add_linkage_commands
from dyadlink.report.commands import add_command as add_report_command
from dyadlink.table_models.commands import add_command as add_fit_command
from dyadlink.trace.commands import add_command as add_trace_command

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: the workflow, its configuration and the generator's parameters stand there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0, that of the command, or that of the error (see `dyadlink.errors`).
    """
    options = command_parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except DyadlinkError as error:
        print(f"dyadlink: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("dyadlink: interrupted; nothing was left behind", file=sys.stderr)
        return 130


def command_parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    parser: argparse.ArgumentParser = Parser(
        prog="dyadlink",
        description="Tools around the study: records to try it with, checks before it, links and models of any table, "
        "and questions about what it made. The study itself is run by `make run` or `snakemake`.",
        epilog="dyadlink COMMAND --help explains one. To begin: docs/tutorial/first-run.md",
        formatter_class=Formatter,
    )
    parser.add_argument("--version", action="version", version=f"dyadlink {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    simulate = commands.add_parser(
        "simulate",
        help="make synthetic records in the national formats, with their truth",
        description="Make synthetic records of invented people in the national formats, with their truth.",
    )
    _add_simulate_options(simulate)
    simulate.set_defaults(run=_simulate)

    draft = commands.add_parser(
        "draft-mapping",
        help="draft a mapping from a file's column names to those of a layout",
        description="Print a mapping, drafted from a file's column names, for a person to check.",
    )
    _add_draft_options(draft)
    draft.set_defaults(run=_draft_mapping)

    check = commands.add_parser(
        "check-inputs",
        help="check the sources of a configuration, and list what is wrong, without running the study",
        description="Check the sources of a configuration. The list holds unrounded counts of records: it is for "
        "those who may see the records, and must not leave the environment.",
    )
    _add_check_options(check)
    check.set_defaults(run=_check_inputs)

    add_linkage_commands(commands, PROJECT, _steps_of)
    sample = commands.add_parser(
        "clerical-sample",
        help="draw pairs of a run's linkage for a person to judge (with identifiers: inside only)",
        description="Draw pairs of a run's linkage at random within bands of the match weight, and write them for a "
        "person to judge: a CSV to fill and a page to look at, both with identifiers and open to you alone.",
    )
    _add_review_options(sample)
    sample.set_defaults(run=_draw_clerical_sample)

    review = commands.add_parser(
        "read-review",
        help="read a reviewer's decisions, and estimate precision and recall of the links",
        description="Read a reviewer's decisions back. The estimates go to results/aggregate; what may leave of them "
        "is released by the next run of the study.",
    )
    review.add_argument("file", type=Path, metavar="FILE", help="the CSV that the reviewer filled")
    review.add_argument(
        "--results", type=Path, default=Path("results"), metavar="FOLDER", help="folder of the run's results"
    )
    review.set_defaults(run=_read_review)

    add_explain_command(commands, PROJECT)
    add_fit_command(commands)
    add_audit_command(commands)
    add_diff_command(commands)
    add_ledger_command(commands)
    add_report_command(commands)
    add_trace_command(commands, PROJECT)
    schema = commands.add_parser(
        "config-schema",
        help="print the JSON schema of config/config.yaml",
        description="Print the JSON schema of the configuration, for editors that check YAML while it is written.",
    )
    schema.set_defaults(run=_print_schema)

    reference = commands.add_parser(
        "reference",
        help="write the reference pages that are made from the code",
        description="Write the pages of docs/reference that are made from the code.",
    )
    reference.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder for the pages")
    reference.set_defaults(run=_write_reference)

    dictionary = commands.add_parser(
        "dictionary",
        help="describe every column of synthetic records",
        description="Write a CSV with a row for each column of synthetic records: type, meaning, specification.",
    )
    _add_dictionary_options(dictionary)
    dictionary.set_defaults(run=_write_dictionary)
    explain_commands(commands)
    return parser


def _add_simulate_options(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument(
        "--preset",
        default="default",
        metavar="NAME",
        help="size of the cohort: extract (40 dyads), study (278), default (2,000) or national (30,000)",
    )
    simulate.add_argument("--seed", type=int, default=1, metavar="N", help="seed of every random draw")
    simulate.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder to make; it must be new or empty"
    )
    simulate.add_argument(
        "--parameters",
        type=Path,
        metavar="FILE",
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
        "--flaws", metavar="LEVEL", help="how flawed the records are: none, default or heavy (else the parameters say)"
    )


def _add_draft_options(draft: argparse.ArgumentParser) -> None:
    draft.add_argument("file", type=Path, metavar="FILE", help="a CSV or Parquet file of the table")
    draft.add_argument(
        "--route",
        choices=ROUTES,
        required=True,
        metavar="ROUTE",
        help=f"route whose layout the file is to meet: {', '.join(ROUTES)}",
    )
    draft.add_argument("--table", required=True, help="table of the layout, see docs/reference/source-layout.md")
    draft.add_argument(
        "--delimiter", default=",", metavar="CHARACTER", help="character between two fields of a CSV file"
    )
    draft.add_argument("--encoding", default="utf-8", metavar="NAME", help="encoding of a CSV file")


def _draft_mapping(options: argparse.Namespace) -> None:
    from dyadlink.sources.draft_mapping import draft_mapping  # noqa: PLC0415  # other commands do without it

    form = parse_section(Csv, {"delimiter": options.delimiter, "encoding": options.encoding}, "--encoding, --delimiter")
    print(draft_mapping(options.file, options.route, options.table, form), end="")


def _add_check_options(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "--config",
        type=Path,
        required=True,
        metavar="FILE",
        help="configuration of the study; what it leaves out is taken from config/config.yaml",
    )
    check.add_argument(
        "--format", choices=("text", "json", "csv"), default="text", help="how to print the list (default: text)"
    )
    check.add_argument(
        "--fail-on",
        choices=("stop", "quarantine", "warn"),
        default="stop",
        help="least severity that ends the command with code 1 (default: stop)",
    )


def _check_inputs(options: argparse.Namespace) -> int:
    from dyadlink.sources.inputs import FORMATS, check_inputs, exit_code  # noqa: PLC0415  # loads every contract

    config = load_config_over(PROJECT / "config" / "config.yaml", options.config)
    findings = check_inputs(config, PROJECT)
    print(FORMATS[options.format](findings), end="")
    return exit_code(findings, options.fail_on)


def _add_review_options(sample: argparse.ArgumentParser) -> None:
    sample.add_argument(
        "--config", type=Path, default=PROJECT / "config/config.yaml", metavar="FILE", help="configuration of the run"
    )
    sample.add_argument(
        "--results", type=Path, default=Path("results"), metavar="FOLDER", help="folder of the run's results"
    )
    sample.add_argument("--pairs", type=int, default=300, metavar="N", help="pairs to draw, about half of them links")
    sample.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the draws")
    sample.add_argument("--force", action="store_true", help="replace an earlier sample, decisions and all")


def _draw_clerical_sample(options: argparse.Namespace) -> None:
    from dyadlink.linkage.review.study import FILE, PAGE, write_review  # noqa: PLC0415  # loads the linkage
    from dyadlink.results_folder import check_format  # noqa: PLC0415

    check_format(options.results)
    config = load_config_over(PROJECT / "config" / "config.yaml", options.config)
    folder = write_review(
        config, PROJECT, options.results, n_pairs=options.pairs, seed=options.seed, force=options.force
    )
    print(f"To fill: {folder / FILE}\nTo look at: {folder / PAGE}\nBoth hold identifiers and must not leave.")


def _read_review(options: argparse.Namespace) -> int:
    from dyadlink.linkage.review.study import ESTIMATES, read_decisions  # noqa: PLC0415  # loads the linkage

    estimates, faults = read_decisions(options.file, options.results)
    for fault in faults:
        print(f"dyadlink: {fault}", file=sys.stderr)
    if faults:
        return faults[0].exit_code
    for row in estimates.filter(cannot_tell="left_out").iter_rows(named=True):
        numbers = (row["estimate"], row["conf_low"], row["conf_high"])
        told = "not defined" if None in numbers else "{:.3f} (95% interval {:.3f} to {:.3f})".format(*numbers)
        print(f"{row['quantity']}: {told}")
    print(f"Unrounded, for you alone; the next run of the study releases what may leave: {options.results / ESTIMATES}")
    return 0


def _add_dictionary_options(dictionary: argparse.ArgumentParser) -> None:
    dictionary.add_argument(
        "--world", type=Path, required=True, metavar="FOLDER", help="folder that `dyadlink simulate` made"
    )
    dictionary.add_argument("--out", type=Path, required=True, metavar="CSV", help="CSV to write")
    dictionary.add_argument(
        "--descriptions",
        type=Path,
        metavar="FOLDER",
        default=PROJECT / "synthetic_data" / "descriptions",
        help="folder of own.csv and specifications.csv",
    )


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
        progress=_steps_of("simulate"),
    )
    print(f"Synthetic records: {options.out}\nWhat is true of them: {options.out / 'truth'}")


def _steps_of(command: str) -> Callable[[str], None]:
    """Return what prints each step on the error stream, with the seconds since the start."""
    start = time.monotonic()

    def tell(step: str) -> None:
        print(f"dyadlink {command}: [{time.monotonic() - start:4.0f} s] {step}", file=sys.stderr, flush=True)

    return tell


def _write_reference(options: argparse.Namespace) -> None:
    from dyadlink.audit.rules import write_rules_page  # noqa: PLC0415
    from dyadlink.models.pages import write_model_pages  # noqa: PLC0415
    from dyadlink.reference import write_reference  # noqa: PLC0415  # loads every contract
    from dyadlink.sources.pages import write_source_pages  # noqa: PLC0415
    from dyadlink.table_models.pages import write_table_model_page  # noqa: PLC0415

    write_reference(options.out)
    write_model_pages(options.out)
    write_table_model_page(options.out)
    write_rules_page(options.out)
    (options.out / "commands.md").write_text(commands_page(command_parser()), encoding="utf-8")
    write_source_pages(options.out, PROJECT / "src/dyadlink")


def _write_dictionary(options: argparse.Namespace) -> None:
    from dyadlink.synthetic.dictionary import data_dictionary  # noqa: PLC0415  # other commands do without it

    data_dictionary(options.world, options.descriptions).write_csv(options.out)


def _print_schema(_: argparse.Namespace) -> None:
    print(json.dumps(Config.model_json_schema(), indent=2, sort_keys=True))


if __name__ == "__main__":
    sys.exit(main())
