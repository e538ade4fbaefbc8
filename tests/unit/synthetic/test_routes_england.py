"""The English routes carry the same people: their cases, plans, episodes of care and admissions."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from lxml import etree
from world_reader import british_date, read_children, rows, to_date

LOCAL_CODE = "330"
CATEGORIES = {"NEG": "Neglect", "PHY": "Physical abuse", "SAB": "Sexual abuse", "EMO": "Emotional abuse"}
EXTRACT, LOCAL = "england_research_extract", "england_local_ssd"


def _census(world: Path, year: int) -> dict[str, Counter[str]]:
    """Return how many children, cases and plans each authority returned in a year."""
    found = {}
    for path in world.glob(f"authorities/*/cin/CIN_{year}.xml"):
        tree = etree.parse(str(path))
        tags = {"children": "Child", "cases": "CINdetails", "plans": "ChildProtectionPlans"}
        found[path.parts[-3]] = Counter({name: len(list(tree.iter(tag))) for name, tag in tags.items()})
    return found


@pytest.mark.parametrize("year", range(2020, 2027))
def test_returns_and_extract_count_the_same_cases_and_plans(routed: Path, year: int) -> None:
    rows_ = pl.read_parquet(routed / EXTRACT / "cin" / f"CIN_{year}.parquet")
    suffix = f"_SPR{year % 100}"
    rows_ = rows_.rename({name: name.removesuffix(suffix) for name in rows_.columns})
    rows_ = rows_.rename({"CIN_LA_LGR": "CIN_LA"}, strict=False)
    found = {}
    for (code,), part in rows_.group_by("CIN_LA"):
        key = ["CIN_LAchildID_Anon", "CIN_ReferralDate"]
        counts = {
            "children": part["CIN_LAchildID_Anon"].n_unique(),
            "cases": part.select(key).n_unique(),
            "plans": part["CIN_CPPstartDate"].count(),
        }
        found[str(code)] = Counter(counts)
    assert found == _census(routed, year)
    assert len(found) == (9 if year == 2026 else 10)


@pytest.mark.parametrize("year", range(2020, 2027))
def test_returns_and_extract_hold_the_same_episodes_of_care(routed: Path, year: int) -> None:
    returned: Counter[tuple[object, ...]] = Counter()
    for path in routed.glob(f"authorities/*/ssda903/{year}/episodes.csv"):
        for row in rows(path):
            dates = (british_date(row["DECOM"]), british_date(row["DEC"]))
            returned[(path.parts[-4], *dates, row["LS"], row["PLACE"], row["REC"] or "-10")] += 1
    columns = ("LA", "date_episode_started", "date_episode_ceased", "legal_status", "placement")
    found = pl.read_parquet(routed / EXTRACT / "cla" / f"CLA_{year}.parquet")
    assert Counter(found.select(*columns, "reason_episode_ceased").iter_rows()) == returned
    assert (found["poc_start"] <= found["date_episode_started"]).all()
    assert (found["poc_length"] >= 0).all()


def test_the_extract_has_month_and_year_of_birth_and_an_expected_date_before_birth(routed: Path) -> None:
    frame = pl.read_parquet(routed / EXTRACT / "cin" / "CIN_2023.parquet")
    unborn = frame.filter(pl.col("CIN_Gender_SPR23") == 0)
    assert 0 < unborn.height < frame.height / 4
    assert unborn["CIN_ExpectedDOB_SPR23"].null_count() == 0
    assert unborn["CIN_YearOfBirth_SPR23"].count() == 0
    infants = frame.filter(pl.col("CIN_YearOfBirth_SPR23") >= 2021)
    assert infants.height > 0
    assert infants["CIN_PupilMatchingRefAnonymous_SPR23"].count() == 0
    assert frame["CIN_PupilMatchingRefAnonymous_SPR23"].count() > frame.height / 4


def test_the_spine_has_true_links_only_and_misses_some(routed: Path) -> None:
    links = pl.read_csv(routed / "truth" / f"links_{EXTRACT}.csv", infer_schema_length=None, schema_overrides=_TEXT)
    known = links.filter(pl.col("la_code").is_not_null())
    spine = pl.read_parquet(routed / EXTRACT / "linkage" / "spine.parquet")
    pairs = set(spine.select("TOKEN_PERSON_ID", "LA", "CIN_LAchildID_Anon").iter_rows())
    linked = known.filter("is_in_spine").select("infant_token", "la_code", "child_code")
    assert pairs == set(linked.iter_rows())
    assert 0.70 < len(pairs) / known.height < 0.97
    english = {path.name for path in (routed / "authorities").iterdir()}
    truth = [row for row in rows(routed / "truth" / "links.csv") if row["la_code"] in english]
    assert Counter(known["la_code"]) == Counter(row["la_code"] for row in truth)
    codes = set()
    for year in range(2020, 2027):
        frame = pl.read_parquet(routed / EXTRACT / "cin" / f"CIN_{year}.parquet")
        codes |= set(frame[f"CIN_LAchildID_Anon_SPR{year % 100}"])
    # An infant referred after the last return of its authority is in the spine without being in a file.
    assert len({code for _, _, code in pairs} - codes) <= 3


_TEXT = {"la_code": pl.String, "mother_token": pl.String, "infant_token": pl.String}


def test_tokens_of_mothers_and_babies_are_those_of_the_truth(routed: Path) -> None:
    links = pl.read_csv(routed / "truth" / f"links_{EXTRACT}.csv", schema_overrides=_TEXT, infer_schema_length=None)
    assert links["mother_token"].str.contains(r"^0000\d{11}$").all()
    babies = pl.read_parquet(routed / EXTRACT / "msds" / "MSD401BabyDemographics.parquet")
    pairs = set(babies.select("Person_ID_Mother", "Person_ID_Baby").iter_rows())
    english = {row["mother_id"] for row in rows(routed / "truth" / "dyads.csv") if row["country"] == "England"}
    own = links.filter(pl.col("mother_id").is_in(sorted(english)))
    assert set(own.select("mother_token", "infant_token").iter_rows()) <= pairs
    other = links.filter(~pl.col("mother_id").is_in(sorted(english)))
    assert not set(other["mother_token"]) & {mother for mother, _ in pairs}


def test_versions_of_the_mental_health_extract_meet_in_april_2024(routed: Path) -> None:
    old = pl.read_parquet(routed / EXTRACT / "mhsds" / "v5" / "MHS502WardStay.parquet")
    new = pl.read_parquet(routed / EXTRACT / "mhsds" / "v6" / "MHS502WardStay.parquet")
    assert old["UniqMonthID"].max() == 1488
    assert new["UniqMonthID"].min() == 1489
    assert set(old["HospitalBedTypeMH"]) == {"10", "12", "14"}
    assert set(new["MHAdmittedPatientClass"]) <= {"200", "202", "204"}
    assert old["WardType"].null_count() == 0
    teams = pl.read_parquet(routed / EXTRACT / "mhsds" / "v5" / "MHS102ServiceTypeReferredTo.parquet")
    assert "A02" in set(teams["ServTeamTypeRefToMH"])
    assert teams["ServTeamTypeRefToMH"].null_count() == 0
    source = len(rows(routed / "nhs" / "mhsds" / "MHS502WardStay.csv"))
    assert old.height + new.height == source


def _local(routed: Path, table: str) -> list[dict[str, str]]:
    return rows(routed / LOCAL / "authority" / f"{table}.csv")


def test_the_local_tables_give_the_plans_of_the_returns(routed: Path) -> None:
    returned = {}
    for path in sorted(routed.glob(f"authorities/{LOCAL_CODE}/cin/CIN_*.xml")):
        for node in etree.parse(str(path)).iter("Child"):
            for plan in node.iter("ChildProtectionPlans"):
                start, end = plan.findtext("CPPstartDate"), plan.findtext("CPPendDate")
                category = CATEGORIES.get(plan.findtext("InitialCategoryOfAbuse") or "", "Multiple")
                returned[node.findtext(".//LAchildID"), start] = (end or "", category)
    plans = _local(routed, "ssd_cp_plans")
    found = {
        (row["cppl_person_id"], row["cppl_cp_plan_start_date"]): (
            row["cppl_cp_plan_end_date"],
            row["cppl_cp_plan_initial_category"],
        )
        for row in plans
    }
    # The system also holds the few plans that ended before the first return.
    assert {key: value for key, value in found.items() if not value[0] or value[0] >= "2019-04-01"} == returned
    referrals = {row["cine_referral_id"] for row in _local(routed, "ssd_cin_episodes")}
    assert {row["cppl_referral_id"] for row in plans} <= referrals


def test_the_local_tables_give_the_episodes_and_legal_statuses_of_the_returns(routed: Path) -> None:
    care = {key: child.care for key, child in read_children(routed).items() if key[0] == LOCAL_CODE and child.care}
    returned = {
        (child_id, start, status, end)
        for (_, child_id), episodes in care.items()
        for start, (status, _, end, _, _) in episodes.items()
    }
    spans: dict[str, list[tuple[date, date | None, str]]] = {}
    for row in _local(routed, "ssd_legal_status"):
        start = to_date(row["lega_legal_status_start_date"])
        assert start is not None
        span = (start, to_date(row["lega_legal_status_end_date"]), row["lega_legal_status"])
        spans.setdefault(row["lega_person_id"], []).append(span)
    for child_id, start, status, end in returned:
        assert any(
            name == status and begin <= start and (last is None or (end is not None and end <= last))
            for begin, last, name in spans[child_id]
        ), (child_id, start, status)
    local = {
        (
            row["clae_person_id"],
            to_date(row["clae_cla_episode_start_date"]),
            to_date(row["clae_cla_episode_ceased_date"]),
        )
        for row in _local(routed, "ssd_cla_episodes")
        if not row["clae_cla_episode_ceased_date"] or row["clae_cla_episode_ceased_date"] >= "2019-04-01"
    }
    assert local == {(child_id, start, end) for child_id, start, _, end in returned}
    placements = {row["clap_cla_placement_id"] for row in _local(routed, "ssd_cla_placement")}
    assert {row["clae_cla_placement_id"] for row in _local(routed, "ssd_cla_episodes")} == placements


def test_the_local_route_knows_most_mothers_and_holds_few_numbers(routed: Path) -> None:
    links = rows(routed / "truth" / f"links_{LOCAL}.csv")
    known = [row for row in links if row["pers_person_id"]]
    edges = {row["moth_childs_person_id"]: row["moth_person_id"] for row in _local(routed, "ssd_mother")}
    assert all(edges.get(row["pers_person_id"], "") == row["moth_person_id"] for row in known)
    persons = {row["pers_person_id"]: row for row in _local(routed, "ssd_person")}
    children = [row for row in persons.values() if row["pers_is_mother"] == "N"]
    assert 0.8 < len(edges) / len(children) < 0.97
    assert set(edges.values()) == {id_ for id_, row in persons.items() if row["pers_is_mother"] == "Y"}
    numbers = [row["pers_common_child_id"] for row in persons.values()]
    assert 0.2 < sum(number != "" for number in numbers) / len(numbers) < 0.5
    patients = {row["LocalPatientID"]: row for row in rows(routed / LOCAL / "trust" / "MHS001MPI.csv")}
    for row in links:
        number = persons.get(row["moth_person_id"], {}).get("pers_common_child_id")
        if number and row["LocalPatientID"] in patients:
            assert patients[row["LocalPatientID"]]["NHSNumber"] == number
    babies = {row["LPIDBaby"] for row in rows(routed / LOCAL / "trust" / "MSD401BabyDemographics.csv")}
    assert {row["LPIDBaby"] for row in links if row["is_resident"] == "true"} <= babies
