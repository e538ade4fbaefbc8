"""Measure how well the factors predict the outcomes among dyads that a model has not seen."""

from pathlib import Path

import polars as pl

from dyadlink.config import Prediction
from dyadlink.models.prediction import measure_prediction
from dyadlink.models.specification import load_models
from dyadlink.step import step
from dyadlink.storage import write_parquet

with step(snakemake.log[0]):
    measures = measure_prediction(
        pl.read_parquet(snakemake.input.analysis),
        load_models(Path(snakemake.input.models)),
        Prediction(**snakemake.params.prediction),
    )
    write_parquet(measures, Path(snakemake.output.prediction))
