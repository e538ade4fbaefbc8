"""Scores given pairs by a model in the format of Splink: the one place where pairs are compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import duckdb

from dyadlink.linkage.comparisons import HOME_GROUP, POSTCODE_PARTS, columns_of, gamma_of, numbered_levels
from dyadlink.linkage_settings import Comparison
from dyadlink.sql import word

WEIGHT_DIGITS = 6
"""Weights and probabilities are rounded so that neither threads nor the order of rows change what is stored."""


def make_frequencies(connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]) -> None:
    """Make `frequency_<column>` (value, n_left, n_right) and `terms_<column>` of the whole tables, by comparison.

    A postcode has the terms of its parts as well, and `<column>_home_group`.

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
        weighed = {column: "value"}
        if comparison.kind == "postcode":
            weighed |= {f"{column}_{part}": f"postcode_{part}(value)" for part in POSTCODE_PARTS}
            _make_home_groups(connection, column)
        for name, value in weighed.items():
            connection.execute(
                f"create or replace view {word(f'terms_{name}')} as select {value} as {word(name)}, "
                f"sum(n_right) / sum(sum(n_right)) over () as {word(f'tf_{name}')} "
                f"from {word(f'frequency_{column}')} where n_right > 0 group by 1"
            )


def _make_home_groups(connection: duckdb.DuckDBPyConnection, column: str) -> None:
    """Make `<column>_home_group` (district, that group) and the terms of the groups."""
    home = word(f"{column}_{HOME_GROUP}")
    connection.execute(
        f"create or replace table {home} as select postcode_district({word(column)}) as district, "
        f"person_group as {home} from right_near where person_group is not null group by 1, 2 "
        "qualify row_number() over (partition by district order by count(*) desc, person_group) = 1"
    )
    connection.execute(
        f"create or replace table {word(f'terms_{column}_{HOME_GROUP}')} as select person_group as {home}, "
        f"count(*) / sum(count(*)) over () as {word(f'tf_{column}_{HOME_GROUP}')} "
        "from right_persons where person_group is not null group by 1"
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
    postcodes = [comparison.column for comparison in comparisons if comparison.kind == "postcode"]
    parts = {f"{column}_{part}": f"postcode_{part}({word(column)})" for column in postcodes for part in POSTCODE_PARTS}
    homes = {f"{column}_{HOME_GROUP}": f"postcode_district({word(column)})" for column in postcodes}
    for side, table, number in (("left", left, "l"), ("right", right, "r")):
        groups = dict.fromkeys(homes, "person_group") if side == "right" else {}
        read = ", ".join(f"{(parts | groups).get(column, word(column))} as {word(column)}" for column in columns)
        joins = "".join(
            f" left join {word(home)} on {district} = {word(home)}.district" for home, district in homes.items()
        )
        connection.execute(
            f"create or replace table {side}_scoring as select {number} as unique_id, {read} "
            f"from {table}{joins if side == 'left' else ''} where {number} in (select {number} from {pairs})"
        )


def score(connection: duckdb.DuckDBPyConnection, model: dict[str, Any], pairs: str, scored: str) -> None:
    """Make the table `scored` of the pairs: l, r, match_weight, match_probability, gamma_<comparison>.

    Conditions and probabilities are those of Splink's settings, and the weights are those of Splink's `predict` (a test
    holds them together): log2 odds of the prior, log2(m / u) of each level and, where a frequent value weighs less,
    log2(u / frequency). One query does here what `predict` does by carrying every value through several tables.

    Args:
        connection: Holds `left_scoring`, `right_scoring`, `terms_<column>` and the table `pairs` (l, r).
        model: Splink settings with all probabilities.
        pairs: Name of the table of pairs.
        scored: Name of the table that is made.
    """
    weighed = weighed_columns(model)
    # Values that are weighed are the same on both sides, so that the left one's frequency is the pair's.
    terms = "".join(f", {word(f'terms_{column}')}.{word(f'tf_{column}')}" for column in weighed)
    joins = " ".join(f"left join {word(f'terms_{column}')} using ({word(column)})" for column in weighed)
    connection.execute(
        f"create or replace temp table left_weighed as select left_scoring.*{terms} from left_scoring {joins}"
    )
    sides = {"l": "left_weighed", "r": "right_scoring"}
    values = ", ".join(
        f"{side}.{word(column)} as {word(f'{column}_{side}')}"
        for side, table in sides.items()
        for column in connection.table(table).columns
    )
    gammas = "".join(
        f", {_gamma(comparison)} as {word(gamma_of(comparison['output_column_name']))}"
        for comparison in model["comparisons"]
    )
    prior = model["probability_two_random_records_match"]
    weight = " + ".join([_number(math.log2(prior / (1 - prior))), *map(_weight, model["comparisons"])])
    kept = "".join(f", {word(gamma_of(comparison['output_column_name']))}" for comparison in model["comparisons"])
    tf = "".join(f", {word(f'tf_{column}_l')}" for column in weighed)
    connection.execute(f"""
        create or replace table {scored} as
        with compared as (
            select unique_id_l as l, unique_id_r as r{tf}{gammas}
            from (
                select {values}
                from {pairs} as pairs
                inner join left_weighed as l on pairs.l = l.unique_id
                inner join right_scoring as r on pairs.r = r.unique_id
            )
        ),
        weighed as (select l, r, {weight} as match_weight{kept} from compared)
        select l, r, match_weight, 1 / (1 + pow(2, -match_weight)) as match_probability{kept}
        from weighed
    """)  # the conditions are the project's own, or those of a model that the settings name
    connection.execute("drop table left_weighed")


def _gamma(comparison: dict[str, Any]) -> str:
    levels = [(number, level["sql_condition"]) for number, level in numbered_levels(comparison)]
    cases = " ".join(f"when {condition} then {number}" for number, condition in levels if condition != "ELSE")
    return f"(case {cases} else 0 end)::tinyint"


def _weight(comparison: dict[str, Any]) -> str:
    cases = ""
    for number, level in numbered_levels(comparison):
        if number < 0:
            continue
        weight = _number(math.log2(level["m_probability"] / level["u_probability"]))
        if "tf_adjustment_column" in level:
            frequency = word(f"tf_{level['tf_adjustment_column']}_l")
            rarity = f"{_number(math.log2(level['u_probability']))} - log2({frequency})"
            weight += f" + {_number(level['tf_adjustment_weight'])} * coalesce({rarity}, 0)"
        cases += f" when {number} then {weight}"
    return f"(case {word(gamma_of(comparison['output_column_name']))}{cases} else 0 end)"


def _number(value: float) -> str:
    """A number as SQL that is no decimal: DuckDB would round those."""
    return f"{value!r}::double"


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
