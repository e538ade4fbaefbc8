"""The door: what it refuses, and that it writes all or nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dyadlink.config import Input, load_config
from dyadlink.disclosure import Profile, door, protect_all, write_release
from dyadlink.disclosure.context import build_context
from dyadlink.errors import DyadlinkError

CONTEXT: dict[str, Any] = {
    "title": "A study",
    "is_synthetic": True,
    "profile": "strict",
    "definitions": {"Dyad": "One mother and one infant."},
    "settings": {"first": date(2020, 10, 1)},
}


def table_of(**columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame({"level": ["a", "b"], "status": ["rounded", "rounded"], "n": [20, 30]} | columns)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_release_holds_its_tables_and_a_manifest(tmp_path: Path) -> None:
    write_release({"t": table_of(n=[20, None], status=["rounded", "suppressed_primary"])}, CONTEXT, tmp_path / "r")
    files = files_of(tmp_path / "r")
    own = {"manifest.json", "results.json", "tables/t.csv", "contexts/t.md"}
    assert files.keys() == own | {f"checksums/{path}.txt" for path in own}
    assert files["tables/t.csv"] == b"level,status,n\na,rounded,20\nb,suppressed_primary,\n"
    manifest = json.loads(files["manifest.json"])
    assert (manifest["profile"]["threshold"], manifest["is_synthetic"]) == (10, True)
    assert manifest["settings"] == {"first": "2020-10-01"}
    assert manifest["files"][0]["sha256"] == hashlib.sha256(files["tables/t.csv"]).hexdigest()
    assert manifest["files"][0]["rows"] == 2


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"n": [9, 30]}, "below the threshold"),
        ({"n": [0, 30]}, "below the threshold"),
        ({"n": [21, 30]}, "not rounded"),
        ({"n": [9.0, 30.0]}, "below the threshold"),
        ({"n_events": [4, 10]}, "below the threshold"),
        ({"children": [4, 10]}, "below the threshold"),
        ({"dyad_id": ["x", "y"]}, "identifier"),
        ({"infant_id": [10, 20]}, "identifier"),
        ({"mother_number": [10, 20]}, "identifier"),
        ({"nhs_number": ["x", "y"]}, "identifier"),
        ({"name": ["x", "y"]}, "identifier"),
        ({"Postcode": ["x", "y"]}, "identifier"),
        ({"birth_date": ["x", "y"]}, "identifier"),
        ({"month": [date(2021, 1, 1), date(2021, 2, 1)]}, "neither text"),
        ({"words": ["4", "some"]}, "number as text"),
        ({"words": ["4 (2.0%)", "some"]}, "number as text"),
        ({"status": ["suppressed_primary", "rounded"]}, "hidden row"),
        ({"status": ["suppressed_primary", "rounded"], "n": [None, 20], "percent": [1.5, 2.0]}, "hidden row"),
    ],
)
def test_the_door_refuses(tmp_path: Path, columns: dict[str, list[Any]], complaint: str) -> None:
    with pytest.raises(DyadlinkError, match=complaint):
        write_release({"t": table_of(**columns)}, CONTEXT, tmp_path / "r")
    assert not any(tmp_path.iterdir())


def test_the_door_refuses_long_tables_and_odd_names(tmp_path: Path) -> None:
    long = pl.DataFrame({"level": ["a"] * 5001, "status": ["rounded"] * 5001, "n": [20] * 5001})
    with pytest.raises(DyadlinkError, match="5,000 rows"):
        write_release({"t": long}, CONTEXT, tmp_path / "r")
    write_release({"t": long.head(5000)}, CONTEXT, tmp_path / "r")
    with pytest.raises(DyadlinkError, match="its name"):
        write_release({"../t": table_of()}, CONTEXT, tmp_path / "r")
    with pytest.raises(DyadlinkError, match="no column 'status'"):
        write_release({"t": table_of().drop("status")}, CONTEXT, tmp_path / "r")


def test_a_new_release_replaces_the_old_one_as_a_whole(tmp_path: Path) -> None:
    write_release({"old": table_of()}, CONTEXT, tmp_path / "r")
    write_release({"new": table_of()}, CONTEXT, tmp_path / "r")
    assert {path for path in files_of(tmp_path / "r") if path.startswith("tables/")} == {"tables/new.csv"}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(DyadlinkError, match="not of a release"):
        write_release({"t": table_of()}, CONTEXT, tmp_path)
    assert (tmp_path / "thesis.docx").exists()


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, small_aggregates: dict[str, pl.DataFrame], strict: Profile
) -> None:
    turned = dict(reversed(small_aggregates.items()))
    for name, aggregate in (("a", small_aggregates), ("b", turned)):
        write_release(protect_all(aggregate, strict), CONTEXT, tmp_path / name)
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_an_incomplete_context_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DyadlinkError, match="lacks title"):
        write_release({}, {"is_synthetic": False, "profile": "strict"}, tmp_path / "r")
    with pytest.raises(DyadlinkError, match="holds a PosixPath"):
        write_release({}, CONTEXT | {"settings": {"folder": tmp_path}}, tmp_path / "r")


def test_the_studys_release_tells_its_definitions_and_no_path(
    tmp_path: Path, small_aggregates: dict[str, pl.DataFrame]
) -> None:
    root = Path(door.__file__).parents[3]
    config = load_config(root / "config/config.yaml")
    inputs = (
        Input(name="sail", route="wales_sail", location="/secret/place", mapping=Path("/secret/mapping.yaml")),
        Input(name="server", route="england_returns", format="postgresql", location="SECRET_ADDRESS"),
    )
    config = config.model_copy(
        update={
            "sources": config.sources.model_copy(update={"inputs": inputs}),
            "disclosure": config.disclosure.model_copy(update={"ledger": Path("/secret/ledger.jsonl")}),
        }
    )
    untold = pl.DataFrame(
        [
            {"route": "wales_sail", "fact": "ward_type", "what_the_study_gives": "No service type", "why": "No column"},
            {"route": "england_local_ssd", "fact": "moves_away", "what_the_study_gives": "x", "why": "y"},
        ]
    )
    context = build_context(config, untold)
    write_release(protect_all(small_aggregates, config.disclosure.rules), context, tmp_path / "r")
    text = "".join(content.decode() for content in files_of(tmp_path / "r").values())
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert "Index acute episode" in manifest["definitions"]
    told = {term: words for term, words in manifest["definitions"].items() if term.startswith("Not told")}
    assert told == {"Not told by SAIL (Wales): ward type": "No service type. No column."}
    assert "directory" not in manifest["settings"]["sources"]
    assert "ledger" not in manifest["settings"]["disclosure"]
    assert "secret" not in text.lower()
    assert [source["route"] for source in manifest["settings"]["sources"]["inputs"]] == [
        "wales_sail",
        "england_returns",
    ]
