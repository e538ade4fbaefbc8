"""Contracts of the rules for the sources, of the records that break them, and of their counts."""

from __future__ import annotations

from pathlib import Path

import dataframely as dy
import polars as pl

from dyadlink.schemas.checking import check_table

SEVERITIES = ("stop", "quarantine", "mend", "warn")
"""What becomes of a record that breaks a rule, the worst first."""

ANY_SOURCE = "any"
"""Stands for every source table, in a rule on tables as a whole."""

_SEVERITY = f"^({'|'.join(SEVERITIES)})$"


def _source() -> dy.String:
    return dy.String(primary_key=True, description="Source table, as in workflow/sql/sources/typed_<source>.sql.")


def _severity() -> dy.String:
    return dy.String(regex=_SEVERITY, description="stop, quarantine, mend or warn.")


def _title() -> dy.String:
    return dy.String(description="What is wrong, in words.")


class Rules(dy.Schema):
    """Grain: one row per source table and rule (source, rule). The file workflow/sql/rules/rules.csv."""

    source = _source()
    rule = dy.String(
        primary_key=True, regex="^[a-z][A-Za-z0-9_]*$", description="Name of the rule; dfe_<number> is one of the DfE."
    )
    severity = _severity()
    first_year = dy.Int64(nullable=True, description="First return year in which the rule applies.")
    last_year = dy.Int64(nullable=True, description="Last return year in which the rule applies.")
    country = dy.String(nullable=True, regex="^(England|Wales)$", description="Country in which the rule applies.")
    dfe_rule = dy.String(nullable=True, description="Number of the DfE's rule that it is, or is part of.")
    title = _title()
    mend = dy.String(description="What whoever sends the records can do about it.")
    origin = dy.String(description="Where the rule comes from.")


class BrokenRecords(dy.Schema):
    """Grain: one row per rule and record that breaks it. Record level: never leaves."""

    source = dy.String(description="Source table.")
    rule = dy.String(description="Name of the rule, as in docs/reference/rules.md.")
    severity = _severity()
    return_year = dy.Int64(nullable=True, description="Year of the return or submission, told by its last March.")
    source_file = dy.String(description="File that holds the record.")
    source_row = dy.Int64(description="Row of the file, or number of the child in a census file.")
    record = dy.String(
        nullable=True, description="Child's authority and id, with the first day of the case, plan or episode."
    )


class DataQuality(dy.Schema):
    """Grain: one row per source table, rule and return year. Unrounded: never leaves."""

    source = dy.String(description="Source table.")
    rule = dy.String(description="Name of the rule; 'rows_read' and 'accepted' count rows and are no rules.")
    severity = dy.String(regex=f"^({'|'.join(SEVERITIES)}|none)$", description="What becomes of the record.")
    title = _title()
    return_year = dy.Int64(nullable=True, description="Return year; missing where none is known or nothing was found.")
    n = dy.Int64(min=0, description="Records.")
    is_row_outcome = dy.Bool(description="Whether the count is part of rows_read: accepted, or a reason to set aside.")


def read_rules(path: Path) -> pl.DataFrame:
    """The table of rules, in the shape of `Rules` and the order of the file.

    Raises:
        ContractError: The table breaks its contract.
    """
    return check_table(pl.read_csv(path, infer_schema=False), Rules, path.name)
