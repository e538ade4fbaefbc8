"""The tests of proportional hazards beside a Cox model."""

from __future__ import annotations

from typing import Any

import polars as pl

from dyadlink.report.proportional_hazards import MEANING, build_tests, describe_tests
from dyadlink.report.reading import Release


def _release(**changes: Any) -> Release:
    row = {"model": "m", "term": "is_single", "status": "shown", "statistic": 4.46, "df": 3, "p_value": 0.216}
    rows = [row, row | {"term": "global"} | changes]
    tables = {"proportional_hazards": pl.DataFrame(rows, infer_schema_length=None)}
    return Release({"profile": {"threshold": 10}, "is_synthetic": True}, tables, dict.fromkeys(tables, ""))


def test_the_global_test_is_said_with_its_meaning() -> None:
    (sentence,) = describe_tests(_release(), "m")
    assert sentence == (
        "Proportional hazards (Grambsch-Therneau, all terms): chi-squared 4.46 with 3 df, p 0.216. " + MEANING
    )


def test_hidden_and_missing_tests_are_said() -> None:
    nothing = {"statistic": None, "df": None, "p_value": None}
    (hidden,) = describe_tests(_release(status="suppressed_primary", **nothing), "m")
    (missing,) = describe_tests(_release(status="not_estimable", **nothing), "m")
    assert "is not shown: fewer than 10" in hidden
    assert "the model has no estimates" in missing
    (table,) = build_tests(_release(status="suppressed_primary", **nothing), "m", "A model")
    assert [cell.is_hidden for cell in table.rows[-1].cells] == [True] * 3
    (table,) = build_tests(_release(status="not_estimable", **nothing), "m", "A model")
    assert table.rows[-1].cells[0].text == "not estimable"


def test_a_model_without_tests_says_nothing() -> None:
    assert describe_tests(_release(), "another") == ()
    assert build_tests(_release(), "another", "A model") == ()
    assert describe_tests(Release({"profile": {"threshold": 10}}, {}, {}), "m") == ()
