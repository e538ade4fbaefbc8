"""Sensitivity analyses: all of an outcome side by side, each named by what it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fake_aggregates import make_aggregates

from dyadlink.disclosure import get_profile, protect_all, write_release
from dyadlink.report.build import render
from dyadlink.report.models import build_models
from dyadlink.report.reading import Release, read_release
from dyadlink.report.sensitivity import build_sensitivity, describe_groups
from dyadlink.report.summary import build_summary
from dyadlink.report.tables import Cell, Part

CONTEXT = {"title": "A study", "is_synthetic": False, "profile": "strict"}
CHANGES: dict[str, dict[str, Any]] = {
    "strict": {"alternative": "custody_strict"},
    "drawn": {"linkage_plan": "sampled_links", "data_sets": 20, "fmi": 0.1},
    "chained": {"missing_plan": "imputed", "data_sets": 20, "fmi": 0.1234},
    "curved": {"label": "with age as a curve"},
}
N_PRIMARY = 4


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The usual models, and O1's once more for every change, each with larger estimates."""
    return _release(tmp_path_factory.mktemp("sensitivity"), _with_changes)


def _with_changes(plain: pl.DataFrame) -> pl.DataFrame:
    own = plain.filter(model="o1_logistic")
    further = [
        own.with_columns(
            model=pl.lit(name), role=pl.lit("sensitivity"), estimate=pl.col("estimate") + 0.5,
            **{column: pl.lit(value) for column, value in change.items()},
        ).select(plain.columns)
        for name, change in CHANGES.items()
    ]  # fmt: skip
    return pl.concat([plain, *further], how="vertical_relaxed")


