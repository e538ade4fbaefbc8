"""Levels and movement: what is shown adds up, shares come from it, thin tests are hidden, one door for all."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from fake_aggregates import make_aggregates
from statsmodels.stats.proportion import proportion_confint

from dyadlink.disclosure import Profile, get_profile, protect_all
from dyadlink.disclosure.audit import Audit, Hidden
from dyadlink.disclosure.checks import check_release_table
from dyadlink.disclosure.movement import protect_movement
from dyadlink.disclosure.suppress import hide_cells
from dyadlink.disclosure.system import Builder, CellSystem
from dyadlink.errors import ContractError, DyadlinkError

FLOW = ["from_time", "to_time", "from_level", "to_level"]


@pytest.fixture(scope="module")
def aggregates() -> dict[str, pl.DataFrame]:
    made = make_aggregates(2000)
    return {name: made[name] for name in ("counts", "transitions", "movement_tests")}


@pytest.fixture(scope="module")
def released(aggregates: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    tests = aggregates["movement_tests"]
    return protect_movement(_levels(aggregates), aggregates["transitions"], tests, get_profile("strict"))


def _levels(aggregates: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return aggregates["counts"].filter(table="csc_levels")


def test_each_table_passes_the_door(released: dict[str, pl.DataFrame], strict: Profile) -> None:
    assert set(released) == {"csc_levels", "transitions", "movement_shares", "movement_tests"}
    for name, table in released.items():
        check_release_table(name, table, strict)


def test_a_shown_cell_is_its_count_rounded(
    released: dict[str, pl.DataFrame], aggregates: dict[str, pl.DataFrame]
) -> None:
    told = aggregates["transitions"].filter(from_level="none", to_level="none").select(*FLOW[:2], told="n")
    found = released["transitions"].filter(from_level="none", to_level="none").join(told, on=FLOW[:2])
    assert found.height == 4
    assert found.drop_nulls("n").height > 0
    assert found.drop_nulls("n").filter((pl.col("n") - pl.col("told")).abs() > 5).is_empty()


def test_percentages_and_intervals_are_those_of_what_is_shown(released: dict[str, pl.DataFrame]) -> None:
    flows = released["transitions"]
    whole = flows.filter(to_level="total").select(*FLOW[:3], whole="n")
    both = flows.join(whole, on=FLOW[:3]).drop_nulls(["n", "whole"])
    assert both.height > 20
    assert both.filter((pl.col("percent") - 100 * pl.col("n") / pl.col("whole")).abs() > 0.0501).is_empty()
    hidden = flows.filter(pl.col("n").is_null())
    assert hidden["percent"].null_count() == hidden.height


def test_wilson_interval_is_that_of_the_shown_counts(released: dict[str, pl.DataFrame]) -> None:
    shares = released["movement_shares"]
    whole = dict(shares.filter(change="total", among="observed").select("from_time", "n").iter_rows())
    rows = shares.filter(pl.col("among") == "observed", pl.col("change") != "total").drop_nulls("n")
    assert rows.height >= 4
    for row in rows.iter_rows(named=True):
        low, high = proportion_confint(row["n"], whole[row["from_time"]], method="wilson")
        assert (row["percent_low"], row["percent_high"]) == (round(100 * low, 1), round(100 * high, 1))


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"n_up": 9}, "suppressed_primary"),
        ({"n_down": 9}, "suppressed_primary"),
        ({"n_least_moved": 9}, "suppressed_primary"),
        ({"n_moved_mothers": 10}, "suppressed_primary"),
        ({}, "rounded"),
    ],
)
def test_a_test_on_a_thin_table_is_hidden(
    aggregates: dict[str, pl.DataFrame], strict: Profile, changed: dict[str, int], status: str
) -> None:
    tests = aggregates["movement_tests"].filter(about="any_involvement", from_time="t2")
    odd = tests.with_columns(pl.lit(n).alias(name) for name, n in changed.items())
    row = protect_movement(_levels(aggregates), aggregates["transitions"], odd, strict)["movement_tests"].row(
        0, named=True
    )
    assert row["status"] == status
    assert all((row[name] is None) == (status != "rounded") for name in ("n", "statistic", "df", "p_value"))


def test_what_a_test_lets_a_reader_know_is_held_against_what_is_hidden(strict: Profile) -> None:
    # 43 in all, 12 and 8 hidden behind 23: who knows two of them to the last one knows the third.
    system = system_of((43, 23, 12, 8), ("all", "abc"))
    hidden = hide_cells(system, strict)
    known = replace(system, exact=frozenset({0, 1, 2}))
    assert Audit(system, strict).narrow(hidden) == []
    assert 3 in {cell for one in Audit(known, strict).narrow(Hidden(hidden.cells | {3})) for cell in one.target}


def test_a_small_sum_that_no_table_shows_is_not_left_to_be_worked_out(strict: Profile) -> None:
    # Two levels that differ by three dyads: 195 and 198 would be told as 200 and 200, the difference at most nine.
    builder = Builder()
    for name, n in {"all": 240, "a": 200, "b": 40, "c": 197}.items():
        builder.add(name, n, "t")
    builder.add("rest", 3, "t", is_released=False)
    builder.tie("all", ("a", "b"))
    builder.tie("a", ("c", "rest"))
    shown = builder.system()
    assert hide_cells(shown, strict).cells == frozenset()
    close = strict.model_copy(update={"rounding_base": 5})
    assert len(hide_cells(shown, close).cells) == 1


def system_of(values: tuple[int, ...], line: tuple[str, str]) -> CellSystem:
    builder = Builder()
    total, parts = line
    for name, n in zip((total, *parts), values, strict=True):
        builder.add(name, n, "t")
    builder.tie(total, parts)
    return builder.system()


def test_levels_and_transitions_of_other_dyads_are_refused(
    aggregates: dict[str, pl.DataFrame], strict: Profile
) -> None:
    other = make_aggregates(1990)["transitions"]
    with pytest.raises(DyadlinkError, match="do not add up"):
        protect_movement(_levels(aggregates), other, aggregates["movement_tests"], strict)
    with pytest.raises(ContractError):
        protect_movement(_levels(aggregates), aggregates["transitions"].head(80), aggregates["movement_tests"], strict)
    with pytest.raises(DyadlinkError, match="a level or a time is missing"):
        lacking = _levels(aggregates).filter(pl.col("variable") != "csc_level_t2")
        protect_movement(lacking, aggregates["transitions"], aggregates["movement_tests"], strict)


def test_movement_is_never_protected_apart_from_its_margins(
    aggregates: dict[str, pl.DataFrame], strict: Profile
) -> None:
    for name in aggregates:
        lacking = {other: frame for other, frame in aggregates.items() if other != name}
        if name == "counts" or "transitions" in lacking:
            with pytest.raises(DyadlinkError, match="comes without"):
                protect_all(lacking, strict)
    both = protect_all(aggregates, strict)
    assert {"csc_levels", "transitions", "outcomes"} <= set(both)
