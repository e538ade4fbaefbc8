"""Counts in sentences, names, properties and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dyadlink.audit.content import Words
from dyadlink.audit.findings import Finding
from dyadlink.audit.shown import broken_rule
from dyadlink.audit.values import simplify
from dyadlink.profiles import Profile

_WHO = (
    r"(?:dyads?|mothers?|women|woman|infants?|babies|baby|child(?:ren)?|twins?|girls?|boys?|people|persons?|patients?|"
    r"participants?|individuals?|families|family|cases?|events?|deaths?|admissions?|referrals?|adoptions?|removals?|"
    r"records?|members?|subjects?|mums?|respondents?)"
)
_DIGITS = r"(?:\d{1,3}(?:[, ]\d{3})+|\d+)"
_NUMBER = f"({_DIGITS})"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MEASURE = (
    r"(?:(?:days?|weeks?|months?|years?|hours?|minutes?|percent|per|decimals?|digits?|figures?|rows?|files?|tables?|models?|"
    rf"analys[ei]s|estimates?|intervals?|panels?|terms?|to|and|or|{_MONTHS})\b)"
)
"""A number before one of these counts no persons."""
_OF_THINGS = (
    r"(?!\s+of\s+(?:the\s+|all\s+)?\d+\s+(?:shown\s+)?(?:\d+%\s+)?"
    r"(?:analyses|estimates|intervals|models|tables|terms)\b)"
)
"""What is told of numbers of results ("Synthetic records: 23 of the 24 intervals") counts no persons."""
_BETWEEN = r"(?!(?:among|for|from|by|with|at|on|in|than|between)\b)[a-z]+"
"""A word between a number and whom it counts."""
_PATTERNS = (
    # 7 of the mothers, 12 dyads, 3 Black women, 7/203 mothers
    re.compile(
        rf"(?<![\w.,:/-]){_NUMBER}(?:\s*/\s*{_DIGITS})?\s+(?!{_MEASURE})(?:{_BETWEEN}\s+){{0,3}}?{_WHO}\b(?!\s+per\b)",
        re.I,
    ),
    # n = 7, N: 7, (n=7), count = 7, events=3, n_dyads: 7
    re.compile(
        rf"\b(?:n|count|freq|(?:no\.?\s+of\s+|number\s+of\s+)?obs(?:ervations)?|n_\w+|(?:n_|number_of_)?{_WHO}|"
        rf"number\s+of\s+(?:\w+\s+){{0,2}}?{_WHO}|at[ _]risk)"
        rf"[\"']?\s*(?:[=:]|\bis\b|\bwas\b|\bwere\b)\s*[\"']?{_NUMBER}(?![\d%.]*[.%-]?\d){_OF_THINGS}",
        re.I,
    ),
    # Mothers who died: 7
    re.compile(rf"\b{_WHO}(?:\s+[a-z]+){{1,4}}\s*[=:]\s*{_NUMBER}(?![\d%.]*[.%-]?\d)(?!\s*%)(?!\s*{_MEASURE})", re.I),
)
_UNITS = tuple(
    re.findall(
        r"\w+",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen",
    )
)
_TENS = {w: n for n, w in enumerate(re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety"), 2)}
_SPELT = {word: n for n, word in enumerate(_UNITS, start=1)} | {word: 10 * n for word, n in _TENS.items()}
_SPELT |= {f"{ten}-{unit}": 10 * n + i for ten, n in _TENS.items() for i, unit in enumerate(_UNITS[:9], start=1)}
_FEW = ("single", "one", "two")
_LONGEST_FIRST = "|".join(sorted(set(_SPELT) - set(_FEW), key=len, reverse=True)).replace("-", "[- ]")
_SPELT_COUNTS = (
    # One and two are said of any mother; with such a verb they count.
    re.compile(
        rf"\b({'|'.join(_FEW)})\s+(?:[a-z]+\s+){{0,2}}?{_WHO}\s+"
        r"(?:was|were|had|have|has|did|died|lost|left|moved|remained|withdrew|gave|got|went|lived)\b",
        re.I,
    ),
    re.compile(
        rf"(?<!with )(?<!of )(?<!per )(?<!or )(?<!every )\b({_LONGEST_FIRST})\s+(?!{_MEASURE})"
        rf"(?:[a-z]+\s+){{0,2}}?{_WHO}\b(?!\s+or\s+more)",
        re.I,
    ),
)
_IN_NAMES = re.compile(
    rf"(?:^|[_\-. ])(?:n|count|{_WHO})[_\-=]?{_NUMBER}(?![\d.])|(?:^|[_\-. ]){_NUMBER}[_\-]?{_WHO}(?![a-z])", re.I
)
_GENERAL = re.compile(
    r"(fewer|less|more|greater|other) than$|at (least|most)$|(under|below|above|over|up to|minimum of|every|per)$", re.I
)
_NUMBERED = re.compile(
    r"\b(tables?|figures?|steps?|models?|levels?|stages?|waves?|versions?|quintiles?|lines?|sections?|appendix|chapters?|parts?|"
    r"pages?|notes?|days?|rules?|columns?)$",
    re.I,
)
_YEAR = range(1900, 2101)


def text_findings(words: Words, profile: Profile) -> Iterator[Finding]:
    """A finding where the text tells a count that the profile would not show."""
    text = re.sub(r"\s+", " ", simplify(words.text))
    if words.rule == "E03":
        numbers = [number for found in _IN_NAMES.findall(text) for number in found if number]
    else:
        numbers = list(_counts(text, profile))
    if any(_is_told(number, profile) for number in numbers):
        yield Finding(words.file, words.place, words.rule)


def _counts(text: str, profile: Profile) -> Iterator[str]:
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            before = text[: found.start(1)].rstrip()
            # "Fewer than 10 dyads" is a rule and no count, unless the bound itself is too narrow.
            is_rule = _GENERAL.search(before) and int(re.sub(r"\D", "", found[1])) >= profile.threshold - 1
            is_name = bool(_NUMBERED.search(before))
            is_year = int(re.sub(r"\D", "", found[1])) in _YEAR and re.search(
                rf"\b(in|of|since|from|to|until|by|{_MONTHS})$", before
            )
            if not (is_rule or is_year or is_name):
                yield found[1]
    for pattern in _SPELT_COUNTS:
        for found in pattern.finditer(text):
            before = text[: found.start()].rstrip()
            if not _GENERAL.search(before) and not _NUMBERED.search(before):
                yield str(_SPELT.get(found[1].lower().replace(" ", "-"), 1))


def _is_told(number: str, profile: Profile) -> bool:
    return broken_rule(int(re.sub(r"\D", "", number)), profile) is not None
