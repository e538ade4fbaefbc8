"""What is wrong with the sources, rule by rule and file by file; never a value of a record."""

from __future__ import annotations

import polars as pl

from dyadlink.config import Sources
from dyadlink.errors import SourceError
from dyadlink.schemas.quality import ANY_SOURCE, SEVERITIES
from dyadlink.sources.rules import Checked


def list_findings(checked: Checked, sources: Sources) -> pl.DataFrame:
    """One row for each rule, source table and file in which it is broken, the worst first.

    Returns:
        severity, rule, source, file (below the location of its input; `*` for a table as a whole), n (rows),
        title and mend.
    """
    in_files = checked.broken.group_by("source", "rule", "source_file").agg(pl.col("n").sum())
    whole = checked.stopped.select("source", "rule", "source_file", "n")
    found = pl.concat([in_files, whole], how="vertical_relaxed")
    words = checked.rules.select("source", "rule", "severity", "title", "mend")
    is_any = words.get_column("source") == ANY_SOURCE
    own = found.join(words.filter(~is_any), on=["source", "rule"])
    of_any = found.join(words.filter(is_any).drop("source"), on="rule")
    below = pl.col("source_file")
    for place in _locations(sources):
        below = below.str.strip_prefix(f"{place}/")
    below = below.fill_null("*")
    listed = pl.concat([own, of_any.select(own.columns)]).with_columns(file=below, n=pl.col("n").cast(pl.Int64))
    rank = pl.col("severity").replace_strict(SEVERITIES, range(len(SEVERITIES)), return_dtype=pl.Int64)
    columns = ("severity", "rule", "source", "file", "n", "title", "mend")
    return listed.select(columns).sort(rank, "source", "rule", "file")


def stop_if_asked(checked: Checked, sources: Sources) -> None:
    """Nothing, if no rule that stops the study is broken.

    Raises:
        SourceError: One is; the message names the first rule and its file, and counts the others.
    """
    stops = list_findings(checked, sources).filter(pl.col("severity") == "stop")
    if stops.is_empty():
        return
    first = stops.row(0, named=True)
    others = stops.select("source", "rule").n_unique() - 1
    more = f"; {others} more reason(s) to stop: dyadlink check-inputs lists them" if others else ""
    file = "" if first["file"] == "*" else f", {first['file']}"
    what = first["title"]
    raise SourceError(
        f"{what[0].lower()}{what[1:]} (rule {first['rule']})",
        where=f"{', '.join(_locations(sources))}: table {first['source']}{file}",
        mend=f"{first['mend']}{more}",
    )


def _locations(sources: Sources) -> list[str]:
    """Where the inputs are, the innermost folder first."""
    return sorted({str(source.location) for source in sources.read_from()}, key=lambda place: (-len(place), place))
