"""The part of the report on robustness: without one authority, the negative control, and performance."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.models import NEGATIVE_CONTROL
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Part, Row, Table, number, p_value, ratio

TABLES = ("leave_one_out", "performance", "prediction")
_IS_PLAIN = (pl.col("linkage_plan") == "as_linked") & (pl.col("missing_plan") == "complete_case")

NEGATIVE_CONTROL_WORDS = (
    "The infant's sex is settled at conception, and none of these factors can cause it. So every odds ratio here "
    "should be 1, but for chance: of twenty intervals one leaves 1 out by chance alone. An association beyond that "
    "would tell of an error: records that went astray by sex, a cohort selected by it, or standard errors that are too "
    "small. It would not tell of a factor that is not in the records: what confounds the outcomes need not touch an "
    "infant's sex."
)
PERFORMANCE_WORDS = (
    "These models were made to describe associations, not to predict. Performance shows how much of who has the "
    "outcome the terms explain among the study's own dyads: a c-statistic of 0.5 is a coin, 1 tells everyone apart. A "
    "model looks better on the dyads that it was fitted on than on new ones; corrected is apparent less this optimism, "
    "found by fitting it again to mothers drawn with replacement. The interval is that of the apparent figure in those "
    "draws. A calibration slope below 1 says that ratios would be too far from 1 among new dyads."
)
LEAVE_ONE_OUT_WORDS = (
    "Each primary model again with one authority left out at a time, authorities with few dyads together. A range that "
    "is narrow beside the interval says that no single authority makes the estimate. The last column says how often "
    "the 95% interval then changes sides: from leaving 1 out to holding it, or the other way."
)
PREDICTION_WORDS = (
    "How well the same factors, by penalised logistic regression, tell dyads with an outcome from those without among "
    "dyads that the model had not seen: mothers are held out in turn, and the penalty is chosen among the others. "
    "Intervals are over mothers drawn with replacement, the predictions held fixed.",
    "This is no tool for decisions about families. It says how much of an outcome the recorded factors foretell, in "
    "records of the past and under the practice that made them; many families with such factors are without the "
    "outcome, and some without any have it. No model, no threshold and no prediction for anyone is released.",
)
CHANGED = {
    "never": "Never",
    "under_a_tenth": "In fewer than a tenth of fits",
    "a_tenth_to_half": "In a tenth to half of fits",
    "over_half": "In more than half of fits",
}
MEASURES = {
    "c_statistic": "c-statistic",
    "calibration_slope": "Calibration slope",
    "calibration_in_the_large": "Calibration in the large",
}


def build_robustness(release: Release) -> list[Part]:
    """Three parts, each where the release has its rows."""
    parts = (_leave_one_out(release), *_negative_controls(release), _performance(release))
    return [part for part in parts if part]


def _leave_one_out(release: Release) -> Part | None:
    frame = release.find("leave_one_out")
    if frame.is_empty():
        return None
    keys = ["model", "term", "level"]
    own = release.find("estimates")
    if own.is_empty():
        return None
    joined = frame.join(
        own.select(*keys, "ratio", "ratio_low", "ratio_high"), on=keys, how="left", maintain_order="left"
    )
    hidden = (
        f"Not shown: fewer than {release.threshold} people, events or non-events at this level, at its reference or in "
        f"the model once some authority is left out, no estimate then, or fewer than {release.threshold} authorities"
    )
    folded = []
    for rows in joined.partition_by("model", maintain_order=True):
        first = rows.row(0, named=True)
        kind = labels.FAMILIES[first["family"]][0]
        body = tuple(
            Row(labels.term_label(row["term"], row["level"], row["reference"]), _range_cells(row))
            for row in rows.iter_rows(named=True)
        )
        caption = f"{kind.capitalize()}s without one authority. {labels.model_label(first['outcome'], first['family'])}"
        columns = ("Term", f"{kind.capitalize()} (95% interval)", "Least to greatest", "Interval changes sides")
        table = Table("leave_one_out", caption, columns, body, release.downloads["leave_one_out"], hidden)
        folded.append(Part(caption, (), (), (table,)))
    return Part("Without one authority", (LEAVE_ONE_OUT_WORDS,), folded=tuple(folded))


def _range_cells(row: dict[str, Any]) -> tuple[Cell, ...]:
    own = Cell(is_hidden=True) if row["ratio"] is None else _ratio_cell(row)
    if row["status"] != "shown":
        return (own, Cell(is_hidden=True), Cell(is_hidden=True))
    spread = f"{ratio(row['ratio_least'])} to {ratio(row['ratio_greatest'])}"
    return (own, Cell(spread), Cell(CHANGED[row["changed"]]))


def _ratio_cell(row: dict[str, Any]) -> Cell:
    return Cell(f"{ratio(row['ratio'])}{sentences.interval(row, 'ratio_low', 'ratio_high', name='')}")


def _negative_controls(release: Release) -> list[Part]:
    frame = release.find("estimates")
    if frame.is_empty():
        return []
    found = frame.filter(_IS_PLAIN & (pl.col("outcome") == NEGATIVE_CONTROL))
    return [_negative_control(release, rows) for rows in found.partition_by("model", maintain_order=True)]


def _negative_control(release: Release, rows: pl.DataFrame) -> Part:
    body = tuple(
        Row(
            labels.term_label(row["term"], row["level"], row["reference"]),
            (_shown_cell(row), Cell(p_value(row["p_value"]), is_hidden=row["status"].startswith("suppressed"))),
        )
        for row in rows.iter_rows(named=True)
    )
    shown = rows.filter((pl.col("status") == "shown") & pl.col("ratio_low").is_not_null())
    n_out = shown.filter((pl.col("ratio_low") > 1) | (pl.col("ratio_high") < 1)).height
    leave = f"{n_out or 'none'} {'leaves' if n_out == 1 else 'leave'}"
    found = f"Of {shown.height} intervals shown, {leave} 1 out." if shown.height else "No interval is shown."
    columns = ("Term", "Odds ratio (95% interval)", "p")
    caption = f"Odds ratios. {labels.model_label(NEGATIVE_CONTROL, rows.item(0, 'family'))}"
    table = Table("estimates", caption, columns, body, release.downloads["estimates"], _hidden(release))
    notes = rows.filter(pl.col("status") == "shown").get_column("note").unique(maintain_order=True)
    words = (NEGATIVE_CONTROL_WORDS, found, *(f"Note: {note}." for note in notes if note))
    return Part("Negative control", words, (), (table,))


def _performance(release: Release) -> Part | None:
    frame = release.find("performance")
    if frame.is_empty():
        return None
    rows: list[Row] = []
    for of_model in frame.partition_by("model", maintain_order=True):
        first = of_model.row(0, named=True)
        rows.append(Row(labels.model_label(first["outcome"], first["family"]), is_heading=True))
        rows += [
            Row(MEASURES[row["measure"]], _performance_cells(row), is_indented=True)
            for row in of_model.iter_rows(named=True)
        ]
    if not (frame["status"] == "shown").any():
        words = "Of no primary model can a figure be shown: each rests on too few people or events, or has none."
        return Part("How much the models explain", (PERFORMANCE_WORDS, words))
    columns = ("Measure", "Apparent (95% interval)", "Optimism", "Corrected")
    hidden = "Not shown: the model rests on too few people or events, or has no figure"
    caption = "Discrimination and calibration of the primary models"
    table = Table("performance", caption, columns, tuple(rows), release.downloads["performance"], hidden)
    return Part("How much the models explain", (PERFORMANCE_WORDS,), (), (table,))


def build_prediction(release: Release) -> Part | None:
    """Prediction by outcome; None where the study did not ask for it."""
    frame = release.find("prediction")
    if frame.is_empty():
        return None
    rows: list[Row] = []
    for of_outcome in frame.partition_by("outcome", maintain_order=True):
        what = labels.OUTCOMES[of_outcome.item(0, "outcome")]
        rows.append(Row(f"{what[:1].upper()}{what[1:]}", is_heading=True))
        rows += [
            Row(MEASURES[row["measure"]], (_prediction_cell(row),), is_indented=True)
            for row in of_outcome.iter_rows(named=True)
        ]
    hidden = "Not shown: too few people or events"
    caption = "Discrimination and calibration of penalised models among mothers held out"
    columns = ("Measure", "Estimate (95% interval)")
    table = Table("prediction", caption, columns, tuple(rows), release.downloads["prediction"], hidden)
    return Part("", PREDICTION_WORDS, (), (table,))


def _prediction_cell(row: dict[str, Any]) -> Cell:
    if row["status"] != "shown":
        return Cell(is_hidden=True)
    estimate, low, high = (number(row[column], 2) for column in ("estimate", "conf_low", "conf_high"))
    return Cell(f"{estimate} ({low} to {high})")


def _performance_cells(row: dict[str, Any]) -> tuple[Cell, ...]:
    if row["status"] != "shown":
        return (Cell(is_hidden=True),) * 3
    spread = "" if row["conf_low"] is None else f" ({number(row['conf_low'], 2)} to {number(row['conf_high'], 2)})"
    optimism, corrected = (number(row[column], 2) for column in ("optimism", "corrected"))
    return (Cell(f"{number(row['apparent'], 2)}{spread}"), Cell(optimism), Cell(corrected))


def _shown_cell(row: dict[str, Any]) -> Cell:
    if row["status"] == "not_estimable":
        return Cell("not estimable")
    return Cell(is_hidden=True) if row["status"] != "shown" else _ratio_cell(row)


def _hidden(release: Release) -> str:
    return f"Not shown: {sentences.hidden_words(release)}"
