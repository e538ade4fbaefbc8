"""Known truth: what every mother used of services, counted day by day in the simulated world, is what the cohort says.

The world's own frames are counted here in Python, a day or a contact at a time; the cohort reads the written records
and joins intervals in SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from pipeline import CONFIG, PROJECT, build, stage, true_links

from dyadlink.sql import read_table
from dyadlink.synthetic import simulate, world
from dyadlink.synthetic.write_mhsds import HealthWorld

RANK = {"crht": 1, "ward": 2, "picu": 2, "mbu": 3}
COUNTED = (
    "observed_days",
    "n_bed_days",
    "n_mbu_days",
    "n_ward_days",
    "n_home_treatment_days",
    "n_contacts",
    "n_perinatal_referrals",
    "n_perinatal_contacts",
    "n_parent_infant_referrals",
    "n_parent_infant_contacts",
    "n_group_sessions_offered",
    "n_group_sessions_attended",
)


class Compared(NamedTuple):
    """The rows of a table that the world gives, beside those of the cohort, both by infant."""

    use: tuple[pl.DataFrame, pl.DataFrame]
    needs: tuple[pl.DataFrame, pl.DataFrame]


def number(day: date) -> int:
    """The day as the world counts it."""
    return (day - date(1970, 1, 1)).days


class Mother:
    """What happened to one woman, by day."""

    def __init__(self, stays: pl.DataFrame, contacts: pl.DataFrame, last_written: int) -> None:
        """Count what was written of her: what starts up to the last day written."""
        acute = [(RANK[s["setting"]], s["start"], s["end"]) for s in stays.to_dicts() if s["setting"] in RANK]
        self.starts = {(rank, start) for rank, start, _ in acute if start <= last_written}
        self.rank_of_day: dict[int, int] = {}
        for rank, start, end in acute:
            for day in range(start, end):
                self.rank_of_day[day] = max(rank, self.rank_of_day.get(day, 0))
        spells = stays.filter(pl.col("setting").is_in(["C02", "E03"]), pl.col("start") <= last_written)
        self.referrals = spells.unique("spell").select("setting", "start").rows()
        of_spell = dict(stays.select("spell", "setting").iter_rows())
        self.contacts = [
            (of_spell[row["spell"]], row["day"], row["attended"], row["is_group"])
            for row in contacts.to_dicts()
            if row["day"] <= last_written
        ]

    def used(self, first: int, end: int) -> dict[str, int]:
        """What she used on the days from `first` to the one before `end`."""
        days = range(first, end)
        ranks = Counter(self.rank_of_day.get(day, 0) for day in days)
        referred = Counter(setting for setting, day in self.referrals if day in days)
        contacts = [contact for contact in self.contacts if contact[1] in days]
        seen = Counter(setting for setting, _, attended, _ in contacts if attended)
        return {
            "observed_days": len(days),
            "n_bed_days": ranks[2] + ranks[3],
            "n_mbu_days": ranks[3],
            "n_ward_days": ranks[2],
            "n_home_treatment_days": ranks[1],
            "n_contacts": seen.total(),
            "n_perinatal_referrals": referred["C02"],
            "n_perinatal_contacts": seen["C02"],
            "n_parent_infant_referrals": referred["E03"],
            "n_parent_infant_contacts": seen["E03"],
            "n_group_sessions_offered": sum(is_group for _, _, _, is_group in contacts),
            "n_group_sessions_attended": sum(is_group and attended for _, _, attended, is_group in contacts),
        }

    def needs(self, t2: int, last_day: int, death: int | None) -> dict[str, Any]:
        """What came after discharge, and when she was first an acute patient again."""
        readmitted = min((day for _, day in self.starts if t2 < day <= last_day), default=None)
        return {
            "discharge_follow_up": self._first_week(t2, last_day, death),
            "readmission_days": None if readmitted is None else readmitted - t2,
        }

    def _first_week(self, t2: int, last_day: int, death: int | None) -> str | None:
        if death is not None and death <= t2:
            return None
        for day in range(t2 + 1, t2 + 1 + CONFIG.study.discharge_follow_up_days):
            if day > last_day:
                return None
            if (1, day) in self.starts or any(on == day and attended for _, on, attended, _ in self.contacts):
                return "seen"
            if {(2, day), (3, day)} & self.starts:
                return "readmitted"
            if day == death:
                return "died"
        return "not_seen"


def _recounted(dyads: pl.DataFrame, health: HealthWorld, last_written: int) -> Iterator[dict[str, Any]]:
    """One row per dyad and period, and one per dyad, with period `needs`."""
    women = dict(health.women.select("person_id", "woman").iter_rows())
    stays = health.stays.partition_by("woman", as_dict=True)
    contacts = health.contacts.partition_by("woman", as_dict=True)
    for dyad in dyads.to_dicts():
        woman = (women[dyad["mother_id"]],)
        mother = Mother(stays[woman], contacts.get(woman, health.contacts.clear()), last_written)
        birth, t1, t2, last_day = (number(dyad[name]) for name in ("birth_date", "t1_date", "t2_date", "last_day"))
        death = None if dyad["death_date"] is None else number(dyad["death_date"])
        edges = {
            "pregnancy_to_birth": (birth - CONFIG.study.pregnancy_lookback_days, birth),
            "birth_to_t1": (birth, t1),
            "t1_to_t2": (t1, t2),
            "t2_to_t3": (t2, last_day),
        }
        for period, (first, end) in edges.items():
            used = mother.used(first, end if death is None else min(end, death))
            yield {"infant_id": dyad["infant_id"], "period": period, **used}
        needs = mother.needs(t2, last_day, death)
        yield {"infant_id": dyad["infant_id"], "period": "needs", **needs}


@pytest.fixture(scope="module", params=[1, 2, 3])
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Clean records and true links of a simulated study."""
    folder: Path = tmp_path_factory.mktemp("service") / "sources"
    kept: list[HealthWorld] = []
    made = world.mhsds_tables
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "mhsds_tables", lambda health, *rest: (kept.append(health), made(health, *rest))[1])
        parameters = PROJECT / "synthetic_data/parameters.yaml"
        simulate(preset="study", seed=request.param, out=folder, parameters=parameters, flaws="none")
    connection = stage(folder)
    build(connection, true_links(folder))
    follow_up = read_table(connection, "follow_up").select("dyad_id", "last_day", "death_date")
    dyads = read_table(connection, "dyads").join(follow_up, on="dyad_id")
    last_written = number(read_table(connection, "authorities")["coverage_end"].max())  # type: ignore[arg-type]
    rows = list(_recounted(dyads, kept[0], last_written))
    truth = pl.DataFrame(rows, infer_schema_length=None)
    ids = dyads.select("dyad_id", "infant_id")
    readmitted = read_table(connection, "analysis").select("dyad_id", "readmission_days")
    return Compared(
        use=(truth.filter(pl.col("period") != "needs"), read_table(connection, "service_use").join(ids, on="dyad_id")),
        needs=(
            truth.filter(pl.col("period") == "needs"),
            read_table(connection, "service_needs").join(ids.join(readmitted, on="dyad_id"), on="dyad_id"),
        ),
    )


@pytest.mark.parametrize("column", COUNTED)
def test_what_every_mother_used_in_every_period_is_that_of_the_world(compared: Compared, column: str) -> None:
    truth, found = compared.use
    both = truth.join(found, on=["infant_id", "period"], how="full", suffix="_found", validate="1:1")
    assert both.height == 4 * 278
    assert both.filter(pl.col(column).ne_missing(pl.col(f"{column}_found"))).height == 0
    assert both.filter(pl.col(column) > 0).height > 5


@pytest.mark.parametrize(("column", "n_told"), [("discharge_follow_up", 270), ("readmission_days", 40)])
def test_what_came_after_every_discharge_is_that_of_the_world(compared: Compared, column: str, n_told: int) -> None:
    truth, found = compared.needs
    both = truth.join(found, on="infant_id", how="full", suffix="_found", validate="1:1")
    assert both.height == 278
    assert both.filter(pl.col(column).ne_missing(pl.col(f"{column}_found"))).height == 0
    assert both[column].count() > n_told
