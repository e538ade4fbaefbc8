"""A table of nobody, and the command on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from dyadlink.cli import main

SECRET = "Wetherby"  # noqa: S105  # no password
"""Stands for a value of a person: no message may tell it."""
SECRET_NUMBER = 70071

TERMS = ({"name": "age", "kind": "linear"}, {"name": "stage", "kind": "categorical", "reference": "I"})
COX: dict[str, Any] = {
    "family": "cox",
    "time": "days",
    "event": "end",
    "event_is": "dead",
    "competing": ["moved"],
    "censored": ["alive"],
    "terms": list(TERMS),
}
LOGISTIC: dict[str, Any] = {"family": "logistic", "outcome": "case", "terms": list(TERMS)}


def make_table(n: int = 300) -> pl.DataFrame:
    """`days`, `start` before them, `end`, `case`, `age`, `stage`, `centre`, `weight`, `is_old`."""
    draw = np.random.default_rng(4)
    days = draw.integers(20, 400, n)
    return pl.DataFrame(
        {
            "days": days,
            "start": draw.integers(0, 20, n),
            "end": draw.choice(["dead", "moved", "alive"], n, p=[0.4, 0.2, 0.4]),
            "case": draw.integers(0, 2, n),
            "age": draw.integers(20, 80, n),
            "stage": draw.choice(["I", "II", "III"], n),
            "centre": draw.integers(1, 60, n),
            "weight": draw.integers(1, 4, n),
            "is_old": draw.choice(["yes", "no"], n),
        }
    )


def write_model(folder: Path, keys: Mapping[str, Any]) -> Path:
    """The model as YAML."""
    path = folder / "model.yaml"
    path.write_text(yaml.safe_dump(dict(keys)), encoding="utf-8")
    return path


def fit(data: Path, model: Path, out: Path, *more: str) -> int:
    """Run the command in this process."""
    return main(["fit", str(data), "--model", str(model), "--out", str(out), *more])
