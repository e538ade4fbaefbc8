"""The command `dyadlink fit` on tables that can be fitted: what is written and said, and that it is the workflow's."""

from __future__ import annotations

import gzip
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from invented_table import COX, LOGISTIC, fit, make_table, write_model

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table

from dyadlink.cli import main
from dyadlink.models.fitting import fit_models
from dyadlink.models.specification import ModelSpec, Term
from dyadlink.table_models.cases import tie_times
from dyadlink.table_models.commands import EXAMPLE
from dyadlink.table_models.curves import CENSORS_COMPETING, NO_LOG_RANK
from dyadlink.table_models.results import TableCurves, TableEstimates
from dyadlink.table_models.summary import WARNING
from dyadlink.table_models.values import plain, plain_column, truth

NO_TERMS = {key: value for key, value in COX.items() if key != "terms"}
FIGURES = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]
ROW = pl.int_range(pl.len())


def _run(folder: Path, keys: dict[str, Any], table: pl.DataFrame | None = None, form: str = "parquet") -> pl.DataFrame:
    data = folder / f"table.{form}"
    table = make_table() if table is None else table
    table.write_csv(data) if form == "csv" else table.write_parquet(data)
    out = folder / "out.parquet"
    assert fit(data, write_model(folder, keys), out, "--force") == 0
    return pl.read_parquet(out)


@pytest.mark.parametrize(
    ("family", "outcome", "population", "keys"),
    [
        ("logistic", "o1", "all", {"outcome": "o1"}),
        ("firth", "o1", "all", {"outcome": "o1"}),
        ("cox", "o4", "in_custody_at_t2", {}),
        ("fine_gray", "o4", "in_custody_at_t2", {}),
    ],
)
def test_it_is_the_model_of_the_workflow(
    family: str, outcome: str, population: str, keys: dict[str, str], tmp_path: Path
) -> None:
    analysis = make_analysis_table(1500, seed=5)
    terms = (
        Term(name="deprivation", kind="linear"),
        Term(name="has_domestic_abuse", kind="binary"),
        Term(name="diagnosis_group", kind="categorical", reference="depression"),
    )
    spec = ModelSpec(
        name="same",
        role="primary",
        outcome=outcome,
        population=population,
        family=family,
        terms=terms,  # type: ignore[arg-type]
    )
    theirs = fit_models(analysis, [spec])
    assert theirs["estimate"].is_not_null().all()
    members = analysis if population == "all" else analysis.filter("o4_at_risk")
    timed = {"time": "o4_days", "event": "o4_event", "event_is": "custody_loss", "competing": "death"}
    own = keys or timed | {"censored": "censored"}
    clustered = {} if family == "firth" else {"cluster": "mother_number"}
    dumped = [term.model_dump() for term in terms]
    if family == "logistic":
        clustered["rare"] = "maximum_likelihood"
        theirs = fit_models(analysis, [spec.model_copy(update={"rare": "maximum_likelihood"})])
    ours = _run(tmp_path, {"family": family, "terms": dumped} | own | clustered, members)
    for name in ("term", "level", "reference", "n", "n_events", "n_level", "n_events_level", "n_parameters", "method"):
        assert ours[name].to_list() == theirs[name].to_list(), name
    for figure in FIGURES:
        assert ours[figure].to_numpy() == pytest.approx(theirs[figure].to_numpy(), abs=1e-12), figure


@pytest.mark.parametrize("keys", [COX, LOGISTIC, NO_TERMS | {"family": "aalen_johansen", "group": "stage"}])
def test_forms_and_order_of_rows_change_nothing(keys: dict[str, Any], tmp_path: Path) -> None:
    typed, text = _run(tmp_path, keys), _run(tmp_path, keys, form="csv")
    assert typed.equals(text)
    shuffled = _run(tmp_path, keys, make_table().sample(fraction=1, shuffle=True, seed=1))
    numbers = [name for name, kind in typed.schema.items() if kind == pl.Float64]
    assert shuffled.drop(numbers).equals(typed.drop(numbers))
    for name in numbers:
        assert shuffled[name].to_numpy() == pytest.approx(typed[name].to_numpy(), abs=1e-10, nan_ok=True)


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    data, model = tmp_path / "table.csv", write_model(tmp_path, COX)
    make_table().write_csv(data)
    outs = [tmp_path / f"{number}.csv" for number in range(2)]
    assert [fit(data, model, out) for out in outs] == [0, 0]
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert stat.S_IMODE(outs[0].stat().st_mode) == 0o600


def test_what_is_written_obeys_its_contract(tmp_path: Path) -> None:
    TableEstimates.validate(_run(tmp_path, COX))
    TableCurves.validate(_run(tmp_path, NO_TERMS | {"family": "kaplan_meier", "group": "stage"}))


