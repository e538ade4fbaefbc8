"""The linkage once more, to records of children who cannot be study infants: every link of it is false."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from dyadlink.config import Study
from dyadlink.linkage.identifiers import candidate_params
from dyadlink.linkage.links import link_persons
from dyadlink.linkage.persons import standardise
from dyadlink.linkage_settings import READY_STEP, Linkage
from dyadlink.schemas import check_table
from dyadlink.schemas.link_quality import LinkControls
from dyadlink.sql import create_table


def link_to_controls(
    connection: duckdb.DuckDBPyConnection, *, sql: Path, study: Study, settings: Linkage, model: Path
) -> pl.DataFrame:
    """Infants, and whether the same linkage finds a record for them where there can be none.

    The controls are children born whole years before the study's window, as many years as it takes for the two not to
    overlap; the infants' birth dates are moved back by these years. The steps, the model and the threshold are those
    of the study. What share of infants is linked to a control says how often an infant without a record is linked all
    the same, if the earlier years hold about as many records. Brothers and sisters are among the controls, as they are
    among the candidates.

    Args:
        connection: As `link_persons` left it, the loaded sources among its tables. Its persons and links are replaced.
        sql: Folder that holds macros.sql and linkage/.
        study: Gives the study period.
        settings: Of the linkage.
        model: The model that the linkage saved; null in it where there is none.

    Returns:
        As in `LinkControls`, sorted by infant; those with a link handed over ready-made are left out.

    Source: negative controls for false matches: Harron, Doidge & Goldstein 2020, Ann Hum Biol 47:218, table 3.
    """
    years = years_apart(study, settings)
    earlier = study.model_copy(
        update={name: _years_before(getattr(study, name), years) for name in ("first_birth_date", "last_birth_date")}
    )
    ready = connection.execute("select distinct left_id from links where step = ?", [READY_STEP]).fetchall()
    dates = ", ".join(f"{name} = ({name} - to_years({years}))::date" for name in ("birth_date", "birth_date_last"))
    connection.execute(f"update left_rows set {dates}")  # own names
    create_table(connection, sql / "linkage/candidates.sql", candidate_params(earlier, settings))
    connection.execute("drop table if exists raw_right")
    connection.execute("alter table candidates rename to raw_right")
    standardise(connection, sql, "right")
    has_model = model.read_text(encoding="utf-8").strip() != "null"
    changes = {"model": model} if has_model else {"probabilistic": "none"}
    if has_model or settings.ladder:
        link_persons(connection, settings.model_copy(update=changes))
    else:
        connection.execute("delete from links")
    frame: pl.DataFrame = connection.sql(
        "select persons.person_id as infant_id, persons.person_id in (select left_id from links) as is_linked "
        "from left_persons as persons order by infant_id"
    ).pl()
    kept = frame.filter(~pl.col("infant_id").is_in([row[0] for row in ready]))
    return check_table(kept, LinkControls, "link_controls")


def years_apart(study: Study, settings: Linkage) -> int:
    """Whole years between the study's window and one before it that it does not overlap."""
    reach = timedelta(days=2 * settings.birth_date_tolerance_days)
    years = 1
    while _years_before(study.last_birth_date, years) + reach >= study.first_birth_date:
        years += 1
    return years


def _years_before(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year - years)
