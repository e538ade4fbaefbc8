"""With a key, no id of the sources is in anything that the study keeps, and the links are the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest
from snakemake_run import PROJECT, STUDY_PRESET, run_snakemake, write_config

from dyadlink.key_file import read_key
from dyadlink.pseudonyms import PERSON, child_pseudonym, pseudonym

LINKS = "results/record_level/linkage/links.parquet"
LINK = ["infant_id", "child_key", "step", "match_probability"]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_text(hashlib.sha256(b"a key of the tests").hexdigest(), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> dict[str, Path]:
    """The same study as far as its counts, with the ids as they are handed over and with pseudonyms."""
    folders = {}
    for name, more in (("clear", ""), ("keyed", f"linkage: {{pseudonym_key_file: {key_file}}}\n")):
        folder = folders[name] = tmp_path_factory.mktemp(name)
        config = write_config(folder, STUDY_PRESET + more)
        done = run_snakemake(folder, "--configfile", str(config), "--", "results/aggregate/counts.parquet")
        assert done.returncode == 0, done.stderr[-2000:]
    return folders


def test_links_are_the_same_under_other_names(studies: dict[str, Path], key_file: Path) -> None:
    key = read_key(key_file, project=PROJECT)
    clear, keyed = (pl.read_parquet(studies[name] / LINKS) for name in ("clear", "keyed"))
    named = {
        (pseudonym(key, PERSON, infant), f"{la_code}:{child_pseudonym(key, la_code, child)}", step): probability
        for infant, (la_code, child), step, probability in (
            (row["infant_id"], row["child_key"].split(":"), row["step"], row["match_probability"])
            for row in clear.iter_rows(named=True)
        )
    }
    found = {tuple(row[:3]): row[3] for row in keyed.select(LINK).iter_rows()}
    assert len(named) > 30
    assert found.keys() == named.keys()
    # The model is learnt from persons drawn by their ids: under other ids they are others.
    assert found == {link: pytest.approx(probability, abs=0.01) for link, probability in named.items()}


def test_counts_are_the_same(studies: dict[str, Path]) -> None:
    """All but the match weights, which come of a draw of persons by their ids."""
    clear, keyed = (
        pl.read_parquet(studies[name] / "results/aggregate/counts.parquet").filter(pl.col("table") != "match_weights")
        for name in ("clear", "keyed")
    )
    assert clear.equals(keyed)
    assert {"characteristics_by_o1", "linkage", "outcomes"} <= set(keyed["table"].unique())


def test_no_id_of_the_sources_is_kept(studies: dict[str, Path], key_file: Path) -> None:
    staging = "results/record_level/staging"
    births, children = (
        pl.read_parquet(studies["clear"] / staging / f"{name}.parquet") for name in ("births", "children")
    )
    persons = pl.read_parquet(studies["clear"] / staging / "patients.parquet")["person_id"].to_list()
    ids = {*births["infant_id"], *births["mother_id"].drop_nulls(), *persons}
    ids |= {key.split(":", 1)[1] for key in children["child_key"]}
    assert len(ids) > 3000
    kept = sorted((studies["keyed"] / "results").rglob("*"))
    tables = [path for path in kept if path.suffix == ".parquet" and "sources" not in path.parts]
    assert len(tables) > 20
    for path in tables:
        texts = pl.read_parquet(path).select(pl.col(pl.String))
        for column in texts.columns:
            values = texts[column].drop_nulls().unique()
            parts = {part for value in values for part in value.split(":")}
            assert not ids & parts, f"{path.name}, {column}"
    secret = key_file.read_bytes()
    everything = [path for path in studies["keyed"].rglob("*") if path.is_file()]
    assert len(everything) > 50
    assert not [path.name for path in everything if secret in path.read_bytes()]


@pytest.mark.parametrize(("mode", "problem"), [(0o600, "is missing"), (0o644, "can be read by others")])
def test_an_unsafe_key_stops_the_study_before_it_starts(tmp_path: Path, mode: int, problem: str) -> None:
    key = tmp_path / "key"
    if mode != 0o600:
        key.write_text("0123456789abcdef" * 4, encoding="utf-8")
        key.chmod(mode)
    config = write_config(tmp_path / "study", f"{STUDY_PRESET}linkage: {{pseudonym_key_file: {key}}}\n")
    done = run_snakemake(tmp_path / "study", "--configfile", str(config))
    assert done.returncode != 0
    assert f"dyadlink: {key}: the key file {problem}" in done.stderr
    assert not list((tmp_path / "study").rglob("*.parquet"))
