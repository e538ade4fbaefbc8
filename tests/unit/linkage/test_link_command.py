"""`dyadlink link`: any two files of persons, and a clear line for whatever is wrong with them."""

from __future__ import annotations

import json
import random
import re
import stat
from pathlib import Path

import polars as pl
import pytest
from person_files_world import COLUMNS, FILE, LINKAGE, PROJECT, SETTINGS, Row, nhs_number, run, write_rows, write_world

from dyadlink.linkage.agreement import Agreement

FEBRL = PROJECT / "tests/data/febrl"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, 400)
    (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    return folder


def _rows(n: int, **same: str) -> list[Row]:
    rng = random.Random(5)  # noqa: S311  # invented people, no secret
    return [
        {
            "id": f"p{number}",
            "authority": "301",
            "nhs": nhs_number(rng),
            "first": rng.choice(("ANNA", "BELLA", "CARA", "DORA")),
            "last": rng.choice(("ABEL", "BAKER", "CLARK", "DEAN", "EVANS")),
            "born": f"2021-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
            "gender": "2",
            "post": f"AB{rng.randrange(1, 60)} 1AA",
            **same,
        }
        for number in range(n)
    ]


def _link(
    capsys: pytest.CaptureFixture[str], folder: Path, left: Path, right: Path, settings: str = SETTINGS, *more: object
) -> tuple[int, str]:
    path = folder / "s.yaml"
    path.write_text(settings, encoding="utf-8")
    return run(capsys, "link", left, right, "--settings", path, "--out", folder / "links.parquet", *more)


def test_febrl_4_is_linked_at_least_as_well_as_by_any_method_that_blocks_sensibly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "links.parquet"
    files = [FEBRL / f"febrl4{side}.csv.gz" for side in "ab"]
    code, _ = run(capsys, "link", *files, "--settings", PROJECT / "config/examples/linkage/febrl4.yaml", "--out", out)
    assert code == 0
    links = pl.read_parquet(out)
    right = links.filter(pl.col("left_id").str.extract(r"rec-(\d+)") == pl.col("right_id").str.extract(r"rec-(\d+)"))
    agreement = Agreement(n_links=links.height, n_true=5000, n_correct=right.height)
    assert agreement.f1.value >= 0.9988


def test_files_are_linked_and_only_their_owner_can_read_what_is_written(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scored, model = tmp_path / "scored.parquet", tmp_path / "model.json"
    code, err = _link(
        capsys, tmp_path, world / "left.csv", world / "right.csv", SETTINGS, "--scored-pairs", scored, "--model", model
    )
    assert code == 0, err
    assert "linking" in err
    links = pl.read_parquet(tmp_path / "links.parquet")
    assert links.columns == ["left_id", "right_id", "step", "match_weight", "match_probability"]
    truth = set(pl.read_csv(world / "truth.csv").iter_rows())
    found = set(links.select("left_id", "right_id").iter_rows())
    assert len(found & truth) / len(found) > 0.98
    assert len(found & truth) / len(truth) > 0.95
    for path in (tmp_path / "links.parquet", scored, model):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "links.parquet",
        "model.json",
        "s.yaml",
        "scored.parquet",
    ]


def test_a_saved_model_is_used_again(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = (world / "left.csv", world / "right.csv")
    model, out = tmp_path / "model.json", tmp_path / "links.parquet"
    _link(capsys, tmp_path, *files, SETTINGS, "--model", model)
    first, learnt = out.read_bytes(), model.read_bytes()
    assert not any(name in learnt.decode() for name in pl.read_csv(files[0])["last"].to_list())
    out.unlink()
    _link(capsys, tmp_path, *files, SETTINGS, "--model", model)
    assert (out.read_bytes(), model.read_bytes()) == (first, learnt)
    # A model that believes nothing links nobody but by the ladder: it is really used.
    content = json.loads(learnt)
    content["probability_two_random_records_match"] = 1e-12
    model.write_text(json.dumps(content), encoding="utf-8")
    out.unlink()
    _link(capsys, tmp_path, *files, SETTINGS, "--model", model)
    assert out.read_bytes() != first


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = []
    for number, threads in enumerate((1, 2)):
        files = []
        for side in ("left", "right"):
            rows = pl.read_csv(world / f"{side}.csv", infer_schema=False).sample(fraction=1, shuffle=True, seed=number)
            files.append(tmp_path / f"{side}{number}.csv")
            rows.write_csv(files[-1])
        _link(capsys, tmp_path, *files, SETTINGS, "--force", "--threads", threads)
        written.append((tmp_path / "links.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_working_folder_keeps_what_is_in_it_and_nothing_else(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    working = tmp_path / "working"
    working.mkdir()
    (working / "mine").write_text("mine", encoding="utf-8")
    code, err = _link(capsys, tmp_path, world / "left.csv", world / "right.csv", SETTINGS, "--working-folder", working)
    assert code == 0, err
    assert [path.name for path in working.iterdir()] == ["mine"]


def test_what_stands_there_is_not_replaced_unasked(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "links.parquet").write_text("mine", encoding="utf-8")
    code, err = _link(capsys, tmp_path, world / "left.csv", world / "right.csv")
    assert code == 2
    assert err.endswith("links.parquet: exists -> give another name, or --force to replace it\n")
    assert (tmp_path / "links.parquet").read_text(encoding="utf-8") == "mine"


def test_an_error_leaves_nothing_behind(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text((world / "right.csv").read_text(encoding="utf-8") + "x,y\n", encoding="utf-8")
    code, err = _link(capsys, tmp_path, world / "left.csv", bad)
    assert code == 3
    assert "another number of fields than in line 1" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", "s.yaml"]


BAD_FILES = [
    pytest.param([], "holds no person -> export it again", id="header alone"),
    pytest.param(_rows(60, nhs="", first="", last="", born="", gender="", post=""), "no usable identifier", id="empty"),
    pytest.param(
        _rows(60, nhs="1234", first="-", last="?", born="soon", gender="x", post="ZZ99 3VZ"),
        "no usable identifier",
        id="nothing can be read",
    ),
    pytest.param([*_rows(60), *_rows(2)], r"2 row\(s\) repeat the id of another in column id", id="ids twice"),
    pytest.param([*_rows(60), *_rows(1, id="")], r"1 row\(s\) have no id in column id", id="id missing"),
]


@pytest.mark.parametrize(("rows", "problem"), BAD_FILES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_file_that_cannot_be_linked_is_told_by_name(
    rows: list[Row], problem: str, side: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        name: write_rows(tmp_path / f"{name}.csv", rows if name == side else _rows(60)) for name in ("left", "right")
    }
    code, err = _link(capsys, tmp_path, files["left"], files["right"])
    assert code == 3
    line = err.splitlines()[-1]
    assert line.startswith(f"dyadlink: {files[side]}")
    assert re.search(problem, line)
    assert not (tmp_path / "links.parquet").exists()


def test_a_file_without_a_byte_and_one_of_another_kind_are_told(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, other = tmp_path / "empty.csv", tmp_path / "persons.xlsx"
    empty.touch()
    other.touch()
    told = [_link(capsys, tmp_path, world / "left.csv", path) for path in (empty, other, tmp_path / "none.csv")]
    assert [code for code, _ in told] == [3, 3, 3]
    for (_, err), problem in zip(told, ("file is empty", "is neither CSV nor Parquet", "file not found"), strict=True):
        assert problem in err.splitlines()[-1]


def test_one_file_on_both_sides_is_refused(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = _link(capsys, tmp_path, world / "left.csv", world / "left.csv")
    assert (code, err.split(": ", 2)[2]) == (2, "LEFT and RIGHT are one file -> give the two files to link\n")


def test_left_and_right_the_wrong_way_round_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = write_rows(tmp_path / "left.csv", _rows(60))
    right = tmp_path / "right.csv"
    pl.read_csv(left).rename({"first": "given_name"}).write_csv(right)
    settings = SETTINGS.replace("first: forename", "given_name: forename", 2).replace(
        "given_name: fore", "first: fore", 1
    )
    assert _link(capsys, tmp_path, left, right, settings)[0] == 0
    code, err = _link(capsys, tmp_path, right, left, settings, "--force")
    assert code == 3
    assert "are LEFT and RIGHT the wrong way round?" in err


def test_ids_of_different_type_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left, right = tmp_path / "left.parquet", tmp_path / "right.parquet"
    text = pl.DataFrame(_rows(60))
    text.write_parquet(left)
    text.with_columns(id=pl.int_range(pl.len())).write_parquet(right)
    code, err = _link(capsys, tmp_path, left, right)
    assert code == 3
    assert "right.parquet: key person_id is a number here and text in" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("linkage", "code", "problem"),
    [
        pytest.param(
            "linkage: {ladder: [{name: a, keys: [surnam]}]}",
            2,
            "linkage.ladder, step a: column 'surnam' is in neither file -> is it surname?",
            id="step",
        ),
        pytest.param(
            "linkage: {ladder: dyadlink, blocking: [[shoe_size]]}",
            2,
            "linkage.blocking: column 'shoe_size' is in neither file -> name it under columns of left and right",
            id="blocking",
        ),
        pytest.param(
            "linkage: {ladder: dyadlink, comparisons: [{column: shoe_size}]}",
            2,
            "linkage.comparisons: column 'shoe_size' is in neither file",
            id="comparison",
        ),
        pytest.param(
            "linkage: {ladder: [], blocking: [[sex]], max_pairs: 3000}",
            2,
            "linkage, blocking rule sex: would compare 3,482 pairs, more than linkage.max_pairs (3,000)",
            id="too many pairs",
        ),
        pytest.param("linkage: {ladders: dyadlink}", 2, "unknown key 'linkage.ladders'", id="unknown key"),
        pytest.param("linkage: {ladder: none_such}", 2, "no ready ladder of that name", id="unknown ladder"),
    ],
)
def test_settings_that_do_not_fit_are_told(
    linkage: str, code: int, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "gender": "1" if number == 0 else "2"} for number, row in enumerate(_rows(60))]
    left, right = write_rows(tmp_path / "l.csv", rows), write_rows(tmp_path / "r.csv", rows)
    found, err = _link(capsys, tmp_path, left, right, SETTINGS.replace(LINKAGE, linkage))
    assert found == code, err
    assert problem in err.splitlines()[-1]


def test_ten_thousand_million_pairs_are_counted_and_refused_before_one_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    n = 100_000
    people = pl.select(
        id=pl.int_range(n).cast(pl.String),
        authority=pl.lit("301"),
        nhs=pl.lit(""),
        first=pl.concat_str(
            pl.lit("A"), pl.int_range(n).mod(26).replace_strict(dict(enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
        ),
        last=pl.lit("SMITH"),
        born=pl.lit("2021-01-01"),
        gender=pl.when(pl.int_range(n) == 0).then(pl.lit("1")).otherwise(pl.lit("2")),
        post=pl.lit(""),
    )
    for side in ("l", "r"):
        people.write_csv(tmp_path / f"{side}.csv")
    settings = SETTINGS.replace(LINKAGE, "linkage: {ladder: [], blocking: [[sex]]}")
    code, err = _link(capsys, tmp_path, tmp_path / "l.csv", tmp_path / "r.csv", settings)
    assert code == 2
    assert f"would compare {(n - 1) ** 2 + 1:,} pairs" in err.splitlines()[-1]


def test_a_column_of_one_value_and_one_without_any_are_told_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = _rows(80, post="")
    left = write_rows(tmp_path / "l.csv", rows)
    right = write_rows(tmp_path / "r.csv", [{**row, "id": f"q{row['id']}"} for row in rows])
    code, err = _link(capsys, tmp_path, left, right)
    assert code == 0, err
    notes = [line.split("note: ")[1] for line in err.splitlines() if "note: " in line]
    assert "comparison of postcode left out: it holds no value on one side" in notes
    assert "comparison of sex left out: it holds one value alone" in notes
    links = pl.read_parquet(tmp_path / "links.parquet")
    assert links.height == 80
    assert set(links["right_id"]) == {f"q{row['id']}" for row in rows}


def test_no_message_tells_a_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*_rows(60), *_rows(2)]
    left = write_rows(tmp_path / "l.csv", rows)
    _, err = _link(capsys, tmp_path, left, write_rows(tmp_path / "r.csv", _rows(60)))
    told = set(err.replace(",", " ").split())
    assert not told & {str(row[name]) for row in rows for name in COLUMNS if name != "gender"}
    assert FILE not in err
