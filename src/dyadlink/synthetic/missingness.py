"""Missing values by known models: completely at random, by known facts, or by the unseen value itself."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.people import solve_level
from dyadlink.synthetic.randomness import Topic

SCHEMA = {
    "variable": pl.String(),
    "table": pl.String(),
    "mechanism": pl.String(),
    "term": pl.String(),
    "log_odds_ratio": pl.Float64(),
    "source": pl.String(),
    "share_planted": pl.Float64(),
    "share_realised": pl.Float64(),
    "n_missing": pl.Int64(),
    "n": pl.Int64(),
}
TABLES = {
    "marital_status": "MHS001MPI, MaritalStatus (a woman, all months)",
    "ethnic_category": "MHS001MPI, EthnicCategory (a woman, all months)",
    "lsoa": "MHS001MPI, LSOA2021 (a woman, all months)",
    "diagnosis": "MHS604PrimDiag (an acute referral, all months)",
    "domestic_abuse": "MHS605SecDiag, T74.1 and Z63.0 (a woman, all referrals)",
    "gestation": "MSD401BabyDemographics, GestationLengthBirth (a baby)",
    "parity": "MSD101PregnancyBooking, PreviousLiveBirths (a pregnancy)",
    "postcode": "authorities, identifiers.csv and SSDA903 HOME_POST (a child)",
    "forename": "authorities, identifiers.csv (a child)",
}
ONLY_UNSEEN = ("domestic_abuse",)
"""Variables that go missing under the mechanism `mnar` alone."""


class Missing:
    """Draws which values are missing, and keeps the models with the shares that came of them."""

    def __init__(self, p: Parameters, seed: int, block: int = 0) -> None:
        """Start with an empty list; each block of the wider population has streams of its own."""
        self._settings, self._seed, self._block = p.missingness, seed, block
        self._rows: list[pl.DataFrame] = []

    @property
    def mechanism(self) -> str:
        """The mechanism of all variables."""
        return self._settings.mechanism.value

    def terms(self, variable: str) -> dict[str, float]:
        """Return the log odds ratios that are in force for a variable."""
        model = self._settings.models[variable]
        known = model.mar.value if self.mechanism in ("mar", "mnar") else {}
        unseen = model.mnar.value if self.mechanism == "mnar" else {}
        return {**known, **unseen}

    def flags(self, variable: str, facts: pl.DataFrame) -> pl.Series:
        """Return which values are missing, and list the model.

        Args:
            variable: The variable, as in the parameters.
            facts: One row per value, with a number or a truth value for each term of the model.
        """
        model = self._settings.models[variable]
        off = self.mechanism == "none" or (variable in ONLY_UNSEEN and self.mechanism != "mnar")
        share = 0.0 if off or facts.is_empty() else model.share.value
        terms = {} if off else self.terms(variable)
        score = np.zeros(facts.height)
        for term, value in terms.items():
            score = score + value * facts[term].cast(pl.Float64).to_numpy()
        level = solve_level(score, share) if 0 < share < 1 else math.copysign(math.inf, share - 0.5)
        key = [self._seed, int(Topic.MISSINGNESS), sorted(TABLES).index(variable)]
        key += [self._block] if self._block else []
        u = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key))).random(facts.height)
        missing = pl.Series("missing", u < 1 / (1 + np.exp(-(score + level))))
        self._list(variable, "none" if off else self.mechanism, {"(intercept)": level, **terms}, share, missing)
        return missing

    def _list(self, variable: str, mechanism: str, terms: dict[str, float], share: float, missing: pl.Series) -> None:
        model, n = self._settings.models[variable], len(missing)
        sources = {
            "(intercept)": model.share.source,
            **dict.fromkeys(model.mar.value, model.mar.source),
            **dict.fromkeys(model.mnar.value, model.mnar.source),
        }
        values = [round(value, 10) if math.isfinite(value) else None for value in terms.values()]
        frame = pl.DataFrame({"term": list(terms), "log_odds_ratio": values}, schema_overrides=SCHEMA)
        count = int(missing.sum())
        self._rows.append(
            frame.with_columns(
                variable=pl.lit(variable),
                table=pl.lit(TABLES[variable] + (f", part {self._block} of the population" if self._block else "")),
                mechanism=pl.lit(mechanism),
                source=pl.Series([sources[term] for term in terms]),
                share_planted=pl.lit(share),
                share_realised=pl.lit(round(count / n, 10) if n else 0.0),
                n_missing=pl.lit(count, pl.Int64),
                n=pl.lit(n, pl.Int64),
            ).select(list(SCHEMA))
        )

    def listed(self) -> pl.DataFrame:
        """Return truth/missingness.csv: one row per variable and term of its model."""
        return pl.concat([pl.DataFrame(schema=SCHEMA), *self._rows])
