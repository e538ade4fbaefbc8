"""The command `dyadlink fit`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

EXAMPLE = """\
example: a hazard ratio with standard errors clustered on the centre

    time: days
    event: status
    event_is: dead
    censored: alive
    family: cox
    cluster: centre
    terms:
      - {name: age, kind: linear}
      - {name: stage, kind: categorical, reference: I}

in model.yaml, then

    dyadlink fit patients.csv --model model.yaml --out estimates.csv

Every key: docs/reference/table-models.md. Worked examples: docs/how-to/fit-a-model.md.
"""


def add_command(commands: Any) -> None:
    """Add `fit`.

    Args:
        commands: What `add_subparsers` returned.
    """
    fit = commands.add_parser(
        "fit",
        help="fit one model to any table",
        description="Fit one model to any CSV or Parquet table, by the code that fits the models of the study: "
        "logistic, firth, cox, fine_gray, kaplan_meier, aalen_johansen or gray_test. The result is unrounded and "
        "passes no disclosure control: it must not leave an environment of records of persons.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fit.add_argument("data", metavar="DATA", type=Path, help="table: .csv, .csv.gz or .parquet")
    fit.add_argument("--model", type=Path, required=True, metavar="YAML", help="the model: family, columns, terms")
    fit.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="result to write, .csv or .parquet; yours alone to read"
    )
    fit.add_argument("--force", action="store_true", help="replace a file that stands there")
    fit.set_defaults(run=_fit)


def _fit(options: argparse.Namespace) -> None:
    from dyadlink.table_models.fit_table import fit_table  # noqa: PLC0415  # other commands do without it

    print(fit_table(options.data, options.model, options.out, is_forced=options.force), end="")
    print(f"Written: {options.out}")
