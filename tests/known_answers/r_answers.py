"""Reads the data and the frozen answers of the R scripts in tests/r."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.models.design import Design, Parameter, build_design

R_FOLDER = Path(__file__).parents[1] / "r"


def read_answers(name: str) -> pl.DataFrame:
    return pl.read_csv(R_FOLDER / f"{name}.csv", null_values="NA")


def read_lung() -> pl.DataFrame:
    """Event is death (status 2)."""
    lung = pl.read_csv(R_FOLDER / "lung.csv", null_values="NA").rename({"ph.ecog": "ph_ecog"})
    return lung.with_row_index("patient").with_columns(event=pl.col("status") == 2, days=pl.col("time"))


def read_mgus2() -> pl.DataFrame:
    """State reached first: plasma cell malignancy (pcm), death, or censored; time in months."""
    mgus2 = pl.read_csv(R_FOLDER / "mgus2.csv", null_values="NA")
    is_pcm = pl.col("pstat") == 1
    return mgus2.with_row_index("patient").with_columns(
        is_male=pl.col("sex") == "M",
        decade=pl.col("age").floordiv(10).clip(5, 8),
        days=pl.when(is_pcm).then("ptime").otherwise("futime"),
        state=pl.when(is_pcm)
        .then(pl.lit("pcm"))
        .when(pl.col("death") == 1)
        .then(pl.lit("death"))
        .otherwise(pl.lit("censored")),
    )


def read_heart() -> pl.DataFrame:
    """Stanford heart transplants: one row per patient, the transplant on its day (`readmission_days`, null without)."""
    heart = pl.read_csv(R_FOLDER / "heart.csv").with_columns(
        transplant_day=pl.when(pl.col("transplant") == 1).then("start")
    )
    whole = pl.col("transplant_day", "age", "year", "surgery").drop_nulls().first()
    return heart.group_by("id", maintain_order=True).agg(
        whole.name.replace("transplant_day", "readmission_days"),
        days=pl.col("stop").max(),
        event=pl.col("event").max() == 1,
        competing=pl.lit(value=False),
    )


def design_of(frame: pl.DataFrame, columns: list[str], cluster: str) -> Design:
    """A design of columns that enter as they are (a Boolean as 0 and 1)."""
    parameters = tuple(Parameter(column, "linear", "", "") for column in columns)
    return build_design(frame.drop_nulls(columns), parameters, cluster)


def distance(ours: object, theirs: pl.Series) -> float:
    """Largest absolute difference."""
    return float(np.abs(np.asarray(ours) - theirs.to_numpy()).max())
