"""From a table of text to the rows that a model analyses, or the reason why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.errors import SourceError
from dyadlink.models.specification import Term
from dyadlink.table_models.columns import TextTable
from dyadlink.table_models.specification import TableModel
from dyadlink.table_models.values import plain_column

_TIE = float(np.sqrt(np.finfo(np.float64).eps))
# Nobody writes it, so that levels joined by it stay apart.
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class TableCases:
    """Rows of one model, and how many were left out on the way.

    Attributes:
        frame: Complete rows in the order of the file: the terms by their names, `event` (Boolean), `days` (Float64) and
            `cluster` (Int64); where there are such `competing` (Boolean), `state` (a code of an event, or 'censored'),
            `entry`, `weight`, `group`, `stratum` (Int64).
        terms: The model's terms, their references as the frame writes levels.
        n_rows: Rows in the file.
        n_without_outcome: Rows without the outcome, or without time, entry or code.
        n_without_term: Further rows without a term, stratum, group or cluster.
        n_weightless: Further rows of weight 0.
        lost_levels: Terms with a level that only rows left out have.
    """

    frame: pl.DataFrame
    terms: tuple[Term, ...]
    n_rows: int
    n_without_outcome: int
    n_without_term: int
    n_weightless: int
    lost_levels: tuple[str, ...]


def select_rows(table: pl.DataFrame, model: TableModel, path: Path) -> TableCases:
    """The complete rows of a table, in the types that the model needs.

    Args:
        table: See `read_table`.
        model: What its columns are.
        path: The file, for messages.

    Raises:
        SourceError: A column holds what it cannot hold, or there is nothing to compare; messages tell no value.
        ConfigError: The model names a level that nobody has.
    """
    text = TextTable(table, str(path))
    outcome = text.times(model) if model.has_time else text.outcome(model)
    terms, covariates = text.terms(model)
    typed = table.select(
        expression.alias(name) for name, expression in {**covariates, **_roles(model), **outcome}.items()
    )
    if model.weights is not None:
        typed = typed.hstack(table.select(weight=text.weights(model.weights)))
    if model.has_time:
        typed = tie_times(typed)
        _check_times(typed, model, path)
    known = typed.drop_nulls(list(outcome))
    complete = known.drop_nulls()
    counted = complete.filter(pl.col("weight") > 0) if "weight" in complete.columns else complete
    levels = [term.name for term in terms if term.kind == "categorical"]
    cases = TableCases(
        frame=counted,
        terms=terms,
        n_rows=table.height,
        n_without_outcome=table.height - known.height,
        n_without_term=known.height - complete.height,
        n_weightless=complete.height - counted.height,
        lost_levels=tuple(name for name in levels if _n_levels(counted, name) < _n_levels(typed, name)),
    )
    _check_variety(cases.frame, model, path)
    return cases


def _roles(model: TableModel) -> dict[str, pl.Expr]:
    """`cluster` and, where there are such, `group` and `stratum`."""
    cluster = pl.int_range(pl.len()) if model.cluster is None else pl.col(model.cluster).rank("dense")
    columns = {"cluster": cluster.cast(pl.Int64)}
    if model.group is not None:
        columns["group"] = plain_column(pl.col(model.group))
    if model.strata:
        joined = pl.concat_str([plain_column(pl.col(name)) for name in model.strata], separator=_SEPARATOR)
        columns["stratum"] = joined.rank("dense").cast(pl.Int64)
    return columns


def tie_times(typed: pl.DataFrame) -> pl.DataFrame:
    """The frame with `days` and `entry` that differ by a rounding error alone made equal, as R's `aeqSurv` does.

    Two times that are one, but were calculated in two ways, would else be an order of events that nobody saw.
    """
    columns = [name for name in ("days", "entry") if name in typed.columns]
    times = np.unique(np.concatenate([typed.get_column(name).drop_nulls().to_numpy() for name in columns]))
    is_new = np.diff(times, prepend=-np.inf) > _TIE * max(1.0, float(np.abs(times).mean()))
    first = times[np.flatnonzero(is_new)[np.cumsum(is_new) - 1]]
    return typed.with_columns(pl.col(name).replace_strict(times, first, default=None) for name in columns)


def _check_times(typed: pl.DataFrame, model: TableModel, path: Path) -> None:
    if n := int((typed.get_column("days") <= 0).sum()):
        raise SourceError(
            f"column '{model.time}' holds times that are not above 0, in {n:,} row(s)",
            where=str(path),
            mend="correct them, or leave the rows out",
        )
    if "entry" not in typed.columns:
        return
    if n := int((typed.get_column("entry") < 0).sum()):
        raise SourceError(
            f"column '{model.entry}' holds entries below 0, in {n:,} row(s)", where=str(path), mend="correct them"
        )
    if n := int((typed.get_column("entry") >= typed.get_column("days")).sum()):
        raise SourceError(
            f"the entry '{model.entry}' is not before the time '{model.time}', in {n:,} row(s)",
            where=str(path),
            mend="a row is at risk from its entry to its time: correct them",
        )


def _n_levels(frame: pl.DataFrame, name: str) -> int:
    return frame.get_column(name).drop_nulls().n_unique()


def _check_variety(frame: pl.DataFrame, model: TableModel, path: Path) -> None:
    """Nothing, if enough differs among the rows for there to be anything to estimate."""
    where = str(path)
    if frame.is_empty():
        raise SourceError("no row is complete", where=where, mend="leave out a column with many missing values")
    if not frame.get_column("event").any():
        raise SourceError("no complete row has the event", where=where, mend="check its column and code")
    if not model.has_time and frame.get_column("event").all():
        raise SourceError("every complete row has the outcome", where=where, mend="check its column and level")
    for role, column in (("cluster", model.cluster), ("group", model.group), ("stratum", ", ".join(model.strata))):
        if column and frame.get_column(role).n_unique() < 2:
            raise SourceError(
                f"all complete rows are one {role} (column '{column}')", where=where, mend="leave the key out"
            )
