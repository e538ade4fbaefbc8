"""What a cell of text says: a number, a hidden count, a bound, or a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["empty", "number", "hidden", "small", "word"]

_NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?"
_PLAIN = re.compile(rf"({_NUMBER})\s*(%?)", re.I)
_WITH_PERCENT = re.compile(rf"({_NUMBER})\s*(?:[(\[]\s*({_NUMBER})\s*%?\s*[)\]]|\s({_NUMBER})\s*%)")
_SMALL = re.compile(r"(<|<=|≤|fewer than|less than|under|up to)\s*(\d+)", re.I)
_RANGE = re.compile(r"(\d+)\s*(?:-|\N{EN DASH}|to)\s*(\d+)")
_HIDDEN = re.compile(
    r"\*+|\[?[cxzu]\]?|\.{1,3}|-{1,3}|[\N{EN DASH}\N{EM DASH}]|#+|n/?a|nan|null|none|"
    r"\[?redacted\]?|suppress.*|supp|hidden|masked|\[low\]|confidential|\(?ref(erence)?\.?\)?",
    re.I,
)


@dataclass(frozen=True)
class Value:
    """A cell of a table.

    Args:
        kind: `empty`; a `number`; `hidden` behind a sign; `small`, a bound told in its place; or a `word`.
        number: The number.
        decimals: Digits after its point.
        percent: The percentage told beside it, as in 12 (3.4%).
        percent_decimals: Digits after the point of that.
        is_percent: A sign of percent follows the number.
        bounds: Least and greatest count that a bound allows; the least is -1 where it does not tell of zero.
    """

    kind: Kind
    number: float = 0.0
    decimals: int = 0
    percent: float | None = None
    percent_decimals: int = 0
    bounds: tuple[int, int] = (0, 0)
    is_percent: bool = False

    @property
    def is_whole(self) -> bool:
        """A whole number of zero or more."""
        return self.kind == "number" and self.number >= 0 and self.number == int(self.number)


@lru_cache(maxsize=100_000)
def read_value(text: str) -> Value:
    """What the text says."""
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if not text:
        return Value("empty")
    if found := _PLAIN.fullmatch(text):
        number, decimals = _number(found[1])
        return Value("number", number, decimals, is_percent=bool(found[2]))
    if found := _WITH_PERCENT.fullmatch(text):
        number, decimals = _number(found[1])
        percent, percent_decimals = _number(found[2] or found[3])
        return Value("number", number, decimals, percent, percent_decimals)
    if found := _SMALL.fullmatch(text):
        most = int(found[2]) - (found[1].lower() in {"<", "fewer than", "less than", "under"})
        return Value("small", bounds=(-1, most))
    if (found := _RANGE.fullmatch(text)) and int(found[1]) <= int(found[2]):
        return Value("small", bounds=(int(found[1]), int(found[2])))
    return Value("hidden") if _HIDDEN.fullmatch(text) else Value("word")


def _number(text: str) -> tuple[float, int]:
    plain = text.replace(",", "")
    mantissa, _, power = plain.lower().partition("e")
    decimals = max(0, len(mantissa.partition(".")[2]) - int(power or 0))
    return float(plain), decimals


TOTALS = ("total", "all", "overall", "everyone", "everybody", "grand_total", "both", "both_sexes", "sum", "totals")
_TOTAL = re.compile(rf"{'|'.join(TOTALS)}|whole_\w+|(grand_|sub)?total_\w+|all_(?!other|the_other|remaining|else)\w+")


@lru_cache(maxsize=100_000)
def is_total(label: str) -> bool:
    """Whether a label names what others add up to."""
    return bool(_TOTAL.fullmatch(re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")))
