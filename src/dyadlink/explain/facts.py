"""What is stored of a dyad, in words, for the sentences that tell it."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from dyadlink.explain.evidence import PLAN, holding
from dyadlink.explain.layout import words
from dyadlink.explain.records import Case
from dyadlink.explain.rules import rules


def facts_of(case: Case) -> dict[str, str]:
    """Every stored value of the dyad, and the fields of the study, in words, by name."""
    stored: dict[str, Any] = {
        **case.study.model_dump(),
        **_first(case.rows("authorities")),
        **case.dyad,
        **(case.analysis or {}),
        **case.follow_up,
        **_first(case.rows("reunifications")),
    }
    stored["plan_at_t2_since"] = _since(plans_at_t2(case))
    stored["lost_at_t2_since"] = _since(losses_at_t2(case))
    facts = {name: words(value).replace("_", " ") for name, value in stored.items() if not isinstance(value, tuple)}
    facts["route"], facts["custody_loss_definition"] = words(stored["route"]), case.study.custody_loss_definition
    facts["first_death"] = words(min((day for day in _death_days(case) if day), default=None))
    facts["who_died"] = _who_died(case)
    end = case.follow_up.get("end_reason")
    facts["end"] = rules().ends[end].format_map(facts) if end else ""
    return facts


def _first(rows: pl.DataFrame) -> dict[str, Any]:
    return rows.row(0, named=True) if rows.height else {}


def _death_days(case: Case) -> list[date | None]:
    return [case.dyad["infant_death_date"], case.dyad["mother_death_date"], case.follow_up.get("death_date")]


def _who_died(case: Case) -> str:
    day = case.follow_up.get("death_date") or min((day for day in _death_days(case) if day), default=None)
    who = [who for who in ("infant", "mother") if day is not None and case.dyad[f"{who}_death_date"] == day]
    # A death that the health records lack is the infant's: social care alone tells it.
    return f"the {' and the '.join(who) or 'infant'}"


def _since(rows: pl.DataFrame) -> date | None:
    return rows["start_date"].min() if rows.height else None  # type: ignore[return-value]  # of a column of dates


def plans_at_t2(case: Case) -> pl.DataFrame:
    """The intervals on a plan that hold T2; none where the dyad is not analysed."""
    plans = case.rows("csc_intervals").filter(level=PLAN)
    return holding(plans, case.dyad["t2_date"]) if case.analysis else plans.clear()


def losses_at_t2(case: Case) -> pl.DataFrame:
    """The stretches of custody lost that hold T2; none where the dyad is not analysed."""
    losses = case.rows("custody_losses")
    return holding(losses, case.dyad["t2_date"]) if case.analysis else losses.clear()


def month_number(day: date) -> int:
    """The number of a month in submissions: 1 is April 1900."""
    return (day.year - 1900) * 12 + day.month - 3


def month_name(month_id: int) -> str:
    """Year and month of such a number."""
    year, month = divmod(month_id + 2, 12)
    return f"{1900 + year}-{month + 1:02d}"
