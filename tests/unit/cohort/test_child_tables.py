"""Of the country's children the cohort reads those who are linked or may be, and no other."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink.cohort.tables import CHILD_TABLES, add_child_tables
from dyadlink.config import Resources
from dyadlink.sql import connect, read_table


def test_the_rows_of_linked_children_and_candidates_are_kept(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}'s rows.parquet" for name in CHILD_TABLES}
    for name, path in files.items():
        keys = ["301:linked", "301:candidate", "301:other", "301:linked"]
        pl.DataFrame({"child_key": keys, "of": [name] * 4}).write_parquet(path)
    connection = connect(Resources())
    connection.execute("create table links as select '301:linked' as child_key")
    connection.execute(
        "create table scored_pairs as from (values ('301:candidate'), ('301:linked')) as pairs(child_key)"
    )
    add_child_tables(connection, files)
    for name in CHILD_TABLES:
        rows = read_table(connection, name).sort("child_key").rows()
        assert rows == [("301:candidate", name), ("301:linked", name), ("301:linked", name)]
