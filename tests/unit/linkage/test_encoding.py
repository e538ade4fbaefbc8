"""Persons without names: what encodings keep, what they hide, and what a linkage of them loses."""

from __future__ import annotations

import csv
import hashlib
import hmac
import os
from pathlib import Path

import polars as pl
import pytest
from person_files_world import FILE, PROJECT, SETTINGS, run, write_rows, write_world

from dyadlink.key_file import read_key
from dyadlink.linkage.agreement import Agreement
from dyadlink.linkage.bloom import BloomFilters, BloomParameters, date_parts, dice, qgrams
from dyadlink.pseudonyms import pseudonym

MAY_LOSE = 0.01
"""F1 that a linkage without names may lose against one with them."""
KEY = bytes(range(32))


def _filters(**parameters: object) -> BloomFilters:
    return BloomFilters(KEY, BloomParameters.model_validate(parameters))


def test_positions_are_drawn_from_the_keyed_hash() -> None:
    """One q-gram worked out by the standard library alone."""
    digest = hmac.new(KEY, b"0||AB", hashlib.sha256).digest() + hmac.new(KEY, b"1||AB", hashlib.sha256).digest()
    places = [int.from_bytes(digest[start : start + 4], "big") % 256 for start in range(0, 40, 4)]
    bits = sum(1 << place for place in set(places))
    assert _filters(bits=256, hashes=10).encode(["AB"]) == f"{bits:064x}"


def test_alike_names_are_alike_and_others_are_not() -> None:
    make = _filters().encode
    smith, smyth, jones = (make(qgrams(name)) for name in ("SMITH", "SMYTH", "JONES"))
    assert dice(smith, smith) == 1
    assert dice(smith, smyth) > 0.65
    assert dice(smith, jones) < 0.3
    assert len(smith) == 256


def test_the_dice_coefficient_is_near_that_of_the_q_grams() -> None:
    make = _filters(bits=4096).encode
    for one, other in (("KATHERINE", "CATHERINE"), ("ANNA", "HANNAH"), ("MUHAMMAD", "MOHAMED")):
        a, b = set(qgrams(one)), set(qgrams(other))
        exact = 2 * len(a & b) / (len(a) + len(b))
        assert dice(make(qgrams(one)), make(qgrams(other))) == pytest.approx(exact, abs=0.06)


def test_dates_share_what_they_share() -> None:
    make = _filters().encode
    day, next_day, other = (make(date_parts(text)) for text in ("2021-03-05", "2021-03-06", "2019-11-28"))
    assert 0.65 < dice(day, next_day) < 0.8
    assert dice(day, other) < 0.2


