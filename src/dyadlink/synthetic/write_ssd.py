"""The local route: one authority's own system in the Standard Safeguarding Dataset, and its mental health trust."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from dyadlink.errors import ConfigError
from dyadlink.synthetic.files import write_csv
from dyadlink.synthetic.identifiers import nhs_numbers
from dyadlink.synthetic.names import given_names
from dyadlink.synthetic.places import POSTCODES_PER_AREA, day, postcode
from dyadlink.synthetic.pseudonyms import as_date, different_numbers, shown
from dyadlink.synthetic.randomness import Topic, generator, spread, with_uniforms
from dyadlink.synthetic.recorded import RecordedWorld
from dyadlink.synthetic.ssd_care import care_tables
from dyadlink.synthetic.ssd_cases import case_tables, numbered, yes_no
from dyadlink.synthetic.ssd_tables import TABLES
from dyadlink.synthetic.women import CENSUS_CODES, ethnic_codes
from dyadlink.synthetic.write_trust import trust_links, write_trust

FIRST_ADULT_NUMBER, LAST_ADULT_NUMBER = 90_000_000, 99_999_999
SCHOOL_AGE_DAYS = 5 * 366
SEXES = {1: "M", 2: "F"}
GENDERS = {1: "01", 2: "02"}


def local_authority(world: RecordedWorld) -> pl.DataFrame:
    """Return the row of the authority that the parameters name.

    Raises:
        ConfigError: If it is not an English one of the world.
    """
    code = world.parameters.routes.local_authority.value
    place = world.places.filter(pl.col("la_code") == code, pl.col("country") == "England")
    if place.is_empty():
        raise ConfigError(f"'{code}' is no English authority here", where="parameters.yaml, routes.local_authority")
    return place


def write_local_ssd(world: RecordedWorld, folder: Path) -> pl.DataFrame:
    """Write the folder england_local_ssd and return the true links in its ids.

    Raises:
        ConfigError: If the authority of the parameters is not an English one of the world.
    """
    place = local_authority(world)
    code = str(place["la_code"][0])
    last = day(place["coverage_end"][0])
    children = _children(world, code, last)
    mothers = _mothers(children, world)
    recorded = mothers.filter("is_recorded")
    records, care = world.social_care.records, world.social_care.care
    tables = {
        **_person_tables(children, recorded, last),
        **case_tables(records, children.select("child", "pers_person_id"), last),
        **care_tables(care, children.select("child", "pers_person_id", "held_postcode", "new_home"), last),
    }
    authority = folder / "authority"
    authority.mkdir()
    for name, columns in TABLES.items():
        # Every table has all its columns, as the standard asks; what is not simulated is empty.
        rows = tables.get(name, pl.DataFrame())
        empty = [pl.lit(None, pl.String).alias(c) for c in columns.split() if c not in rows.columns]
        write_csv(rows.with_columns(empty).select(columns.split()), authority / f"{name}.csv")
    write_trust(world, place, folder / "trust")
    _write_reference(world, place, folder / "reference")
    return _links(world, place, children, recorded)


def _children(world: RecordedWorld, code: str, last: int) -> pl.DataFrame:
    """Return the authority's children referred by the last day, with the woman who is their mother."""
    known = world.social_care.records.episodes.filter(pl.col("referral") <= last).select("child").unique()
    rows = world.social_care.children.filter(pl.col("la_code") == code)
    rows = rows.join(known, on="child", how="semi", maintain_order="left").sort("la_child_id")
    births = world.infants.select("baby", baby_woman="woman")
    rows = rows.join(births, on="baby", how="left", maintain_order="left")
    mother = pl.coalesce("baby_woman", "woman")
    return rows.with_columns(
        pers_person_id="la_child_id",
        mother=mother,
        family=pl.coalesce(mother, world.women.height + pl.col("child")),
        is_born=pl.col("birth") <= last,
    )


