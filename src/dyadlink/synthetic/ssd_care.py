"""Tables of looked-after children in the Standard Safeguarding Dataset."""

from __future__ import annotations

import polars as pl

from dyadlink.synthetic.pseudonyms import shown
from dyadlink.synthetic.ssd_cases import numbered
from dyadlink.synthetic.ssd_tables import ORDERS, OTHER_ORDER, STATUSES_OF_ORDERS
from dyadlink.synthetic.write_ssda903 import with_respite

ADOPTION_PLACES = ("A3", "A4", "A5", "A6")


def care_tables(care: pl.DataFrame, children: pl.DataFrame, last: int) -> dict[str, pl.DataFrame]:
    """Return the tables of episodes, placements, legal statuses and permanence after the last day.

    Args:
        care: Episodes of periods of care, of all authorities.
        children: One row per child of the authority: child, pers_person_id and what the authority holds.
        last: The day of the extract.
    """
    rows = with_respite(care).filter(pl.col("start") <= last)
    rows = rows.join(children, on="child", how="inner", maintain_order="left")
    rows = rows.sort("child", "start", "end", "period", nulls_last=True).with_row_index("episode", offset=1)
    first_day = pl.col("start").min().over("period")
    rows = rows.with_columns(
        placement=_run("place"), status=_run("ls"), entered=first_day, end=pl.when(pl.col("end") <= last).then("end")
    )
    return {
        "ssd_cla_episodes": _episodes(rows, last),
        "ssd_cla_placement": _placements(rows, last),
        "ssd_legal_status": _statuses(rows, last),
        "ssd_permanence": _permanence(rows, last),
    }


def _run(name: str) -> pl.Expr:
    """Return a number that grows with every change of the value and every new period of care."""
    changed = (pl.col(name) != pl.col(name).shift(1)) | (pl.col("period") != pl.col("period").shift(1))
    return changed.fill_null(value=True).cast(pl.Int64).cum_sum()


def _episodes(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    return rows.select(
        clae_cla_episode_id=numbered("L", "episode"),
        clae_person_id="pers_person_id",
        clae_cla_episode_start_date=shown("start", last),
        clae_cla_episode_start_reason="rne",
        clae_cla_primary_need_code="need",
        clae_cla_episode_ceased_date=shown("end", last),
        clae_cla_episode_ceased_reason=pl.when(pl.col("end").is_not_null()).then("rec"),
        clae_cla_id=numbered("C", "period"),
        clae_referral_id=numbered("R", "case"),
        clae_cla_placement_id=numbered("D", "placement"),
        clae_entered_care_date=shown("entered", last),
    )


def _placements(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return one row per stay in one kind of placement within a period of care."""
    runs = rows.group_by("placement", maintain_order=True).agg(
        pl.col("pers_person_id", "period", "place", "start", "held_postcode", "new_home").first(),
        pl.col("end", "reason_change").last(),
    )
    at_home = pl.col("place") == "P1"
    own = pl.col("period") % 5 < 3
    provider = (
        pl.when(at_home)
        .then(pl.lit("PR0"))
        .when(pl.col("place").is_in(["R3", "K2"]) | ~own)
        .then(pl.lit("PR4"))
        .otherwise(pl.lit("PR1"))
    )
    urn = pl.format("SC{}", (100_000 + pl.col("period") * 7919 % 900_000).cast(pl.String))
    return runs.select(
        clap_cla_placement_id=numbered("D", "placement"),
        clap_cla_placement_start_date=shown("start", last),
        clap_cla_placement_type="place",
        clap_cla_placement_urn=pl.when(at_home).then(pl.lit("XXXXXXX")).otherwise(urn),
        clap_cla_id=numbered("C", "period"),
        clap_cla_placement_provider=provider,
        clap_cla_placement_postcode=pl.when(at_home).then("held_postcode").otherwise("new_home"),
        clap_cla_placement_end_date=shown("end", last),
        clap_cla_placement_change_reason=pl.when(pl.col("end").is_not_null()).then("reason_change"),
        clap_person_id="pers_person_id",
    )


def _statuses(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return legal statuses while looked after, and the order that follows where a period ends with one."""
    runs = rows.group_by("status", maintain_order=True).agg(
        pl.col("pers_person_id", "ls", "start").first(), pl.col("end").last()
    )
    ended = rows.filter(pl.col("end").is_not_null(), pl.col("rec").is_in(list(ORDERS)))
    order = pl.col("rec").replace_strict(ORDERS, return_dtype=pl.String)
    name = order.replace_strict(STATUSES_OF_ORDERS, default=OTHER_ORDER, return_dtype=pl.String)
    orders = ended.select("pers_person_id", ls=name, start="end", end=pl.lit(None, pl.Int64))
    every = pl.concat([runs.select(orders.columns), orders]).sort("pers_person_id", "start", maintain_order=True)
    return every.with_row_index("number", offset=1).select(
        lega_legal_status_id=numbered("S", "number"),
        lega_person_id="pers_person_id",
        lega_legal_status="ls",
        lega_legal_status_start_date=shown("start", last),
        lega_legal_status_end_date=shown("end", last),
    )


def _permanence(rows: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return one row per period of care with a placement order, a placement for adoption or a final order."""
    days = rows.group_by("period", maintain_order=True).agg(
        pl.col("pers_person_id").first(),
        pl.col("end").last(),
        pl.col("rec").last(),
        ordered=pl.col("start").filter(pl.col("ls") == "E1").min(),
        placed=pl.col("start").filter(pl.col("place").is_in(ADOPTION_PLACES)).min(),
    )
    is_ended = pl.col("end").is_not_null()
    kind = pl.when(is_ended).then(pl.col("rec").replace_strict(ORDERS, default=None, return_dtype=pl.String))
    days = days.with_columns(kind=kind).filter(pl.any_horizontal(pl.col("kind", "ordered", "placed").is_not_null()))
    return days.with_row_index("number", offset=1).select(
        perm_table_id=numbered("O", "number"),
        perm_person_id="pers_person_id",
        perm_cla_id=numbered("C", "period"),
        perm_placement_order_date=shown("ordered", last),
        perm_placed_for_adoption_date=shown("placed", last),
        perm_permanence_order_date=pl.when(pl.col("kind").is_not_null()).then(shown("end", last)),
        perm_permanence_order_type="kind",
    )
