"""The columns of a table as numbers, codes, yes and no; each refused in words if it holds what it cannot hold."""

from __future__ import annotations

import polars as pl

from dyadlink.errors import ConfigError, SourceError
from dyadlink.models.cumulative_incidence import CENSORED
from dyadlink.models.specification import Term
from dyadlink.table_models.specification import TableModel
from dyadlink.table_models.values import number, plain, plain_column, truth

Columns = dict[str, pl.Expr]

_LARGEST = 1e100
"""Its square is still a number."""


class TextTable:
    """A table of text, and how its columns are read. No message tells a value, but for levels that the model names."""

    def __init__(self, table: pl.DataFrame, where: str) -> None:
        """Take a table.

        Args:
            table: See `read_table`.
            where: The file, for messages.
        """
        self._table, self._where = table, where

    def outcome(self, model: TableModel) -> Columns:
        """`event`, of a model without time, and `days`, which are 0 where it is known."""
        column = model.outcome or ""
        if model.outcome_is is None:
            event = self._truths(column)
        else:
            if not self._has(column, model.outcome_is):
                raise ConfigError(
                    f"nobody has the outcome '{model.outcome_is}' in column '{column}'",
                    where=self._where,
                    mend="correct outcome_is; put yes, no, on and off in quotes",
                )
            event = plain_column(pl.col(column)) == model.outcome_is
        return {"event": event, "days": pl.when(event.is_not_null()).then(0.0)}

    def times(self, model: TableModel) -> Columns:
        """`days`, `event`, `competing`, `state` (a code, or 'censored') and, where rows come late, `entry`."""
        column = model.event or ""
        if model.event_is is None:
            event, competing = self._truths(column), pl.lit(value=False)
            state = pl.when(event).then(pl.lit(model.causes[0])).when(~event).then(pl.lit(CENSORED)).otherwise(None)
        else:
            code = plain_column(pl.col(column))
            self._check_codes(model, code)
            event, competing = code == model.event_is, code.is_in(model.competing)
            state = pl.when(code.is_in(model.censored)).then(pl.lit(CENSORED)).otherwise(code)
        columns = {"event": event, "days": self._numbers(model.time or ""), "competing": competing, "state": state}
        return columns if model.entry is None else {**columns, "entry": self._numbers(model.entry)}

    def terms(self, model: TableModel) -> tuple[tuple[Term, ...], Columns]:
        """The terms, with references as columns write levels, and the column of each."""
        terms: list[Term] = []
        columns: Columns = {}
        for term in model.terms:
            reference = term.reference
            if term.kind == "categorical":
                reference = plain(reference)
                if not self._has(term.name, reference):
                    raise ConfigError(
                        f"nobody has the reference level '{reference}' of '{term.name}'",
                        where=self._where,
                        mend="name a level of the column; put yes, no, on and off in quotes",
                    )
                columns[term.name] = plain_column(pl.col(term.name))
            else:
                columns[term.name] = self._truths(term.name) if term.kind == "binary" else self._numbers(term.name)
            terms.append(term.model_copy(update={"reference": reference}))
        return tuple(terms), columns

    def weights(self, column: str) -> pl.Expr:
        """What each row counts for; their mean is 1, as guards go by the scale, which robust errors do not."""
        value = self._numbers(column)
        if n := self._count(pl.col(column).is_null()):
            raise SourceError(
                f"weights are missing: column '{column}', {n:,} row(s)", where=self._where, mend="give each row one"
            )
        if n := self._count(value < 0):
            raise SourceError(
                f"weights are negative: column '{column}', {n:,} row(s)", where=self._where, mend="correct them"
            )
        if self._table.select(value.sum()).item() == 0:
            raise SourceError(f"weights sum to 0: column '{column}'", where=self._where, mend="check the column")
        return value / value.mean()

    def _numbers(self, column: str) -> pl.Expr:
        value = number(pl.col(column))
        if n := self._count(pl.col(column).is_not_null() & value.is_null()):
            raise SourceError(
                f"column '{column}' holds text where a number belongs, in {n:,} row(s)",
                where=self._where,
                mend="correct it, or list what means missing under missing_as",
            )
        if n := self._count(~value.is_finite()):
            raise SourceError(
                f"column '{column}' holds numbers that are not finite, in {n:,} row(s)",
                where=self._where,
                mend="leave missing values empty, or list what means missing under missing_as",
            )
        if n := self._count((value != 0) & ~value.abs().is_between(1 / _LARGEST, _LARGEST)):
            raise SourceError(
                f"column '{column}' holds numbers too large or too small to calculate with, in {n:,} row(s)",
                where=self._where,
                mend="correct them, or choose another unit",
            )
        return value

    def _truths(self, column: str) -> pl.Expr:
        value = truth(pl.col(column))
        if n := self._count(pl.col(column).is_not_null() & value.is_null()):
            raise SourceError(
                f"column '{column}' holds other than 1 and 0, true and false, or yes and no, in {n:,} row(s)",
                where=self._where,
                mend="say which level or code is the event (outcome_is, event_is), or make a term categorical",
            )
        return value

    def _check_codes(self, model: TableModel, code: pl.Expr) -> None:
        if n := self._count(~code.is_in([*model.causes, *model.censored])):
            raise SourceError(
                f"column '{model.event}' holds codes that are none of event_is, competing, censored, in {n:,} row(s)",
                where=self._where,
                mend="name every code of the column; put yes, no, on and off in quotes",
            )
        if not self._has(model.event or "", model.causes[0]):
            raise ConfigError(
                f"nobody has the event '{model.causes[0]}' in column '{model.event}'",
                where=self._where,
                mend="correct event_is; put yes, no, on and off in quotes",
            )

    def _count(self, condition: pl.Expr) -> int:
        return int(self._table.select(condition.sum()).item() or 0)

    def _has(self, column: str, level: str) -> bool:
        return bool(self._table.select((plain_column(pl.col(column)) == level).any()).item())
