"""Rates of service use leave where the counts behind them do, worked out from what these show."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.disclosure import Profile, get_profile, protect_all
from dyadlink.disclosure.checks import check_release_table
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import ServiceRates
from dyadlink.intervals import poisson_interval

TABLE = "service_use_t2_to_t3"
SIZES = {"yes": 104, "no": 203}


def aggregates(
    n_any: dict[str, int],
    n_events: dict[str, int] | None = None,
    *,
    days: int = 365,
    untold: dict[str, int] | None = None,
    largest: dict[str, tuple[int, int]] | None = None,
) -> dict[str, pl.DataFrame]:
    """One measure of one period: dyads with any and their events in the groups yes and no."""
    untold = untold or {}
    events = n_events or {group: 3 * n for group, n in n_any.items()}
    counts, rates = [], []
    sums = {
        group: {
            "n": SIZES[group] - untold.get(group, 0),
            "n_any": n_any[group],
            "n_events": events[group],
            "n_largest": (largest or {}).get(group, (1, 1))[0],
            "n_second": (largest or {}).get(group, (1, 1))[1],
            "person_days": days * (SIZES[group] - untold.get(group, 0)),
        }
        for group in SIZES
    }
    everyone = {name: sum(part[name] for part in sums.values()) for name in sums["yes"]}
    top = sorted((part[name] for part in sums.values() for name in ("n_largest", "n_second")), reverse=True)
    everyone |= {"n_largest": top[0], "n_second": top[1]}
    for group, part in {"all": everyone, **sums}.items():
        size = sum(SIZES.values()) if group == "all" else SIZES[group]
        counts.append((TABLE, "total", "total", group, size))
        levels = {"yes": part["n_any"], "no": part["n"] - part["n_any"]}
        if untold:
            levels["missing"] = size - part["n"]
        counts += [(TABLE, "n_contacts", level, group, n) for level, n in levels.items()]
        fixed = {"period": "t2_to_t3", "measure": "n_contacts", "group": group, "unit": "events", "part_of": None}
        rates.append({**fixed, **part, "rate": 1.0, "conf_low": 0.5, "conf_high": 2.0})
    names = ["table", "variable", "level", "group", "n"]
    kinds = {name: definition.dtype for name, definition in ServiceRates.columns().items()}
    return {"counts": pl.DataFrame(counts, schema=names, orient="row"), "service_rates": pl.DataFrame(rates, kinds)}


def released(aggregate: dict[str, pl.DataFrame], profile: Profile) -> dict[str, dict[str, object]]:
    table = protect_all(aggregate, profile)["service_rates"]
    check_release_table("service_rates", table, profile)
    return {row["group"]: row for row in table.iter_rows(named=True)}


def test_a_rate_is_of_the_numbers_beside_it(strict: Profile) -> None:
    rows = released(aggregates({"yes": 44, "no": 77}, {"yes": 123, "no": 456}), strict)
    assert {group: (row["n"], row["n_any"], row["n_events"]) for group, row in rows.items()} == {
        "all": (310, 120, 580),
        "yes": (100, 40, 120),
        "no": (200, 80, 460),
    }
    row = rows["yes"]
    assert (row["percent"], row["mean_days"], row["person_years"]) == (40.0, 365, round(100 * 365 / 365.25, 1))
    assert row["rate"] == round(100 * 120 / 99.9, 1)
    assert (row["conf_low"], row["conf_high"]) == tuple(round(100 * end / 99.9, 1) for end in poisson_interval(120))


def test_the_unrounded_rate_and_days_are_nowhere(strict: Profile) -> None:
    """Whoever has person-years of a period as long for all knows the dyads: two sizes that round alike look alike."""
    one = released(aggregates({"yes": 44, "no": 77}, {"yes": 123, "no": 456}), strict)
    sizes = dict(SIZES)
    try:
        SIZES.update(yes=97, no=199)
        other = released(aggregates({"yes": 44, "no": 77}, {"yes": 121, "no": 456}), strict)
    finally:
        SIZES.update(sizes)
    assert one["yes"] == other["yes"]
    assert one["no"] == other["no"]


@pytest.mark.parametrize(("n_any", "is_shown"), [(9, False), (10, True)])
def test_events_of_fewer_dyads_than_the_threshold_are_hidden_however_many(
    strict: Profile, n_any: int, is_shown: bool
) -> None:
    rows = released(aggregates({"yes": n_any, "no": 77}, {"yes": 400, "no": 500}), strict)
    assert (rows["yes"]["n_events"] is not None) == is_shown
    if not is_shown:
        hidden = [rows[group] for group in ("yes", "no")]
        assert all(row["status"].startswith("suppressed") for row in hidden)
        numbers = ("n", "n_any", "n_events", "mean_days", "person_years", "rate", "conf_low", "conf_high", "percent")
        assert all(row[name] is None for row in hidden for name in numbers)
        # The sum over groups would give the hidden one away, were only one hidden.
        assert rows["all"]["n_events"] == 900


def test_of_those_told_n_is_the_sum_that_is_shown(strict: Profile) -> None:
    rows = released(aggregates({"yes": 44, "no": 77}, untold={"yes": 30, "no": 40}), strict)
    assert {group: row["n"] for group, row in rows.items()} == {"all": 240, "yes": 70, "no": 170}


def test_a_share_is_of_the_events_shown(strict: Profile) -> None:
    whole = aggregates({"yes": 44, "no": 77}, {"yes": 123, "no": 456})
    part = aggregates({"yes": 33, "no": 60}, {"yes": 61, "no": 304})
    renamed = [
        part["counts"].filter(pl.col("variable") != "total").with_columns(variable=pl.lit("n_part")),
        part["service_rates"].with_columns(measure=pl.lit("n_part"), part_of=pl.lit("n_contacts")),
    ]
    both = {
        name: pl.concat([whole[name], extra]) for name, extra in zip(("counts", "service_rates"), renamed, strict=True)
    }
    table = protect_all(both, strict)["service_rates"].filter(measure="n_part")
    assert table["percent_of_whole"].to_list() == [
        round(100 * part / whole, 1) for part, whole in ((370, 580), (60, 120), (300, 460))
    ]


def test_rates_without_their_counts_are_refused(strict: Profile) -> None:
    aggregate = aggregates({"yes": 44, "no": 77})
    with pytest.raises(DyadlinkError, match="rates come without the counts that they rest on"):
        protect_all({"service_rates": aggregate["service_rates"]}, strict)
    other = aggregate["service_rates"].with_columns(measure=pl.lit("n_other"))
    with pytest.raises(DyadlinkError, match="rates come without the counts that they rest on"):
        protect_all({**aggregate, "service_rates": other}, strict)


@pytest.mark.parametrize(
    ("profile", "largest", "is_hidden"),
    [
        ("sacro", (250, 20), False),
        ("sacro", (250, 21), True),  # (2, 0.9): 271 of 300 are more than 90%
        ("sacro", (271, 2), True),  # p-ratio: 27 of all others are less than 10% of 271
        ("strict", (250, 21), True),
        ("nhs_sde", (290, 10), False),  # asks for no such rule
    ],
)
def test_a_sum_that_one_or_two_dyads_make_up_is_hidden(
    profile: str, largest: tuple[int, int], *, is_hidden: bool
) -> None:
    given = aggregates({"yes": 30, "no": 60}, {"yes": 300, "no": 400}, largest={"yes": largest})
    rows = released(given, get_profile(profile))
    assert (rows["yes"]["n_events"] is None) == is_hidden
    # All less the others would tell it.
    assert (rows["no"]["n_events"] is None) == is_hidden
    assert rows["all"]["n_events"] == 700
