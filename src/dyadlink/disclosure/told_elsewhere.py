"""What released curves and models tell of counts that tables show too: known whether these hide them or not."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dyadlink.disclosure.people import ALL, KNOWN, People, Study
from dyadlink.disclosure.person_time import CAUSES
from dyadlink.disclosure.profiles import Profile

_GROUPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    ALL: (),
    "involved": (("o1", "yes"),),
    "not_involved": (("o1", "no"),),
}
"""The groups of the curves."""


def told_elsewhere(
    released: Mapping[str, pl.DataFrame], study: Study, profile: Profile
) -> dict[People, tuple[int, int]]:
    """By the people counted the least and the greatest count that a released number leaves.

    Of a curve the number at risk on day 0, and the events of the outcome itself on the last day; of a model the dyads
    analysed.
    """
    found: dict[People, tuple[int, int]] = {}
    if "cumulative_incidence" in released:
        found |= _of_curves(released["cumulative_incidence"], study, profile.for_survival())
    if "estimates" in released:
        told = released["estimates"].drop_nulls("n").unique("model", keep="first", maintain_order=True)
        for model, n in told.select("model", "n").iter_rows():
            found[study.cell("model_dyads", model, "analysed", ALL)] = profile.counts_behind(n)
    return found


def _of_curves(curves: pl.DataFrame, study: Study, rules: Profile) -> dict[People, tuple[int, int]]:
    found: dict[People, tuple[int, int]] = {}
    own = curves.filter(
        pl.col("cause") == pl.col("outcome").replace_strict(CAUSES, default=None), pl.col("outcome") != "follow_up"
    )
    for (outcome, group), part in own.sort("time_days").group_by("outcome", "group", maintain_order=True):
        if str(group) not in _GROUPS:
            continue
        in_group = _GROUPS[str(group)]
        at_risk = part.filter(pl.col("time_days") == 0)["n_at_risk"].drop_nulls()
        events = part["n_events"].drop_nulls()
        for level, n in ((KNOWN, at_risk.first()), ("yes", events.last())):
            if isinstance(n, int):
                found[study.people("dyads", (*in_group, (str(outcome), level)))] = rules.counts_behind(n)
    return found