def test_rows_left_out_are_counted_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = make_table().with_columns(
        pl.when(ROW >= 10).then("age").alias("age"),
        pl.when(~ROW.is_between(5, 24)).then("end").alias("end"),
        pl.when(ROW < 290).then("weight").otherwise(0).alias("weight"),
    )
    result = _run(tmp_path, COX | {"weights": "weight"}, table)
    assert (result["n"][0], result["n_left_out"][0]) == (265, 35)
    printed = capsys.readouterr().out
    assert "265 rows of 300, " in printed
    assert "left out: 20 (outcome, time or entry missing), 5 (another column missing), 10 (weight 0)" in printed


def test_the_terminal_is_told_what_a_reader_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = _run(tmp_path, COX | {"cluster": "centre", "name": "deaths"})
    printed = capsys.readouterr()
    first = result.row(0, named=True)
    assert printed.err == ""
    assert f"300 rows of 300, {first['n_events']} events, " in printed.out
    assert "cox by partial likelihood; standard errors clustered on centre" in printed.out
    assert f"{first['n_events'] / 3:.1f} events per parameter" in printed.out
    assert "hazard ratio (95% interval)" in printed.out
    assert "stage: II against I" in printed.out
    assert WARNING in printed.out
    assert (first["model"], first["standard_errors"], first["events_per_parameter"]) == (
        "deaths",
        "clustered",
        first["n_events"] / 3,
    )


def test_few_events_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = make_table().with_columns(case=pl.when(ROW < 40).then("case").otherwise(0))
    result = _run(tmp_path, LOGISTIC, table)
    assert result["method"].unique().to_list() == ["firth"]
    note = result["note"][0]
    assert "because there are fewer than 10 events per parameter" in note
    assert "it does not allow for" not in note
    assert f"note: {note}" in capsys.readouterr().out
    assert "it does not allow for clusters" in _run(tmp_path, LOGISTIC | {"cluster": "centre"}, table)["note"][0]


def test_a_level_without_events_is_handled_by_firth(tmp_path: Path) -> None:
    table = make_table().with_columns(case=pl.when(pl.col("stage") == "II").then(0).otherwise("case"))
    result = _run(tmp_path, LOGISTIC, table)
    assert result["estimate"].is_finite().all()
    assert "separation" in result["note"][0]


def test_levels_that_only_rows_left_out_have_are_said(tmp_path: Path) -> None:
    table = make_table().with_columns(
        stage=pl.when(ROW < 9).then(pl.lit("IV")).otherwise("stage"), age=pl.when(ROW >= 9).then("age")
    )
    result = _run(tmp_path, COX, table)
    assert "rows left out hold levels of stage that no other has" in result["note"][0]
    assert "IV" not in result["level"].to_list()


def test_only_proportions_of_weights_matter(tmp_path: Path) -> None:
    table = make_table()
    for keys in (COX, LOGISTIC):
        ones = _run(tmp_path, keys | {"weights": "weight"}, table)
        tiny = _run(tmp_path, keys | {"weights": "weight"}, table.with_columns(pl.col("weight") * 1e-9))
        for figure in FIGURES:
            assert tiny[figure].to_numpy() == pytest.approx(ones[figure].to_numpy(), rel=1e-9)


def test_missing_texts_are_what_the_model_says(tmp_path: Path) -> None:
    table = make_table().with_columns(stage=pl.when(ROW < 60).then(pl.lit("NA")).otherwise("stage"))
    assert _run(tmp_path, COX, table)["n"][0] == 240
    levels = _run(tmp_path, COX | {"missing_as": ["unknown"]}, table)["level"].to_list()
    assert "NA" in levels


@pytest.mark.parametrize("missing_as", ["-9", -9, [-9], ["NA", -9]])
def test_what_means_missing_is_one_text_or_several(tmp_path: Path, missing_as: Any) -> None:
    table = make_table().with_columns(stage=pl.when(ROW < 60).then(pl.lit("-9")).otherwise("stage"))
    assert _run(tmp_path, COX | {"missing_as": missing_as}, table)["n"][0] == 240


