"""Authorities as clusters and as what is left out: whether the records tell them, and small ones put together."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

MOST_GROUPS = 50
"""Of authorities that are left out in turn; where there are more, small ones are put together until there are not."""


def explain_untold_authorities(frame: pl.DataFrame) -> str:
    """Why authorities cannot be told apart, in plain words; empty where they can.

    Args:
        frame: Dyads with `la_code`; the ONS code of the nation stands where a route does not tell the authority.
    """
    is_untold = frame.get_column("la_code").str.contains(r"^[EW]92").any()
    return "the authority of some dyads is not told by their route" if is_untold else ""


def group_authorities(codes: pl.Series, least: int) -> NDArray[np.int64]:
    """Of each dyad the number of its group of authorities, from 0 on; each group holds at least `least` dyads.

    An authority with that many dyads is a group of its own. The others are put together in the order of their codes,
    and what is left of them at the end joins the last such group, or the smallest authority if there is none; so the
    same codes give the same groups. There are at most `MOST_GROUPS`: `least` is raised until that is so.

    Args:
        codes: Code of each dyad's authority.
        least: Fewest dyads of a group.
    """
    least = max(least, -(-len(codes) // MOST_GROUPS))
    sizes = codes.alias("code").value_counts(name="n").sort("code")
    group_of: dict[str, int] = {}
    held: dict[int, int] = {}
    waiting: list[str] = []
    n_waiting = n_groups = last_pooled = 0
    pooled = False
    for code, n in sizes.iter_rows():
        if n >= least:
            group_of[code], held[n_groups] = n_groups, n
            n_groups += 1
            continue
        waiting.append(code)
        n_waiting += n
        if n_waiting >= least:
            group_of |= dict.fromkeys(waiting, n_groups)
            last_pooled, pooled = n_groups, True
            held[n_groups] = n_waiting
            waiting, n_waiting, n_groups = [], 0, n_groups + 1
    if waiting:
        home = last_pooled if pooled else min(held, key=lambda group: (held[group], group), default=0)
        group_of |= dict.fromkeys(waiting, home)
    return codes.replace_strict(group_of, return_dtype=pl.Int64).to_numpy() if len(codes) else np.empty(0, np.int64)
