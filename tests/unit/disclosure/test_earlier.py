"""What earlier releases told, as the next one's protection takes it."""

from __future__ import annotations

from datetime import date

import polars as pl
from small_release import aggregates

from dyadlink.disclosure import get_profile, protect_all
from dyadlink.disclosure.earlier import digest_of_inputs, released_counts, told_before
from dyadlink.disclosure.people import Study
from dyadlink.disclosure.protect import study_of
from dyadlink.ledger import Entry, ReleasedCount
from dyadlink.released_counts import counts_of

STRICT = get_profile("strict")


def count(
    people: str, n: int | None, status: str = "rounded", level: str = "yes", group: str = "England"
) -> ReleasedCount:
    return ReleasedCount(table="t", variable="v", level=level, group=group, n=n, status=status, people=people)


def entry(*counts: ReleasedCount, profile: str = "strict") -> Entry:
    return Entry(release="r", date=date(2026, 1, 1), study="s", profile=profile, counts=counts, files={})


def test_a_shown_count_tells_what_its_own_profile_leaves_of_it() -> None:
    assert told_before([entry(count("dyads", 120))], STRICT, {}) == {"dyads": (115, 124)}
    assert told_before([entry(count("dyads", 120, "shown"), profile="ukllc")], STRICT, {}) == {"dyads": (120, 120)}
    assert told_before([entry(count("dyads", 10))], STRICT, {}) == {"dyads": (10, 14)}
    own = STRICT.model_copy(update={"name": "mine", "rounding_base": 20})
    assert told_before([entry(count("dyads", 120), profile="mine")], STRICT, {"mine": own}) == {"dyads": (110, 129)}


def test_a_hidden_count_tells_that_it_is_small_or_nothing() -> None:
    hidden = [count("a", None, "suppressed_primary"), count("b", None, "suppressed_secondary")]
    assert told_before([entry(*hidden)], STRICT, {}) == {"a": (0, 9)}
    assert told_before([entry(*hidden, profile="opensafely")], STRICT, {}) == {"a": (1, 7)}


def test_a_total_that_is_a_sum_of_rounded_parts_tells_no_more_than_they_do() -> None:
    counts = (count("a", 45), count("b", 90, level="total"), count("c", 45, group="all"))
    assert told_before([entry(*counts, profile="opensafely")], STRICT, {}) == {"a": (43, 47)}


def test_releases_narrow_each_other_and_where_records_changed_the_latest_counts() -> None:
    nearest_5 = entry(count("dyads", 120), profile="nhs_sde")
    assert told_before([entry(count("dyads", 120)), nearest_5], STRICT, {}) == {"dyads": (118, 122)}
    assert told_before([entry(count("dyads", 120)), entry(count("dyads", 150))], STRICT, {}) == {"dyads": (145, 154)}


def test_what_a_release_wrote_into_the_ledger_is_what_the_next_one_reads() -> None:
    given = aggregates()
    released = protect_all(given, STRICT)
    counts = released_counts(released, study_of(given))
    told = told_before([entry(*counts)], STRICT, {})
    true = {
        str(Study().cell("own_table", v, level, g)): n
        for v, level, g, n in given["counts"].select("variable", "level", "group", "n").iter_rows()
    }
    assert told.keys() <= true.keys()
    assert all(low <= true[people] <= high for people, (low, high) in told.items())
    assert len(told) >= 3


def test_what_was_told_before_protects_no_more() -> None:
    # 4 of 240 lack the covariate, and a second level hides them. If that one was told to the last before, another must.
    given, unrounded = aggregates(), get_profile("ukllc")
    before = protect_all(given, unrounded)["own_table"].filter(variable="has_domestic_abuse")
    assert before.filter(level="missing")["status"].to_list() == ["suppressed_primary"]
    (other,) = before.filter(pl.col("n").is_null(), pl.col("level") != "missing")["level"]
    (n,) = given["counts"].filter(variable="has_domestic_abuse", level=other)["n"]
    words = str(Study().cell("own_table", "has_domestic_abuse", other, "all"))
    after = protect_all(given, unrounded, {words: (n, n)})["own_table"]
    hidden = set(after.filter(pl.col("n").is_null())["level"])
    assert "missing" in hidden
    assert hidden - {"missing", other}


def test_counts_of_models_and_of_other_measures_are_told_apart() -> None:
    models = pl.DataFrame(
        {"model": ["m", "m"], "level": ["a", "b"], "status": ["shown", "suppressed_primary"], "n": [200, 200],
         "n_events": [50, 50]}
    )  # fmt: skip
    assert [(c.variable, c.level, c.measure, c.n) for c in counts_of("estimates", models)] == [
        ("m", "analysed", "n", 200),
        ("m", "analysed", "n_events", 50),
    ]
    flow = pl.DataFrame({"order": [1, 2], "unit": ["births", "dyads"], "status": ["rounded"] * 2, "n": [300, 200]})
    assert [(c.variable, c.level, c.n) for c in counts_of("flow", flow)] == [("1", "births", 300), ("2", "dyads", 200)]


def test_the_digest_changes_with_a_count_and_with_a_rule() -> None:
    one = digest_of_inputs(aggregates(), STRICT)
    assert one == digest_of_inputs(aggregates(), STRICT)
    others = {
        digest_of_inputs(aggregates(wales=44), STRICT),
        digest_of_inputs(aggregates(), STRICT.model_copy(update={"minimum_residual_df": 11})),
    }
    assert len(others | {one}) == 3
