"""Sentences say what the numbers say, and no more."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from dyadlink.models.methods import FINE_GRAY_METHODS, FITTERS, METHODS
from dyadlink.report import labels
from dyadlink.report.reading import Release
from dyadlink.report.sentences import describe_coverage, describe_key_results, describe_model, describe_sample_size
from dyadlink.report.tables import number, p_value, ratio

PROFILE = {"threshold": 10}


def release_of(**tables: pl.DataFrame) -> Release:
    return Release({"profile": PROFILE, "is_synthetic": True}, tables, dict.fromkeys(tables, ""))


def outcome_counts(n: int | None, *levels: str) -> pl.DataFrame:
    rows = [("outcomes", "total", "total", "all", "rounded", 280, 100.0)]
    rows += [("outcomes", "o4", "yes", "all", "rounded", n, None if n is None else round(n / 2.8, 1))]  # type: ignore[arg-type, list-item]
    rows += [("outcomes", "o4", level, "all", "rounded", 100, 35.7) for level in levels]
    names = ["table", "variable", "level", "group", "status", "n", "percent"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_a_count_says_about_how_many_of_whom() -> None:
    (sentence,) = describe_key_results(release_of(outcomes=outcome_counts(30)))
    assert sentence == "About 30 of 280 dyads (10.7%) ended with custody loss within one year of discharge (O4)."


def test_a_share_of_everyone_says_that_not_everyone_was_at_risk() -> None:
    (sentence,) = describe_key_results(release_of(outcomes=outcome_counts(30, "not_at_risk")))
    assert sentence.endswith("the others include dyads not at risk or not fully observed.")


def test_a_hidden_count_is_said_in_words() -> None:
    (sentence,) = describe_key_results(release_of(outcomes=outcome_counts(None)))
    assert "is not shown: fewer than 10, or hidden to protect another count." in sentence


def model_rows(*rows: dict[str, Any], family: str = "logistic") -> pl.DataFrame:
    base = {"model": "m", "role": "primary", "outcome": "o1", "family": family, "reference": "no", "level": "yes"}
    base |= {"adjustment": "full"}
    shown = {"status": "shown", "ratio": None, "ratio_low": None, "ratio_high": None}
    frame = pl.DataFrame([base | shown | row for row in rows], infer_schema_length=None)
    return frame.with_columns(
        pl.col("ratio", "ratio_low", "ratio_high").cast(pl.Float64),
        conf_low=pl.col("ratio_low").cast(pl.Float64).log(),
        conf_high=pl.col("ratio_high").cast(pl.Float64).log(),
    )


HIGHER = {"term": "has_domestic_abuse", "ratio": 2.1, "ratio_low": 1.5, "ratio_high": 2.94}
LOWER = {"term": "is_single", "ratio": 0.5, "ratio_low": 0.3, "ratio_high": 0.83}
UNSURE = {"term": "has_prior_admission", "ratio": 1.4, "ratio_low": 0.9, "ratio_high": 2.2}
HIDDEN = {"term": "is_detained", "status": "suppressed_primary"}


def test_a_model_names_the_terms_whose_interval_leaves_out_one() -> None:
    sentence = describe_model(model_rows(HIGHER, LOWER, UNSURE, HIDDEN))
    assert "higher odds (odds ratio, 95% interval) went with domestic abuse recorded 2.10 (1.50 to 2.94)" in sentence
    assert "lower odds (odds ratio, 95% interval) went with single (not married" in sentence
    assert "arlier acute" not in sentence
    assert sentence.endswith("Not shown or not estimable: 1 of 4 terms.")


def test_a_cox_model_speaks_of_cause_specific_hazards_and_not_of_odds() -> None:
    sentence = describe_model(model_rows(HIGHER, family="cox"))
    assert "higher cause-specific hazards (hazard ratio" in sentence
    assert "odds" not in sentence


def test_a_fine_gray_model_speaks_of_subdistribution_hazards_alone() -> None:
    sentence = describe_model(model_rows(HIGHER, family="fine_gray"))
    assert "higher subdistribution hazards (subdistribution hazard ratio" in sentence
    assert "Fine-Gray model" in sentence
    assert "cause-specific" not in sentence
    assert "odds" not in sentence


def test_firth_speaks_of_odds() -> None:
    sentence = describe_model(model_rows(HIGHER, family="firth"))
    assert "Firth logistic model" in sentence
    assert "higher odds (odds ratio" in sentence


def test_every_family_and_method_has_words() -> None:
    assert set(labels.FAMILIES) == set(FITTERS)
    assert set(labels.METHODS) == {*METHODS.values(), *FINE_GRAY_METHODS.values()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": 1000, "n_events": 100}, "need about 1,210 dyads (Riley et al. 2020). It has fewer: "),
        ({"n": 1250, "n_events": 120}, "It has them."),
        ({"n": 1000, "n_events": None}, ""),
        ({"n": None, "n_events": None}, ""),
        ({"n": 1000, "n_events": 100, "method": "firth"}, ""),
        ({"n": 1000, "n_events": 100, "method": "partial_likelihood"}, ""),
    ],
)
def test_a_model_says_how_many_dyads_it_needs(change: dict[str, Any], words: str) -> None:
    said = describe_sample_size({"method": "maximum_likelihood", "parameters": 11, **change})
    assert words in said
    assert bool(said) == bool(words)


def test_a_model_that_finds_nothing_says_so() -> None:
    assert "no term has a 95% interval that leaves out 1" in describe_model(model_rows(UNSURE))


def test_no_sentence_claims_a_cause() -> None:
    frame = model_rows(HIGHER, LOWER, UNSURE, HIDDEN)
    text = " ".join(describe_key_results(release_of(estimates=frame, outcomes=outcome_counts(30)))).lower()
    assert not any(word in text for word in ("causes ", "caused", "leads to", "because of", "due to", "risk factor"))


def test_coverage_counts_only_what_is_shown() -> None:
    frame = pl.DataFrame({"is_covered": [True, True, False, None]})
    assert describe_coverage(release_of(planted_effects=frame)).startswith("2 of the 3 shown 95% intervals (67%)")


@pytest.mark.parametrize(
    ("value", "text"), [(0.494, "0.49"), (2.0, "2.00"), (10.21, "10.2"), (9.996, "10.0"), (120.4, "120"), (None, "")]
)
def test_ratios_show_what_their_digits_carry(value: float | None, text: str) -> None:
    assert ratio(value) == text


def test_small_p_values_and_negative_zeros() -> None:
    assert (p_value(0.0), p_value(0.0314), p_value(None)) == ("<0.001", "0.031", "")
    assert (number(-0.001, 2), number(-0.5, 2), number(1230)) == ("0.00", "\u22120.50", "1,230")


def test_labels_fall_back_to_plain_words() -> None:
    assert labels.variable_label("is_single") == "Single (not married or in a civil partnership)"
    assert labels.variable_label("some_new_column") == "Some new column"
    assert labels.level_label("1", "deprivation_quintile") == "1 (most deprived)"
    assert labels.level_label("1", "parity") == "1"
    assert labels.term_label("country", "Wales", "England") == "Country: Wales (against England)"
