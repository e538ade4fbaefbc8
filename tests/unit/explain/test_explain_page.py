"""The other sections, on hand-made records: who, the episode, links and rivals, records, timeline, covariates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from explained_study import STEP, page_of, rewrite, store, with_study
from small_study import BIRTH, T1, T2, SmallStudy, case, month_id, plan

from dyadlink.explain.layout import Table, Text, render
from dyadlink.explain.timeline import Bar, Stretch

LINK = ("B1", "209:100")


def _die_before_t1(small: SmallStudy) -> None:
    small.rows["nhs/msds/MSD401BabyDemographics"][0]["PersonDeathDateBaby"] = "2021-06-20"


def _never_leave(small: SmallStudy) -> None:
    small.rows["nhs/mhsds/MHS501HospProvSpell"][0]["DischDateHospProvSpell"] = None


def _live_nowhere(small: SmallStudy) -> None:
    for row in small.rows["nhs/mhsds/MHS001MPI"]:
        row["LADistrictAuth"] = None


def _end_the_returns_early(small: SmallStudy) -> None:
    small.rows["reference/authorities"][0]["coverage_end"] = "2021-07-15"


def _do_nothing(_: SmallStudy) -> None:
    """The configuration alone leaves the dyad out."""


def _add_another_dyad(small: SmallStudy) -> None:
    """A mother in another authority, a month in a mother and baby unit: a study without a dyad ends."""
    small.mother("M2", la="330")
    small.birth("B2", mother="M2")
    start, end = {"StartDateHospProvSpell": T1}, {"DischDateHospProvSpell": T2}
    spell = {"Person_ID": "M2", "UniqMonthID": month_id(T2), "UniqHospProvSpellID": "S9"}
    small.add("nhs/mhsds/MHS501HospProvSpell", **spell, **start, **end)
    stay = {"UniqWardStayID": "W9", "UniqHospProvSpellID": "S9", "WardCode": "WARD", "MHAdmittedPatientClass": "14"}
    small.add("nhs/mhsds/MHS502WardStay", UniqMonthID=month_id(T2), **stay, StartDateWardStay=T1, EndDateWardStay=T2)


@pytest.mark.parametrize(
    ("change", "service_types", "reason", "sentence"),
    [
        (
            _die_before_t1,
            None,
            "died_by_t1",
            "the infant died on 2021-06-20, by the day of the index admission (2021-07-01)",
        ),
        (_never_leave, None, "episode_not_ended", "the index episode has no discharge in the data"),
        (_live_nowhere, None, "authority_not_covered", "no month of the mother has an address in an authority"),
        (
            _end_the_returns_early,
            None,
            "authority_not_covered",
            "the returns of the authority (2019-04-01 to 2021-07-15) do not cover the episode from T1 to T2",
        ),
        (
            _do_nothing,
            ("mbu",),
            "service_not_studied",
            "the index episode (ward) is of a service that the study leaves out",
        ),
    ],
)
def test_an_excluded_dyad_says_why(
    small: SmallStudy,
    change: Callable[[SmallStudy], None],
    service_types: tuple[str, ...] | None,
    reason: str,
    sentence: str,
) -> None:
    change(small)
    _add_another_dyad(small)
    small.child(case("2021-06-10"))
    config = with_study(service_types=service_types) if service_types else with_study()
    page = page_of(store(small, LINK, config=config))
    assert f"Not analysed: {sentence}" in page
    assert f"exclusion_reason = {reason}" in page
    assert "A dyad that is not analysed has no outcomes." in page
    # Its links and records are told all the same.
    assert f"209:100 {STEP}" in page
    assert "209:100 2021-06-10" in page


def test_each_spell_has_its_part_in_the_episode(small: SmallStudy) -> None:
    small.spell("S0", "2021-05-20", "2021-05-30")
    small.spell("S2", "2021-08-03", "2021-08-10")
    small.spell("S3", "2021-09-01", "2021-09-05")
    small.spell("S4", "2021-07-05", "2021-07-06", bed="23")
    page = page_of(store(small))
    assert "ward S0 2021-05-20 2021-05-30 no: began 12 day(s) before the birth" in page
    assert "ward S1 2021-07-01 2021-08-01 index episode - S4 2021-07-05 2021-07-06 no: not acute, its beds" in page
    assert "ward S2 2021-08-03 2021-08-10 index episode" in page
    assert "ward S3 2021-09-01 2021-09-05 no: began 22 day(s) after T2, the gap is over 3" in page
    assert "T2 2021-08-10" in page


def test_links_and_their_rivals(small: SmallStudy) -> None:
    small.child(case("2021-06-10"))
    pair = {"step": None, "match_weight": 1.25, "match_probability": 0.7, "gamma_surname": 2}
    pairs = [
        {"infant_id": "B1", "child_key": "209:100", **pair, "step": STEP},
        {"infant_id": "B1", "child_key": "330:7", **pair},
        {"infant_id": "B9", "child_key": "209:100", **pair},
        {"infant_id": "B9", "child_key": "330:9", **pair},
    ]
    page = page_of(store(small, LINK, pairs=pairs))
    assert f"209:100 {STEP} 37.5 1 " in page
    assert "this one 330:7 no link 1.25 0.7 surname 2 B9 209:100 no link 1.25 0.7 surname 2" in page
    assert "330:9" not in page
    assert page.count(STEP) == 1


def test_a_record_set_aside_names_its_rule_file_and_row(small: SmallStudy) -> None:
    small.child(case("2021-06-10", inside=plan("2021-07-10", "2021-07-01")))
    # A child of another key that begins alike is another child.
    small.child(case("2021-06-11", inside=plan("2021-07-12", "2021-07-01")), child="1001")
    page = page_of(store(small, LINK, is_checked=True))
    told = "set aside: child_protection_plans 209:100:2021-07-10, end_before_start (It ends before it starts);"
    assert f"{told} return year 2022," in page
    assert "authorities/209/cin/CIN_2022.xml, row 1" in page
    assert page.index("set aside:") < page.index("kept: cin_episodes 209:100:2021-06-10, dfe_8866")
    assert "209:1001" not in page
    assert "Child protection plans (staging/child_protection_plans): none" in page


def test_covariates_name_their_records(small: SmallStudy) -> None:
    for code, day in (("F322", "2021-06-20"), ("F312", "2021-07-20")):
        recorded = {"DiagSchemeInUse": "02", "PrimDiag": code, "CodedDiagTimestamp": day, "UniqServReqID": "R1"}
        small.add("nhs/mhsds/MHS604PrimDiag", Person_ID="M1", UniqMonthID=1455, **recorded)
    detention = {"StartDateMHActLegalStatusClass": "2021-06-30", "LegalStatusCode": "02"}
    small.add(
        "nhs/mhsds/MHS401MHActPeriod",
        Person_ID="M1",
        UniqMonthID=1456,
        MHActLegalStatusClassPeriodID="P1",
        **detention,
    )
    page = page_of(store(small))
    assert "diagnosis_group = depression from diagnoses: primary F322 (depression), recorded 2021-06-20 rule:" in page
    assert "is_detained = yes from mha_periods: period_id P1, start_date 2021-06-30, legal_status 02" in page
    assert "deprivation_quintile = 1 from patient_months: month 2021-07, lsoa E01000001 from areas:" in page
    assert "has_prior_admission = no no record of it" in page


def test_the_page_says_what_it_is_at_both_ends(small: SmallStudy) -> None:
    page = page_of(store(small))
    warning = "RECORD LEVEL: one family's records. Must not leave this environment"
    assert page.startswith(warning)
    assert page.rindex(warning) > page.index("7. Covariates")


def test_the_page_fits_narrow_terminals_and_lets_no_escape_through(small: SmallStudy) -> None:
    small.child(case("2021-06-10", inside=plan("2021-07-10", "2021-07-01")))
    results = store(small, LINK)
    rewrite(results, "staging", "team_referrals", team_id="\x1b[31m")
    rewrite(results, "staging", "ward_stays", bed_class="\x1b[2J")
    page = page_of(results, width=80)
    assert "\x1b" not in page
    assert "?[2J" in page


def test_the_bar_draws_each_level_and_what_nobody_saw() -> None:
    stretches = [
        Stretch("none", date(2021, 1, 1), date(2021, 3, 2)),
        Stretch("section_47", date(2021, 3, 2), date(2021, 3, 12)),
        Stretch("none", date(2021, 3, 12), date(2021, 4, 11)),
    ]
    marks = [("birth", date(2021, 1, 11)), ("T1", date(2021, 1, 21)), ("T3", date(2021, 4, 10))]
    bar = Bar(stretches, ["section_47", "none"], marks, last_day=date(2021, 3, 31))
    lines = bar.lines(26 + 11)
    assert [line[26:] for line in lines[:-1]] == [
        "  T1",
        " birth   T3",
        " ||      |",
        "      #",
        "###### ##:",
    ]


def test_a_table_folds_its_names_and_never_a_date() -> None:
    day = date(2021, 3, 20)
    columns = ["child_key", "expected_birth_date", "latest_birth_date", "reason_ceased_category"]
    text = render([Table(columns, [("301:1", day, day, "returned_home")])], 50)
    assert max(map(len, text.splitlines())) <= 50
    assert re.findall(r"\d{4}-\d\d-\d\d", text) == ["2021-03-20"] * 2
    assert text.split("\n")[0].split() == ["child_", "expected_", "latest_", "reason_"]


def test_rows_with_too_many_columns_become_paragraphs() -> None:
    columns = [f"column_{number}" for number in range(9)]
    text = render([Table(columns, [(f"value{number}" for number in range(9))], "All")], 40)  # type: ignore[list-item]
    assert text.split() == ["All", *(word for n in range(9) for word in (f"column_{n}", f"value{n}{',' * (n < 8)}"))]


def test_a_long_word_of_a_paragraph_is_folded() -> None:
    assert max(map(len, Text("x" * 300, 4).lines(80))) == 80


def test_a_birth_known_by_its_week_is_told_so(small: SmallStudy) -> None:
    results = store(small)
    rewrite(results, "cohort", "study_infants", latest_birth_date=date(2021, 6, 7))
    assert f"birth {BIRTH} to 2021-06-07 the day is not told" in page_of(results)
