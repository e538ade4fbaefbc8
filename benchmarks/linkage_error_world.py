"""Simulated studies with known linkage error: what the dyads are, what can be seen of them, and the scored pairs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.synthetic.parameters import Parameters

Floats = NDArray[np.float64]
ETHNICITIES = ("white", "black", "asian", "mixed", "other")
BINARY = ("has_childhood_trauma", "has_domestic_abuse", "has_prior_admission", "is_single")
LINK_FROM = 0.9
"""Match probability from which on a pair is a link, as in config/config.yaml."""
N_REVIEWED = 300
KEPT_FROM = 0.001
"""Match probability from which on a pair is kept."""


@dataclass(frozen=True)
class Arm:
    """How links go wrong in one arm.

    Attributes:
        findable: Probability that the record of a known infant of the reference group can be found at all.
        is_differential: The odds of being found differ by ethnicity and age, as published.
        is_told: The analyst is told how they differ.
        separation: Mean log Bayes factor of a true pair, and of a false one less its sign: small is hard to tell.
        false_pairs: Mean number of other children's records that look like an infant's own, for each infant.
    """

    findable: float
    is_differential: bool = True
    is_told: bool = True
    separation: float = 10.0
    false_pairs: float = 1.5


@dataclass(frozen=True)
class Told:
    """What a study knows of its own linkage error, apart from the links.

    Attributes:
        n_reviewed: Dyads of the reference group with the outcome whose links were reviewed by hand.
        n_scored: Those of them whose own record is among the scored pairs.
        n_recorded: Those of them who are recorded with the outcome.
        false_outcomes: Dyads recorded with an outcome that they did not have, of those who did not have it.
        findable_ratios: Odds ratios of being among the scored pairs, by column and level.
        recorded_ratios: Odds ratios of being recorded with a true outcome.
        are_all_findable: Nothing is lost before scoring, and this is known.
    """

    n_reviewed: int
    n_scored: int
    n_recorded: int
    false_outcomes: tuple[int, int]
    findable_ratios: dict[str, dict[str, float]] = field(default_factory=dict)
    recorded_ratios: dict[str, dict[str, float]] = field(default_factory=dict)
    are_all_findable: bool = False


@dataclass(frozen=True)
class World:
    """One simulated study.

    Attributes:
        truth: The analysis table with the true outcomes.
        evidence: What the analyst sees.
        told: What a clerical review found.
    """

    truth: pl.DataFrame
    evidence: LinkEvidence
    told: Told


def simulate_world(arm: Arm, n: int, seed: int, parameters: Parameters) -> World:
    """One study of n dyads, the O1 effects as the generator plants them, no effect of ethnicity."""
    rng = np.random.default_rng([seed, 20_260])
    dyads = _dyads(rng, n, parameters)
    known = dyads["o1"].to_numpy() | (rng.random(n) < 0.30)
    found = known & (rng.random(n) < _findable(arm, dyads, parameters))
    evidence = _evidence(dyads, _pairs(rng, arm, dyads, found))
    own = evidence.candidates.filter("is_own").select("dyad_id")
    is_scored = dyads.select(pl.col("dyad_id").is_in(own["dyad_id"].implode())).to_series().to_numpy()
    return World(dyads, evidence, review(rng, dyads, evidence, is_scored))


def _dyads(rng: np.random.Generator, n: int, parameters: Parameters) -> pl.DataFrame:
    mothers, effects = parameters.mothers, parameters.effects.o1
    quintiles, diagnoses, ethnicity = mothers.quintile.value, mothers.diagnosis.value, mothers.ethnicity.value
    deprivation = 5 - rng.choice([int(q) for q in quintiles], size=n, p=list(quintiles.values()))
    shares = {
        "has_childhood_trauma": mothers.childhood_trauma.value,
        "has_domestic_abuse": mothers.domestic_abuse.value,
        "has_prior_admission": mothers.prior_admission.value,
        "is_single": mothers.single.value,
    }
    diagnosis = rng.choice(list(diagnoses), size=n, p=list(diagnoses.values()))
    columns = {
        "dyad_id": np.arange(1, n + 1),
        # Six in a hundred mothers have a second dyad.
        "mother_number": np.arange(1, n + 1) - (rng.random(n) < mothers.second_index_birth.value) * (np.arange(n) > 0),
        "deprivation": deprivation,
        **{name: rng.random(n) < share for name, share in shares.items()},
        "diagnosis_group": diagnosis,
        "ethnicity": rng.choice(list(ethnicity), size=n, p=list(ethnicity.values())),
        "maternal_age_band": np.where(rng.random(n) < 0.2, "35+", "25-29"),
    }
    score = np.log(effects.ratios.value["deprivation"]) * deprivation
    for name in BINARY:
        score = score + np.log(effects.ratios.value[name]) * columns[name]
    for name, ratio in effects.ratios.value.items():
        score = score + np.log(ratio) * (diagnosis == name)
    event = rng.random(n) < 1 / (1 + np.exp(-(score + _intercept(score, effects.risk.value))))
    return pl.DataFrame({**columns, "o1": event, "is_linked": event})


def _intercept(score: Floats, risk: float) -> float:
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        is_low = np.mean(1 / (1 + np.exp(-(score + middle)))) < risk
        low, high = (middle, high) if is_low else (low, middle)
    return (low + high) / 2


def odds_ratios(parameters: Parameters) -> dict[str, dict[str, float]]:
    """The published odds ratios of linking that the records of a dyad can show, by column and level."""
    ratios = parameters.linkage_error.odds_ratio_of_linking.value
    others = dict.fromkeys(("asian", "mixed", "other"), ratios["other"])
    return {"ethnicity": {"black": ratios["black"], **others}, "maternal_age_band": {"35+": ratios["older_than_35"]}}


def recorded_odds_ratios(arm: Arm, parameters: Parameters) -> dict[str, dict[str, float]]:
    """By column and level: the odds ratio of being recorded with an outcome that is true, found in a large world."""
    world = simulate_world(arm, 400_000, 0, parameters)
    dyads = world.truth.with_columns(is_recorded=world.evidence.analysis["o1"]).filter("o1")
    young, white = pl.col("maternal_age_band") != "35+", pl.col("ethnicity") == "white"

    def odds(is_in: pl.Expr) -> float:
        share = dyads.filter(is_in).get_column("is_recorded").to_numpy().mean()
        return float(share / (1 - share))

    base = odds(young & white)
    ethnicity = {level: odds(young & (pl.col("ethnicity") == level)) / base for level in ETHNICITIES[1:]}
    return {"ethnicity": ethnicity, "maternal_age_band": {"35+": odds(~young & white) / base}}


def _findable(arm: Arm, dyads: pl.DataFrame, parameters: Parameters) -> Floats:
    if arm.findable >= 1:
        return np.ones(dyads.height)
    score = np.full(dyads.height, np.log(arm.findable / (1 - arm.findable)))
    if arm.is_differential:
        for column, ratios in odds_ratios(parameters).items():
            for level, ratio in ratios.items():
                score += np.log(ratio) * (dyads[column] == level).to_numpy()
    return np.asarray(1 / (1 + np.exp(-score)))


def _pairs(rng: np.random.Generator, arm: Arm, dyads: pl.DataFrame, found: NDArray[np.bool_]) -> pl.DataFrame:
    """The scored pairs, their match probabilities calibrated, and what each record says of the outcome.

    The log Bayes factor of a true pair is normal with mean `separation` and twice that variance, of a false pair the
    same about minus it: with these two it is its own likelihood ratio, so that Bayes' rule gives the probability.
    """
    own = np.flatnonzero(found)
    n_false = rng.poisson(arm.false_pairs, dyads.height)
    infants = np.repeat(np.arange(dyads.height), n_false)
    # Every fourth record that looks like an infant's own is another study infant's; the others are strangers'.
    is_study = (rng.random(len(infants)) < 0.25) & (len(own) > 0)
    others = rng.choice(own, size=len(infants))
    is_study &= others != infants
    keys = np.where(is_study, others, dyads.height + np.arange(len(infants)))
    spread = np.sqrt(2 * arm.separation)
    log_factors = np.concatenate(
        [rng.normal(arm.separation, spread, len(own)), rng.normal(-arm.separation, spread, len(infants))]
    )
    odds = np.exp(log_factors) * len(own) / max(len(infants), 1)
    event = dyads["o1"].to_numpy()
    strangers = rng.random(len(infants)) < 0.1
    pairs = pl.DataFrame({
        "infant": np.concatenate([own, infants]),
        "record": np.concatenate([own, keys]),
        "match_probability": np.round(odds / (1 + odds), 6),
        "is_own": np.concatenate([np.ones(len(own), bool), np.zeros(len(infants), bool)]),
        "o1": np.concatenate([event[own], np.where(is_study, event[others], strangers)]),
    }).unique(["infant", "record"], keep="first", maintain_order=True)  # fmt: skip
    return pairs.filter(pl.col("match_probability") >= KEPT_FROM)


def _evidence(dyads: pl.DataFrame, pairs: pl.DataFrame) -> LinkEvidence:
    candidates = pairs.select(
        infant_id=pl.col("infant").cast(pl.String).str.zfill(7),
        child_key=pl.col("record").cast(pl.String).str.zfill(8),
        la_code=pl.lit("301"),
        dyad_id=pl.col("infant") + 1,
        match_probability=pl.col("match_probability").clip(0, 1 - 1e-6),
        is_link=pl.lit(value=False),
        o1="o1",
        is_own="is_own",
    ).sort("infant_id", "child_key")
    none = {"child_keys": pl.lit(""), "o1": pl.lit(value=False), "is_linked": pl.lit(value=False)}
    one = candidates.select("dyad_id", child_keys="child_key", o1="o1", is_linked=pl.lit(value=True))
    variants = pl.concat([one, candidates.select("dyad_id").unique().with_columns(**none)])
    variants = variants.sort("dyad_id", "child_keys").with_columns(variant_id=pl.int_range(1, pl.len() + 1))
    covariates = dyads.drop("o1", "is_linked")
    rows = covariates.join(variants.drop("child_keys"), on="dyad_id").select(*dyads.columns, "variant_id")
    unlinked = dyads.with_columns(o1=pl.lit(value=False), is_linked=pl.lit(value=False))
    bare = LinkEvidence(unlinked, candidates, variants.select("variant_id", "dyad_id", "child_keys"), rows)
    links = bare.chosen_at(LINK_FROM)
    return LinkEvidence(
        bare.analysis_of(links),
        candidates.with_columns(is_link=pl.Series(links)),
        bare.variants,
        bare.analysis_variants,
    )


def review(rng: np.random.Generator, truth: pl.DataFrame, evidence: LinkEvidence, is_scored: NDArray[np.bool_]) -> Told:
    """What a clerical review of 300 dyads of the reference group finds.

    Args:
        rng: Source of randomness.
        truth: The analysis table with the true outcomes, in dyad order.
        evidence: What the analyst sees.
        is_scored: Whether each dyad's own record is among the scored pairs.
    """
    event, recorded = truth["o1"].to_numpy(), evidence.analysis["o1"].to_numpy()
    is_white = (truth["ethnicity"] == "white").fill_null(value=False).to_numpy()
    is_young = (truth["maternal_age_band"] != "35+").to_numpy()
    reviewed = rng.choice(np.flatnonzero(event & is_white & is_young), size=N_REVIEWED, replace=True)
    return Told(
        n_reviewed=N_REVIEWED,
        n_scored=int(is_scored[reviewed].sum()),
        n_recorded=int(recorded[reviewed].sum()),
        false_outcomes=(int((recorded & ~event).sum()), int((~event).sum())),
    )
