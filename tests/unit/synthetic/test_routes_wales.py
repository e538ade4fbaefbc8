"""The Welsh route carries the same people as the English layout does."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from world_reader import british_date, read_children, rows

WELSH_CODES = {"681": 552, "670": 532}
WALES = "wales_sail"


def test_welsh_episodes_are_those_of_the_records(routed: Path, returned: Path) -> None:
    expected: Counter[tuple[object, ...]] = Counter()
    for path in returned.glob("authorities/6[78]?/ssda903/*/episodes.csv"):
        year = int(path.parts[-2])
        for row in rows(path):
            code = (year - 1) * 100 + year % 100
            dates = (british_date(row["DECOM"]), british_date(row["DEC"]))
            codes = (row["RNE"], row["LS"], row["CIN"], row["PLACE"], row["REC"] or None)
            expected[(code, WELSH_CODES[path.parts[-4]], *dates, *codes)] += 1
    found = pl.read_parquet(routed / WALES / "SAILLACWV" / "EPISODE_MAIN.parquet").select(
        "YEAR_CODE",
        "LOCAL_AUTHORITY_CODE",
        "EPISODE_START_DATE",
        "EPISODE_END_DATE",
        "REASON_EPISODE_STARTED_CODE",
        "LEGAL_STATUS_CODE",
        "CATEGORY_OF_NEED_CODE",
        "PLACEMENT_TYPE_CODE",
        "REASON_EPISODE_FINISHED_CODE",
    )
    assert Counter(found.iter_rows()) == expected
    assert len(expected) > 20


def test_the_register_is_the_plans_open_on_31_march(routed: Path, returned: Path) -> None:
    main = pl.read_parquet(routed / WALES / "SAILCRCSV" / "MAIN_CRCS.parquet")
    assert main.select("CHILD_CODE_E", "LOCAL_AUTHORITY_CODE", "YEAR_CODE").is_unique().all()
    assert main["YEAR_CODE"].max() == 202223
    children = read_children(returned)
    for year in range(2020, 2024):
        day = date(year, 3, 31)
        on_plan = open_cases = 0
        for (code, _), child in children.items():
            spans = [span for span in child.referrals.items() if code in WELSH_CODES]
            is_open = any(start <= date(year, 1, 1) and (end is None or end > day) for start, end in spans)
            open_cases += is_open
            on_plan += is_open and any(s <= day and (e is None or e > day) for s, e in child.plans.items())
        rows_ = main.filter(pl.col("YEAR_CODE") == (year - 1) * 100 + year % 100)
        # A referral without further action is no care and support.
        assert 0.9 * open_cases <= rows_.height <= open_cases
        assert rows_["CHILD_PROTECTION_REGISTER"].sum() == on_plan
        assert rows_["CPR_DATE"].count() == on_plan


def test_linking_fields_are_missing_for_most_children_under_three(routed: Path) -> None:
    alfs = pl.read_parquet(routed / WALES / "SAILCRCSV" / "PUPIL_ALF.parquet")
    young = alfs.filter(pl.col("WOB") > date(2020, 9, 1))
    older = alfs.filter(pl.col("WOB") < date(2016, 1, 1))
    assert young["ALF_E"].count() < 0.3 * young.height
    assert older["ALF_E"].count() > 0.6 * older.height
    assert ((alfs["ALF_STS_CD"] == 99) == alfs["ALF_E"].is_null()).all()
    for path in (routed / WALES).rglob("*.parquet"):
        frame = pl.read_parquet(path)
        if "WOB" in frame.columns:
            assert set(frame["WOB"].drop_nulls().dt.weekday()) == {1}


def test_births_hold_the_welsh_mother_and_baby_edge(routed: Path) -> None:
    births = pl.read_parquet(routed / WALES / "SAILNCCHV" / "CHILD_BIRTHS.parquet")
    edges = dict(births.select("ALF_E", "MAT_ALF_E").iter_rows())
    welsh = {row["infant_id"]: row for row in rows(routed / "truth" / "dyads.csv") if row["country"] == "Wales"}
    links = [row for row in rows(routed / "truth" / f"links_{WALES}.csv") if row["infant_id"] in welsh]
    assert {row["infant_id"] for row in links} == set(welsh)
    held = [row for row in links if edges[int(row["ALF_E"])] is not None]
    # Three in a hundred births lack the mother's pseudonym; of all births the share is sure, of these few it is not.
    lacking = births.get_column("MAT_ALF_E").null_count()
    assert abs(lacking / births.height - 0.03) < 3 * (0.03 * 0.97 / births.height) ** 0.5
    assert len(held) > len(links) / 2
    assert all(edges[int(row["ALF_E"])] == int(row["MAT_ALF_E"]) for row in held)
    weeks = dict(births.select("ALF_E", "WOB").iter_rows())
    for row in links:
        birth = date.fromisoformat(welsh[row["infant_id"]]["birth_date"])
        assert timedelta(0) <= birth - weeks[int(row["ALF_E"])] < timedelta(7)


def test_welsh_admissions_are_the_ward_stays_without_crisis_teams(routed: Path, returned: Path) -> None:
    english = {row["Person_ID"] for row in rows(routed / "nhs" / "identifiers.csv")}
    versions = {
        row["UniqHospProvSpellID"]: row
        for row in rows(returned / "nhs" / "mhsds" / "MHS501HospProvSpell.csv")
        if row["Person_ID"] not in english
    }
    expected = Counter((row["StartDateHospProvSpell"], row["DischDateHospProvSpell"]) for row in versions.values())
    spells = pl.read_parquet(routed / WALES / "SAILPEDWV" / "PEDW_SPELL.parquet")
    found = Counter((str(start), str(end or "")) for start, end in spells.select("ADMIS_DT", "DISCH_DT").iter_rows())
    assert found == expected
    assert sum(expected.values()) > 10
    episodes = pl.read_parquet(routed / WALES / "SAILPEDWV" / "PEDW_EPISODE.parquet")
    assert set(episodes["SPELL_NUM_E"]) == set(spells["SPELL_NUM_E"])
    assert episodes["DIAG_CD_1234"].drop_nulls().str.contains(r"^[A-Z]\d\d[\dX]$").all()
    crisis = {
        row["mother_id"]
        for row in rows(routed / "truth" / "dyads.csv")
        if row["country"] == "Wales" and row["service_type"] == "crht"
    }
    assert crisis
    remaining = rows(routed / "nhs" / "mhsds" / "MHS101Referral.csv")
    assert not crisis & {row["Person_ID"] for row in remaining}
