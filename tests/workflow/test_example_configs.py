"""The ready configurations in config/examples: each is whole, differs only where its route asks, and really runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest
import yaml
from canaries import NOTES, Identifiers, plant_notes, search
from snakemake_run import PROJECT, run_snakemake

from dyadlink.config import ROUTES, Route, load_config
from dyadlink.disclosure.context import ROUTE_WORDS

EXAMPLES = PROJECT / "config/examples"
STUDY = load_config(PROJECT / "config/config.yaml")


def test_there_is_one_example_for_each_route() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.yaml")} == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_an_example_differs_from_the_study_only_where_its_route_asks(route: Route) -> None:
    example = load_config(EXAMPLES / f"{route}.yaml")
    assert [source.route for source in example.sources.inputs] == [route]
    for section in ("study", "disclosure", "resources"):
        assert getattr(example, section) == getattr(STUDY, section)
    ladders = [config.linkage.model_dump(exclude={"ladder"}) for config in (example, STUDY)]
    assert ladders[0] == ladders[1]
    assert (example.linkage.ladder == STUDY.linkage.ladder) == (route != "england_local_ssd")


@dataclass(frozen=True)
class Run:
    """A finished run of a route's example, and what identifies the people of its records."""

    route: Route
    results: Path
    identifiers: Identifiers
    told: str


@pytest.fixture(scope="module", params=ROUTES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The workflow ran with an example, as small as there is, on records with identifiers where none belong."""
    folder = tmp_path_factory.mktemp(request.param)
    example = yaml.safe_load((EXAMPLES / f"{request.param}.yaml").read_text(encoding="utf-8"))
    example["sources"]["simulate"]["preset"] = "study"
    (folder / "config.yaml").write_text(yaml.safe_dump(example), encoding="utf-8")
    (folder / "temp").mkdir()
    arguments = ("--configfile", str(folder / "config.yaml"))
    environment = {"TMPDIR": str(folder / "temp")}
    first = run_snakemake(folder, *arguments, "--until", "simulate_sources")
    assert first.returncode == 0, first.stdout + first.stderr
    identifiers = plant_notes(folder / example["sources"]["directory"])
    done = run_snakemake(folder, *arguments, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return Run(request.param, folder / "results", identifiers, done.stdout + done.stderr)


def test_an_example_runs_to_a_report_that_tells_what_the_route_cannot(run: Run) -> None:
    route, results = run.route, run.results
    facts = pl.read_csv(PROJECT / "config/codelists/untold_facts.csv").filter(pl.col("route") == route)
    manifest = json.loads((results / "release/manifest.json").read_text(encoding="utf-8"))
    told = [term for term in manifest["definitions"] if term.startswith("Not told by ")]
    assert told == [f"Not told by {ROUTE_WORDS[route]}: {fact.replace('_', ' ')}" for fact in facts["fact"]]
    page = (results / "report/index.html").read_text(encoding="utf-8")
    assert all(words in page for words in told)


def test_links_of_an_example_are_counted_against_the_truth_of_its_route(run: Run) -> None:
    accuracy = pl.read_parquet(run.results / "aggregate/linkage_accuracy.parquet").filter(variable="total")
    n = dict(accuracy.select("outcome", "n").iter_rows())
    assert n["right"] > 0
    assert n["wrong"] <= (n["right"] + n["wrong"]) * 0.05


def test_no_identifier_stands_outside_the_linkage_on_any_route(run: Run) -> None:
    """Whatever kind of file, and whatever name: release, report, logs, tables, Snakemake's notes, temporary files."""
    folder, sources = run.results.parent, run.results / "record_level/sources"
    own = (sources, run.results / "record_level/linkage")
    files = [path for path in folder.rglob("*") if path.is_file()]
    noted = [path for path in sources.rglob("*.csv") if NOTES.encode() in path.read_bytes()[:5000]]
    noted += [path for path in sources.rglob("*.parquet") if NOTES in pl.read_parquet_schema(path)]
    assert len(noted) > 10
    assert search(noted[0].read_bytes(), run.identifiers) >= {"name", "NHS number", "postcode", "birth date"}
    others = [path for path in files if not any(path.is_relative_to(place) for place in own)]
    assert len(others) > 200
    found = {
        str(path.relative_to(folder)): kinds
        for path in others
        if (kinds := search(path.read_bytes(), run.identifiers) | search(path.name.encode(), run.identifiers))
    }
    assert found == {}
    assert search(run.told.encode(), run.identifiers) == set()


def test_no_identifier_stays_in_what_the_linkage_keeps(run: Run) -> None:
    kept = sorted((run.results / "record_level/linkage").iterdir())
    assert len(kept) > 3
    assert {path.name: kinds for path in kept if (kinds := search(path.read_bytes(), run.identifiers))} == {}


def test_dates_of_birth_are_stored_of_infants_alone_and_in_three_tables(run: Run) -> None:
    """ADR 28: no mother's, and no child's that an authority knows."""
    tables = [path for path in run.results.rglob("*.parquet") if "sources" not in path.parts]
    assert len(tables) > 40
    held = {}
    for path in tables:
        days = pl.scan_parquet(path).select(cs.matches("birth|dob|born") & cs.temporal()).collect_schema().names()
        held[path.stem] = set(days) - {"birth_month"}
    both = {"birth_date", "latest_birth_date"}
    assert {name: days for name, days in held.items() if days} == {
        "births": both,
        "study_infants": both,
        "dyads": {"birth_date"},
    }
