"""Whether every family of models gives planted effects back, and how often its intervals hold them.

Simulates studies (`family_worlds.py`, `imputation_world.py`), fits them as the workflow does, and writes
docs/explanation/model-coverage.md. Every study is stored when it is done, so that a run that was stopped goes on where
it was; after a change of the worlds or the models remove results/coverage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import imputation
import numpy as np
import polars as pl
from coverage_page import HIGHEST, LOWEST, is_wrong, write_page
from family_worlds import YEAR, make_curves_study, make_study, siblings, singles, true_incidence
from imputation_world import EFFECTS, model

from dyadlink.models.cumulative_incidence import aalen_johansen
from dyadlink.models.fitting import fit_models
from dyadlink.models.specification import ModelSpec

RESULTS = imputation.RESULTS / "coverage"
N_COMPLETE, N_RARE, N_MOTHERS, N_IMPUTED = 4000, 1500, 1000, 2000
CAUSES = ("custody_loss", "death")
TIMES_MORE = 4
"""As many studies of a model whose coverage is so near a limit that chance alone may have put it outside."""
Fits = dict[str, Callable[[], pl.DataFrame]]
"""Of one study what fits each model."""
FINE_GRAY = {"Fine-Gray, finegray": "finegray", "Fine-Gray, crr": "crr"}


def complete(seed: int) -> Fits:
    """Every family on dyads that have nothing to do with each other."""
    return _every_family(seed, singles(N_COMPLETE))


def clustered(seed: int) -> Fits:
    """Every family on siblings, by mother, and as if every infant had a mother of its own."""
    mothers = siblings(N_MOTHERS)
    return _every_family(seed, mothers) | _every_family(seed, mothers, taken_apart=True)


def rare(seed: int) -> Fits:
    """A rare outcome: Firth's penalty, and maximum likelihood beside it."""
    study = make_study(seed, singles(N_RARE), intercept=-5.1)
    return {
        "Firth": partial(_estimates, study, model("firth")),
        "maximum likelihood": partial(_estimates, study, model("logistic", rare="maximum_likelihood")),
    }


def imputed(seed: int) -> Fits:
    """Covariates missing at random: see `imputation.study`."""
    return {name: partial(_with_planted, fit) for name, fit in imputation.study(seed, N_IMPUTED).items()}


ARMS: dict[str, Callable[[int], Fits]] = {
    "complete": complete,
    "rare": rare,
    "clustered": clustered,
    "imputed": imputed,
}
_FIGURES = ("term", "level", "planted", "estimate", "std_error", "conf_low", "conf_high")


def fit_study(arm: str, only: str, seed: int) -> pl.DataFrame:
    """The figures of every model of one study, or of one model alone."""
    fits = ARMS[arm](seed)
    wanted = [only] if only else list(fits)
    return pl.concat(fits[name]().select(pl.lit(name).alias("model"), *_FIGURES) for name in wanted)


def _every_family(seed: int, mothers: np.ndarray, *, taken_apart: bool = False) -> Fits:
    ending = ", siblings taken apart" if taken_apart else ""
    alone = {"mother_number": pl.col("dyad_id")} if taken_apart else {}
    cox, fine_gray = (make_study(seed, mothers, time).with_columns(**alone) for time in ("cox", "fine_gray"))
    fits: Fits = {
        "logistic": partial(_estimates, cox, model("logistic")),
        "Cox": partial(_estimates, cox, model("cox")),
    }
    for name, variance in FINE_GRAY.items():
        fits[name] = partial(_estimates, fine_gray, model("fine_gray", variance=variance))
    fits["cumulative incidence"] = partial(_incidences, seed, mothers, taken_apart=taken_apart)
    return {f"{name}{ending}": fit for name, fit in fits.items()}


def _estimates(study: pl.DataFrame, spec: ModelSpec) -> pl.DataFrame:
    return _with_planted(lambda: fit_models(study, [spec]))


