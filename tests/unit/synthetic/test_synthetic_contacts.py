"""Contacts, groups, recoded diagnoses and deaths of the psychiatric course."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world_reader import rows, to_date

from dyadlink.synthetic import Parameters, draw_latent_dyads
from dyadlink.synthetic.admissions import draw_stays
from dyadlink.synthetic.contacts import draw_contacts, draw_recodings
from dyadlink.synthetic.places import authorities
from dyadlink.synthetic.women import draw_other_women, mothers_of

NEVER = 10**7


def _course(n: int, seed: int, p: Parameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    dyads = draw_latent_dyads(n, seed, p)
    places = authorities(p.period.first_census.value, p.period.last_census.value)
    mothers = mothers_of(dyads)
    _, others = draw_other_women(40, mothers.height, places, np.random.default_rng(seed), p)
    births = dyads.unique("birth_id", keep="first", maintain_order=True)
    return births, draw_stays(births, mothers, others, seed, p)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_stays_and_contacts_are_in_order_and_end_with_a_death(seed: int, parameters: Parameters) -> None:
    births, stays = _course(150, seed, parameters)
    assert stays.filter(pl.col("end") < pl.col("start")).height == 0
    deaths = births.group_by("mother").agg(pl.col("mother_death").first()).rename({"mother": "woman"})
    dead = stays.join(deaths.drop_nulls(), on="woman")
    assert dead.filter(pl.col("end").fill_null(NEVER) > pl.col("mother_death")).height == 0
    contacts = draw_contacts(stays, seed, parameters).join(stays.select("spell", "start", "end"), on="spell")
    assert contacts.filter(~pl.col("day").is_between("start", "end")).height == 0
    recoded = draw_recodings(births, stays, seed, parameters)
    inside = recoded.join(births.select("t1", "t2", "diagnosis_group", woman="mother"), on="woman")
    inside = inside.filter(pl.col("day").is_between("t1", "t2"))
    assert inside.height == recoded.height
    assert inside.filter((pl.col("day") <= pl.col("t1")) | (pl.col("group") == pl.col("diagnosis_group"))).height == 0


def test_groups_offer_ten_sessions_and_six_or_seven_are_attended(parameters: Parameters) -> None:
    births, stays = _course(12_000, 5, parameters)
    groups = draw_contacts(stays, 5, parameters).filter("is_group")
    each = groups.group_by("spell").agg(offered=pl.len(), attended=pl.col("attended").sum())
    assert (each["offered"] == 10).mean() > 0.97
    assert each["attended"].mean() == pytest.approx(6.5, abs=0.35)
    assert each.height / births.height == pytest.approx(parameters.psychiatric.group_offered.value, abs=0.01)


def test_some_are_referred_and_never_seen(parameters: Parameters) -> None:
    _, stays = _course(6_000, 6, parameters)
    contacts = draw_contacts(stays, 6, parameters).filter(~pl.col("is_group"))
    seen = contacts.group_by("spell").agg(pl.col("attended").any(), pl.len()).filter(pl.col("len") > 3)
    assert 1 - seen["attended"].mean() == pytest.approx(parameters.psychiatric.never_seen.value, abs=0.03)


def test_deaths_happen_in_the_episode_and_after_it(parameters: Parameters) -> None:
    many = draw_latent_dyads(100_000, 8, parameters)
    for column in ("infant_death", "mother_death"):
        died = many.filter(pl.col(column).is_not_null())
        # Her second episode may come after the first one: she dies in or after the last.
        assert died.filter(pl.col(column) <= pl.col("t1")).height == 0
        assert died.filter(pl.col(column) <= pl.col("t2")).height > 10
    share = many.select((pl.col("infant_death") <= pl.col("t1") + 365).fill_null(value=False).mean()).item()
    assert share == pytest.approx(parameters.infants.death_in_year.value, abs=0.0008)
    at_risk = many.filter("at_risk_loss")
    assert at_risk.filter(pl.min_horizontal("infant_death", "mother_death") <= pl.col("t2")).height == 0


def test_contacts_are_written_in_the_month_of_their_day(world: Path) -> None:
    table = rows(world / "nhs/mhsds/MHS201CareContact.csv")
    referrals = {row["UniqServReqID"] for row in rows(world / "nhs/mhsds/MHS101Referral.csv")}
    assert len(table) > 300
    assert max(Counter(row["UniqCareContID"] for row in table).values()) <= 2  # a flaw may double a row
    for row in table:
        day = date.fromisoformat(row["CareContDate"])
        assert int(row["UniqMonthID"]) == day.year * 12 + day.month - 1 - 22_802
        assert row["UniqServReqID"] in referrals
        assert row["AttendStatus"] in {"5", "3"} and row["CareContPatientTherMode"] in {"1", "3"}


def test_a_diagnosis_is_replaced_after_it_was_first_coded(world: Path) -> None:
    coded: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows(world / "nhs/mhsds/MHS604PrimDiag.csv"):
        coded[row["UniqServReqID"]].add((row["CodedDiagTimestamp"], row["PrimDiag"].replace(".", "")))
    assert sum(len({stamp for stamp, _ in found}) > 1 for found in coded.values()) >= 10


def test_the_month_of_a_move_shows_the_new_authority(world: Path) -> None:
    codes = {row["gss_code"]: row["la_code"] for row in rows(world / "reference/authorities.csv")}
    homes: dict[str, dict[int, str]] = defaultdict(dict)
    for row in rows(world / "nhs/mhsds/MHS001MPI.csv"):
        homes[row["Person_ID"]][int(row["UniqMonthID"])] = codes.get(row["LADistrictAuth"], "")
    checked = 0
    for dyad in rows(world / "truth/dyads.csv"):
        moved = to_date(dyad["move_date"])
        if moved is None or dyad["moved_to_la_code"] == dyad["la_code"]:
            continue
        month = moved.year * 12 + moved.month - 1 - 22_802
        for seen, home in homes[dyad["mother_id"]].items():
            if home:
                assert home == (dyad["moved_to_la_code"] if seen >= month else dyad["la_code"])
                checked += seen >= month
    assert checked > 3
