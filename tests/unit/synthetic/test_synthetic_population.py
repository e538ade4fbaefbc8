"""The wider population comes block by block, and the records are those of one nation all the same."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from dfe_care_rules import check_care
from dfe_rules import check_census

from dyadlink.errors import ConfigError
from dyadlink.synthetic import population, simulate
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import authorities, postcode, small_areas
from dyadlink.synthetic.population import blocks, core_size
from dyadlink.synthetic.routes import ROUTES

N_DYADS, N_CHILDREN = 60, 2400


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory, parameters_path: Path) -> Path:
    """A small nation: all authorities, in blocks of some three hundred children."""
    folder = tmp_path_factory.mktemp("nation")
    for path in parameters_path.parent.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    text = parameters_path.read_text(encoding="utf-8")
    for before, after in (("value: 30000,", f"value: {N_DYADS},"), ("value: 5000000,", f"value: {N_CHILDREN},")):
        assert text.count(before) == 1
        text = text.replace(before, after)
    (folder / "parameters.yaml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population, "LARGEST_CORE", 1000)
        patch.setattr(population, "CHILDREN_PER_BLOCK", 300)
        simulate("national", 5, folder / "one", folder / "parameters.yaml", flaws="none")
        simulate("national", 5, folder / "all", folder / "parameters.yaml", routes=ROUTES, flaws="none")
        simulate("national", 5, folder / "heavy", folder / "parameters.yaml", flaws="heavy")
    return folder


def _identifiers(world: Path) -> pl.DataFrame:
    files = sorted(world.glob("authorities/*/identifiers.csv"))
    parts = [pl.read_csv(f, infer_schema=False).with_columns(la_code=pl.lit(f.parent.name)) for f in files]
    return pl.concat(parts)


def test_every_child_is_in_exactly_one_block(nation: Path) -> None:
    held = _identifiers(nation / "one")
    assert held.height == N_CHILDREN
    assert held.select("la_code", "LAchildID").is_unique().all()
    assert held["LAchildID"].n_unique() < N_CHILDREN


def test_the_dyads_children_stand_where_the_truth_says(nation: Path) -> None:
    held, links = _identifiers(nation / "one"), pl.read_csv(nation / "one/truth/links.csv", infer_schema=False)
    found = links.join(held, left_on=["la_code", "la_child_id"], right_on=["la_code", "LAchildID"], how="semi")
    assert found.height == links.height > 0


def test_no_child_of_the_wider_population_has_the_number_of_an_infant_or_a_woman(nation: Path) -> None:
    held, links = _identifiers(nation / "one"), pl.read_csv(nation / "one/truth/links.csv", infer_schema=False)
    known = pl.read_csv(nation / "one/nhs/identifiers.csv", infer_schema=False)
    others = held.join(links, left_on=["la_code", "LAchildID"], right_on=["la_code", "la_child_id"], how="anti")
    numbers = others["NHSNumber"].drop_nulls()
    assert numbers.len() > N_CHILDREN / 3
    both = numbers.filter(numbers.is_in(known["NHSNumber"].implode()))
    typed_wrong = both.len() / numbers.len()
    assert typed_wrong < 0.001


def test_clean_blocks_break_no_rule_and_dirty_ones_do(nation: Path) -> None:
    assert {rule: hits for rule, hits in check_census(nation / "one").items() if hits} == {}
    assert {rule: hits for rule, hits in check_care(nation / "one").items() if hits} == {}
    assert check_census(nation / "heavy")["8925"]


def test_flaws_of_every_block_are_listed(nation: Path) -> None:
    listed = pl.read_csv(nation / "heavy/truth/flaws.csv", infer_schema=False)
    ends = pl.col("flaw").is_in(["cpp_end_before_start", "placeholder_plan_end"])
    said = listed.filter(ends)["record"].unique().sort()
    broken = check_census(nation / "heavy")["8925"]
    assert sorted({record for record, _ in broken}) == said.to_list()


def test_routes_hold_the_same_children(nation: Path) -> None:
    extract = nation / "all/england_research_extract/cin"
    returned = _identifiers(nation / "all")
    anonymous = pl.concat(
        [
            pl.read_parquet(f).select(
                pl.col("^CIN_LA(_LGR)?_SPR..$").alias("la"), pl.col("^CIN_LAchildID.*$").alias("id")
            )
            for f in sorted(extract.glob("*.parquet"))
        ]
    ).unique()
    assert 0.9 * returned.height < anonymous.height <= returned.height
    assert set(anonymous["la"]) <= set(returned["la_code"])
    welsh = pl.read_parquet(nation / "all/wales_sail/SAILNCCHV/CHILD_BIRTHS.parquet")
    assert welsh.height > 50
    assert not [path for path in (nation / "all/authorities").iterdir() if path.name.startswith("6")]


def test_a_block_is_of_one_country_and_no_authority_is_in_two(parameters: Parameters, parameters_path: Path) -> None:
    places = authorities(2020, 2026, parameters_path.parent / "authorities.csv")
    parts = blocks(places, 4_900_000, 1)
    codes = [code for part in parts for code in part.places["la_code"]]
    assert sorted(codes) == places["la_code"].sort().to_list()
    assert all(part.places["country"].n_unique() == 1 for part in parts)
    assert sum(len(part.la) for part in parts) == 4_900_000
    assert max(len(part.la) for part in parts) < 400_000
    assert core_size(parameters.presets["default"].n_children.value, 2000) == 60_000


def test_authorities_are_all_there_once(parameters_path: Path) -> None:
    places = authorities(2020, 2026, parameters_path.parent / "authorities.csv")
    assert places["country"].value_counts().sort("country")["count"].to_list() == [153, 22]
    assert places["la_code"].is_unique().all()
    assert places["gss_code"].is_unique().all()
    assert places["gss_code"].str.contains("^(E0[6-9]|E10|W06)0000").all()


def test_no_two_authorities_share_a_postcode(parameters_path: Path) -> None:
    places = authorities(2020, 2026, parameters_path.parent / "authorities.csv")
    areas = small_areas(places).join(places.select("la", "area"), on="la")
    every = pl.concat(
        [
            areas.select("la", code=postcode(pl.col("area"), pl.col("area_id"), pl.lit((k + 0.5) / 30)))
            for k in range(30)
        ]
    )
    assert every.group_by("code").agg(pl.col("la").n_unique())["la"].max() == 1
    assert every["code"].str.contains("^[A-Z]{1,2}[1-9][0-9]? [0-9][A-Z]{2}$").all()


def test_authorities_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="authorities cannot be read"):
        authorities(2020, 2026, tmp_path / "authorities.csv")
