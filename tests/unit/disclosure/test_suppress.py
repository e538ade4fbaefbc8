"""One system over all tables: what unites, nests and is known; the choice, and that bad input ends clearly."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from dyadlink.disclosure import Profile, get_profile, protect_all
from dyadlink.disclosure.audit import Audit, Hidden
from dyadlink.disclosure.counts import protect_counts
from dyadlink.disclosure.people import ALL, AT_RISK, KNOWN, TOTAL, People, Study, nearest
from dyadlink.disclosure.protect import study_of
from dyadlink.disclosure.suppress import Effort, hide_cells
from dyadlink.disclosure.system import MARGIN, TOTAL_MARGIN, Builder, CellSystem
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import Counts

STUDY = Study(frozenset({"o1"}))
GREEDY = Effort(most_cells=0)


def two_way(rows: int, columns: int, share: float, seed: int = 1) -> CellSystem:
    """A table with margins of which a share of the counts is small."""
    rng = np.random.default_rng(seed)
    is_small = rng.random((rows, columns)) < share
    counts = np.where(is_small, rng.integers(0, 10, (rows, columns)), rng.integers(10, 60, (rows, columns)))
    builder = Builder()
    for (row, column), n in np.ndenumerate(counts):
        builder.add((row, column), int(n), "t")
    for row in range(rows):
        builder.add(("row", row), int(counts[row].sum()), "t", MARGIN)
        builder.tie(("row", row), [(row, column) for column in range(columns)])
    for column in range(columns):
        builder.add(("column", column), int(counts[:, column].sum()), "t", TOTAL_MARGIN)
        builder.tie(("column", column), [(row, column) for row in range(rows)])
    builder.add("all", int(counts.sum()), "t", TOTAL_MARGIN)
    builder.tie("all", [("row", row) for row in range(rows)])
    builder.tie("all", [("column", column) for column in range(columns)])
    return builder.system()


def table_of(table: str, *rows: tuple[str, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [(table, *row) for row in rows], schema=["table", "variable", "level", "group", "n"], orient="row"
    )


# Who is counted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("characteristics_by_o1", "country", "Wales", "yes"), ("outcomes", "o1", "yes", "Wales")),
        (("characteristics_by_o2", TOTAL, TOTAL, "yes"), ("outcomes", "o2", "yes", ALL)),
        (("custody_and_plan", "country", "Wales", "custody_lost_after_t2"),
         ("characteristics_by_custody_loss", "country", "Wales", "yes")),
        (("custody_and_plan", TOTAL, TOTAL, "custody_lost_by_t2"), ("outcomes", "is_custody_lost_by_t2", "yes", ALL)),
        (("missing_patterns", "o3", TOTAL, ALL), ("characteristics_by_plan", TOTAL, TOTAL, ALL)),
        (("linkage", "link_step", "not_linked", ALL), ("linked_infants", TOTAL, TOTAL, "not_linked")),
        (("csc_levels", "csc_level_t1", "none", ALL), ("custody_and_plan", "csc_level_t1", "none", ALL)),
        (("service_needs", TOTAL, TOTAL, "no"), ("outcomes", "o1", "no", ALL)),
    ],
)  # fmt: skip
def test_the_same_people_are_one_cell(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> None:
    assert STUDY.cell(*one) == STUDY.cell(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("characteristics_by_o1", "country", "Wales", "yes"), ("characteristics_by_o2", "country", "Wales", "yes")),
        (("service_use_birth_to_t1", "n_contacts", "yes", ALL), ("service_use_t1_to_t2", "n_contacts", "yes", ALL)),
        (("a_table_of_its_own", TOTAL, TOTAL, ALL), ("outcomes", TOTAL, TOTAL, ALL)),
        (("linked_infants", TOTAL, TOTAL, ALL), ("outcomes", TOTAL, TOTAL, ALL)),
    ],
)
def test_other_people_are_other_cells(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> None:
    assert STUDY.cell(*one) != STUDY.cell(*other)


def test_who_has_an_outcome_is_at_risk_of_it_and_who_is_at_risk_of_a_plan_is_in_custody() -> None:
    with_plan = STUDY.people("dyads", [("o3", "yes")])
    assert with_plan.conditions == {("o3", "yes"), ("o3", KNOWN), ("o4", KNOWN), ("follow_up", KNOWN)}
    at_risk, in_custody = (STUDY.people("dyads", [(outcome, KNOWN)]) for outcome in ("o3", "o4"))
    everyone = People("dyads")
    every = dict.fromkeys([at_risk, in_custody, everyone])
    assert set(with_plan.larger(every)) == set(every)
    assert nearest(with_plan.larger(every)) == {at_risk}
    assert nearest(with_plan.larger({in_custody: 0, everyone: 1})) == {in_custody}
    assert at_risk.larger({everyone: 0}) == [everyone]
    assert str(at_risk) == "dyads & follow_up=known & o3=known & o4=known"


def test_where_follow_up_is_incomplete_those_at_risk_are_more_than_those_known() -> None:
    some = Study(is_complete=False)
    at_risk, known = (some.people("dyads", [("o3", level)]) for level in (AT_RISK, KNOWN))
    assert at_risk.conditions < known.conditions
    # A plan may be seen of a dyad of whom a later loss of custody is not.
    assert ("o4", KNOWN) not in known.conditions
    assert some.people("dyads", [("o4", AT_RISK)]).conditions < at_risk.conditions
    complete = Study()
    assert complete.people("dyads", [("o3", AT_RISK)]) == complete.people("dyads", [("o3", KNOWN)])


def test_whether_follow_up_is_complete_is_seen_from_the_outcomes() -> None:
    row = {"table": "outcomes", "variable": "o3", "level": "not_observed", "group": "all"}
    for n in (0, 3):
        counts = pl.DataFrame([{**row, "n": n}], schema=Counts.create_empty().schema)
        assert study_of({"counts": counts}).is_complete == (n == 0)


def test_larger_groups_are_found_however_many_conditions_there_are() -> None:
    many = People("dyads", frozenset((f"term {i}", KNOWN) for i in range(12)))
    fewer = People("dyads", frozenset((f"term {i}", KNOWN) for i in range(9)))
    others = (People("infants"), People("dyads", frozenset({("o1", "yes")})))
    assert many.larger(dict.fromkeys([many, fewer, *others])) == [fewer]


def test_who_is_in_custody_is_nearly_within_those_observed() -> None:
    in_custody, observed = (STUDY.people("dyads", [(outcome, KNOWN), ("v", "p")]) for outcome in ("o4", "o2"))
    at_risk = STUDY.people("dyads", [("o3", KNOWN), ("v", "p")])
    assert in_custody.nearly_larger() == observed
    assert at_risk.nearly_larger() == observed
    assert STUDY.people("dyads", [("o4", "yes")]).nearly_larger() is None
    assert observed.nearly_larger() is None


# Across tables


def test_a_count_that_another_tables_total_pins_is_hidden_further(unrounded: Profile) -> None:
    # 3 of 500 are not observed at T3. One table shows everybody, the other those observed: side by side they tell it.
    everybody = table_of(
        "outcomes", (TOTAL, TOTAL, ALL, 500), ("country", "England", ALL, 440), ("country", "Wales", ALL, 60)
    )
    observed = table_of(
        "characteristics_by_o2",
        (TOTAL, TOTAL, ALL, 497), ("country", "England", ALL, 437), ("country", "Wales", ALL, 60),
    )  # fmt: skip
    alone = [protect_counts(frame, unrounded, STUDY)["n"].null_count() for frame in (everybody, observed)]
    together = protect_counts(pl.concat([everybody, observed]), unrounded, STUDY)
    assert alone == [0, 0]
    assert together["n"].null_count() > 0


def test_two_small_differences_one_after_another_are_not_told_as_one(unrounded: Profile) -> None:
    # 6 of Wales are not in custody at T2, 3 of the others not at risk of a plan: 9 by both tables' counts of Wales.
    def of(table: str, wales: int, total: int) -> pl.DataFrame:
        rows = (TOTAL, TOTAL, ALL, total), ("country", "England", ALL, total - wales), ("country", "Wales", ALL, wales)
        return table_of(table, *rows)

    tables = [
        of("outcomes", 60, 500), of("characteristics_by_custody_loss", 54, 400), of("characteristics_by_plan", 51, 300)
    ]  # fmt: skip
    wales = protect_counts(pl.concat(tables), unrounded, STUDY).filter(level="Wales")
    assert wales["n"].count() <= 1


def test_a_population_nearly_within_another_is_not_told_apart_by_few(unrounded: Profile) -> None:
    rows = {"characteristics_by_o2": (60, 500), "characteristics_by_custody_loss": (56, 400)}
    tables = [
        table_of(table, (TOTAL, TOTAL, ALL, n), ("v", "p", ALL, small), ("v", "q", ALL, n - small))
        for table, (small, n) in rows.items()
    ]
    shown = protect_counts(pl.concat(tables), unrounded, STUDY).filter(level="p")
    assert shown["n"].null_count() == 1


def test_infants_and_dyads_do_not_tell_the_few_infants_who_are_in_no_dyad(unrounded: Profile) -> None:
    tables = [
        table_of(table, (TOTAL, TOTAL, ALL, n), ("v", "p", ALL, small), ("v", "q", ALL, n - small))
        for table, (small, n) in {"linked_infants": (60, 500), "outcomes": (57, 400)}.items()
    ]
    shown = protect_counts(pl.concat(tables), unrounded, STUDY).filter(level="p")
    assert shown["n"].null_count() == 1


def test_a_reason_that_would_narrow_a_count_is_not_told(unrounded: Profile) -> None:
    # The two that are hidden are 12 together: if one of them were known to be large, the other would be 2 at most.
    rows = [(TOTAL, TOTAL, ALL, 100), ("v", "p", ALL, 2), ("v", "q", ALL, 10), ("v", "r", ALL, 88)]
    told = protect_counts(table_of("t", *rows), unrounded)
    assert told["status"].to_list() == ["shown", "suppressed", "suppressed", "shown"]
    rows = [(TOTAL, TOTAL, ALL, 100), ("v", "p", ALL, 2), ("v", "q", ALL, 30), ("v", "r", ALL, 68)]
    told = protect_counts(table_of("t", *rows), unrounded)
    assert told["status"].to_list() == ["shown", "suppressed_primary", "suppressed_secondary", "shown"]


def test_a_zero_that_is_shown_is_never_hidden_for_others() -> None:
    # 3 and 2 are hidden; their sum is small, and beside them stands a zero.
    rows = [(TOTAL, TOTAL, ALL, 137), ("v", "p", ALL, 3), ("v", "q", ALL, 2), ("v", "r", ALL, 0), ("v", "s", ALL, 132)]
    shown = protect_counts(table_of("t", *rows), get_profile("opensafely"))
    assert shown.filter(level="r").select("n", "status").row(0) == (0, "zero")


def test_what_an_earlier_release_told_is_known_in_this_one(unrounded: Profile) -> None:
    rows = [(TOTAL, TOTAL, ALL, 200), ("v", "p", ALL, 4), ("v", "q", ALL, 46), ("v", "r", ALL, 150)]
    counts = {"counts": table_of("t", *rows)}
    before = protect_all(counts, unrounded)["t"]
    assert before["n"].to_list() == [200, None, None, 150]
    told = {str(Study().cell("t", "v", "q", ALL)): (46, 46)}
    after = protect_all(counts, unrounded, told)["t"]
    # The 46 is told already: it hides nothing, and hiding it again loses it for nothing.
    assert after["n"].to_list() == [200, None, 46, None]
    changed = {str(Study().cell("t", "v", "q", ALL)): (40, 40)}
    assert protect_all(counts, unrounded, changed)["t"].equals(before)


def test_an_earlier_release_that_gives_a_small_count_away_stops_this_one(unrounded: Profile) -> None:
    rows = [(TOTAL, TOTAL, ALL, 50), ("v", "p", ALL, 4), ("v", "q", ALL, 46)]
    cell = Study().cell
    told = {str(cell("t", TOTAL, TOTAL, ALL)): (50, 50), str(cell("t", "v", "q", ALL)): (46, 46)}
    with pytest.raises(DyadlinkError, match="even with every count hidden") as caught:
        protect_all({"counts": table_of("t", *rows)}, unrounded, told)
    assert "\n" not in str(caught.value)


# The choice


@pytest.mark.parametrize("effort", [Effort(), GREEDY])
def test_every_hidden_cell_is_needed(unrounded: Profile, effort: Effort) -> None:
    system = two_way(12, 5, 0.2)
    hidden = hide_cells(system, unrounded, effort).cells
    silent = frozenset(block for blocks in system.blocks for block in blocks)
    besides = [cell for cell in hidden if not unrounded.is_small(system.values[cell])]
    audit = Audit(system, unrounded)
    assert besides
    assert audit.narrow(Hidden(hidden, silent)) == []
    for cell in besides:
        assert audit.narrow(Hidden(hidden - {cell}, silent))


def test_the_optimum_loses_no_more_than_the_heuristic(unrounded: Profile) -> None:
    system = two_way(30, 6, 0.15)
    best, greedy = (len(hide_cells(system, unrounded, effort).cells) for effort in (Effort(), GREEDY))
    assert best <= greedy


def test_the_order_in_which_tables_come_changes_nothing(strict: Profile) -> None:
    levels = [("p", 4), ("q", 12), ("r", 18), ("s", 60)]
    frame = table_of("t", (TOTAL, TOTAL, ALL, 94), *(("v", level, ALL, n) for level, n in levels))
    other = table_of("u", (TOTAL, TOTAL, ALL, 47), ("v", "p", ALL, 3), ("v", "q", ALL, 44))
    keys = ["table", "variable", "level", "group"]
    found = [protect_counts(pl.concat(frames), strict).sort(keys) for frames in ([frame, other], [other, frame])]
    assert found[0].equals(found[1])
    assert protect_counts(frame.reverse(), strict).sort(keys).equals(protect_counts(frame, strict).sort(keys))


# Bad and odd input


def test_a_single_row_is_its_own_total(strict: Profile) -> None:
    assert protect_counts(table_of("t", (TOTAL, TOTAL, ALL, 7)), strict)["status"].to_list() == ["suppressed_primary"]
    assert protect_counts(table_of("t", (TOTAL, TOTAL, ALL, 70)), strict)["n"].to_list() == [70]


@pytest.mark.parametrize(("n", "shown"), [(7, [None, None]), (70, [70, 70])])
def test_a_hierarchy_with_one_child_shows_both_or_none(strict: Profile, n: int, shown: list[int | None]) -> None:
    frame = table_of("t", (TOTAL, TOTAL, ALL, n), ("v", "only", ALL, n))
    assert protect_counts(frame, strict)["n"].to_list() == shown


def test_where_all_cells_are_small_the_margins_still_stand(strict: Profile) -> None:
    system = two_way(60, 12, 1.0)
    hidden = hide_cells(system, strict).cells
    assert len(hidden) == 60 * 12
    assert not Audit(system, strict).narrow(Hidden(hidden, frozenset({"t"})))


def test_a_table_of_500_by_40_ends(strict: Profile) -> None:
    system = two_way(500, 40, 0.05)
    small = {cell for cell, n in enumerate(system.values) if n < 10}
    assert hide_cells(system, strict).cells >= small


@pytest.mark.parametrize(
    ("counts", "complaint"),
    [
        ([(TOTAL, TOTAL, ALL, -1)], "table t, column n: a count is missing or below zero"),
        ([(TOTAL, TOTAL, ALL, 30), ("v", "p", ALL, 12), ("v", "q", ALL, 17)], "do not add up"),
        ([("v", "p", ALL, 12)], "the total is missing"),
        ([(TOTAL, TOTAL, ALL, 30), (TOTAL, TOTAL, "a", 30), ("v", "p", "a", 30)], "a margin is missing"),
    ],
)
def test_broken_tables_stop_the_release_in_one_line(
    strict: Profile, counts: list[tuple[str, str, str, int]], complaint: str
) -> None:
    with pytest.raises(DyadlinkError, match=complaint) as caught:
        protect_all({"counts": table_of("t", *counts)}, strict)
    assert "\n" not in str(caught.value)
