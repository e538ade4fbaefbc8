"""The probability of each state of custody by day since T2."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.estimates import StateOccupation
from dyadlink.models.histories import DEAD, ELSEWHERE, STATES, custody_histories
from dyadlink.models.occupation import CENSORED, Ints, occupation
from dyadlink.schemas import check_table

ELSEWHERE_OR_DEAD = f"{ELSEWHERE}_or_{DEAD}"


def estimate_state_occupation(analysis: pl.DataFrame, follow_up_days: int) -> pl.DataFrame:
    """How likely an infant is to be in each state, with 95% intervals clustered on the mother.

    Args:
        analysis: A table that obeys `Analysis`.
        follow_up_days: Days from T2 to T3.

    Returns:
        One row per (state, time_days), at day 0 and each day on which somebody changed state; columns as in
        `StateOccupation`. No rows where nobody is followed.
    """
    stretches = custody_histories(analysis)
    if stretches.is_empty():
        return StateOccupation.create_empty()
    found = occupation(stretches, STATES, follow_up_days, together=[(ELSEWHERE, DEAD)])
    low, high = found.interval()
    n_in_state = _count_in_states(stretches, found.days)
    frames = [
        pl.DataFrame(
            {
                "state": state,
                "time_days": found.days,
                "estimate": found.probability[:, index],
                "std_error": found.std_error[:, index],
                "conf_low": low[:, index],
                "conf_high": high[:, index],
                "n_in_state": n_in_state[state],
                "n": stretches["dyad_id"].n_unique(),
            }
        )
        for index, state in enumerate(found.states)
    ]
    return check_table(pl.concat(frames).fill_nan(None), StateOccupation, "state_occupation")


def _count_in_states(stretches: pl.DataFrame, days: Ints) -> dict[str, Ints]:
    """Dyads in sight in each state at the end of each day; the dead stay dead."""
    counts = {}
    last = stretches.group_by("dyad_id").last()
    for state in STATES:
        own = stretches.filter(state=state)
        leaves_sight = own.filter(next_state=CENSORED)
        # Who came into a state on the last day seen has no stretch of it.
        came_last = last.filter(next_state=state)
        counts[state] = (
            _up_to(own["start"], days)
            - _up_to(own["stop"], days)
            + _on(leaves_sight["stop"], days)
            + _on(came_last["stop"], days)
        )
    counts[DEAD] = _up_to(last.filter(next_state=DEAD)["stop"], days)
    counts[ELSEWHERE_OR_DEAD] = counts[ELSEWHERE] + counts[DEAD]
    return counts


def _up_to(moments: pl.Series, days: Ints) -> Ints:
    return np.searchsorted(np.sort(moments.to_numpy()), days, side="right")


def _on(moments: pl.Series, days: Ints) -> Ints:
    return _up_to(moments, days) - _up_to(moments, days - 1)
