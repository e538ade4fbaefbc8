"""Links that cannot be true, or hardly: a floor of the share of false links that needs no truth."""

from __future__ import annotations

import polars as pl

from dyadlink.describe.variables import TOTAL, YES_NO
from dyadlink.estimates import Counts
from dyadlink.schemas import check_table

IMPOSSIBLE = ("is_involved_before_pregnancy", "is_involved_after_death")
"""A true link cannot show these, but for errors of the dates themselves."""
IMPLAUSIBLE = ("is_dead_in_one_record", "has_other_ethnicity")
"""A true link seldom shows these: records differ."""
ANY = "is_impossible"


def count_link_checks(link_checks: pl.DataFrame, controls: pl.DataFrame | None = None) -> pl.DataFrame:
    """Links that show what a true link cannot, or hardly, and links to records that cannot be the infant's.

    The share of impossible links is a floor of the share of false ones: a false link seldom gives itself away.

    Args:
        link_checks: In the shape of `LinkChecks`.
        controls: `infant_id` and `is_linked` of every infant that was linked again to records of children who cannot
            be study infants; see `dyadlink.linkage.negative_control`.

    Returns:
        Table `link_checks`: variable `is_impossible`, then each check, and `is_linked_to_control` of infants; each with
        its own total (links of which it can be told), yes and no. Columns as in `Counts`.

    Sources: implausible scenarios: Blakely & Salmond 2002, Int J Epidemiol 31:1246; Hagger-Johnson et al. 2015, BMJ
    Open 5:e008118. Negative controls: Harron, Doidge & Goldstein 2020, Ann Hum Biol 47:218, table 3.
    """
    flagged = link_checks.with_columns(pl.any_horizontal(IMPOSSIBLE).fill_null(value=False).alias(ANY))
    rows = [_rows(flagged, name) for name in (ANY, *IMPOSSIBLE, *IMPLAUSIBLE)]
    if controls is not None:
        rows.append(_rows(controls.rename({"is_linked": "is_linked_to_control"}), "is_linked_to_control"))
    return check_table(pl.concat(rows), Counts, "link_checks")


def _rows(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    known = frame.get_column(name).drop_nulls()
    n = {TOTAL: len(known), "yes": int(known.sum()), "no": int((~known).sum())}
    rows = [("link_checks", name, level, "all", n[level]) for level in (TOTAL, *YES_NO)]
    return pl.DataFrame(rows, schema=list(Counts.columns()), orient="row", schema_overrides={"n": pl.Int64})
