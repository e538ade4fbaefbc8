"""One model on one table, from file to file."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.storage import new_file
from dyadlink.table_models.cases import select_rows
from dyadlink.table_models.curves import fit_curves
from dyadlink.table_models.reading import read_table
from dyadlink.table_models.regression import fit_regression
from dyadlink.table_models.specification import REGRESSIONS, load_table_model
from dyadlink.table_models.summary import summarise

FORMS = (".csv", ".parquet")


def fit_table(data: Path, model_file: Path, out: Path, *, is_forced: bool = False) -> str:
    """Fit the model of a YAML file to a table, and write the result.

    Args:
        data: CSV or Parquet file.
        model_file: See `TableModel`.
        out: CSV or Parquet file to write, for its owner alone; `TableEstimates` of a regression, else `TableCurves`.
        is_forced: Whether a file that stands there may be replaced.

    Returns:
        A summary for the terminal.

    Raises:
        ConfigError: The model cannot be read or meant, or `out` is in the way or of another kind.
        SourceError: The table cannot be read, a column holds what it cannot hold, or the model has no estimate.
    """
    _check_output(out, data, is_forced)
    model = load_table_model(model_file)
    cases = select_rows(read_table(data, model), model, data)
    result = fit_regression(cases, model, data) if model.family in REGRESSIONS else fit_curves(cases, model)
    with new_file(out) as aside:
        _write(result, aside, out.suffix.lower())
    return summarise(result, cases, model)


def _check_output(out: Path, data: Path, is_forced: bool) -> None:
    where = str(out)
    if out.suffix.lower() not in FORMS:
        raise ConfigError(
            "is neither CSV nor Parquet", where=where, mend="give --out a name that ends .csv or .parquet"
        )
    if not out.parent.is_dir():
        raise ConfigError("its folder does not exist", where=where, mend="make the folder first")
    if out.resolve() == data.resolve():
        raise ConfigError("DATA and --out are one file", where=where, mend="give another name")
    if out.exists() and not is_forced:
        raise ConfigError("exists", where=where, mend="give another name, or --force to replace it")


def _write(result: pl.DataFrame, path: Path, form: str) -> None:
    if form == ".parquet":
        result.write_parquet(path, compression="zstd")
    else:
        result.write_csv(path)
