"""One undisturbed run of a small study that uses every stage; what the faults leave is held against it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import yaml
from disturbed import Study, start

PROJECT = Path(__file__).resolve().parents[2]
MODELS = {"o1_logistic", "o4_cox", "o4_fine_gray", "o_negative_control", "o1_logistic_sampled", "o1_logistic_chained"}


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The undisturbed run: its folder, its configuration, and the seconds it took."""
    folder = tmp_path_factory.mktemp("undisturbed")
    told = yaml.safe_load((PROJECT / "config/models.yaml").read_text(encoding="utf-8"))
    told["models"] = [model for model in told["models"] if model["name"] in MODELS]
    (folder / "models.yaml").write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    config = folder / "study.yaml"
    config.write_text(
        f"sources: {{simulate: {{preset: study, seed: 1}}}}\nmodels: {folder / 'models.yaml'}\n", encoding="utf-8"
    )
    begun = time.monotonic()
    run = start(folder, config)
    told_by_run = run.communicate()[0]
    assert run.returncode == 0, told_by_run
    return Study(folder, config, time.monotonic() - begun)


@pytest.fixture
def finished(study: Study, tmp_path: Path) -> Path:
    """A folder of the test's own in which the study has run."""
    folder = tmp_path / "finished"
    shutil.copytree(study.folder, folder, symlinks=True)
    return folder
