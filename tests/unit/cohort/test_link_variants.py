"""What each dyad would be under each set of links: the candidates, the choices among them, and the rows they give."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from staged_cohort import ROOT, SQL, STAGED, staged_connection

from dyadlink.cohort.link_variants import MAXIMUM_VARIANTS, build_link_variants, list_candidates, list_variants
from dyadlink.cohort.tables import build_cohort
from dyadlink.config import load_config
from dyadlink.schemas.linkage import ScoredPairs
from dyadlink.sql import read_table

CHILDREN = pl.DataFrame({"child_key": ["A:1", "A:2", "A:3", "B:1", "B:2"], "la_code": ["A", "A", "A", "B", "B"]})
DYADS = pl.DataFrame({"dyad_id": [1, 2], "infant_id": ["i1", "i2"]})


def scored(*pairs: tuple[str, str, float | None]) -> pl.DataFrame:
    schema = {"infant_id": pl.String, "child_key": pl.String, "match_probability": pl.Float64}
    frame = pl.DataFrame(pairs, schema=schema, orient="row").with_columns(step=pl.lit(None, pl.String))
    odds = pl.col("match_probability") / (1 - pl.col("match_probability"))
    return frame.with_columns(match_weight=odds.log(2), weighed_probability="match_probability")


def linked(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"infant_id": pl.String, "child_key": pl.String}, orient="row")


def kept(links: pl.DataFrame, pairs: pl.DataFrame) -> list[tuple[Any, ...]]:
    return list_candidates(links, pairs, CHILDREN, DYADS).select("infant_id", "child_key", "dyad_id", "is_link").rows()


def test_links_and_other_pairs_are_candidates() -> None:
    pairs = scored(("i1", "A:1", 0.97), ("i1", "A:2", 0.02), ("i9", "A:2", 0.4))
    assert kept(linked(("i1", "A:1")), pairs) == [
        ("i1", "A:1", 1, True),
        ("i1", "A:2", 1, False),
        # An infant who makes no dyad competes for records all the same.
        ("i9", "A:2", None, False),
    ]


@pytest.mark.parametrize("probability", [None, 1.0])
def test_a_certain_link_and_all_that_it_rules_out_are_none(probability: float | None) -> None:
    pairs = scored(("i1", "A:1", probability), ("i1", "A:2", 0.4), ("i2", "A:1", 0.4), ("i1", "B:1", 0.4))
    # The same infant's record in another authority is not ruled out.
    assert kept(linked(("i1", "A:1")), pairs) == [("i1", "B:1", 1, False)]


def test_a_link_that_was_not_scored_is_certain() -> None:
    assert kept(linked(("i1", "A:1")), scored(("i1", "A:2", 0.4))) == []


def test_every_choice_of_one_record_in_each_authority_is_a_variant() -> None:
    links = linked(("i1", "A:1"), ("i2", "B:2"))
    pairs = scored(("i1", "A:1", 0.9), ("i1", "A:2", 0.3), ("i1", "B:1", 0.2), ("i2", "B:2", None), ("i2", "A:3", 0.5))
    variants, children = list_variants(list_candidates(links, pairs, CHILDREN, DYADS), links)
    assert sorted(variants.filter(dyad_id=1)["child_keys"]) == ["", "A:1", "A:1|B:1", "A:2", "A:2|B:1", "B:1"]
    # The certain link belongs to every variant of its dyad, and to no key.
    assert variants.filter(dyad_id=2)["child_keys"].to_list() == ["", "A:3"]
    of_second = variants.filter(dyad_id=2)["variant_id"].to_list()
    assert [children.filter(dyad_id=number)["child_key"].to_list() for number in of_second] == [
        ["B:2"],
        ["A:3", "B:2"],
    ]


def test_an_infant_with_too_many_choices_loses_the_weakest() -> None:
    n = MAXIMUM_VARIANTS + 5
    keys = [f"A:{number:04}" for number in range(n)]
    children = pl.DataFrame({"child_key": keys, "la_code": "A"})
    pairs = scored(*[("i1", key, 0.002 + number / 1000) for number, key in enumerate(keys)])
    left = list_candidates(linked(), pairs, children, DYADS)
    assert left["child_key"].to_list() == keys[-(MAXIMUM_VARIANTS - 1) :]


def test_a_variant_is_the_row_that_the_cohort_would_make_of_its_links() -> None:
    """Twins, one with a record: with no link, with the twin's record, and with the other twin as its owner."""
    study = load_config(ROOT / "config/config.yaml").study
    children = [{"child_key": "301:a", "la_code": "301", "birth_date": date(2021, 3, 5)}]
    pairs = scored(("i1", "301:a", 0.8), ("i2", "301:a", 0.4)).select(ScoredPairs.column_names())
    made = {}
    for owner in ("i1", "i2", None):
        links = [{"infant_id": owner, "child_key": "301:a", "step": "exact"}] if owner else []
        connection = staged_connection({**STAGED, "children": children, "links": links})
        build_cohort(connection, SQL, study)
        made[owner] = read_table(connection, "analysis").sort("dyad_id")
        _, variants, rows = build_link_variants(connection, SQL, study, pairs)
        assert read_table(connection, "analysis").sort("dyad_id").equals(made[owner])
        rows = rows.join(variants.select("variant_id", "child_keys"), on="variant_id")
    for dyad_id, owner in ((1, "i1"), (2, "i2")):
        for keys, links_of in (("301:a", owner), ("", None)):
            ours = rows.filter(dyad_id=dyad_id, child_keys=keys).select(made[None].columns)
            assert ours.equals(made[links_of].filter(dyad_id=dyad_id))
    assert made["i1"]["o3"].to_list() != made["i2"]["o3"].to_list()


def test_a_study_without_scored_pairs_has_no_variants() -> None:
    study = load_config(ROOT / "config/config.yaml").study
    connection = staged_connection(STAGED)
    build_cohort(connection, SQL, study)
    frames = build_link_variants(connection, SQL, study, ScoredPairs.create_empty())
    assert [frame.height for frame in frames] == [0, 0, 0]
