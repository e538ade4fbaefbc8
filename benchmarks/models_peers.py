"""What the families of models are measured against: each library as its documentation says, on arrays at hand."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import pandas as pd
import polars as pl

from dyadlink.models.design import Design


@dataclass(frozen=True)
class Task:
    """The same dyads in the forms that fits take.

    Attributes:
        outcome: Design of a model without time.
        times: Design of a model with time and competing events.
        at_risk: `days`, `event` and `cluster`, for curves.
    """

    outcome: Design
    times: Design
    at_risk: pl.DataFrame


@dataclass(frozen=True)
class Peer:
    """A library as a contestant.

    Attributes:
        name: What it is called in the tables.
        package: Name of its package.
        families: Families that it takes part in.
        run: The fit.
        largest: Most dyads that it is asked to fit: more take minutes.
    """

    name: str
    package: str
    families: tuple[str, ...]
    run: Callable[[Task], object]
    largest: int = 300_000

    @property
    def version(self) -> str | None:
        """Its version; nothing where it is not installed."""
        return metadata.version(self.package) if importlib.util.find_spec(self.package.replace("-", "_")) else None


def _statsmodels(task: Task) -> object:
    from statsmodels.discrete.discrete_model import Logit  # noqa: PLC0415

    design = task.outcome
    exog = np.column_stack([np.ones(len(design.event)), design.matrix])
    model = Logit(design.event.astype(np.float64), exog)
    return model.fit(method="newton", disp=0, cov_type="cluster", cov_kwds={"groups": design.clusters}).bse


def _firthmodels(task: Task) -> object:
    from firthmodels import FirthLogisticRegression  # noqa: PLC0415

    return FirthLogisticRegression(backend="numpy").fit(task.outcome.matrix, task.outcome.event.astype(np.int64))


def _firthmodels_exact(task: Task) -> object:
    from firthmodels import FirthLogisticRegression  # noqa: PLC0415

    design, spread = task.outcome, task.outcome.matrix.std(axis=0)
    model = FirthLogisticRegression(backend="numpy", gtol=1e-8, xtol=1e-8, max_iter=500)
    return model.fit((design.matrix - design.matrix.mean(axis=0)) / spread, design.event.astype(np.int64))


def _firthmodels_profile(task: Task) -> object:
    return _firthmodels(task).lrt().conf_int(method="pl")  # type: ignore[attr-defined]


def _lifelines_frame(task: Task) -> pd.DataFrame:
    columns = {f"x{j}": column for j, column in enumerate(task.times.matrix.T)}
    return pd.DataFrame(columns | {"days": task.times.days, "event": task.times.event, "cluster": task.times.clusters})


def _lifelines(task: Task) -> object:
    from lifelines import CoxPHFitter  # noqa: PLC0415

    return CoxPHFitter().fit(_lifelines_frame(task).drop(columns="cluster"), "days", "event")


def _lifelines_clustered(task: Task) -> object:
    from lifelines import CoxPHFitter  # noqa: PLC0415

    return CoxPHFitter().fit(_lifelines_frame(task), "days", "event", cluster_col="cluster")


def _survival(task: Task) -> object:
    import survival  # noqa: PLC0415

    data = pl.from_pandas(_lifelines_frame(task)).with_columns(pl.col("event").cast(pl.Int64))
    terms = " + ".join(f"x{j}" for j in range(task.times.matrix.shape[1]))
    return survival.coxph(f"Surv(days, event) ~ {terms}", data, cluster="cluster")


def _survival_curves(task: Task) -> object:
    import survival  # noqa: PLC0415

    event = pl.col("event").cast(pl.Enum(["censored", "event", "competing"]))
    data = task.at_risk.with_columns(event, pl.col("days").cast(pl.Float64))
    return survival.survfit("Surv(days, event) ~ 1", data, cluster="cluster")


def _state(design: Design) -> np.ndarray:
    competing = np.zeros(len(design.event), bool) if design.competing is None else design.competing
    return design.event + 2 * competing


def _comprisk(task: Task) -> object:
    from comprisk import FineGrayRegression  # noqa: PLC0415

    state = _state(task.times)
    return FineGrayRegression(robust_se=True).fit(task.times.matrix, time=task.times.days, event=state)


def _comprisk_curves(task: Task) -> object:
    from comprisk import CumulativeIncidence  # noqa: PLC0415

    return CumulativeIncidence().fit(task.times.days, _state(task.times))


PEERS = (
    Peer("statsmodels", "statsmodels", ("logistic, clustered",), _statsmodels),
    Peer("firthmodels", "firthmodels", ("Firth, the fit",), _firthmodels),
    Peer("firthmodels, to eight digits", "firthmodels", ("Firth, the fit",), _firthmodels_exact),
    Peer("firthmodels", "firthmodels", ("Firth, with profile intervals and tests",), _firthmodels_profile, 30_000),
    Peer("survival", "survival", ("Cox, clustered",), _survival),
    Peer("lifelines, not clustered", "lifelines", ("Cox, clustered",), _lifelines),
    Peer("lifelines", "lifelines", ("Cox, clustered",), _lifelines_clustered, 2_000),
    Peer(
        "comprisk, not clustered",
        "comprisk",
        ("Fine-Gray (finegray), clustered", "Fine-Gray (crr), clustered"),
        _comprisk,
    ),
    Peer("survival", "survival", ("Aalen-Johansen, clustered errors",), _survival_curves),
    Peer("comprisk, not clustered", "comprisk", ("Aalen-Johansen, clustered errors",), _comprisk_curves),
)


def impute_with_statsmodels(analysis: pl.DataFrame, terms: list[str], m: int) -> None:
    """Chained equations and a logistic model by statsmodels: every variable by predictive mean matching."""
    from statsmodels.discrete.discrete_model import Logit  # noqa: PLC0415
    from statsmodels.imputation.mice import MICE, MICEData  # noqa: PLC0415

    frame = analysis.select("o1", *terms).to_dummies("diagnosis_group", drop_first=True, drop_nulls=True)
    is_known = analysis["diagnosis_group"].is_not_null()
    levels = [name for name in frame.columns if name.startswith("diagnosis_group_")]
    numbers = (
        frame.with_columns(pl.when(is_known).then(name).alias(name) for name in levels).cast(pl.Float64).to_pandas()
    )
    np.random.seed(1)
    MICE(f"o1 ~ {' + '.join(numbers.columns[1:])}", Logit, MICEData(numbers), fit_kwds={"disp": 0}).fit(10, m)