def _mothers(children: pl.DataFrame, world: RecordedWorld) -> pl.DataFrame:
    """Return one row per family with the mother as the authority knows her; other women are invented here."""
    rng = generator(world.seed, Topic.LOCAL_SSD)
    settings = world.parameters.routes
    families = children.unique("family", keep="first", maintain_order=True)
    n = families.height
    families = with_uniforms(families, rng, "u_recorded", "u_held", "u_age")
    sexes = pl.Series(np.full(n, 2))
    numbers = different_numbers(n, rng, FIRST_ADULT_NUMBER, LAST_ADULT_NUMBER)
    families = families.with_columns(
        adult_id=numbers.cast(pl.String),
        invented_name=given_names(families["ethnicity"], sexes, rng.random(n)),
        invented_number=_unused_numbers(n, world, rng),
        invented_birth=pl.col("birth") - spread("u_age", 18 * 365, 40 * 365),
        adult_ethnicity=ethnic_codes(families["ethnicity"], rng, CENSUS_CODES),
        is_recorded=pl.col("u_recorded") < settings.mother_recorded.value,
    )
    women = world.women.select("mother_death", mother="woman", Person_ID="person_id")
    known = women.join(world.identifiers, on="Person_ID", maintain_order="left")
    rows = families.join(known, on="mother", how="left", maintain_order="left")
    is_known = pl.col("mother").is_not_null()
    number = pl.when(is_known).then("NHSNumber").otherwise("invented_number")
    return rows.select(
        "family",
        "mother",
        "adult_id",
        "adult_ethnicity",
        "is_recorded",
        "mother_death",
        forename=pl.when(is_known).then("GivenName").otherwise("invented_name"),
        surname=pl.when(is_known).then("FamilyName").otherwise("held_surname"),
        born=pl.when(is_known).then(pl.col("PersonBirthDate")).otherwise(as_date(pl.col("invented_birth"))),
        number=pl.when(pl.col("u_held") < settings.local_nhs_number_held.value).then(number),
    )


def _unused_numbers(n: int, world: RecordedWorld, rng: np.random.Generator) -> pl.Series:
    """Return NHS numbers that nobody else of the world has, null where there are not enough."""
    taken = pl.concat([world.social_care.children["nhs_number"], world.identifiers["NHSNumber"]]).drop_nulls()
    free = nhs_numbers(10**6, rng)
    free = free.filter(~free.is_in(taken.unique().sort().implode())).head(n)
    return free.extend_constant(None, n - len(free))


def _person_tables(children: pl.DataFrame, mothers: pl.DataFrame, last: int) -> dict[str, pl.DataFrame]:
    mother_of = mothers.select("family", "adult_id")
    edges = children.join(mother_of, on="family", how="inner", maintain_order="left")
    members = pl.concat([children.select("family", id="pers_person_id"), mothers.select("family", id="adult_id")])
    numbers = [
        children.select(id="pers_person_id", kind=pl.lit("NHS Number"), value=pl.when("is_born").then("held_nhs")),
        children.filter(last - pl.col("birth") >= SCHOOL_AGE_DAYS).select(
            id="pers_person_id", kind=pl.lit("Unique Pupil Number"), value="upn"
        ),
        mothers.select(id="adult_id", kind=pl.lit("NHS Number"), value="number"),
    ]
    identifiers = pl.concat(numbers).filter(pl.col("value").is_not_null()).with_row_index("row", offset=1)
    return {
        "ssd_person": pl.concat([_child_persons(children, last), _adult_persons(mothers, last)]),
        "ssd_family": members.sort("family", maintain_order=True)
        .with_row_index("row", offset=1)
        .select(fami_table_id=numbered("T", "row"), fami_family_id=numbered("FA", "family"), fami_person_id="id"),
        "ssd_mother": edges.with_row_index("row", offset=1).select(
            moth_table_id=numbered("MO", "row"),
            moth_person_id="adult_id",
            moth_childs_person_id="pers_person_id",
            moth_childs_dob=pl.when("is_born").then(as_date(pl.col("held_birth"))),
        ),
        "ssd_linked_identifiers": identifiers.select(
            link_table_id=numbered("LI", "row"),
            link_person_id="id",
            link_identifier_type="kind",
            link_identifier_value="value",
        ),
    }