def test_another_key_or_salt_gives_another_filter() -> None:
    make = _filters().encode
    other = BloomFilters(KEY[::-1], BloomParameters()).encode
    assert dice(make(qgrams("SMITH")), other(qgrams("SMITH"))) < 0.35
    assert dice(make(qgrams("SMITH"), "2020"), make(qgrams("SMITH"), "2021")) < 0.35


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_text(hashlib.sha256(b"a key of the tests").hexdigest(), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoded")
    write_world(folder, 500)
    (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    example = (PROJECT / "config/examples/linkage/encoded.yaml").read_text(encoding="utf-8")
    # Fewer random pairs than the example draws: the tests need not be that sure.
    (folder / "encoded.yaml").write_text(f"{example}  max_u_pairs: 100000\n", encoding="utf-8")
    (folder / "left.yaml").write_text(f"{{{FILE}}}", encoding="utf-8")
    (folder / "right.yaml").write_text(f"{{{FILE}, group: authority}}", encoding="utf-8")
    return folder


def _encode(
    capsys: pytest.CaptureFixture[str], world: Path, out: Path, key_file: Path, *more: object
) -> list[tuple[int, str]]:
    return [
        run(
            capsys, "encode-identifiers", world / f"{side}.csv", "--settings", world / f"{side}.yaml",
            "--key-file", key_file, "--out", out / f"{side}.parquet", *more,
        )
        for side in ("left", "right")
    ]  # fmt: skip


def _f1(links: Path, truth: set[tuple[str, str]]) -> float:
    found = set(pl.read_parquet(links).select("left_id", "right_id").iter_rows())
    return Agreement(len(found), len(truth), len(found & truth)).f1.value


@pytest.mark.parametrize("salt", [(), ("--salt-with-birth-year",)], ids=["plain", "salted"])
def test_a_linkage_without_names_loses_at_most_a_hundredth(
    world: Path, tmp_path: Path, key_file: Path, capsys: pytest.CaptureFixture[str], salt: tuple[str, ...]
) -> None:
    clear, encoded = world / "clear.parquet", tmp_path / "encoded.parquet"
    files = (world / "left.csv", world / "right.csv")
    assert run(capsys, "link", *files, "--settings", world / "settings.yaml", "--out", clear, "--force")[0] == 0
    assert [code for code, _ in _encode(capsys, world, tmp_path, key_file, *salt)] == [0, 0]
    settings = world / "encoded.yaml"
    files = (tmp_path / "left.parquet", tmp_path / "right.parquet")
    code, err = run(capsys, "link", *files, "--settings", settings, "--out", encoded)
    assert code == 0, err
    assert "left out" not in err
    key = read_key(key_file, project=PROJECT)
    truth = set(pl.read_csv(world / "truth.csv").iter_rows())
    hidden = {tuple(pseudonym(key, "encoded:person_id", name) for name in pair) for pair in truth}
    assert _f1(clear, truth) > 0.97
    assert _f1(encoded, hidden) > _f1(clear, truth) - MAY_LOSE


def test_no_identifier_is_in_what_is_written(
    world: Path, tmp_path: Path, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [code for code, _ in _encode(capsys, world, tmp_path, key_file)] == [0, 0]
    settings = world / "encoded.yaml"
    run(
        capsys, "link", tmp_path / "left.parquet", tmp_path / "right.parquet", "--settings", settings,
        "--out", tmp_path / "links.parquet", "--scored-pairs", tmp_path / "scored.parquet",
        "--model", tmp_path / "model.json",
    )  # fmt: skip
    secrets: set[str] = {key_file.read_text(encoding="utf-8")}
    for side in ("left", "right"):
        with (world / f"{side}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                secrets |= {row["id"], row["nhs"], row["first"], row["last"], row["born"]}
                secrets |= {row["post"], row["post"].replace(" ", "")}
    # A short name can stand among random hexadecimal digits by chance.
    secrets = {text for text in secrets if len(text) >= 6}
    assert len(secrets) > 2500
    written = sorted(tmp_path.iterdir())
    assert len(written) == 5
    for path in written:
        shown = path.read_bytes().decode("latin-1").upper()
        if path.suffix == ".parquet":
            # What stands compressed in the file is looked at as it is read.
            shown += "".join(map(str, pl.read_parquet(path).rows())).upper()
        words = {
            shown[start : start + size] for size in {len(t) for t in secrets} for start in range(len(shown) - size)
        }
        assert not words & {text.upper() for text in secrets}, path.name


def test_both_sides_must_be_encoded_alike(
    world: Path, tmp_path: Path, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other_key = tmp_path / "key"
    other_key.write_text(os.urandom(32).hex(), encoding="utf-8")
    other_key.chmod(0o600)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()
    _encode(capsys, world, tmp_path / "a", key_file)
    _encode(capsys, world, tmp_path / "b", other_key)
    _encode(capsys, world, tmp_path / "c", key_file, "--bits", 2048)
    settings = PROJECT / "config/examples/linkage/encoded.yaml"
    for folder, what in (("b", "key"), ("c", "bits")):
        files = (tmp_path / "a/left.parquet", tmp_path / folder / "right.parquet")
        code, err = run(capsys, "link", *files, "--settings", settings, "--out", tmp_path / "links.parquet")
        assert code == 2
        assert f"the two files were encoded with another {what} -> encode both with one key" in err


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        pytest.param("bloom: [last]", "column last holds", id="names where filters should be"),
        pytest.param("hashed: [forename]", "an encoded column has the name of a clear one: forename", id="clear name"),
        pytest.param("hashed: [last], bloom: [last]", "hashed and bloom both name last", id="both"),
    ],
)
def test_columns_that_are_not_encoded_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], columns: str, problem: str
) -> None:
    write_world(tmp_path, 60)
    kind = "kind: bloom, " if "bloom" in columns else ""
    linkage = f"linkage: {{ladder: [], blocking: [[last]], comparisons: [{{{kind}column: last}}]}}"
    settings = tmp_path / "s.yaml"
    settings.write_text(f"left: &file {{id: id, {columns}}}\nright: *file\n{linkage}\n", encoding="utf-8")
    files = (tmp_path / "left.csv", tmp_path / "right.csv")
    code, err = run(capsys, "link", *files, "--settings", settings, "--out", tmp_path / "links.parquet")
    assert code in (2, 3)
    assert problem in err.splitlines()[-1]


def test_hashes_of_others_are_linked_by_equality_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": f"a{n}", "h": hashlib.sha256(str(n).encode()).hexdigest()} for n in range(100)]
    write_rows(tmp_path / "l.csv", rows, ("id", "h"))
    write_rows(tmp_path / "r.csv", [{**row, "id": f"b{row['id']}"} for row in rows[:60]], ("id", "h"))
    settings = tmp_path / "s.yaml"
    ladder = "ladder: [{name: hash, keys: [h]}], probabilistic: none"
    settings.write_text(f"left: &file {{id: id, hashed: [h]}}\nright: *file\nlinkage: {{{ladder}}}\n", encoding="utf-8")
    out = tmp_path / "links.parquet"
    code, err = run(capsys, "link", tmp_path / "l.csv", tmp_path / "r.csv", "--settings", settings, "--out", out)
    assert code == 0, err
    assert set(pl.read_parquet(out).select("left_id", "right_id").iter_rows()) == {
        (f"a{n}", f"ba{n}") for n in range(60)
    }
    settings.write_text(settings.read_text(encoding="utf-8").replace("[h]}]", "[h.soundex]}]"), encoding="utf-8")
    code, err = run(
        capsys, "link", tmp_path / "l.csv", tmp_path / "r.csv", "--settings", settings, "--out", out, "--force"
    )
    assert code == 2
    assert "no form 'soundex' of the encoded column h -> compare it as it is" in err


def test_a_key_that_others_can_read_is_refused_before_anything_is_read(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "key"
    key.write_text(os.urandom(32).hex(), encoding="utf-8")
    key.chmod(0o644)
    code, err = _encode(capsys, world, tmp_path, key)[0]
    assert (code, err) == (2, f"dyadlink: {key}: the key file can be read by others -> chmod 600 it, or renew it\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key"]
