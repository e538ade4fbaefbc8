"""Contracts of movement between timepoints, and the levels that it is told in: data that more than one step reads."""

from __future__ import annotations

from itertools import pairwise

import dataframely as dy
import polars as pl

from dyadlink.schemas.analysis import CSC_LEVELS

TIMES = ("birth", "t1", "t2", "t3")
"""The timepoints, in order; `csc_level_<time>` is the column of the analysis table."""

STEPS: tuple[tuple[str, str], ...] = tuple(pairwise(TIMES))
PAIRS: tuple[tuple[str, str], ...] = (*STEPS, (TIMES[0], TIMES[-1]))
"""Pairs of times that a transition is counted between: each step, and the whole way."""

DIRECTION_PAIRS: tuple[tuple[str, str], ...] = STEPS[1:]
"""Pairs of which escalation and de-escalation are told."""

NOT_OBSERVED = "not_observed"
"""No level is known: infant or mother died, follow-up ended, or the route cannot tell."""

LOW, HIGH, LOST = "below_plan", "plan_or_with_mother", "apart_or_elsewhere"
COARSE_LEVELS: dict[str, tuple[str, ...]] = {
    "none": ("none",),
    LOW: ("referral_or_assessment", "child_in_need", "section_47"),
    # ASSUME: looked after with the mother is too rare to be shown alone, and like a plan it leaves the infant with her.
    HIGH: ("child_protection_plan", "looked_after_with_mother"),
    LOST: ("looked_after_apart", "permanently_elsewhere"),
}
"""Levels that are released, rising, and the levels of involvement that each holds: alone most would be hidden."""

COARSE_OF: dict[str, str] = {fine: coarse for coarse, levels in COARSE_LEVELS.items() for fine in levels}

DIRECTIONS = ("lower", "same", "higher")

_LEVEL = f"^({'|'.join((*CSC_LEVELS, NOT_OBSERVED))})$"
_TIME = f"^({'|'.join(TIMES)})$"


class Transitions(dy.Schema):
    """Grain: one row per (from_time, to_time, from_level, to_level). Unrounded: never leaves."""

    from_time = dy.String(primary_key=True, regex=_TIME, description="Timepoint before: birth, t1, t2 or t3.")
    to_time = dy.String(primary_key=True, regex=_TIME, description="Timepoint after.")
    from_level = dy.String(
        primary_key=True, regex=_LEVEL, description="Level of involvement before; not_observed where none is known."
    )
    to_level = dy.String(primary_key=True, regex=_LEVEL, description="Level after, likewise (died, or not followed).")
    n = dy.Int64(min=0, description="Dyads; count 0 included.")

    @dy.rule()
    def every_pair_of_levels_is_there(cls) -> pl.Expr:
        """Each pair of times has every pair of levels: a row that is left out would be no zero."""
        return pl.len().over("from_time", "to_time") == (len(CSC_LEVELS) + 1) ** 2


class MovementTests(dy.Schema):
    """Grain: one row per (from_time, to_time, about): tests of equal margins. Unrounded: never leaves."""

    from_time = dy.String(primary_key=True, regex=_TIME, description="Timepoint before.")
    to_time = dy.String(primary_key=True, regex=_TIME, description="Timepoint after.")
    about = dy.String(
        primary_key=True,
        regex="^(levels|released_levels|any_involvement|apart_or_elsewhere)$",
        description="What is tested: all levels, the levels that are released, or one state against all others.",
    )
    method = dy.String(
        regex="^(stuart_maxwell|mcnemar|mcnemar_exact)$",
        description="Stuart-Maxwell or McNemar with the covariance of mothers' sums; or exact, by their signs.",
    )
    n_dyads = dy.Int64(min=0, description="Dyads observed at both times.")
    n_mothers = dy.Int64(min=0, description="Their mothers.")
    n_moved_mothers = dy.Int64(min=0, description="Mothers whose dyads together differ between the two margins.")
    n_up = dy.Int64(min=0, nullable=True, description="Dyads that entered the state; null for levels.")
    n_down = dy.Int64(min=0, nullable=True, description="Dyads that left it; null for levels.")
    n_least_moved = dy.Int64(
        min=0,
        nullable=True,
        description="Of the levels that any dyad entered or left: the fewest that did; null if none.",
    )
    statistic = dy.Float64(nullable=True, min=0, description="Chi-squared; null for an exact test, or if nobody moved.")
    df = dy.Int64(
        min=0, description="Degrees of freedom: levels that take part, less those that the others tell; exact: 1."
    )
    p_value = dy.Float64(nullable=True, min=0, max=1, description="Two-sided; null if nobody moved.")
