"""Each state of each outcome, on hand-made records: the sentence, and the rows that it names."""

from __future__ import annotations

import pytest
from explained_study import opened, page_of, rewrite, store, told, with_study
from small_study import BIRTH, T1, SmallStudy, case, month_id, plan

from dyadlink.explain.deciding import deciding_rows

LINK = ("B1", "209:100")


def _cover(small: SmallStudy, *, start: str = "2019-04-01", end: str = "2026-03-31") -> None:
    for row in small.rows["reference/authorities"]:
        row |= {"coverage_start": start, "coverage_end": end}


def test_no_involvement_at_all(small: SmallStudy) -> None:
    results = store(small)
    assert told(results, "o1") == (
        "none",
        "no",
        "No involvement was open on any day from T1 (2021-07-01) to T2 (2021-08-01).",
    )
    assert told(results, "o4") == (
        "censored",
        "no",
        "Custody was not lost up to day 365 after T2: follow-up reached T3 (2022-08-01).",
    )
    assert told(results, "return")[:2] == ("not_apart", "never apart")
    assert "Decided by: no row; no child record is linked." in page_of(results)


def test_custody_lost_in_the_year_names_its_episode(small: SmallStudy) -> None:
    small.child(case("2021-06-10"))
    small.episode("2021-09-27")
    results = store(small, LINK)
    assert told(results, "o4") == ("custody_loss", "yes", "Custody was lost on day 57 after T2 (2021-09-27).")
    assert told(results, "o3")[0] == "custody_loss"
    assert deciding_rows(opened(results), "o4", "custody_loss")[0] == "custody_losses: start_date 2021-09-27"
    page = page_of(results)
    assert "the definition 'standard' (config study.custody_loss_definition)" in page
    assert (
        "custody_intervals: arrangement apart_under_order, start_date 2021-09-27 from looked_after_episodes: " in page
    )
    assert "child_key 209:100, start_date 2021-09-27, reason_started S, legal_status C2, placement U6" in page
    assert told(results, "o4_at_t3")[:2] == told(results, "o4_any")[:2] == ("involved", "yes")
    assert (
        told(results, "return")[2] == "Not returned up to day 308 after 2021-09-27: follow-up reached T3 (2022-08-01)."
    )


def test_custody_lost_by_t2_is_not_at_risk(small: SmallStudy) -> None:
    small.child(case("2021-06-10"))
    small.episode("2021-07-15")
    results = store(small, LINK)
    assert told(results, "o4") == (
        "lost_by_t2",
        "not at risk",
        "Not at risk: custody was lost at T2 (2021-08-01), a state of its own, since 2021-07-15.",
    )
    assert told(results, "o3")[2] == "Not at risk of a first plan: custody was lost at T2 (2021-08-01)."
    assert any("from looked_after_episodes" in line for line in deciding_rows(opened(results), "o4", "lost_by_t2"))
    assert told(results, "o1")[2].endswith("the highest level was looked after apart.")


def test_a_plan_at_t2_is_not_at_risk_of_a_first(small: SmallStudy) -> None:
    small.child(case("2021-06-10", inside=plan("2021-07-10")))
    results = store(small, LINK)
    assert told(results, "o3") == (
        "on_plan_at_t2",
        "not at risk",
        "Not at risk of a first plan: on a plan at T2 (2021-08-01) since 2021-07-10.",
    )
    (interval, staged) = deciding_rows(opened(results), "o3", "on_plan_at_t2")
    assert interval.startswith("csc_intervals: level child_protection_plan, start_date 2021-07-10")
    assert staged.startswith("  from child_protection_plans: child_key 209:100, start_date 2021-07-10")
    assert told(results, "o3_at_t3")[:2] == ("involved", "yes")


def test_a_plan_that_ends_on_t1_is_no_row_of_the_episode(small: SmallStudy) -> None:
    small.child(case("2021-06-10", inside=plan("2021-06-20", "2021-07-01")))
    rows = deciding_rows(opened(store(small, LINK)), "o1", "involved")
    assert [row.split(",")[0] for row in rows if row.startswith("csc_")] == [
        "csc_intervals: level referral_or_assessment"
    ]


def test_a_plan_of_one_day_is_a_row_of_that_day(small: SmallStudy) -> None:
    small.child(case("2021-06-10", inside=plan("2021-08-01", "2021-08-01")))
    results = store(small, LINK)
    assert told(results, "o3")[0] == "on_plan_at_t2"
    assert len(deciding_rows(opened(results), "o3", "on_plan_at_t2")) == 2


def test_a_first_plan(small: SmallStudy) -> None:
    small.child(case("2021-06-10", inside=plan("2021-08-31", "2021-12-01")))
    results = store(small, LINK)
    assert told(results, "o3") == ("child_protection_plan", "yes", "A plan began on day 30 after T2 (2021-08-31).")
    assert "child_protection_plans: child_key 209:100, start_date 2021-08-31, end_date 2021-12-01" in page_of(results)
    assert told(results, "o3_at_t3")[2] == "On no plan at T3 (2022-08-01)."


def test_censored_by_a_move(small: SmallStudy) -> None:
    away = {"Person_ID": "M1", "UniqMonthID": month_id("2021-11-01"), "LADistrictAuth": "S12000036"}
    small.add("nhs/mhsds/MHS001MPI", **away, PersonBirthDate="1990-05-05")
    results = store(small)
    state, value, sentence = told(results, "o4")
    assert (state, value) == ("censored", "not seen to T3")
    assert sentence == (
        "Custody was not lost up to day 92 after T2: from 2021-11-01 the mother's address lies outside the authorities "
        "whose returns are held."
    )
    assert "patient_months: month_id 1460, gss_code S12000036" in deciding_rows(opened(results), "o4", state)
    assert told(results, "o2")[:2] == ("not_seen", "not seen")


