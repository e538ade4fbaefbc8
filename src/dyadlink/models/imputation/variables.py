"""The columns of an analysis table as the numbers that chained equations work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.models.baseline import NUMBERS
from dyadlink.models.imputation.draws import Codes, Floats, LevelModel, draw_numbers
from dyadlink.models.missing_plans import SHIFT, Imputed
from dyadlink.models.populations import CAUSES
from dyadlink.models.specification import ModelSpec


@dataclass(frozen=True)
class Variable:
    """One covariate of the dyads of a model, in their order.

    Attributes:
        name: Column of the analysis table.
        levels: Levels recorded, sorted; none of a number.
        values: Place of the level, or the number; anything where it is missing.
        is_missing: Whether it is not recorded.
        delta: Of levels, what is added to the log odds of each where it is missing; of a number, its shift.
    """

    name: str
    levels: tuple[str, ...]
    values: Floats
    is_missing: NDArray[np.bool_]
    delta: Floats

    @property
    def n_columns(self) -> int:
        """Columns that it takes as a predictor."""
        return max(len(self.levels) - 1, 0) if self.levels else 1

    def columns(self, values: Floats) -> Floats:
        """It as a predictor: levels against the first, or the number in standard deviations."""
        if self.levels:
            return np.asarray(values[:, None] == np.arange(1, len(self.levels)), dtype=np.float64)
        recorded = self.values[~self.is_missing]
        spread = recorded.std()
        return np.asarray((values[:, None] - recorded.mean()) / (spread if spread > 0 else 1.0))

    def draw(self, model: LevelModel, seen: Floats, unseen: Floats, rng: np.random.Generator) -> Floats:
        """Values for the rows where it is missing."""
        recorded = self.values[~self.is_missing]
        if self.levels:
            return model.draw(seen, recorded.astype(np.int64), unseen, self.delta, rng).astype(np.float64)
        drawn = draw_numbers(seen, recorded, unseen, rng, model.n_products)
        return np.asarray(np.clip(drawn + self.delta, recorded.min(), recorded.max()))

    def series(self, values: Floats, kind: pl.DataType) -> pl.Series:
        """The values as a column of the table again."""
        if not self.levels:
            return pl.Series(self.name, values).cast(kind)
        if kind == pl.Boolean:
            return pl.Series(self.name, np.array(self.levels)[values.astype(np.int64)] == "true")
        return pl.Series(self.name, np.array(self.levels)[values.astype(np.int64)]).cast(kind)


def read_variables(frame: pl.DataFrame, spec: ModelSpec, plan: Imputed) -> tuple[Variable, ...]:
    """The terms of a model, then its auxiliaries; an auxiliary that nobody has recorded is left out."""
    numbers = {term.name: term.kind in NUMBERS for term in spec.terms}
    numbers |= {name: frame.schema[name].is_numeric() for name in plan.auxiliaries}
    return tuple(
        _read(frame.get_column(name), plan.delta.get(name, {}), is_number=is_number)
        for name, is_number in numbers.items()
        if frame.get_column(name).count()
    )


def _read(column: pl.Series, delta: dict[str, float], *, is_number: bool) -> Variable:
    is_missing = column.is_null().to_numpy()
    if is_number:
        values = column.cast(pl.Float64).fill_null(0.0).to_numpy()
        return Variable(column.name, (), values, is_missing, np.array(delta.get(SHIFT, 0.0)))
    texts = column.cast(pl.String)
    levels = tuple(texts.drop_nulls().unique().sort().to_list())
    codes: Codes = np.searchsorted(np.array(levels), texts.fill_null(levels[0]).to_numpy().astype(str))
    words = {"true": "yes", "false": "no"} if column.dtype == pl.Boolean else {}
    added = np.array([delta.get(words.get(level, level), 0.0) for level in levels])
    return Variable(column.name, levels, codes.astype(np.float64), is_missing, added)


@dataclass(frozen=True)
class Outcome:
    """The outcome of the dyads of a model as predictors, in their order.

    Attributes:
        columns: One row for each dyad.
        hazards: Places of the columns that are cumulative hazards: what a covariate foretells of another depends on
            them.
    """

    columns: Floats
    hazards: tuple[int, ...] = ()


def read_outcome(frame: pl.DataFrame, spec: ModelSpec) -> Outcome:
    """The event; with time at risk, of each cause the event and its cumulative hazard in standard deviations.

    Sources: White & Royston 2009, Stat Med 28:1982 (event and Nelson-Aalen estimate); Bartlett & Taylor 2016,
    Biostatistics 17:751 (those of each competing cause). A cause without an event is left out.
    """
    days = frame.get_column("days").to_numpy()
    if not days.any():
        return Outcome(frame.get_column("event").cast(pl.Float64).to_numpy()[:, None])
    columns: list[Floats] = []
    for cause in CAUSES[spec.outcome]:
        event = (frame.get_column(f"{spec.outcome}_event") == cause).to_numpy()
        if event.any():
            hazard = nelson_aalen(days, event)
            columns += [event.astype(np.float64), (hazard - hazard.mean()) / (hazard.std() or 1.0)]
    return Outcome(np.column_stack(columns) if columns else np.empty((len(days), 0)), tuple(range(1, len(columns), 2)))


def nelson_aalen(days: Floats, event: NDArray[np.bool_]) -> Floats:
    """The Nelson-Aalen cumulative hazard at each dyad's own day."""
    times, place = np.unique(days, return_inverse=True)
    leaving = np.bincount(place, minlength=len(times))
    at_risk = len(days) - np.concatenate([[0], leaving.cumsum()[:-1]])
    hazard = (np.bincount(place, weights=event, minlength=len(times)) / at_risk).cumsum()
    return np.asarray(hazard[place])
