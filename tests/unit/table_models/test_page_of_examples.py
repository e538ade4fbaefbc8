"""The commands of docs/how-to/fit-a-model.md run as they stand there, and print what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dyadlink.cli import main

PROJECT = Path(__file__).resolve().parents[3]
PAGE = (PROJECT / "docs/how-to/fit-a-model.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^    \$ (dyadlink .+)\n((?:    .*\n)+)", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize(("command", "printed"), EXAMPLES, ids=lambda text: text.split()[-1])
def test_a_command_prints_what_the_page_says(
    command: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("tests", "config"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)
    assert main(words[1:]) == 0
    assert capsys.readouterr().out == re.sub(r"^    ", "", printed, flags=re.MULTILINE)
    assert Path(words[-1]).is_file()


def test_every_example_is_on_the_page() -> None:
    models = {path.name for path in (PROJECT / "config/examples/models").glob("*.yaml")}
    assert models == {Path(shlex.split(command)[4]).name for command, _ in EXAMPLES}


def test_the_model_on_the_page_is_the_one_in_the_file() -> None:
    written = (PROJECT / "config/examples/models/rossi_cox.yaml").read_text(encoding="utf-8")
    assert "".join(f"    {line}\n" for line in written.splitlines()) in PAGE
