"""The commands `dyadlink ledger show`, `verify` and `withdraw`."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any


def add_command(commands: Any) -> None:
    """Add `ledger` and what it can do.

    Args:
        commands: What `add_subparsers` returned.
    """
    ledger = commands.add_parser(
        "ledger",
        help="show, verify or mend the ledger of a study's releases",
        description="The ledger holds every count that a study ever released; the next release is held against it. "
        "It stays inside.",
    )
    actions = ledger.add_subparsers(title="actions", required=True, metavar="ACTION", help="what to do with it")

    show = actions.add_parser("show", help="list the releases")
    show.set_defaults(run=_show)

    verify = actions.add_parser("verify", help="check that no line was changed, taken out or put in")
    verify.add_argument("--study", metavar="ID", help="study that it must be of (default: whichever it is of)")
    verify.add_argument("--hash", metavar="HASH", help="a last hash that you noted: it must stand in the ledger")
    verify.set_defaults(run=_verify)

    withdraw = actions.add_parser(
        "withdraw",
        help="say that a release never left the environment",
        description="Add a line that says that a release never left the environment and never will, so that the next "
        "one is not held against it. Nothing is deleted. Take its folder away: what was withdrawn must not leave.",
    )
    withdraw.add_argument("releases", metavar="RELEASE", nargs="+", help="its name, see `dyadlink ledger show`")
    withdraw.add_argument("--reason", default="", help="why, in your words")
    withdraw.set_defaults(run=_withdraw)
    for action in (show, verify, withdraw):
        action.add_argument("--ledger", type=Path, required=True, metavar="FILE", help="the ledger")


def _show(options: argparse.Namespace) -> None:
    from dyadlink.ledger import Entry, read_lines, standing  # noqa: PLC0415  # loads the models

    lines = [line for line, _ in read_lines(options.ledger)]
    stands = {id(entry) for entry in standing(lines)}
    for line in lines:
        if isinstance(line, Entry):
            shown = sum(count.n is not None for count in line.counts)
            state = "" if id(line) in stands else ", withdrawn"
            print(f"{line.release}  {line.date}  {line.profile}  {len(line.files)} tables, {shown:,} counts{state}")
        else:
            print(f"{line.withdraws}  {line.date}  withdrawn{f': {line.reason}' if line.reason else ''}")


def _verify(options: argparse.Namespace) -> None:
    from dyadlink.errors import ConfigError  # noqa: PLC0415
    from dyadlink.ledger import START, read_lines  # noqa: PLC0415  # loads the models

    hashes = [own for _, own in read_lines(options.ledger, options.study)]
    if options.hash and options.hash not in {START, *hashes}:
        raise ConfigError(
            "the hash does not stand in it: lines were cut off", where=str(options.ledger), mend="restore its copy"
        )
    print(f"{len(hashes)} line(s), none changed; last hash {hashes[-1] if hashes else START}")


def _withdraw(options: argparse.Namespace) -> None:
    from dyadlink.ledger import withdraw  # noqa: PLC0415  # loads the models

    for release in options.releases:
        withdraw(options.ledger, release, date.today(), options.reason)  # the day on the user's clock
        print(f"{release}: withdrawn. If its folder still stands, take it away: it must not leave.")
