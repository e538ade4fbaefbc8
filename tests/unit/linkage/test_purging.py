"""A purge says what goes before it goes, and refuses where it would come too early."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyadlink.cli import main
from dyadlink.linkage.purging import LEFT_BY_LINKAGE, plan_purge
from dyadlink.one_run import hold_folder
from dyadlink.results_folder import PURGED, SETTINGS, write_format, write_settings
from dyadlink.storage import clear_working_folders, working_folder

SOURCES = {"directory": "records", "simulate": None, "is_synthetic": True}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results whose linkage is finished, with a review in them; the records are gone already."""
    results = tmp_path / "results"
    linkage = results / SETTINGS.parent
    linkage.mkdir(parents=True)
    write_format(results)
    write_settings(results, {"study": {}, "sources": SOURCES, "linkage": {}})
    for name in (*LEFT_BY_LINKAGE, "clerical_review.csv", ".clerical_review.html.part", "clerical_sample.parquet"):
        (linkage / name).write_text("", encoding="utf-8")
    return results


def test_what_holds_identifiers_goes_and_links_stay(results: Path) -> None:
    purge = plan_purge(results)
    assert [path.name for path in purge.goes] == [".clerical_review.html.part", "clerical_review.csv"]
    assert purge.stays == ()
    purge.run()
    left = {path.name for path in (results / SETTINGS.parent).iterdir()}
    assert left == {*LEFT_BY_LINKAGE, "clerical_sample.parquet", SETTINGS.name, PURGED.name}
    assert plan_purge(results).goes == ()


def test_what_a_killed_step_left_in_a_temporary_folder_goes(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scratch = tmp_path / "scratch"
    clear_working_folders(results, scratch)  # a run begins
    with working_folder(results / "record_level/linkage/.working", scratch) as folder:
        pass
    folder.mkdir()  # and is killed
    (folder / "tables.duckdb").write_text("", encoding="utf-8")
    (scratch / "of others").mkdir()
    assert main(["purge-identifiers", str(results), "--yes"]) == 0
    assert f"  {folder}\n" in capsys.readouterr().out
    assert [path.name for path in scratch.iterdir()] == ["of others"]


def test_a_linkage_that_is_not_finished_is_refused(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "record_level/linkage/links.parquet").unlink()
    assert main(["purge-identifiers", str(results), "--yes"]) == 1
    assert "the linkage is not finished: links.parquet is missing -> run the study up to it" in capsys.readouterr().err
    assert (results / "record_level/linkage/clerical_review.csv").exists()
    assert not (results / PURGED).exists()


def test_a_run_at_work_is_not_disturbed(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results.parent / ".snakemake").mkdir()
    hold_folder(results.parent)
    assert main(["purge-identifiers", str(results), "--yes"]) == 1
    assert "a run is at work in this folder -> let it end" in capsys.readouterr().err
    assert (results / "record_level/linkage/clerical_review.csv").exists()


def test_nothing_goes_without_a_yes(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["purge-identifiers", str(results)]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == f"To delete: 2 file(s) and folder(s) with identifiers in {results}"
    assert err == "dyadlink: nothing was deleted -> say --yes to delete\n"
    assert main(["purge-identifiers", str(results), "--yes", "--dry-run"]) == 0
    assert (results / "record_level/linkage/clerical_review.csv").exists()
    assert not (results / PURGED).exists()
