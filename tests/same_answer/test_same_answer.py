"""One study, run in many ways, on every route: its release is the same, byte for byte."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from shuffled_files import shuffle_files
from snakemake_run import PROJECT, run_snakemake

from dyadlink.config import ENGLAND_RETURNS, ROUTES, Route
from dyadlink.synthetic import simulate

Release = dict[str, bytes]


@dataclass(frozen=True)
class Way:
    """How a run differs from the one that all are held against: two cores, the settings as they come."""

    cores: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, object] = field(default_factory=dict)
    is_shuffled: bool = False


ANOTHER_PROCESSOR = {
    # Each library's own choice of instructions: a machine of 2008, as far as they let themselves be told.
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-FMA,-FMA4",
}
WAYS = {
    "another processor, place and language": Way(
        environment={**ANOTHER_PROCESSOR, "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    ),
    "one core, hash seed 1": Way(cores=1, environment={"PYTHONHASHSEED": "1"}, resources={"threads": 1}),
    "four threads, random hash seed": Way(
        cores=4,
        environment={"PYTHONHASHSEED": "random", **dict.fromkeys(("OMP_NUM_THREADS", "POLARS_MAX_THREADS"), "2")},
        resources={"threads": 4},
    ),
    "little memory, temporary files elsewhere": Way(resources={"memory_limit": "250MB", "temp": "elsewhere"}),
    "another order of rows": Way(is_shuffled=True),
}


@pytest.fixture(scope="session")
def release_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Route, Way], Release]:
    """The release of a route's records in a way; each is run once."""
    kept: dict[str, Release] = {}

    def release(route: Route, way: Way) -> Release:
        name = f"{route} {way}"
        if name not in kept:
            kept[name] = _run(tmp_path_factory.mktemp("run"), route, way)
        return kept[name]

    return release


def _run(folder: Path, route: Route, way: Way) -> Release:
    sources = folder / "sources"
    parameters = PROJECT / "synthetic_data/parameters.yaml"
    simulate(preset="study", seed=1, out=sources, parameters=parameters, routes=[route], flaws="heavy")
    if way.is_shuffled:
        assert shuffle_files(sources) > 20
    config = yaml.safe_load((PROJECT / f"config/examples/{route}.yaml").read_text(encoding="utf-8"))
    config["sources"] |= {"directory": "sources", "simulate": None, "is_synthetic": True}
    resources = {**way.resources, **({"temp": str(folder / "elsewhere")} if "temp" in way.resources else {})}
    (folder / "elsewhere").mkdir()
    config["resources"] = {**config.get("resources", {}), **resources}
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    environment = {"PYTHONHASHSEED": "0", **way.environment}
    done = run_snakemake(folder, "--configfile", str(folder / "config.yaml"), cores=way.cores, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    root = folder / "results/release"
    files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    if os.environ.get("DYADLINK_KEEP_RUNS") is None:
        shutil.rmtree(folder)
    return files


@pytest.mark.parametrize("way", [pytest.param(way, id=name) for name, way in WAYS.items() if not way.is_shuffled])
def test_the_release_is_the_same_however_it_is_run(release_of: Callable[[Route, Way], Release], way: Way) -> None:
    release = release_of(ENGLAND_RETURNS, Way())
    assert len(release) > 50
    assert _differing(release, release_of(ENGLAND_RETURNS, way)) == []


@pytest.mark.parametrize("route", ROUTES)
def test_the_release_is_the_same_in_whatever_order_the_rows_come(
    release_of: Callable[[Route, Way], Release], route: Route
) -> None:
    """But for the hashes of the input files, which stand in the manifest, whose own hash stands beside it."""
    release, other = release_of(route, Way()), release_of(route, WAYS["another order of rows"])
    assert _differing(release, other) == ["checksums/manifest.json.txt", "manifest.json"]
    one, two = (json.loads(files["manifest.json"]) for files in (release, other))
    assert one["provenance"].pop("inputs_sha256") != two["provenance"].pop("inputs_sha256")
    assert one == two


def _differing(one: Release, other: Release) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
