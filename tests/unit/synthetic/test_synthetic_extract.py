"""The committed extract is what the generator writes today, and shows what a reader should meet."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import yaml

from dyadlink.schemas import CSC_LEVELS
from dyadlink.synthetic import simulate
from dyadlink.synthetic.flaws.catalogue import CATALOGUE
from dyadlink.synthetic.routes import ROUTES

EXTRACT = Path(__file__).parents[3] / "synthetic_data" / "extract" / "sources"
NOT_SIMULATED = {"england_local_ssd/authority/ssd_early_help_episodes.csv"}
MANY_FLAWS = 20
LARGEST_BYTES = 3_000_000


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def dyads() -> pl.DataFrame:
    return pl.read_csv(EXTRACT / "truth" / "dyads.csv", infer_schema_length=None, try_parse_dates=True)


def test_the_generator_writes_the_same_bytes_today(tmp_path: Path, parameters_path: Path) -> None:
    used = yaml.safe_load((EXTRACT / "truth" / "parameters.yaml").read_text(encoding="utf-8"))
    level = used["parameters"]["flaws"]["level"]["value"]
    simulate(used["preset"], used["seed"], tmp_path / "now", parameters_path, routes=ROUTES, flaws=level)
    committed, now = _files(EXTRACT), _files(tmp_path / "now")
    mend = "run `make extract`, look at what changed, and commit it"
    assert sorted(committed) == sorted(now), mend
    assert [name for name in now if now[name] != committed[name]] == [], mend


def test_it_is_small() -> None:
    assert sum(map(len, _files(EXTRACT).values())) < LARGEST_BYTES


def test_every_table_has_rows() -> None:
    n_rows: dict[str, int] = {}
    for path in EXTRACT.rglob("*"):
        if path.suffix in {".csv", ".parquet"}:
            # Authorities and years together: a small authority may have nobody in care in a year.
            parts = path.relative_to(EXTRACT).parts
            name = "/".join(("authorities", path.name) if parts[0] == "authorities" else parts)
            rows = pl.scan_csv(path, infer_schema=False) if path.suffix == ".csv" else pl.scan_parquet(path)
            n_rows[name] = n_rows.get(name, 0) + rows.select(pl.len()).collect().item()
    # With other files than today's, another seed may be needed: try some in the Makefile.
    assert {name for name, n in n_rows.items() if n == 0} == NOT_SIMULATED


def test_it_has_what_the_study_is_about(dyads: pl.DataFrame) -> None:
    states = pl.read_csv(EXTRACT / "truth" / "states.csv")
    assert set(states["level"]) == set(CSC_LEVELS)
    assert dyads["loss_date"].count() >= 1
    assert dyads["cpp_date"].count() >= 1
    assert dyads.filter("is_multiple").select(pl.col("mother_id").is_duplicated().any()).item()
    assert dyads.filter(pl.col("country") == "Wales").height >= 1
    assert dyads["move_date"].count() >= 1
    assert set(dyads["service_type"]) == {"mbu", "ward", "crht"}
    # One twin pair and a second index birth: a mother has two dyads for either reason.
    assert dyads["mother_id"].n_unique() < dyads.height


def test_most_flaws_occur_in_it() -> None:
    found = set(pl.read_csv(EXTRACT / "truth" / "flaws.csv")["flaw"])
    assert found <= set(CATALOGUE)
    assert len(found) >= MANY_FLAWS
