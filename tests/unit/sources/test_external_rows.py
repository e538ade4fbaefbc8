"""Files that nobody here wrote, one by one: each row of one is read, and accepted or set aside under a named rule."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from lxml import etree
from sources_world import complete_returns, sources, write

from dyadlink.config import ENGLAND_RETURNS, Checks, Resources
from dyadlink.sources.loading import load_sources
from dyadlink.sources.rules import Checked, check_sources
from dyadlink.sources.staging import stage_sources
from dyadlink.sql import add_views, codelist_views, connect, read_table

ROOT = Path(__file__).parents[3]
EXTERNAL = ROOT / "tests/data/external"
CENSUS = (
    "csc-validator-be-cin/CIN2rows.xml",
    "csc-validator-be-cin/CIN_Census_2021.xml",
    "csc-validator-be-cin/CIN_Census_2021_copy.xml",
    "csc-validator-be-cin/CIN_Census_2021_no_assessment_factors.xml",
    "csc-validator-be-cin/CIN_Census_2024.xml",
    "csc-validator-be-cin/CIN_Census_2026.xml",
    "csc-validator-be-cin/CIN_header_issues_100.xml",
    "csc-validator-be-cin/CIN_la_issues_2887Q.xml",
    "csc-validator-be-cin/fake_CIN_data.xml",
    "liia-tools-pipeline/BAR_cin_2022.xml",
)
IN_XML = {
    "cin_children": "Child",
    "cin_episodes": "CINdetails",
    "assessments": "Assessments",
    "child_in_need_plans": "CINPlanDates",
    "section_47_enquiries": "Section47",
    "child_protection_plans": "ChildProtectionPlans",
}
"""Source table: the element that is a row of it."""
FLAT = "authorities/901/cin/2022"
OTHERS = {
    # Where it is read from (any authority and year will do where a file names none): file, source table.
    f"{FLAT}/ChildIdentifiers.csv": ("D2I-Jupyter-Notebook-Tools/ChildIdentifiers.csv", "cin_children"),
    f"{FLAT}/CINdetails.csv": ("D2I-Jupyter-Notebook-Tools/CINdetails.csv", "cin_episodes"),
    "authorities/902/ssda903/2020/header.csv": (
        "liia-tools-pipeline/SSDA903_2020_header.csv",
        "looked_after_children",
    ),
    "authorities/902/ssda903/2020/episodes.csv": (
        "liia-tools-pipeline/SSDA903_2020_episodes.csv",
        "looked_after_episodes",
    ),
    "authorities/903/ssda903/2021/header.csv": ("csc-validator-be-903/header.csv", "looked_after_children"),
    "authorities/903/ssda903/2021/episodes.csv": ("csc-validator-be-903/episodes.csv", "looked_after_episodes"),
    "region/header.csv": ("cs-demand-model-regional/header.csv", "looked_after_children"),
    "region/episodes.csv": ("cs-demand-model-regional/episodes.csv", "looked_after_episodes"),
    "nhs/hes/apc_0102.csv": ("cuRed/artificial_hes_apc_0102.csv", "hes_admissions"),
}
MAPPING = """
route: england_returns
tables:
  ssda903_header: &stacked
    path: header
    columns: {LA: la_code, YEAR: return_year}
    values:
      la_code: &codes {Hillingdon: "312", Southwark: "210", Bromley: "305"}
  ssda903_episodes: {path: episodes, columns: {LA: la_code, YEAR: return_year}, values: {la_code: *codes}}
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[duckdb.DuckDBPyConnection, Checked]:
    """A connection that holds the staged tables, and what the rules found."""
    folder = complete_returns(tmp_path_factory.mktemp("sources"))
    shutil.rmtree(folder / "authorities")
    places = {f"authorities/{n}/cin/2022.xml": name for n, name in enumerate(CENSUS, start=910)}
    places |= {place: name for place, (name, _) in OTHERS.items()}
    places |= {
        f"{FLAT}/ChildCharacteristics.csv": "D2I-Jupyter-Notebook-Tools/ChildCharacteristics.csv",
        "authorities/904/ssda903/2021/fake_903.xml": "csc-validator-be-903/fake_903.xml",
    }
    for place, name in places.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(EXTERNAL / name, folder / place)
    region = {
        "name": "region",
        "route": ENGLAND_RETURNS,
        "location": str(folder / "region"),
        "csv": {"date_format": "%Y-%m-%d"},
        "mapping": str(write(folder / "names.yaml", MAPPING)),
    }
    returns = {"name": "returns", "route": ENGLAND_RETURNS, "location": str(folder)}
    connection = connect(Resources())
    lists = sorted((ROOT / "config/codelists").glob("*.csv"))
    add_views(connection, codelist_views({path.stem: str(path) for path in lists}))
    load_sources(connection, sources(folder, returns, region), ROOT / "workflow/sql")
    stage_sources(connection, ROOT / "workflow/sql")
    return connection, check_sources(connection, ROOT / "workflow/sql", Checks())