@pytest.mark.parametrize(
    ("codes", "keys"),
    [
        ({"dead": "1", "moved": "0", "alive": "0"}, {}),
        ({"dead": "TRUE", "moved": "False", "alive": "false"}, {}),
        ({"dead": "Yes", "moved": "no", "alive": "NO"}, {}),
        ({"dead": "2", "moved": "1.0", "alive": "1"}, {"event_is": 2, "censored": 1.0}),
        ({"dead": "True", "moved": "false", "alive": "FALSE"}, {"event_is": True, "censored": [False]}),
        ({"dead": " D ", "moved": "C", "alive": "C"}, {"event_is": "D", "censored": ["C"]}),
    ],
)
def test_codes_of_the_event(codes: dict[str, str], keys: dict[str, Any], tmp_path: Path) -> None:
    plain_keys = {key: value for key, value in COX.items() if key not in {"event_is", "competing", "censored"}}
    wanted = _run(tmp_path, COX)
    table = make_table().with_columns(pl.col("end").replace_strict(codes))
    assert _run(tmp_path, plain_keys | keys, table)["estimate"].to_list() == wanted["estimate"].to_list()


def test_a_named_level_of_the_outcome(tmp_path: Path) -> None:
    wanted = _run(tmp_path, LOGISTIC)
    table = make_table().with_columns(case=pl.col("case").replace_strict({0: "none", 1: "some"}))
    assert (
        _run(tmp_path, LOGISTIC | {"outcome_is": "some"}, table)["estimate"].to_list() == wanted["estimate"].to_list()
    )


def test_no_log_rank_test_with_left_truncation(tmp_path: Path) -> None:
    keys = NO_TERMS | {"family": "kaplan_meier", "group": "stage", "entry": "start"}
    test = _run(tmp_path, keys).filter(quantity="log_rank").row(0, named=True)
    assert (test["statistic"], test["p_value"], test["note"]) == (None, None, NO_LOG_RANK)


def test_censored_competing_events_are_said(tmp_path: Path) -> None:
    result = _run(tmp_path, NO_TERMS | {"family": "kaplan_meier"})
    assert result.filter(quantity="survival")["note"].unique().to_list() == [CENSORS_COMPETING]
    assert result.filter(quantity="follow_up")["note"].unique().to_list() == [""]


def test_survival_of_one_cause_is_one_less_its_incidence(tmp_path: Path) -> None:
    """Without competing events Aalen-Johansen and Kaplan-Meier are one, late entries too."""
    table = make_table().with_columns(pl.col("end").replace("moved", "alive"))
    own = NO_TERMS | {"entry": "start", "cluster": "centre"}
    survival = _run(tmp_path, own | {"family": "kaplan_meier", "competing": []}, table).filter(quantity="survival")
    incidence = _run(tmp_path, own | {"family": "aalen_johansen"}, table).filter(cause="dead")
    assert survival.height == incidence.height > 50
    assert (1 - survival["estimate"]).to_numpy() == pytest.approx(incidence["estimate"].to_numpy(), abs=1e-12)
    assert survival["std_error"].to_numpy()[:-1] == pytest.approx(incidence["std_error"].to_numpy()[:-1], abs=1e-12)
    for count in ("n_events", "n_censored"):
        assert survival[count].to_list() == incidence[count].to_list()
    assert survival["n_at_risk"].to_list()[1:] == incidence["n_at_risk"].to_list()[1:]


def test_splitting_rows_changes_no_estimate(tmp_path: Path) -> None:
    """A start-stop table of constant covariates is the table itself."""
    whole = make_table().with_columns(person=ROW, start=pl.lit(0, pl.Int64))
    middle = pl.col("days") // 2
    first = whole.with_columns(days=middle, end=pl.lit("alive"))
    split = pl.concat([first, whole.with_columns(start=middle)])
    cox = _run(tmp_path, COX, whole), _run(tmp_path, COX | {"entry": "start", "cluster": "person"}, split)
    assert cox[1]["estimate"].to_numpy() == pytest.approx(cox[0]["estimate"].to_numpy(), abs=1e-10)
    robust = _run(tmp_path, COX | {"cluster": "person"}, whole)
    assert cox[1]["std_error"].to_numpy() == pytest.approx(robust["std_error"].to_numpy(), abs=1e-10)
    curve = NO_TERMS | {"family": "aalen_johansen"}
    incidence = _run(tmp_path, curve, whole), _run(tmp_path, curve | {"entry": "start", "cluster": "person"}, split)
    joined = incidence[0].join(incidence[1], on=["cause", "time"], validate="1:1")
    assert joined.height == incidence[0].height
    for figure in ("estimate", "std_error", "n_events"):
        assert joined[figure].to_numpy() == pytest.approx(joined[f"{figure}_right"].to_numpy(), abs=1e-12)


