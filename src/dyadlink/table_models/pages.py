"""The reference page of the models of tables, made from the types that read and write them."""

from __future__ import annotations

from pathlib import Path

import dataframely as dy

from dyadlink.config import Csv
from dyadlink.models.pages import section_lines
from dyadlink.models.specification import Term
from dyadlink.table_models.results import TableCurves, TableEstimates
from dyadlink.table_models.specification import FAMILIES, KEYS, TableModel


def write_table_model_page(folder: Path) -> None:
    """Write table-models.md into the folder."""
    (folder / "table-models.md").write_text(table_models_page(), encoding="utf-8")


def table_models_page() -> str:
    """Markdown: every key of a model of `dyadlink fit`, which family takes it, and the columns of what is written."""
    parts = [
        "# Models of any table",
        "Written from the types by `make reference`: the YAML file that `dyadlink fit DATA --model YAML --out FILE` "
        "reads, and the table that it writes ([how to](../how-to/fit-a-model.md)). A key that is not here, or that the "
        "family does not take, stops the command. There is no imputation: rows with a missing value are left out and "
        "counted. What is written is unrounded, passes no disclosure control and must not leave an environment of "
        "records of persons.",
        section_lines("The model", TableModel),
        _family_lines(),
        section_lines("A term", Term),
        "Here a term is any column of the table, and it is for you to see that it was known when time began.",
        section_lines("How a CSV file is written (`csv`)", Csv),
        "## How codes and numbers are read",
        "Space around a value is no part of it. Codes and levels are compared as text, in which 1.0 is 1 and True is "
        "true; 01 is not 1. YAML reads an unquoted yes, no, on or off as true or false: put these in quotes. Numbers "
        "have a decimal point. Times that differ by less than 1.5e-8 (or that share of the mean time) are one, as in "
        "R's `aeqSurv`.",
        _column_lines("What a regression writes", TableEstimates),
        _column_lines("What a curve or test writes", TableCurves),
    ]
    return "\n\n".join(parts) + "\n"


def _family_lines() -> str:
    rows = ["## Which family takes which key", "", "| family | keys, beside those of all |", "|---|---|"]
    order = list(TableModel.model_fields)
    rows += [f"| `{family}` | {', '.join(f'`{key}`' for key in order if key in KEYS[family])} |" for family in FAMILIES]
    return "\n".join(rows)


def _column_lines(title: str, contract: type[dy.Schema]) -> str:
    words = (contract.__doc__ or "").strip()
    rows = [f"## {title}", "", words, "", "| column | type | may be missing | meaning |", "|---|---|---|---|"]
    for column, definition in contract.columns().items():
        missing = "yes" if definition.nullable else ""
        rows.append(f"| `{column}` | {type(definition).__name__} | {missing} | {definition.description} |")
    return "\n".join(rows)
