"""Each rule of each profile's source, written here again, is asked of what is released."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import polars as pl
import pytest
from fake_aggregates import make_aggregates

from dyadlink.disclosure import PROFILES, get_profile
from dyadlink.disclosure.checks import check_release_file, check_release_table
from dyadlink.disclosure.curves import protect_curves
from dyadlink.disclosure.estimates import protect_estimates
from dyadlink.disclosure.medians import protect_medians
from dyadlink.errors import DyadlinkError


class Asked(NamedTuple):
    """Least residual df, events of a step and people of a median; longest table, largest file, and .svg let out."""

    df: int
    step: int
    median: int
    rows: int | None
    megabytes: int | None
    svg: bool


ASKED = {
    "opensafely": Asked(1, 8, 16, 5000, 16, svg=True),
    "sacro": Asked(10, 10, 20, None, None, svg=False),
    "nhs_sde": Asked(1, 10, 20, None, None, svg=False),
    "ukllc": Asked(1, 10, 20, None, None, svg=False),
    "ons_csc": Asked(1, 10, 20, None, None, svg=False),
    "strict": Asked(10, 10, 20, 5000, 16, svg=False),
}
NAMES = sorted(ASKED)
AGGREGATES = make_aggregates(3000)


def test_no_profile_is_forgotten() -> None:
    assert set(ASKED) == set(PROFILES)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_needs_its_residual_degrees_of_freedom(name: str) -> None:
    estimates = AGGREGATES["estimates"]
    model = estimates.filter(pl.col("estimate").is_not_null()).item(0, "model")
    own = estimates.filter(pl.col("model") == model)
    shown = {}
    for df in (ASKED[name].df - 1, ASKED[name].df):
        left = own.with_columns(n_parameters=pl.col("n") - df)
        shown[df] = protect_estimates(left, get_profile(name))["status"].is_in(["shown"]).any()
    assert shown == {ASKED[name].df - 1: False, ASKED[name].df: True}


@pytest.mark.parametrize("name", NAMES)
def test_a_step_of_a_curve_is_of_enough_events_of_each_cause_drawn(name: str) -> None:
    curves = AGGREGATES["cumulative_incidence"]
    released = protect_curves(curves, get_profile(name).for_survival())
    steps = 0
    for (outcome, group, cause), part in released.drop_nulls("time_days").group_by("outcome", "group", "cause"):
        exact = curves.filter(outcome=outcome, group=group, cause=cause).sort("time_days")
        reached = [exact.filter(pl.col("time_days") <= day)["n_events"].max() or 0 for day in sorted(part["time_days"])]
        assert all(after - before >= ASKED[name].step for before, after in pairwise(reached))  # type: ignore[operator]
        steps += len(reached) - 1
    assert steps > 10


@pytest.mark.parametrize("name", NAMES)
def test_a_median_is_of_enough_people(name: str) -> None:
    least = ASKED[name].median
    rows = [("t", "v", group, n, 3.0, 2.0, 5.0) for group, n in (("all", 500), ("a", least), ("b", least - 1))]
    names = ["table", "variable", "group", "n", "median", "lower_quartile", "upper_quartile"]
    released = protect_medians(pl.DataFrame(rows, schema=names, orient="row"), get_profile(name))
    assert released["median"].to_list() == [3, 3, None]


@pytest.mark.parametrize("name", NAMES)
def test_long_tables_large_files_and_layered_pictures_stay_inside_where_the_source_says_so(name: str) -> None:
    profile, asked = get_profile(name), ASKED[name]
    table = pl.DataFrame({"level": ["a"] * 5001, "status": ["rounded"] * 5001})
    refusals = {
        "5,000 rows": (asked.rows is not None, lambda: check_release_table("t", table, profile)),
        "larger than 16 MB": (
            asked.megabytes is not None,
            lambda: check_release_file("t.csv", b"x" * (16 * 2**20 + 1), profile),
        ),
        "files of type": (not asked.svg, lambda: check_release_file("t.svg", b"<svg/>", profile)),
    }
    for complaint, (is_refused, check) in refusals.items():
        if is_refused:
            with pytest.raises(DyadlinkError, match=complaint):
                check()
        else:
            check()
    check_release_table("t", table.head(5000), profile)
    check_release_file("t.csv", b"x" * (16 * 2**20), profile)
