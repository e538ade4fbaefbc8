"""Models that are tables in disguise, or of too few people."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from dyadlink.audit.columns import Frame, count_name
from dyadlink.audit.counts import Cell, range_of, read_cell, window
from dyadlink.audit.findings import Finding, values_left
from dyadlink.audit.values import is_total
from dyadlink.profiles import Profile

_INTERCEPT = re.compile(r"\(?(intercept|const(ant)?|_cons|_?baseline_odds)\)?", re.I)
_TERM = re.compile(r"term|covariate|predictor|variable|coefficient_name|parameter|regressor")
_LEVEL = re.compile(r"level|category|value")


def model_findings(frame: Frame, profile: Profile) -> Iterator[Finding]:
    """Findings for the models of a table, and for ratios that stand beside counts."""
    if frame.shape == "counts":
        yield from _ratios_beside_counts(frame, profile)
        return
    if frame.shape != "model":
        return
    for rows in _models(frame):
        shown = [row for row in rows if not frame.status(row) and _has_estimate(frame, row)]
        if shown:
            yield from _few_people(frame, shown, profile)
            # Hidden terms are in the model too.
            yield from _saturated(frame, rows)


def _has_estimate(frame: Frame, row: int) -> bool:
    return frame.number(row, frame.first("estimate", "ratio")) is not None


def _models(frame: Frame) -> list[list[int]]:
    """Rows of each model: those that are alike in all labels but the term, its level and its reference."""
    models: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for row in range(len(frame.sheet.rows)):
        of = tuple(
            p
            for p in frame.keys(row)
            if not _TERM.fullmatch(p[0]) and not _LEVEL.fullmatch(p[0]) and p[0] != "reference"
        )
        models.setdefault(of, []).append(row)
    return list(models.values())


def _few_people(frame: Frame, rows: list[int], profile: Profile) -> Iterator[Finding]:
    row = rows[0]
    own = frame.number(row, frame.first("resid_df"))
    n, parameters = frame.number(row, frame.first("count")), frame.number(row, frame.first("parameters"))
    left = own.number if own else None
    if left is None and n is not None and parameters is not None:
        left = window(int(n.number), profile)[0] - parameters.number
    if left is not None and left < profile.minimum_residual_df:
        yield Finding(frame.sheet.file, frame.place(row), "B09", "residual degrees of freedom")


def _saturated(frame: Frame, rows: list[int]) -> Iterator[Finding]:
    """As many parameters as cells: every combination of levels has its own. With more, there are terms not listed."""
    levels: dict[str, set[str]] = {}
    has_intercept = False
    for row in rows:
        labels = dict(frame.keys(row))
        term = next((value for name, value in labels.items() if _TERM.fullmatch(name)), "")
        level = next((value for name, value in labels.items() if _LEVEL.fullmatch(name)), "")
        if _INTERCEPT.fullmatch(term):
            has_intercept = True
        elif ":" not in term and "*" not in term:
            levels.setdefault(term, set()).add(level)
    if not levels or "" in {level for of in levels.values() for level in of}:
        # A term without levels is a number: the model draws a line through it.
        return
    cells = math.prod(len(of) + 1 for of in levels.values())
    parameters = frame.number(rows[0], frame.first("parameters"))
    n_parameters = parameters.number if parameters else len(rows) + (0 if has_intercept else 1)
    if n_parameters == cells and (has_intercept or parameters is not None):
        yield Finding(frame.sheet.file, frame.place(rows[0]), "B10")


def _ratios_beside_counts(frame: Frame, profile: Profile) -> Iterator[Finding]:
    """A hidden count of two rows whose ratio is shown: a : b of this level over a : b of the reference."""
    column = frame.first("ratio")
    sides = [i for i in frame.having("count", "integer") if not is_total(count_name(frame.names[i]))]
    if column is None or len(sides) != 2:
        return
    reference = next((row for row in range(len(frame.sheet.rows)) if is_reference(frame, row, column)), None)
    for row in range(len(frame.sheet.rows)):
        ratio = frame.number(row, column)
        if reference is not None and ratio is not None and row != reference and ratio.number > 0:
            # Odds ratio = (a * d) / (b * c), with a and b of the row, c and d of the reference.
            cells = [read_cell(frame, of, side, (), None) for of in (row, reference) for side in sides]
            yield from _solve_ratio(cells, (ratio.number, ratio.decimals), profile)


def is_reference(frame: Frame, row: int, column: int) -> bool:
    """Whether a row is the one that the ratios of the others are over."""
    value = frame.values[column][row]
    is_word = frame.sheet.rows[row][column].lower().strip(" (").startswith("ref")
    return is_word or (value.kind == "number" and value.number == 1)


def _solve_ratio(cells: list[Cell | None], ratio: tuple[float, int], profile: Profile) -> Iterator[Finding]:
    known = [cell for cell in cells if cell is not None]
    hidden = [i for i, cell in enumerate(known) if cell.shown is None]
    if len(hidden) != 1 or len(known) != 4:
        return
    half = 0.5 * 10.0 ** -ratio[1]
    low, high = math.log(max(ratio[0] - half, 1e-9)), math.log(ratio[0] + half)
    power = (1, -1, -1, 1)
    for i, cell in enumerate(known):
        if i != hidden[0]:
            ends = sorted(-power[i] * math.log(max(n, 0.5)) for n in range_of(cell, profile))
            low, high = low + ends[0], high + ends[1]
    least, most = sorted(math.exp(power[hidden[0]] * end) for end in (low, high))
    width = math.floor(most + 1e-9) - math.ceil(least - 1e-9) + 1
    cell = known[hidden[0]]
    if 1 <= width < profile.threshold:
        yield Finding(cell.file, cell.place, "B10", values_left(width))
