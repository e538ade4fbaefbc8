"""The workflow as a program: its jobs, its lint, its picture, its direction."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
import pytest
import yaml
from snakemake_run import PROJECT, run_snakemake

from dyadlink.audit.rules import rules_page as audit_rules_page
from dyadlink.cli import command_parser
from dyadlink.command_help import commands_page
from dyadlink.config import Config, load_config
from dyadlink.models.pages import models_page
from dyadlink.reference import configuration_page, dictionary_page, profiles_page, rules_page, untold_facts_page
from dyadlink.sources.pages import dictionary_file, errors_page, layout_page
from dyadlink.table_models.pages import table_models_page
from dyadlink.trace.workflow_rules import read_rules

LEAVES = {
    "cli",
    "command_help",
    "config",
    "errors",
    "estimates",
    "intervals",
    "key_file",
    "ledger",
    "linkage_settings",
    "machine_errors",
    "match_weights",
    "multiplicity",
    "needs",
    "one_run",
    "profiles",
    "progress",
    "pseudonyms",
    "reference",
    "released_counts",
    "results_folder",
    "sample_size",
    "schemas",
    "section",
    "sql",
    "step",
    "storage",
    "true_links",
}
STEPS = {
    "sources",
    "synthetic",
    "linkage",
    "cohort",
    "describe",
    "models",
    "disclosure",
    "report",
    "explain",
    "table_models",
    "audit",
    "trace",
}
FURTHER = {
    # Linkage opens the identifier files itself, so that no other step does: docs/adr/0007.
    "linkage": {"sources"},
    # A table of the user's own is read by the readers of the sources, and fitted by the models.
    "table_models": {"sources", "models"},
    # It asks the one that made a thing whether it is still that: files of a release, of the report, records.
    "trace": {"sources", "cohort", "disclosure", "report"},
}
"""What a step imports of another one."""
JOBS = {
    "all": 1,
    "build_cohort": 1,
    "build_report": 1,
    "describe_cohort": 1,
    "fit_models": 1,
    "link_infants": 1,
    "release_tables": 1,
    "simulate_sources": 1,
    "stage_sources": 1,
}


def test_dry_run_plans_one_job_for_each_rule(tmp_path: Path) -> None:
    done = run_snakemake(tmp_path, "--dry-run")
    assert done.returncode == 0, done.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout + done.stderr, flags=re.MULTILINE))
    counts.pop("total")
    assert {rule: int(n) for rule, n in counts.items()} == JOBS


def test_a_bare_snakemake_speaks_through_the_progress_of_the_project(tmp_path: Path) -> None:
    # Snakemake finds the profile by its place: beside the Snakefile, and nowhere else.
    done = run_snakemake(tmp_path, "--config", "study={spell_gap_dys: 7}")
    told = [line for line in done.stderr.splitlines() if not line.startswith("Using workflow specific profile")]
    assert told == ["dyadlink: config: unknown key 'study.spell_gap_dys' -> correct its spelling or remove it"]
    assert done.returncode != 0


def test_prediction_is_a_job_where_it_is_asked_for(tmp_path: Path) -> None:
    done = run_snakemake(tmp_path, "--dry-run", "--config", "prediction={enabled: true}")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^predict_outcomes +1$", done.stdout + done.stderr, flags=re.MULTILINE)


def test_lint_finds_only_what_is_meant(tmp_path: Path) -> None:
    found = set(re.findall(r"^    \* (.+)$", _lint(tmp_path), flags=re.MULTILINE))
    assert found == {
        # One locked environment serves all rules: docs/adr/0003.
        "Specify a conda environment or container for each rule.:",
        # The one helper file also closes results/record_level to others.
        "Mixed rules and functions in same snakefile.:",
    }


def _lint(folder: Path) -> str:
    done = run_snakemake(folder, "--lint")
    return done.stdout + done.stderr


def test_picture_of_the_rules_is_that_of_the_workflow(tmp_path: Path) -> None:
    done = run_snakemake(tmp_path, "--rulegraph", "dot")
    edges = {(before, after) for before, after in _edges(done.stdout) if after != "all"}
    assert len(edges) > 10
    assert edges == _edges((PROJECT / "docs/pictures/rulegraph.dot").read_text(encoding="utf-8"))


def _edges(dot: str) -> set[tuple[str, str]]:
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    return {(names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", dot)}


def test_schema_file_is_that_of_the_configuration() -> None:
    written = json.loads((PROJECT / "config/config.schema.json").read_text(encoding="utf-8"))
    assert written == Config.model_json_schema(), "run 'make reference'"
    load_config(PROJECT / "config/config.yaml")


@pytest.mark.parametrize(
    ("page", "make"),
    [
        ("commands", lambda: commands_page(command_parser())),
        ("configuration", configuration_page),
        ("data-dictionary", dictionary_page),
        ("disclosure-profiles", profiles_page),
        ("untold-facts", untold_facts_page),
        ("source-layout", layout_page),
        ("rules", rules_page),
        ("audit-rules", audit_rules_page),
        ("models", models_page),
        ("table-models", table_models_page),
        ("errors", partial(errors_page, PROJECT / "src/dyadlink")),
    ],
)
def test_reference_page_is_that_of_the_code(page: str, make: Callable[[], str]) -> None:
    written = (PROJECT / f"docs/reference/{page}.md").read_text(encoding="utf-8")
    assert written == make(), "run 'make reference'"


def test_data_dictionary_is_that_of_layouts_and_contracts_and_explains_each_column() -> None:
    path = PROJECT / "docs/reference/data-dictionary.csv"
    assert path.read_text(encoding="utf-8") == dictionary_file(), "run 'make reference'"
    columns = pl.read_csv(path)
    assert {"england_returns", "wales_sail", "record_level", "aggregate"} <= set(columns["room"])
    assert columns.filter(pl.col("meaning").fill_null("").str.len_chars() < 4).is_empty()
    assert columns.select("room", "table", "column").is_unique().all()


def _imports(path: Path) -> set[str]:
    """The first name below dyadlink of every import in a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            names = [node.module or ""]
        found |= {parts[1] for name in names if (parts := name.split("."))[0] == "dyadlink" and len(parts) > 1}
    return found


