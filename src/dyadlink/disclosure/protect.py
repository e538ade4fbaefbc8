"""Every aggregate through the rule for its shape."""

from __future__ import annotations

import polars as pl

from dyadlink.disclosure.alternatives import protect_alternatives
from dyadlink.disclosure.completeness import protect_completeness, protect_ranges
from dyadlink.disclosure.counts import protect_counts
from dyadlink.disclosure.curves import protect_curves
from dyadlink.disclosure.differences import standardised_differences
from dyadlink.disclosure.e_values import e_values
from dyadlink.disclosure.estimates import protect_estimates, protect_planted
from dyadlink.disclosure.flow import protect_flow
from dyadlink.disclosure.link_quality import (
    protect_accuracy,
    protect_model,
    protect_review,
    protect_thresholds,
)
from dyadlink.disclosure.marginal_risks import protect_marginal_risks
from dyadlink.disclosure.medians import protect_medians
from dyadlink.disclosure.movement import protect_movement
from dyadlink.disclosure.movement_system import LEVELS_TABLE
from dyadlink.disclosure.person_time import protect_person_time
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.proportional_hazards import protect_proportional_hazards
from dyadlink.disclosure.quality import protect_quality
from dyadlink.disclosure.robustness import protect_leave_one_out, protect_performance, protect_prediction
from dyadlink.disclosure.service_rates import protect_service_rates
from dyadlink.disclosure.state_occupation import protect_state_occupation
from dyadlink.disclosure.time_lost import protect_group_tests, protect_time_lost
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import Counts

_BY_NAME = {
    "alternatives": protect_alternatives,
    "cohort_flow": protect_flow,
    "cumulative_incidence": protect_curves,
    "data_completeness": protect_completeness,
    "data_quality": protect_quality,
    "data_ranges": protect_ranges,
    "estimates": protect_estimates,
    "group_tests": protect_group_tests,
    "leave_one_out": protect_leave_one_out,
    "linkage_model": protect_model,
    "marginal_risks": protect_marginal_risks,
    "medians": protect_medians,
    "performance": protect_performance,
    "prediction": protect_prediction,
    "proportional_hazards": protect_proportional_hazards,
    "review_estimates": protect_review,
    "threshold_grid": protect_thresholds,
}
_ONLY_WHERE_MADE = {
    "alternatives",
    "linkage_accuracy",
    "linkage_model",
    "marginal_risks",
    "review_estimates",
    "threshold_grid",
}
"""Empty where there is no alternative, truth, model of links or risks, scored pair or review: nothing to release."""


def protect_all(aggregate: dict[str, pl.DataFrame], profile: Profile) -> dict[str, pl.DataFrame]:
    """The released tables by name, ready for `write_release`.

    `alternatives`, `cohort_flow`, `cumulative_incidence`, `data_completeness`, `data_quality`, `data_ranges`,
    `estimates`, `group_tests`, `leave_one_out`, `linkage_accuracy`, `linkage_model`, `marginal_risks`, `medians`,
    `performance`, `person_time`, `planted_effects`, `prediction`, `proportional_hazards`, `review_estimates`,
    `service_rates`, `state_occupation`, `threshold_grid` and `time_lost` are known by name. `transitions` and
    `movement_tests` come together, and with the table `csc_levels` among the `counts`: its counts are their margins.
    `e_values` are worked out from the released estimates and risks. Any other frame must be in the shape of `Counts`,
    and gives one table per value of its column `table`, under that value as its name.

    Raises:
        DyadlinkError: A frame has no known shape, two frames give the same table, or planted effects, rates, days lost
            or states come without what they rest on; and whatever the rules themselves raise.
    """
    aggregate, released = _protect_movement(aggregate, profile)
    resting = {"person_time", "planted_effects", "service_rates", "state_occupation", "time_lost"}
    for name in sorted(aggregate.keys() - resting):
        for table, frame in _protect_one(name, aggregate[name], profile).items():
            if table in released:
                raise DyadlinkError("two frames give this table", where=f"table {table}", mend="rename one")
            released[table] = frame
    differences = standardised_differences(released)
    if differences.height:
        released["standardised_differences"] = differences
    released |= _protect_with_curves(aggregate, released, profile)
    if "service_rates" in aggregate:
        released["service_rates"] = protect_service_rates(aggregate["service_rates"], released, profile)
    return released | _protect_with_estimates(aggregate, released)


def _protect_with_curves(
    aggregate: dict[str, pl.DataFrame], released: dict[str, pl.DataFrame], profile: Profile
) -> dict[str, pl.DataFrame]:
    """What is released of tables that rest on the released curves."""
    present = aggregate.keys() & {"person_time", "state_occupation", "time_lost"}
    if not present:
        return {}
    if "cumulative_incidence" not in released:
        raise DyadlinkError(
            "it comes without the curves that it rests on", where=f"table {min(present)}", mend="add the curves"
        )
    curves = released["cumulative_incidence"]
    found = {}
    if "person_time" in aggregate:
        found["person_time"] = protect_person_time(aggregate["person_time"], curves)
    if "time_lost" in aggregate:
        found["time_lost"] = protect_time_lost(aggregate["time_lost"], curves)
    if "state_occupation" in aggregate:
        found["state_occupation"] = protect_state_occupation(aggregate["state_occupation"], curves, profile)
    return found


def _protect_with_estimates(
    aggregate: dict[str, pl.DataFrame], released: dict[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """What is released of tables that rest on the released estimates."""
    # On real records the step that makes them hands over an empty frame: nothing to release.
    planted = aggregate.get("planted_effects", pl.DataFrame())
    if "estimates" not in released:
        if planted.height:
            raise DyadlinkError(
                "planted effects come without estimates", where="table planted_effects", mend="add estimates"
            )
        return {}
    found = {}
    strength = e_values(released["estimates"], released.get("marginal_risks", pl.DataFrame()))
    if strength.height:
        found["e_values"] = strength
    if planted.height:
        found["planted_effects"] = protect_planted(planted, released["estimates"])
    return found


def _protect_movement(
    aggregate: dict[str, pl.DataFrame], profile: Profile
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """The aggregates without those of levels and movement, and what is released of these."""
    together = {"counts", "transitions", "movement_tests"}
    if not aggregate.keys() & {"transitions", "movement_tests"}:
        return aggregate, {}
    if lacking := together - aggregate.keys():
        raise DyadlinkError(
            "movement comes without what it is protected with", where=f"table {min(lacking)}", mend="add it"
        )
    counts = aggregate["counts"]
    is_level = pl.col("table") == LEVELS_TABLE
    released = protect_movement(counts.filter(is_level), aggregate["transitions"], aggregate["movement_tests"], profile)
    others = {name: frame for name, frame in aggregate.items() if name not in together}
    return {**others, "counts": counts.filter(~is_level)}, released


def _protect_one(name: str, frame: pl.DataFrame, profile: Profile) -> dict[str, pl.DataFrame]:
    if name in _ONLY_WHERE_MADE and frame.is_empty():
        return {}
    if name == "linkage_accuracy":
        return protect_accuracy(frame, profile)
    if name in _BY_NAME:
        return {name: _BY_NAME[name](frame, profile)}
    if set(Counts.columns()) - set(frame.columns):
        raise DyadlinkError(
            "no disclosure rule fits this table", where=f"table {name}", mend="give it the shape of Counts"
        )
    protected = protect_counts(frame, profile)
    tables = protected.partition_by("table", maintain_order=True, as_dict=True)
    return {str(key[0]): part for key, part in tables.items()}
