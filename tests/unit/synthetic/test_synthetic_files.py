"""Every file of a world says on its own that it is invented, and there is one way to write one."""

from __future__ import annotations

import ast
from pathlib import Path

import polars as pl
import pytest

from dyadlink.synthetic import files

GENERATOR = Path(files.__file__).parent
WRITERS = {"write_csv", "write_parquet", "write_text", "write_bytes", "write_ndjson", "write_json", "open", "sink_csv"}


def _is_marked(path: Path) -> bool:
    """Whether a file says that its people are invented, read with none of the generator's code."""
    if path.suffix == ".parquet":
        return pl.read_parquet_metadata(path).get("synthetic") == "Synthetic: every person in this file is invented."
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".csv":
        return lines[0].endswith(",Synthetic") and all(line.endswith(",invented") for line in lines[1:])
    first = {
        ".xml": "<!-- Synthetic: every person in this file is invented. -->",
        ".yaml": "# Synthetic: every person in this file is invented.",
        ".txt": "All people in this folder are invented.",
    }
    return first[path.suffix] in lines[:2]


def test_every_file_of_every_route_is_marked(routed: Path) -> None:
    paths = [path for path in sorted(routed.rglob("*")) if path.is_file()]
    assert {path.suffix for path in paths} == {".csv", ".parquet", ".xml", ".yaml", ".txt"}
    assert len(paths) > 300
    assert [str(path.relative_to(routed)) for path in paths if not _is_marked(path)] == []


def test_no_value_of_a_table_has_more_than_one_line(routed: Path) -> None:
    # Else the test above could not read a CSV by its lines.
    for path in sorted(routed.rglob("*.csv")):
        n = pl.scan_csv(path, infer_schema=False).select(pl.len()).collect().item()
        assert n == len(path.read_text(encoding="utf-8").splitlines()) - 1, path.name


@pytest.mark.parametrize("module", sorted(GENERATOR.rglob("*.py")), ids=lambda path: str(path.relative_to(GENERATOR)))
def test_only_one_module_writes_files(module: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call)]
    methods = {call.attr for call in calls if isinstance(call, ast.Attribute)} & WRITERS
    # The marginal quantities are stored beside the parameters, not in a world.
    allowed = {"files.py": WRITERS, "marginal_store.py": {"write_csv"}}
    assert methods <= allowed.get(module.name, set())


def test_a_table_without_rows_is_marked_by_its_header(tmp_path: Path) -> None:
    files.write_csv(pl.DataFrame(schema={"CHILD": pl.String}), tmp_path / "header.csv")
    assert (tmp_path / "header.csv").read_text(encoding="utf-8") == "CHILD,Synthetic\n"
