"""Flaws leave the truth alone, come at their rates, and are listed as they stand in the files."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from lxml import etree
from world_reader import rows, to_date

from dyadlink.errors import ConfigError
from dyadlink.synthetic import Parameters, simulate
from dyadlink.synthetic.flaws import CATALOGUE, Flaws, at_level

ROOT = Path(__file__).parents[3]
N, SEEDS = 50_000, range(10)


def _flaws(world: Path, name: str) -> list[dict[str, str]]:
    return [row for row in rows(world / "truth" / "flaws.csv") if row["flaw"] == name]


@pytest.mark.parametrize("name", ["dyads.csv", "links.csv", "states.csv", "effects.csv", "traits.csv"])
def test_the_truth_is_that_of_the_clean_world(world: Path, heavy_world: Path, name: str) -> None:
    assert (world / "truth" / name).read_bytes() == (heavy_world / "truth" / name).read_bytes()


def test_a_clean_world_lists_no_flaw_and_misses_nothing(world: Path) -> None:
    assert rows(world / "truth" / "flaws.csv") == []
    assert {row["n_missing"] for row in rows(world / "truth" / "missingness.csv")} == {"0"}
    assert "hard_to_link" not in {row["kind"] for row in rows(world / "truth" / "identifier_errors.csv")}


def test_traits_listed_are_those_of_the_clean_files(world: Path) -> None:
    listed = {(row["trait"], row["record"]) for row in rows(world / "truth" / "traits.csv")}
    ends: dict[str, set[str]] = {}
    for row in rows(world / "nhs" / "mhsds" / "MHS501HospProvSpell.csv"):
        ends.setdefault(row["UniqHospProvSpellID"], set()).add(row["DischDateHospProvSpell"])
    changed = {spell for spell, days in ends.items() if len(days - {""}) > 1}
    assert changed == {record for trait, record in listed if trait == "discharge_date_sent_again_changed"}
    known = Counter(row["infant_id"] for row in rows(world / "truth" / "links.csv"))
    twice = sum(trait == "known_to_two_authorities" for trait, _ in listed)
    assert twice == sum(count for count in known.values() if count > 1)
    assert {trait for trait, _ in listed} >= {"twin", "stillbirth", "referred_before_birth", "plan_before_birth"}


def test_every_flaw_of_the_catalogue_occurs(heavy_world: Path) -> None:
    assert {row["flaw"] for row in rows(heavy_world / "truth" / "flaws.csv")} == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("level", ["none", "default", "heavy"])
def test_a_flaw_comes_at_its_rate(name: str, level: str, parameters: Parameters) -> None:
    p = at_level(parameters, level)
    frame, can = pl.DataFrame({"x": range(N)}), pl.col("x") % 2 == 0
    chosen = pl.concat([Flaws(p, seed).choose(name, frame, can) for seed in SEEDS])
    rate = {"none": 0.0, "default": 1.0, "heavy": p.flaws.heavy_factor.value}[level] * p.flaws.rates[name].value
    hits, n_able = chosen.filter("hit"), len(SEEDS) * N / 2
    assert hits.filter(~can).height == 0
    assert abs(hits.height / n_able - rate) <= 4 * (rate * (1 - rate) / n_able) ** 0.5
    assert hits["u"].is_between(0, 1).all()


def test_the_same_seed_gives_the_same_flaws(heavy_world: Path, tmp_path: Path, parameters_path: Path) -> None:
    simulate("study", 7, tmp_path / "again", parameters_path, flaws="heavy")
    for path in sorted(heavy_world.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(heavy_world)).read_bytes(), path


def test_an_unknown_level_is_one_line_and_leaves_nothing(tmp_path: Path, parameters_path: Path) -> None:
    with pytest.raises(ConfigError, match="no 'some' flaws -> choose one of none, default, heavy") as error:
        simulate("study", 1, tmp_path / "world", parameters_path, flaws="some")
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_rate_for_no_flaw_is_one_line(parameters: Parameters) -> None:
    rates = {**parameters.flaws.rates, "odd": next(iter(parameters.flaws.rates.values()))}
    odd = parameters.model_copy(update={"flaws": parameters.flaws.model_copy(update={"rates": rates})})
    with pytest.raises(ConfigError, match="'odd' is unknown"):
        at_level(odd, "default")


def test_flawed_xml_is_well_formed_and_only_flawed_files_break_their_schema(
    heavy_world: Path, schema_folder: Path
) -> None:
    in_schema = {"need_code_noise", "ethnicity_noise", "mixed_booleans", "sex_code_of_another_year"}
    in_schema |= {"closure_code_of_another_year"}
    listed = {
        (row["record"][:3], row["year"])
        for row in rows(heavy_world / "truth" / "flaws.csv")
        if row["flaw"] in in_schema
    }
    for year in range(2020, 2027):
        schema = etree.XMLSchema(etree.parse(str(schema_folder / f"CIN_schema_{year}.xsd")))
        for path in heavy_world.glob(f"authorities/*/cin/CIN_{year}.xml"):
            assert schema.validate(etree.parse(str(path))) == ((path.parts[-3], str(year)) not in listed)


def test_discharges_before_the_admission_are_those_listed(heavy_world: Path) -> None:
    found = {
        f"{row['UniqHospProvSpellID']}:{row['UniqMonthID']}": row["DischDateHospProvSpell"]
        for row in rows(heavy_world / "nhs" / "mhsds" / "MHS501HospProvSpell.csv")
        if row["DischDateHospProvSpell"] and row["DischDateHospProvSpell"] < row["StartDateHospProvSpell"]
    }
    assert found == {row["record"]: row["recorded"] for row in _flaws(heavy_world, "discharge_before_admission")}


def test_bed_classes_of_another_version_are_those_listed(heavy_world: Path) -> None:
    found = {
        f"{row['UniqWardStayID']}:{row['UniqMonthID']}"
        for row in rows(heavy_world / "nhs" / "mhsds" / "MHS502WardStay.csv")
        if (int(row["UniqMonthID"]) <= 1488) == (len(row["MHAdmittedPatientClass"]) == 3)
    }
    assert found == {row["record"] for row in _flaws(heavy_world, "bed_class_of_another_version")}


@pytest.mark.parametrize("table", ["MHS001MPI", "MHS101Referral", "MHS501HospProvSpell", "MHS502WardStay"])
def test_rows_that_stand_twice_are_as_many_as_listed(heavy_world: Path, table: str) -> None:
    text = (heavy_world / "nhs" / "mhsds" / f"{table}.csv").read_text(encoding="utf-8").splitlines()
    twice = sum(count - 1 for count in Counter(text).values())
    assert twice == sum(row["record"].startswith(f"{table}:") for row in _flaws(heavy_world, "duplicate_row"))


def test_a_death_that_later_months_take_back_stands_in_one_month(heavy_world: Path) -> None:
    listed = {row["record"].split(":")[0]: row["recorded"] for row in _flaws(heavy_world, "death_before_later_months")}
    months: dict[str, dict[int, str]] = {person: {} for person in listed}
    for row in rows(heavy_world / "nhs" / "mhsds" / "MHS001MPI.csv"):
        if row["Person_ID"] in listed:
            months[row["Person_ID"]][int(row["UniqMonthID"])] = row["PersDeathDate"]
    for person, seen in months.items():
        assert [day for _, day in sorted(seen.items())] == [listed[person], *[""] * (len(seen) - 1)]


def test_short_breaks_of_infants_are_no_loss_and_lie_after_t2(heavy_world: Path) -> None:
    dyads = {row["infant_id"]: row for row in rows(heavy_world / "truth" / "dyads.csv")}
    infants = {f"{r['la_code']}:{r['la_child_id']}": r["infant_id"] for r in rows(heavy_world / "truth" / "links.csv")}
    listed = _flaws(heavy_world, "short_break_of_infant")
    for row in listed:
        child, day = row["record"].rsplit(":", 1)
        dyad = dyads[infants[child]]
        assert dyad["loss_date"] == "" and dyad["lost_by_t2"] == "false"
        assert date.fromisoformat(day) > to_date(dyad["t2_date"])


def test_the_page_of_flaws_has_a_row_for_each_with_its_rate(parameters: Parameters) -> None:
    page = (ROOT / "synthetic_data" / "flaws.md").read_text(encoding="utf-8")
    for name, flaw in CATALOGUE.items():
        rate = parameters.flaws.rates[name].value
        assert re.search(rf"^\| {flaw.trap or '-'} \| `{name}` \| {rate:g} \|", page, re.MULTILINE), name
