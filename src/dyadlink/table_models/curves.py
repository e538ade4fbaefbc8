"""Curves, medians and tests of groups on the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from dyadlink.models.cumulative_incidence import CENSORED, aalen_johansen
from dyadlink.models.gray_test import gray_test
from dyadlink.models.kaplan_meier import Median, kaplan_meier, log_rank
from dyadlink.schemas import check_table
from dyadlink.table_models.cases import TableCases
from dyadlink.table_models.results import TableCurves
from dyadlink.table_models.specification import TableModel

ALL = "all"
CENSORS_COMPETING = "competing events are taken as censoring: one less this curve is no share of all who have the event"
NO_LOG_RANK = "no log-rank test with left truncation or clusters: compare groups by a Cox model"


def fit_curves(cases: TableCases, model: TableModel) -> pl.DataFrame:
    """What the model asks for, group by group, then the test of the groups; columns as in `TableCurves`."""
    frame = pl.concat(list(_MAKERS[model.family](cases.frame, model)), how="diagonal_relaxed")
    told = {"model": model.name, "family": model.family}
    complete = pl.DataFrame(schema=TableCurves.create_empty().schema)
    frame = pl.concat([complete, frame], how="diagonal_relaxed").with_columns(
        *(pl.lit(value).alias(name) for name, value in told.items()),
        pl.col("note").fill_null(""),
        n_left_out=pl.lit(cases.n_rows - cases.frame.height),
    )
    return check_table(frame, TableCurves, "curves")


def _groups(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    if "group" not in frame.columns:
        yield ALL, frame
        return
    for level in frame.get_column("group").unique().sort():
        yield level, frame.filter(group=level)


def _survival(frame: pl.DataFrame, model: TableModel) -> Iterator[pl.DataFrame]:
    event = model.causes[0]
    note = CENSORS_COMPETING if model.competing else ""
    columns = ["days", *(name for name in ("entry", "cluster") if getattr(model, name))]
    for group, rows in _groups(frame):
        for quantity, cause, is_event, words in (
            ("survival", event, pl.col("event"), note),
            ("follow_up", CENSORED, ~(pl.col("event") | pl.col("competing")), ""),
        ):
            curve, median = kaplan_meier(rows.select(*columns, is_event=is_event))
            told = {"group": group, "cause": cause, "n": rows.height, "note": words}
            yield _told(curve, told | {"quantity": quantity})
            yield _median(median, told | {"quantity": f"median_{quantity}"}, curve)
    if model.group is None:
        return
    test = {"quantity": "log_rank", "group": ALL, "cause": event, "n": frame.height}
    if model.entry or model.cluster:
        yield pl.DataFrame([test | {"note": NO_LOG_RANK}])
        return
    result = log_rank(frame.rename({"event": "is_event"}))
    figures = {"statistic": result.statistic, "df": result.df, "p_value": result.p_value}
    yield pl.DataFrame([test | figures | {"n_events": frame.get_column("event").sum()}])


def _told(curve: pl.DataFrame, told: dict[str, Any]) -> pl.DataFrame:
    return curve.with_columns(pl.lit(value).alias(name) for name, value in told.items())


def _median(median: Median, told: dict[str, Any], curve: pl.DataFrame) -> pl.DataFrame:
    figures = {"estimate": median.estimate, "conf_low": median.conf_low, "conf_high": median.conf_high}
    counts = {name: curve.get_column(name).last() for name in ("n_events", "n_censored")}
    return pl.DataFrame([told | figures | counts])


def _incidence(frame: pl.DataFrame, model: TableModel) -> Iterator[pl.DataFrame]:
    columns = ["days", "cluster", *(["entry"] if model.entry else [])]
    for group, rows in _groups(frame):
        curves = aalen_johansen(rows.select(*columns, event="state"), model.causes).rename({"time_days": "time"})
        yield _told(curves, {"quantity": "cumulative_incidence", "group": group, "n": rows.height})


def _gray(frame: pl.DataFrame, model: TableModel) -> Iterator[pl.DataFrame]:
    n_rows = frame.height
    strata = frame.get_column("stratum").to_numpy() if model.strata else None
    for cause in model.causes:
        is_cause = (frame.get_column("state") == cause).to_numpy()
        is_other = (frame.get_column("event") | frame.get_column("competing")).to_numpy() & ~is_cause
        # numpy sorts texts of an object column as Python does.
        groups = frame.get_column("group").to_numpy().astype(str)
        test = gray_test(frame.get_column("days").to_numpy(), is_cause, is_other, groups, strata)
        figures: dict[str, Any] = {"quantity": "gray_test", "group": ALL, "cause": cause, "df": test.df}
        figures |= {"n": n_rows, "n_events": int(is_cause.sum())}
        known = {"note": test.problem} if test.problem else {"statistic": test.statistic, "p_value": test.p_value}
        yield pl.DataFrame([figures | known])


_MAKERS: dict[str, Callable[[pl.DataFrame, TableModel], Iterator[pl.DataFrame]]] = {
    "kaplan_meier": _survival,
    "aalen_johansen": _incidence,
    "gray_test": _gray,
}
