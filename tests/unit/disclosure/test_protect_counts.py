"""Counts: at the boundary, what hides with what, percentages, and what is refused."""

from __future__ import annotations

import polars as pl
import pytest
from pydantic import ValidationError

from dyadlink.disclosure import Profile, get_profile
from dyadlink.disclosure.counts import protect_counts
from dyadlink.errors import ConfigError, DyadlinkError


def counts_of(levels: dict[str, dict[str, int]], total: dict[str, int] | None = None) -> pl.DataFrame:
    """A table of one variable; 'all' and the totals are worked out unless given."""
    full = {level: {**groups, "all": groups.get("all", sum(groups.values()))} for level, groups in levels.items()}
    groups = next(iter(full.values()))
    totals = total or {group: sum(counts[group] for counts in full.values()) for group in groups}
    rows = [("t", "total", "total", group, n) for group, n in totals.items()]
    rows += [("t", "v", level, group, n) for level, counts in full.items() for group, n in counts.items()]
    return pl.DataFrame(rows, schema=["table", "variable", "level", "group", "n"], orient="row")


def look_up(released: pl.DataFrame, level: str, group: str) -> tuple[str, int | None, float | None]:
    row = released.filter((pl.col("level") == level) & (pl.col("group") == group)).row(0, named=True)
    return row["status"], row["n"], row["percent"]


@pytest.mark.parametrize(
    ("n", "status", "shown"),
    [(0, "suppressed_primary", None), (9, "suppressed_primary", None), (10, "rounded", 10), (14, "rounded", 10),
     (15, "rounded", 20)],
)  # fmt: skip
def test_threshold_and_rounding_at_the_boundary(strict: Profile, n: int, status: str, shown: int | None) -> None:
    released = protect_counts(counts_of({"yes": {"all": n}, "no": {"all": 500}, "missing": {"all": 80}}), strict)
    assert look_up(released, "yes", "all")[:2] == (status, shown)


def test_a_lone_hidden_count_takes_the_smallest_other_with_it(unrounded: Profile) -> None:
    counts = counts_of({"p": {"all": 4}, "q": {"all": 60}, "r": {"all": 25}, "s": {"all": 90}})
    released = protect_counts(counts, unrounded)
    assert look_up(released, "r", "all")[0] == "suppressed_secondary"
    assert {look_up(released, level, "all")[0] for level in ("q", "s", "total")} == {"shown"}


@pytest.mark.parametrize(("others", "is_enough"), [((60, 25, 90), True), ((25, 25), False)])
def test_rounding_hides_a_lone_count_where_it_leaves_it_wide_enough(
    strict: Profile, others: tuple[int, ...], is_enough: bool
) -> None:
    # 4 + 60 + 25 + 90 leave 0 to 19 for the first; 4 + 25 + 25, both at the lower ends of 30, leave 0 to 4.
    levels = {"p": {"all": 4}} | {level: {"all": n} for level, n in zip("qrs", others, strict=False)}
    released = protect_counts(counts_of(levels), strict)
    assert look_up(released, "p", "all")[1] is None
    assert (released["n"].null_count() == 1) == is_enough


def test_two_hidden_counts_of_a_small_sum_take_a_third(unrounded: Profile) -> None:
    released = protect_counts(counts_of({"p": {"all": 4}, "q": {"all": 5}, "r": {"all": 25}}), unrounded)
    assert look_up(released, "r", "all") == ("suppressed_secondary", None, None)


def test_a_hidden_count_hides_in_its_row_and_its_column(unrounded: Profile) -> None:
    levels = {"p": {"a": 4, "b": 60}, "q": {"a": 70, "b": 80}, "r": {"a": 90, "b": 75}}
    released = protect_counts(counts_of(levels), unrounded)
    for line in (("p", "group"), ("a", "level")):
        column, other = ("level", "group") if line[1] == "group" else ("group", "level")
        hidden = released.filter((pl.col(column) == line[0]) & pl.col("n").is_null())
        assert hidden.height >= 2, other


def test_totals_stay_shown_where_a_level_can_hide_instead(strict: Profile) -> None:
    released = protect_counts(counts_of({"yes": {"a": 3, "b": 40}, "no": {"a": 200, "b": 300}}), strict)
    assert released.filter(pl.col("variable") == "total").get_column("status").to_list() == ["rounded"] * 3


SAME_PEOPLE = (("custody_and_plan", "custody_lost_after_t2"), ("characteristics_by_custody_loss", "yes"))


def _two_tables(own: dict[str, dict[str, int]], other: dict[str, dict[str, int]]) -> pl.DataFrame:
    """Tables of which a column each counts the same people."""
    (one, column), (second, same) = SAME_PEOPLE
    parts = [
        counts_of(
            {level: {named: groups["shared"], "rest": groups["rest"]} for level, groups in levels.items()}
        ).with_columns(table=pl.lit(table))
        for table, levels, named in ((one, own, column), (second, other, same))
    ]
    return pl.concat(parts)


