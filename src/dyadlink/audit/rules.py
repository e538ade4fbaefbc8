"""The rules of the auditor: a stable code, what is wrong, what a reader learns by it, and how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """One kind of leak."""

    code: str
    title: str
    learns: str
    mend: str


FAMILIES: Final = {
    "A": "Counts",
    "B": "Numbers derived from counts, contributions and models",
    "C": "Curves",
    "D": "Files",
    "E": "Counts outside the tables",
    "F": "Persons, machines and keys",
}
"""The first letter of a code in words."""

_PROTECT = "hide it, and what it can be worked out from"
_ROUND = "work it out from the rounded numbers shown"
_WORDS = "take the number out, or write the rounded one"

RULES: Final[tuple[Rule, ...]] = (
    Rule("A01", "a small count is shown", "that so few persons are in this cell", _PROTECT),
    Rule(
        "A02", "a zero is shown", "that nobody is in this cell, so all are in the others", "hide it like a small count"
    ),
    Rule(
        "A03", "a count is not rounded", "the exact count, to be subtracted from others", "round it as the profile asks"
    ),
    Rule(
        "A04",
        "a hidden count can be worked out from its own table",
        "the hidden count, to fewer values than the profile asks for",
        "hide a further cell of the same sum",
    ),
    Rule(
        "A05",
        "a hidden count can be worked out from several tables together",
        "the hidden count, to fewer values than the profile asks for",
        "hide the same cell, or one more of its sum, in the other tables too",
    ),
    Rule(
        "A06",
        "two populations differ by a small count",
        "the cells of those few who are in one population only, by subtraction",
        "release one of the two, or hide cells until the difference is not told",
    ),
    Rule(
        "A07",
        "an earlier release gives a count away",
        "a hidden or small count, by comparing with the earlier release",
        "hide it as the earlier release makes necessary, or keep the earlier numbers",
    ),
    Rule("A08", "a hidden row holds a number", "what was to be hidden", "empty every number of the row"),
    Rule(
        "B01", "a percentage gives a hidden count", "the hidden count, as percentage times total", "hide the percentage"
    ),
    Rule("B02", "a percentage is too exact", "the count before rounding, as percentage times total", _ROUND),
    Rule("B03", "a mean or a sum gives a count", "the count or total before rounding, as mean times n", _ROUND),
    Rule("B04", "a rate gives a count", "the events before rounding or hiding, as rate times person-time", _ROUND),
    Rule("B05", "a minimum or a maximum is shown", "the value of one person", "show percentiles of enough people"),
    Rule("B06", "a median or percentile of few people", "the value of one of a few persons", "hide it"),
    Rule("B07", "few contributors make up a sum", "the value of the largest contributor, nearly", "hide the sum"),
    Rule(
        "B08",
        "the second contributor can work out the largest",
        "the largest contribution within the share that the profile protects",
        "hide the sum",
    ),
    Rule("B09", "a model of few people", "single persons' values from the coefficients", "leave the model out"),
    Rule(
        "B10",
        "a saturated model",
        "the cells of the table that the model is, from its ratios",
        "treat it as a table: hide it where a cell is small",
    ),
    Rule("B11", "a standard error gives a count", "the count behind the error, to few values", "show fewer digits"),
    Rule(
        "B12",
        "means give the mean of a hidden group",
        "the total of a few persons: that of all less those of the groups shown",
        "hide the mean of one more group",
    ),
    Rule(
        "C01",
        "a step of a curve shows few events",
        "the day on which so few had the event",
        "report fewer, wider steps",
    ),
    Rule(
        "C02",
        "numbers at risk show few leaving",
        "how few left between two times",
        "report numbers at risk further apart",
    ),
    Rule(
        "C03",
        "two curves differ by few events",
        "the steps of the cause that is not drawn",
        "report all causes at the same few times",
    ),
    Rule("D01", "a table is too long", "more than a checker can look at", "put rows together"),
    Rule("D02", "a file is too large", "more than a checker can look at", "release less"),
    Rule(
        "D03", "a type of file that the profile does not let out", "what it may hold unseen", "write a permitted type"
    ),
    Rule("D04", "a file cannot be read", "what it may hold unseen", "release it in a form that can be checked"),
    Rule("E01", "a count in a text", "a count that no table shows so", _WORDS),
    Rule("E02", "a count in a line of a log", "a count that no table shows so", "leave logs behind"),
    Rule("E03", "a count in the name of a file or sheet", "a count that no table shows so", "rename it"),
    Rule("E04", "a count inside a picture's file", "a count that is not to be seen in the picture", _WORDS),
    Rule("E05", "a count in the properties of a document", "a count that is not to be seen on its pages", _WORDS),
    Rule(
        "E06",
        "a spreadsheet or document holds what is not to be seen",
        "whatever is hidden, cached, or said in a comment",
        "write plain values on visible sheets alone",
    ),
    Rule("E07", "a page holds what is not to be seen", "a count in a comment or a hidden element", "take it out"),
    Rule(
        "E08",
        "a figure is drawn from numbers that are not released",
        "the numbers, from the positions of its marks",
        "draw it from released numbers",
    ),
    Rule("F01", "a valid NHS number", "who a person is", "take it out"),
    Rule("F02", "a postcode", "where a person lives", "take it out"),
    Rule("F03", "full dates of persons", "a person's day of birth or of an event", "give months or ages in bands"),
    Rule("F04", "names of persons", "who a person is", "take the column out"),
    Rule("F05", "an identifier on each row", "which rows are one person's, here and elsewhere", "take the column out"),
    Rule("F06", "rows that look like persons", "what single persons have in common", "release counts instead"),
    Rule("F07", "numbers of dyads, mothers or other persons", "which rows are one person's", "take the column out"),
    Rule("F08", "a path on a machine", "how the environment is laid out, and who worked there", "take it out"),
    Rule("F09", "a name of a host or user", "who worked where", "take it out"),
    Rule("F10", "a key or password", "access", "take it out, and change it"),
)
BY_CODE: Final = {rule.code: rule for rule in RULES}


def write_rules_page(folder: Path) -> None:
    """Write audit-rules.md into the folder."""
    (folder / "audit-rules.md").write_text(rules_page(), encoding="utf-8")


def rules_page() -> str:
    """Markdown: every rule of the auditor by family."""
    parts = [
        "# Rules of the auditor",
        "Written from the code by `make reference`. `dyadlink audit` names a finding by the code of its rule; a code "
        "keeps its meaning. How to use it: [audit a release](../how-to/audit-a-release.md).",
    ]
    for letter, words in FAMILIES.items():
        rows = [f"## {letter}: {words}", "", "| code | what is wrong | what a reader learns | how to mend it |"]
        rows.append("|---|---|---|---|")
        rows += [f"| `{r.code}` | {r.title} | {r.learns} | {r.mend} |" for r in RULES if r.code.startswith(letter)]
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"
