"""Counts beside curves, models, states and medians are cells of the one system: none tells of the few between two."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.disclosure import Profile, get_profile, protect_all
from dyadlink.disclosure.beside import lay_out_curve_counts, lay_out_model_counts, lay_out_state_counts
from dyadlink.disclosure.cells import Told, protect
from dyadlink.disclosure.counts import lay_out_counts
from dyadlink.disclosure.medians import protect_medians
from dyadlink.disclosure.people import ALL, KNOWN, POPULATIONS, TOTAL, Study
from dyadlink.disclosure.system import Builder

EVERYBODY, OBSERVED = POPULATIONS["all"], POPULATIONS["observed_at_t3"]
STUDY = Study(frozenset({"o1"}), {"a": EVERYBODY, "b": OBSERVED}, {"a": ("age",), "b": ("age",)})


def counts_of(table: str, *rows: tuple[str, str, str, int]) -> pl.DataFrame:
    names = ["table", "variable", "level", "group", "n"]
    return pl.DataFrame([(table, *row) for row in rows], schema=names, orient="row")


def of_models(n: tuple[int, int], profile: Profile, study: Study = STUDY) -> pl.DataFrame:
    """What is shown of two models, of everybody and of those observed at T3."""
    rows = {"model": ["a", "b"], "outcome": ["o1", "o2"], "n": list(n), "n_events": [60, 50]}
    estimates, builder = pl.DataFrame(rows), Builder()
    read = lay_out_model_counts(builder, estimates, estimates, study, profile)
    return read(protect(builder, profile))["estimates"]


@pytest.mark.parametrize(("n", "hidden"), [((200, 197), 1), ((200, 200), 1), ((200, 190), 0)])
def test_the_few_whom_one_model_leaves_out_and_another_not_are_not_told(
    n: tuple[int, int], hidden: int, unrounded: Profile
) -> None:
    assert of_models(n, unrounded)["n"].null_count() == hidden
    assert of_models(n, unrounded)["n_events"].to_list() == [60, 50]


def test_rounding_to_ten_keeps_them_already(strict: Profile) -> None:
    assert of_models((200, 197), strict)["n"].to_list() == [200, 197]


def test_models_of_fewer_terms_hold_those_of_more(unrounded: Profile) -> None:
    study = Study(STUDY.told_of_all, {"a": EVERYBODY, "b": EVERYBODY}, {"a": ("age",), "b": ("age", "parity")})
    assert of_models((200, 197), unrounded, study)["n"].null_count() == 1
    apart = Study(STUDY.told_of_all, {"a": EVERYBODY, "b": EVERYBODY}, {"a": ("age",), "b": ("parity",)})
    assert of_models((200, 197), unrounded, apart)["n"].null_count() == 0


def test_models_of_the_same_terms_analyse_the_same_people() -> None:
    study = Study(STUDY.told_of_all, {"a": EVERYBODY, "b": EVERYBODY}, {"a": ("age",), "b": ("age",)})
    assert study.cell("model_dyads", "a", "analysed", ALL) == study.cell("model_dyads", "b", "analysed", ALL)
    assert study.cell("model_dyads", "a", "covariate_missing", ALL) == study.cell(
        "model_dyads", "b", "covariate_missing", ALL
    )


def curves(at_risk: dict[str, int], events: dict[str, int]) -> pl.DataFrame:
    """The curve of custody loss of each group: nobody on day 0, all its events by day 365."""
    rows = [
        ("o4", group, "custody_loss", day, "rounded", n - (events[group] if day else 0), events[group] if day else 0)
        for group, n in at_risk.items()
        for day in (0, 365)
    ]
    names = ["outcome", "group", "cause", "time_days", "status", "n_at_risk", "n_events"]
    return pl.DataFrame(rows, schema=names, orient="row")


def of_curves(at_risk: dict[str, int], uninvolved: int, profile: Profile) -> tuple[pl.DataFrame, Told]:
    """What is shown beside a table of the involved and the others."""
    builder = Builder()
    n = at_risk["involved"] + 120 + uninvolved
    table = counts_of(
        "outcomes", (TOTAL, TOTAL, ALL, n), ("o1", "yes", ALL, n - uninvolved), ("o1", "no", ALL, uninvolved)
    )
    lay_out_counts(builder, table, STUDY)
    exact = curves(at_risk, {"all": 80, "involved": 50, "not_involved": 30})
    read = lay_out_curve_counts(builder, exact, exact, STUDY, profile)
    told = protect(builder, profile)
    return read(told)["cumulative_incidence"], told


def test_a_number_at_risk_that_is_one_less_than_a_count_of_a_table_is_not_told(unrounded: Profile) -> None:
    at_risk = {"all": 1700, "involved": 300, "not_involved": 1400}
    shown, told = of_curves(at_risk, 1401, unrounded)
    groups = shown.filter(pl.col("group") != "all")
    # Either the table's count or the counts beside both curves.
    table_is_hidden = told.shown(STUDY.people("dyads", [("o1", "no")])) is None
    assert table_is_hidden != (groups["n_at_risk"].null_count() == groups.height)
    assert groups["n_events"].null_count() == groups["n_at_risk"].null_count()
    apart, _ = of_curves(at_risk, 1450, unrounded)
    assert apart["n_at_risk"].null_count() == 0


def test_a_count_that_two_roundings_show_is_known_by_both() -> None:
    profile = get_profile("opensafely")
    builder = Builder()
    table = counts_of("outcomes", (TOTAL, TOTAL, ALL, 1701), ("o4", "yes", ALL, 80), ("o4", "no", ALL, 1621))
    lay_out_counts(builder, table, STUDY)
    exact = curves({"all": 1701}, {"all": 80})
    lay_out_curve_counts(builder, exact, exact, STUDY, profile)
    system = builder.system()
    # Midpoint 6: 79 to 84; the table's own 80 says 78 to 82.
    assert system.shown_as[builder.place[STUDY.people("dyads", [("o4", "yes")])]] == (79, 84)


@pytest.mark.parametrize(("followed", "is_hidden"), [(498, True), (480, False)])
def test_dyads_whose_states_are_followed_are_not_a_few_fewer_than_all(
    followed: int, *, is_hidden: bool, unrounded: Profile
) -> None:
    builder = Builder()
    table = counts_of("outcomes", (TOTAL, TOTAL, ALL, 500), ("v", "p", ALL, 250), ("v", "q", ALL, 250))
    lay_out_counts(builder, table, STUDY)
    states = pl.DataFrame({"state": ["with_mother"], "time_days": [0], "n": [followed]})
    shown = lay_out_state_counts(builder, states, states, STUDY, unrounded)
    told = protect(builder, unrounded)
    n = shown(told)["state_occupation"]["n"].item()
    everybody = told.shown(STUDY.people("dyads"))
    assert (n is None or everybody is None) == is_hidden


def test_a_median_of_too_few_people_keeps_its_count_open() -> None:
    # 35 and 25 rounded to 5 leave 6 to 14 for the third, which has no median: nine values, where ten are asked for.
    rows = [("t", "v", group, n, 3.0, 2.0, 5.0) for group, n in (("all", 36), ("a", 25), ("b", 11))]
    names = ["table", "variable", "group", "n", "median", "lower_quartile", "upper_quartile"]
    released = protect_medians(pl.DataFrame(rows, schema=names, orient="row"), get_profile("sacro"))
    assert released["status"].to_list() == ["rounded", "rounded", "suppressed_primary"]
    assert released["n"].null_count() == 2
    assert released["median"].to_list() == [3, 3, None]


def test_a_median_of_too_few_people_keeps_its_count_open_where_another_table_shows_it() -> None:
    profile = get_profile("sacro")
    levels = {"yes": (36, 25, 11), "no": (64, 35, 29)}
    rows = [(TOTAL, TOTAL, group, n) for group, n in ((ALL, 100), ("yes", 60), ("no", 40))]
    rows += [
        ("n_days", level, group, n)
        for level, counts in levels.items()
        for group, n in zip((ALL, "yes", "no"), counts, strict=True)
    ]
    medians = [
        ("service_use_birth_to_t1", "n_days", group, n, 3.0, 2.0, 5.0)
        for group, n in ((ALL, 36), ("yes", 25), ("no", 11))
    ]
    names = ["table", "variable", "group", "n", "median", "lower_quartile", "upper_quartile"]
    given = {
        "counts": counts_of("service_use_birth_to_t1", *rows),
        "medians": pl.DataFrame(medians, schema=names, orient="row"),
    }
    released = protect_all(given, profile)
    shown = released["service_use_birth_to_t1"].filter(pl.col("variable") == "n_days", pl.col("level") == "yes")
    assert shown["n"].to_list() == [35, 25, 10]
    assert released["medians"]["n"].to_list() == [35, None, None]


def test_outcomes_of_a_curve_are_known_and_at_risk() -> None:
    at_risk = STUDY.people("dyads", [("o4", KNOWN)])
    assert ("follow_up", KNOWN) in at_risk.conditions
