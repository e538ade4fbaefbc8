"""How well the factors predict an outcome among dyads that a model has not seen; off unless the study asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.config import Prediction
from dyadlink.errors import ConfigError
from dyadlink.estimates import PredictionMeasures
from dyadlink.models.design import Floats
from dyadlink.models.guards import MINIMUM_EVENTS
from dyadlink.models.performance import MEASURES, draw_mothers
from dyadlink.models.populations import OUTCOME_COLUMNS, POPULATIONS
from dyadlink.models.refits.measures import c_statistic, calibration_slope
from dyadlink.models.specification import ModelSpec, Term
from dyadlink.schemas import check_table

RESAMPLES = 200
STRENGTHS = tuple(10.0**power for power in (-3, -2, -1, 0, 1))
"""Inverse strengths of the penalty that the inner folds choose from; covariates are scaled."""

MIXES = (0.25, 0.5, 0.75)
"""Shares of the absolute penalty that an elastic net chooses from."""


@dataclass(frozen=True)
class HeldOut:
    """Predicted log odds of dyads whose mothers the model had not seen.

    Attributes:
        scores: Of each dyad.
        event: Whether it had the outcome.
        fold: Number of the outer fold that it was held out in.
        mothers: Number of its mother.
    """

    scores: Floats
    event: NDArray[np.bool_]
    fold: NDArray[np.int64]
    mothers: NDArray[np.int64]


def measure_prediction(analysis: pl.DataFrame, specs: Sequence[ModelSpec], settings: Prediction) -> pl.DataFrame:
    """Discrimination and calibration of penalised logistic models, by nested cross-validation grouped by mother.

    Each outcome's predictors and population are those of its first logistic row without a plan.

    Args:
        analysis: A table that obeys `Analysis`.
        specs: The models, see `load_models`.
        settings: What is predicted, and how.

    Returns:
        One row per (outcome, measure); columns as in `PredictionMeasures`.

    Raises:
        ConfigError: scikit-learn is not installed, or an outcome has no such row.
    """
    settings.check_installed()
    rows = [row for outcome in settings.outcomes for row in _outcome_rows(analysis, _row_of(specs, outcome), settings)]
    frame = pl.DataFrame(rows, schema=PredictionMeasures.create_empty().schema)
    return check_table(frame, PredictionMeasures, "prediction")


def predict_held_out(frame: pl.DataFrame, terms: tuple[Term, ...], settings: Prediction) -> HeldOut:
    """Predictions of every dyad by a model that saw neither it nor another infant of its mother.

    The outer folds hold dyads out; in the others, inner folds choose the penalty by the log loss. Missing values are
    put in and covariates scaled by what the fitted dyads alone show. Source: Varma & Simon 2006, BMC Bioinformatics
    7:91 (why the choice must be inside).

    Args:
        frame: Dyads of known outcome in dyad order, with `event`, `mother_number` and the terms.
        terms: Predictors.
        settings: Penalty, folds and seed.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - heavy, and optional

    values, event = _predictors(frame, terms), frame.get_column("event").to_numpy().astype(np.bool_)
    mothers = frame.get_column("mother_number").to_numpy().astype(np.int64)
    outer = StratifiedGroupKFold(settings.outer_folds, shuffle=True, random_state=settings.seed)
    scores, fold = np.full(len(event), np.nan), np.zeros(len(event), dtype=np.int64)
    for number, (seen, held) in enumerate(outer.split(values, event, mothers)):
        search = _search(frame, terms, settings)
        search.fit(values[seen], event[seen], groups=mothers[seen])
        scores[held], fold[held] = search.decision_function(values[held]), number
    return HeldOut(scores, event, fold, mothers)


def measure_held_out(held: HeldOut, weights: Floats) -> tuple[float, float, float]:
    """The `MEASURES`, each dyad counted `weights` times; pairs of the c-statistic are of one fold, hence one model."""
    event = held.event
    shares = []
    for number in np.unique(held.fold):
        is_in = held.fold == number
        n_pairs = float(weights[is_in] @ event[is_in]) * float(weights[is_in] @ ~event[is_in])
        if n_pairs:
            shares.append((n_pairs, c_statistic(held.scores[is_in], event[is_in], weights[is_in])))
    pairs, found = np.array(shares).T
    return float(pairs @ found / pairs.sum()), *calibration_slope(held.scores, event.astype(np.float64), weights)


