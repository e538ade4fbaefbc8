"""The section on movement: its words and figure come from what is shown, and say what is not."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from fake_aggregates import make_aggregates

from dyadlink.report.alluvial import draw_alluvial
from dyadlink.report.build import render
from dyadlink.report.movement import build_movement
from dyadlink.report.reading import Release, read_release
from dyadlink.schemas.movement import STEPS


@pytest.fixture(scope="module")
def release(large_folder: Path) -> Release:
    return read_release(large_folder)


def _bands(svg: str) -> int:
    return len(re.findall(r'<path d="[^"]*C[^"]*"[^>]*opacity: 0.55', svg))


def _steps(flows: pl.DataFrame) -> pl.DataFrame:
    steps = pl.DataFrame(STEPS, schema=["from_time", "to_time"], orient="row")
    inner = flows.filter(pl.col("from_level") != "total", pl.col("to_level") != "total")
    return inner.join(steps, on=["from_time", "to_time"], how="semi")


def test_a_band_for_each_shown_flow_and_none_for_a_hidden_one(release: Release) -> None:
    flows = release.find("transitions")
    shown = _steps(flows).drop_nulls("n")
    assert 10 < shown.height < _steps(flows).height
    assert _bands(draw_alluvial(flows, "a").svg) == shown.height
    one = shown.row(0, named=True)
    is_one = pl.all_horizontal(pl.col(c) == one[c] for c in ("from_time", "to_time", "from_level", "to_level"))
    assert _bands(draw_alluvial(flows.with_columns(n=pl.when(~is_one).then("n")), "a").svg) == shown.height - 1


def test_nothing_is_drawn_where_no_flow_is_shown(release: Release) -> None:
    flows = release.find("transitions")
    is_margin = (pl.col("from_level") == "total") | (pl.col("to_level") == "total")
    assert draw_alluvial(flows.with_columns(n=pl.when(is_margin).then("n")), "a") is None


def test_the_drawing_is_the_same_each_time(release: Release) -> None:
    flows = release.find("transitions")
    assert draw_alluvial(flows, "a") == draw_alluvial(flows, "a")


def test_who_cannot_see_the_figure_is_told_every_shown_flow(release: Release) -> None:
    figure = build_movement(release)[0].figures[0]
    for n in _steps(release.find("transitions")).drop_nulls("n")["n"]:
        assert f" {n:,}" in figure.label
    assert "hidden is left out" in figure.caption


def test_shares_are_told_as_they_are_shown(release: Release) -> None:
    words = " ".join(build_movement(release)[0].sentences)
    rows = release.find("movement_shares").filter(pl.col("change").is_in(["lower", "higher"]))
    for row in rows.iter_rows(named=True):
        interval = f"{row['percent_low']:.1f}% to {row['percent_high']:.1f}%"
        assert f"{row['percent']:.1f}% (95% interval {interval})" in words
    assert "no proof of a return to the mother" in words


def test_a_hidden_share_is_said_to_be_hidden(release: Release) -> None:
    shares = release.find("movement_shares")
    is_hidden = pl.col("change") == "higher"
    hidden = shares.with_columns(
        pl.when(~is_hidden).then(pl.col(c)).alias(c) for c in ("n", "percent", "percent_low", "percent_high")
    )
    other = Release(release.manifest, {**release.tables, "movement_shares": hidden}, release.downloads)
    words = " ".join(build_movement(other)[0].sentences)
    assert words.count("a share that is not shown (fewer than 10") == 2


def test_tests_say_their_method_and_leave_hidden_ones_blank(release: Release) -> None:
    part = next(part for part in build_movement(release) if part.title.startswith("Are the levels"))
    rows = [row for row in part.tables[0].rows if not row.is_heading]
    assert [cell.text for cell in rows[0].cells] == ["Stuart-Maxwell, by mother", "2,000", "8.90", "3", "0.031"]
    assert "two infants of one mother are not independent" in part.sentences[0]


def test_the_page_has_the_section_and_lists_its_tables_once(release: Release) -> None:
    html = render(release)
    assert html.count('id="movement"') == 1
    assert html.count('download="custody_and_plan.csv"') == 1
    assert '<section id="others">' not in html


def test_a_release_without_movement_has_a_page_that_says_so(release: Release) -> None:
    named = ("transitions", "movement_shares", "movement_tests", "custody_and_plan")
    tables = {name: table for name, table in release.tables.items() if name not in named}
    assert "The release has no table of movement." in render(Release(release.manifest, tables, release.downloads))


def test_a_cohort_as_small_as_the_seed_study_still_has_its_section(small_release: Release) -> None:
    flows = small_release.find("transitions")
    counted = make_aggregates(278)["transitions"]
    assert counted.height == 4 * 81
    assert flows["n"].null_count() > flows.height / 3
    assert build_movement(small_release)[0].tables