def _with_planted(fit: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    truth = [(term, level, effect) for (term, level), effect in EFFECTS.items()]
    planted = pl.DataFrame(truth, schema=["term", "level", "planted"], orient="row")
    return fit().join(planted, on=["term", "level"], how="left", maintain_order="left")


def _incidences(seed: int, mothers: np.ndarray, *, taken_apart: bool) -> pl.DataFrame:
    """Both causes at one year, and the intervals of their curves."""
    at_risk = make_curves_study(seed, mothers)
    if taken_apart:
        at_risk = at_risk.with_columns(cluster=pl.int_range(pl.len()))
    last = aalen_johansen(at_risk, CAUSES).filter(pl.col("time_days") <= YEAR).group_by("cause").last()
    truth = pl.DataFrame({"cause": CAUSES, "planted": [true_incidence(cause) for cause in CAUSES]})
    joined = truth.join(last, on="cause", how="left", maintain_order="left")
    return joined.with_columns(level=pl.lit("one year")).rename({"cause": "term"})


def run(arm: str, seeds: range, processes: int, only: str = "") -> pl.DataFrame:
    """All studies of an arm, or those of one of its models alone; those already stored not again."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{' '.join([arm, only]).strip().replace(', ', ' ').replace(' ', '_')}.csv"
    done = set(_read(path)["seed"]) if path.exists() and path.stat().st_size else set()
    wanted = [seed for seed in seeds if seed not in done]
    # Not forked: polars has threads by the second arm.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool, path.open("a", encoding="utf-8") as stored:
        for seed, found in zip(wanted, pool.map(partial(fit_study, arm, only), wanted), strict=True):
            rows = found.with_columns(pl.lit(seed).alias("seed"))
            stored.write(rows.write_csv(include_header=stored.tell() == 0))
            stored.flush()
    return _read(path).filter(pl.col("seed").is_between(seeds.start, seeds.stop - 1)).sort("seed", maintain_order=True)


def extend(arm: str, found: pl.DataFrame, studies: int, processes: int) -> pl.DataFrame:
    """The studies, and more of each model of which a coverage misses a limit by less than its Monte Carlo error."""
    more = range(studies + 1, TIMES_MORE * studies + 1)
    return pl.concat([found, *(run(arm, more, processes, name) for name in find_near(summarise(found)))])


def find_near(table: pl.DataFrame) -> list[str]:
    """Models, meant to be right, that have a coverage outside the limits by less than one Monte Carlo error.

    Args:
        table: See `summarise`.
    """
    beyond = pl.max_horizontal(LOWEST - pl.col("coverage"), pl.col("coverage") - HIGHEST)
    error = (0.95 * 0.05 / pl.col("studies")).sqrt()
    near = table.filter(~is_wrong(), beyond > 0, beyond < error)
    return near["model"].unique(maintain_order=True).to_list()


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema_length=None)


def summarise(found: pl.DataFrame) -> pl.DataFrame:
    """Of each coefficient bias, in itself and in standard errors of the mean, coverage, and mean error to spread."""
    error = pl.col("estimate") - pl.col("planted")
    return found.group_by("model", "term", "level", maintain_order=True).agg(
        studies=pl.col("estimate").count(),
        planted=pl.col("planted").first(),
        bias=error.mean(),
        bias_in_errors=error.mean() / (error.std() / error.count().sqrt()),
        coverage=pl.col("planted").is_between("conf_low", "conf_high").mean(),
        error_to_spread=pl.col("std_error").mean() / pl.col("estimate").std(),
    )


def main() -> None:
    """Run the arms that are asked for; write the page from all that is stored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arms", nargs="*", choices=tuple(ARMS), default=tuple(ARMS))
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    for arm in options.arms:
        found = run(arm, range(1, options.studies + 1), options.processes)
        table = summarise(extend(arm, found, options.studies, options.processes))
        table.write_csv(RESULTS / f"{arm}_summary.csv")
        with pl.Config(tbl_rows=100, tbl_width_chars=160, fmt_str_lengths=50):
            print(arm, table)
    write_page({arm: pl.read_csv(path) for arm in ARMS if (path := RESULTS / f"{arm}_summary.csv").exists()})


if __name__ == "__main__":
    main()
