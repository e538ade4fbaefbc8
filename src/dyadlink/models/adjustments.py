"""The fits of a model whose terms are adjusted for nothing, or for a few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dyadlink.models.design import Design
from dyadlink.models.specification import ModelSpec


def adjusted_designs(spec: ModelSpec, design: Design) -> Iterator[tuple[Design, frozenset[str]]]:
    """The design of each fit, all of the same dyads, and the terms that are told from it.

    unadjusted: a fit for each term. minimal: a fit for each term with the minimal terms, and one of these alone, from
    which they are told themselves. full: one fit.

    Args:
        spec: The model.
        design: Of all its terms.
    """
    names = list(dict.fromkeys(parameter.term for parameter in design.parameters))
    if spec.adjustment == "full":
        yield design, frozenset(names)
        return
    minimal = [term.name for term in spec.minimal_terms] if spec.adjustment == "minimal" else []
    if minimal:
        yield _part(design, minimal), frozenset(minimal)
    for name in names:
        if name not in minimal:
            yield _part(design, [name, *minimal]), frozenset([name])


def _part(design: Design, terms: list[str]) -> Design:
    keep = [index for index, parameter in enumerate(design.parameters) if parameter.term in terms]
    return replace(design, parameters=tuple(design.parameters[index] for index in keep), matrix=design.matrix[:, keep])
