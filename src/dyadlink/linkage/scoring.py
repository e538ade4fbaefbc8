"""Scores given pairs by a model, in Splink: the one place where pairs are compared."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from typing import Any

import duckdb

from dyadlink.linkage.comparisons import POSTCODE_PARTS, columns_of
from dyadlink.linkage.quoting import word
from dyadlink.linkage_settings import Comparison

WEIGHT_DIGITS = 6
"""Weights and probabilities are rounded so that neither threads nor the order of rows change what is stored."""


def make_frequencies(connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]) -> None:
    """Make `frequency_<column>` (value, n_left, n_right) and `terms_<column>` of the whole tables, by comparison.

    The term of a value is its share on the right: the chance that some other record has what a left person has.
    """
    for comparison in comparisons:
        column = comparison.column
        sides = " union all ".join(
            f"select {word(column)} as value, {left} as is_left from {side}_persons where {word(column)} is not null"
            for side, left in (("left", "true"), ("right", "false"))
        )
        connection.execute(
            f"create or replace table {word(f'frequency_{column}')} as select value, count_if(is_left) as n_left, "
            f"count_if(not is_left) as n_right from ({sides}) group by value"
        )
        connection.execute(
            f"create or replace view {word(f'terms_{column}')} as select value as {word(column)}, "
            f"n_right / sum(n_right) over () as {word(f'tf_{column}')} "
            f"from {word(f'frequency_{column}')} where n_right > 0"
        )


def make_scoring_tables(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], pairs: str, left: str, right: str
) -> None:
    """Make `left_scoring` and `right_scoring`: `unique_id` and what the comparisons read.

    Args:
        connection: Holds `pairs` (l, r), and the persons with these numbers in `left` and `right`.
        comparisons: What will be compared.
        pairs: Only persons of these pairs are kept.
        left: Table of the left persons.
        right: Table of the right persons.
    """
    columns = sorted({column for comparison in comparisons for column in columns_of(comparison)})
    parts = {
        f"{comparison.column}_{part}": f"postcode_{part}({word(comparison.column)})"
        for comparison in comparisons
        if comparison.kind == "postcode"
        for part in POSTCODE_PARTS
    }
    for side, table, number in (("left", left, "l"), ("right", right, "r")):
        read = ", ".join(f"{parts.get(column, word(column))} as {word(column)}" for column in columns)
        connection.execute(
            f"create or replace table {side}_scoring as select {number} as unique_id, {read} from {table} "
            f"where {number} in (select {number} from {pairs})"
        )


def score(connection: duckdb.DuckDBPyConnection, model: dict[str, Any], pairs: str, scored: str) -> None:
    """Make the table `scored` of the pairs: l, r, match_weight, match_probability, gamma_<comparison>.

    Args:
        connection: Holds `left_scoring`, `right_scoring` and the table `pairs` (l, r).
        model: Splink settings with all probabilities.
        pairs: Name of the table of pairs.
        scored: Name of the table that is made.
    """
    from splink import DuckDBAPI, Linker  # noqa: PLC0415  # half a second that only this step needs

    connection.execute(
        "create or replace table blocked_pairs as select '0' as match_key, 'left-__-' || l as join_key_l, "
        f"'right-__-' || r as join_key_r from {pairs}"
    )
    database = DuckDBAPI(connection=connection)
    tables = [database.register(f"{side}_scoring", dataset_display_name=side) for side in ("left", "right")]
    # What Splink reports of single records must not reach a log.
    linker = Linker(tables, model, log_level=logging.ERROR)
    for column in weighed_columns(model):
        frequencies = database.register(f"terms_{column}", dataset_display_name=f"dyadlink_terms_{column}")
        linker.table_management.register_term_frequency_lookup(frequencies, column)
    blocked = database.register("blocked_pairs", dataset_display_name="dyadlink_pairs")
    linker.table_management.register_blocked_pairs_for_predict(blocked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = linker.inference.predict(warning_mode="never")
    gammas = [f"gamma_{comparison['output_column_name']}" for comparison in model["comparisons"]]
    kept = "".join(f", {word(name)}::tinyint as {word(name)}" for name in gammas)
    connection.execute(
        f"create or replace table {scored} as select unique_id_l as l, unique_id_r as r, match_weight, "
        f"match_probability{kept} from {word(found.physical_name)}"
    )
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    connection.execute("drop table blocked_pairs")


def weighed_columns(model: dict[str, Any]) -> list[str]:
    """The columns whose values weigh by their frequency."""
    levels = [level for comparison in model["comparisons"] for level in comparison["comparison_levels"]]
    return sorted({level["tf_adjustment_column"] for level in levels if "tf_adjustment_column" in level})


def settings_of(comparisons: Sequence[dict[str, Any]], prior: float) -> dict[str, Any]:
    """Splink's settings of a model."""
    return {
        "link_type": "link_only",
        "comparisons": list(comparisons),
        "blocking_rules_to_generate_predictions": [],
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "unique_id_column_name": "unique_id",
        "sql_dialect": "duckdb",
    }
