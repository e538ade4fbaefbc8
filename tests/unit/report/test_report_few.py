"""What too few figures can be shown of is told in words, and not drawn, tabled or listed as if it were there."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from dyadlink.report.characteristics import build_balance, build_characteristics
from dyadlink.report.curves import build_curves
from dyadlink.report.labels import TEST_METHODS
from dyadlink.report.linkage import build_linkage
from dyadlink.report.movement import _test_cells
from dyadlink.report.reading import Release
from dyadlink.report.robustness import build_robustness
from dyadlink.report.service_use import build_service_use
from dyadlink.report.table_files import column_weights
from dyadlink.report.tables import Cell, Row, Table

PROFILE = {"threshold": 10, "rounding_base": 10}
NO_CURVE = "Too few days can be shown for a curve of all dyads; the table has those that can."
NO_BALANCE = "Too few differences can be shown to be drawn; the table has those that can."


def _release(**tables: list[dict[str, Any]]) -> Release:
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return Release({"profile": PROFILE, "is_synthetic": True}, frames, dict.fromkeys(frames, ""))


def _curve(group: str, days: tuple[int, ...]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": "o4", "group": group, "cause": "custody_loss", "time_days": day, "status": "rounded",
            "estimate": day / 1000, "conf_low": day / 2000, "conf_high": day / 500, "n_at_risk": 100, "n_events": 10,
        }
        for day in days
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "is_drawn"), [((0, 100, 365), False), ((0, 100, 200, 365), True)])
def test_a_curve_has_three_days_after_the_first(days: tuple[int, ...], is_drawn: bool) -> None:
    (part,) = build_curves(_release(cumulative_incidence=_curve("all", days)))
    assert len(part.figures) == is_drawn
    assert (NO_CURVE in part.sentences) != is_drawn
    (table,) = part.tables
    assert [row.header for row in table.rows] == [str(day) for day in days]


def test_curves_of_few_days_by_group_are_told_by_their_last_day() -> None:
    rows = [*_curve("all", (0, 90, 180, 365)), *_curve("involved", (0, 200)), *_curve("not_involved", (0, 300))]
    (part,) = build_curves(_release(cumulative_incidence=rows))
    assert len(part.figures) == 1
    (words,) = (words for words in part.sentences if words.startswith("Too few"))
    assert words == (
        "Too few days can be shown for curves by involvement. Cumulative incidence: involved during the episode 20.0% "
        "(10.0% to 40.0%) by day 200; not involved during the episode 30.0% (15.0% to 60.0%) by day 300."
    )


def _differences(n_shown: int, n: int) -> list[dict[str, Any]]:
    table = {"table": "characteristics_by_o1", "level": "overall", "percent_with": None, "percent_without": None}
    return [
        table | {"variable": f"v{i}", "status": "rounded", "standardised_difference": 0.2 if i < n_shown else None}
        for i in range(n)
    ]


@pytest.mark.parametrize(("n_shown", "is_drawn"), [(1, False), (2, True)])
def test_the_balance_plot_needs_a_quarter_of_the_differences(n_shown: int, is_drawn: bool) -> None:
    part = build_balance(_release(standardised_differences=_differences(n_shown, 8)))
    assert part is not None
    assert len(part.figures) == is_drawn
    assert (NO_BALANCE in part.sentences) != is_drawn
    assert len(part.tables[0].rows) == 8


@pytest.mark.parametrize("n_shown", [0, 1])
def test_differences_that_are_all_hidden_have_no_column(n_shown: int) -> None:
    counts = [
        {"variable": "v0", "level": "yes", "group": group, "status": "rounded", "n": 20, "percent": 50.0}
        for group in ("all", "yes", "no")
    ]
    release = _release(characteristics_by_o1=counts, standardised_differences=_differences(n_shown, 2))
    part = build_characteristics(release, "characteristics_by_o1")
    heads = part.tables[0].columns
    assert len(heads) == 4 + n_shown
    assert any(words.startswith("No standardised difference can be shown") for words in part.sentences) != n_shown


@pytest.mark.parametrize("n", [None, 20])
def test_links_that_cannot_be_true_and_cannot_be_shown_are_said(n: int | None) -> None:
    rows = [
        {"variable": "impossible", "level": level, "group": "all", "status": "rounded", "n": count, "percent": None}
        for level, count in (("total", 200), ("yes", n))
    ]
    (part,) = build_linkage(_release(link_checks=rows))
    said = [words for words in part.sentences if words.startswith("How many links show it can be said of no line")]
    assert len(said) == (n is None)


def test_a_share_that_a_threshold_does_not_show_is_marked_and_not_blank() -> None:
    shares = {"expected_precision": 0.9, "expected_recall": 0.9, "precision": None}
    rows = [
        {"level": level, "status": "rounded", "n": 200, **shares, "recall": recall}
        for level, recall in (("0.7", None), ("0.9", 0.8))
    ]
    (part,) = build_linkage(_release(threshold_grid=rows))
    assert [row.cells[-1].is_hidden for row in part.tables[0].rows] == [True, False]


@pytest.mark.parametrize(
    ("value", "text"), [(17.0, "17.0"), (2.01, "2.01"), (107.0, "107"), (1230.0, "1,230"), (0, "0")]
)
def test_a_test_statistic_has_the_three_digits_that_are_released(value: float, text: str) -> None:
    row = {"n": 280, "statistic": value, "df": 3, "p_value": 0.5, "method": next(iter(TEST_METHODS))}
    assert _test_cells(row)[2].text == text


def test_service_use_of_which_nothing_can_be_shown_has_no_table_of_a_head_alone() -> None:
    row = {
        "measure": "bed_days", "period": "t1_t2", "group": "all", "part_of": "", "status": "suppressed_primary",
        "n_any": None, "percent_any": None, "rate": None, "percent_of_whole": None,
    }  # fmt: skip
    (part,) = build_service_use(_release(service_rates=[row]))
    assert part.tables == ()
    assert part.sentences[-1] == "Lines of which nothing can be shown are left out: 1."


def _performance(status: str) -> Release:
    row = {
        "model": "o1_logistic", "outcome": "o1", "family": "logistic", "measure": "c_statistic", "status": status,
        "apparent": 0.7, "conf_low": 0.6, "conf_high": 0.8, "optimism": 0.01, "corrected": 0.69,
    }  # fmt: skip
    return _release(performance=[row])


def test_performance_that_is_all_hidden_is_a_sentence_and_no_table() -> None:
    (shown,) = build_robustness(_performance("shown"))
    (hidden,) = build_robustness(_performance("suppressed_primary"))
    assert (len(shown.tables), len(hidden.tables)) == (1, 0)
    assert hidden.sentences[-1].startswith("Of no primary model can a figure be shown")


def test_columns_are_as_broad_as_their_letters_and_not_as_many() -> None:
    heads = ("Term", "Unadjusted", "Fully adjusted", "p", "a", "b", "p, Benjamini-Hochberg")
    cells = tuple(Cell(text) for text in ("1.47 (1.29 to 1.69)", "1.38", "<0.001", "1", "2", "0.5"))
    first, ratio, adjusted, p, least, _, last = column_weights(Table("t", "t", heads, (Row("x" * 60, cells),)))
    # The first gives way; an interval needs less than its 19 characters, a p-value more than its head.
    assert first == 22
    assert ratio < 19
    assert p > least
    # A head breaks at its hyphen.
    assert adjusted <= last < len("Benjamini-Hochberg")
