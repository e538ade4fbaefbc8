"""Links against a truth: counts by hand, intervals by published formulas, and clear lines for files that do not fit."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from person_files_world import run

from dyadlink.config import Resources
from dyadlink.errors import SourceError
from dyadlink.intervals import wilson
from dyadlink.linkage.agreement import Agreement
from dyadlink.linkage.evaluation import COLUMNS, Groups, evaluate_links
from dyadlink.sql import connect

LINKS = "left_id,right_id\na,1\nb,2\nc,4\n"
TRUTH = "left_id,right_id\na,1\nb,2\nc,3\nd,5\n"


def _write(folder: Path, **texts: str) -> dict[str, Path]:
    paths = {name: folder / f"{name}.csv" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    return paths


def test_f1_is_the_harmonic_mean_and_lies_in_its_interval() -> None:
    agreement = Agreement(n_links=90, n_true=100, n_correct=80)
    precision, recall, f1 = agreement.precision.value, agreement.recall.value, agreement.f1
    assert f1.value == pytest.approx(2 * precision * recall / (precision + recall), rel=1e-12)
    assert f1.low < f1.value < f1.high
    star = wilson(80, 110)
    assert f1.low == pytest.approx(2 * star.low / (1 + star.low), rel=1e-12)


def test_overall_by_group_and_over_thresholds(tmp_path: Path) -> None:
    files = _write(
        tmp_path,
        links=LINKS,
        truth=TRUTH,
        persons="id,group\na,white\nb,white\nc,black\nd,\n",
        scored="left_id,right_id,match_probability\na,1,0.99\nb,2,0.9\nc,4,0.6\nb,9,0.4\n",
    )
    table = evaluate_links(
        connect(Resources()),
        links=files["links"],
        truth=files["truth"],
        groups=Groups(files["persons"], "id", "group"),
        scored_pairs=files["scored"],
    )
    assert table.schema == pl.Schema(COLUMNS)
    counts = {(row[0], row[1]): row[2:5] for row in table.iter_rows()}
    assert counts["all", "all"] == (3, 4, 2)
    assert counts["group", "black"] == (1, 1, 0)
    assert counts["group", "white"] == (2, 2, 2)
    assert counts["group", "not known"] == (0, 1, 0)
    assert counts["threshold", "0.5"] == (3, 4, 2)
    assert counts["threshold", "0.9"] == (2, 4, 2)
    assert counts["threshold", "0.999"] == (0, 4, 0)
    expected = dict(table.filter(pl.col("variable") == "threshold").select("level", "expected_precision").iter_rows())
    assert expected["0.5"] == pytest.approx((0.99 + 0.9 + 0.6) / 3, rel=1e-12)
    assert expected["0.999"] is None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        pytest.param({"truth": "left_id,right_id\n"}, "truth.csv: holds no pair", id="no truth"),
        pytest.param({"truth": TRUTH + "a,1\n"}, r"truth.csv: 1 pair\(s\) stand twice", id="pair twice"),
        pytest.param({"truth": "left,right\na,1\n"}, "none of the table's columns is there", id="other columns"),
        pytest.param(
            {"truth": "left_id,right_id\nA,1\nB,2\n"}, "no left_id of the links stands in the truth", id="ids"
        ),
        pytest.param({"links": "left_id,right_id\na,01\n"}, "no right_id of the links", id="leading zero"),
    ],
)
def test_files_that_do_not_fit_are_told(tmp_path: Path, changed: dict[str, str], problem: str) -> None:
    files = _write(tmp_path, **{"links": LINKS, "truth": TRUTH, **changed})
    with pytest.raises(SourceError, match=problem):
        evaluate_links(connect(Resources()), links=files["links"], truth=files["truth"])


def test_ids_as_text_and_as_numbers_are_told(tmp_path: Path) -> None:
    pl.DataFrame({"left_id": ["01"], "right_id": ["1"]}).write_parquet(tmp_path / "links.parquet")
    pl.DataFrame({"left_id": [1], "right_id": [1]}).write_parquet(tmp_path / "truth.parquet")
    with pytest.raises(SourceError, match="key left_id is a number here and text in"):
        evaluate_links(connect(Resources()), links=tmp_path / "links.parquet", truth=tmp_path / "truth.parquet")


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, out = _write(tmp_path, links=LINKS, truth=TRUTH), tmp_path / "out.csv"
    code, err = run(capsys, "evaluate-links", files["links"], "--truth", files["truth"], "--out", out)
    assert (code, err) == (0, "")
    assert pl.read_csv(out)["precision"].to_list() == pytest.approx([2 / 3])
    code, err = run(capsys, "evaluate-links", files["links"], "--truth", files["truth"], "--by", "group")
    assert (code, err) == (2, "dyadlink: --by and --persons go together -> give both, or neither\n")