@pytest.mark.parametrize("package", sorted(STEPS))
def test_a_step_imports_leaves_and_itself_alone(package: str) -> None:
    files = sorted((PROJECT / "src/dyadlink" / package).rglob("*.py"))
    assert files
    allowed = LEAVES | {package} | FURTHER.get(package, set())
    assert {name for path in files for name in _imports(path)} <= allowed


@pytest.mark.parametrize("leaf", sorted(LEAVES - {"cli"}))
def test_a_leaf_imports_no_step(leaf: str) -> None:
    place = PROJECT / "src/dyadlink" / leaf
    files = sorted(place.rglob("*.py")) or [place.with_suffix(".py")]
    assert {name for path in files for name in _imports(path)}.isdisjoint(STEPS)


def test_parsing_the_configuration_does_not_load_the_statistics() -> None:
    code = "import sys, dyadlink.config, dyadlink.cohort.tables; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    for heavy in ("statsmodels", "lifelines", "matplotlib", "splink", "scipy"):
        assert f"'{heavy}'" not in done.stdout


def test_no_address_of_a_registry_is_written_anywhere() -> None:
    locks = [*PROJECT.glob("requirements*.lock"), *PROJECT.glob("install/*"), PROJECT / "Makefile", PROJECT / ".ci/run"]
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in [*locks, PROJECT / "pyproject.toml"] if path.is_file()
    }
    assert len(texts) >= 10
    # The one address is the name of a schema.
    found = {name: set(re.findall(r"https?://[^\s\"']+|--(?:extra-)?index-url", text)) for name, text in texts.items()}
    assert {name: some for name, some in found.items() if some} == {
        "sbom.py": {"http://cyclonedx.org/schema/bom-1.6.schema.json"}
    }


def test_every_snakefile_stays_small() -> None:
    assert len((PROJECT / "Snakefile").read_text(encoding="utf-8").splitlines()) <= 40
    for path in (PROJECT / "workflow/rules").glob("*.smk"):
        assert "run:" not in path.read_text(encoding="utf-8")


def test_no_rule_takes_threads_that_the_configuration_does_not_give() -> None:
    found = {
        path.stem: re.findall(r"^ +threads: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in (PROJECT / "workflow/rules").glob("*.smk")
    }
    assert {stage for stage, threads in found.items() if threads} == {"sources", "staging", "linkage", "cohort"}
    assert {one for threads in found.values() for one in threads} == {"CONFIG.resources.threads"}


def test_slurm_is_asked_for_memory_and_time_of_every_rule() -> None:
    told = yaml.safe_load((PROJECT / "profiles/slurm/config.yaml").read_text(encoding="utf-8"))
    rules = {rule.name for rule in read_rules(PROJECT)}
    assert set(told["set-resources"]) == rules
    assert all(set(asked) == {"mem_mb", "runtime"} for asked in told["set-resources"].values())
