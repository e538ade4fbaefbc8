"""The part of the report on planted effects: what was put into synthetic records, beside what came out."""

from __future__ import annotations

import polars as pl

from dyadlink.report import figures, labels, sentences
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Figure, Part, Row, Table, number


def build_planted(release: Release) -> Part | None:
    """Planted against estimated effects; None on real records and where there are none."""
    frame = release.find("planted_effects")
    if frame.is_empty() or not release.is_synthetic:
        return None
    shown = frame.filter(pl.col("is_covered").is_not_null())
    summary = sentences.describe_coverage(release)
    drawn: tuple[Figure, ...] = ()
    if shown.height:
        caption = "Each mark is a term of a model. On the dashed line the estimate equals the planted effect."
        label = f"Estimates against planted effects. {summary}"
        drawn = (Figure(figures.draw_planted(shown, "planted"), label, caption, shown.write_csv()),)
    return Part("", (summary,), drawn, (_planted_table(release, frame),))


def _planted_table(release: Release, frame: pl.DataFrame) -> Table:
    rows: list[Row] = []
    for part in frame.partition_by("model", maintain_order=True):
        rows.append(Row(labels.plain(part.item(0, "model")), is_heading=True))
        for row in part.iter_rows(named=True):
            name = labels.forest_label(row["term"], row["level"])
            rows.append(Row(name, (Cell(number(row["planted"], 2)), *_planted_cells(row)), is_indented=True))
    columns = ("Term", "Planted", "Estimate", "95% interval", "Interval holds it")
    caption = "Planted and estimated effects, log scale"
    return Table("planted_effects", caption, columns, tuple(rows), release.downloads["planted_effects"])


def _planted_cells(row: dict[str, float | str | bool | None]) -> tuple[Cell, ...]:
    if row["status"] == "not_estimable":
        return (Cell("not estimable"), Cell(), Cell())
    if row["status"] != "shown":
        return (Cell(is_hidden=True),) * 3
    low, high = (number(row[end], 2) for end in ("conf_low", "conf_high"))  # type: ignore[arg-type]
    estimate = number(row["estimate"], 2)  # type: ignore[arg-type]
    return (Cell(estimate), Cell(f"{low} to {high}"), Cell("yes" if row["is_covered"] else "no"))
