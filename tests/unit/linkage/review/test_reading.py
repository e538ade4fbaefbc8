"""A reviewer's file is read as people save it, and every fault is one line without a value of a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from reviewed_world import make_scored_pairs

from dyadlink.errors import SourceError
from dyadlink.linkage.review.reading import read_review
from dyadlink.linkage.review.sampling import draw_sample

SAMPLE = draw_sample(make_scored_pairs(30, 30, seed=4), 20, seed=1)
FILLED = SAMPLE.select(
    "pair_id", decision=pl.lit("match"), left_surname=pl.lit("SECRET"), left_id="left_id", right_id="right_id"
)


def _faults(tmp_path: Path, rows: pl.DataFrame) -> list[str]:
    path = tmp_path / "review.csv"
    rows.write_csv(path)
    return [str(fault) for fault in read_review(path, SAMPLE)[1]]


def _at(place: int, column: str, value: str | None) -> Callable[[pl.DataFrame], pl.DataFrame]:
    chosen = pl.when(pl.int_range(pl.len()) == place).then(pl.lit(value)).otherwise(column)
    return lambda frame: frame.with_columns(chosen.alias(column))


def test_a_file_as_drawn_and_filled_has_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    FILLED.write_csv(path)
    reviewed, faults = read_review(path, SAMPLE)
    assert not faults
    assert reviewed.drop("decision").equals(SAMPLE)
    assert set(reviewed["decision"]) == {"match"}


def test_what_a_spreadsheet_makes_of_it_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    rows = FILLED.with_columns(decision=pl.lit(" No_Match "), decision_2=pl.lit("MATCH")).reverse()
    path.write_bytes(b"\xef\xbb\xbf" + rows.write_csv(separator=";", line_terminator="\r\n").encode())
    reviewed, faults = read_review(path, SAMPLE)
    assert not faults
    assert set(reviewed["decision"]) == {"no match"}
    assert set(reviewed["decision_2"]) == {"match"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_at(2, "decision", "SECRET"), "line 4: an unknown decision"),
        (_at(0, "decision", None), "line 2: no decision"),
        (_at(1, "left_id", "SECRET"), "line 3: ids that are not those of the pair"),
        (_at(1, "right_id", None), "line 3: ids that are not those of the pair"),
        (_at(1, "pair_id", "p9999"), "line 3: a pair that was not drawn"),
        (_at(1, "pair_id", FILLED.item(0, "pair_id")), "line 3: a pair that stands there before"),
        (lambda rows: rows.slice(1), f"1 pair(s) of the sample are missing, the first is {SAMPLE.item(0, 'pair_id')}"),
        (
            lambda rows: rows.with_columns(decision_2=pl.lit("SECRET")),
            f"and {FILLED.height - 1} more: an unknown decision_2",
        ),
    ],
)
def test_each_fault_is_one_line_that_names_the_place_and_no_value(
    tmp_path: Path, spoil: Callable[[pl.DataFrame], pl.DataFrame], told: str
) -> None:
    faults = _faults(tmp_path, spoil(FILLED))
    assert any(told in fault for fault in faults), faults
    assert not any("\n" in fault or "SECRET" in fault for fault in faults)


def test_all_kinds_of_faults_are_told_together(tmp_path: Path) -> None:
    faults = _faults(tmp_path, _at(2, "decision", "perhaps")(_at(3, "left_id", "x")(FILLED.slice(1))))
    assert len(faults) == 3


@pytest.mark.parametrize("content", [b"", b"\n", b"pair_id,left_id\np0001,a\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_review_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "review.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_review(path, SAMPLE)
    assert "->" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="file not found"):
        read_review(tmp_path / "none.csv", SAMPLE)
