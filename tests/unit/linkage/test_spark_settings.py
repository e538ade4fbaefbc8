"""What Spark is given, without a Spark: the same conditions in its own SQL, and a clear line where it is missing."""

from __future__ import annotations

import sys
from typing import Any

import duckdb
import pytest

from dyadlink.errors import ConfigError
from dyadlink.linkage.comparisons import levels_of, splink_comparison
from dyadlink.linkage.spark import for_spark, score_on_spark
from dyadlink.linkage_settings import STUDY_COMPARISONS


def _model() -> dict[str, Any]:
    comparisons = []
    for comparison in STUDY_COMPARISONS:
        n = len(levels_of(comparison))
        comparisons.append(splink_comparison(comparison, (1 / n,) * n, (1 / n,) * n))
    return {"comparisons": comparisons, "sql_dialect": "duckdb"}


def test_conditions_are_in_the_sql_of_spark() -> None:
    model = _model()
    found = for_spark(model)
    assert found["sql_dialect"] == "spark"
    pairs = [
        (old["sql_condition"], new["sql_condition"])
        for one, other in zip(model["comparisons"], found["comparisons"], strict=True)
        for old, new in zip(one["comparison_levels"], other["comparison_levels"], strict=True)
    ]
    assert all('"' not in new for _, new in pairs)
    alike = [new for old, new in pairs if "jaro_winkler_similarity" in old]
    assert alike
    assert all("duckdb_jaro_winkler_similarity(" in new.lower() for new in alike)
    assert {new for old, new in pairs if old == "ELSE"} == {"ELSE"}


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(ConfigError, match=r"linkage\.backend: spark: Spark is not installed -> pip install"):
        score_on_spark(duckdb.connect(), _model(), "candidate_pairs", "scored")
