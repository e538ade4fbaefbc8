"""Gray's p, days lost and states of custody in the report, and what a model says of readmission."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report.reading import Release
from dyadlink.report.state_figure import draw_states
from dyadlink.report.survival import (
    build_states,
    build_time_lost,
    describe_group_test,
    describe_readmission,
    describe_time_lost,
    with_readmission,
)

PROFILE = {"threshold": 10, "rounding_base": 10}
TEST = {"outcome": "o4", "cause": "custody_loss", "status": "shown", "statistic": 87.0, "df": 1, "p_value": 0.0}
DAYS = {"outcome": "o4", "group": "all", "cause": "custody_loss", "horizon_days": 365, "status": "shown"}
FIGURES = {"estimate": 17.9, "conf_low": 14.8, "conf_high": 20.9}
NOTHING = dict.fromkeys(FIGURES)


def _release(**tables: list[dict[str, Any]]) -> Release:
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return Release({"profile": PROFILE, "is_synthetic": True}, frames, dict.fromkeys(frames, ""))


def _test_words(**changes: Any) -> str:
    (words,) = describe_group_test(_release(group_tests=[TEST | changes]), "o4", "custody_loss")
    return words


def test_grays_test_is_said_with_what_it_cannot_say() -> None:
    words = _test_words()
    assert "chi-squared 87.0 with 1 df, p <0.001." in words
    assert "not by how much, nor why; mothers with two infants are not allowed for" in words


def test_a_hidden_test_has_no_figure() -> None:
    nothing = {"statistic": None, "df": None, "p_value": None}
    assert "is not shown: fewer than 10" in _test_words(status="suppressed_primary", **nothing)
    assert "cannot be compared" in _test_words(status="not_estimable", **nothing)


def test_a_release_without_them_says_nothing() -> None:
    assert describe_group_test(_release(), "o4", "custody_loss") == ()
    assert describe_time_lost(_release(), "o4", "custody_loss") == ()
    assert build_time_lost(_release(), "o4", "custody loss") == ()
    assert build_states(_release()) == []


def test_days_lost_in_words_and_by_group() -> None:
    difference = DAYS | {"group": "difference", "estimate": 30.3, "conf_low": 21.4, "conf_high": 39.2}
    hidden = DAYS | {"group": "involved", "status": "suppressed_secondary", "horizon_days": None} | NOTHING
    release = _release(time_lost=[DAYS | FIGURES, hidden, difference])
    (words,) = describe_time_lost(release, "o4", "custody_loss")
    assert words.startswith("Of the 365 days after discharge 17.9 (14.8 to 20.9) came, on average over all at risk,")
    assert words.endswith("Involved less not involved: 30.3 (21.4 to 39.2).")
    (table,) = build_time_lost(release, "o4", "custody loss")
    assert table.columns == ("Lost to", "All", "Involved during the episode", "Difference, involved less not")
    assert [cell.text for cell in table.rows[0].cells] == ["17.9 (14.8 to 20.9)", "", "30.3 (21.4 to 39.2)"]
    assert [cell.is_hidden for cell in table.rows[0].cells] == [False, True, False]


def test_days_lost_that_are_hidden_or_not_known_are_no_sentence() -> None:
    for status in ("suppressed_secondary", "not_estimable"):
        release = _release(time_lost=[DAYS | {"status": status} | NOTHING])
        assert describe_time_lost(release, "o4", "custody_loss") == ()
        (table,) = build_time_lost(release, "o4", "custody loss")
        assert table.rows[0].cells[0].is_hidden == (status == "suppressed_secondary")


def _state(state: str, day: int | None, estimate: float | None, status: str = "rounded") -> dict[str, Any]:
    low, high = (None, None) if not estimate else (estimate - 0.01, estimate + 0.01)
    ends = {"estimate": estimate, "conf_low": low, "conf_high": high}
    return {"state": state, "time_days": day, "status": status, **ends, "n": 2000 if day == 0 else None}


STATES = [
    _state("with_mother", 0, 0.93),
    _state("with_mother", 365, 0.84),
    _state("apart", 0, 0.07),
    _state("apart", 365, 0.105),
    _state("returned", 0, 0.0),
    _state("returned", None, None, "suppressed_primary"),
    _state("elsewhere_or_dead", None, None, "suppressed_primary"),
]


def test_states_are_told_with_one_decimal_each() -> None:
    (part,) = build_states(_release(state_occupation=STATES))
    assert part.sentences[1] == (
        "On day 365: in the mother's custody 84.0% (83.0% to 85.0%); apart 10.5% (9.5% to 11.5%) (95% intervals)."
    )
    assert "proves no return to the mother" in part.sentences[0]
    assert part.figures == ()
    assert part.sentences[-1] == "Too few days can be shown to be drawn; the table has those that can."
    assert part.sentences[-2] == (
        "Not shown on that day: returned to a parent or home; elsewhere, out of care otherwise, or dead (fewer than "
        "10, or hidden to protect another count)."
    )
    (table,) = part.tables
    assert [row.header for row in table.rows] == ["0", "365"]
    # A state that is shown on no day has no column, one that is hidden on a day has a mark.
    assert len(table.columns) == 4
    assert [cell.text for cell in table.rows[0].cells] == ["93.0% (92.0% to 94.0%)", "7.0% (6.0% to 8.0%)", "0.0%"]
    assert table.rows[1].cells[2].is_hidden


def test_the_drawing_stacks_the_others_below_the_mothers_custody() -> None:
    shown = pl.DataFrame(STATES, infer_schema_length=None).filter(pl.col("time_days").is_not_null())
    drawn = draw_states(shown, "states")
    assert "In the mother's custody:" in drawn.svg
    assert "Apart" in drawn.svg
    assert "Elsewhere" not in drawn.svg
    assert drawn == draw_states(shown, "states")


def test_states_of_days_enough_are_drawn() -> None:
    days = [_state(state, day, 0.5) for state in ("with_mother", "apart") for day in (90, 200, 365)]
    (part,) = build_states(_release(state_occupation=days))
    assert len(part.figures) == 1
    (part,) = build_states(_release(state_occupation=[row for row in days if row["time_days"] != 200]))
    assert part.figures == ()


def test_a_cohort_too_small_says_so() -> None:
    hidden = [_state(state, None, None, "suppressed_secondary") for state in ("with_mother", "apart")]
    (part,) = build_states(_release(state_occupation=hidden))
    assert "too small" in part.sentences[0]
    assert part.figures == part.tables == ()


def test_a_model_says_how_it_took_readmission() -> None:
    plain = {"time_varying": "", "landmark_days": None}
    assert (with_readmission(plain), describe_readmission(plain)) == ("", ())
    split = plain | {"time_varying": "readmission"}
    assert with_readmission(split) == ", with readmission on its day"
    assert "time is split there" in describe_readmission(split)[0]
    landmark = plain | {"landmark_days": 90}
    assert with_readmission(landmark) == ", from day 90 on, with readmission by then"
    assert "in sight after day 90" in describe_readmission(landmark)[0]
