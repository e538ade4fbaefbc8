"""The table of rules and the SQL that applies them hold together, both ways."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
import yaml

from dyadlink.errors import ContractError
from dyadlink.schemas.quality import ANY_SOURCE, read_rules

ROOT = Path(__file__).parents[2]
SQL = ROOT / "workflow/sql"
FILE = SQL / "rules/rules.csv"
RULES = read_rules(FILE)
Named = dict[str, set[str]]


def _then(text: str) -> set[str]:
    """The rules that a query can name: what stands after `then`."""
    return set(re.findall(r"\bthen\s+'(\w+)'", text))


def _conditions() -> Named:
    """The rules that the queries on each source table apply."""
    named: Named = defaultdict(set)
    for path in SQL.glob("rules/broken_*.sql"):
        text = path.read_text(encoding="utf-8")
        if source := re.search(r"'(\w+)' as source,", text):
            named[source[1]] |= _then(text)
    return named


def _cleaning() -> Named:
    """The rules by which the typed tables set rows aside or mend them."""
    named: Named = {}
    for path in SQL.glob("sources/typed_*.sql"):
        cases = re.findall(r"\bcase\b((?:(?!\bcase\b).)*?)\bend\s+as (?:broken|mended)_rule", path.read_text(), re.S)
        named[path.stem.removeprefix("typed_")] = set().union(*(_then(case) for case in cases))
    return named


def _listed(*severities: str) -> Named:
    named: Named = defaultdict(set)
    rows = RULES.filter((pl.col("source") != ANY_SOURCE) & pl.col("severity").is_in(severities))
    for source, rule in rows.select("source", "rule").iter_rows():
        named[source].add(rule)
    return named


def test_rows_are_set_aside_or_mended_by_the_rules_of_the_table() -> None:
    assert len(_cleaning()) == 18
    assert _cleaning() == _listed("quarantine", "mend")


def test_conditions_are_those_of_the_table() -> None:
    assert _conditions() == _listed("warn", "stop")


def test_whole_tables_stop_by_the_rules_of_the_table() -> None:
    named = set(re.findall(r"'(\w+)' as rule,", (SQL / "rules/stopped_tables.sql").read_text(encoding="utf-8")))
    assert named == set(RULES.filter(pl.col("source") == ANY_SOURCE).get_column("rule"))


def test_every_condition_has_a_row_of_a_spec_that_breaks_it() -> None:
    broken: set[tuple[str, str]] = set()
    for path in (ROOT / "tests/spec/rules").glob("broken_*.yaml"):
        source = path.stem.removeprefix("broken_").replace("_order", "_episodes").replace("_years", "_episodes")
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
            broken |= {(source, row["rule"]) for row in case["expect"] if "rule" in row}
    missing = {(source, rule) for source, rules in _conditions().items() for rule in rules} - broken
    assert missing == set()


def test_names_of_rules_of_the_dfe_are_their_numbers() -> None:
    named = RULES.filter(pl.col("rule").str.starts_with("dfe_"))
    assert named.height > 100
    assert (named.get_column("rule") == "dfe_" + named.get_column("dfe_rule")).all()


@pytest.mark.parametrize("column", ["title", "mend", "origin"])
def test_words_are_whole_and_hold_no_number_alone(column: str) -> None:
    words = RULES.get_column(column)
    assert (words.str.len_chars() >= 10).all()
    assert not words.str.ends_with(".").any()


def test_a_table_with_a_wrong_severity_is_refused(tmp_path: Path) -> None:
    rows = list(csv.reader(FILE.read_text(encoding="utf-8").splitlines()))
    rows[1][rows[0].index("severity")] = "ignore"
    path = tmp_path / "rules.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(ContractError, match=r"table rules\.csv"):
        read_rules(path)
