"""`dyadlink fit` against R (tests/r/table_models.R and others) and against published figures (tables.json).

Measured: 1e-12 on curves and Cox models, 2e-9 on Firth's limits; 1e-8 leaves room for another processor.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from r_answers import R_FOLDER, distance, read_answers, read_mgus2

from dyadlink.cli import main

TOLERANCE = 1e-8
PUBLISHED = json.loads((Path(__file__).parent / "tables.json").read_text(encoding="utf-8"))
LUNG = {"time": "time", "event": "status", "event_is": 2, "censored": 1}
LUNG_TERMS = {"age": "linear", "sex": "linear", "ph.ecog": "linear"}
MGUS2 = {"time": "days", "event": "state", "event_is": "pcm", "competing": ["death"], "censored": "censored"}
MGUS2_TERMS = {"age": "linear", "is_male": "binary", "mspike": "linear"}
AGE = MGUS2 | {"time": "to", "entry": "from"}
RATS = {"time": "time", "event": "status"}
HEART = {"time": "stop", "entry": "start", "event": "event"}
Fit = Callable[..., pl.DataFrame]


@pytest.fixture
def fit(tmp_path: Path) -> Fit:
    """Runs the command in this process; what it wrote."""

    def run(table: str | pl.DataFrame, terms: dict[str, str] | None = None, **keys: Any) -> pl.DataFrame:
        path = R_FOLDER / f"{table}.csv"
        if isinstance(table, pl.DataFrame):
            path = tmp_path / "table.parquet"
            table.write_parquet(path)
        if terms:
            keys["terms"] = [{"name": name, "kind": kind} for name, kind in terms.items()]
        model, out = tmp_path / "model.yaml", tmp_path / "out.csv"
        model.write_text(yaml.safe_dump(keys), encoding="utf-8")
        assert main(["fit", str(path), "--model", str(model), "--out", str(out), "--force"]) == 0
        return pl.read_csv(out, infer_schema_length=None)

    return run


def _mgus2() -> pl.DataFrame:
    """Late: at risk from the age of diagnosis, in months; `soon`: death within two years."""
    patients = read_mgus2()
    start = pl.col("age") * 12
    return patients.with_columns(
        **{"from": start},
        to=start + pl.col("days"),
        to_death=start + pl.col("futime"),
        soon=(pl.col("death") == 1) & (pl.col("futime") <= 24),
        # R counts patients from 1.
        counts=1 + (pl.col("patient").cast(pl.Int64) + 1) % 4 / 2,
    )


def _check_curve(ours: pl.DataFrame, name: str, cause: str = "") -> None:
    answers = read_answers("table_curves").filter(pl.col("curve") == name, pl.col("cause").fill_null("") == cause)
    assert answers.height > 40
    # The first row is the start, which R leaves out.
    curve = ours[1:]
    assert curve["time"].to_list() == answers["time"].to_list()
    assert curve["n_at_risk"].to_list() == answers["n_at_risk"].to_list()
    assert distance(curve["estimate"], answers["estimate"]) < TOLERANCE
    is_left = pl.Series(answers["estimate"] > 0)
    assert distance(curve.filter(is_left)["std_error"], answers.filter(is_left)["std_error"]) < TOLERANCE
    for end in ("conf_low", "conf_high"):
        has_end = curve[end].is_not_null()
        assert has_end.sum() > 40
        assert distance(curve.filter(has_end)[end], answers.filter(has_end)[end]) < TOLERANCE


def _check_test(row: dict[str, Any], name: str) -> None:
    answers = read_answers("table_tests").filter(test=name)
    assert answers.height == 3
    for figure, value in answers.select("figure", "value").iter_rows():
        assert row[figure] == pytest.approx(value, abs=TOLERANCE), figure


def _check_estimates(ours: pl.DataFrame, name: str) -> None:
    answers = read_answers("table_estimates").filter(model=name)
    assert ours.height == answers.height > 0
    assert ours["n"].unique().to_list() == answers["n"].unique().to_list()
    assert distance(ours["estimate"], answers["estimate"]) < TOLERANCE
    assert distance(ours["std_error"], answers["std_error"]) < TOLERANCE
    assert distance(ours["ratio"].log(), answers["estimate"]) < TOLERANCE


def test_lung_survival(fit: Fit) -> None:
    result = fit("lung", family="kaplan_meier", **LUNG)
    survival = result.filter(quantity="survival")
    _check_curve(survival, "lung")
    _check_curve(result.filter(quantity="follow_up"), "lung_reverse")
    _check_test(result.filter(quantity="median_survival").row(0, named=True), "lung")
    _check_test(result.filter(quantity="median_follow_up").row(0, named=True), "lung_reverse")
    published = PUBLISHED["km_lung"]
    median = result.filter(quantity="median_survival")
    assert median.select("estimate", "conf_low", "conf_high").row(0) == (published["median"], *published["median_ci"])
    assert (result["n"][0], survival["n_events"].max()) == (published["n"], published["events"])
    for time, at_risk in zip((180, 365, 730), published["n_risk"], strict=True):
        last = survival.filter(pl.col("time") <= time).tail(1)
        assert last["estimate"].item() == pytest.approx(published[f"S({time})"], abs=1e-8)
        # R counts who is at risk at that time itself.
        gone = survival.filter(pl.col("time") < time).tail(1)
        assert published["n"] - gone["n_events"].item() - gone["n_censored"].item() == at_risk
        if time == 365:
            assert last["std_error"].item() == pytest.approx(published["se_365"], abs=1e-9)


def test_lung_by_sex(fit: Fit) -> None:
    result = fit("lung", family="kaplan_meier", group="sex", **LUNG)
    for sex in ("1", "2"):
        _check_curve(result.filter(quantity="survival", group=sex), f"lung_sex_{sex}")
    test = result.filter(quantity="log_rank").row(0, named=True)
    _check_test(test, "lung_sex")
    assert test["statistic"] == pytest.approx(PUBLISHED["km_lung"]["logrank_sex_chisq"], abs=1e-6)


def test_one_less_survival_is_no_incidence(fit: Fit) -> None:
    """With competing events taken for censoring it is twice what Aalen-Johansen says."""
    survival = fit(read_mgus2(), family="kaplan_meier", **MGUS2).filter(quantity="survival")
    naive = 1 - _last_before(survival, (60, 120, 240))["estimate"]
    assert distance(naive, pl.Series(PUBLISHED["competing_mgus2"]["naive_1_minus_KM_pcm"])) < 1e-8


def test_log_rank_within_strata(fit: Fit) -> None:
    result = fit("lung", family="kaplan_meier", group="sex", strata=["inst"], **LUNG)
    _check_test(result.filter(quantity="log_rank").row(0, named=True), "lung_sex_within_inst")


def test_survival_of_clusters(fit: Fit) -> None:
    result = fit("rats", family="kaplan_meier", cluster="litter", **RATS)
    _check_curve(result.filter(quantity="survival"), "rats_clustered")


def test_survival_with_left_truncation(fit: Fit) -> None:
    result = fit(_mgus2(), family="kaplan_meier", time="to_death", entry="from", event="death")
    _check_curve(result.filter(quantity="survival"), "mgus2_survival_late")
    _check_test(result.filter(quantity="median_survival").row(0, named=True), "mgus2_survival_late")


@pytest.mark.parametrize("cause", ["pcm", "death"])
def test_incidence_with_left_truncation(fit: Fit, cause: str) -> None:
    result = fit(_mgus2(), family="aalen_johansen", **AGE).filter(cause=cause)
    _check_curve(result, "mgus2_late", cause)


def _last_before(curve: pl.DataFrame, times: tuple[int, ...]) -> pl.DataFrame:
    return pl.concat([curve.filter(pl.col("time") <= time).tail(1) for time in times])


def test_incidence(fit: Fit) -> None:
    published, times = PUBLISHED["competing_mgus2"], (60, 120, 240)
    whole = fit(read_mgus2(), family="aalen_johansen", **MGUS2)
    by_sex = fit(read_mgus2(), family="aalen_johansen", group="sex", **MGUS2)
    frozen = read_answers("aalen_johansen_mgus2").filter(curve="all_by_patient")
    for cause in ("pcm", "death"):
        ours = _last_before(whole.filter(cause=cause), times)
        assert distance(ours["estimate"], pl.Series(published[f"AJ_{cause}_60_120_240"])) < 1e-8
        theirs = _last_before(frozen.filter(cause=cause), times)
        for figure in ("estimate", "std_error", "conf_low", "conf_high"):
            assert distance(ours[figure], theirs[figure]) < TOLERANCE
        for sex in ("F", "M"):
            ours = _last_before(by_sex.filter(cause=cause, group=sex), times)
            assert distance(ours["estimate"], pl.Series(published[f"AJ_{cause}_{sex}"])) < 1e-9


def test_grays_test(fit: Fit) -> None:
    result = fit(read_mgus2(), family="gray_test", group="sex", **MGUS2)
    for cause, (statistic, p_value) in PUBLISHED["competing_mgus2"]["gray_test_sex"].items():
        row = result.filter(cause=cause).row(0, named=True)
        assert (row["statistic"], row["p_value"]) == pytest.approx((statistic, p_value), abs=1e-7)


def test_cox_lung(fit: Fit) -> None:
    result = fit("lung", LUNG_TERMS, family="cox", **LUNG)
    _check_estimates(result, "lung")
    assert result["standard_errors"].unique().to_list() == ["model_based"]
    for name in LUNG_TERMS:
        ours = result.filter(term=name).select("estimate", "std_error").row(0)
        assert ours == pytest.approx(PUBLISHED["cox_lung_efron"][name], abs=1e-9)


def test_cox_in_strata(fit: Fit) -> None:
    _check_estimates(
        fit("lung", {"age": "linear", "sex": "linear"}, family="cox", strata=["inst"], **LUNG), "lung_within_inst"
    )


def test_cox_clustered_on_the_institution(fit: Fit) -> None:
    result = fit("lung", LUNG_TERMS, family="cox", cluster="inst", **LUNG)
    answers = read_answers("cox_lung").filter(model="by_institution")
    assert distance(result["std_error"], answers["std_error"]) < TOLERANCE


def test_cox_rossi(fit: Fit) -> None:
    terms = dict.fromkeys(("fin", "age", "race", "wexp", "mar", "paro", "prio"), "linear")
    result = fit("rossi", terms, family="cox", time="week", event="arrest")
    _check_estimates(result, "rossi")
    published = PUBLISHED["cox_rossi_lifelines"]
    assert (result["n"][0], result["n_events"][0]) == (published["n"], published["events"])
    for name in terms:
        ours = result.filter(term=name).select("estimate", "std_error").row(0)
        assert ours == pytest.approx(published[name], abs=2e-6)


def test_rats_of_litters(fit: Fit) -> None:
    published = PUBLISHED["cluster_rats_f"]
    plain = fit("rats", {"rx": "binary"}, family="cox", **RATS)
    clustered = fit("rats", {"rx": "binary"}, family="cox", cluster="litter", **RATS)
    _check_estimates(plain, "rats")
    _check_estimates(clustered, "rats_clustered")
    assert clustered["estimate"].item() == pytest.approx(published["rx"], abs=1e-8)
    assert plain["std_error"].item() == pytest.approx(published["se_naive"], abs=1e-8)
    assert clustered["std_error"].item() == pytest.approx(published["se_cluster_litter"], abs=1e-8)
    assert clustered["standard_errors"].item() == "clustered"


def test_cox_weighted(fit: Fit) -> None:
    rats = pl.read_csv(R_FOLDER / "rats.csv").with_columns(counts=1 + pl.col("litter") % 3 / 2)
    result = fit(rats, {"rx": "binary"}, family="cox", weights="counts", **RATS)
    _check_estimates(result, "rats_weighted")
    assert result["standard_errors"].item() == "robust"


def test_cox_with_left_truncation(fit: Fit) -> None:
    _check_estimates(fit(_mgus2(), {"is_male": "binary", "mspike": "linear"}, family="cox", **AGE), "mgus2_late")


def test_heart_start_stop(fit: Fit) -> None:
    """As if known at the start transplants seem to save three lives in four; as they happened, none."""
    published = PUBLISHED["immortal_time_heart"]
    heart = pl.read_csv(R_FOLDER / "heart.csv")
    last = heart.filter(pl.col("id").is_last_distinct(), pl.col("stop") > 1)
    naive = fit(last, {"transplant": "binary"}, family="cox", time="stop", event="event")
    _check_estimates(naive, "heart_naive")
    assert naive["ratio"].item() == pytest.approx(published["naive_jasa_transplant"]["HR"], abs=1e-8)
    split = fit(heart, {"transplant": "binary"}, family="cox", **HEART)
    _check_estimates(split, "heart")
    told = published["time_dependent_transplant"]
    ours = split.select("estimate", "ratio", "std_error").row(0)
    assert ours == pytest.approx((told["coef"], told["HR"], told["se"]), abs=1e-7)


def test_heart_full_model(fit: Fit) -> None:
    terms = {"age": "linear", "year": "linear", "surgery": "binary", "transplant": "binary"}
    result = fit("heart", terms, family="cox", **HEART)
    _check_estimates(result, "heart_full")
    for name, figures in PUBLISHED["immortal_time_heart"]["full_td_model"].items():
        ours = result.filter(term=name).select("estimate", "std_error").row(0)
        assert ours == pytest.approx(figures, abs=1e-8)


def test_cause_specific_hazards(fit: Fit) -> None:
    result = fit(read_mgus2(), MGUS2_TERMS, family="cox", **MGUS2)
    published = PUBLISHED["competing_mgus2"]["cause_specific_pcm"]
    for name, figures in zip(MGUS2_TERMS, published.values(), strict=True):
        ours = result.filter(term=name).select("estimate", "std_error").row(0)
        assert ours == pytest.approx(figures, abs=1e-8)


@pytest.mark.parametrize(("cluster", "keys"), [("patient", {}), ("dxyr", {"cluster": "dxyr"})])
def test_fine_gray(fit: Fit, cluster: str, keys: dict[str, str]) -> None:
    result = fit(read_mgus2(), MGUS2_TERMS, family="fine_gray", **MGUS2, **keys)
    answers = read_answers("fine_gray_mgus2").filter(cause="pcm", cluster=cluster)
    assert distance(result["estimate"], answers["estimate"]) < TOLERANCE
    assert distance(result["std_error"], answers["std_error"]) < TOLERANCE
    published = PUBLISHED["competing_mgus2"]["fine_gray_survival_finegray"]
    assert distance(result["estimate"], pl.Series([figures[0] for figures in published.values()])) < 1e-8


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("mgus2_logistic", {}),
        ("mgus2_logistic_by_year", {"cluster": "dxyr"}),
        ("mgus2_logistic_weighted", {"weights": "counts"}),
    ],
)
def test_logistic(fit: Fit, name: str, keys: dict[str, str]) -> None:
    result = fit(_mgus2(), MGUS2_TERMS, family="logistic", outcome="soon", **keys)
    assert result["method"].unique().to_list() == ["maximum_likelihood"]
    _check_estimates(result, name)


@pytest.mark.parametrize(("name", "outcome"), [("sex2", "case"), ("endometrial", "HG")])
@pytest.mark.parametrize("family", ["firth", "logistic"])
def test_firth(fit: Fit, name: str, outcome: str, family: str) -> None:
    """A logistic model goes over to the penalty where it is separated (endometrial)."""
    counted = pl.read_csv(R_FOLDER / f"{name}.csv", infer_schema_length=None)
    table = counted.select(pl.exclude("n").repeat_by("n").explode())
    terms = {column: "linear" for column in table.columns if column != outcome}
    keys = {"firth_below": 50} if (family, name) == ("logistic", "sex2") else {}
    result = fit(table, terms, family=family, outcome=outcome, **keys)
    assert result["method"].unique().to_list() == ["firth"]
    answers = pl.DataFrame({"term": list(terms)}).join(
        read_answers("firth").filter(model=name), on="term", maintain_order="left"
    )
    for figure in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        assert distance(result[figure], answers[figure]) < TOLERANCE, figure


def test_firth_as_published(fit: Fit) -> None:
    counted = pl.read_csv(R_FOLDER / "sex2.csv")
    table = counted.select(pl.exclude("n").repeat_by("n").explode())
    published = PUBLISHED["firth_sex2"]
    names = [name for name in published["coef"] if name != "intercept"]
    result = fit(table, dict.fromkeys(names, "binary"), family="firth", outcome="case")
    assert (result["n"][0], result["n_events"][0]) == (published["n"], published["events"])
    for row in result.iter_rows(named=True):
        assert row["estimate"] == pytest.approx(published["coef"][row["term"]], abs=1e-8)
        assert (row["conf_low"], row["conf_high"]) == pytest.approx(published["pl_ci"][row["term"]], abs=1e-7)
        assert row["p_value"] == pytest.approx(published["plr_p_full_penalty"][row["term"]], abs=1e-8)
