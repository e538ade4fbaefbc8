"""Whether the cumulative incidence differs by involvement during the episode: Gray's tests."""

from __future__ import annotations

import polars as pl

from dyadlink.estimates import GroupTests
from dyadlink.models.gray_test import gray_test
from dyadlink.models.populations import CAUSES
from dyadlink.schemas import check_table


def compare_groups(analysis: pl.DataFrame) -> pl.DataFrame:
    """Gray's test of every cause between the dyads involved (O1) and not, who are at risk.

    Dyads are taken for independent: Gray's test knows no clusters.

    Args:
        analysis: A table that obeys `Analysis`.

    Returns:
        One row per (outcome, cause), the outcome itself first; columns as in `GroupTests`.
    """
    rows = []
    for outcome, causes in CAUSES.items():
        at_risk = analysis.filter(pl.col(f"{outcome}_at_risk") & pl.col("o1").is_not_null())
        days, event, group = (at_risk[name] for name in (f"{outcome}_days", f"{outcome}_event", "o1"))
        for cause in causes:
            is_event = event == cause
            test = gray_test(days, is_event, event.is_in(pl.Series(causes).implode()) & ~is_event, group)
            cells = [int(((is_event == has) & (group == of)).sum()) for has in (True, False) for of in (True, False)]
            figures = (None, None, None) if test.problem else (test.statistic, test.df, test.p_value)
            rows.append((outcome, cause, *figures, min(cells)))
    frame = pl.DataFrame(rows, schema=GroupTests.create_empty().schema, orient="row")
    return check_table(frame, GroupTests, "group_tests")
