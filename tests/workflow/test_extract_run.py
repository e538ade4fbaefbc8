"""The committed extract runs through the study by the command of its README."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import polars as pl
import pytest
from snakemake_run import PROJECT, run_snakemake

EXTRACT = Path("synthetic_data/extract")
SUPPRESSED = pl.col("status").str.starts_with("suppressed")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extract")
    # A copy: a wrong configuration would have the workflow write where it should read.
    shutil.copytree(PROJECT / EXTRACT, folder / EXTRACT)
    page = (PROJECT / EXTRACT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^    snakemake --cores 2 (.+)$", page, re.MULTILINE)
    assert command is not None
    words = [str(PROJECT / word) if word.endswith(".yaml") else word for word in shlex.split(command.group(1))]
    done = run_snakemake(folder, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "results/report/index.html").exists()
    return folder / "results/release/tables"


def test_as_many_dyads_remain_as_the_page_says(release: Path) -> None:
    page = (PROJECT / EXTRACT / "README.md").read_text(encoding="utf-8")
    said = re.search(r"(\d+) dyads remain", page)
    analysis = release.parents[1] / "record_level/cohort/analysis.parquet"
    assert said is not None
    assert pl.scan_parquet(analysis).select(pl.len()).collect().item() == int(said.group(1))


def test_every_estimate_and_curve_of_so_few_is_suppressed(release: Path) -> None:
    for name in ("estimates", "cumulative_incidence"):
        table = pl.read_csv(release / f"{name}.csv", infer_schema=False)
        assert table.height > 0
        if name == "estimates":
            # Girls and boys are both many, even of so few: there the rules have nothing to hide but cells of levels.
            table = table.filter(pl.col("outcome") != "negative_control")
        assert table.filter(~SUPPRESSED).is_empty(), name


def test_three_in_four_cells_about_people_are_suppressed(release: Path) -> None:
    paths = [*release.glob("characteristics_by_*.csv"), release / "outcomes.csv", release / "csc_levels.csv"]
    cells = pl.concat(pl.read_csv(path, infer_schema=False).select("status") for path in paths)
    share = cells.select(SUPPRESSED.mean()).item()
    assert 0.75 < share < 1


def test_nothing_is_compared_with_a_truth(release: Path) -> None:
    assert not {"planted_effects.csv", "linkage_accuracy.csv"} & {path.name for path in release.iterdir()}
