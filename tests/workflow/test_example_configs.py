"""The ready configurations in config/examples: each is whole, differs only where its route asks, and really runs."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import yaml
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


@pytest.fixture(scope="module", params=ROUTES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Route, Path]:
    """A folder in which the workflow ran with an example, as small as there is."""
    folder = tmp_path_factory.mktemp(request.param)
    example = yaml.safe_load((EXAMPLES / f"{request.param}.yaml").read_text(encoding="utf-8"))
    example["sources"]["simulate"]["preset"] = "study"
    (folder / "config.yaml").write_text(yaml.safe_dump(example), encoding="utf-8")
    done = run_snakemake(folder, "--configfile", str(folder / "config.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    return request.param, folder / "results"


def test_an_example_runs_to_a_report_that_tells_what_the_route_cannot(run: tuple[Route, Path]) -> None:
    route, results = run
    facts = pl.read_csv(PROJECT / "config/codelists/untold_facts.csv").filter(pl.col("route") == route)
    manifest = json.loads((results / "release/manifest.json").read_text(encoding="utf-8"))
    told = [term for term in manifest["definitions"] if term.startswith("Not told by ")]
    assert told == [f"Not told by {ROUTE_WORDS[route]}: {fact.replace('_', ' ')}" for fact in facts["fact"]]
    page = (results / "report/index.html").read_text(encoding="utf-8")
    assert all(words in page for words in told)


def test_links_of_an_example_are_counted_against_the_truth_of_its_route(run: tuple[Route, Path]) -> None:
    _, results = run
    accuracy = pl.read_parquet(results / "aggregate/linkage_accuracy.parquet").filter(variable="total")
    n = dict(accuracy.select("outcome", "n").iter_rows())
    assert n["right"] > 0
    assert n["wrong"] <= (n["right"] + n["wrong"]) * 0.05