def test_censored_by_the_end_of_the_data(small: SmallStudy) -> None:
    _cover(small, end="2021-12-31")
    results = store(small)
    assert told(results, "o3")[2] == (
        "No plan up to day 152 after T2: the authority's returns end on 2021-12-31, before T3 (2022-08-01)."
    )
    rows = deciding_rows(opened(results), "o3", "censored")
    assert any(row.startswith("authorities: la_code 209") and "coverage_end 2021-12-31" in row for row in rows)


def test_no_day_after_t2_is_seen(small: SmallStudy) -> None:
    _cover(small, end="2021-08-01")
    results = store(small)
    assert told(results, "o4")[:2] == ("not_followed", "not at risk")
    assert "no day after T2 (2021-08-01) is seen; the authority's returns end on 2021-08-01" in page_of(results)


def test_a_death_competes(small: SmallStudy) -> None:
    small.rows["nhs/msds/MSD401BabyDemographics"][0]["PersonDeathDateBaby"] = "2021-10-10"
    results = store(small)
    assert told(results, "o4") == (
        "death",
        "no",
        "The infant died on day 70 after T2 (2021-10-10), with custody not lost: a competing event.",
    )
    assert deciding_rows(opened(results), "o4", "death") == ["births: death_date 2021-10-10"]
    assert told(results, "o2")[2] == "T3 (2022-08-01) is not seen: the infant died on 2021-10-10."


def test_a_death_by_t2_is_not_at_risk(small: SmallStudy) -> None:
    small.rows["nhs/mhsds/MHS001MPI"][-1]["PersDeathDate"] = "2021-07-20"
    results = store(small)
    assert told(results, "o4")[2] == "Not at risk: the mother died on 2021-07-20, by T2 (2021-08-01)."
    assert deciding_rows(opened(results), "o4", "dead_by_t2") == ["patients: death_date 2021-07-20"]


def test_a_return_home_names_the_end_of_care(small: SmallStudy) -> None:
    small.child(case("2021-06-10"))
    small.episode("2021-09-01", "2021-11-01", "E4A")
    results = store(small, LINK)
    assert told(results, "return") == ("returned", "returned", "Returned on day 61 after 2021-09-01: returned home.")
    rows = deciding_rows(opened(results), "return", "returned")
    assert any("periods_of_care" in row and "reason_ceased_category returned_home" in row for row in rows)
    assert told(results, "o4_at_t3")[1] == "no"


def test_permanence_ends_the_time_of_a_return(small: SmallStudy) -> None:
    small.child(case("2021-06-10"))
    small.episode("2021-07-15", "2021-12-01", "E45")
    results = store(small, LINK)
    assert told(results, "return")[0] == "permanently_elsewhere"
    page = page_of(results)
    assert "custody_intervals: arrangement special_guardianship, start_date 2021-12-01 from periods_of_care:" in page


def test_a_loss_of_another_definition_alone_is_none(small: SmallStudy) -> None:
    small.child(case("2021-06-10"))
    small.episode("2021-09-27", ls="V2")
    assert told(store(small, LINK, config=with_study(custody_loss_definition="strict")), "o4")[0] == "censored"


def test_a_readmission(small: SmallStudy) -> None:
    small.spell("S2", "2021-10-01", "2021-10-20")
    results = store(small)
    assert told(results, "has_readmission")[2] == "Readmitted on 2021-10-01."
    assert "spell_id S2, start_date 2021-10-01" in deciding_rows(opened(results), "has_readmission", "involved")[0]


def test_what_the_route_does_not_tell(small: SmallStudy) -> None:
    results = store(small)
    rewrite(results, "cohort", "dyads", route="wales_sail")
    for name in ("o1", "o2", "o2_any", "o3", "o3_at_risk", "o3_event", "o3_days", "o3_at_t3"):
        rewrite(results, "cohort", "analysis", **{name: None})
    for outcome in ("o1", "o2", "o2_any", "o3", "o3_at_t3"):
        state, value, sentence = told(results, outcome)
        assert (state, value) == ("untold", "not told by the route")
        assert "wales_sail" in sentence


@pytest.mark.parametrize(
    ("record", "interval"),
    [
        (
            {"case": case(BIRTH, "2021-07-20")},
            "referral_or_assessment, start_date 2021-06-01, end_date 2021-07-20 from cin_",
        ),
        (
            {
                "case": case(
                    BIRTH,
                    inside="<Section47><S47ActualStartDate>2021-07-05</S47ActualStartDate></Section47>",
                )
            },
            "section_47, start_date 2021-07-05, end_date 2021-07-26 from section_47_enquiries",
        ),
    ],
)
def test_an_interval_names_the_row_it_came_from(small: SmallStudy, record: dict[str, str], interval: str) -> None:
    small.child(**record)
    assert interval in page_of(store(small, LINK))


def test_values_are_those_stored_and_no_others(small: SmallStudy) -> None:
    results = store(small)
    rewrite(results, "cohort", "analysis", o4_days=41, csc_level_t3="section_47", o2=True)
    assert "up to day 41 after T2" in told(results, "o4")[2]
    assert told(results, "o2")[1:] == ("yes", "Involvement was open at T3 (2022-08-01): section 47.")
    assert opened(results).dyad["t1_date"].isoformat() == T1