def _child_persons(children: pl.DataFrame, last: int) -> pl.DataFrame:
    sex = pl.when("is_born").then("held_sex")
    school_age = last - pl.col("birth") >= SCHOOL_AGE_DAYS
    return children.select(
        "pers_person_id",
        pers_forename=pl.when("is_born").then("held_given"),
        pers_surname="held_surname",
        pers_sex=sex.replace_strict(SEXES, default="U", return_dtype=pl.String),
        pers_gender=sex.replace_strict(GENDERS, default="00", return_dtype=pl.String),
        pers_ethnicity="census_ethnicity",
        pers_dob=pl.when("is_born").then(as_date(pl.col("held_birth"))),
        pers_common_child_id=pl.when("is_born").then("held_nhs"),
        pers_upn_unknown=pl.when(~school_age).then(pl.lit("UN1")),
        pers_send_flag=pl.lit("N"),
        pers_expected_dob=pl.when(~pl.col("is_born")).then(as_date(pl.col("expected_birth"))),
        pers_death_date=shown("death", last),
        pers_is_mother=pl.lit("N"),
    )


def _adult_persons(mothers: pl.DataFrame, last: int) -> pl.DataFrame:
    return mothers.select(
        pers_person_id="adult_id",
        pers_forename="forename",
        pers_surname="surname",
        pers_sex=pl.lit("F"),
        pers_gender=pl.lit("02"),
        pers_ethnicity="adult_ethnicity",
        pers_dob="born",
        pers_common_child_id="number",
        pers_upn_unknown=pl.lit(None, pl.String),
        pers_send_flag=pl.lit(None, pl.String),
        pers_expected_dob=pl.lit(None, pl.Date),
        pers_death_date=shown("mother_death", last),
        pers_is_mother=yes_no(pl.lit(value=True)),
    )


def _write_reference(world: RecordedWorld, place: pl.DataFrame, folder: Path) -> None:
    """Write the authority, the deprivation of its small areas, and the small area of each postcode."""
    folder.mkdir()
    columns = ("la_code", "gss_code", "name", "provider", "coverage_start", "coverage_end")
    write_csv(place.select(columns), folder / "authorities.csv")
    areas = world.areas.join(place.select("la", "area"), on="la", maintain_order="left", how="inner")
    write_csv(areas.select("lsoa", "quintile"), folder / "deprivation.csv")
    places = pl.DataFrame({"number": range(POSTCODES_PER_AREA)}).with_columns(
        u=(pl.col("number") + 0.5) / POSTCODES_PER_AREA
    )
    codes = areas.join(places, how="cross")
    codes = codes.select(postcode=postcode(pl.col("area"), pl.col("area_id"), pl.col("u")), lsoa="lsoa")
    write_csv(codes.sort("postcode"), folder / "postcodes.csv")


def _links(world: RecordedWorld, place: pl.DataFrame, children: pl.DataFrame, mothers: pl.DataFrame) -> pl.DataFrame:
    """Return one row per dyad that lives in the authority or is known to it."""
    known = children.filter(pl.col("dyad").is_not_null()).select("dyad", "family", "pers_person_id")
    edges = mothers.select("family", moth_person_id="adult_id")
    known = known.join(edges, on="family", how="left", maintain_order="left").drop("family")
    rows = trust_links(world, place).join(known, on="dyad", how="left", maintain_order="left_right")
    kept = pl.col("is_resident") | pl.col("pers_person_id").is_not_null()
    rows = rows.filter(kept).drop("dyad").with_columns(la_code=pl.lit(place["la_code"][0]))
    return rows.sort("infant_id", "pers_person_id", "LocalPatientID")
