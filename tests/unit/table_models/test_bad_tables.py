"""What cannot be fitted is told in one line that holds no value of a row, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from invented_table import COX, LOGISTIC, SECRET, SECRET_NUMBER, fit, make_table, write_model

SPEC_FAULT, TABLE_FAULT = 2, 3
NO_TERMS = {key: value for key, value in COX.items() if key != "terms"}
CURVE = NO_TERMS | {"family": "kaplan_meier"}
FIRST = pl.int_range(pl.len()) == 0


def _first(column: str, value: object) -> pl.Expr:
    """The column as text, its first row another."""
    return pl.when(FIRST).then(pl.lit(value).cast(pl.String)).otherwise(pl.col(column).cast(pl.String)).alias(column)


def _all(column: str, value: object) -> pl.Expr:
    return pl.lit(value).alias(column)


def _term(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"terms": [{"name": name, "kind": kind, **more}]}


TABLES: dict[str, tuple[list[pl.Expr], dict[str, Any], str]] = {
    "text for a number": ([_first("age", SECRET)], COX, "column 'age' holds text where a number belongs, in 1 row(s)"),
    "text for a time": ([_first("days", SECRET)], COX, "column 'days' holds text where a number belongs"),
    "text for a weight": ([_first("weight", SECRET)], COX | {"weights": "weight"}, "'weight' holds text where"),
    "infinite number": ([_first("age", "inf")], COX, "column 'age' holds numbers that are not finite, in 1 row(s)"),
    "no number": ([_first("age", "NaN")], COX, "column 'age' holds numbers that are not finite"),
    "number too large": ([_first("age", "7e200")], COX, "column 'age' holds numbers too large or too small"),
    "number too small": ([_first("age", "7e-200")], COX, "column 'age' holds numbers too large or too small"),
    "negative time": ([_first("days", -SECRET_NUMBER)], COX, "'days' holds times that are not above 0, in 1 row(s)"),
    "zero time": ([_first("days", 0)], CURVE, "column 'days' holds times that are not above 0"),
    "negative entry": ([_first("start", -1)], COX | {"entry": "start"}, "column 'start' holds entries below 0"),
    "entry at the time": (
        [_first("start", SECRET_NUMBER), _first("days", SECRET_NUMBER)],
        COX | {"entry": "start"},
        "the entry 'start' is not before the time 'days', in 1 row(s)",
    ),
    "entry after the time": ([_first("start", SECRET_NUMBER)], COX | {"entry": "start"}, "is not before the time"),
    "unknown code": ([_first("end", SECRET)], COX, "none of event_is, competing, censored, in 1 row(s)"),
    "unknown code of a curve": ([_first("end", SECRET)], CURVE, "none of event_is, competing, censored"),
    "one event": (
        [pl.when(FIRST).then(pl.lit("dead")).otherwise(pl.lit("alive")).alias("end")],
        COX,
        "the model has no estimate: fewer than 10 rows with the outcome",
    ),
    "one case": ([FIRST.cast(pl.Int64).alias("case")], LOGISTIC, "fewer than 10 rows with the outcome"),
    "outcome of ones": ([_all("case", 1)], LOGISTIC, "every complete row has the outcome"),
    "outcome of zeros": ([_all("case", 0)], LOGISTIC, "no complete row has the event"),
    "outcome of many values": ([_first("case", SECRET)], LOGISTIC, "column 'case' holds other than 1 and 0"),
    "binary term of many values": ([], COX | _term("stage", "binary"), "column 'stage' holds other than 1 and 0"),
    "empty column": ([_all("age", None)], COX, "column 'age' is empty: every value is missing"),
    "column of NA": ([_all("age", "NA")], COX, "column 'age' is empty: every value is missing"),
    "no complete row": (
        [pl.when(FIRST).then("age"), pl.when(~FIRST).then("stage").fill_null("").replace("", None)],
        COX
        | {"terms": [{"name": "age", "kind": "linear"}, {"name": "stage", "kind": "categorical", "reference": "II"}]},
        "no row is complete",
    ),
    "constant term": ([_all("age", SECRET_NUMBER)], COX, "age varies too little among the rows of the model"),
    "constant level": ([_all("stage", "I")], COX, "stage varies too little among the rows of the model"),
    "terms that repeat each other": (
        [(2 * pl.col("age")).alias("is_old")],
        COX | {"terms": [{"name": "age", "kind": "linear"}, {"name": "is_old", "kind": "linear"}]},
        "the terms repeat each other (singular)",
    ),
    "one cluster": ([_all("centre", SECRET_NUMBER)], COX | {"cluster": "centre"}, "all complete rows are one cluster"),
    "few clusters": (
        [(pl.int_range(pl.len()) % 3).alias("centre")],
        COX | {"cluster": "centre"},
        "no more clusters than parameters",
    ),
    "one group": ([_all("stage", SECRET)], CURVE | {"group": "stage"}, "all complete rows are one group"),
    "one stratum": ([_all("centre", 1)], COX | {"strata": ["centre"]}, "all complete rows are one stratum"),
    "weights of zero": ([_all("weight", 0)], COX | {"weights": "weight"}, "weights sum to 0: column 'weight'"),
    "negative weight": (
        [_first("weight", -2)],
        COX | {"weights": "weight"},
        "weights are negative: column 'weight', 1",
    ),
    "missing weight": ([_first("weight", None)], LOGISTIC | {"weights": "weight"}, "weights are missing: column"),
    "level without events": (
        [pl.when(pl.col("stage") == "II").then(pl.lit("alive")).otherwise("end").alias("end")],
        COX,
        "no finite estimate exists (separation): too few rows with or without the outcome at stage",
    ),
    "level without events, maximum likelihood": (
        [pl.when(pl.col("stage") == "II").then(0).otherwise("case").alias("case")],
        LOGISTIC | {"rare": "maximum_likelihood"},
        "no finite estimate exists (separation): too few rows with or without the outcome at stage",
    ),
    "reference that only incomplete rows have": (
        [pl.when(pl.col("stage") != "I").then("age").alias("age")],
        COX,
        "too few rows at the reference level stage = I",
    ),
}
MODELS: dict[str, tuple[dict[str, Any], str]] = {
    "reference that nobody has": (
        COX | _term("stage", "categorical", reference="IV"),
        "nobody has the reference level 'IV' of 'stage'",
    ),
    "outcome that nobody has": (LOGISTIC | {"outcome_is": "2"}, "nobody has the outcome '2' in column 'case'"),
    "event that nobody has": (
        COX | {"event_is": "lost", "censored": ["alive", "dead"]},
        "nobody has the event 'lost' in column 'end'",
    ),
    "unknown family": (COX | {"family": "weibull"}, "key 'family': input should be 'logistic', 'firth', 'cox'"),
    "unknown key": (COX | {"robust": True}, "unknown key 'robust'"),
    "imputation": (COX | {"missing": "imputed"}, "unknown key 'missing'"),
    "unknown kind": (COX | _term("age", "cubic"), "key 'terms.0.kind'"),
    "reference of a number": (COX | _term("age", "linear", reference="1"), "has no reference level to set"),
    "no reference": (COX | _term("stage", "categorical"), "categorical term 'stage' needs a reference level"),
    "no terms": (NO_TERMS, "family cox needs terms"),
    "no time": ({**LOGISTIC, "family": "cox"}, "family cox takes no outcome"),
    "no outcome": ({"family": "logistic", "terms": LOGISTIC["terms"]}, "family logistic needs outcome"),
    "no censoring": ({key: value for key, value in COX.items() if key != "censored"}, "event_is needs censored"),
    "no code of the event": (
        {key: value for key, value in COX.items() if key != "event_is"},
        "competing needs event_is",
    ),
    "code twice": (COX | {"censored": ["alive", "dead"]}, "code 'dead' is given twice"),
    "event called censored": (
        COX | {"event_is": "censored", "competing": [], "censored": "alive"},
        "an event cannot be called 'censored'",
    ),
    "left truncation of fine_gray": (COX | {"family": "fine_gray", "entry": "start"}, "fine_gray takes no entry"),
    "left truncation of logistic": (LOGISTIC | {"entry": "start"}, "logistic takes no entry (it is for: cox, kaplan"),
    "left truncation of firth": (LOGISTIC | {"family": "firth", "entry": "start"}, "family firth takes no entry"),
    "left truncation of gray_test": (
        NO_TERMS | {"family": "gray_test", "group": "stage", "entry": "start"},
        "family gray_test takes no entry",
    ),
    "weights of fine_gray": (COX | {"family": "fine_gray", "weights": "weight"}, "family fine_gray takes no weights"),
    "weights and Firth": (LOGISTIC | {"weights": "weight", "rare": "firth"}, "penalty knows no weights"),
    "clusters of firth": (LOGISTIC | {"family": "firth", "cluster": "centre"}, "family firth takes no cluster"),
    "group of a regression": (COX | {"group": "stage"}, "family cox takes no group"),
    "terms of a curve": (COX | {"family": "aalen_johansen"}, "family aalen_johansen takes no terms"),
    "no competing events": (
        {**COX, "family": "fine_gray", "competing": [], "censored": ["alive", "moved"]},
        "family fine_gray needs competing",
    ),
    "gray_test without groups": (NO_TERMS | {"family": "gray_test"}, "family gray_test needs group"),
    "strata without groups": (CURVE | {"strata": ["centre"]}, "strata of kaplan_meier are those of its log-rank test"),
    "term twice": (COX | {"terms": [{"name": "age", "kind": "linear"}] * 2}, "'age' is listed twice"),
    "stratum as term": (COX | {"strata": ["stage"]}, "'stage' is listed twice, as stratum or term"),
    "time as entry": (COX | {"entry": "days"}, "time and entry are one column"),
    "capital letters": (COX | {"cluster": "Age"}, "differ from 'Age' in capital letters alone"),
    "quote in a name": (COX | _term('a"b', "linear"), "the name of a term holds a quote"),
    "name of a model": (COX | {"name": "My model"}, "key 'name'"),
}


def _refused(
    told: Path, code: int, out: Path, capsys: pytest.CaptureFixture[str], *, reason: str, expected: int = TABLE_FAULT
) -> None:
    printed = capsys.readouterr()
    assert code == expected, printed.err
    assert reason in printed.err
    assert printed.err.startswith(f"dyadlink: {told}")
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert SECRET not in printed.err
    assert str(SECRET_NUMBER) not in printed.err
    assert not out.exists()
    assert not list(out.parent.glob(".*"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("case", TABLES)
def test_table(case: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes, keys, reason = TABLES[case]
    data, out = tmp_path / f"table.{form}", tmp_path / "out.csv"
    table = make_table().with_columns(changes)
    table.write_csv(data) if form == "csv" else table.write_parquet(data)
    expected = SPEC_FAULT if "nobody has" in reason else TABLE_FAULT
    _refused(data, fit(data, write_model(tmp_path, keys), out), out, capsys, reason=reason, expected=expected)


@pytest.mark.parametrize("case", MODELS)
def test_model(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, reason = MODELS[case]
    data, out = tmp_path / "table.csv", tmp_path / "out.csv"
    make_table().write_csv(data)
    model = write_model(tmp_path, keys)
    told = data if "nobody has" in reason else model
    _refused(told, fit(data, model, out), out, capsys, reason=reason, expected=SPEC_FAULT)


def test_infinite_number_of_a_typed_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "table.parquet", tmp_path / "out.csv"
    make_table().with_columns(pl.when(FIRST).then(float("inf")).otherwise("age").alias("age")).write_parquet(data)
    code = fit(data, write_model(tmp_path, COX), out)
    _refused(data, code, out, capsys, reason="column 'age' holds numbers that are not finite, in 1 row(s)")


def test_more_parameters_than_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "table.csv", tmp_path / "out.csv"
    make_table(40).with_columns(stage=pl.int_range(pl.len()).cast(pl.String)).write_csv(data)
    keys = COX | _term("stage", "categorical", reference="0") | {"strata": []}
    keys["terms"] = [*keys["terms"], {"name": "age", "kind": "linear"}]
    code = fit(data, write_model(tmp_path, keys), out)
    _refused(data, code, out, capsys, reason="there are no more rows than parameters")


FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "file not found"),
    "empty": (b"", "file is empty"),
    "header alone": (b"days,end,age,stage\n", "holds no row"),
    "no header": (b"12,dead,34,I\n15,alive,35,II\n", "none of the table's columns is there"),
    "column missing": (b"days,end,Stage\n12,dead,I\n", "missing column(s) 'age'"),
    "misspelt column": (b"days,end,aged,stage\n12,dead,34,I\n", "'age' (is it 'aged'?)"),
    "column twice": (b"days,end,age,stage,age\n12,dead,34,I,35\n", "column twice: 'age' stands at places 3 and 5"),
    "cut short": (b"days,end,age,stage\n12,dead,34,I\n12,dea", "another number of fields than in line 1"),
    "not text": (b"days,end,age,stage\n12,dead,\xff\xfe,I\n", "the text is not UTF-8"),
    "open quote": (b'days,end,age,stage\n12,"Wetherby,34,I\n', "a quote is not closed"),
}


@pytest.mark.parametrize("case", FILES)
def test_file(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, reason = FILES[case]
    data, out = tmp_path / "table.csv", tmp_path / "out.csv"
    if content is not None:
        data.write_bytes(content)
    _refused(data, fit(data, write_model(tmp_path, COX), out), out, capsys, reason=reason)


@pytest.mark.parametrize(("name", "reason"), [("a.parquet", "is no Parquet file"), ("a.xlsx", "is neither CSV nor")])
def test_file_of_another_kind(name: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / name, tmp_path / "out.csv"
    data.write_bytes(b"Wetherby")
    _refused(data, fit(data, write_model(tmp_path, COX), out), out, capsys, reason=reason)


YAMLS: dict[str, tuple[str, str]] = {
    "a list": ("- family: cox\n- family: firth\n", "holds a list of models"),
    "several under a key": ("models:\n  - family: cox\n  - family: firth\n", "holds a list of models"),
    "several documents": ("family: cox\n---\nfamily: firth\n", "not valid YAML"),
    "not YAML": ("family: [cox\n", "not valid YAML"),
    "empty": ("", "holds no keys"),
    "a word": ("cox\n", "holds no keys"),
}


@pytest.mark.parametrize("case", YAMLS)
def test_yaml(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, reason = YAMLS[case]
    model, out = tmp_path / "model.yaml", tmp_path / "out.csv"
    model.write_text(content, encoding="utf-8")
    make_table().write_csv(tmp_path / "table.csv")
    _refused(model, fit(tmp_path / "table.csv", model, out), out, capsys, reason=reason, expected=SPEC_FAULT)


def test_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = tmp_path / "model.yaml", tmp_path / "out.csv"
    make_table().write_csv(tmp_path / "table.csv")
    code = fit(tmp_path / "table.csv", model, out)
    _refused(model, code, out, capsys, reason="file not found", expected=SPEC_FAULT)


OUTPUTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "another kind": (lambda folder: folder / "out.xlsx", "is neither CSV nor Parquet"),
    "no folder": (lambda folder: folder / "no" / "out.csv", "its folder does not exist"),
    "the table itself": (lambda folder: folder / "table.csv", "DATA and --out are one file"),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_output(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, reason = OUTPUTS[case]
    data, out = tmp_path / "table.csv", place(tmp_path)
    make_table().write_csv(data)
    before = data.read_bytes()
    assert fit(data, write_model(tmp_path, COX), out, "--force") == SPEC_FAULT
    assert reason in capsys.readouterr().err
    assert data.read_bytes() == before


def test_a_file_that_stands_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "table.csv", tmp_path / "out.csv"
    make_table().write_csv(data)
    out.write_text("mine", encoding="utf-8")
    assert fit(data, write_model(tmp_path, COX), out) == SPEC_FAULT
    assert "exists -> give another name, or --force to replace it" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine"
    assert fit(data, write_model(tmp_path, COX), out, "--force") == 0
    assert out.read_text(encoding="utf-8").startswith("model,family,method")


def test_a_fault_leaves_the_file_that_stands_there(tmp_path: Path) -> None:
    data, out = tmp_path / "table.csv", tmp_path / "out.csv"
    make_table().with_columns(_first("age", SECRET)).write_csv(data)
    out.write_text("mine", encoding="utf-8")
    assert fit(data, write_model(tmp_path, COX), out, "--force") == TABLE_FAULT
    assert out.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("stands_there", [True, False])
def test_a_write_that_fails_leaves_nothing_half_written(
    stands_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = tmp_path / "table.csv", tmp_path / "out.csv"
    make_table().write_csv(data)
    if stands_there:
        out.write_text("mine", encoding="utf-8")

    def fail(_: pl.DataFrame, path: Path) -> None:
        Path(path).write_text("half", encoding="utf-8")
        raise OSError

    monkeypatch.setattr(pl.DataFrame, "write_csv", fail)
    with pytest.raises(OSError):  # any
        fit(data, write_model(tmp_path, COX), out, "--force")
    assert not list(tmp_path.glob(".*"))
    assert (out.read_text(encoding="utf-8") if out.exists() else None) == ("mine" if stands_there else None)
