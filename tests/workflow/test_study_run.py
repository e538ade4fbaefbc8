"""The study preset, really run: what a reviewer does."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import polars as pl
import pytest
from explained_dyads import check_every_dyad, check_excluded
from snakemake_run import PROJECT, STUDY_PRESET, release_bytes, run_snakemake, write_config
from table_1_again import TABLES, cells, middle
from traced_outputs import check_every_released_table, check_items_of_the_report, check_rules_are_those_of_the_run

from dyadlink.audit.auditor import audit_folder
from dyadlink.cli import main
from dyadlink.ledger import read_ledger
from dyadlink.profiles import get_profile
from dyadlink.results_folder import write_format
from dyadlink.true_links import read_true_links


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study run")  # a blank in the path, as users have
    config = write_config(folder, STUDY_PRESET)
    done = run_snakemake(folder, "--configfile", str(config))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _rerun(study: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_snakemake(study, "--configfile", str(study / "override.yaml"), *arguments)


def test_the_page_on_explaining_shows_what_is_printed(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (PROJECT / "docs/how-to/explain-a-dyad.md").read_text(encoding="utf-8").partition("An example")[2]
    shown = re.findall(r"(?:^    .+\n)+", page, flags=re.MULTILINE)
    assert len(shown) == 4
    assert main(["explain", "18", "--results", str(study / "results"), "--yes-print-records"]) == 0
    printed = capsys.readouterr().out
    for part in shown:
        assert re.sub(r"^    ", "", part, flags=re.MULTILINE) in printed


def test_ends_with_a_report_and_a_filled_release(study: Path) -> None:
    manifest = json.loads((study / "results/release/manifest.json").read_text(encoding="utf-8"))
    released = {path.stem for path in (study / "results/release/tables").glob("*.csv")}
    assert (study / "results/report/index.html").stat().st_size > 10_000
    assert {Path(entry["path"]).stem for entry in manifest["files"]} == released
    assert {
        "cohort_flow",
        "linkage",
        "linkage_accuracy",
        "linkage_accuracy_rates",
        "linkage_model",
        "standardised_differences",
        "linked_infants",
        "link_checks",
        "match_weights",
        "threshold_grid",
        "characteristics_by_o1",
        "characteristics_by_o2",
        "characteristics_by_custody_loss",
        "characteristics_by_plan",
        "outcomes",
        "csc_levels",
        "transitions",
        "movement_shares",
        "movement_tests",
        "custody_and_plan",
        "medians",
        "cumulative_incidence",
        "estimates",
        "planted_effects",
        "proportional_hazards",
        "leave_one_out",
        "performance",
        "data_completeness",
        "data_quality",
        "data_ranges",
    } <= released


def test_every_cell_of_table_1_is_what_the_rows_count(study: Path) -> None:
    rows = pl.read_parquet(study / "results/record_level/cohort/analysis.parquet").to_dicts()
    counts = pl.read_parquet(study / "results/aggregate/counts.parquet")
    counts = counts.filter(pl.col("table").str.starts_with("characteristics_by_"))
    assert set(counts["table"]) == set(TABLES)
    for table in TABLES:
        shown = counts.filter(table=table)
        variables = [name for name in shown["variable"].unique(maintain_order=True) if name != "total"]
        again = cells(rows, table, variables)
        told = {tuple(key): n for *key, n in shown.select("table", "variable", "level", "group", "n").iter_rows()}
        assert len(variables) >= 17
        assert len(told) == shown.height
        assert {cell: n for cell, n in told.items() if n} == dict(again)


def test_every_median_of_table_1_is_what_the_rows_give(study: Path) -> None:
    rows = pl.read_parquet(study / "results/record_level/cohort/analysis.parquet").to_dicts()
    medians = pl.read_parquet(study / "results/aggregate/medians.parquet")
    assert set(TABLES) <= set(medians["table"])
    for row in medians.filter(pl.col("table").is_in(list(TABLES))).iter_rows(named=True):
        n, *quartiles = middle(rows, row["table"], row["variable"], row["group"])
        assert row["n"] == n
        assert [row["lower_quartile"], row["median"], row["upper_quartile"]] == pytest.approx(quartiles, rel=1e-12)


def test_influence_stays_among_the_records_and_the_log_names_nobody(study: Path) -> None:
    path = study / "results/record_level/analysis/influence.parquet"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    models = pl.read_parquet(path)["model"].unique(maintain_order=True).to_list()
    lines = (study / "results/logs/fit_models.log").read_text(encoding="utf-8").splitlines()
    assert [line.split(":")[0] for line in lines] == models
    assert all(re.fullmatch(r"\w+: largest \|dfbetas\| of a mother \d+\.\d\d", line) for line in lines)


def test_rules_are_traced_as_snakemake_recorded_them(study: Path) -> None:
    check_rules_are_those_of_the_run(study)


def test_every_released_table_is_traced(study: Path) -> None:
    check_every_released_table(study)


def test_items_of_the_report_are_traced(study: Path) -> None:
    check_items_of_the_report(study)


def test_every_file_of_a_run_is_on_the_page_of_outputs(study: Path) -> None:
    page = (PROJECT / "docs/reference/outputs.md").read_text(encoding="utf-8")
    files = {path.relative_to(study / "results") for path in (study / "results").rglob("*") if path.is_file()}
    # These hold a file for each released table; the page tells of them as folders.
    of_tables = {"release/contexts", "release/checksums", "underlying", "report/tables", "report/figures"}
    apart = {"record_level/sources", *of_tables}
    own = {path.name for path in files if not any(path.is_relative_to(folder) for folder in apart)}
    assert {folder for folder in of_tables if f"`{folder}/`" not in page} == set()
    assert len(own) > 100
    assert {name for name in own if f"`{name}`" not in page} == set()


def test_a_second_run_finds_nothing_to_do(study: Path) -> None:
    again = _rerun(study)
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout + again.stderr


def test_what_a_failed_step_took_away_is_made_again(study: Path) -> None:
    # Snakemake removes what a failing step would have made, and the report of an earlier run still stands.
    links, aside = study / "results/record_level/linkage/links.parquet", study / "links.parquet"
    links.rename(aside)
    planned = _rerun(study, "--dry-run")
    aside.rename(links)
    assert re.search(r"^link_infants +1$", planned.stdout + planned.stderr, flags=re.MULTILINE)


def test_a_purge_takes_identifiers_of_simulated_records_too_and_nothing_is_to_be_done_again(
    study: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(study, folder)
    assert len(list(folder.rglob("identifiers.csv"))) > 5
    assert main(["purge-identifiers", str(folder / "results"), "--yes"]) == 0
    assert list(folder.rglob("identifiers.csv")) == []
    again = _rerun(folder, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_a_changed_setting_runs_only_what_depends_on_it(study: Path) -> None:
    planned = _rerun(study, "--dry-run", "--config", "disclosure={profile: strict}", "resources={threads: 1}")
    assert planned.returncode == 0
    text = planned.stdout + planned.stderr
    assert "simulate_sources" not in text.split("Reasons:")[0]


def test_record_level_is_closed_to_others(study: Path) -> None:
    mode = stat.S_IMODE((study / "results/record_level").stat().st_mode)
    assert mode == 0o700


def test_the_flow_ends_with_the_dyads_of_the_preset(study: Path) -> None:
    flow = pl.read_parquet(study / "results/aggregate/cohort_flow.parquet")
    analysis = pl.read_parquet(study / "results/record_level/cohort/analysis.parquet")
    assert flow.sort("position")["n"][-1] == analysis.height == 278


def test_every_dyad_can_be_explained(study: Path) -> None:
    assert check_every_dyad(study / "results", PROJECT) == 278


def test_every_dyad_that_is_not_analysed_says_why(study: Path) -> None:
    reasons = check_excluded(study / "results", PROJECT)
    assert reasons == {"died_by_t1", "episode_not_ended", "authority_not_covered"}


def test_no_identifier_leaves_the_sources(study: Path) -> None:
    sources = study / "results/record_level/sources"
    columns = {"NHSNumber", "GivenName", "FamilyName", "Forename", "Surname", "Postcode"}
    canaries: set[bytes] = set()
    for path in [sources / "nhs/identifiers.csv", *sources.glob("authorities/*/identifiers.csv")]:
        held = pl.read_csv(path, infer_schema=False)
        for column in columns & {"NHSNumber", "Postcode"} & set(held.columns):
            canaries |= {value.encode() for value in held[column].drop_nulls() if len(value) > 5}
    assert len(canaries) > 1_000
    for path in (path for path in study.rglob("*") if path.is_file() and sources not in path.parents):
        content = path.read_bytes()
        words = set(content.replace(b'"', b",").replace(b"\n", b",").split(b","))
        assert not words & canaries, path.relative_to(study)


def test_one_core_in_another_folder_gives_the_same_release(
    study: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    config = write_config(folder, STUDY_PRESET + "resources: {threads: 1}\n")
    done = run_snakemake(folder, "--configfile", str(config), cores=1)
    assert done.returncode == 0, done.stdout + done.stderr
    one, other = release_bytes(study), release_bytes(folder)
    assert one.keys() == other.keys()
    # The manifest and the report name the number of threads among the settings; nothing else may differ.
    differing = {name for name in one if one[name] != other[name]}
    manifest = {"results/release/manifest.json", "results/release/checksums/manifest.json.txt"}
    assert differing <= {*manifest, "results/report/index.html", "results/report/report.pdf"}


def test_most_true_links_are_found(study: Path) -> None:
    accuracy = pl.read_parquet(study / "results/aggregate/linkage_accuracy.parquet")
    n = dict(accuracy.filter(variable="total").select("outcome", "n").iter_rows())
    assert n["right"] > 100
    assert n["wrong"] < 0.02 * n["right"]
    assert n["missed"] < 0.3 * n["right"]


def test_at_its_own_threshold_the_grid_has_the_links_of_the_study(study: Path) -> None:
    grid = pl.read_parquet(study / "results/aggregate/threshold_grid.parquet")
    links = pl.read_parquet(study / "results/record_level/linkage/links.parquet")
    own = grid.row(by_predicate=pl.col("is_study"), named=True)
    right = pl.read_parquet(study / "results/aggregate/linkage_accuracy.parquet").filter(variable="total")
    n = dict(right.select("outcome", "n").iter_rows())
    assert own["n_links"] == links["match_weight"].count() > 100
    assert (own["n_right"], own["n_links"] - own["n_right"]) == (n["right"], n["wrong"])


LEDGER = "results/ledger_study_1_default.jsonl"


def test_the_release_stands_in_the_ledger_and_what_is_underneath_is_closed(study: Path) -> None:
    manifest = json.loads((study / "results/release/manifest.json").read_text(encoding="utf-8"))
    entry = {entry.release: entry for entry in read_ledger(study / LEDGER, manifest["study"])}[manifest["release"]]
    assert entry.files == {file["path"]: file["sha256"] for file in manifest["files"]}
    underlying = study / "results/underlying"
    assert underlying.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in [study / LEDGER, *underlying.glob("*.csv")]} == {0o600}


def test_every_shown_count_can_be_held_against_the_true_one(study: Path) -> None:
    held = 0
    for path in sorted((study / "results/underlying").glob("*.csv")):
        table = pl.read_csv(path, infer_schema_length=None)
        if {"n", "true_n"} <= set(table.columns) and "model" not in table.columns:
            both = table.with_columns(pl.col("n", "true_n").cast(pl.Int64)).drop_nulls(["n", "true_n"])
            assert ((both["n"] - both["true_n"]).abs() <= 5).all(), path.name
            held += both.height
    assert held > 1000


def test_a_release_that_the_ledger_lost_is_made_and_entered_again(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(study, folder)
    before = release_bytes(folder)
    assert "Nothing to be done" in (done := _rerun(folder, "--dry-run")).stdout + done.stderr
    (folder / LEDGER).unlink()
    done = _rerun(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert release_bytes(folder) == before
    manifest = json.loads((folder / "results/release/manifest.json").read_text(encoding="utf-8"))
    assert [entry.release for entry in read_ledger(folder / LEDGER)] == [manifest["release"]]


def test_a_ledger_that_was_changed_ends_the_run_without_a_release(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(study, folder)
    ledger = folder / LEDGER
    ledger.write_text(ledger.read_text(encoding="utf-8").replace('"n": 280', '"n": 290'), encoding="utf-8")
    done = _rerun(folder, "--forcerun", "release_tables")
    assert done.returncode != 0
    assert "the chain of hashes is broken: the ledger was changed" in done.stdout + done.stderr
    assert not (folder / "results/release").exists()
    assert not (folder / "results/underlying").exists()


def test_the_auditor_finds_nothing_in_the_release(study: Path) -> None:
    assert audit_folder(study / "results/release", get_profile("strict")) == []


def test_the_auditor_finds_nothing_in_the_report(study: Path) -> None:
    report = study / "results/report"
    types = {path.suffix[1:] for path in report.rglob("*") if path.suffix}
    assert {"csv", "docx", "html", "png", "svg", "tex"} <= types <= {"csv", "docx", "html", "pdf", "png", "svg", "tex"}
    files = get_profile("files", {"files": {"based_on": "strict", "file_types": sorted(types)}})
    assert audit_folder(report, files) == []


def test_nothing_is_released_that_is_small(study: Path) -> None:
    counts = pl.concat(
        pl.read_csv(path, infer_schema=False).select("status", pl.col("n").cast(pl.Int64))
        for path in sorted((study / "results/release/tables").glob("characteristics_by_*.csv"))
    )
    shown = counts.filter(pl.col("n").is_not_null())["n"]
    assert counts.height > 100
    assert shown.min() >= 10
    assert (shown % 10 == 0).all()
    assert counts.filter(pl.col("n").is_null())["status"].str.starts_with("suppressed").all()


def test_the_terminal_says_where_to_look(study: Path) -> None:
    done = _rerun(study, "--forcerun", "build_report", "--quiet", "all")
    assert done.returncode == 0
    assert "results/report/index.html" in done.stdout
    assert os.environ.get("HOME", "nowhere") not in (study / "results/report/index.html").read_text(encoding="utf-8")


def test_a_review_by_the_truth_gives_back_precision_and_recall(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    for part in ("linkage", "staging"):
        shutil.copytree(study / "results/record_level" / part, results / "record_level" / part)
    write_format(results)
    monkeypatch.chdir(study)
    drawn = ["clerical-sample", "--config", "override.yaml", "--results", str(results), "--pairs", "120"]
    assert main(drawn) == 0
    folder = results / "record_level/linkage"
    for name in ("clerical_review.csv", "clerical_review.html"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    capsys.readouterr()
    assert main(drawn) == 1  # decisions may stand in it
    assert main(["read-review", str(folder / "clerical_review.csv"), "--results", str(results)]) == 3
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(line.startswith("dyadlink: ") for line in told)

    truth = read_true_links(study / "results/record_level/sources", ["england_returns"]).select(
        left_id="infant_id", right_id=pl.concat_str("la_code", "la_child_id", separator=":"), decision=pl.lit("match")
    )
    ids = ["left_id", "right_id"]
    rows = pl.read_csv(folder / "clerical_review.csv", infer_schema=False).drop("decision")
    filled = rows.join(truth, on=ids, how="left").with_columns(pl.col("decision").fill_null("no match"))
    filled.with_columns(decision_2="decision").write_csv(tmp_path / "filled.csv")
    assert main(["read-review", str(tmp_path / "filled.csv"), "--results", str(results)]) == 0

    scored = pl.read_parquet(folder / "scored_pairs.parquet").rename({"infant_id": "left_id", "child_key": "right_id"})
    true = scored.join(truth, on=ids, how="semi")
    n_right, n_links = true["step"].count(), scored["step"].count()
    expected = {"precision": n_right / n_links, "recall": n_right / true.height}
    estimates = pl.read_parquet(results / "aggregate/review_estimates.parquet").filter(cannot_tell="left_out")
    found = {row["quantity"]: row for row in estimates.iter_rows(named=True)}
    assert set(found) == {"precision", "recall", "f1", "agreement"}
    for quantity, value in expected.items():
        assert found[quantity]["conf_low"] <= value <= found[quantity]["conf_high"], quantity
        assert found[quantity]["estimate"] == pytest.approx(value, abs=0.05)
    assert found["agreement"]["estimate"] == pytest.approx(1)


def test_few_infants_are_linked_where_there_is_nobody_to_be_linked_to(study: Path) -> None:
    controls = pl.read_parquet(study / "results/record_level/linkage/link_controls.parquet")
    infants = pl.read_parquet(study / "results/record_level/cohort/study_infants.parquet")
    assert set(controls["infant_id"]) >= set(infants["infant_id"])
    assert controls["is_linked"].mean() < 0.01


def test_an_outcome_that_nobody_has_leaves_tables_curves_and_report_standing(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "nobody"
    shutil.copytree(study, folder, symlinks=True)
    for name in ("analysis", "analysis_alternatives", "analysis_variants"):
        path = folder / f"results/record_level/cohort/{name}.parquet"
        in_time = [
            pl.col(column).replace("custody_loss", "censored").alias(column) for column in ("o3_event", "o4_event")
        ]
        never = pl.when(pl.col("o4").is_not_null()).then(pl.lit(value=False)).alias("o4")
        pl.read_parquet(path).with_columns(*in_time, never).write_parquet(path)
    done = _rerun(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = pl.read_parquet(folder / "results/aggregate/counts.parquet").filter(variable="o4", level="yes")
    assert counts.height > 0
    assert counts["n"].sum() == 0
    tables = folder / "results/release/tables"
    estimates = pl.read_csv(tables / "estimates.csv", infer_schema=False).filter(outcome="o4")
    assert estimates.height > 10
    assert set(estimates["status"]) == {"suppressed_primary"}
    assert estimates["estimate"].is_null().all()
    curve = pl.read_csv(tables / "cumulative_incidence.csv", infer_schema=False).filter(outcome="o4")
    assert "custody_loss" in set(curve["cause"])
    assert set(curve["status"]) == {"suppressed_primary"}
    report = (folder / "results/report/index.html").read_text(encoding="utf-8")
    assert "The cumulative incidence of custody loss is not shown" in report
