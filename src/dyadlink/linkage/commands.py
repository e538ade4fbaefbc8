"""The commands of linkage: any two files of persons, links against a truth, files without names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dyadlink.config import Resources, parse_section

Steps = Callable[[str], Callable[[str], None]]
"""Makes, for a command, what tells its steps."""


def add_commands(commands: Any, project: Path, steps: Steps) -> None:
    """Add `link`, `evaluate-links`, `encode-identifiers` and `purge-identifiers`.

    Args:
        commands: What `add_subparsers` returned.
        project: The checkout.
        steps: Makes what tells the steps of a command.
    """
    _add_link(commands, project, steps)
    _add_evaluate(commands)
    _add_encode(commands, project)
    _add_purge(commands)


def _add_link(commands: Any, project: Path, steps: Steps) -> None:
    link = commands.add_parser(
        "link",
        help="link the persons of any two files",
        description="Link the persons of two CSV or Parquet files: an exact ladder, then a probabilistic model. The "
        "files that it writes hold ids and weights, and their owner alone can read them.",
    )
    link.add_argument("left", metavar="LEFT", type=Path, help="persons to look for")
    link.add_argument("right", metavar="RIGHT", type=Path, help="records to find them in")
    link.add_argument("--settings", type=Path, required=True, metavar="YAML", help="columns, ladder, comparisons, ...")
    link.add_argument("--out", type=Path, required=True, metavar="PARQUET", help="links to write")
    link.add_argument("--scored-pairs", type=Path, metavar="PARQUET", help="also write every pair that was scored")
    link.add_argument(
        "--model", type=Path, metavar="JSON", help="model to use; if it is not there, where to write the one learnt"
    )
    link.add_argument("--threads", type=int, default=2, help="threads (default: 2)")
    link.add_argument("--memory-limit", default="1GB", help="memory of the database (default: 1GB)")
    link.add_argument(
        "--working-folder",
        type=Path,
        metavar="FOLDER",
        help="where tables may go that do not fit in memory, identifiers among them, for a time; without it "
        "they stay in memory",
    )
    link.add_argument("--force", action="store_true", help="replace files that stand there, the model too")
    link.set_defaults(run=lambda options: _link(options, project, steps))


def _link(options: argparse.Namespace, project: Path, steps: Steps) -> None:
    from dyadlink.linkage.file_settings import read_file_linkage  # noqa: PLC0415  # other commands do without it
    from dyadlink.linkage.link_files import Outputs, link_files  # noqa: PLC0415

    resources = parse_section(
        Resources, {"threads": options.threads, "memory_limit": options.memory_limit}, "--threads, --memory-limit"
    )
    n = link_files(
        options.left,
        options.right,
        read_file_linkage(options.settings),
        Outputs(options.out, options.scored_pairs, options.model),
        project=project,
        resources=resources,
        is_forced=options.force,
        working=options.working_folder,
        tell=steps("link"),
    )
    print(f"{n:,} links: {options.out}")


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser(
        "evaluate-links",
        help="hold links against a truth: precision, recall, F1",
        description="Precision, recall and F1 of links with 95% intervals, against a file of true pairs. The counts "
        "are unrounded: they are for those who may see the records.",
    )
    evaluate.add_argument("links", metavar="LINKS", type=Path, help="left_id, right_id: CSV or Parquet")
    evaluate.add_argument("--truth", type=Path, required=True, help="left_id, right_id of all true pairs")
    evaluate.add_argument("--by", metavar="COLUMN", help="also by this column of --persons")
    evaluate.add_argument("--persons", type=Path, help="file of the left persons")
    evaluate.add_argument("--persons-id", default="person_id", help="its column of ids (default: person_id)")
    evaluate.add_argument("--scored-pairs", type=Path, help="also over a grid of thresholds of these pairs")
    evaluate.add_argument("--out", type=Path, metavar="CSV", help="write the table here too")
    evaluate.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    from dyadlink.errors import ConfigError  # noqa: PLC0415
    from dyadlink.linkage.evaluation import Groups, as_text, evaluate_links  # noqa: PLC0415  # others do without it
    from dyadlink.sql import connect  # noqa: PLC0415
    from dyadlink.storage import new_file  # noqa: PLC0415

    if (options.by is None) != (options.persons is None):
        raise ConfigError("--by and --persons go together", mend="give both, or neither")
    groups = Groups(options.persons, options.persons_id, options.by) if options.by else None
    table = evaluate_links(
        connect(Resources()),
        links=options.links,
        truth=options.truth,
        groups=groups,
        scored_pairs=options.scored_pairs,
    )
    if options.out is not None:
        with new_file(options.out) as aside:
            table.write_csv(aside)
    print(as_text(table), end="")


def _add_encode(commands: Any, project: Path) -> None:
    encode = commands.add_parser(
        "encode-identifiers",
        help="write a file of persons without names, for a linkage that sees none",
        description="Write keyed hashes and Bloom filters in the place of identifiers, and a pseudonym in the place "
        "of the id. Both sides use one key, which who links them does not have.",
    )
    encode.add_argument("file", metavar="FILE", type=Path, help="persons: CSV or Parquet")
    encode.add_argument("--settings", type=Path, required=True, metavar="YAML", help="what its columns are")
    encode.add_argument("--key-file", type=Path, required=True, help="file of the shared key, outside the project")
    encode.add_argument("--out", type=Path, required=True, metavar="PARQUET", help="file to write")
    encode.add_argument("--bits", type=int, default=1024, help="length of a Bloom filter (default: 1024)")
    encode.add_argument("--hashes", type=int, default=30, help="positions that each q-gram sets (default: 30)")
    encode.add_argument(
        "--salt-with-birth-year", action="store_true", help="make names comparable within one year of birth alone"
    )
    encode.add_argument("--force", action="store_true", help="replace a file that stands there")
    encode.set_defaults(run=lambda options: _encode(options, project))


def _encode(options: argparse.Namespace, project: Path) -> None:
    from dyadlink.linkage.bloom import BloomParameters  # noqa: PLC0415  # other commands do without it
    from dyadlink.linkage.encode_file import encode_file  # noqa: PLC0415
    from dyadlink.linkage.file_settings import read_person_file_settings  # noqa: PLC0415

    given = {"bits": options.bits, "hashes": options.hashes, "is_salted": options.salt_with_birth_year}
    n = encode_file(
        options.file,
        read_person_file_settings(options.settings),
        options.out,
        key_file=options.key_file,
        parameters=parse_section(BloomParameters, given, "--bits, --hashes"),
        project=project,
        is_forced=options.force,
    )
    print(f"{n:,} persons: {options.out}")


def _add_purge(commands: Any) -> None:
    purge = commands.add_parser(
        "purge-identifiers",
        help="delete the identifiers that a finished linkage left in the results",
        description="Delete what the results still hold of identifiers after the linkage: files of the clerical "
        "review, working tables of steps that were killed, the identifier files of simulated records. Links stay, and "
        "every later stage runs on; the linkage runs no more. Files of your records outside the results are named and "
        "left alone.",
    )
    purge.add_argument(
        "results", type=Path, nargs="?", default=Path("results"), metavar="RESULTS", help="folder of the run's results"
    )
    purge.add_argument("--dry-run", action="store_true", help="say what would go, and delete nothing")
    purge.add_argument("--yes", action="store_true", help="delete: it cannot be undone")
    purge.set_defaults(run=_purge)


def _purge(options: argparse.Namespace) -> int:
    from dyadlink.linkage.purging import plan_purge  # noqa: PLC0415  # other commands do without it

    purge = plan_purge(options.results)
    is_done = options.yes and not options.dry_run
    if is_done:
        purge.run()
    print(purge.summary(is_done=is_done))
    if is_done or options.dry_run:
        return 0
    print("dyadlink: nothing was deleted -> say --yes to delete", file=sys.stderr)
    return 1
