"""What the English returns would tell if they carried no more than another route does, limit by limit.

Each function takes the staged tables of the returns and gives them back without one thing that a format cannot
carry. It bears the name of its row in config/codelists/untold_facts.csv: that file is what the documentation says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class World:
    """One simulated world: the folder with all routes, and that with the returns of both nations."""

    routes: Path
    returns: Path

    def links(self, route: str) -> pl.DataFrame:
        """The planted links of a route, with its own ids and those of the returns."""
        return pl.read_csv(self.routes / f"truth/links_{route}.csv", infer_schema=False)


Limit = Callable[[Tables, World], Tables]


def without_rows(*names: str) -> Limit:
    """The tables hold nothing."""

    def limit(tables: Tables, _: World) -> Tables:
        return {**tables, **{name: tables[name].clear() for name in names}}

    return limit


def without_values(**columns: tuple[str, ...]) -> Limit:
    """The columns of the tables are not known."""

    def limit(tables: Tables, _: World) -> Tables:
        emptied = {
            name: tables[name].with_columns(
                pl.lit(None, tables[name].schema[column]).alias(column) for column in wanted
            )
            for name, wanted in columns.items()
        }
        return {**tables, **emptied}

    return limit


def unchanged(tables: Tables, _: World) -> Tables:
    """A limit that is held by a test of its own."""
    return tables


def of_nation(country: str) -> Limit:
    """The authorities of one nation are all that is known."""

    def limit(tables: Tables, _: World) -> Tables:
        kept = tables["authorities"].filter(pl.col("country") == country)
        links = tables["links"].filter(pl.col("child_key").str.split(":").list.first().is_in(kept["la_code"].implode()))
        return {**tables, "authorities": kept, "links": links}

    return limit


def _own_authority(world: World) -> Mapping[str, str]:
    path = world.routes / "england_local_ssd/reference/authorities.csv"
    return pl.read_csv(path, infer_schema=False).row(0, named=True)


def other_authorities(tables: Tables, world: World) -> Tables:
    """One authority is all that is known."""
    code = _own_authority(world)["la_code"]
    kept = tables["authorities"].filter(pl.col("la_code") == code)
    links = tables["links"].filter(pl.col("child_key").str.starts_with(f"{code}:"))
    own = pl.read_csv(world.routes / "england_local_ssd/reference/deprivation.csv", infer_schema=False)["lsoa"]
    areas = tables["areas"].filter(pl.col("lsoa").is_in(own.implode()))
    return {**tables, "authorities": kept, "areas": areas, "links": links}


def _with_mothers(tables: Tables, mothers: pl.Series) -> Tables:
    births = tables["births"].filter(pl.col("mother_id").is_in(mothers.implode()))
    return {**tables, "births": births}


def residents_alone(tables: Tables, world: World) -> Tables:
    """Women of the authority are all that is known."""
    residents = world.links("england_local_ssd").filter(pl.col("is_resident") == "true")
    return _with_mothers(tables, residents["mother_id"].unique())


def earlier_addresses(tables: Tables, _: World) -> Tables:
    """Address, partnership and ethnicity are those of the latest month."""
    latest = tables["patient_months"].sort("person_id", "month_id").group_by("person_id", maintain_order=True).last()
    return {**tables, "patient_months": latest.select(tables["patient_months"].columns)}


def moves_away_from_one(tables: Tables, world: World) -> Tables:
    """Every address is in the authority."""
    gss_code = pl.lit(_own_authority(world)["gss_code"]).alias("gss_code")
    return {**tables, "patient_months": tables["patient_months"].with_columns(gss_code)}


def welsh_infants(hospital_spells: pl.DataFrame, world: World) -> pl.DataFrame:
    """Every infant of a woman in PEDW whose birth names her: `ALF_E`, and `infant_id`, `mother_id` of the returns.

    The truth lists dyads alone. A woman is known by the days of all her spells, an infant by mother, week and order.
    """
    folder = world.routes / "wales_sail"
    spells = pl.read_parquet(folder / "SAILPEDWV/PEDW_SPELL.parquet").select(
        MAT_ALF_E="ALF_E", start_date="ADMIS_DT", end_date="DISCH_DT", n=pl.len().over("ALF_E")
    )
    same = spells.join(hospital_spells, on=["start_date", "end_date"], nulls_equal=True)
    women = same.group_by("MAT_ALF_E", "n", mother_id="person_id").len().filter(pl.col("len") == pl.col("n"))
    women = women.filter(pl.len().over("MAT_ALF_E") == 1, pl.len().over("mother_id") == 1)
    assert set(women["MAT_ALF_E"]) == set(spells["MAT_ALF_E"])
    order = pl.col("BIRTH_ORDER").cast(pl.Int64)
    births = pl.read_parquet(folder / "SAILNCCHV/CHILD_BIRTHS.parquet").with_columns(order)
    returned = pl.read_csv(world.returns / "nhs/msds/MSD401BabyDemographics.csv", try_parse_dates=True).select(
        mother_id="Person_ID_Mother",
        infant_id="Person_ID_Baby",
        WOB=pl.col("PersonBirthDateBaby").dt.truncate("1w"),
        BIRTH_ORDER="BirthOrderMaternitySUS",
    )
    named = births.join(women, on="MAT_ALF_E").join(returned.unique(), on=["mother_id", "WOB", "BIRTH_ORDER"])
    assert named["ALF_E"].is_unique().all()
    return named.select(pl.col("ALF_E").cast(pl.String), "infant_id", "mother_id")


def mothers_linking_field(tables: Tables, world: World) -> Tables:
    """Births with a linking field of the mother, of women whom PEDW holds."""
    infants = welsh_infants(tables["hospital_spells"], world)["infant_id"]
    return {**tables, "births": tables["births"].filter(pl.col("infant_id").is_in(infants.implode()))}


def day_of_coding(tables: Tables, world: World) -> Tables:
    """Diagnoses are those last coded for a hospital spell, on the first day of each of its ward stays."""
    folder = world.returns / "nhs/mhsds"
    spells = pl.read_csv(folder / "MHS501HospProvSpell.csv", infer_schema=False)
    referrals = spells.select(spell_id="UniqHospProvSpellID", referral_id="UniqServReqID").unique()
    days = tables["ward_stays"].join(referrals, on="spell_id").select("referral_id", "start_date").unique()
    primary = _codes(folder / "MHS604PrimDiag.csv", "PrimDiag")
    primary = primary.sort("month").group_by("referral_id", maintain_order=True).last()
    secondary = _codes(folder / "MHS605SecDiag.csv", "SecDiag")
    secondary = secondary.filter(pl.col("month") == pl.col("month").max().over("referral_id"))
    coded = pl.concat(
        [primary.with_columns(position=pl.lit("primary")), secondary.with_columns(position=pl.lit("secondary"))],
        how="diagonal",
    )
    rows = coded.join(days, on="referral_id").rename({"start_date": "recorded_date"})
    return {**tables, "diagnoses": rows.select(tables["diagnoses"].columns).unique()}


def _codes(path: Path, column: str) -> pl.DataFrame:
    plain = pl.col(column).str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
    return pl.read_csv(path, infer_schema=False).select(
        person_id="Person_ID", referral_id="UniqServReqID", month=pl.col("UniqMonthID").cast(pl.Int64), icd10_code=plain
    )


def day_of_infants_birth(tables: Tables, _: World) -> Tables:
    """The week of birth is all that is known."""
    monday = pl.col("birth_date").dt.truncate("1w")
    births = tables["births"].with_columns(monday, latest_birth_date=monday.dt.offset_by("6d"))
    return {**tables, "births": births}


def home(tables: Tables, _: World) -> Tables:
    """Welsh women live in Wales: no authority, no small area."""
    wales = tables["authorities"]
    nation = wales.head(1).with_columns(
        la_code=pl.lit("W92000004"), gss_code=pl.lit("W92000004"), coverage_end=wales["coverage_end"].min()
    )
    months = tables["patient_months"].with_columns(lsoa=pl.lit(None, pl.String), gss_code=pl.lit("W92000004"))
    return {**tables, "authorities": nation, "patient_months": months}


SNAPSHOT_YEARS = range(2020, 2024)
"""The collection ended with the year to March 2023."""


def _snapshots(tables: Tables) -> pl.DataFrame:
    """Children whose case was open on 31 March of a year and since 1 January: child_key, day, and 1 January."""
    years = pl.DataFrame({"day": [date(year, 3, 31) for year in SNAPSHOT_YEARS]})
    years = years.with_columns(since=pl.date(pl.col("day").dt.year(), 1, 1))
    cases = tables["cin_episodes"].filter(~pl.col("is_no_further_action")).join(years, how="cross")
    is_open = pl.col("closure_date").is_null() | (pl.col("closure_date") > pl.col("day"))
    return (
        cases.filter(pl.col("referral_date") <= pl.col("since"), is_open).select("child_key", "day", "since").unique()
    )


def cases_between_snapshots(tables: Tables, _: World) -> Tables:
    """Children known to receive support from 1 January to 31 March."""
    seen = _snapshots(tables)
    plans = seen.select(
        "child_key",
        referral_date="since",
        start_date="since",
        end_date=pl.col("day") + timedelta(days=1),
    )
    emptied = {name: tables[name].clear() for name in ("cin_episodes", "assessments", "section_47_enquiries")}
    return {**tables, **emptied, "child_in_need_plans": plans}


def register_dates(tables: Tables, _: World) -> Tables:
    """Children on the register in a snapshot, to the day after the last one that tells it."""
    seen = _snapshots(tables).join(tables["child_protection_plans"], on="child_key")
    is_open = pl.col("end_date").is_null() | (pl.col("end_date") > pl.col("day"))
    on_register = seen.filter(pl.col("start_date") <= pl.col("day"), is_open)
    last = on_register.group_by("child_key", "start_date").agg(end_date=pl.col("day").max() + timedelta(days=1))
    columns = tables["child_protection_plans"].columns
    rest = tables["child_protection_plans"].drop("end_date").join(last, on=["child_key", "start_date"])
    return {**tables, "child_protection_plans": rest.select(columns)}


LIMITS: dict[tuple[str, str], Limit] = {
    ("england_returns", "mother_outside_mental_health_care"): unchanged,
    ("england_research_extract", "day_of_mothers_birth"): unchanged,
    ("england_research_extract", "section_47_enquiries"): without_rows("section_47_enquiries"),
    ("england_research_extract", "child_in_need"): without_rows("assessments", "child_in_need_plans"),
    ("england_research_extract", "childs_death"): without_values(children=("death_date",)),
    ("england_research_extract", "other_nations"): of_nation("England"),
    ("england_local_ssd", "other_authorities"): other_authorities,
    ("england_local_ssd", "residents_alone"): residents_alone,
    ("england_local_ssd", "earlier_addresses"): earlier_addresses,
    ("england_local_ssd", "moves_away"): moves_away_from_one,
    ("wales_sail", "other_nations"): of_nation("Wales"),
    ("wales_sail", "mothers_linking_field"): mothers_linking_field,
    ("wales_sail", "crisis_teams"): without_rows("team_referrals"),
    ("wales_sail", "contacts"): without_rows("care_contacts"),
    ("wales_sail", "ward_type"): without_values(ward_stays=("bed_class",)),
    ("wales_sail", "detention"): without_rows("mha_periods"),
    ("wales_sail", "day_of_coding"): day_of_coding,
    ("wales_sail", "day_of_mothers_birth"): unchanged,
    ("wales_sail", "day_of_infants_birth"): day_of_infants_birth,
    ("wales_sail", "partnership"): without_values(patient_months=("marital_status",)),
    ("wales_sail", "parity"): without_values(births=("previous_live_births",)),
    ("wales_sail", "gestation"): without_values(births=("gestation_days",)),
    ("wales_sail", "deaths"): without_values(
        births=("death_date",), patients=("death_date",), children=("death_date",)
    ),
    ("wales_sail", "register_dates"): register_dates,
    ("wales_sail", "cases_between_snapshots"): cases_between_snapshots,
    ("wales_sail", "permanence_without_care"): without_rows("cin_episodes"),
    ("wales_sail", "moves_away"): unchanged,
    ("wales_sail", "home"): home,
}
"""What each fact takes from the returns, in this order."""


def as_told_by(route: str, tables: Tables, world: World) -> Tables:
    """The staged tables of the returns, less everything that the route cannot carry."""
    for (of_route, _), limit in LIMITS.items():
        if of_route == route:
            tables = limit(tables, world)
    return {**tables, "authorities": tables["authorities"].with_columns(route=pl.lit(route))}
