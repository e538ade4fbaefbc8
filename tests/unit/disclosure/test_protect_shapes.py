"""Flow, medians, curves, estimates, planted effects and data quality, at their boundaries."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import polars as pl
import pytest

from dyadlink.disclosure import Profile, protect_all
from dyadlink.disclosure.checks import check_release_table
from dyadlink.disclosure.curves import protect_curves
from dyadlink.disclosure.estimates import HIDDEN_LEVEL, HIDDEN_MODEL, HIDDEN_NOTE, protect_estimates
from dyadlink.disclosure.expressions import step_of
from dyadlink.disclosure.flow import protect_flow
from dyadlink.disclosure.medians import protect_medians
from dyadlink.disclosure.quality import protect_quality
from dyadlink.errors import ContractError, DyadlinkError
from dyadlink.schemas.quality import DataQuality


def flow_of(*steps: tuple[str, int]) -> pl.DataFrame:
    rows = [(i, f"step {i}", kind, n) for i, (kind, n) in enumerate(steps)]
    return pl.DataFrame(rows, schema=["order", "step", "kind", "n"], orient="row")


def test_a_small_exclusion_hides_with_the_next_smallest(unrounded: Profile) -> None:
    flow = flow_of(("box", 400), ("exclusion", 6), ("exclusion", 50), ("exclusion", 90), ("box", 254))
    released = protect_flow(flow, unrounded)
    assert released.get_column("n").to_list() == [400, None, None, 90, 254]


def test_a_lone_small_exclusion_hides_the_box_between_and_never_the_ends(unrounded: Profile) -> None:
    flow = flow_of(("box", 400), ("exclusion", 6), ("box", 394), ("exclusion", 50), ("exclusion", 70), ("box", 274))
    released = protect_flow(flow, unrounded)
    assert released.get_column("n").to_list() == [400, None, None, None, 70, 274]


def test_the_studys_own_size_is_the_last_to_be_hidden(unrounded: Profile) -> None:
    # Every other table shows it as its total, so hiding it here would protect nothing.
    released = protect_flow(flow_of(("box", 400), ("exclusion", 6), ("box", 394)), unrounded)
    assert released.get_column("n").to_list() == [None, None, 394]


def test_a_flow_may_pass_from_women_to_dyads(strict: Profile) -> None:
    flow = flow_of(("box", 300), ("exclusion", 40), ("box", 260), ("box", 270), ("exclusion", 30), ("box", 240))
    units = flow.with_columns(unit=pl.Series(["women"] * 3 + ["dyads"] * 3)).rename({"order": "position"})
    released = protect_flow(units, strict)
    assert released.columns == ["order", "unit", "step", "kind", "status", "n"]
    assert released.get_column("n").to_list() == [300, 40, 260, 270, 30, 240]


def test_a_flow_that_loses_people_is_refused(strict: Profile) -> None:
    with pytest.raises(DyadlinkError, match="do not add up"):
        protect_flow(flow_of(("box", 400), ("exclusion", 60), ("box", 341)), strict)
    with pytest.raises(ContractError, match="end with a box"):
        protect_flow(flow_of(("box", 400), ("exclusion", 60)), strict)
    with pytest.raises(DyadlinkError, match="whole numbers of none or more"):
        protect_flow(flow_of(("box", 400), ("exclusion", -60), ("box", 460)), strict)


def medians_of(**sizes: int) -> pl.DataFrame:
    rows = [("t", "age_years", group, n, 30.5, 24.4, 36.5) for group, n in sizes.items()]
    names = ["table", "variable", "group", "n", "median", "lower_quartile", "upper_quartile"]
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.mark.parametrize(("n", "median"), [(19, None), (20, 31)])
def test_a_median_needs_twenty_people(strict: Profile, n: int, median: int | None) -> None:
    row = protect_medians(medians_of(all=n), strict).row(0, named=True)
    assert (row["median"], row["upper_quartile"]) == (median, None if median is None else 37)


def test_a_hidden_median_takes_no_other_median_but_the_n_beside_it(unrounded: Profile) -> None:
    released = protect_medians(medians_of(all=204, yes=4, no=200), unrounded)
    assert released.get_column("median").to_list() == [31, None, 31]
    assert released.get_column("n").to_list() == [204, None, None]


def curve_of(days: list[int], events: dict[str, list[int]], censored: list[int], start: int = 1000) -> pl.DataFrame:
    """Curves from cumulative events and censorings by day; at risk is what they leave."""
    rows = []
    for cause, reached in events.items():
        for i, day in enumerate(days):
            gone = (sum(e[i - 1] for e in events.values()) + censored[i - 1]) if i else 0
            estimate = reached[i] / start
            row = ("o4", "all", cause, day, estimate, 0.01, estimate * 0.8, estimate * 1.2)
            rows.append((*row, start - gone, reached[i], censored[i]))
    names = ["outcome", "group", "cause", "time_days", "estimate", "std_error", "conf_low", "conf_high"]
    return pl.DataFrame(rows, schema=[*names, "n_at_risk", "n_events", "n_censored"], orient="row")


def days_of(released: pl.DataFrame, cause: str) -> list[int | None]:
    return released.filter(pl.col("cause") == cause).get_column("time_days").to_list()


@pytest.mark.parametrize("start", [259, 382, 618])
def test_shares_of_dyads_do_not_tell_how_many_dyads_there_are(strict: Profile, start: int) -> None:
    days, reached = [38, 99, 148, 202, 270, 365], [11, 32, 43, 61, 78, 97]
    released = protect_curves(curve_of(days, {"child_protection_plan": reached}, [0] * 6, start), strict)
    step = step_of(start, strict)
    shown = released.filter(pl.col("time_days") > 0)
    assert shown["estimate"].to_list() == pytest.approx([step * floor(n / start / step + 0.5) for n in reached])
    assert (shown["conf_low"] <= shown["estimate"]).all()
    assert (shown["estimate"] <= shown["conf_high"]).all()

    def fits(n: int) -> bool:
        ends = [((e - step / 2) * n, (e + step / 2) * n) for e in shown["estimate"]]
        return all(ceil(low - 1e-9) <= high for low, high in ends)

    assert sum(map(fits, range(start - 50, start + 50))) == 100


def test_few_censorings_between_reported_days_hide_the_number_at_risk(strict: Profile) -> None:
    curve = curve_of([100, 200, 300, 365], {"custody_loss": [20, 40, 60, 80]}, [9, 12, 22, 500])
    released = protect_curves(curve, strict)
    assert days_of(released, "custody_loss") == [0, 100, 200, 300, 365]
    # Just before day 200 nine have been censored: too few to tell. Before day 300 twelve have, before day 365 ten more.
    assert released.get_column("n_at_risk").to_list() == [1000, None, None, 950, 920]


def test_events_of_a_hidden_cause_hide_the_number_at_risk(strict: Profile) -> None:
    curve = curve_of([100, 200, 365], {"custody_loss": [20, 40, 60], "death": [3, 6, 9]}, [0, 0, 500])
    released = protect_curves(curve, strict).filter(pl.col("cause") == "custody_loss")
    assert released.get_column("n_at_risk").to_list() == [1000, None, None, None]


def test_ten_events_of_each_cause_lie_between_reported_days(strict: Profile) -> None:
    curve = curve_of(
        [10, 20, 30, 40, 50, 60],
        {"custody_loss": [9, 10, 20, 30, 40, 50], "death": [10, 10, 19, 20, 30, 39]},
        [10, 12, 30, 30, 39, 40],
    )
    released = protect_curves(curve, strict)
    # 20 is the first day with 10 and 10; 30 lacks a death; 40 has them; 50 has them too, and the last day closes
    # its step.
    assert days_of(released, "custody_loss") == [0, 20, 40, 60]
    assert days_of(released, "death") == [0, 20, 40, 60]


def test_the_last_step_is_closed_at_the_last_day(strict: Profile) -> None:
    curve = curve_of([100, 200, 365], {"custody_loss": [20, 40, 45]}, [15, 30, 35])
    assert days_of(protect_curves(curve, strict), "custody_loss") == [0, 100, 365]


def test_a_cause_below_the_threshold_leaves_a_bare_status_row(strict: Profile) -> None:
    curve = curve_of([100, 200, 365], {"custody_loss": [20, 40, 60], "death": [1, 5, 9]}, [20, 40, 60])
    hidden = protect_curves(curve, strict).filter(pl.col("cause") == "death")
    assert hidden.get_column("status").to_list() == ["suppressed_primary"]
    numbers = hidden.select("time_days", "estimate", "conf_low", "conf_high", "n_at_risk", "n_events")
    assert numbers.row(0) == (None,) * 6


def test_a_cause_with_few_events_is_given_at_the_end_only(strict: Profile) -> None:
    curve = curve_of([100, 200, 365], {"custody_loss": [20, 40, 60], "death": [1, 5, 12]}, [20, 40, 60])
    released = protect_curves(curve, strict)
    assert days_of(released, "death") == [0, 365]
    assert days_of(released, "custody_loss") == [0, 100, 200, 365]


def test_the_tail_is_cut_where_few_are_at_risk(strict: Profile) -> None:
    curve = curve_of([100, 200, 300], {"custody_loss": [20, 40, 50]}, [20, 51, 60], start=100)
    released = protect_curves(curve, strict)
    assert days_of(released, "custody_loss") == [0, 100, 200]
    assert released.get_column("n_at_risk").min() >= strict.threshold


def test_a_group_hidden_takes_its_sibling_groups_with_it(strict: Profile) -> None:
    few = curve_of([100, 365], {"custody_loss": [3, 8]}, [20, 40])
    many = curve_of([100, 365], {"custody_loss": [30, 80]}, [20, 40])
    parts = [(many, "all"), (few, "involved"), (many, "not_involved")]
    curves = pl.concat(frame.with_columns(group=pl.lit(group)) for frame, group in parts)
    released = protect_curves(curves, strict)
    statuses = dict(released.select("group", "status").unique().iter_rows())
    assert statuses == {
        "all": "rounded", "involved": "suppressed_primary", "not_involved": "suppressed_secondary"
    }  # fmt: skip


def estimate_of(**changes: Any) -> pl.DataFrame:
    row = {
        "model": "m", "role": "primary", "outcome": "o1", "family": "logistic", "method": "firth", "population": "all",
        "strata": "", "label": "", "alternative": "",
        "time_varying": "", "landmark_days": None, "cluster": "mother_number",
        "term": "is_single", "level": "yes", "reference": "no", "estimate": 0.69314718, "std_error": 0.1,
        "conf_low": 0.5, "conf_high": 0.9, "p_value": 0.00004, "n": 1004, "n_events": 304, "n_level": 400,
        "n_events_level": 150, "n_reference": 604, "n_events_reference": 154, "n_parameters": 5, "note": "",
        "linkage_plan": "as_linked", "missing_plan": "complete_case", "threshold": None, "data_sets": 1, "fmi": None,
        "weighting": "none", "adjustment": "full", "minimal_terms": "",
        "p_adjustment": "none", "p_family": "", "p_adjusted": None,
    }  # fmt: skip
    return pl.DataFrame([row | changes], infer_schema_length=None)


def test_an_estimate_is_rounded_and_its_ratio_comes_from_the_rounded(strict: Profile) -> None:
    row = protect_estimates(estimate_of(), strict).row(0, named=True)
    assert (row["status"], row["estimate"], row["ratio"], row["p_value"]) == ("shown", 0.693, 2.0, 0.0)
    assert (row["n"], row["n_events"], row["parameters"]) == (1000, 300, 5)
    assert not {"n_level", "n_events_level", "n_reference", "n_events_reference"} & row.keys()


def test_another_definition_gives_its_estimate_and_no_count(strict: Profile) -> None:
    row = protect_estimates(estimate_of(role="sensitivity", alternative="custody_strict"), strict).row(0, named=True)
    assert (row["status"], row["estimate"], row["alternative"]) == ("shown", 0.693, "custody_strict")
    assert (row["n"], row["n_events"]) == (None, None)


def test_a_linkage_plan_gives_its_estimate_and_no_count(strict: Profile) -> None:
    changes = {
        "role": "sensitivity",
        "linkage_plan": "threshold_grid",
        "threshold": 0.99,
        "fmi": 0.12345,
        "data_sets": 20,
    }
    released = protect_estimates(estimate_of(**changes), strict)
    row = released.row(0, named=True)
    assert (row["status"], row["estimate"], row["threshold"], row["fmi"]) == ("shown", 0.693, 0.99, 0.123)
    # Beside those of the model as linked they could tell of single dyads.
    assert (row["n"], row["n_events"]) == (None, None)
    check_release_table("estimates", released, strict)


def test_an_imputed_model_gives_its_estimates_and_no_count(strict: Profile) -> None:
    changes = {"missing_plan": "imputed", "fmi": 0.12345, "data_sets": 20}
    released = protect_estimates(estimate_of(**changes), strict)
    row = released.row(0, named=True)
    assert (row["status"], row["missing_plan"], row["fmi"]) == ("shown", "imputed", 0.123)
    # Less those of the complete cases they would be the dyads that lack a covariate.
    assert (row["n"], row["n_events"]) == (None, None)
    check_release_table("estimates", released, strict)


def test_a_hidden_estimate_of_a_plan_tells_its_plan_alone(strict: Profile) -> None:
    changes = {"linkage_plan": "threshold_grid", "threshold": 0.99, "fmi": 0.1, "data_sets": 20, "n_events_level": 3}
    released = protect_estimates(estimate_of(**changes), strict)
    row = released.row(0, named=True)
    assert (row["status"], row["estimate"], row["fmi"], row["threshold"]) == ("suppressed_primary", None, None, 0.99)
    check_release_table("estimates", released, strict)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_events_level": 9},
        {"n_level": 159, "n_events_level": 150},
        {"n_events_reference": 9},
        {"n_reference": 160, "n_events_reference": 151},
        {"n_level": None},
        {"n_events_level": 0, "estimate": None, "note": "no events at this level"},
    ],
)
def test_a_thin_level_or_reference_hides_the_estimate_and_its_note(strict: Profile, changes: dict[str, Any]) -> None:
    row = protect_estimates(estimate_of(**changes), strict).row(0, named=True)
    assert (row["status"], row["estimate"], row["ratio"], row["p_value"]) == ("suppressed_primary", None, None, None)
    assert row["note"] == HIDDEN_LEVEL


def test_a_level_at_the_threshold_is_shown(strict: Profile) -> None:
    changes = {"n_level": 20, "n_events_level": 10, "n_reference": 984, "n_events_reference": 294}
    assert protect_estimates(estimate_of(**changes), strict).item(0, "status") == "shown"


@pytest.mark.parametrize(
    "changes", [{"n_events": 9}, {"n_events": 995}, {"n_parameters": 995}, {"n": 8, "n_events": 4}]
)
def test_a_thin_model_is_hidden_as_a_whole(strict: Profile, changes: dict[str, int]) -> None:
    linear = {"level": "", "reference": "", "n_level": None, "n_events_level": None}
    row = protect_estimates(estimate_of(**(linear | changes)), strict).row(0, named=True)
    assert (row["status"], row["note"]) == ("suppressed_primary", HIDDEN_MODEL)
    if {"n_events"} == changes.keys():
        # Shown beside n, a small number of non-events could be had by subtraction.
        assert row["n_events"] is None


@pytest.mark.parametrize(
    ("note", "released"),
    [
        ("Firth, 95% interval, from T2; p 0.5", None),
        ("about 5% of dyads left out; fewer than 10 events per parameter: read with caution", None),
        ("4 dyads left out", HIDDEN_NOTE),
        ("left out: 13.", HIDDEN_NOTE),
    ],
)
def test_a_note_with_a_count_is_withheld(strict: Profile, note: str, released: str | None) -> None:
    assert protect_estimates(estimate_of(note=note), strict).item(0, "note") == (released or note)


def test_an_inestimable_term_says_so(strict: Profile) -> None:
    assert protect_estimates(estimate_of(estimate=None), strict).item(0, "status") == "not_estimable"


def test_planted_effects_show_no_estimate_that_the_estimates_hide(strict: Profile) -> None:
    planted = pl.DataFrame(
        {
            "model": ["m"], "outcome": ["o1"], "term": ["is_single"], "level": ["yes"], "planted": [0.7],
            "estimate": [0.69], "conf_low": [0.5], "conf_high": [0.9], "is_covered": [True],
        }
    )  # fmt: skip
    shown = protect_all({"estimates": estimate_of(), "planted_effects": planted}, strict)["planted_effects"]
    assert shown.select("status", "estimate", "is_covered").row(0) == ("shown", 0.693, True)
    thin = estimate_of(n_events_level=9)
    hidden = protect_all({"estimates": thin, "planted_effects": planted}, strict)["planted_effects"]
    assert hidden.select("estimate", "conf_low", "conf_high", "is_covered").row(0) == (None,) * 4
    with pytest.raises(DyadlinkError, match="without estimates"):
        protect_all({"planted_effects": planted}, strict)


def _quality(*rows: tuple[str, str, int | None, int, bool]) -> pl.DataFrame:
    """Counts of one table: rule, severity, return year, n, and whether it is part of the rows read."""
    whole = [("t", rule, severity, "words", year, n, is_part) for rule, severity, year, n, is_part in rows]
    return pl.DataFrame(whole, schema=list(DataQuality.columns()), orient="row")


def _released(quality: pl.DataFrame, strict: Profile) -> list[tuple[str, str, int | None]]:
    return protect_quality(quality, strict).select("rule", "return_year", "n").rows()


def test_a_rule_that_sets_nothing_aside_stands_alone(strict: Profile) -> None:
    quality = _quality(*((rule, "warn", None, n, False) for rule, n in (("a", 0), ("b", 9), ("c", 15))))
    released = protect_quality(quality, strict)
    assert released.columns == ["source", "rule", "severity", "title", "return_year", "status", "n"]
    assert _released(quality, strict) == [
        ("a", "all", None),
        ("b", "all", None),
        ("c", "all", 20),
    ]


def test_years_follow_a_total_that_is_shown(strict: Profile) -> None:
    quality = _quality(
        *(("a", "warn", year, n, False) for year, n in ((2022, 40), (2023, 60))),
        *(("b", "warn", year, n, False) for year, n in ((2022, 4), (2023, 7))),
        *(("c", "warn", year, n, False) for year, n in ((2022, 4), (2023, 5))),
    )
    assert _released(quality, strict) == [
        *(("a", "all", 100), ("a", "2021-22", 40), ("a", "2022-23", 60)),
        *(("b", "all", 10), ("b", "2021-22", None), ("b", "2022-23", None)),
        ("c", "all", None),
    ]


def test_a_small_year_is_not_the_total_less_the_others(unrounded: Profile) -> None:
    quality = _quality(*(("a", "warn", year, n, False) for year, n in ((2022, 4), (2023, 60), (2024, 70))))
    shown = {year: n for _, year, n in _released(quality, unrounded)}
    assert shown["all"] == 134
    assert shown["2021-22"] is None
    assert [shown["2022-23"], shown["2023-24"]].count(None) == 1


def test_a_reason_of_a_year_is_not_the_rows_read_less_those_accepted(unrounded: Profile) -> None:
    years = (2022, 2023)
    quality = _quality(
        *(("rows_read", "none", year, 500, False) for year in years),
        *(("accepted", "none", year, n, True) for year, n in zip(years, (497, 460), strict=True)),
        *(("r", "quarantine", year, n, True) for year, n in zip(years, (3, 40), strict=True)),
    )
    shown = {(rule, year): n for rule, year, n in _released(quality, unrounded)}
    assert shown["rows_read", "2021-22"] == 500
    assert shown["r", "2021-22"] is None
    assert shown.get(("accepted", "2021-22")) is None


@pytest.mark.parametrize("reasons", [(4,), (4, 3), (4, 0, 200)])
def test_a_hidden_reason_is_not_the_rows_read_less_the_others(unrounded: Profile, reasons: tuple[int, ...]) -> None:
    n = 1_000
    parts = [(f"r{i}", "quarantine", None, reason, True) for i, reason in enumerate(reasons)]
    quality = _quality(
        ("rows_read", "none", None, n, False), ("accepted", "none", None, n - sum(reasons), True), *parts
    )
    shown = {rule: n for rule, year, n in _released(quality, unrounded) if year == "all"}
    assert shown["rows_read"] == n
    assert shown["accepted"] is None
    assert [shown[f"r{i}"] for i in range(len(reasons))] == [None if r < 10 else r for r in reasons]


def test_rows_that_do_not_add_up_are_refused(strict: Profile) -> None:
    quality = _quality(("rows_read", "none", None, 100, False), ("accepted", "none", None, 99, True))
    with pytest.raises(DyadlinkError, match="do not add up"):
        protect_quality(quality, strict)


def test_counts_give_one_table_for_each_of_their_names(
    strict: Profile, small_aggregates: dict[str, pl.DataFrame]
) -> None:
    released = protect_all(small_aggregates, strict)
    assert {"linkage", "outcomes", "csc_levels", "characteristics_by_plan", "medians"} <= released.keys()
    assert "counts" not in released
    assert released["outcomes"].get_column("table").unique().to_list() == ["outcomes"]


def test_a_table_of_no_known_shape_is_refused(strict: Profile) -> None:
    with pytest.raises(DyadlinkError, match="no disclosure rule"):
        protect_all({"extra": pl.DataFrame({"n": [100]})}, strict)
