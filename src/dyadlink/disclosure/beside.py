"""Counts that stand beside curves, models and states: cells of the one system like those of any table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Final

import polars as pl

from dyadlink.disclosure.cells import Reading, Told
from dyadlink.disclosure.people import ALL, ANALYSED, AT_RISK, KNOWN, YES, Condition, People, Study
from dyadlink.disclosure.person_time import CAUSES
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import Builder

_GROUPS: Final[Mapping[str, tuple[Condition, ...]]] = {
    ALL: (),
    "involved": (("o1", "yes"),),
    "not_involved": (("o1", "no"),),
}
"""The groups of the curves."""
_CURVE, _COUNTS = ["outcome", "group"], ["n_at_risk", "n_events"]


def lay_out_curve_counts(
    builder: Builder, curves: pl.DataFrame, drafted: pl.DataFrame, study: Study, profile: Profile
) -> Reading:
    """What takes the released curves out of the system: as drafted, without counts where one of them must be hidden.

    Cells are those at risk on day 0 and the events of each cause on the last reported day. Where one is hidden all
    numbers at risk and of events of the curve are null, and where it is of a group those of all groups.

    Args:
        builder: The system.
        curves: In the shape of `CumulativeIncidence`.
        drafted: What `protect_curves` returns.
        study: Who is counted in which cell.
        profile: The rules; counts beside curves may be rounded in another way than those of tables.
    """
    rules = profile.for_survival()
    cells: dict[tuple[str, str], list[Hashable]] = {}
    for (outcome, group), part in drafted.sort("time_days").group_by(_CURVE, maintain_order=True):
        exact = curves.filter(outcome=outcome, group=group).sort("time_days")
        counted = _counts_of_curve(str(outcome), str(group), part, exact)
        cells[str(outcome), str(group)] = [
            _add(builder, study.people("dyads", conditions), n, f"curve of {outcome}", rules)
            for conditions, n in counted
        ]
    for outcome in drafted["outcome"].unique(maintain_order=True):
        for whole, *parts in zip(*(cells.get((outcome, group), []) for group in _GROUPS), strict=False):
            if builder.value(whole) == sum(builder.value(part) for part in parts):
                builder.tie(whole, parts)

    def read(told: Told) -> dict[str, pl.DataFrame]:
        narrow = {curve: keys for curve, keys in cells.items() if any(told.shown(key) is None for key in keys)}
        # Of a lone hidden group the others would tell the mean days: its siblings go with it.
        grouped = {outcome for outcome, group in narrow if group != ALL}
        hidden = [c for c in cells if c in narrow or (c[0] in grouped and c[1] != ALL)]
        names = pl.DataFrame(hidden, schema=dict.fromkeys(_CURVE, pl.String), orient="row")
        bare = drafted.join(names.with_columns(is_bare=True), on=_CURVE, how="left", maintain_order="left")
        counts = (pl.when(pl.col("is_bare").is_null()).then(name).alias(name) for name in _COUNTS)
        return {"cumulative_incidence": bare.with_columns(counts).select(drafted.columns)}

    return read


def _counts_of_curve(
    outcome: str, group: str, drafted: pl.DataFrame, exact: pl.DataFrame
) -> Iterable[tuple[tuple[Condition, ...], int]]:
    """Who is counted in what the draft shows at the ends of a curve, and how many they are."""
    everybody = KNOWN if outcome == "follow_up" else AT_RISK
    at_risk = (*_GROUPS.get(group, (("group of curves", group),)), (outcome, everybody))
    if drafted.filter(time_days=0)["n_at_risk"].count():
        yield at_risk, int(exact.select(pl.col("n_at_risk").max()).item())
    for (cause,), part in drafted.drop_nulls("n_events").group_by("cause", maintain_order=True):
        last = int(part["time_days"].max() or 0)  # type: ignore[arg-type] # a column of days
        events = exact.filter(cause=cause)
        n = int(events.filter(pl.col("time_days") <= last)["n_events"].max() or 0)  # type: ignore[arg-type] # counts
        happened = (outcome, YES) if cause == CAUSES.get(outcome) else (f"{outcome} ended by", str(cause))
        # The tail may be cut before the last event.
        by = () if n == events["n_events"].max() else ((f"{outcome} by day", str(last)),)
        yield (*at_risk, happened, *by), n


def lay_out_model_counts(
    builder: Builder, estimates: pl.DataFrame, drafted: pl.DataFrame, study: Study, profile: Profile
) -> Reading:
    """What takes the released estimates out of the system: as drafted, without n or n_events where they are hidden.

    Args:
        builder: The system.
        estimates: In the shape of `Estimates`.
        drafted: What `protect_estimates` returns.
        study: Who is counted in which cell.
        profile: The rules.
    """
    exact = estimates.unique("model", keep="first").select("model", exact_n="n", exact_events="n_events")
    counted = drafted.unique("model", keep="first", maintain_order=True).join(exact, on="model", maintain_order="left")
    cells: dict[tuple[str, str], Hashable] = {}
    columns = ("model", "outcome", "n", "n_events", "exact_n", "exact_events")
    for model, outcome, n, events, exact_n, exact_events in counted.select(columns).iter_rows():
        people = {"n": study.cell("model_dyads", model, ANALYSED, ALL), "n_events": study.with_outcome(model, outcome)}
        for column, shown, count in (("n", n, exact_n), ("n_events", events, exact_events)):
            if shown is not None:
                cells[model, column] = _add(builder, people[column], count, "models", profile)

    def read(told: Told) -> dict[str, pl.DataFrame]:
        hidden = {
            column: [model for (model, of), key in cells.items() if of == column and told.shown(key) is None]
            for column in ("n", "n_events")
        }
        kept = (pl.when(~pl.col("model").is_in(models)).then(name).alias(name) for name, models in hidden.items())
        return {"estimates": drafted.with_columns(kept)}

    return read


def lay_out_state_counts(
    builder: Builder, occupation: pl.DataFrame, drafted: pl.DataFrame, study: Study, profile: Profile
) -> Reading:
    """What takes the released states out of the system: as drafted, without n where it must be hidden.

    Args:
        builder: The system.
        occupation: In the shape of `StateOccupation`.
        drafted: What `protect_state_occupation` returns.
        study: Who is counted in which cell.
        profile: The rules for counts beside curves.
    """
    keys: list[Hashable] = []
    if drafted["n"].count():
        followed = study.people("dyads", [("follow_up", KNOWN)])
        keys.append(_add(builder, followed, occupation.item(0, "n"), "states", profile))

    def read(told: Told) -> dict[str, pl.DataFrame]:
        is_hidden = any(told.shown(key) is None for key in keys)
        return {"state_occupation": drafted.with_columns(n=pl.lit(None, pl.Int64) if is_hidden else pl.col("n"))}

    return read


def _add(builder: Builder, people: People, n: int, block: str, rules: Profile) -> People:
    """The cell of these people; where a table counts them otherwise they are others, and get a name of their own."""
    if people in builder.place and builder.value(people) != n:
        people = People(people.unit, people.conditions | {("in", block)})
    builder.add(people, n, block)
    builder.show_as(people, *(rules.counts_behind(rules.round_count(n)) if n else (0, 0)))
    return people
