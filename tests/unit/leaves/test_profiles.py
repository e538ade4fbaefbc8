"""Disclosure profiles: what each asks for, how it rounds, and a study's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dyadlink.config import Config, Disclosure, load_config, parse_section
from dyadlink.errors import ConfigError
from dyadlink.profiles import PROFILES, Profile, get_profile

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "threshold", "rounding", "zeros", "others"),
    [
        ("opensafely", 8, ("nearest", 5), True, (1, 5000)),
        ("sacro", 10, ("nearest", 5), False, (10, None)),
        ("nhs_sde", 10, ("nearest", 5), False, (1, None)),
        ("ukllc", 10, ("none", 1), False, (1, None)),
        ("ons_csc", 10, ("nearest", 10), False, (1, None)),
        ("strict", 10, ("nearest", 10), False, (10, 5000)),
    ],
)
def test_each_profile_has_the_rules_of_its_source(
    name: str, threshold: int, rounding: tuple[str, int], zeros: bool, others: tuple[int, int | None]
) -> None:
    profile = get_profile(name)
    assert (profile.name, profile.threshold, profile.are_zeros_shown) == (name, threshold, zeros)
    assert (profile.rounding, profile.rounding_base) == rounding
    assert (profile.minimum_residual_df, profile.maximum_rows) == others


def test_strict_is_as_strict_as_every_other() -> None:
    strict = get_profile("strict")
    for profile in PROFILES.values():
        for least in ("threshold", "minimum_residual_df", "minimum_step_events", "minimum_median_n"):
            assert getattr(strict, least) >= getattr(profile, least)
        assert strict.rounding_base >= profile.rounding_base
        assert set(strict.file_types) <= set(profile.file_types)
        assert not strict.are_zeros_shown
        for ratio in ("dominance_share", "p_ratio", "maximum_rows", "maximum_megabytes"):
            assert getattr(profile, ratio) in {None, getattr(strict, ratio)}


def test_sums_that_one_or_two_dominate_are_asked_about_as_acro_does() -> None:
    sacro = get_profile("sacro")
    assert (sacro.dominance_n, sacro.dominance_share, sacro.p_ratio) == (2, 0.9, 0.1)
    assert "svg" not in sacro.file_types


@pytest.mark.parametrize("name", [*PROFILES, "midpoint"])
def test_every_shown_count_lies_among_those_that_its_number_can_stand_for(name: str) -> None:
    midpoint = get_profile("opensafely").for_survival()
    profile = midpoint if name == "midpoint" else get_profile(name)
    behind: dict[int, list[int]] = {}
    for n in range(profile.threshold, 200):
        behind.setdefault(profile.round_count(n), []).append(n)
    for shown, counts in list(behind.items())[:-1]:
        assert profile.counts_behind(shown) == (counts[0], counts[-1])
        assert max(shown - n for n in counts) <= profile.most_below


RULES = PROFILES["strict"].model_dump(exclude={"name", "source"})


def test_a_study_may_have_a_profile_of_its_own() -> None:
    own: dict[str, dict[str, Any]] = {
        "mine": {"based_on": "strict", "threshold": 20},
        "ours": {"based_on": "mine", "rounding_base": 5},
        "whole": RULES,
    }
    ours = parse_section(Disclosure, {"profile": "ours", "profiles": own}, "config").rules
    assert (ours.name, ours.threshold, ours.rounding_base) == ("ours", 20, 5)
    assert ours.source == "the study's configuration, based on mine"
    assert ours.minimum_median_n == PROFILES["strict"].minimum_median_n
    assert get_profile("whole", own).model_dump(exclude={"name", "source"}) == RULES


def disclosure_of(**rules: Any) -> dict[str, Any]:
    return {"profile": "mine", "profiles": {"mine": {"based_on": "strict", **rules}}}


@pytest.mark.parametrize(
    ("disclosure", "complaint"),
    [
        pytest.param({"profile": "lenient"}, "unknown disclosure profile 'lenient'", id="unknown"),
        pytest.param(disclosure_of(treshold=5), "treshold", id="mistyped rule"),
        pytest.param(disclosure_of(threshold=0), "greater than or equal to 1", id="out of range"),
        pytest.param(disclosure_of(threshold=4), "rounded to zero", id="rounded away"),
        pytest.param(disclosure_of(rounding="none"), "rounding_base is 1 where", id="none but a base"),
        pytest.param(disclosure_of(rounding="midpoint", are_totals_summed=True), "goes with", id="midpoint sums"),
        pytest.param(disclosure_of(p_ratio=None, dominance_n=None), "go together", id="half a rule"),
        pytest.param(disclosure_of(based_on="mine"), "based on itself", id="itself"),
        pytest.param(disclosure_of(based_on="lenient"), "unknown profile 'lenient'", id="unknown base"),
        pytest.param({"profiles": {"strict": RULES}}, "cannot be changed", id="known name"),
        pytest.param({"profiles": {"Mine!": RULES}}, "name: String should match", id="no name"),
        pytest.param({"profiles": {"mine": {"threshold": 12}}}, "is missing", id="lacks rules"),
    ],
)
def test_wrong_rules_stop_the_study_when_the_configuration_is_read(disclosure: dict[str, Any], complaint: str) -> None:
    content = load_config(ROOT / "config/config.yaml").model_dump() | {"disclosure": disclosure}
    with pytest.raises(ConfigError, match=complaint) as caught:
        parse_section(Config, content, "config.yaml")
    assert "\n" not in str(caught.value)


def test_every_rule_is_described() -> None:
    assert all(len(field.description or "") > 10 for field in Profile.model_fields.values())
