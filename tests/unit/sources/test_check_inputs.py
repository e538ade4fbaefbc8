"""`dyadlink check-inputs`: the list, its formats, its exit codes, and what it never says."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dyadlink.cli import PROJECT, main
from dyadlink.synthetic import simulate

CANARY = "CANARY77"
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clean") / "sources"
    simulate("study", 3, out, PROJECT / "synthetic_data/parameters.yaml", flaws="none")
    return out


@pytest.fixture
def sources(clean: Path, tmp_path: Path) -> Path:
    shutil.copytree(clean, tmp_path / "sources")
    return tmp_path / "sources"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Check the copy with more keys of the configuration and more arguments: exit code and output."""

    def check(*arguments: str, more: str = "") -> tuple[int, str]:
        config = tmp_path / "study.yaml"
        config.write_text(f"sources: {{directory: {tmp_path / 'sources'}, simulate: null}}\n{more}", encoding="utf-8")
        code = main(["check-inputs", "--config", str(config), *arguments])
        done = capsys.readouterr()
        return code, done.out + done.err

    return check


def _episodes(sources: Path) -> Path:
    return max(sources.glob("authorities/2*/ssda903/2023/episodes.csv"), key=lambda path: path.stat().st_size)


def _add_episode(path: Path, start: str, end: str, placement: str = "U6") -> None:
    """Add an episode of a child of its own, with a header."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{CANARY},{start},S,C2,N1,{placement},PR1,{end},{'E4A' if end else ''},,,,,invented\n")
    with (path.parent / "header.csv").open("a", encoding="utf-8") as file:
        file.write(f"{CANARY},1,07/07/2022,WBRI,,,,invented\n")


@pytest.mark.usefixtures("sources")
def test_sources_that_keep_the_rules(run: Run) -> None:
    assert run("--fail-on", "warn") == (0, "No rule is broken.\n")


def test_a_warning_ends_well_unless_asked_otherwise(sources: Path, run: Run) -> None:
    _add_episode(_episodes(sources), "05/08/2022", "05/09/2022", placement="F1")
    code, out = run()
    assert code == 0
    assert run("--fail-on", "quarantine")[0] == 0
    assert run("--fail-on", "warn") == (1, out)
    assert "warn      dfe_146  looked_after_episodes     1  authorities/" in out
    assert "          The placement is not in the list of the country and year -> use the codes of the list" in out
    assert "Rules broken: 1 warn." in out
    assert "must not leave the environment" in out


def test_a_record_set_aside_can_fail(sources: Path, run: Run) -> None:
    _add_episode(_episodes(sources), "05/08/2022", "04/08/2022")
    assert run()[0] == 0
    assert run("--fail-on", "quarantine")[0] == 1
    assert "quarantine  end_before_start  looked_after_episodes     1  authorities/" in run()[1]


def test_an_unknown_authority_fails_by_itself_and_comes_first(sources: Path, run: Run) -> None:
    _add_episode(_episodes(sources), "05/08/2022", "04/08/2022")
    path = sources / "reference/authorities.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:1] + lines[2:]), encoding="utf-8")
    code, out = run()
    assert code == 1
    assert out.splitlines()[1].startswith("stop        authority_unknown  cin_children")
    assert "add it to reference/authorities.csv or take its files out" in out
    assert "/*.xml (7 files)" in out


def test_a_table_that_is_mostly_set_aside_fails_as_configured(sources: Path, run: Run) -> None:
    path = sources / "nhs/mhsds/MHS604PrimDiag.csv"
    other = sources / "nhs/mhsds/MHS605SecDiag.csv"
    for each in (path, other):
        with each.open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        with each.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({**row, "DiagSchemeInUse": "06" if n % 3 else "02"} for n, row in enumerate(table))
    code, out = run()
    assert code == 1
    assert "stop        too_many_rows_set_aside     diagnoses" in out
    assert "the whole table" in out
    assert run(more="checks: {maximum_share_set_aside: 0.7}\n")[0] == 0


def test_the_three_formats_say_the_same(sources: Path, run: Run) -> None:
    path = _episodes(sources)
    _add_episode(path, "05/08/2022", "04/08/2022", placement="F1")
    wanted = [
        ("quarantine", "end_before_start", "looked_after_episodes", str(path.relative_to(sources)), 1),
        ("warn", "dfe_146", "looked_after_episodes", str(path.relative_to(sources)), 1),
    ]
    keys = ("severity", "rule", "source", "file", "n")
    listed = json.loads(run("--format", "json")[1])
    assert [tuple(row[key] for key in keys) for row in listed] == wanted
    assert set(listed[0]) == {*keys, "title", "mend"}
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv")[1])))
    assert [tuple(row[key] for key in keys) for row in rows] == [tuple(map(str, row)) for row in wanted]


@pytest.mark.usefixtures("sources")
def test_nothing_wrong_is_an_empty_list_in_every_format(run: Run) -> None:
    assert json.loads(run("--format", "json")[1]) == []
    assert run("--format", "csv")[1] == "severity,rule,source,file,n,title,mend\n"


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_no_value_of_a_person_is_ever_said(sources: Path, run: Run, form: str) -> None:
    _add_episode(_episodes(sources), "05/08/2022", "04/08/2022", placement="F1")
    out = run("--format", form)[1]
    assert "end_before_start" in out
    for value in (CANARY, "05/08/2022", "2022-08-05", "07/07/2022", "2022-07-07", "F1"):
        assert value not in out


def test_a_missing_file_ends_with_the_code_of_sources(sources: Path, run: Run) -> None:
    (sources / "nhs/msds/MSD401BabyDemographics.csv").unlink()
    code, out = run()
    assert code == 3
    assert "stop      not_found  msd401babydemographics     -  nhs/msds/MSD401BabyDemographics.csv" in out
    assert "          File not found -> put it there, " in out
    assert "Rules broken: 1 stop.\nWhat could not be read counts as empty" in out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sorces: {}\n", "unknown key 'sorces'"),
        ("checks: {minimum_rows: 0}\n", "key 'checks.minimum_rows'"),
        ("- 1\n", "holds no keys"),
        ("a: [\n", "not valid YAML"),
    ],
)
def test_a_wrong_configuration_ends_with_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    config = tmp_path / "study.yaml"
    config.write_text(text, encoding="utf-8")
    assert main(["check-inputs", "--config", str(config)]) == 2
    assert told in capsys.readouterr().err


def test_records_that_are_not_simulated_yet_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "study.yaml"
    config.write_text(f"sources: {{directory: {tmp_path / 'none'}}}\n", encoding="utf-8")
    assert main(["check-inputs", "--config", str(config)]) == 3
    assert "the simulated records are not there yet -> run the study once" in capsys.readouterr().err
