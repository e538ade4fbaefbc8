"""The rules in words, and which rows point at what: rules.yaml. The queries decide; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import yaml

from dyadlink.section import Section


class OutcomeWords(Section):
    """An outcome: the columns that hold it, the query that made it, its rule, and a sentence for each state."""

    title: str
    stored: tuple[str, ...]
    query: str
    rule: str
    states: Mapping[str, str]


class Origin(Section):
    """Rows that an interval came from: those of a table whose day is its first, with (and without) these values."""

    table: str
    day: str
    holds: Mapping[str, tuple[str | bool, ...]] = {}
    lacks: Mapping[str, tuple[str, ...]] = {}


class CovariateWords(Section):
    """A covariate: its rule, which records it came from, and the one value of a code list that it is about."""

    rule: str
    source: str
    only: str | None = None


class Rules(Section):
    """The file."""

    exclusions: Mapping[str, str]
    spells: Mapping[str, str]
    ends: Mapping[str, str]
    outcomes: Mapping[str, OutcomeWords]
    levels: Mapping[str, tuple[Origin, ...]]
    arrangements: Mapping[str, tuple[Origin, ...]]
    covariates: Mapping[str, CovariateWords]


@lru_cache
def rules() -> Rules:
    """The rules in words."""
    text = resources.files("dyadlink.explain").joinpath("rules.yaml").read_text(encoding="utf-8")
    return Rules(**yaml.safe_load(text))
