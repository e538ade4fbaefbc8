"""Four routes, the same people: the same cohort and outcomes, but for what a format cannot carry.

What it cannot is named in config/codelists/untold_facts.csv, and nothing else may differ: the returns, less those
facts, must give every dyad of a route with every column equal.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
import pytest
from pipeline import PROJECT, build, link, stage, true_links, with_codelists
from route_limits import LIMITS, Tables, World, as_told_by, welsh_infants

from dyadlink.config import ROUTES, Route, load_config
from dyadlink.schemas import Analysis
from dyadlink.schemas.service_use import ServiceNeeds, ServiceUse
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import read_table
from dyadlink.synthetic import simulate
from dyadlink.true_links import FILES

OTHERS: tuple[Route, ...] = tuple(route for route in ROUTES if route != "england_returns")
FACTS = pl.read_csv(PROJECT / "config/codelists/untold_facts.csv", infer_schema=False)
KEYS = {"dyad_id", "mother_number"}
"""Numbers that a run gives: they mean nothing outside it."""
AGES = {"maternal_age_years", "maternal_age_band"}
USED = [name for name in ServiceUse.columns() if name not in {"dyad_id", "period"}]
SERVICES = [
    *(name for name in ServiceNeeds.columns() if name != "dyad_id"),
    *(f"{name}_{period}" for name in USED for period in ("pregnancy_to_birth", "birth_to_t1", "t1_to_t2", "t2_to_t3")),
]
INFANT = {route: FILES[route][1] for route in OTHERS}
"""Column of each truth that names the infant as the route does."""


class Told(NamedTuple):
    """The cohort as one route tells it, and as the returns do with and without what the route cannot carry."""

    route: Route
    world: World
    found: pl.DataFrame
    limited: pl.DataFrame
    returns: pl.DataFrame


@pytest.fixture(scope="module", params=[1, 2, 3])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Records without flaws or gaps: a gap is drawn once for each format and would differ by chance."""
    folder = tmp_path_factory.mktemp("routes")
    text = (PROJECT / "synthetic_data/parameters.yaml").read_text(encoding="utf-8")
    assert "{value: mar," in text
    (folder / "clean.yaml").write_text(text.replace("{value: mar,", "{value: none,"), encoding="utf-8")
    for name, routes in {"routes": ROUTES, "returns": ("england_returns",)}.items():
        simulate(
            preset="study",
            seed=request.param,
            out=folder / name,
            parameters=folder / "clean.yaml",
            routes=routes,
            flaws="none",
        )
    return World(folder / "routes", folder / "returns")


@pytest.fixture(scope="module")
def staged(world: World) -> Tables:
    """The staged tables of the returns of both nations, with the planted links."""
    connection = stage(world.returns)
    tables = {name: read_table(connection, name) for name in STAGING_TABLES}
    return {**tables, "links": true_links(world.returns)}


def _cohort(tables: Tables) -> pl.DataFrame:
    connection = with_codelists()
    for name, table in tables.items():
        connection.register(name, table)
    build(connection, tables["links"])
    return _analysis(connection)


