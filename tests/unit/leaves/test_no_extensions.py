"""No DuckDB of the project fetches an extension, or loads one by itself."""

from __future__ import annotations

import ast
from pathlib import Path

import duckdb
import pytest

from dyadlink.config import Resources
from dyadlink.sql import NO_EXTENSIONS, connect

SOURCE = Path(__file__).parents[3] / "src/dyadlink"


def test_a_connection_neither_installs_nor_loads_extensions() -> None:
    connection = connect(Resources())
    for setting in NO_EXTENSIONS:
        assert connection.execute(f"select current_setting('{setting}')").fetchone() == (False,)
    # With autoloading it would go and look for the extension `excel`.
    with pytest.raises(duckdb.CatalogException, match=r"Table with name file\.xlsx does not exist"):
        connection.execute("select * from 'file.xlsx'")
    assert connection.execute("select count(*) from duckdb_extensions() where installed and not loaded").fetchone() == (
        0,
    )


def test_every_connection_is_opened_with_these_settings() -> None:
    opened = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("duckdb."):
                # Any other function of the module would run in a connection of DuckDB's own making.
                opened.append((path.name, ast.unparse(node.func), "NO_EXTENSIONS" in ast.unparse(node)))
    assert opened == [("spark.py", "duckdb.connect", True), ("sql.py", "duckdb.connect", True)]
