"""The planted models of missing values and of linkage are found again in large draws."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pipeline import CONFIG, SQL, records, stage
from world_reader import rows

from dyadlink.errors import ConfigError
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.linkage.links import link_persons
from dyadlink.linkage.outputs import read_links
from dyadlink.synthetic import Parameters, load_parameters
from dyadlink.synthetic.linkage_errors import hard_to_link
from dyadlink.synthetic.missingness import ONLY_UNSEEN, TABLES, Missing

N = 300_000


def _with_mechanism(p: Parameters, mechanism: str) -> Parameters:
    value = p.missingness.mechanism.model_copy(update={"value": mechanism})
    return p.model_copy(update={"missingness": p.missingness.model_copy(update={"mechanism": value})})


def _facts(terms: list[str]) -> pl.DataFrame:
    """Return N rows with a spread of each term: numbers where the term is one, else true in three of ten."""
    rng = np.random.default_rng(5)
    draws = {
        "age_decades": lambda: rng.normal(0.0, 0.6, N),
        "deprivation": lambda: rng.integers(0, 5, N),
    }
    return pl.DataFrame({term: draws.get(term, lambda: rng.random(N) < 0.3)() for term in terms})


def _logistic(facts: pl.DataFrame, outcome: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients, the constant first, and standard errors, by Newton's method."""
    x = np.column_stack([np.ones(facts.height), *(facts[term].cast(pl.Float64).to_numpy() for term in facts.columns)])
    y = outcome.cast(pl.Float64).to_numpy()
    beta = np.zeros(x.shape[1])
    beta[0] = math.log(y.mean() / (1 - y.mean()))
    for _ in range(25):
        mean = 1 / (1 + np.exp(-(x @ beta)))
        information = x.T @ (x * (mean * (1 - mean))[:, None])
        beta = beta + np.linalg.solve(information, x.T @ (y - mean))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


@pytest.mark.parametrize("mechanism", ["mcar", "mar", "mnar"])
@pytest.mark.parametrize("variable", TABLES)
def test_a_model_of_missing_values_is_found_again(variable: str, mechanism: str, parameters: Parameters) -> None:
    p = _with_mechanism(parameters, mechanism)
    model = p.missingness.models[variable]
    every = {**model.mar.value, **model.mnar.value}
    facts, missing = _facts(list(every)), Missing(p, 3)
    flags = missing.flags(variable, facts)
    if variable in ONLY_UNSEEN and mechanism != "mnar":
        assert not flags.any()
        return
    share = model.share.value
    assert abs(flags.mean() - share) < 3 * (share * (1 - share) / N) ** 0.5
    in_force = {**(model.mar.value if mechanism != "mcar" else {}), **(model.mnar.value if mechanism == "mnar" else {})}
    beta, error = _logistic(facts, flags)
    for term, found, se in zip(every, beta[1:], error[1:], strict=True):
        assert abs(found - in_force.get(term, 0.0)) < 3 * se, term
    intercept = missing.listed().filter(pl.col("term") == "(intercept)")["log_odds_ratio"][0]
    assert abs(beta[0] - intercept) < 3 * error[0]


def test_nothing_is_missing_when_switched_off(parameters: Parameters) -> None:
    missing = Missing(_with_mechanism(parameters, "none"), 3)
    facts = _facts(["age_decades", "has_prior_admission", "is_single"])
    assert not missing.flags("marital_status", facts).any()
    assert missing.listed()["share_realised"].to_list() == [0.0]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("mnar: {value: {is_single: 0.8}", "mnar: {value: {is_married: 0.8}", "no term 'is_married'"),
        ("    lsoa:\n", "    area:\n", "must be given for exactly"),
        ("{black: 0.65, other: 0.59,", "{black: 0.65, asian: 0.59,", "must be given for exactly"),
        ("mechanism: {value: mar,", "mechanism: {value: always,", "mechanism"),
        ("hard_to_link: {value: 0.10", "hard_to_link: {value: 1.10", "hard_to_link"),
    ],
)
def test_a_wrong_parameter_is_one_line(
    tmp_path: Path, parameters_path: Path, before: str, after: str, message: str
) -> None:
    text = parameters_path.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "parameters.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as error:
        load_parameters(path)
    assert "\n" not in str(error.value)


def test_the_files_miss_what_the_list_says(heavy_world: Path) -> None:
    listed = {row["variable"]: row for row in rows(heavy_world / "truth" / "missingness.csv")}
    assert set(listed) == set(TABLES)
    babies = {
        row["Person_ID_Baby"]: row["GestationLengthBirth"]
        for row in rows(heavy_world / "nhs" / "msds" / "MSD401BabyDemographics.csv")
    }
    assert sum(value == "" for value in babies.values()) == int(listed["gestation"]["n_missing"])
    assert len(babies) == int(listed["gestation"]["n"])
    areas = {row["Person_ID"]: row["LSOA2021"] for row in rows(heavy_world / "nhs" / "mhsds" / "MHS001MPI.csv")}
    gone = sum(value == "" for value in areas.values())
    assert 0 < gone <= int(listed["lsoa"]["n_missing"])  # a woman without any record is in no file


def test_odds_ratios_of_linking_are_found_again(parameters: Parameters) -> None:
    ratios = parameters.linkage_error.odds_ratio_of_linking.value
    rng = np.random.default_rng(8)
    group = rng.random(N)
    facts = pl.DataFrame(
        {
            "black": group < 0.15,
            "other": (group >= 0.15) & (group < 0.35),
            "older_than_35": rng.random(N) < 0.2,
            "in_proceedings": rng.random(N) < 0.3,
        }
    )
    hard = hard_to_link(facts, rng, parameters)
    share = parameters.linkage_error.hard_to_link.value
    assert abs(hard.mean() - share) < 3 * (share * (1 - share) / N) ** 0.5
    beta, error = _logistic(facts, ~hard)
    for term, found, se in zip(facts.columns, beta[1:], error[1:], strict=True):
        assert abs(found - math.log(ratios[term])) < 3 * se, term


def test_no_exact_step_links_an_infant_who_is_hard_to_link(heavy_world: Path) -> None:
    connection = stage(heavy_world)
    load_identifiers(connection, sources=records(heavy_world), sql=SQL, study=CONFIG.study, settings=CONFIG.linkage)
    link_persons(connection, CONFIG.linkage.model_copy(update={"probabilistic": "none"}))
    links = read_links(connection)
    hard = {
        f"{row['la_code']}:{row['la_child_id']}"
        for row in rows(heavy_world / "truth" / "identifier_errors.csv")
        if row["kind"] == "hard_to_link"
    }
    true = {f"{row['la_code']}:{row['la_child_id']}" for row in rows(heavy_world / "truth" / "links.csv")}
    linked = set(links["child_key"])
    assert len(hard) > 5
    assert not hard & linked
    assert len(true & linked) > 0.7 * len(true - hard)
