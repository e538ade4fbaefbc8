"""Mothers, births and infants with the index episode of each birth, as true facts before any record."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.errors import DyadlinkError
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.places import day
from dyadlink.synthetic.randomness import Floats, lognormal_days, pick, pick_by, spread, with_uniforms

FIRST_EPISODE_MAX_AGE = 365
REST_AFTER_EPISODE = 15


def solve_level(score: Floats, share: float) -> float:
    """Return the constant that, added to the scores, gives this mean of the inverse logit."""
    low, high = -30.0, 30.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if float(np.mean(_expit(score + middle))) < share else (low, middle)
    return (low + high) / 2


def _expit(score: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-score)), dtype=np.float64)


def bernoulli(rng: np.random.Generator, score: Floats, share: float) -> pl.Series:
    """Return true or false per row, with log odds as scored and the given share in the mean."""
    return pl.Series(rng.random(score.size) < _expit(score + solve_level(score, share)))


def _draw_mothers(n: int, places: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    codes = [str(code) for code in places["la"]]
    quintile = pick(rng, n, p.mothers.quintile.value).cast(pl.Int64)
    deprivation = (5 - quintile).to_numpy().astype(np.float64)
    m = p.mothers
    abuse = bernoulli(rng, m.domestic_abuse_per_quintile.value * deprivation, m.domestic_abuse.value)
    slope = m.childhood_trauma_per_quintile.value
    trauma = bernoulli(rng, slope * deprivation + 0.5 * abuse.to_numpy(), m.childhood_trauma.value)
    age = np.clip(rng.normal(m.age_mean.value, m.age_sd.value, n), 16, 45.9)
    return pl.DataFrame(
        {
            "mother": pl.int_range(n, dtype=pl.Int64, eager=True),
            "la": pick_by(rng.random(n), codes, places["weight"].to_list()).cast(pl.Int64),
            "age_at_first_days": pl.Series(age * 365.25).cast(pl.Int64),
            "ethnicity": pick(rng, n, m.ethnicity.value),
            "deprivation_quintile": quintile,
            "deprivation": 5 - quintile,
            "has_domestic_abuse": abuse,
            "has_childhood_trauma": trauma,
            "is_single": pl.Series(rng.random(n) < m.single.value),
            "parity_at_first": pick(rng, n, m.parity.value).cast(pl.Int64),
            "diagnosis_group": pick(rng, n, m.diagnosis.value),
            "has_earlier_spell": pl.Series(rng.random(n) < m.prior_admission.value),
            "has_comorbid_personality_disorder": pl.Series(rng.random(n) < m.comorbid_personality_disorder.value),
            "has_comorbid_substance": pl.Series(rng.random(n) < m.comorbid_substance.value),
        }
    ).with_columns(
        pl.col("has_comorbid_personality_disorder") & (pl.col("diagnosis_group") != "personality_disorder"),
        pl.col("has_comorbid_substance") & (pl.col("diagnosis_group") != "substance"),
    )


def with_index_episode(births: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return births with service type, stays and the dates T1 and T2 of the index episode.

    An episode is one main stay, sometimes after days with the crisis team or on a ward, with gaps of at most
    three days between stays: `crisis_days`, `gap_1`, `ward_days`, `gap_2`, `main_days` (null when absent).
    """
    n, a = births.height, p.admissions
    service = pick(rng, n, a.service_type.value)
    medians = service.replace_strict(a.stay_median_days.value, return_dtype=pl.Float64).to_numpy()
    main = lognormal_days(rng.standard_normal(n), medians, a.stay_sigma.value, 3, 150)
    cut = 1 - np.exp(-FIRST_EPISODE_MAX_AGE / a.age_at_t1_mean_days.value)
    age = -np.log1p(-rng.random(n) * cut) * a.age_at_t1_mean_days.value
    frame = births.with_columns(
        service_type=service,
        main_days=pl.Series(main),
        t1=pl.col("birth") + pl.Series(np.minimum(age, 364).astype(np.int64)),
    )
    frame = with_uniforms(frame, rng, "u_move", "u_path", "u_crisis", "u_ward", "u_gap_1", "u_gap_2")
    moved = (pl.col("u_move") < a.transfer.value) & (pl.col("service_type") != "crht")
    to_unit = moved & (pl.col("service_type") == "mbu")
    has_crisis = moved & ((pl.col("service_type") == "ward") | (pl.col("u_path") < 0.6))
    has_ward = to_unit & (pl.col("u_path") >= 0.35)
    frame = frame.with_columns(
        crisis_days=pl.when(has_crisis).then(spread("u_crisis", 2, 14)),
        gap_1=pl.when(has_crisis).then(_gap("u_gap_1")),
        ward_days=pl.when(has_ward).then(spread("u_ward", 2, 12)),
        gap_2=pl.when(has_ward).then(_gap("u_gap_2")),
    )
    lead = pl.sum_horizontal("crisis_days", "gap_1", "ward_days", "gap_2")
    latest = pl.lit(day(p.period.last_discharge.value))
    return frame.with_columns(
        main_days=pl.min_horizontal("main_days", pl.max_horizontal(3, latest - pl.col("t1") - lead)),
    ).with_columns(t2=pl.col("t1") + lead + pl.col("main_days"))