def test_strata_without_any_event_add_nothing_to_grays_test(tmp_path: Path) -> None:
    table = make_table().with_columns(centre=pl.col("centre") % 4)
    keys = NO_TERMS | {"family": "gray_test", "group": "stage", "strata": ["centre"]}
    further = table.head(20).with_columns(centre=pl.lit(9, pl.Int64), end=pl.lit("alive"))
    test, same = _run(tmp_path, keys, table), _run(tmp_path, keys, pl.concat([table, further]))
    assert same["statistic"].to_list() == test["statistic"].to_list()
    assert test["statistic"].is_not_null().all()
    assert (test["n"][0], same["n"][0]) == (300, 320)


def test_times_that_a_calculation_made_different_are_ties() -> None:
    days = [0.1 + 0.2, 0.3, 1.0, 1.0 + 1e-3, None]
    tied = tie_times(pl.DataFrame({"days": days, "entry": [0.0, 0.0, 0.3, 0.1 + 0.2, 0.0]}))
    assert tied["days"].to_list() == [0.3, 0.3, 1.0, 1.001, None]
    assert tied["entry"].to_list() == [0.0, 0.0, 0.3, 0.3, 0.0]


def test_ties_stay_ties_in_another_unit(tmp_path: Path) -> None:
    """A tenth of a day is taken in two ways that differ in the last digit."""
    two_ways = pl.when(ROW % 2 == 0).then(pl.col("days") * 0.1).otherwise((pl.col("days") + 1) * 0.1 - 0.1)
    tenths = make_table().with_columns(days=two_ways)
    assert tenths["days"].n_unique() > make_table()["days"].n_unique()
    wanted, ours = _run(tmp_path, COX), _run(tmp_path, COX, tenths)
    assert ours["estimate"].to_numpy() == pytest.approx(wanted["estimate"].to_numpy(), abs=1e-12)
    curves = NO_TERMS | {"family": "aalen_johansen"}
    assert _run(tmp_path, curves, tenths).height == _run(tmp_path, curves).height


def test_codes_are_compared_without_space_and_empty_decimals() -> None:
    texts = [" 1.0 ", "-2.00", "01", "1.5", "TRUE", "Yes", "1.0.0"]
    wanted = ["1", "-2", "01", "1.5", "true", "Yes", "1.0.0"]
    assert [plain(text) for text in texts] == wanted
    assert pl.DataFrame({"x": texts}).select(plain_column(pl.col("x")))["x"].to_list() == wanted


def test_yes_and_no() -> None:
    texts = pl.DataFrame({"x": ["1", "1.0", "True", "YES", "0", "no", "false", "maybe", "2", None]})
    wanted = [True] * 4 + [False] * 3 + [None] * 3
    assert texts.select(said=truth(pl.col("x")))["said"].to_list() == wanted


def test_columns_may_have_any_name(tmp_path: Path) -> None:
    """Those that the reader adds itself, spaces, dots, stars and quotes among them."""
    names = {"days": "source_row", "end": "it's * how", "age": "input", "stage": "ph.ecog [0]", "centre": "file_number"}
    keys: dict[str, Any] = COX | {"time": "source_row", "event": "it's * how", "cluster": "file_number"}
    keys["terms"] = [{**term, "name": names[term["name"]]} for term in COX["terms"]]
    wanted = _run(tmp_path, COX | {"cluster": "centre"})
    for form in ("csv", "parquet"):
        ours = _run(tmp_path, keys, make_table().rename(names), form)
        assert ours["estimate"].to_list() == wanted["estimate"].to_list()
        assert ours["std_error"].to_list() == wanted["std_error"].to_list()


def test_a_compressed_table_with_another_delimiter(tmp_path: Path) -> None:
    text = make_table().write_csv(separator=";").encode("cp1252")
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress(text))
    model = write_model(tmp_path, COX | {"csv": {"delimiter": ";", "encoding": "windows-1252"}})
    assert fit(tmp_path / "table.csv.gz", model, tmp_path / "out.parquet") == 0
    ours = pl.read_parquet(tmp_path / "out.parquet")
    assert ours.equals(_run(tmp_path, COX))


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    printed = capsys.readouterr().out
    assert "dyadlink fit patients.csv --model model.yaml --out estimates.csv" in printed
    assert "must not leave" in " ".join(printed.split())


def test_the_example_of_the_help_runs(tmp_path: Path) -> None:
    model = tmp_path / "model.yaml"
    model.write_text(EXAMPLE.split("\n\n", 1)[1].split("\n\nin model.yaml")[0], encoding="utf-8")
    table = make_table().rename({"end": "status"}).with_columns(pl.col("status").replace("moved", "alive"))
    table.write_csv(tmp_path / "patients.csv")
    assert fit(tmp_path / "patients.csv", model, tmp_path / "estimates.csv") == 0
    assert np.isfinite(pl.read_csv(tmp_path / "estimates.csv")["estimate"].to_numpy()).all()