def _analysis(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The analysis table, with service needs, and what was used in each period (`<measure>_<period>`)."""
    dyads = read_table(connection, "dyads").select("dyad_id", "infant_id")
    used = read_table(connection, "service_use").pivot(on="period", index="dyad_id", values=USED)
    needs = read_table(connection, "service_needs").join(used, on="dyad_id")
    return read_table(connection, "analysis").join(dyads, on="dyad_id").join(needs, on="dyad_id")


@pytest.fixture(scope="module", params=OTHERS)
def told(request: pytest.FixtureRequest, world: World, staged: Tables) -> Told:
    route: Route = request.param
    connection = stage(world.routes, routes=(route,))
    build(connection, true_links(world.routes, route))
    names = world.links(route).select(infant_id=INFANT[route], true_id="infant_id").drop_nulls().unique()
    if route == "wales_sail":
        # Deaths are not told there: an infant who died before the admission makes a dyad, and none of the truth.
        others = welsh_infants(staged["hospital_spells"], world).select(infant_id="ALF_E", true_id="infant_id")
        assert others.join(names, on="infant_id").filter(pl.col("true_id") != pl.col("true_id_right")).is_empty()
        names = pl.concat([names, others]).unique()
    found = _analysis(connection).join(names, on="infant_id", how="left").drop("infant_id")
    limited = _cohort(as_told_by(route, staged, world))
    return Told(route, world, found.rename({"true_id": "infant_id"}), limited, _cohort(staged))


def _differing(left: pl.DataFrame, right: pl.DataFrame, columns: Iterable[str] = Analysis.columns()) -> dict[str, int]:
    """Columns that differ, with the number of dyads in which they do."""
    both = left.join(right, on="infant_id", suffix="_other")
    assert both.height > 0
    counts = {
        name: both.filter(pl.col(name).ne_missing(pl.col(f"{name}_other"))).height
        for name in columns
        if name not in KEYS
    }
    return {name: n for name, n in counts.items() if n}


def test_a_route_has_the_dyads_that_its_format_can_carry_and_no_other(told: Told) -> None:
    assert told.found["infant_id"].null_count() == 0
    assert told.found["infant_id"].n_unique() == told.found.height
    assert set(told.found["infant_id"]) == set(told.limited["infant_id"])


def test_every_column_is_that_of_the_returns_less_what_the_format_cannot_carry(told: Told) -> None:
    assert set(_differing(told.found, told.limited)) <= AGES


def test_service_use_is_that_of_the_returns_less_what_the_format_cannot_carry(told: Told) -> None:
    assert _differing(told.found, told.limited, SERVICES) == {}
    contacts = told.found.select(f"n_contacts_{period}" for period in ("t1_to_t2", "t2_to_t3"))
    if told.route == "wales_sail":
        assert contacts.null_count().row(0) == (told.found.height,) * 2
    else:
        assert contacts.null_count().row(0) == (0, 0)
        assert contacts["n_contacts_t2_to_t3"].sum() > 20


def test_an_age_told_by_ages_is_right_or_one_year_off(told: Told) -> None:
    both = told.found.join(told.limited, on="infant_id", suffix="_other")
    off = (both["maternal_age_years"] - both["maternal_age_years_other"]).abs()
    assert off.max() <= 1  # type: ignore[operator]
    if told.route == "england_local_ssd":
        assert off.max() == 0  # the trust has the date of birth
    else:
        assert (off == 0).mean() > 0.7  # type: ignore[operator]  # the middle of at most a year is half a year off


def test_nothing_differs_from_the_returns_that_no_fact_explains(told: Told) -> None:
    listed = FACTS.filter(pl.col("route") == told.route)["columns"].drop_nulls()
    explained = {name for names in listed for name in names.split()}
    assert explained <= set(Analysis.columns())
    assert set(_differing(told.found, told.returns)) <= explained


def test_what_wales_cannot_tell_is_null_and_never_no(told: Told) -> None:
    if told.route != "wales_sail":
        assert (
            told.found.select("is_detained", "service_type", "o1", "o3_at_risk").null_count().sum_horizontal()[0] == 0
        )
        return
    assert told.found.select("is_detained", "service_type", "o3_days", "o3_event", "o3").null_count().row(0) == (
        (told.found.height,) * 5
    )
    assert told.found.filter(~pl.col("o1") | ~pl.col("is_on_plan_at_t2") | pl.col("o3_at_risk")).height == 0
    levels = told.found.select("csc_level_birth", "csc_level_t1", "csc_level_t2", "csc_level_t3", "csc_level_episode")
    assert not any("none" in levels[name].to_list() for name in levels.columns)


def test_every_fact_that_a_route_cannot_tell_is_taken_from_the_returns() -> None:
    assert list(FACTS.select("route", "fact").unique(maintain_order=True).rows()) == list(
        FACTS.select("route", "fact").rows()
    )
    assert set(FACTS.select("route", "fact").rows()) == set(LIMITS)


def test_links_handed_over_are_those_of_the_truth(world: World) -> None:
    for route in ("england_research_extract", "wales_sail"):
        connection = stage(world.routes, routes=(route,))
        made = link(connection, world.routes, routes=(route,))
        assert made.height > 0
        assert made["step"].unique().to_list() == ["ready_made"]
        # The truth lists the infants of dyads; others have records, and links, too.
        infants = world.links(route).select(infant_id=INFANT[route])
        pairs = made.select("infant_id", "child_key").join(infants, on="infant_id", how="semi")
        assert pairs.join(true_links(world.routes, route), on=pairs.columns, how="anti").height == 0


def test_every_link_of_the_spine_to_an_infant_of_the_extract_is_taken(world: World) -> None:
    routes: tuple[Route, ...] = ("england_research_extract",)
    connection = stage(world.routes, routes=routes)
    spine = world.links("england_research_extract").filter(pl.col("is_in_spine") == "true")
    # The birth to a Welsh mother is in no English maternity record.
    spine = spine.join(read_table(connection, "births"), left_on="infant_token", right_on="infant_id", how="semi")
    made = link(connection, world.routes, routes=routes)
    assert set(spine["infant_token"]) <= set(made["infant_id"])
    assert made.height == spine.height


def test_a_local_extract_links_by_numbers_and_dates_and_hardly_ever_wrongly(world: World) -> None:
    config = load_config(PROJECT / "config/examples/england_local_ssd.yaml")
    routes: tuple[Route, ...] = ("england_local_ssd",)
    made = link(stage(world.routes, routes=routes), world.routes, config, routes=routes)
    truth = true_links(world.routes, "england_local_ssd")
    pairs = made.select("infant_id", "child_key").join(truth, on="infant_id", how="semi")
    assert pairs.join(truth, on=pairs.columns, how="anti").height == 0
    assert pairs.height > truth.height * 0.6
    assert {"nhs_number_birth_date", "mother_birth_date_birth_date_sex"} <= set(made["step"])


def test_without_the_table_of_contacts_the_study_runs_and_does_not_count_them(world: World, tmp_path: Path) -> None:
    """Older extracts and other exports lack it: no contact is then told, and none is never a zero."""
    route: tuple[Route, ...] = ("england_local_ssd",)
    shutil.copytree(world.routes / route[0], tmp_path / route[0])
    (tmp_path / route[0] / "trust/MHS201CareContact.csv").unlink()
    connection = stage(tmp_path, routes=route)
    build(connection, true_links(world.routes, route[0]))
    use, needs = (read_table(connection, name) for name in ("service_use", "service_needs"))
    assert use.height > 0
    silent = ["n_contacts", "n_perinatal_contacts", "n_group_sessions_offered"]
    assert use.select(silent).null_count().row(0) == (use.height,) * 3
    assert use.select("n_bed_days", "n_home_treatment_days", "n_perinatal_referrals").null_count().row(0) == (0, 0, 0)
    assert needs.select("discharge_follow_up", "perinatal_team").null_count().row(0) == (needs.height,) * 2
    assert read_table(connection, "analysis")["readmission_days"].count() > 0


def test_version_4_of_mhsds_is_read_by_its_own_names(world: World, tmp_path: Path) -> None:
    route: tuple[Route, ...] = ("england_research_extract",)
    shutil.copytree(world.routes / route[0], tmp_path / route[0])
    folder = tmp_path / route[0] / "mhsds"
    (folder / "v5").rename(folder / "v4")
    renamed = {"UniqHospProvSpellID": "UniqHospProvSpellNum", "CodedDiagTimestamp": "DiagDate"}
    n_renamed = 0
    for path in (folder / "v4").glob("*.parquet"):
        table = pl.read_parquet(path)
        n_renamed += len(set(renamed) & set(table.columns))
        table.rename(renamed, strict=False).write_parquet(path)
    assert n_renamed == 4
    staged = [stage(directory, routes=route) for directory in (world.routes, tmp_path)]
    for name in ("hospital_spells", "ward_stays", "diagnoses"):
        before, after = (read_table(connection, name) for connection in staged)
        assert before.height > 0
        assert after.equals(before)


def test_two_routes_in_one_study_are_their_cohorts_side_by_side(world: World) -> None:
    both: tuple[Route, ...] = ("england_returns", "wales_sail")
    links = pl.concat(true_links(world.routes, route) for route in both)
    cohorts = {}
    for routes in (both, both[:1], both[1:]):
        connection = stage(world.routes, routes=routes)
        build(connection, links)
        cohorts[routes] = _analysis(connection)
    apart = pl.concat([cohorts[both[:1]], cohorts[both[1:]]])
    assert cohorts[both].height == apart.height
    assert _differing(cohorts[both], apart) == {}