def _counts(
    read: tuple[duckdb.DuckDBPyConnection, Checked], place: str, source: str
) -> tuple[int, int, dict[str, int]]:
    """Rows read and accepted of a file, and its rows set aside by rule."""
    of_file = (pl.col("source") == source) & pl.col("source_file").cast(pl.String).str.ends_with(f"/{place}")
    rows = read_table(read[0], "rows_read").filter(of_file)
    aside = (
        read_table(read[0], "broken_records")
        .filter(of_file & (pl.col("severity") == "quarantine"))
        .group_by("rule")
        .len()
    )
    return int(rows["n_read"].sum()), int(rows["n_accepted"].sum()), dict(aside.sort("rule").iter_rows())


SET_ASIDE = {
    # The first child of both has an assessment authorised in 2020 and started in 2028.
    ("csc-validator-be-cin/CIN_Census_2024.xml", "assessments"): {"end_before_start": 1},
    ("csc-validator-be-cin/CIN_Census_2026.xml", "assessments"): {"end_before_start": 1},
    ("cuRed/artificial_hes_apc_0102.csv", "hes_admissions"): {"admission_date_missing": 1},
}


@pytest.mark.parametrize("name", CENSUS)
def test_every_row_of_a_census_file_is_accounted_for(
    read: tuple[duckdb.DuckDBPyConnection, Checked], name: str
) -> None:
    root = etree.parse(EXTERNAL / name).getroot()
    for source, tag in IN_XML.items():
        held = len(root.findall(f".//{tag}"))
        n_read, n_accepted, aside = _counts(read, f"authorities/{910 + CENSUS.index(name)}/cin/2022.xml", source)
        assert (n_read, n_accepted + sum(aside.values())) == (held, held), source
        assert aside == SET_ASIDE.get((name, source), {}), source


@pytest.mark.parametrize("place", OTHERS)
def test_every_row_of_a_csv_file_is_accounted_for(read: tuple[duckdb.DuckDBPyConnection, Checked], place: str) -> None:
    name, source = OTHERS[place]
    with (EXTERNAL / name).open(encoding="utf-8-sig", newline="") as file:
        held = sum(1 for _ in csv.DictReader(file))
    n_read, n_accepted, aside = _counts(read, place, source)
    assert (n_read, n_accepted + sum(aside.values())) == (held, held)
    assert aside == SET_ASIDE.get((name, source), {})


@pytest.mark.parametrize(("source", "tag"), [("looked_after_children", "HEADER"), ("looked_after_episodes", "EPISODE")])
def test_every_row_of_an_ssda903_file_in_xml_is_accounted_for(
    read: tuple[duckdb.DuckDBPyConnection, Checked], source: str, tag: str
) -> None:
    held = len(etree.parse(EXTERNAL / "csc-validator-be-903/fake_903.xml").getroot().findall(f".//{tag}"))
    assert held > 0
    assert _counts(read, "fake_903.xml", source) == (held, held, {})


def test_the_characteristics_of_flat_files_reach_their_children(
    read: tuple[duckdb.DuckDBPyConnection, Checked],
) -> None:
    with (EXTERNAL / "D2I-Jupyter-Notebook-Tools/ChildCharacteristics.csv").open(encoding="utf-8", newline="") as file:
        held = {row["LAchildID"]: row["Ethnicity"] for row in csv.DictReader(file)}
    children = read_table(read[0], "typed_cin_children").filter(pl.col("la_code") == "901")
    assert dict(children.select("la_child_id", "ethnicity").iter_rows()) == held


def test_authorities_of_a_stacked_file_get_their_codes(read: tuple[duckdb.DuckDBPyConnection, Checked]) -> None:
    codes = {"Hillingdon": "312", "Southwark": "210", "Bromley": "305"}
    held: dict[tuple[str, int], int] = {}
    with (EXTERNAL / "cs-demand-model-regional/episodes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (codes[row["LA"]], int(row["YEAR"]))
            held[key] = held.get(key, 0) + 1
    episodes = read_table(read[0], "typed_looked_after_episodes").filter(pl.col("la_code").is_in(codes.values()))
    found = episodes.group_by("la_code", "return_year").len()
    assert {(code, year): n for code, year, n in found.iter_rows()} == held
    assert episodes["start_date"].null_count() == 0
