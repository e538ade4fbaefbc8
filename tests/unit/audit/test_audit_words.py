"""What is a count in a text, what is an identifier, and what only looks like one."""

from __future__ import annotations

import pytest

from dyadlink.audit.content import Words
from dyadlink.audit.findings import Finding, as_csv, as_json, as_text, gather
from dyadlink.audit.identifiers import identifier_findings
from dyadlink.audit.texts import text_findings
from dyadlink.audit.values import is_total, read_value
from dyadlink.profiles import get_profile

STRICT = get_profile("strict")


@pytest.mark.parametrize(
    "text",
    [
        "7 mothers died",
        "of these, 3 of the infants moved",
        "The cohort has 1,203 dyads.",
        "(n=12)",
        "events: 4",
        "number of Black women was 6",
        "n_dyads = 203",
        "just two infants died",
        "fewer than 5 children were adopted",
        "0 deaths",
        "Left out: seven mothers.",
        "forty-three women gave birth twice",
        "lost by 7/203 mothers",
        "Mothers who died: 7",
        "records: 23 of the 24 mothers",
        "7 analyses; 7 mothers",
        "In March 12 mothers died",
        '"n": 7',
        "Number of obs = 2,003",
    ],
)
def test_a_count_in_a_text_is_found(text: str) -> None:
    assert [finding.rule for finding in text_findings(Words("a", "line 1", text), STRICT)] == ["E01"]


@pytest.mark.parametrize(
    "text",
    [
        "The cohort has about 1,200 dyads.",
        "Counts of fewer than 10 dyads are hidden; medians are of at least 20 people.",
        "Twins are two dyads. Mothers with two infants count twice.",
        "within 365 days after T2, among infants on no plan",
        "Births from 1 October 2020 to 31 March 2023",
        "in 2021 infants were followed",
        "table 3 shows mothers by age",
        "fewer than 5 events per parameter: read with caution",
        "version 1.13.0 of the package",
        "3 decimals; 95% interval; p = 0.03",
        "families of three children or more",
        "models with at least ten events per parameter",
        "mothers with four or more children",
        "Infants followed for: 365 days",
        "Children aged under 5: 12%",
        "Synthetic records: 23 of the 24 shown 95% intervals (96%) hold the planted effect",
        "Births to 31 March 2023 whose mother was taken into care",
        "Panels of 14 analyses of children's social care involvement",
    ],
)
def test_a_text_without_a_count_is_let_through(text: str) -> None:
    assert list(text_findings(Words("a", "line 1", text), STRICT)) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("943 476 5919", "F01"),
        ("number 9434765919.", "F01"),
        ("lives in M1 1AE now", "F02"),
        ("DOB: 12/03/2021", "F03"),
        ("born on 12 March 2021", "F03"),
        ("she was discharged on 12/03/2021", "F03"),
        ("bmhzOiA5NDM0NzY1OTE5IA==", "F01"),
        ("read C:\\Users\\x", "F08"),
        ("see /home/x/data", "F08"),
        ("user=jsmith", "F09"),
        ("ask jane.smith@example.org", "F09"),
        ("at 10.0.3.17", "F09"),
        ("-----BEGIN RSA PRIVATE KEY-----", "F10"),
        ("api_key: 'abcdef123'", "F10"),
    ],
)
def test_an_identifier_is_found_and_never_repeated(text: str, rule: str) -> None:
    found = list(identifier_findings("a", "line 1", text))
    assert [finding.rule for finding in found] == [rule]
    assert text not in as_text(found, 80)


@pytest.mark.parametrize(
    "text",
    [
        "9434765918",
        "0.9434765919",
        "T1 2AB",
        "ZZ99 3VZ",
        "docs/how-to/run.md",
        "dyadlink 0.1.0",
        "a1b2" * 16,
        "on or off",
    ],
)
def test_what_only_looks_like_an_identifier_is_let_through(text: str) -> None:
    assert list(identifier_findings("a", "line 1", text)) == []


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("1,234", "number", 1234),
        ("1\N{NARROW NO-BREAK SPACE}234", "number", 1234),
        ("1'234", "number", 1234),
        ("\N{FULLWIDTH DIGIT SEVEN}", "number", 7),
        ("\N{MINUS SIGN}0.4", "number", -0.4),
        ("n = 7", "number", 7),
        ("7\N{DAGGER}", "number", 7),
        ("7 / 210 (3.3%)", "number", 7),
        ("7 of 210", "number", 7),
        ("3.4% (7)", "number", 7),
        ("2020/21", "word", 0),
        ("2020/2021", "word", 0),
        ("*", "hidden", 0),
        ("12 (3.4%)", "number", 12),
        ("<10", "small", 0),
        ("[c]", "hidden", 0),
        ("n/a", "hidden", 0),
    ],
)
def test_a_cell_is_read_as_what_it_says(text: str, kind: str, number: float) -> None:
    assert (read_value(text).kind, read_value(text).number) == (kind, number)


def test_totals_are_known_by_their_words() -> None:
    assert all(is_total(word) for word in ("Total", "ALL", "all dyads", "Grand total", "both sexes", "Overall"))
    assert not any(is_total(word) for word in ("all other", "small", "overalls", "none"))


def test_the_list_has_three_forms_and_counts_what_is_too_much() -> None:
    many = [Finding("a.csv", f"line {i}", "A01") for i in range(40)]
    told = gather([*many, *many])
    assert len(told) == 26
    assert told[-1].place == "15 more places"
    assert as_csv(told).count("\n") == 27
    assert as_json(told).count('"rule": "A01"') == 26
    assert as_text([], 80) == "nothing found\n"
