"""What is wrong with the sources, rule by rule and file by file; never a value of a record."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from dyadlink.config import Sources
from dyadlink.errors import SourceError
from dyadlink.schemas.quality import ANY_SOURCE, SEVERITIES
from dyadlink.sources.faults import Faults
from dyadlink.sources.rules import Checked

COLUMNS = ("severity", "rule", "source", "file", "n", "title", "mend")
LOOK_INTO = (
    ("cin_children", "authority_unknown", "reference_authorities"),
    ("looked_after_children", "authority_unknown", "reference_authorities"),
    ("looked_after_episodes", "authority_unknown", "reference_authorities"),
    ("team_referrals", "referral_not_found", "mhs101referral"),
    ("team_referrals", "no_row_of_a_file_accepted", "mhs101referral"),
    ("team_referrals", "too_many_rows_set_aside", "mhs101referral"),
    ("team_referrals", "team_type_missing", "mhs902serviceteamdetails"),
    ("cin_children", "dfe_8590", "cin_census_details"),
    ("child_protection_plans", "dfe_2885", "cin_census_details"),
    ("child_protection_plans", "dfe_2885", "cin_census_section_47"),
    ("looked_after_episodes", "dfe_INT03", "ssda903_header"),
)
"""Source and rule that miss rows of another table: of this one, by its raw name."""


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
    return listed.select(COLUMNS).sort(rank, "source", "rule", "file")


def list_faults(faults: Faults, sources: Sources) -> pl.DataFrame:
    """One row for each table, file or place that could not be read, in the shape of `list_findings`.

    Returns:
        As there; `rule` is `not_found` or `cannot_be_read`, `file` ends with the line if it is known, `n` is missing.
    """
    rows = []
    for rule, source, error in faults.found:
        where = error.where
        for place in _locations(sources):
            where = where.removeprefix(f"{place}/")
        rows.append(("stop", rule, source, where, None, f"{error.what[0].upper()}{error.what[1:]}", error.mend))
    columns = {name: pl.Int64 if name == "n" else pl.String for name in COLUMNS}
    return pl.DataFrame(rows, columns, orient="row").sort("source", "file")


def leave_out_cascade(findings: pl.DataFrame, incomplete: Collection[str]) -> pl.DataFrame:
    """The findings but those that look into rows of a table of which some could not be read."""
    unsure = [(source, rule) for source, rule, table in LOOK_INTO if table in incomplete]
    keys = pl.DataFrame(unsure, {"source": pl.String, "rule": pl.String}, orient="row")
    return findings.join(keys, on=["source", "rule"], how="anti", maintain_order="left")


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
