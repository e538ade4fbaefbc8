"""The part of the page on linkage error: each model beside itself under the plans that carry it."""

from __future__ import annotations

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Part, Row, Table, ratio

_SAME_MODEL = ["outcome", "family", "population", "strata"]


def build_linkage_error(release: Release) -> list[Part]:
    """One part for each model that has plans: a table of its terms by plan; none where no model has one."""
    frame = release.find("estimates")
    if frame.is_empty():
        return []
    planned = frame.filter(pl.col("linkage_plan") != "as_linked")
    together = frame.join(planned.select(_SAME_MODEL).unique(), on=_SAME_MODEL, how="semi", maintain_order="left")
    return [_part(release, rows) for rows in together.partition_by(_SAME_MODEL, maintain_order=True)]


def _part(release: Release, rows: pl.DataFrame) -> Part:
    first = rows.row(0, named=True)
    kind = labels.FAMILIES.get(first["family"], ("ratio", ""))[0]
    models = rows.unique("model", keep="first", maintain_order=True).rows(named=True)
    cells = {(row["model"], row["term"], row["level"]): row for row in rows.iter_rows(named=True)}
    terms = rows.select("term", "level", "reference").unique(maintain_order=True)
    body = tuple(
        Row(
            labels.term_label(term, level, reference),
            tuple(_cell(cells.get((model["model"], term, level))) for model in models),
        )
        for term, level, reference in terms.iter_rows()
    )
    title = labels.model_label(first["outcome"], first["family"])
    columns = ("Term", *(labels.plan_label(model["linkage_plan"], model["threshold"]) for model in models))
    caption = f"{kind.capitalize()}s (95% interval) by how linkage error is carried. {title}"
    hidden = f"Not shown: {sentences.hidden_words(release)}"
    return Part(title, (), (), (Table("estimates", caption, columns, body, release.downloads["estimates"], hidden),))


def _cell(row: dict[str, float | str | None] | None) -> Cell:
    if row is None:
        return Cell()
    if row["status"] == "not_estimable":
        return Cell("not estimable")
    if row["status"] != "shown":
        return Cell(is_hidden=True)
    return Cell(f"{ratio(row['ratio'])}{sentences.interval(row, 'ratio_low', 'ratio_high', name='')}")  # type: ignore[arg-type]
