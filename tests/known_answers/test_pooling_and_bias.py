"""Rubin's rules against R's mice, and bias analyses against published tables."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dyadlink.models.linkage_error.simple_bias import TwoByTwo, correct_outcome, correct_selection
from dyadlink.models.pooling import pool

ANSWERS: dict[str, Any] = json.loads(Path(__file__).with_name("pooling_and_bias.json").read_text())


def test_pool_is_that_of_mice() -> None:
    told = ANSWERS["pool"]
    estimates = np.array(told["estimates"])[:, None]
    pooled = pool(estimates, np.sqrt(np.array(told["variances"]))[:, None], told["n"] - told["k"])
    assert pooled.estimate[0] == pytest.approx(told["estimate"], abs=1e-8)
    assert pooled.std_error[0] ** 2 == pytest.approx(told["total_variance"], abs=1e-8)
    # The answers have eight digits: half a unit of the last is what they allow.
    assert pooled.df[0] == pytest.approx(told["df_barnard_rubin"], abs=5e-7)
    assert pooled.fmi[0] == pytest.approx(told["fmi"], abs=5e-9)


def test_selection_is_corrected_as_published() -> None:
    told = ANSWERS["selection"]
    table = TwoByTwo(*told["cells"])
    assert table.odds_ratio == pytest.approx(told["odds_ratio_recorded"], abs=1e-6)
    true = correct_selection(table, TwoByTwo(*told["shares"]))
    assert true.odds_ratio == pytest.approx(told["odds_ratio_true"], abs=1e-6)


def test_outcome_is_corrected_as_published() -> None:
    told = ANSWERS["outcome"]
    table = TwoByTwo(*told["cells"])
    assert table.odds_ratio == pytest.approx(told["odds_ratio_recorded"], abs=1e-6)
    assert table.risk_ratio == pytest.approx(told["risk_ratio_recorded"], abs=1e-6)
    true = correct_outcome(table, (told["sensitivity"],) * 2, (told["specificity"],) * 2)
    assert true is not None
    assert true.odds_ratio == pytest.approx(told["odds_ratio_true"], abs=1e-6)
    assert true.risk_ratio == pytest.approx(told["risk_ratio_true"], abs=1e-6)
    assert [true.exposed_with, true.unexposed_with] == pytest.approx(told["true_cases"], abs=1e-6)


def test_a_table_that_no_true_one_gives_has_no_correction() -> None:
    assert correct_outcome(TwoByTwo(5, 5, 995, 995), (0.9, 0.9), (0.98, 0.98)) is None
    assert correct_outcome(TwoByTwo(95, 95, 5, 5), (0.9, 0.9), (1.0, 1.0)) is None


def test_one_answer_many_times_is_that_answer() -> None:
    pooled = pool(np.full((4, 1), 0.3), np.full((4, 1), 0.1), 200)
    assert (pooled.estimate[0], pooled.fmi[0]) == (pytest.approx(0.3), 0.0)
    assert pooled.std_error[0] == pytest.approx(0.1)
    assert pooled.df[0] == pytest.approx(201 / 203 * 200)
    assert math.isfinite(pool(np.full((1, 1), 0.3), np.full((1, 1), 0.1), 200).df[0])