def _row_of(specs: Sequence[ModelSpec], outcome: str) -> ModelSpec:
    for spec in specs:
        if (spec.outcome, spec.family) == (outcome, "logistic") and spec.has_no_plan:
            return spec
    raise ConfigError(
        f"prediction of {outcome} has no predictors",
        where="config/models.yaml",
        mend=f"give {outcome} a row of family logistic without a plan, or take it out of prediction.outcomes",
    )


def _outcome_rows(analysis: pl.DataFrame, spec: ModelSpec, settings: Prediction) -> list[dict[str, Any]]:
    outcome = OUTCOME_COLUMNS[spec.outcome]
    population = analysis.filter(POPULATIONS[spec.population].is_member)
    frame = population.filter(outcome.is_not_null()).sort("dyad_id").with_columns(event=outcome)
    n, n_events = frame.height, int(frame.get_column("event").sum())
    row = {
        "outcome": spec.outcome,
        "population": spec.population,
        "n": n,
        "n_events": n_events,
        "n_parameters": 1 + sum(_width(frame, term) for term in spec.terms),
    }
    # ASSUME: an inner fold of an outer one must still hold a few dyads with and without the outcome.
    if min(n_events, n - n_events) < MINIMUM_EVENTS * settings.outer_folds:
        return [row | {"measure": name, "note": "too few dyads with or without the outcome"} for name in MEASURES]
    held = predict_held_out(frame, spec.terms, settings)
    estimate = measure_held_out(held, np.ones(n))
    _, place = np.unique(held.mothers, return_inverse=True)
    times = draw_mothers(int(place.max()) + 1, RESAMPLES, settings.seed)
    drawn = np.array([measure_held_out(held, each[place].astype(np.float64)) for each in times])
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return [
        row
        | {"measure": name, "note": ""}
        | {"estimate": float(estimate[index]), "conf_low": float(low[index]), "conf_high": float(high[index])}
        for index, name in enumerate(MEASURES)
    ]


def _predictors(frame: pl.DataFrame, terms: tuple[Term, ...]) -> NDArray[np.object_]:
    """One column for each term: numbers, or the words of a categorical one; nan where it is not recorded."""
    columns = frame.select(
        pl.col(term.name).cast(pl.String if term.kind == "categorical" else pl.Float64) for term in terms
    )
    values = np.column_stack([column.to_numpy().astype(object) for column in columns])
    values[columns.select(pl.all().is_null()).to_numpy()] = np.nan
    return values


def _search(frame: pl.DataFrame, terms: tuple[Term, ...], settings: Prediction) -> Any:
    """Imputing, scaling and the penalised model, the penalty chosen by inner folds; nothing is fitted yet."""
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415 - heavy, and optional
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold  # noqa: PLC0415
    from sklearn.pipeline import Pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: PLC0415

    places = {kind: [i for i, term in enumerate(terms) if term.kind == kind] for kind in ("linear", "binary")}
    words = [index for index, term in enumerate(terms) if term.kind == "categorical"]
    most = SimpleImputer(strategy="most_frequent")
    # A level that a fold lacks is still a level: its coefficient is then 0.
    levels = [frame.get_column(terms[index].name).cast(pl.String).drop_nulls().unique().sort() for index in words]
    encoded = OneHotEncoder(categories=[list(each) for each in levels], drop="first", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("linear", SimpleImputer(strategy="median"), places["linear"]),
            ("binary", most, places["binary"]),
            ("words", Pipeline([("impute", most), ("levels", encoded)]), words),
        ]
    )
    is_mixed = settings.penalty == "elastic_net"
    model = LogisticRegression(
        solver="saga" if is_mixed else "lbfgs", l1_ratio=0.0, max_iter=5000, tol=1e-6, random_state=settings.seed
    )
    grid: dict[str, Sequence[float]] = {"model__C": STRENGTHS}
    if is_mixed:
        grid["model__l1_ratio"] = MIXES
    return GridSearchCV(
        Pipeline([("columns", columns), ("scale", StandardScaler()), ("model", model)]),
        grid,
        scoring="neg_log_loss",
        cv=StratifiedGroupKFold(settings.inner_folds, shuffle=True, random_state=settings.seed),
        error_score="raise",
    )


def _width(frame: pl.DataFrame, term: Term) -> int:
    return frame.get_column(term.name).drop_nulls().n_unique() - 1 if term.kind == "categorical" else 1
