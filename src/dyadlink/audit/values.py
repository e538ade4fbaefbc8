"""What a cell of text says: a number, a hidden count, a bound, or a word."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["empty", "number", "hidden", "small", "word"]

_NUMBER = r"-?(?:\d{1,3}(?:[, ']\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?"
_PLAIN = re.compile(rf"({_NUMBER})\s*(%?)", re.I)
_WITH_PERCENT = re.compile(rf"({_NUMBER})\s*(?:[(\[]\s*({_NUMBER})\s*%?\s*[)\]]|\s({_NUMBER})\s*%)")
_PERCENT_FIRST = re.compile(rf"({_NUMBER})\s*%\s*[(\[]\s*(?:n\s*=\s*)?({_NUMBER})\s*[)\]]", re.I)
_OF_TOTAL = re.compile(rf"({_NUMBER})\s*(?:/|of)\s*({_NUMBER})(?:\s*[(\[]\s*({_NUMBER})\s*%?\s*[)\]])?", re.I)
_BEFORE = re.compile(r"^n\s*=\s*(?=\d)", re.I)
_FOOTNOTE = re.compile(
    r"(?<=[\d)%])\s*(?:[*\N{DAGGER}\N{DOUBLE DAGGER}\N{SECTION SIGN}\N{PILCROW SIGN}#^]+|\[[a-z]\]|\^[a-z\d])$", re.I
)
"""Signs of a footnote behind a number."""
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


def simplify(text: str) -> str:
    """The text in plain digits, blanks and minus signs, whichever of Unicode's it was written in."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")


@lru_cache(maxsize=100_000)
def read_value(text: str) -> Value:
    """What the text says."""
    text = simplify(text).strip()
    if not text:
        return Value("empty")
    text = _BEFORE.sub("", _FOOTNOTE.sub("", text), count=1)
    if value := _read_number(text):
        return value
    if found := _SMALL.fullmatch(text):
        most = int(found[2]) - (found[1].lower() in {"<", "fewer than", "less than", "under"})
        return Value("small", bounds=(-1, most))
    if (found := _RANGE.fullmatch(text)) and int(found[1]) <= int(found[2]):
        return Value("small", bounds=(int(found[1]), int(found[2])))
    return Value("hidden") if _HIDDEN.fullmatch(text) else Value("word")


def _read_number(text: str) -> Value | None:
    """A number with its percentage, if the text is one."""
    if found := _PLAIN.fullmatch(text):
        return Value("number", *_number(found[1]), is_percent=bool(found[2]))
    if found := _WITH_PERCENT.fullmatch(text):
        return Value("number", *_number(found[1]), *_number(found[2] or found[3]))
    if found := _PERCENT_FIRST.fullmatch(text):
        return Value("number", *_number(found[2]), *_number(found[1]))
    found = _OF_TOTAL.fullmatch(text)
    # 2020/21 and 2020/2021 are years.
    if found and _number(found[1])[0] <= _number(found[2])[0] != _number(found[1])[0] + 1:
        return Value("number", *_number(found[1]), *(_number(found[3]) if found[3] else ()))
    return None


def _number(text: str) -> tuple[float, int]:
    plain = re.sub("[, ']", "", text)
    mantissa, _, power = plain.lower().partition("e")
    decimals = max(0, len(mantissa.partition(".")[2]) - int(power or 0))
    return float(plain), decimals


TOTALS = ("total", "all", "overall", "everyone", "everybody", "grand_total", "both", "both_sexes", "sum", "totals")
_TOTAL = re.compile(rf"{'|'.join(TOTALS)}|whole_\w+|(grand_|sub)?total_\w+|all_(?!other|the_other|remaining|else)\w+")


@lru_cache(maxsize=100_000)
def is_total(label: str) -> bool:
    """Whether a label names what others add up to."""
    return bool(_TOTAL.fullmatch(re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")))
