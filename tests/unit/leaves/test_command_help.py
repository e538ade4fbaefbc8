"""Every command explains itself: in words, with an example that it takes, and without what only this machine knows."""

from __future__ import annotations

import argparse
import shlex

import pytest

from dyadlink.cli import PROJECT, command_parser, main
from dyadlink.command_help import EXAMPLES

(COMMANDS,) = (action for action in command_parser()._actions if isinstance(action, argparse._SubParsersAction))


def test_every_command_has_an_example() -> None:
    assert set(EXAMPLES) == set(COMMANDS.choices)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_command_takes_its_example(name: str) -> None:
    words = shlex.split(EXAMPLES[name].partition(" > ")[0])
    assert words[:2] == ["dyadlink", name]
    options = command_parser().parse_args(words[1:])
    assert callable(options.run)


@pytest.mark.parametrize("name", sorted(COMMANDS.choices))
def test_help_fits_a_narrow_terminal_and_tells_no_path_of_this_machine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = COMMANDS.choices[name]
    text = command.format_help()
    assert command.description
    assert "default: None" not in text
    assert str(PROJECT) not in text
    assert EXAMPLES[name] in text
    before_the_example = text.partition("\nexample")[0]
    assert max(map(len, before_the_example.splitlines())) <= 80
    assert all(action.help for action in command._actions)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["audt"], "dyadlink: there is no command 'audt'; is 'audit' meant? -> see dyadlink --help"),
        (["zzz"], "dyadlink: there is no command 'zzz' -> see dyadlink --help"),
        ([], "dyadlink: the following arguments are required: COMMAND -> see dyadlink --help"),
        (
            ["audit", "results/release"],
            "dyadlink audit: the following arguments are required: --profile -> see dyadlink audit --help",
        ),
    ],
)
def test_a_mistyped_call_is_one_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{told}\n"
