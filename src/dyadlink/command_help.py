"""How the commands explain themselves: help at the terminal, and the reference page made from the same words."""

from __future__ import annotations

import argparse
import difflib
import re
from pathlib import Path
from typing import Any, NoReturn

EXAMPLES = {
    "simulate": "dyadlink simulate --preset study --seed 7 --out my-records",
    "draft-mapping": "dyadlink draft-mapping patients.csv --route england_returns --table mhs001mpi > names.yaml",
    "check-inputs": "dyadlink check-inputs --config my-study.yaml --fail-on quarantine",
    "link": "dyadlink link infants.csv children.parquet --settings settings.yaml --out links.parquet",
    "evaluate-links": "dyadlink evaluate-links links.parquet --truth truth.csv --by ethnicity --persons infants.csv",
    "encode-identifiers": "dyadlink encode-identifiers children.csv --settings file.yaml --key-file ~/keys/linkage.key "
    "--out children.parquet",
    "purge-identifiers": "dyadlink purge-identifiers results --dry-run",
    "clerical-sample": "dyadlink clerical-sample --config my-study.yaml --pairs 300",
    "read-review": "dyadlink read-review results/record_level/linkage/clerical_review.csv",
    "explain": "dyadlink explain 18",
    "fit": "dyadlink fit patients.csv --model model.yaml --out estimates.csv",
    "audit": "dyadlink audit results/release --profile strict",
    "diff-release": "dyadlink diff-release sent/2026-03 results/release",
    "ledger": "dyadlink ledger show --ledger ~/ledgers/my-study.jsonl",
    "report": "dyadlink report results/release --out report",
    "trace": "dyadlink trace results/release/tables/outcomes.csv",
    "config-schema": "dyadlink config-schema > config/config.schema.json",
    "reference": "dyadlink reference --out docs/reference",
    "dictionary": "dyadlink dictionary --world my-records --out data_dictionary.csv",
}
"""One example for each command, by its name."""


class Formatter(argparse.HelpFormatter):
    """Help with the defaults that say something; a text that has its own lines keeps them."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)

    def _get_help_string(self, action: argparse.Action) -> str:
        default = default_in_words(action)
        words = action.help or ""
        return f"{words} (default: {default})" if default and "(default" not in words else words


class Parser(argparse.ArgumentParser):
    """Tells what is wrong with a call in one line, and the command that a mistyped one is near to."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            near = difflib.get_close_matches(str(value), list(action.choices), n=1)
            meant = f"; is '{near[0]}' meant?" if near else ""
            raise argparse.ArgumentError(None, f"there is no command '{value}'{meant}")
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        """End with code 2 and one line."""
        self.exit(2, f"{self.prog}: {message} -> see {self.prog} --help\n")


def default_in_words(action: argparse.Action) -> str:
    """The default of an option, a path of the checkout from its root; empty where there is none."""
    value = action.default
    if action.required or value in (None, False, argparse.SUPPRESS) or not action.option_strings:
        return ""
    project = Path(__file__).resolve().parents[2]
    if isinstance(value, Path) and value.is_relative_to(project):
        return str(value.relative_to(project))
    return str(value)


def explain_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give every command the formatter and its example."""
    for name, command in commands.choices.items():
        command.formatter_class = Formatter
        if command.epilog is None and name in EXAMPLES:
            command.epilog = f"example:\n\n    {EXAMPLES[name]}"


def commands_page(parser: argparse.ArgumentParser) -> str:
    """Markdown: every command with its arguments, options and an example."""
    parts = [
        "# Commands",
        "Written from the command line by `make reference`. `dyadlink COMMAND --help` says the same at the terminal. "
        "The study itself is run by Snakemake: [first run](../tutorial/first-run.md).",
        "Every command ends with 0 where all is well, and with another code and one line on the error stream where it "
        "is not: 1 it cannot be done, 2 the configuration or the call is wrong, 3 a source is missing or unreadable, "
        "4 a table is not what its contract promises, 130 interrupted ([what each line means](errors.md)). `audit` and "
        "`check-inputs` end with 1 where they find something.",
    ]
    for name, command in _commands_of(parser).items():
        example = f"```sh\n{EXAMPLES[name]}\n```" if name in EXAMPLES else ""
        parts += [f"## {name}", _sentence(command.description), _arguments(command), example]
        for action, its in _commands_of(command).items():
            parts += [f"### {name} {action}", _sentence(its.description), _arguments(its)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return {name: command for action in found for name, command in action.choices.items()}


def _sentence(words: str | None) -> str:
    return " ".join((words or "").split())


def _arguments(command: argparse.ArgumentParser) -> str:
    rows = []
    for action in command._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        shown = action.metavar or ("\\|".join(map(str, action.choices)) if action.choices else action.dest.upper())
        takes_value = action.nargs != 0
        if action.option_strings:
            name = f"`{action.option_strings[-1]}{' ' + str(shown) if takes_value else ''}`"
        else:
            name = f"`{shown}`"
        is_needed = action.required and (bool(action.option_strings) or action.nargs is None)
        default = "needed" if is_needed else default_in_words(action)
        words = re.sub(r" \(default: .*\)$", "", _sentence(action.help))
        rows.append(f"| {name} | {words} | {default} |")
    return "\n".join(["| argument | what | default |", "|---|---|---|", *rows]) if rows else ""
