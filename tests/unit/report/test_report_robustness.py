"""The section on robustness, and the one on prediction where a study asks for it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from fake_aggregates import make_aggregates

from dyadlink.disclosure import get_profile, protect_all, write_release
from dyadlink.report.build import render
from dyadlink.report.models import build_models
from dyadlink.report.reading import Release, read_release
from dyadlink.report.robustness import NEGATIVE_CONTROL_WORDS, PERFORMANCE_WORDS, build_prediction, build_robustness

CONTEXT = {"title": "A study", "is_synthetic": True, "profile": "strict"}


@pytest.fixture(scope="module")
def release(large_folder: Path) -> Release:
    return read_release(large_folder)


def _release(folder: Path, **more: pl.DataFrame) -> Release:
    aggregates = {**make_aggregates(2000), **more}
    write_release(protect_all(aggregates, get_profile("strict")), CONTEXT, folder / "release")
    return read_release(folder / "release")


def test_every_analysis_has_its_part(release: Release) -> None:
    parts = {part.title: part for part in build_robustness(release)}
    assert list(parts) == [
        "Without one authority",
        "Negative control",
        "How much the models explain",
    ]
    assert 'id="robustness"' in render(release)
    # What stands here does not stand among the models, too.
    titles = [part.title for part in build_models(release)]
    assert not [title for title in titles if "GEE" in title or "girl" in title]


def test_a_range_stands_beside_its_own_estimate(release: Release) -> None:
    table = build_robustness(release)[0].folded[0].tables[0]
    row = next(row for row in table.rows if row.header.startswith("Single"))
    (own,) = release.find("estimates").filter(model="o1_logistic", term="is_single").rows(named=True)
    (released,) = release.find("leave_one_out").filter(model="o1_logistic", term="is_single").rows(named=True)
    assert row.cells[0].text.startswith(f"{own['ratio']:.2f} ({own['ratio_low']:.2f} to ")
    assert row.cells[1].text == f"{released['ratio_least']:.2f} to {released['ratio_greatest']:.2f}"
    assert row.cells[2].text in {"Never", "In a tenth to half of fits", "In more than half of fits"}
    assert table.columns == ("Term", "Odds ratio (95% interval)", "Least to greatest", "Interval changes sides")


def test_a_hidden_range_is_a_dash_with_its_rule(tmp_path: Path) -> None:
    few = make_aggregates(2000)["leave_one_out"].with_columns(n_least_outcome=pl.lit(9, pl.Int64))
    table = build_robustness(_release(tmp_path, leave_one_out=few))[0].folded[0].tables[0]
    assert all(cell.is_hidden for row in table.rows for cell in row.cells[1:])
    assert "fewer than 10 authorities" in table.hidden


def test_the_negative_control_says_what_an_association_would_tell(release: Release) -> None:
    part = build_robustness(release)[1]
    assert part.sentences[0] == NEGATIVE_CONTROL_WORDS
    shown = [row for row in part.tables[0].rows if row.cells[0].text and "(" in row.cells[0].text]
    ends = [row.cells[0].text.split("(")[1].rstrip(")").split(" to ") for row in shown]
    n_out = sum(float(low) > 1 or float(high) < 1 for low, high in ends)
    told = {0: "none leave", 1: "1 leaves"}.get(n_out, f"{n_out} leave")
    assert part.sentences[1] == f"Of {len(shown)} intervals shown, {told} 1 out."


def test_performance_is_told_with_what_it_means(release: Release) -> None:
    part = build_robustness(release)[2]
    assert part.sentences == (PERFORMANCE_WORDS,)
    cells = [cell.text for cell in part.tables[0].rows[1].cells]
    assert cells == ["0.71 (0.70 to 0.74)", "0.01", "0.70"]
    # A slope that is 1 by its equations has no interval.
    assert part.tables[0].rows[2].cells[0].text == "1.00"
    model = part.tables[0].rows[0].header
    hidden_in = pl.col("model") == release.find("performance").item(0, "model")
    few = release.find("performance").with_columns(
        status=pl.when(hidden_in).then(pl.lit("suppressed_primary")).otherwise("status")
    )
    tables = {**release.tables, "performance": few}
    rows = build_robustness(Release(release.manifest, tables, release.downloads))[2].tables[0].rows
    assert rows[0].header == model
    assert all(cell.is_hidden for cell in rows[1].cells)
    assert not all(cell.is_hidden for row in rows for cell in row.cells)


def test_prediction_is_there_where_it_was_asked_for_with_its_warning(release: Release, tmp_path: Path) -> None:
    assert build_prediction(release) is None
    asked = pl.DataFrame(
        {
            "outcome": ["o1", "o4"],
            "population": ["all", "in_custody_at_t2"],
            "measure": ["c_statistic"] * 2,
            "estimate": [0.70314, 0.66],
            "conf_low": [0.681, 0.6],
            "conf_high": [0.7249, 0.7],
            "n": [1999, 1861],
            "n_events": [629, 9],
            "n_parameters": [13, 13],
            "note": ["", ""],
        }
    )
    asking = _release(tmp_path, prediction=asked)
    part = build_prediction(asking)
    assert part is not None
    assert "no tool for decisions about families" in part.sentences[1]
    (table,) = part.tables
    assert [row.cells[0].text for row in table.rows if row.cells] == ["0.70 (0.68 to 0.72)", ""]
    page = render(asking)
    assert 'id="prediction"' in page and "no tool for decisions about families" in page
    assert 'id="prediction"' not in render(release)


def test_a_release_without_models_has_no_section() -> None:
    empty = Release({"profile": {"threshold": 10}}, {}, {})
    assert build_robustness(empty) == []
    assert build_prediction(empty) is None
