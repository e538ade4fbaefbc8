"""The reviewer's files: both sides beside each other, a waterfall that adds up, and open to the owner alone."""

from __future__ import annotations

import os
import stat
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from reviewed_world import make_scored_pairs

from dyadlink.linkage.model_table import model_table
from dyadlink.linkage.review.sampling import draw_sample
from dyadlink.linkage.review.waterfall import waterfall
from dyadlink.linkage.review.writing import render_page, review_rows
from dyadlink.storage import write_for_owner

MODEL = {
    "probability_two_random_records_match": 0.25,
    "comparisons": [
        {
            "output_column_name": "surname",
            "comparison_levels": [
                {"sql_condition": "null", "label_for_charts": "missing", "is_null_level": True},
                {"sql_condition": "=", "label_for_charts": "same", "m_probability": 0.8, "u_probability": 0.1},
                {"sql_condition": "~", "label_for_charts": "alike", "m_probability": 0.1, "u_probability": 0.2},
                {"sql_condition": "ELSE", "label_for_charts": "all other", "m_probability": 0.1, "u_probability": 0.7},
            ],
        },
        {
            "output_column_name": "sex",
            "comparison_levels": [
                {"sql_condition": "null", "is_null_level": True},
                {"sql_condition": "same sex", "m_probability": 1.0, "u_probability": 0.5},
                {"sql_condition": "ELSE", "m_probability": 0.0, "u_probability": 0.5},
            ],
        },
    ],
}
TABLE = model_table(MODEL)


def _persons(ids: pl.Series, surname: str) -> pl.DataFrame:
    return pl.DataFrame({"person_id": ids.unique().sort(), "person_group": "201"}).with_columns(
        surname=pl.lit(surname), sex=pl.lit("female"), postcode=pl.lit(None, pl.String)
    )


def _review(surname: str = "SMITH") -> tuple[pl.DataFrame, pl.DataFrame, list[dict[str, object]]]:
    pairs = make_scored_pairs(10, 10, seed=5).with_columns(
        gamma_surname=pl.lit(2, pl.Int8), gamma_sex=pl.lit(-1, pl.Int8)
    )
    sample = draw_sample(pairs, 10, seed=1)
    persons = {"left": _persons(sample["left_id"], surname), "right": _persons(sample["right_id"], "SMYTHE")}
    return sample, *review_rows(sample, persons, TABLE)


def test_levels_are_numbered_from_full_agreement_down() -> None:
    told = TABLE.filter(pl.col("comparison") == "surname").select("agreement", "level", "weight").rows()
    assert told == [(2, "same", 3.0), (1, "alike", -1.0), (0, "all other", pytest.approx(-2.807355))]
    assert TABLE.row(0, named=True)["weight"] == pytest.approx(-1.584963)


def test_a_level_that_no_pair_of_one_kind_has_gets_no_weight() -> None:
    assert TABLE.filter(comparison="sex", agreement=0).item(0, "weight") is None


def test_the_steps_of_a_waterfall_add_up_to_the_match_weight() -> None:
    steps = waterfall({"match_weight": 4.0, "gamma_surname": 2, "gamma_sex": -1}, TABLE)
    assert [step.comparison for step in steps] == ["prior", "surname", "sex", "rarity"]
    assert [step.weight for step in steps[:3]] == pytest.approx([-1.584963, 3.0, 0.0])
    assert sum(step.weight for step in steps) == pytest.approx(4.0)


def test_without_rare_values_there_is_no_step_for_them() -> None:
    steps = waterfall({"match_weight": -1.584963 + 3 + 1, "gamma_surname": 2, "gamma_sex": 1}, TABLE)
    assert [step.comparison for step in steps] == ["prior", "surname", "sex"]


def test_a_row_holds_both_sides_the_weights_and_an_empty_decision() -> None:
    sample, rows, _ = _review()
    assert rows["pair_id"].to_list() == sample["pair_id"].to_list()
    assert rows.columns[:4] == ["pair_id", "decision", "left_surname", "right_surname"]
    assert "left_postcode" not in rows.columns  # nobody has one
    first = rows.row(0, named=True)
    assert (first["decision"], first["left_surname"], first["right_surname"]) == ("", "SMITH", "SMYTHE")
    assert (first["agreement_surname"], first["weight_surname"]) == ("same", "3.00")
    assert (first["agreement_sex"], first["weight_sex"]) == ("missing", "0.00")


def test_the_reviewer_is_not_told_what_the_linkage_decided() -> None:
    _, rows, _ = _review()
    assert not {"is_link", "step"} & set(rows.columns)


def test_a_cell_is_never_run_by_a_spreadsheet() -> None:
    _, rows, _ = _review("=HYPERLINK(1)")
    assert rows.item(0, "left_surname") == "'=HYPERLINK(1)"


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    sample, _, pages = _review("<script>alert(1)</script>")
    html = render_page(pages)
    page = _Page(html)
    assert "script" not in page.tags
    assert not page.links
    assert page.tags.count("article") == sample.height
    assert "default-src 'none'" in html


def test_bars_stay_inside_their_track() -> None:
    _, _, pages = _review()
    for item in pages:
        for bar in item["steps"]:  # type: ignore[attr-defined]
            assert 0 <= float(bar["start"]) <= 100
            assert float(bar["start"]) + float(bar["width"]) <= 100.02


def test_a_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_for_owner(tmp_path / "review.csv", b"a")
        write_for_owner(tmp_path / "review.csv", b"b")
    finally:
        os.umask(before)
    path = tmp_path / "review.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"b"
    assert list(tmp_path.iterdir()) == [path]
