"""A sensitivity analysis is a row of YAML: models of one's own, an alternative of one's own, no line of Python."""

from __future__ import annotations

import textwrap
from pathlib import Path

import polars as pl
import pytest
import yaml
from snakemake_run import PROJECT, STUDY_PRESET, run_snakemake, write_config

HOW_TO = (PROJECT / "docs/how-to/add-a-sensitivity-analysis.md").read_text(encoding="utf-8")
OWN_ROWS = """
  - name: o1_without_parents_care
    role: sensitivity
    label: mothers' own histories left out
    outcome: o1
    population: all
    family: firth
    terms:
      - {name: is_single, kind: binary}
      - {name: maternal_age_years, kind: spline, knots: [20, 30, 40], reference: 30}
  - name: o1_looser_spells
    role: sensitivity
    outcome: o1
    population: all
    family: logistic
    terms: study_factors
    alternative: loose_spells
"""


def row_of_the_page() -> str:
    block = HOW_TO.split("```yaml\n")[1].split("```")[0]
    return "\n" + textwrap.indent(textwrap.dedent(block), "  ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    shipped = (PROJECT / "config/models.yaml").read_text(encoding="utf-8")
    (folder / "models.yaml").write_text(shipped.rstrip("\n") + OWN_ROWS + row_of_the_page(), encoding="utf-8")
    own = {"models": str(folder / "models.yaml"), "alternatives": {"loose_spells": {"spell_gap_days": 30}}}
    config = write_config(folder, STUDY_PRESET + yaml.safe_dump(own))
    done = run_snakemake(folder, "--configfile", str(config))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_new_rows_are_fitted_released_and_shown(folder: Path) -> None:
    fitted = pl.read_parquet(folder / "results/aggregate/estimates.parquet")
    released = pl.read_csv(folder / "results/release/tables/estimates.csv", infer_schema_length=None)
    for name in ("o1_without_parents_care", "o1_looser_spells", "o1_logistic_detained"):
        assert fitted.filter(model=name)["estimate"].count() > 0
        assert released.filter(model=name).height == fitted.filter(model=name).height
    assert fitted.filter(model="o1_without_parents_care")["level"].to_list() == ["yes", "20", "40"]
    page = (folder / "results/report/index.html").read_text(encoding="utf-8")
    assert "mothers&#39; own histories left out" in page
    assert "spells up to 30 days apart joined" in page


def test_the_shipped_rows_stay_as_they_are(folder: Path) -> None:
    shipped = yaml.safe_load((PROJECT / "config/models.yaml").read_text(encoding="utf-8"))["models"]
    fitted = set(pl.read_parquet(folder / "results/aggregate/estimates.parquet")["model"])
    assert {row["name"] for row in shipped if row.get("linkage") != "thresholds"} <= fitted


def test_a_row_that_cannot_be_meant_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    own = {"models": [{"name": "m", "role": "primary", "outcome": "o1", "population": "all", "family": "logistic"}]}
    own["models"][0]["terms"] = [{"name": "has_readmission", "kind": "binary"}]  # type: ignore[assignment]
    (tmp_path / "models.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    config = write_config(tmp_path, STUDY_PRESET + yaml.safe_dump({"models": str(tmp_path / "models.yaml")}))
    done = run_snakemake(tmp_path, "--configfile", str(config))
    assert done.returncode != 0
    assert "'has_readmission' is no baseline covariate" in done.stdout + done.stderr
    assert not (tmp_path / "results/record_level/sources").exists()
