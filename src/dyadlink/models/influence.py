"""What leaving one mother out does to the primary models: to look at inside, never to release."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.models.refits.models import FittedModel
from dyadlink.models.refits.peak import sum_by_cluster
from dyadlink.schemas import check_table
from dyadlink.schemas.influence import Influence
from dyadlink.storage import new_file


def measure_influence(models: Iterable[FittedModel]) -> pl.DataFrame:
    """The largest standardised change of a term of each primary model when one mother is left out.

    One step of Newton's method from the estimates of all: the sum of a mother's score residuals times the inverse of
    the information, divided by the reported standard errors (Belsley, Kuh & Welsch 1980; Cain & Lange 1984, Biometrics
    40:493; R's `residuals(..., type = "dfbeta", collapse = )`). By Firth's penalty the residuals are those of the
    likelihood itself.

    Returns:
        One row per (model, mother_number), the most influential first; columns as in `Influence`. A model without
        estimates has no rows.
    """
    frames = [_model_frame(model) for model in models if model.refit is not None]
    frame = pl.concat([Influence.create_empty(), *frames])
    return check_table(frame, Influence, "influence")


def write_influence(influence: pl.DataFrame, path: Path) -> None:
    """Write the table, open to its owner alone."""
    with new_file(path) as aside:
        influence.write_parquet(aside, compression="zstd", statistics=True)


def describe_influence(influence: pl.DataFrame) -> list[str]:
    """One line for each model: the largest change of a term, in standard errors; no mother and no term."""
    largest = influence.group_by("model", maintain_order=True).agg(pl.col("dfbetas").abs().max())
    return [f"{model}: largest |dfbetas| of a mother {value:.2f}" for model, value in largest.iter_rows()]


def _model_frame(model: FittedModel) -> pl.DataFrame:
    if model.refit is None or model.peak is None:
        return Influence.create_empty()
    mothers = model.frame.get_column("mother_number").to_numpy()
    by_mother = sum_by_cluster(model.refit.residuals(model.peak, np.ones(len(mothers), dtype=np.bool_)), mothers)
    dfbeta = (by_mother @ model.peak.inverse)[:, model.refit.n_leading :]
    dfbetas = dfbeta / model.fit.std_errors
    place = np.abs(dfbetas).argmax(axis=1)
    rows = np.arange(len(place))
    parameters = model.design.parameters
    frame = pl.DataFrame(
        {
            "model": [model.spec.name] * len(place),
            "mother_number": np.unique(mothers),
            "term": [parameters[index].term for index in place],
            "level": [parameters[index].level for index in place],
            "dfbeta": dfbeta[rows, place],
            "dfbetas": dfbetas[rows, place],
        },
        schema=Influence.create_empty().schema,
    )
    return frame.sort(pl.col("dfbetas").abs(), "mother_number", descending=[True, False])
