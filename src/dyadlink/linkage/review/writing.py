"""Writes what a reviewer works on: a CSV to fill and a page to look at, for the owner's eyes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import polars as pl

from dyadlink.linkage.review.waterfall import Step, waterfall

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by a spreadsheet."""


def review_rows(
    sample: pl.DataFrame, persons: Mapping[str, pl.DataFrame], model: pl.DataFrame
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """The rows of the reviewer's CSV, and the same pairs for the page.

    Args:
        sample: What `draw_sample` returns.
        persons: For `left` and `right` the standardised persons of the sample, by `person_id`.
        model: What `model_table` returns.

    Returns:
        One row per pair: pair_id, decision (empty), each identifier of both sides side by side, each comparison's
        level and weight, the match weight and probability, stratum and sampling probability, and both ids. Whether the
        linkage made a link of it is not told: the reviewer shall judge the records.
    """
    held = {side: {row["person_id"]: row for row in frame.iter_rows(named=True)} for side, frame in persons.items()}
    columns = _identifiers(persons)
    rows, pages = [], []
    for pair in sample.iter_rows(named=True):
        sides = {side: held[side][pair[f"{side}_id"]] for side in ("left", "right")}
        steps = waterfall(pair, model)
        row: dict[str, Any] = {"pair_id": pair["pair_id"], "decision": ""}
        for name in columns:
            row |= {f"{side}_{name}": _harmless(sides[side].get(name)) for side in ("left", "right")}
        for step in steps:
            key = step.comparison.replace(" ", "_")
            row |= {f"agreement_{key}": step.level, f"weight_{key}": f"{step.weight:.2f}"}
        row |= {name: str(pair[name]) for name in ("match_weight", "match_probability", "stratum")}
        row["sampling_probability"] = f"{pair['sampling_probability']:.6f}"
        rows.append(row | {name: _harmless(pair[name]) for name in ("left_id", "right_id")})
        pages.append({"pair": pair, "steps": _bars(steps), "rows": _side_by_side(columns, sides)})
    return pl.DataFrame(rows, infer_schema_length=None), pages


def _identifiers(persons: Mapping[str, pl.DataFrame]) -> list[str]:
    """Columns that some person of the sample has a value of, in the order of the left side."""
    names = dict.fromkeys(name for frame in persons.values() for name in frame.columns)
    return [
        name
        for name in names
        if name not in {"person_id", "person_group"}
        and any(name in frame.columns and frame[name].count() for frame in persons.values())
    ]


def _harmless(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _side_by_side(columns: Sequence[str], sides: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name.replace("_", " "),
            "left": "" if sides["left"].get(name) is None else str(sides["left"][name]),
            "right": "" if sides["right"].get(name) is None else str(sides["right"][name]),
            "is_same": sides["left"].get(name) is not None and sides["left"].get(name) == sides["right"].get(name),
        }
        for name in columns
    ]


def _bars(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The waterfall's bars, in percent of its width; the last one is the sum."""
    at, ends = 0.0, []
    for step in steps:
        ends.append((at, at + step.weight))
        at += step.weight
    low = min(0.0, *(min(pair) for pair in ends))
    width = (max(0.0, *(max(pair) for pair in ends)) - low) or 1.0
    bars = [(step.comparison, step.level, step.weight, *end) for step, end in zip(steps, ends, strict=True)]
    bars.append(("match weight", "the sum", at, 0.0, at))
    return [
        {
            "name": name.replace("_", " "),
            "level": level,
            "weight": f"{weight:+.1f}".replace("-", "\u2212"),
            "is_for": weight > 0,
            "is_sum": name == "match weight",
            "start": f"{100 * (min(start, end) - low) / width:.2f}",
            "width": f"{100 * abs(end - start) / width:.2f}",
            "zero": f"{100 * -low / width:.2f}",
        }
        for name, level, weight, start, end in bars
    ]


def render_page(pages: Sequence[Mapping[str, Any]]) -> str:
    """The page of all pairs as HTML that needs nothing from elsewhere and runs no script."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - heavy

    text = resources.files("dyadlink.linkage.review").joinpath("review.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text).render(pairs=pages)
