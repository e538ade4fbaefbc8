"""What tells of a person, a machine or a key, in any text."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

from dyadlink.audit.findings import Finding
from dyadlink.audit.values import simplify

_NHS = re.compile(r"(?<![\w.])(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?!\w|\.\d)")
_POSTCODE = re.compile(r"(?<![\w/+=-])([A-Z]{1,2})(\d[A-Z\d]?) ?(\d[ABD-HJLNP-UW-Z]{2})(?![\w/+=])")
_AREAS = frozenset(
    re.findall(
        r"\w+",
        "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH "
        "EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M "
        "ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST "
        "SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE ",
    )
)
"""Postcode areas of the Royal Mail; ZZ, of pseudo postcodes, is none."""
_BIRTH = re.compile(
    r"\b(d\.?o\.?b\.?|date of birth|birth ?date|born( on)?)\b\W{0,3}"
    r"(\d{1,2}(st|nd|rd|th)?[ /.-](\d{1,2}|[a-z]{3,9})[ /.-]\d{2,4}|\d{4}-\d{2}-\d{2})",
    re.I,
)
_PATH = re.compile(
    r"(?<![\w.:/])/(home|Users|root|mnt|tmp|var|srv|opt|media|scratch|data|work|nfs|gpfs|lustre)/[\w.-]+|"
    r"(?<!\w)[A-Z]:\\{1,2}[\w.-]+|(?<!\\)\\\\[\w.-]+\\[\w$.-]+|file:///?\w"
)
_HOST = re.compile(
    r"\b[\w.+-]+@[\w-]+(\.[\w-]+)+|\b(user(name)?|login|host(name)?|machine|computer)\s*[=:]\s*(?!none|null|true|false)[\w.-]{2,}|"
    r"\b[\w-]+\.(local|lan|internal|corp|intra)\b|\b(10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d{1,3}){2,3}\b",
    re.I,
)
_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.|"
    r"\b\w*(password|passwd|pwd|secret|api_?key|token|salt|pepper)\w*[\"']?\s*[=:]\s*[\"']?(?!none|null|true|false)[^\s\"',;]{6,}|"
    r"\w+://[^\s/:@]+:[^\s/:@]+@",
    re.I,
)
_DAY = r"(\d{1,2}(st|nd|rd|th)?[ /.-]([a-z]{3,9}|\d{1,2})[ /.-]\d{2,4}|\d{4}-\d{2}-\d{2})"
_EVENT = re.compile(
    r"\b(died|death|killed|admitted|admission|discharged?|removed|adopted|adoption|placed|sectioned|gave birth|"
    rf"delivered)\b(\W+\w+){{0,2}}?\W+(on|:)\s+(the\s+)?{_DAY}",
    re.I,
)
_DATA = re.compile(r"data:[\w/+.-]+;base64,[\w+/=\s]+|[A-Za-z0-9+/]{80,}={0,2}")
_CODED = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])(?:[A-Za-z0-9+/]{4}){3,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
)
_PRINTED = re.compile(rb"[\x20-\x7e\s]+")
_WEIGHTS = tuple(range(10, 1, -1))


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits have the check digit of an NHS number (modulus 11; NHS Data Dictionary)."""
    rest = 11 - sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False)) % 11
    return len(set(digits)) > 1 and rest % 11 == int(digits[9]) and rest != 10


def has_nhs_number(text: str) -> bool:
    """Whether a valid NHS number stands in the text."""
    return any(is_nhs_number("".join(parts)) for parts in _NHS.findall(text))


def has_postcode(text: str) -> bool:
    """Whether a whole postcode of a known area stands in the text."""
    return any(area in _AREAS for area, _, _ in _POSTCODE.findall(text))


_CHECKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("F01", has_nhs_number),
    ("F02", has_postcode),
    ("F03", lambda text: bool(_BIRTH.search(text) or _EVENT.search(text))),
    ("F08", lambda text: bool(_PATH.search(text))),
    ("F09", lambda text: bool(_HOST.search(text))),
    ("F10", lambda text: bool(_KEY.search(text))),
)


def identifier_findings(file: str, place: str, text: str) -> Iterator[Finding]:
    """A finding for each kind of identifier in the text; never what it is."""
    text = simplify(text)
    within = " ".join(_decoded(text))
    text = _DATA.sub(" ", text)
    for rule, is_found in _CHECKS:
        if is_found(text):
            yield Finding(file, place, rule)
        elif within and is_found(within):
            yield Finding(file, place, rule, "in base 64")


def _decoded(text: str) -> Iterator[str]:
    """The texts that stand in base 64 in a text."""
    for found in _CODED.findall(text):
        try:
            told = base64.b64decode(found, validate=True)
        except ValueError:
            continue
        if _PRINTED.fullmatch(told):
            yield told.decode("ascii")
