"""What the manifest says of the study, and what of the machine it does not."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from dyadlink.config import Config, load_config, parse_section
from dyadlink.disclosure.context import build_context

CONFIG = load_config(Path(__file__).parents[3] / "config/config.yaml")
NOTHING_UNTOLD = pl.DataFrame(schema=dict.fromkeys(("route", "fact", "what_the_study_gives", "why"), pl.String))


def context(**study: object) -> dict[str, object]:
    content = CONFIG.model_dump()
    content["study"] |= study
    return build_context(parse_section(Config, content, "config"), NOTHING_UNTOLD)


def test_no_folder_file_or_address_is_told() -> None:
    content = CONFIG.model_dump()
    content["sources"] |= {
        "directory": "/secret/folder",
        "simulate": None,
        "inputs": [{"name": "x", "route": "england_returns", "location": "/secret/place", "mapping": "/secret/map"}],
    }
    content["models"] = "/secret/models.yaml"
    content["linkage"] |= {"model": "/secret/model.json", "pseudonym_key_file": "/secret/key"}
    told = build_context(parse_section(Config, content, "config"), NOTHING_UNTOLD)
    assert "secret" not in json.dumps(told, default=str)
    assert told["settings"]["linkage"]["match_probability_threshold"] == CONFIG.linkage.match_probability_threshold


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("standard", "placement with own parents or with the mother is none"),
        ("strict", "accommodation by agreement is none"),
        ("including_p1", "living apart or placed with own parents"),
        ("wide", "any formal arrangement"),
    ],
)
def test_the_definition_of_custody_loss_is_told_as_it_is(definition: str, words: str) -> None:
    told = context(custody_loss_definition=definition)["definitions"]
    assert words in told["O4"]  # type: ignore[index]


def test_a_study_of_some_services_says_which() -> None:
    everything = context()["definitions"]["Index acute episode"]  # type: ignore[index]
    some = context(service_types=("mbu", "ward"))["definitions"]["Index acute episode"]  # type: ignore[index]
    assert some.startswith(everything)
    assert some.endswith("Studied are episodes of mother and baby units and acute wards alone.")
