"""What the project's linkage is measured against: Splink with ordinary settings, and a nine-step ladder in bare SQL.

Both link `left.parquet` and `right.parquet` (standardised persons) of a folder and write `links_<name>.parquet` with
left_id and right_id.
"""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb

THRESHOLDS = (0.5, 0.9)
"""Ours and Splink link at each of these; the better F1 of the two stands in the table."""
STEPS = (
    ("nhs_number", "birth_date"),
    ("forename", "surname", "birth_date", "sex", "postcode"),
    ("surname", "birth_date", "sex", "postcode"),
    ("forename", "birth_date", "sex", "postcode"),
    ("nhs_number", "surname"),
    ("soundex_forename", "soundex_surname", "birth_date", "sex"),
    ("forename", "surname", "sex", "postcode"),
    ("first_forename", "first_surname", "birth_date", "postcode"),
    ("forename", "surname", "birth_date", "sex"),
)


def connection(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory, two threads, that holds the two tables as views."""
    database = duckdb.connect(config={"threads": 2})
    for side in ("left", "right"):
        database.execute(f"create view {side}_persons as from '{folder / side}.parquet'")
    return database


def bare_ladder(folder: Path, macros: str) -> None:
    """Nine exact steps, each on what the steps before it left; unique pairs alone, no other number."""
    database = connection(folder)
    database.execute(macros)
    derived = (
        "*, soundex(forename) as soundex_forename, soundex(surname) as soundex_surname, "
        "left(forename, 1) as first_forename, left(surname, 3) as first_surname"
    )
    database.execute(f"create table l as select {derived} from left_persons")
    database.execute(
        "create table r as select * from right_persons where birth_date in (select birth_date from l) "
        "or nhs_number in (select nhs_number from l) or postcode in (select postcode from l)"
    )
    database.execute(f"create or replace table r as select {derived} from r")
    database.execute("create table links (left_id varchar, right_id varchar)")
    for keys in STEPS:
        database.execute(f"""
            insert into links
            select l.person_id, r.person_id from l inner join r using ({", ".join(keys)})
            where coalesce(l.nhs_number = r.nhs_number, true)
                and l.person_id not in (select left_id from links) and r.person_id not in (select right_id from links)
            qualify count(*) over (partition by l.person_id) = 1 and count(*) over (partition by r.person_id) = 1
        """)
    database.execute(f"copy links to '{folder / 'links_ladder.parquet'}'")


def bare_splink(folder: Path) -> None:
    """Splink with its library's comparisons, four blocking rules, u by random sampling and two passes of EM."""
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    database = connection(folder)
    for side in ("left", "right"):
        database.execute(
            f"create table the_{side} as select person_id as unique_id, nhs_number, forename, surname, birth_date, "
            f"sex, postcode from {side}_persons"
        )
    api = DuckDBAPI(connection=database)
    linker = Linker(
        [
            api.register("the_left", dataset_display_name="a_left"),
            api.register("the_right", dataset_display_name="b_right"),
        ],
        SettingsCreator(
            link_type="link_only",
            comparisons=[
                cl.ExactMatch("nhs_number"),
                cl.NameComparison("forename"),
                cl.NameComparison("surname"),
                cl.DateOfBirthComparison("birth_date", input_is_string=False),
                cl.ExactMatch("sex"),
                cl.PostcodeComparison("postcode"),
            ],
            blocking_rules_to_generate_predictions=[
                block_on("nhs_number"),
                block_on("birth_date", "surname"),
                block_on("birth_date", "forename"),
                block_on("birth_date", "postcode"),
                block_on("forename", "surname", "postcode"),
            ],
        ),
        log_level=logging.ERROR,
    )
    linker.training.estimate_probability_two_random_records_match(
        [block_on("nhs_number"), block_on("birth_date", "forename", "surname", "postcode")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("birth_date", "surname"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("nhs_number"))
    found = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    for threshold in THRESHOLDS:
        database.execute(f"""
            copy (
                select unique_id_l as left_id, unique_id_r as right_id from {found.physical_name}
                where match_probability >= {threshold}
                qualify row_number() over (partition by unique_id_l order by match_weight desc, unique_id_r) = 1
                    and row_number() over (partition by unique_id_r order by match_weight desc, unique_id_l) = 1
            ) to '{folder / f"links_splink_{threshold}.parquet"}'
        """)
