"""How long the dyads were at risk of each outcome, and followed at all."""

from __future__ import annotations

import polars as pl

from dyadlink.estimates import PersonTime
from dyadlink.schemas import check_table
from dyadlink.schemas.analysis import CUT_SHORT

GROUPS: dict[str, pl.Expr] = {"all": pl.lit(True), "involved": pl.col("o1"), "not_involved": ~pl.col("o1")}
"""Those of the cumulative incidence curves."""

OUTCOMES: dict[str, tuple[pl.Expr, str, pl.Expr]] = {
    "o3": (pl.col("o3_at_risk"), "o3_days", pl.col("o3_event") == "child_protection_plan"),
    "o4": (pl.col("o4_at_risk"), "o4_days", pl.col("o4_event") == "custody_loss"),
    "follow_up": (
        pl.col("follow_up_days") > 0,
        "follow_up_days",
        pl.col("end_reason").is_in(CUT_SHORT),
    ),
}
"""Of each outcome who is at risk, the column of their days, and who had it."""


def measure_person_time(analysis: pl.DataFrame) -> pl.DataFrame:
    """Dyads at risk, their days and their events, by outcome and involvement during the acute episode.

    Args:
        analysis: A table that obeys `Analysis`.

    Returns:
        In the shape of `PersonTime`; `follow_up` has everyone for `all` alone, and leaving sight for its event. A group
        with nobody at risk has no row.
    """
    rows = [
        {
            "outcome": outcome,
            "group": group,
            "n": len(days := analysis.filter(at_risk & is_member).get_column(column)),
            "n_events": analysis.filter(at_risk & is_member & has_event).height,
            "person_days": int(days.sum()),
        }
        for outcome, (at_risk, column, has_event) in OUTCOMES.items()
        for group, is_member in GROUPS.items()
        if group == "all" or outcome != "follow_up"
    ]
    frame = pl.DataFrame(rows, schema=PersonTime.create_empty().schema)
    return check_table(frame.filter(pl.col("n") > 0), PersonTime, "person_time")
