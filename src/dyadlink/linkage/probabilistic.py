"""Probabilistic links by Splink (Fellegi and Sunter's model) for what the exact ladder leaves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from dyadlink.config import Linkage
from dyadlink.linkage.ladder import LINK_COLUMNS

if TYPE_CHECKING:
    from splink import Linker

STEP = "probabilistic"
PROBABILITY_DIGITS = 6
"""Match probabilities are rounded so that the order of rows in the input cannot change what is stored."""
MIN_RECORDS_TO_TRAIN = 50
"""Below this many records on a side there is nothing to learn weights from: no probabilistic links are made."""


KEEP_PROBABILITY = 0.001
"""Pairs from this match probability on are kept as scored pairs, links or not."""


def score_pairs(infants: pl.DataFrame, candidates: pl.DataFrame, settings: Linkage, threads: int) -> pl.DataFrame:
    """`infant_id`, `child_key`, `match_probability` of each pair kept, sorted; none where nothing can be learned."""
    if min(infants.height, candidates.height) < MIN_RECORDS_TO_TRAIN or not _have_names(infants, candidates):
        return pl.DataFrame(schema={name: kind for name, kind in LINK_COLUMNS.items() if name != "step"})
    return _score(infants, candidates, settings, threads).select("infant_id", "child_key", "match_probability")


def link_by_probability(
    infants: pl.DataFrame,
    candidates: pl.DataFrame,
    ladder_links: pl.DataFrame,
    settings: Linkage,
    threads: int,
) -> pl.DataFrame:
    """`choose_links` from the pairs of `score_pairs`."""
    return choose_links(score_pairs(infants, candidates, settings, threads), candidates, ladder_links, settings)


def choose_links(
    scored: pl.DataFrame, candidates: pl.DataFrame, ladder_links: pl.DataFrame, settings: Linkage
) -> pl.DataFrame:
    """Links at or above the match probability of the settings, best first, one for each infant and authority.

    Weights are learned from all records; only infants and child records without a link of the ladder in the same
    authority are then linked. Ties go to nobody: two equally good records cannot be told apart. Where one side holds no
    names (a trust's own tables), nothing is linked here.

    Args:
        scored: What `score_pairs` returned.
        candidates: Standardised identifiers, a row for each child record.
        ladder_links: What `link_by_ladder` returned.
        settings: Threshold.

    Returns:
        `infant_id`, `child_key`, `step` ("probabilistic"), `match_probability`, sorted.
    """
    scored = scored.filter(pl.col("match_probability") >= settings.match_probability_threshold)
    la_codes = candidates.select("child_key", "la_code")
    taken = ladder_links.join(la_codes, on="child_key")
    pairs = (
        scored.join(la_codes, on="child_key")
        .join(taken, on="child_key", how="anti")
        .join(taken, on=["infant_id", "la_code"], how="anti")
    )
    best_for_child = pl.col("match_probability") == pl.col("match_probability").max().over("child_key")
    best_for_infant = pl.col("match_probability") == pl.col("match_probability").max().over("infant_id", "la_code")
    best = pairs.filter(best_for_child & best_for_infant)
    is_only = (pl.len().over("child_key") == 1) & (pl.len().over("infant_id", "la_code") == 1)
    return (
        best.filter(is_only)
        .select("infant_id", "child_key", pl.lit(STEP).alias("step"), "match_probability")
        .sort("infant_id", "child_key")
    )


def _have_names(infants: pl.DataFrame, candidates: pl.DataFrame) -> bool:
    """Whether both sides hold surnames: without them too little is left to learn weights from."""
    return all(side.get_column("surname").count() > 0 for side in (infants, candidates))


def _score(infants: pl.DataFrame, candidates: pl.DataFrame, settings: Linkage, threads: int) -> pl.DataFrame:
    from splink import DuckDBAPI, Linker  # noqa: PLC0415  # half a second that only this step needs

    connection = duckdb.connect(config={"threads": threads})
    database = DuckDBAPI(connection=connection)
    tables = [
        database.register(_for_splink(infants, "infant_id"), dataset_display_name="infants"),
        database.register(_for_splink(candidates, "child_key"), dataset_display_name="candidates"),
    ]
    # Splink reports to the console; what it says about single records must not reach a log.
    linker = Linker(tables, _model(), log_level=logging.ERROR)
    _train(linker, settings)
    scored = linker.inference.predict(
        threshold_match_probability=min(KEEP_PROBABILITY, settings.match_probability_threshold)
    )
    # Splink puts the dataset whose name comes first in the alphabet on the left.
    columns = "unique_id_l as child_key, unique_id_r as infant_id, match_probability"
    pairs: pl.DataFrame = scored.as_duckdbpyrelation().select(columns).pl()
    return pairs.with_columns(pl.col("match_probability").round(PROBABILITY_DIGITS)).sort("infant_id", "child_key")


def _for_splink(records: pl.DataFrame, key: str) -> Any:
    """Records in a fixed order, with the derived columns that comparisons and blocking use."""
    return (
        records.sort(key)
        .select(
            pl.col(key).alias("unique_id"),
            "nhs_number",
            "forename",
            "surname",
            "birth_date",
            "sex",
            "postcode",
            pl.col("postcode").str.slice(0, pl.col("postcode").str.len_chars().cast(pl.Int64) - 3).alias("district"),
        )
        .to_arrow()
    )


def _model() -> Any:
    import splink.comparison_level_library as levels  # noqa: PLC0415
    import splink.comparison_library as comparisons  # noqa: PLC0415
    from splink import SettingsCreator, block_on  # noqa: PLC0415

    nhs_number = comparisons.CustomComparison(
        output_column_name="nhs_number",
        comparison_levels=[
            levels.NullLevel("nhs_number"),
            # Random pairs never share a number, so sampling cannot estimate this u: one in ten million people.
            levels.ExactMatchLevel("nhs_number").configure(u_probability=1e-7, fix_u_probability=True),
            levels.ElseLevel(),
        ],
    )
    birth_date = comparisons.CustomComparison(
        output_column_name="birth_date",
        comparison_levels=[
            levels.NullLevel("birth_date"),
            levels.ExactMatchLevel("birth_date"),
            levels.CustomLevel(
                "year(birth_date_l) = year(birth_date_r) and month(birth_date_l) = day(birth_date_r) "
                "and day(birth_date_l) = month(birth_date_r)",
                "day and month swapped",
            ),
            levels.CustomLevel("abs(date_diff('day', birth_date_l, birth_date_r)) <= 3", "within three days"),
            levels.ElseLevel(),
        ],
    )
    postcode = comparisons.CustomComparison(
        output_column_name="postcode",
        comparison_levels=[
            levels.NullLevel("postcode"),
            levels.ExactMatchLevel("postcode"),
            levels.ExactMatchLevel("district"),
            levels.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            nhs_number,
            comparisons.JaroWinklerAtThresholds("forename", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            comparisons.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            birth_date,
            comparisons.ExactMatch("sex"),
            postcode,
        ],
        blocking_rules_to_generate_predictions=[
            block_on("birth_date"),
            block_on("nhs_number"),
            block_on("postcode"),
            block_on("forename", "surname"),
        ],
        retain_matching_columns=False,
    )


def _train(linker: Linker, settings: Linkage) -> None:
    from splink import block_on  # noqa: PLC0415

    training = linker.training
    training.estimate_probability_two_random_records_match(
        [
            block_on("nhs_number"),
            block_on("birth_date", "forename", "surname"),
            block_on("birth_date", "postcode", "sex"),
        ],
        recall=0.8,
    )
    training.estimate_u_using_random_sampling(max_pairs=settings.max_u_pairs, seed=settings.seed)
    # Each pass holds fixed what it blocks on; together the two teach every comparison its m-probabilities.
    training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    training.estimate_parameters_using_expectation_maximisation(block_on("surname", "sex"))
