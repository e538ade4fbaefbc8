"""The configuration: typed, frozen, closed to unknown keys; what is wrong is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from dyadlink.config import (
    Config,
    Csv,
    Resources,
    Sources,
    Study,
    load_config,
    parse_section,
    read_yaml,
)
from dyadlink.errors import ConfigError
from dyadlink.linkage_settings import LadderStep

ROOT = Path(__file__).parents[3]
PERIOD = {"title": "t", "first_birth_date": "2021-01-01", "last_birth_date": "2021-12-31"}


def _content(**sections: Any) -> dict[str, Any]:
    ladder = [{"name": "exact", "keys": ["nhs_number"]}]
    return {"study": PERIOD, "sources": {"directory": "in"}, "linkage": {"ladder": ladder}, **sections}


def _written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_config_that_comes_with_the_study_is_valid() -> None:
    config = load_config(ROOT / "config/config.yaml")
    assert (config.study.spell_gap_days, config.study.follow_up_days) == (3, 365)
    assert config.disclosure.profile == "strict"


def test_simulated_people_have_a_study_id_and_a_ledger_of_their_own() -> None:
    real = Config(**_content(disclosure={"ledger": "safe/ledger.jsonl"}))
    assert (real.study_id, real.ledger) == ("t", Path("safe/ledger.jsonl"))
    assert Config(**_content(disclosure={"ledger": "~/ledger.jsonl"})).ledger == Path.home() / "ledger.jsonl"
    simulated = {"directory": "in", "simulate": {"preset": "study", "seed": 3, "flaws": "heavy"}}
    made = Config(**_content(disclosure={"ledger": "safe/ledger.jsonl"}, sources=simulated))
    assert made.study_id == "t; simulated, preset study, seed 3, flaws heavy"
    assert made.ledger == Path("safe/ledger_study_3_heavy.jsonl")


def test_defaults_are_those_of_the_study() -> None:
    study = parse_section(Study, PERIOD, "test")
    assert study.first_birth_date == date(2021, 1, 1)
    assert (study.index_window_days, study.spell_gap_days, study.follow_up_days) == (365, 3, 365)
    assert (study.pregnancy_lookback_days, study.prior_admission_lookback_days) == (280, 1826)


def test_an_unknown_key_is_named_with_its_file(tmp_path: Path) -> None:
    path = _written(tmp_path, yaml.safe_dump(_content(study={**PERIOD, "folow_up_days": 30})))
    with pytest.raises(ConfigError, match=r"config\.yaml: unknown key 'study\.folow_up_days' -> ") as caught:
        load_config(path)
    assert caught.value.exit_code == 2


def test_a_mistyped_key_is_named_rather_than_the_one_it_leaves_missing() -> None:
    content = {"title": "t", "first_birth_date": "2021-01-01", "last_birht_date": "2021-12-31"}
    with pytest.raises(ConfigError, match="unknown key 'last_birht_date'"):
        parse_section(Study, content, "test")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param({"spell_gap_days": "three"}, "spell_gap_days", id="wrong type"),
        pytest.param({"spell_gap_days": -1}, "spell_gap_days", id="too low"),
        pytest.param({"index_window_days": 731}, "index_window_days", id="too high"),
        pytest.param({"first_birth_date": "1 April"}, "first_birth_date", id="no date"),
        pytest.param({"maternal_age_band_edges": [25, "x"]}, "maternal_age_band_edges.1", id="inside a list"),
    ],
)
def test_a_wrong_value_names_its_key(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=f"key '{named}': "):
        parse_section(Study, PERIOD | change, "test")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ConfigError, match=r"key 'study\.title': field required"):
        parse_section(Config, _content(study={k: v for k, v in PERIOD.items() if k != "title"}), "test")


def test_a_period_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ConfigError, match="last_birth_date lies before first_birth_date"):
        parse_section(Study, PERIOD | {"last_birth_date": "2020-12-31"}, "test")


@pytest.mark.parametrize("content", [None, [], "text", 3])
def test_content_that_is_no_mapping_is_refused(content: Any) -> None:
    with pytest.raises(ConfigError):
        parse_section(Config, content, "test")


@pytest.mark.parametrize("limit", ["1GB", "1.5GB", "800MB"])
def test_memory_limits(limit: str) -> None:
    assert Resources(memory_limit=limit).memory_limit == limit


@pytest.mark.parametrize("limit", ["1", "GB", "1TB", "80%"])
def test_memory_limits_that_are_none(limit: str) -> None:
    with pytest.raises(ConfigError):
        parse_section(Resources, {"memory_limit": limit}, "test")


@pytest.mark.parametrize("step", [{"name": "Bad Name", "keys": ["a"]}, {"name": "no_keys", "keys": []}])
def test_a_ladder_step_needs_a_plain_name_and_keys(step: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        parse_section(LadderStep, step, "test")


def test_a_section_is_frozen() -> None:
    config = load_config(ROOT / "config/config.yaml")
    with pytest.raises(ValidationError, match="frozen"):
        config.study.spell_gap_days = 5  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        config.study = config.study  # type: ignore[misc]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml: file not found"):
        read_yaml(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("text", "line"), [("study:\n  title: 'open\n", 3), ("study:\n  a: 1\n b: 2\n", 3), ("a: b: c\n", 1)]
)
def test_broken_yaml_is_told_by_line(tmp_path: Path, text: str, line: int) -> None:
    path = _written(tmp_path, text)
    with pytest.raises(ConfigError, match=f"line {line}: not valid YAML"):
        read_yaml(path)


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not valid YAML"):
        read_yaml(_written(tmp_path, "a: !!python/object/apply:os.getcwd []\n"))


def _sources(**keys: Any) -> Sources:
    return parse_section(Sources, {"directory": "in", **keys}, "test")


def test_without_inputs_the_english_returns_in_the_directory_are_read() -> None:
    (source,) = _sources().read_from()
    assert (source.name, source.route, source.format, source.location) == (
        "england_returns",
        "england_returns",
        "files",
        "in",
    )


def test_an_input_without_location_stands_where_its_route_is_simulated() -> None:
    inputs = [{"name": "a", "route": "wales_sail"}, {"name": "b", "route": "england_returns", "location": "/there"}]
    assert [source.location for source in _sources(inputs=inputs).read_from()] == ["in/wales_sail", "/there"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"route": "england"}, "key 'inputs.0.route'", id="unknown route"),
        pytest.param({"name": "My study"}, "key 'inputs.0.name'", id="name that is no word"),
        pytest.param({"format": "duckdb"}, "an input of format duckdb needs a location", id="no location"),
        pytest.param({"csv": {"encoding": "klingon"}}, "no such encoding is known", id="unknown encoding"),
        pytest.param({"csv": {"delimiter": "||"}}, "key 'inputs.0.csv.delimiter'", id="two delimiters"),
        pytest.param({"csv": {"date_format": "%d.%m"}}, "a date format names day", id="date without year"),
        pytest.param({"delimiter": ";"}, "unknown key 'inputs.0.delimiter'", id="misplaced key"),
    ],
)
def test_what_is_wrong_with_an_input_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _sources(inputs=[{"name": "a", "route": "england_returns", **change}])
    assert message in str(caught.value)


def test_two_inputs_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two inputs of one name: a"):
        _sources(inputs=[{"name": "a", "route": "england_returns"}] * 2)


def test_the_address_of_a_server_is_no_location_and_is_not_repeated() -> None:
    address = "postgresql://analyst:correct-horse@10.0.0.1/study"
    with pytest.raises(ConfigError, match="name of an environment variable, never the address") as caught:
        _sources(inputs=[{"name": "a", "route": "england_returns", "format": "postgresql", "location": address}])
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "name"),
    [("windows-1252", "cp1252"), ("UTF8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin1", "iso8859-1")],
)
def test_encodings_have_one_name_each(declared: str, name: str) -> None:
    assert parse_section(Csv, {"encoding": declared}, "test").encoding == name
