"""The same settings on Splink's Spark backend: the same links, the same weights to six decimals. Needs Java 17."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from person_files_world import SETTINGS, run, write_world

pytestmark = [
    # Py4J leaves its sockets to the collector of rubbish once a session has ended.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, 400)
    return folder


def test_spark_and_duckdb_make_the_same_links(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = {}
    for backend in ("duckdb", "spark"):
        folder = tmp_path / backend
        folder.mkdir()
        settings = folder / "settings.yaml"
        settings.write_text(SETTINGS.replace("ladder:", f"backend: {backend}, ladder:"), encoding="utf-8")
        links, scored = folder / "links.parquet", folder / "scored.parquet"
        code, err = run(
            capsys, "link", world / "left.csv", world / "right.csv", "--settings", settings, "--out", links,
            "--scored-pairs", scored,
        )  # fmt: skip
        assert code == 0, err
        written[backend] = (pl.read_parquet(links), pl.read_parquet(scored))
    links, scored = written["duckdb"]
    assert (links["step"] == "probabilistic").sum() > 20
    assert scored.height > 250
    assert links.equals(written["spark"][0])
    # All columns but the weights are equal to the last bit; those are kept to six decimals.
    other = written["spark"][1]
    assert scored.drop("match_weight", "match_probability").equals(other.drop("match_weight", "match_probability"))
    for column in ("match_weight", "match_probability"):
        assert (scored[column] - other[column]).abs().max() <= 1e-6


_TELL = "from dyadlink.linkage.spark import _session\nwith _session({threads}) as one: print(one.sparkContext.master)"


@pytest.mark.parametrize(("own", "master"), [("", "local[1]"), ("spark.master local[3]\n", "local[3]")])
def test_a_local_spark_takes_the_threads_it_is_given_unless_the_environment_names_a_master(
    tmp_path: Path, own: str, master: str
) -> None:
    (tmp_path / "spark-defaults.conf").write_text(own, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "MASTER"}
    # A process of its own: Java keeps the master of its first session.
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _TELL.format(threads=1)],
        capture_output=True, text=True, check=True, env={**environment, "SPARK_CONF_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.split() == [master]


def test_bloom_filters_are_refused(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, out = tmp_path / "settings.yaml", tmp_path / "links.parquet"
    rows = pl.read_csv(world / "left.csv", infer_schema=False).with_columns(
        filter=pl.col("last").hash(seed=1).cast(pl.String).str.zfill(20)
    )
    rows.write_csv(tmp_path / "l.csv")
    rows.write_csv(tmp_path / "r.csv")
    linkage = "backend: spark, ladder: [], blocking: [[filter]], comparisons: [{column: filter, kind: bloom}]"
    settings.write_text(
        f"left: &file {{id: id, bloom: [filter]}}\nright: *file\nlinkage: {{{linkage}}}\n", encoding="utf-8"
    )
    code, err = run(capsys, "link", tmp_path / "l.csv", tmp_path / "r.csv", "--settings", settings, "--out", out)
    assert code == 2
    assert "linkage.backend: spark: Bloom filters are compared by DuckDB alone -> set it to duckdb" in err
