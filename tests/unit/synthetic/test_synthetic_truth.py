"""The truth is what a plain reading of the records gives, and the planted effects can be found again."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from world_reader import Child, episodes, read_children, read_spells, rows, to_date

from dyadlink.synthetic import Parameters, draw_latent_dyads
from dyadlink.synthetic.parameters import DIAGNOSES, PLAIN_TERMS

SHORT_COVERAGE, LAST_DAY = "892", date(2025, 3, 31)
FAR = date(2100, 1, 1)


def _joined(world: Path) -> list[tuple[dict[str, str], list[Child], bool]]:
    """Return each dyad with its children in the returns, and whether all its authorities have all returns."""
    children = read_children(world)
    known = defaultdict(list)
    for row in rows(world / "truth" / "links.csv"):
        known[row["infant_id"]].append((row["la_code"], row["la_child_id"]))
    return [
        (
            dyad,
            [children[key] for key in known[dyad["infant_id"]]],
            SHORT_COVERAGE not in {la for la, _ in known[dyad["infant_id"]]},
        )
        for dyad in rows(world / "truth" / "dyads.csv")
    ]


def _first_apart(found: list[Child]) -> date | None:
    days = [
        start
        for child in found
        for start, (status, place, *_) in child.care.items()
        if place not in {"P1", "R3"} and status not in {"V1", "V3", "V4"}
    ]
    return min(days, default=None)


def test_outcomes_read_from_the_records_are_the_true_ones(world: Path) -> None:
    for dyad, found, is_complete in _joined(world):
        t1, t2 = date.fromisoformat(dyad["t1_date"]), date.fromisoformat(dyad["t2_date"])
        t3 = t2 + timedelta(days=365)
        spans = [span for child in found for span in child.referrals.items()]
        spans += [(start, e[2]) for child in found for start, e in child.care.items()]
        is_open = any(start <= t2 and (end or FAR) >= t1 for start, end in spans)
        assert str(is_open).lower() == dyad["o1"], dyad

        apart = _first_apart(found)
        lost = apart is not None and apart <= t2
        assert str(lost).lower() == dyad["lost_by_t2"], dyad
        if lost:
            assert apart == to_date(dyad["loss_date_by_t2"]), dyad
        plans = [plan for child in found for plan in child.plans.items()]
        on_plan = any(start <= t2 < (end or FAR) for start, end in plans)
        assert str(on_plan and not lost).lower() == dyad["on_plan_at_t2"], dyad

        if not is_complete and t3 > LAST_DAY:
            continue
        incident_loss = apart if apart is not None and t2 < apart <= t3 else None
        assert incident_loss == to_date(dyad["loss_date"]), dyad
        if not lost and not on_plan:
            starts = [start for start, _ in plans if t2 < start <= t3]
            assert min(starts, default=None) == to_date(dyad["cpp_date"]), dyad


def test_index_episodes_read_from_the_extract_are_the_true_ones(world: Path) -> None:
    spells = read_spells(world)
    for dyad in rows(world / "truth" / "dyads.csv"):
        birth = date.fromisoformat(dyad["birth_date"])
        after = [e for e in episodes(spells[dyad["mother_id"]]) if e[0] >= birth]
        start, end, kind = after[0]
        truth = (dyad["t1_date"], dyad["t2_date"], dyad["service_type"])
        assert (start.isoformat(), end.isoformat(), kind) == truth, dyad
        assert start < birth + timedelta(days=365)
        earlier = [e for e in episodes(spells[dyad["mother_id"]]) if e[1] < start]
        assert str(bool(earlier)).lower() == dyad["has_prior_admission"], dyad


def test_other_women_are_not_eligible(world: Path) -> None:
    """A plain cohort from the extracts holds the dyads of the truth and no others."""
    spells = read_spells(world)
    inside = {row["gss_code"] for row in rows(world / "reference" / "authorities.csv")}
    homes = {row["Person_ID"]: row["LADistrictAuth"] for row in rows(world / "nhs" / "mhsds" / "MHS001MPI.csv")}
    babies = rows(world / "nhs" / "msds" / "MSD401BabyDemographics.csv")
    deaths = {row["Person_ID_Baby"]: row["PersonDeathDateBaby"] for row in babies if row["PersonDeathDateBaby"]}
    cohort = set()
    for baby in babies:
        mother, birth = baby["Person_ID_Mother"], date.fromisoformat(baby["PersonBirthDateBaby"])
        if baby["PregOutcome"] != "01" or not date(2020, 10, 1) <= birth <= date(2023, 3, 31):
            continue
        window = birth + timedelta(days=365)
        first = next((e for e in episodes(spells[mother]) if birth <= e[0] < window), None)
        if homes[mother] not in inside or first is None or first[1] == FAR:
            continue
        death = to_date(deaths.get(baby["Person_ID_Baby"]))
        if death is None or death > first[0]:
            cohort.add(baby["Person_ID_Baby"])
    assert cohort == {row["infant_id"] for row in rows(world / "truth" / "dyads.csv")}


def _design(dyads: pl.DataFrame) -> np.ndarray:
    plain = [dyads[term].cast(pl.Float64) for term in PLAIN_TERMS]
    levels = [(dyads["diagnosis_group"] == level).cast(pl.Float64) for level in DIAGNOSES[1:]]
    return np.column_stack([column.to_numpy() for column in plain + levels])


def _newton(design: np.ndarray, events: np.ndarray, days: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic model, or with days an exponential hazard, by Newton's method."""
    x = np.column_stack([np.ones(len(design)), design])
    beta = np.zeros(x.shape[1])
    beta[0] = math.log(events.mean()) if days is None else math.log(events.sum() / days.sum())
    for _ in range(30):
        score = x @ beta
        mean = 1 / (1 + np.exp(-score)) if days is None else np.exp(score) * days
        weight = mean * (1 - mean) if days is None else mean
        information = x.T @ (x * weight[:, None])
        beta = beta + np.linalg.solve(information, x.T @ (events - mean))
    return beta[1:], np.sqrt(np.diag(np.linalg.inv(information)))[1:]


