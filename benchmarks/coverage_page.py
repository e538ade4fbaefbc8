"""Writes docs/explanation/model-coverage.md from the studies of `coverage_of_families.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

PAGE = Path(__file__).parents[1] / "docs/explanation/model-coverage.md"
LOWEST, HIGHEST = 0.935, 0.965
LARGEST_BIAS = 3.0
WRONG_ON_PURPOSE = ("siblings taken apart", "maximum likelihood", "complete cases", "without the outcome")
"""Ways that are shown because they fail."""

ARMS = {
    "complete": "## Complete data\n\n4,000 dyads with nothing to do with each other.",
    "rare": "## A rare outcome\n\n1,500 dyads, some three in a hundred with the outcome: nine events per parameter on "
    "average. A `logistic` row chooses Firth's penalty by itself below ten; its intervals are of the profile\n"
    "likelihood. Beside it `rare: maximum_likelihood`, which has no estimate where the sample is separated, so that "
    "its figures are of the studies in which it looks better than it is.",
    "clustered": "## Siblings\n\n1,000 mothers with two or three infants each, the covariates the mother's, and what "
    "chance does to two siblings alike (correlation 0.8 on the normal scale; of the curves, a gamma frailty of\n"
    "variance 4). *Siblings taken apart* are the same fits as if each infant had a mother of its own.",
    "imputed": "## Covariates missing at random\n\n2,000 dyads; partnership, deprivation and diagnosis missing more "
    "often where there was trauma and the outcome ([missing data](missing-data.md)). The imputation without the\n"
    "outcome, which is wrong, is of the first 200 studies.",
}

HEAD = """# Do the models give back what was planted

Written by `make model-coverage` (`benchmarks/coverage_of_families.py`). Each study is simulated with known effects
(`benchmarks/family_worlds.py`, `imputation_world.py`) and fitted by the code of the workflow; the Fine-Gray studies are
those of Fine & Gray 1999, section 5. *Bias* is the mean error on the log scale (of a curve: of its height one year on),
and *in errors* the same in standard errors of that mean; *held* is the share of 95% intervals that held the truth,
whose own standard error is 0.7 percentage points over 1,000 studies; *error / spread* is the mean standard error over
the standard deviation of the estimates.

A rule fixed before looking: a model of which a coverage misses a limit by less than that standard error is run on 4,000
studies, the 1,000 and new ones, and the figures of all 4,000 stand here, whatever they are; *studies* tells which.
"""


def write_page(tables: dict[str, pl.DataFrame]) -> None:
    """Write the page.

    Args:
        tables: Of each arm what `summarise` gives.
    """
    right = pl.concat([table.filter(~is_wrong()) for table in tables.values()])
    held, errors = right["coverage"], right["bias_in_errors"].abs()
    verdict = (
        f"Of {right.height} coefficients and curves that are meant to be right, "
        f"{held.is_between(LOWEST, HIGHEST).sum()} have intervals that held the truth in "
        f"{100 * LOWEST:g}-{100 * HIGHEST:g}% of studies (lowest {100 * held.min():.1f}%, highest "
        f"{100 * held.max():.1f}%),\nand "
        f"{(errors < LARGEST_BIAS).sum()} a bias of less than {LARGEST_BIAS:g} standard errors "
        f"(largest {errors.max():.1f}; by chance alone one in 370 is larger). "
        f"In italics what is shown because it fails.\n\nOutside one of these: {_outside(right)}."
    )
    parts = [HEAD, verdict, *(f"{ARMS[arm]}\n\n{_table(table)}" for arm, table in tables.items())]
    PAGE.write_text("\n".join(parts[:1]) + "\n" + "\n\n".join(parts[1:]) + "\n", encoding="utf-8")


def is_wrong() -> pl.Expr:
    """Whether the row of a summary is of a model that is shown because it fails."""
    return pl.any_horizontal(pl.col("model").str.contains(words, literal=True) for words in WRONG_ON_PURPOSE)


def _outside(right: pl.DataFrame) -> str:
    """Every figure that misses a limit, by name: a count alone would hide which."""
    is_in = pl.col("coverage").is_between(LOWEST, HIGHEST) & (pl.col("bias_in_errors").abs() < LARGEST_BIAS)
    named = [
        f"{row['model']}, {_term(row)} (held {100 * row['coverage']:.1f}%, bias {row['bias']:+.4f} or "
        f"{row['bias_in_errors']:+.1f} errors)"
        for row in right.filter(~is_in).iter_rows(named=True)
    ]
    return "; ".join(named) or "none"


def _term(row: dict[str, Any]) -> str:
    level = "" if row["level"] in {"yes", "", None} else f": {row['level'].replace('_', ' ')}"
    return row["term"].removeprefix("has_").removeprefix("is_").replace("_", " ") + level


def _table(table: pl.DataFrame) -> str:
    lines = [
        "| model | term | studies | planted | bias | in errors | held | error / spread |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in table.with_columns(is_wrong=is_wrong()).iter_rows(named=True):
        model = f"*{row['model']}*" if row["is_wrong"] else row["model"]
        lines.append(
            f"| {model} | {_term(row)} | {row['studies']:,} | {row['planted']:.3g} | {row['bias']:+.4f} | "
            f"{row['bias_in_errors']:+.1f} | {100 * row['coverage']:.1f}% | {row['error_to_spread']:.2f} |"
        )
    return "\n".join(lines)
