"""The configuration: typed, frozen, closed to unknown keys; what is wrong is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from dyadlink.config import Config, LadderStep, Resources, Study, load_config, parse_section, read_yaml
from dyadlink.errors import ConfigError

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


def test_only_the_strict_profile_exists() -> None:
    with pytest.raises(ConfigError, match=r"key 'disclosure\.profile'"):
        parse_section(Config, _content(disclosure={"profile": "off"}), "test")


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