@pytest.fixture(scope="module")
def many(parameters: Parameters) -> pl.DataFrame:
    return draw_latent_dyads(200_000, 22, parameters)


@pytest.mark.parametrize("outcome", ["o1", "o3", "o4"])
def test_planted_effects_are_found_again(many: pl.DataFrame, parameters: Parameters, outcome: str) -> None:
    ratios = getattr(parameters.effects, outcome).ratios.value
    truth = np.array([math.log(ratios[term]) for term in (*PLAIN_TERMS, *DIAGNOSES[1:])])
    if outcome == "o1":
        dyads, days = many, None
        events = many["o1"].to_numpy().astype(float)
    else:
        event, at_risk = ("loss_day", "at_risk_loss") if outcome == "o4" else ("plan_day", "at_risk_plan")
        dyads = many.filter(at_risk)
        stop = pl.min_horizontal(
            "loss_day",
            event,
            pl.col("infant_death") - pl.col("t2"),
            pl.col("mother_death") - pl.col("t2"),
            pl.lit(365),
        )
        days = dyads.select(stop).to_series().to_numpy().astype(float)
        events = dyads[event].is_not_null().to_numpy().astype(float)
    found, error = _newton(_design(dyads), events, days)
    # Twelve terms per outcome, one frozen seed: three standard errors.
    assert np.all(np.abs(found - truth) < 3 * error), np.round((found - truth) / error, 2)


def test_marginal_rates_are_as_planted(many: pl.DataFrame) -> None:
    assert many["o1"].mean() == pytest.approx(0.356, abs=0.006)
    assert many["lost_by_t2"].mean() == pytest.approx(0.08, abs=0.004)
    kept = many.filter("at_risk_loss")
    assert kept["latent_loss_day"].is_not_null().mean() == pytest.approx(0.12, abs=0.005)
    free = many.filter("at_risk_plan")
    assert free["latent_plan_day"].is_not_null().mean() == pytest.approx(0.15, abs=0.005)
    assert many["has_domestic_abuse"].mean() == pytest.approx(0.25, abs=0.01)
    assert many["has_childhood_trauma"].mean() == pytest.approx(0.30, abs=0.01)
