"""Keyed Bloom filters of identifiers: two of them can be compared, and neither can be read without the key.

Source: Schnell R, Bachteler T, Reiher J. Privacy-preserving record linkage using Bloom filters. BMC Medical
Informatics and Decision Making 2009;9:41. The positions of a q-gram are drawn one by one from HMAC-SHA256 and not by
double hashing, whose pattern gave the q-grams away (Niedermeyer, Steinmetzer, Kroll & Schnell 2014).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count, islice

from pydantic import Field

from dyadlink.section import Section

QGRAM = 2
"""Letters of a q-gram; a blank stands before the first letter and after the last one."""


class BloomParameters(Section):
    """How Bloom filters are made; both sides of a linkage must use the same."""

    bits: int = Field(1024, ge=256, le=4096, multiple_of=256, description="Length of a filter.")
    hashes: int = Field(30, ge=5, le=100, description="Positions that each q-gram sets.")
    is_salted: bool = Field(
        False,
        description="The year of birth is part of what is hashed: names of one year alone can be compared, and counts "
        "of common names are spread over years.",
    )


@dataclass
class BloomFilters:
    """Makes the filters of one field; positions of each q-gram are worked out once."""

    key: bytes = field(repr=False)
    parameters: BloomParameters
    _positions: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)

    def encode(self, tokens: Iterable[str], salt: str = "") -> str:
        """The filter of some tokens as hexadecimal digits, a quarter as many as it has bits."""
        bits = 0
        for token in tokens:
            known = self._positions.get((token, salt))
            if known is None:
                known = self._positions[(token, salt)] = self._bits_of(token, salt)
            bits |= known
        return f"{bits:0{self.parameters.bits // 4}x}"

    def _bits_of(self, token: str, salt: str) -> int:
        # ASSUME: a 32-bit number modulo at most 4096 is even enough: no position is likelier by more than 1 in 10^6.
        bits = 0
        for number in islice(self._numbers(f"{salt}|{token}"), self.parameters.hashes):
            bits |= 1 << (number % self.parameters.bits)
        return bits

    def _numbers(self, text: str) -> Iterable[int]:
        for block in count():
            digest = hmac.digest(self.key, f"{block}|{text}".encode(), hashlib.sha256)
            yield from (int.from_bytes(digest[start : start + 4], "big") for start in range(0, len(digest), 4))


def qgrams(text: str) -> list[str]:
    """The q-grams of a name, its begin and end marked by a blank: " A", "AN", "N "."""
    padded = f" {text} "
    return [padded[start : start + QGRAM] for start in range(len(padded) - QGRAM + 1)]


def date_parts(text: str) -> list[str]:
    """Year, month and day of "2021-03-05", each a token of its own: one wrong part leaves two thirds in common."""
    return [f"{name}{part}" for name, part in zip("ymd", text.split("-"), strict=True)]


def dice(one: str, other: str) -> float:
    """The Dice coefficient of two filters in hexadecimal digits: twice the common bits over all that are set."""
    a, b = int(one, 16), int(other, 16)
    n_set = a.bit_count() + b.bit_count()
    return 2 * (a & b).bit_count() / n_set if n_set else 0.0
