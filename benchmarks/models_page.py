"""Writes docs/explanation/model-speed.md from the seconds that `models.py` measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

PAGE = Path(__file__).parents[1] / "docs/explanation/model-speed.md"

HEAD = """# How fast the models are

Written by `make bench-models` (`benchmarks/models.py`): {processor}, {cores} cores shared with others, one thread for
linear algebra, Python {python}. Every family is fitted by this project's code and by the fastest libraries for it to
the same arrays, in turn, in one process, and the least processor time of several rounds counts. Read the ratios: the
seconds are those of a busy machine. 20 terms, half of them binary; one dyad in twenty with the event; whole days; one
in thirty a sibling of the one before.

{versions}

A ratio is the time of dyadlink over that of the library beside it: below 1, dyadlink is the faster. *Growth* is what
tenfold dyads cost, 30,000 to 300,000; n log n would be 12.2.
"""

NOTES = """
- `firthmodels` and `survival` are the engines of the Firth and Cox fits above: their rows tell what the project adds.
  Logistic and Fine-Gray models and curves are the project's own
  ([ADR 21](../adr/0021-fine-gray-variance-and-own-sums.md),
  [ADR 22](../adr/0022-logistic-models-by-own-newton-steps.md)).
- Firth: at the library's own tolerance (1e-4) known answers are missed by 3e-5; *to eight digits* is the same library
  asked for what dyadlink asks it for, and only then is like held against like.
- Logistic and Cox grow faster than n log n from 30,000 to 300,000 dyads; so do their engines, in the rows below them.
- Cox: with `cluster_col` lifelines' errors do not allow for ties.
- Fine-Gray: comprisk sums its sandwich over dyads, not mothers.
- Curves: comprisk's errors (Pepe) take dyads for independent. The same figures as ours, clustered on the mother, are
  `survival`'s.
- The checks (ranges, empty levels, rank, separation) have no counterpart. The linear programme that looked for
  separation takes {programme} s at 30,000 dyads; now it is asked only where overlap is not proved first.

## Imputation

Twenty completed data sets of each primary model at 30,000 dyads, six covariates one in ten of which is missing, fits
included, in seconds of processor time; together {total:.0f}.

{imputed}

{mice}
"""


def write_page(result: dict[str, Any]) -> None:
    """Write the page from what `models.main` stores."""
    seconds = pl.DataFrame(result["seconds"])
    versions = ", ".join(f"{name} {version or '(not installed)'}" for name, version in result["versions"].items())
    head = HEAD.format(**result["machine"], versions=f"Versions: {versions}.")
    imputed = pl.DataFrame(result["imputed"])
    lines = ["| model | dyads | seconds |", "|---|---|---|"]
    lines += [f"| {row['model']} | {row['dyads']:,} | {row['processor_seconds']:.1f} |" for row in imputed.to_dicts()]
    mice = result["mice"]
    beside = (
        "Chained equations of statsmodels (every variable by predictive mean matching) and the same logistic model of "
        f"O1: {mice:.1f} s, where dyadlink takes {imputed['processor_seconds'][0]:.1f}."
    )
    notes = NOTES.format(
        total=imputed["processor_seconds"].sum(), imputed="\n".join(lines), mice=beside, programme=result["programme"]
    )
    PAGE.write_text(f"{head}\n{_table(seconds)}\n{notes}", encoding="utf-8")


def _table(seconds: pl.DataFrame) -> str:
    sizes = seconds["n"].unique().sort().to_list()
    lines = [
        "| family | who | " + " | ".join(f"{n:,}" for n in sizes) + " | growth |",
        "|---|---|" + "---|" * (len(sizes) + 1),
    ]
    for (family,), rows in seconds.group_by("family", maintain_order=True):
        times = {
            who: dict(part.select("n", "seconds").rows()) for (who,), part in rows.group_by("who", maintain_order=True)
        }
        ours = times["dyadlink"]
        for who, theirs in times.items():
            cells = [_cell(ours, theirs, n, who) for n in sizes]
            growth = f"{theirs[300_000] / theirs[30_000]:.1f}" if {30_000, 300_000} <= theirs.keys() else ""
            lines.append(f"| {family if who == 'dyadlink' else ''} | {who} | " + " | ".join(cells) + f" | {growth} |")
    return "\n".join(lines)


def _cell(ours: dict[int, float], theirs: dict[int, float], n: int, who: str) -> str:
    if n not in theirs:
        return "-"
    seconds = f"{theirs[n]:.2g} s" if theirs[n] < 10 else f"{theirs[n]:.0f} s"
    if who == "dyadlink":
        return f"**{seconds}**"
    ratio = ours[n] / theirs[n]
    return f"{seconds} (ratio {ratio:.2f})"
