"""Reads a reviewer's file back: each fault one line, none with a value of a person."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from dyadlink.errors import SourceError
from dyadlink.linkage.review.estimating import DECISIONS

IDS = ("left_id", "right_id")
_DECISION_COLUMNS = ("decision", "decision_2")


def read_review(path: Path, sample: pl.DataFrame) -> tuple[pl.DataFrame, list[SourceError]]:
    """The decisions beside the sample they were drawn as, and what is wrong with the file.

    Args:
        path: The CSV that a reviewer filled; a spreadsheet may have saved it with semicolons or a byte order mark.
        sample: In the shape of `ReviewSample`: what was drawn.

    Returns:
        The sample with `decision` and, where the file has the column, `decision_2`; then the faults, one for each
        kind, with the lines (the header is line 1). With a fault the frame must not be used.

    Raises:
        SourceError: The file is missing, empty, or lacks a column.
    """
    rows = _read(path)
    columns = [name for name in _DECISION_COLUMNS if name in rows.columns]
    named = rows.with_columns(_plain(name).alias(name) for name in columns)
    faults = [*_pair_faults(named, sample, path), *(f for name in columns for f in _decision_faults(named, name, path))]
    decided = named.select("pair_id", *columns).unique("pair_id", keep="first")
    return sample.join(decided, on="pair_id", how="left", maintain_order="left"), faults


def _read(path: Path) -> pl.DataFrame:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SourceError("file not found", where=str(path), mend="give the path of the file you filled") from None
    except UnicodeDecodeError:
        raise SourceError("is not UTF-8 text", where=str(path), mend="save it as CSV (UTF-8)") from None
    header = text.partition("\n")[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    try:
        rows = pl.read_csv(io.StringIO(text), infer_schema=False, separator=separator)
    except pl.exceptions.PolarsError:
        raise SourceError("is empty or no table", where=str(path), mend="save it as CSV again") from None
    missing = [name for name in ("pair_id", *IDS, "decision") if name not in rows.columns]
    if missing:
        raise SourceError(
            f"lacks the column(s) {', '.join(missing)}", where=str(path), mend="keep every column of the file"
        )
    return rows.with_row_index("line", offset=2).with_columns(pl.col("pair_id", *IDS).str.strip_chars())


def _plain(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().str.to_lowercase().str.replace_all(r"[\s_]+", " ")


def _pair_faults(rows: pl.DataFrame, sample: pl.DataFrame, path: Path) -> list[SourceError]:
    known = sample.select("pair_id", *(pl.col(name).alias(f"drawn_{name}") for name in IDS))
    found = rows.join(known, on="pair_id", how="left", maintain_order="left")
    is_known = pl.col("drawn_left_id").is_not_null()
    is_edited = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"drawn_{name}")) for name in IDS)
    missing = sample.join(rows, on="pair_id", how="anti", maintain_order="left")
    faults = [
        _fault(found.filter(~is_known), "a pair that was not drawn", "take the row out", path),
        _fault(
            found.filter(is_known & is_edited), "ids that are not those of the pair",
            "copy them from the file as drawn (a spreadsheet may have taken them for numbers)", path,
        ),
        _fault(
            rows.filter(pl.col("pair_id").is_not_null() & ~pl.col("pair_id").is_first_distinct()),
            "a pair that stands there before", "keep one row of each pair", path,
        ),
    ]  # fmt: skip
    if missing.height:
        what = f"{missing.height:,} pair(s) of the sample are missing, the first is {missing.item(0, 'pair_id')}"
        faults.append(SourceError(what, where=str(path), mend="put the rows back: without them the sample is another"))
    return [fault for fault in faults if fault is not None]


def _decision_faults(rows: pl.DataFrame, name: str, path: Path) -> list[SourceError]:
    words = ", ".join(DECISIONS)
    is_empty = pl.col(name).fill_null("") == ""
    is_unknown = ~is_empty & ~pl.col(name).is_in(DECISIONS)
    faults = [
        _fault(rows.filter(is_empty), f"no {name}", f"write one of: {words}", path),
        _fault(rows.filter(is_unknown), f"an unknown {name}", f"write one of: {words}", path),
    ]
    return [fault for fault in faults if fault is not None]


def _fault(rows: pl.DataFrame, what: str, mend: str, path: Path) -> SourceError | None:
    if rows.is_empty():
        return None
    more = f" and {rows.height - 1:,} more" if rows.height > 1 else ""
    return SourceError(what, where=f"{path}, line {rows.item(0, 'line')}{more}", mend=mend)