def test_what_one_table_hides_of_the_same_people_the_other_does_not_show(unrounded: Profile) -> None:
    shared = {"p": 60, "q": 25, "r": 70}
    # In the first table "q" of the rest is small, so one more of its row is hidden; in the second nothing need be.
    own = {level: {"shared": n, "rest": 4 if level == "q" else 90} for level, n in shared.items()}
    other = {level: {"shared": n, "rest": 200} for level, n in shared.items()}
    released = protect_counts(_two_tables(own, other), unrounded)
    (one, column), (second, same) = SAME_PEOPLE
    hidden = [
        set(released.filter(pl.col("table") == table, pl.col("group") == group, pl.col("n").is_null())["level"])
        for table, group in ((one, column), (second, same))
    ]
    assert hidden[0] == hidden[1] != set()
    alone = protect_counts(_two_tables(own, other).filter(pl.col("table") == second), unrounded)
    assert alone["n"].null_count() == 0


def test_tables_that_do_not_agree_on_the_same_people_are_refused(strict: Profile) -> None:
    own = {"p": {"shared": 60, "rest": 40}, "q": {"shared": 30, "rest": 50}}
    other = {"p": {"shared": 61, "rest": 40}, "q": {"shared": 29, "rest": 50}}
    with pytest.raises(DyadlinkError, match="counted differently"):
        protect_counts(_two_tables(own, other), strict)


def test_percent_comes_from_the_rounded_counts(strict: Profile) -> None:
    released = protect_counts(counts_of({"yes": {"all": 34}, "no": {"all": 70}}), strict)
    # 34 of 104 would be 32.7%: the shown 30 of 100 must not give the true counts back.
    assert look_up(released, "yes", "all") == ("rounded", 30, 30.0)


def test_a_variable_may_carry_its_own_total(strict: Profile) -> None:
    frame = pl.DataFrame(
        [("t", "m1", level, "all", n) for level, n in (("total", 205), ("in", 160), ("out", 45))],
        schema=["table", "variable", "level", "group", "n"],
        orient="row",
    )
    released = protect_counts(frame, strict)
    assert released.get_column("percent").to_list() == [100.0, 76.2, 23.8]


def test_reasons_are_withheld_where_they_would_narrow_a_count(strict: Profile) -> None:
    # 4 + 7 under a shown 10: two counts said to be below 10 that sum to 10 to 14 leave 9 values each.
    released = protect_counts(counts_of({"p": {"a": 4, "b": 7}, "q": {"a": 100, "b": 100}}), strict)
    assert "suppressed_primary" not in released.filter(pl.col("level") == "p").get_column("status").to_list()


def test_zeros_are_shown_where_the_profile_says_so(strict: Profile) -> None:
    lenient = strict.model_copy(update={"are_zeros_shown": True})
    released = protect_counts(counts_of({"yes": {"all": 0}, "no": {"all": 50}}), lenient)
    assert look_up(released, "yes", "all") == ("zero", 0, 0.0)


def test_a_cell_left_out_is_a_zero(strict: Profile) -> None:
    full = counts_of({"p": {"a": 0, "b": 60}, "q": {"a": 70, "b": 80}})
    without = full.filter(pl.col("n") > 0)
    assert protect_counts(full, strict).equals(
        protect_counts(without, strict).select(pl.all()).join(
            full.select("variable", "level", "group"), on=["variable", "level", "group"], how="right",
            maintain_order="right",
        ).select("table", "variable", "level", "group", "status", "n", "percent")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "total", "complaint"),
    [
        ({"yes": {"a": 20, "all": 30}}, None, "do not add up"),
        ({"yes": {"all": 20}}, {"all": 25}, "do not add up"),
        ({"yes": {"a": 20, "b": 30}}, {"all": 50}, "margin is missing"),
        ({"yes": {"all": -1}}, None, "."),
    ],
)
def test_broken_tables_are_refused(
    strict: Profile, levels: dict[str, dict[str, int]], total: dict[str, int] | None, complaint: str
) -> None:
    with pytest.raises(DyadlinkError, match=complaint):
        protect_counts(counts_of(levels, total), strict)


def test_missing_margins_are_refused(strict: Profile) -> None:
    frame = counts_of({"yes": {"a": 20, "b": 30}, "no": {"a": 20, "b": 30}})
    with pytest.raises(DyadlinkError, match="total is missing"):
        protect_counts(frame.filter(pl.col("variable") != "total"), strict)
    with pytest.raises(DyadlinkError, match="margin is missing"):
        protect_counts(frame.filter(pl.col("group") != "all"), strict)


def test_fractional_counts_are_refused(strict: Profile) -> None:
    frame = counts_of({"yes": {"all": 20}}).with_columns(pl.col("n") + 0.5)
    with pytest.raises(DyadlinkError, match="whole numbers"):
        protect_counts(frame, strict)


def test_messages_carry_no_count(strict: Profile) -> None:
    with pytest.raises(DyadlinkError) as error:
        protect_counts(counts_of({"yes": {"a": 7, "all": 8}}), strict)
    assert not any(character.isdigit() for character in str(error.value))


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(ConfigError, match="lenient"):
        get_profile("lenient")


def test_a_profile_cannot_be_changed(strict: Profile) -> None:
    with pytest.raises(ValidationError):
        strict.threshold = 1  # type: ignore[misc]
