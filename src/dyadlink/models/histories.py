"""Where each infant was after T2: in the mother's custody, apart from her, returned, elsewhere, or dead."""

from __future__ import annotations

import polars as pl

from dyadlink.models.occupation import CENSORED

WITH_MOTHER, APART, RETURNED, ELSEWHERE, DEAD = STATES = (
    "with_mother",
    "apart",
    "returned",
    "elsewhere",
    "dead",
)
"""In the mother's custody and never apart since T2; apart; home again; permanently elsewhere or out of care some other
way; infant or mother dead."""

_SETTLED = {"returned": RETURNED, "left_care_otherwise": ELSEWHERE, "permanently_elsewhere": ELSEWHERE}


def custody_histories(analysis: pl.DataFrame) -> pl.DataFrame:
    """Each dyad's stretches of days in one state, from T2 to the end of follow-up.

    Whoever was lost by T2 starts apart, or elsewhere where that was permanent by then. Only the first return is known
    of: a second parting changes nothing. What happens twice on a day counts as it stands at its end, and a death after
    all else. Dyads that are dead, or not followed, at T2 are left out.

    Args:
        analysis: A table that obeys `Analysis`.

    Returns:
        One row per dyad and stretch (dyad_id, start): `start`, `stop` (days since T2), `state` (one of `STATES`),
        `next_state` (one of these, or censored where the dyad left sight in the state) and `cluster` (the mother);
        sorted.
    """
    followed = analysis.filter(pl.col("follow_up_days") > 0)
    can_return, is_parted = pl.col("return_event").is_not_null(), pl.col("o4_event") == "custody_loss"
    # Lost on the last day seen: apart, as far as anybody knows. Else not at risk of a return: permanent on that day.
    is_apart = can_return | (pl.col("o4_days") == pl.col("follow_up_days")).fill_null(value=False)
    lost_as = pl.when(is_apart).then(pl.lit(APART)).otherwise(pl.lit(ELSEWHERE))
    from_day = pl.when(is_parted).then("o4_days").otherwise(pl.lit(0))
    settled = pl.col("return_event").replace_strict(_SETTLED, default=None)
    beginnings = (
        (pl.lit(value=True), pl.lit(0), pl.when("o4_at_risk").then(pl.lit(WITH_MOTHER)).otherwise(lost_as)),
        (is_parted, pl.col("o4_days"), lost_as),
        (settled.is_not_null(), from_day + pl.col("return_days"), settled),
        (pl.col("end_reason") == "death", pl.col("follow_up_days"), pl.lit(DEAD)),
    )
    entries = pl.concat(
        followed.filter(happened).select(
            "dyad_id", "follow_up_days", cluster="mother_number", start=day.cast(pl.Int64), state=state, order=pl.lit(n)
        )
        for n, (happened, day, state) in enumerate(beginnings)
    )
    at_end_of_day = entries.sort("dyad_id", "start", "order").unique(
        ["dyad_id", "start"], keep="last", maintain_order=True
    )
    following = pl.col("start", "state").shift(-1).over("dyad_id")
    return (
        at_end_of_day.with_columns(following.name.prefix("next_"))
        .select(
            "dyad_id",
            "start",
            "state",
            "cluster",
            stop=pl.col("next_start").fill_null(pl.col("follow_up_days")),
            next_state=pl.col("next_state").fill_null(CENSORED),
        )
        # Who came into a state on the last day seen was seen in it no longer.
        .filter(pl.col("stop") > pl.col("start"))
    )