def _gap(u: str) -> pl.Expr:
    """Half of the transfers happen on the day, the others after one to three days."""
    return pl.when(pl.col(u) < 0.5).then(0).otherwise(((pl.col(u) - 0.5) * 6).floor().cast(pl.Int64) + 1)


def _with_gestation(births: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    days = rng.normal(p.infants.gestation_mean_days.value, p.infants.gestation_sd_days.value, births.height)
    shift = births["is_multiple"].to_numpy() * 20
    gestation = pl.Series(np.clip(np.rint(days - shift), 168, 294).astype(np.int64))
    return births.with_columns(gestation_days=gestation).with_columns(
        expected_birth=pl.col("birth") + 280 - pl.col("gestation_days")
    )


def _second_births(first: pl.DataFrame, n: int, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return second births of n mothers, each after the first index episode has ended.

    Only mothers whose first episode was on a ward or unit have one, so that it is an earlier admission for
    the second birth by any definition.
    """
    last = day(p.period.birth_end.value)
    earliest = pl.max_horizontal(pl.col("birth") + 310, pl.col("t2") + REST_AFTER_EPISODE)
    able = first.filter((earliest <= last) & (pl.col("service_type") != "crht"))
    if able.height < n:
        raise DyadlinkError(
            "too few mothers can have a second index birth",
            where="synthetic parameters, mothers.second_index_birth",
            mend="lower the share or lengthen the period of births",
        )
    chosen = able[np.sort(rng.permutation(able.height)[:n])]
    chosen = with_uniforms(chosen, rng, "u_birth")
    birth = spread("u_birth", earliest, pl.min_horizontal(last, earliest + 300))
    return chosen.select("mother", birth_no=pl.lit(2, pl.Int64), birth=birth)


def draw_dyads(n_dyads: int, places: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    """Return one row per dyad: the mother's true covariates, her authority, the birth and the index episode.

    Shares of twins and of second births are met exactly, so that the number of dyads is.
    """
    n_twins = round(n_dyads * p.infants.twins.value)
    n_births = n_dyads - n_twins
    n_second = round(n_births * p.mothers.second_index_birth.value / (1 + p.mothers.second_index_birth.value))
    mothers = _draw_mothers(n_births - n_second, places, rng, p)
    start, end = day(p.period.birth_start.value), day(p.period.birth_end.value)
    first = pl.DataFrame(
        {
            "mother": mothers["mother"],
            "birth_no": pl.repeat(1, mothers.height, dtype=pl.Int64, eager=True),
            "birth": pl.Series(rng.integers(start, end + 1, mothers.height)),
        }
    )
    first = with_index_episode(first, rng, p)
    second = with_index_episode(_second_births(first, n_second, rng, p), rng, p)
    births = pl.concat([first, second]).sort("mother", "birth_no").with_row_index("birth_id")
    births = _with_mother_death(births, rng, p.mothers.death_in_year.value)
    is_multiple = np.zeros(births.height, dtype=bool)
    is_multiple[rng.permutation(births.height)[:n_twins]] = True
    births = _with_gestation(births.with_columns(is_multiple=pl.Series(is_multiple)), rng, p)
    return _one_row_per_infant(births.join(mothers, on="mother", maintain_order="left"), rng, p)


def _one_row_per_infant(births: pl.DataFrame, rng: np.random.Generator, p: Parameters) -> pl.DataFrame:
    earlier_children = (pl.col("birth_no") - 1) + (
        pl.col("is_multiple").cast(pl.Int64).shift(1).fill_null(0) * (pl.col("birth_no") - 1)
    )
    first_birth = pl.col("birth").first().over("mother")
    births = births.with_columns(
        parity=pl.col("parity_at_first") + earlier_children,
        mother_birth=first_birth - pl.col("age_at_first_days"),
        has_prior_admission=pl.col("has_earlier_spell") | (pl.col("birth_no") == 2),
    ).with_columns(maternal_age=((pl.col("birth") - pl.col("mother_birth")) / 365.25).floor().cast(pl.Int64))
    dyads = births.with_columns(twin_no=pl.int_ranges(1, pl.col("is_multiple").cast(pl.Int64) + 2))
    dyads = dyads.explode("twin_no").drop(pl.selectors.starts_with("u_")).with_row_index("dyad")
    sex = pl.Series(np.where(rng.random(dyads.height) < 0.512, 1, 2))
    return dyads.with_columns(
        pl.col("dyad").cast(pl.Int64),
        infant_sex=sex,
        infant_death=_death(dyads.select("dyad", "t1", "t2"), rng, p.infants.death_in_year.value),
    )


def _death(episodes: pl.DataFrame, rng: np.random.Generator, risk: float) -> pl.Series:
    """Return the day of death from the day after T1 to a year after T2, at a constant hazard, else null.

    ASSUME: who dies by T1 is no dyad of the cohort; such infants are among those of the other women.
    """
    rate = -np.log1p(-risk) / 365 if risk < 1 else 1.0
    waits = rng.standard_exponential(episodes.height) / max(rate, 1e-12)
    wait = pl.Series(np.ceil(np.minimum(waits, 1e6)).astype(np.int64))
    death = pl.col("t1") + wait
    return episodes.select(pl.when(death <= pl.col("t2") + 365).then(death).alias("death")).to_series()


def _with_mother_death(births: pl.DataFrame, rng: np.random.Generator, risk: float) -> pl.DataFrame:
    """Return births with `mother_death`, on or after her last index episode; an episode ends with her death."""
    last = births.filter(pl.col("birth_no") == pl.col("birth_no").max().over("mother"))
    deaths = last.select("mother", mother_death=_death(last.select("t1", "t2"), rng, risk))
    births = births.join(deaths, on="mother", maintain_order="left")
    main_start = pl.col("t2") - pl.col("main_days")
    during = (pl.col("birth_no") == pl.col("birth_no").max().over("mother")) & (
        pl.col("mother_death") <= pl.col("t2")
    ).fill_null(value=False)
    births = births.with_columns(
        mother_death=pl.when(during).then(pl.max_horizontal("mother_death", main_start + 1)).otherwise("mother_death"),
        main_start=main_start,
        died=during,
    )
    death = pl.when("died").then("mother_death")
    births = births.with_columns(
        t2=pl.coalesce(death, "t2"), main_days=pl.coalesce(death - pl.col("main_start"), "main_days")
    )
    # The day of death is known of every birth of hers.
    return births.with_columns(pl.col("mother_death").max().over("mother")).drop("main_start", "died")