def _release(folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Release:
    aggregates = make_aggregates(2000)
    changed = {**aggregates, "estimates": change(aggregates["estimates"])}
    write_release(protect_all(changed, get_profile("strict")), CONTEXT, folder / "release")
    return read_release(folder / "release")


def _part(release: Release, outcome: str) -> Part:
    return next(part for part in build_sensitivity(release) if f"({outcome})" in part.title)


def test_every_analysis_is_a_line_named_by_what_it_changes(release: Release) -> None:
    tables = _part(release, "O1").tables
    table = tables[0]
    # Twelve terms are too many beside each other: they stand in two tables, each with its intervals below.
    assert [len(each.columns) for each in tables] == [7, 7]
    assert all(each.is_wide and not each.is_turned for each in tables)
    assert tables[0].caption.endswith(" (part 1 of 2)")
    assert [row.header for row in table.rows] == [
        "Odds ratios",
        "Main analysis",
        "Other definitions: custody strict",
        "Linkage error: links drawn from match probabilities",
        "Missing data: imputed",
        "Clusters: by authority, GEE logistic model",
        "Model: with age as a curve",
    ]


def test_terms_that_no_analysis_shows_are_named_and_not_tabled(tmp_path: Path) -> None:
    def hide(plain: pl.DataFrame) -> pl.DataFrame:
        of_term = pl.col("term") == "is_single"
        return _with_changes(plain).with_columns(n_level=pl.when(~of_term).then("n_level").otherwise(9))

    part = _part(_release(tmp_path, hide), "O1")
    (words,) = (words for words in part.sentences if words.startswith("Terms of which no analysis"))
    assert words.endswith("are left out: single.")
    assert not any("Single" in table.columns for table in part.tables)


def test_few_terms_have_their_intervals_beside_them(tmp_path: Path) -> None:
    def hide(plain: pl.DataFrame) -> pl.DataFrame:
        few = pl.col("term").is_in(["is_single", "deprivation_per_quintile"])
        return _with_changes(plain).with_columns(n_level=pl.when(few).then("n_level").otherwise(9))

    (table,) = _part(_release(tmp_path, hide), "O1").tables
    assert not table.is_wide


def test_the_cells_are_the_released_ratios(release: Release) -> None:
    *_, table = _part(release, "O1").tables
    place = table.columns.index("Single") - 1
    lines = [row for row in table.rows if not row.is_heading]
    released = release.find("estimates").filter(term="is_single", adjustment="full").select("model", "ratio")
    ratios = dict(released.iter_rows())
    names = ("o1_logistic", "strict", "drawn", "chained", "o1_logistic_by_authority", "curved")
    assert [line.cells[place].text.split(" ")[0] for line in lines] == [f"{ratios[name]:.2f}" for name in names]


def test_what_is_hidden_of_one_analysis_is_a_dash_in_its_line(tmp_path: Path) -> None:
    def hide(plain: pl.DataFrame) -> pl.DataFrame:
        few = (pl.col("model") == "drawn") & (pl.col("term") == "is_single")
        return _with_changes(plain).with_columns(n_level=pl.when(~few).then("n_level").otherwise(9))

    *_, table = _part(_release(tmp_path, hide), "O1").tables
    place = table.columns.index("Single") - 1
    hidden = {row.header: row.cells[place].is_hidden for row in table.rows if not row.is_heading}
    assert hidden.pop("Linkage error: links drawn from match probabilities")
    assert not any(hidden.values())


def test_the_figure_tells_the_span_of_every_term(release: Release) -> None:
    (figure,) = _part(release, "O1").figures
    ratios = release.find("estimates").filter(
        (pl.col("term") == "is_single") & (pl.col("outcome") == "o1") & (pl.col("adjustment") == "full")
    )["ratio"]
    assert f"Single {ratios.min():.2f} to {ratios.max():.2f}" in figure.label
    assert "model,outcome" in figure.data.splitlines()[0]


def test_information_lost_stands_by_analysis(release: Release) -> None:
    folded = {part.title: part for part in _part(release, "O1").folded}
    table = folded["Information lost to imputation and drawn links"].tables[0]
    lines = {row.header: row.cells[0] for row in table.rows if not row.is_heading}
    assert lines == {
        "Linkage error: links drawn from match probabilities": Cell("0.10"),
        "Missing data: imputed": Cell("0.12"),
    }


def test_each_group_says_what_it_changes(release: Release) -> None:
    names = [name for name, _ in describe_groups(release)]
    assert names == ["Other definitions", "Linkage error", "Missing data", "Clusters", "Model"]


def test_models_and_sensitivity_analyses_keep_apart(release: Release) -> None:
    parts = build_models(release)
    assert len(parts) == N_PRIMARY
    titles = [each.title for part in parts for each in (part, *part.folded)]
    assert not any("GEE" in title or "curve" in title or "girl" in title for title in titles)
    assert 'id="sensitivity"' in render(release)


def test_a_primary_model_with_a_plan_stands_among_the_models(tmp_path: Path) -> None:
    def impute(plain: pl.DataFrame) -> pl.DataFrame:
        return plain.with_columns(missing_plan=pl.lit("imputed"), role=pl.lit("primary"))

    release = _release(tmp_path, impute)
    estimates = release.find("estimates").filter(pl.col("outcome") != "negative_control")
    assert len(build_models(release)) == estimates["model"].n_unique()


def test_the_summary_says_whether_the_answers_hold(release: Release) -> None:
    hold = next(part for part in build_summary(release) if part.title == "Do the answers hold?")
    first = hold.bullets[0]
    own = release.find("estimates").filter((pl.col("model") == "o1_logistic") & (pl.col("status") == "shown"))
    told = own.filter((pl.col("ratio_low") > 1) | (pl.col("ratio_high") < 1))
    assert f"{told.height} of its intervals leave out 1. In 5 sensitivity analyses" in first


def test_without_further_analyses_there_is_no_section(tmp_path: Path) -> None:
    def keep_primary(plain: pl.DataFrame) -> pl.DataFrame:
        return plain.filter(pl.col("role") == "primary")

    release = _release(tmp_path, keep_primary)
    assert build_sensitivity(release) == []
    assert 'id="sensitivity"' not in render(release)
