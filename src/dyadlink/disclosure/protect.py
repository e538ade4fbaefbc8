"""Every aggregate through the rule for its shape, and all counts through one system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from dyadlink.disclosure.alternatives import lay_out_alternatives
from dyadlink.disclosure.beside import lay_out_curve_counts, lay_out_model_counts, lay_out_state_counts
from dyadlink.disclosure.cells import Reading, protect
from dyadlink.disclosure.checks import SURVIVAL_TABLES
from dyadlink.disclosure.completeness import lay_out_completeness, protect_ranges
from dyadlink.disclosure.counts import lay_out_counts
from dyadlink.disclosure.curves import protect_curves
from dyadlink.disclosure.differences import GROUPS, standardised_differences
from dyadlink.disclosure.e_values import e_values
from dyadlink.disclosure.estimates import is_counted, protect_estimates, protect_planted
from dyadlink.disclosure.flow import lay_out_flow
from dyadlink.disclosure.link_quality import (
    lay_out_accuracy,
    protect_model,
    protect_review,
    protect_thresholds,
)
from dyadlink.disclosure.marginal_risks import protect_marginal_risks
from dyadlink.disclosure.medians import lay_out_medians
from dyadlink.disclosure.movement import lay_out_movement
from dyadlink.disclosure.movement_system import LEVELS_TABLE
from dyadlink.disclosure.people import POPULATIONS, TOTAL, YES, Condition, People, Study
from dyadlink.disclosure.person_time import protect_person_time
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.proportional_hazards import protect_proportional_hazards
from dyadlink.disclosure.quality import lay_out_quality
from dyadlink.disclosure.robustness import protect_leave_one_out, protect_performance, protect_prediction
from dyadlink.disclosure.service_rates import protect_service_rates
from dyadlink.disclosure.state_occupation import protect_state_occupation
from dyadlink.disclosure.system import Builder
from dyadlink.disclosure.time_lost import protect_group_tests, protect_time_lost
from dyadlink.errors import DyadlinkError
from dyadlink.estimates import Counts

_APART = {
    "cumulative_incidence": protect_curves,
    "data_ranges": protect_ranges,
    "estimates": protect_estimates,
    "group_tests": protect_group_tests,
    "leave_one_out": protect_leave_one_out,
    "marginal_risks": protect_marginal_risks,
    "performance": protect_performance,
    "prediction": protect_prediction,
    "proportional_hazards": protect_proportional_hazards,
    "review_estimates": protect_review,
    "threshold_grid": protect_thresholds,
}
"""What holds no count that others rest on, or counts that are protected in another way."""
_ON_CURVES = {"person_time", "state_occupation", "time_lost"}
_FROM_OTHERS = {*_ON_CURVES, "linkage_model", "planted_effects", "service_rates"}
"""Worked out with other tables."""
_ONLY_WHERE_MADE = {
    "alternatives",
    "linkage_accuracy",
    "linkage_model",
    "marginal_risks",
    "review_estimates",
    "threshold_grid",
}
"""Empty where there is no alternative, truth, model of links or risks, scored pair or review: nothing to release."""


def protect_all(
    aggregate: dict[str, pl.DataFrame], profile: Profile, earlier: Mapping[str, tuple[int, int]] | None = None
) -> dict[str, pl.DataFrame]:
    """The released tables by name, ready for `write_release`.

    All tables of counts are laid out in one system of sums, in which cells of the same people are one, and what to hide
    is decided over all of it, also of the counts beside curves and models. What earlier releases told is known in it.

    `alternatives`, `cohort_flow`, `cumulative_incidence`, `data_completeness`, `data_quality`, `data_ranges`,
    `estimates`, `group_tests`, `leave_one_out`, `linkage_accuracy`, `linkage_model`, `marginal_risks`, `medians`,
    `performance`, `person_time`, `planted_effects`, `prediction`, `proportional_hazards`, `review_estimates`,
    `service_rates`, `state_occupation`, `threshold_grid` and `time_lost` are known by name. `transitions` and
    `movement_tests` come together, and with the table `csc_levels` among the `counts`: its counts are their margins.
    `e_values` are worked out from the released estimates and risks. Any other frame must be in the shape of `Counts`,
    and gives one table per value of its column `table`, under that value as its name.

    Args:
        aggregate: Unrounded tables by name.
        profile: The rules.
        earlier: What earlier releases told: by the words of a definition (`str` of `People`) the least and the greatest
            count that the number shown can stand for.

    Raises:
        DyadlinkError: A frame has no known shape, two frames give the same table, or planted effects, rates, days lost
            or states come without what they rest on; and whatever the rules themselves raise.
    """
    given = {n: frame for n, frame in aggregate.items() if n not in _ONLY_WHERE_MADE or not frame.is_empty()}
    released: dict[str, pl.DataFrame] = {}
    for name in sorted(given.keys() & _APART.keys()):
        rules = profile.for_survival() if name in SURVIVAL_TABLES else profile
        _put(released, {name: _APART[name](given[name], rules)})
    if "linkage_model" in given:
        _put(released, {"linkage_model": protect_model(given["linkage_model"], _n_links(given), profile)})
    study = study_of(given)
    builder = Builder()
    readings = _lay_out(builder, given, study, profile)
    readings += _lay_out_beside(builder, given, released, study, profile)
    for people in _rested_on(given, study):
        builder.weigh(people)
    in_words = {str(key): key for key in builder.place if isinstance(key, People)}
    for words, (least, greatest) in (earlier or {}).items():
        if words in in_words:
            builder.know(in_words[words], least, greatest)
    told = protect(builder, profile)
    for read in readings:
        _put(released, read(told))
    return _with_derived(released, given, profile)


def _n_links(given: Mapping[str, pl.DataFrame]) -> int:
    """Infants with a link; none where no table counts them, and then no share of them is shown."""
    if "counts" not in given:
        return 0
    linked = given["counts"].filter(table="linked_infants", level=TOTAL, group="linked")
    return int(linked["n"].sum())


def _put(released: dict[str, pl.DataFrame], tables: dict[str, pl.DataFrame]) -> None:
    for table, frame in tables.items():
        if table in released:
            raise DyadlinkError("two frames give this table", where=f"table {table}", mend="rename one")
        released[table] = frame


def study_of(given: dict[str, pl.DataFrame]) -> Study:
    """What the definitions rest on, read off the aggregates."""
    counts = given.get("counts", Counts.create_empty())
    outcomes = counts.filter(pl.col("table") == "outcomes")
    levels = outcomes.group_by("variable").agg(pl.col("level").unique())
    unknown = outcomes.filter(pl.col("variable").is_in(["o3", "o4"]), pl.col("level") == "not_observed")
    told_of_all = {str(variable) for variable, of_variable in levels.iter_rows() if set(of_variable) <= {"yes", "no"}}
    models: dict[str, tuple[Condition, ...]] = {}
    cases: dict[str, tuple[str, ...]] = {}
    if "estimates" in given:
        populations = given["estimates"].select("model", "population").unique().iter_rows()
        models = {model: POPULATIONS[population] for model, population in populations if population in POPULATIONS}
        cases = _cases_of(given["estimates"].filter(pl.col("model").is_in(list(models)) & is_counted()))
    return Study(frozenset(told_of_all), models, cases, is_complete=unknown["n"].sum() == 0)


def _cases_of(estimates: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """Of each model its terms and strata; none where two models of the same ones analyse other numbers of people."""
    of_model = estimates.group_by("model", "population", "outcome", maintain_order=True).agg(
        terms=pl.concat_list(pl.col("term").unique().sort().implode(), pl.col("strata").first()),
        n=pl.first("n"),
        n_events=pl.first("n_events"),
    )
    people = ["population", "terms"]
    is_one = (pl.col("n").n_unique().over(people) == 1) & (pl.col("n_events").n_unique().over(*people, "outcome") == 1)
    alike = of_model.with_columns(pl.col("terms").list.join("\n")).filter(is_one)
    return {
        model: tuple(filter(None, terms.split("\n"))) for model, terms in alike.select("model", "terms").iter_rows()
    }


def _lay_out(builder: Builder, given: dict[str, pl.DataFrame], study: Study, profile: Profile) -> list[Reading]:
    """The readings of all aggregates that are laid out in the one system."""
    frames = dict(given)
    readings = []
    if frames.keys() & {"transitions", "movement_tests"}:
        if lacking := {"counts", "transitions", "movement_tests"} - frames.keys():
            raise DyadlinkError(
                "movement comes without what it is protected with", where=f"table {min(lacking)}", mend="add it"
            )
        counts = frames["counts"]
        is_level = pl.col("table") == LEVELS_TABLE
        movement = (counts.filter(is_level), frames.pop("transitions"), frames.pop("movement_tests"))
        readings.append(lay_out_movement(builder, movement, study, profile))
        frames["counts"] = counts.filter(~is_level)
    # Last come those for which it is seen from the counts whether everybody has a value, and what is the study's.
    last = ("alternatives", "medians")
    names = sorted(frames.keys() - _APART.keys() - _FROM_OTHERS, key=lambda name: (name in last, name))
    for name in names:
        frame = frames[name]
        if name == "alternatives":
            readings.append(lay_out_alternatives(builder, frame, study, profile))
        elif name == "cohort_flow":
            # Its last box is the study's own size, the total of the other tables.
            readings.append(lay_out_flow(builder, frame, study.people("dyads")))
        elif name == "data_completeness":
            readings.append(lay_out_completeness(builder, frame))
        elif name == "data_quality":
            readings.append(lay_out_quality(builder, frame, profile))
        elif name == "linkage_accuracy":
            readings.append(lay_out_accuracy(builder, frame, study, profile))
        elif name == "medians":
            readings.append(lay_out_medians(builder, frame, study, profile))
        elif set(Counts.columns()) - set(frame.columns):
            raise DyadlinkError(
                "no disclosure rule fits this table", where=f"table {name}", mend="give it the shape of Counts"
            )
        else:
            readings.append(lay_out_counts(builder, frame, study))
    return readings


def _lay_out_beside(
    builder: Builder,
    given: dict[str, pl.DataFrame],
    released: dict[str, pl.DataFrame],
    study: Study,
    profile: Profile,
) -> list[Reading]:
    """The readings of what holds counts beside figures; their drafts are taken out of what is released."""
    readings = []
    curves = released.pop("cumulative_incidence", None)
    if curves is not None:
        readings.append(lay_out_curve_counts(builder, given["cumulative_incidence"], curves, study, profile))
        if "state_occupation" in given:
            beside = profile.for_survival()
            states = protect_state_occupation(given["state_occupation"], curves, beside)
            readings.append(lay_out_state_counts(builder, given["state_occupation"], states, study, beside))
    if "estimates" in given:
        drafted = released.pop("estimates")
        readings.append(lay_out_model_counts(builder, given["estimates"], drafted, study, profile))
    return readings


def _rested_on(given: dict[str, pl.DataFrame], study: Study) -> Iterator[People]:
    """Who is counted where a rate or a difference is worked out from the count."""
    if "counts" in given:
        for table, groups in GROUPS.items():
            rows = given["counts"].filter(pl.col("table") == table, pl.col("group").is_in(groups))
            yield from (study.cell(*row) for row in rows.select("table", "variable", "level", "group").iter_rows())
    if "service_rates" in given:
        for period, measure, group in given["service_rates"].select("period", "measure", "group").iter_rows():
            yield study.cell(f"service_use_{period}", measure, YES, group)


def _with_derived(
    released: dict[str, pl.DataFrame], given: dict[str, pl.DataFrame], profile: Profile
) -> dict[str, pl.DataFrame]:
    """The released tables, with those that are worked out from what they show."""
    differences = standardised_differences(released)
    if differences.height:
        released["standardised_differences"] = differences
    released |= _with_curves(given, released)
    if "service_rates" in given:
        released["service_rates"] = protect_service_rates(given["service_rates"], released, profile)
    return released | _with_estimates(given, released)


def _with_curves(given: dict[str, pl.DataFrame], released: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """What is released of tables that rest on the released curves."""
    present = given.keys() & _ON_CURVES
    if not present:
        return {}
    if "cumulative_incidence" not in released:
        raise DyadlinkError(
            "it comes without the curves that it rests on", where=f"table {min(present)}", mend="add the curves"
        )
    curves = released["cumulative_incidence"]
    found = {}
    if "person_time" in given:
        found["person_time"] = protect_person_time(given["person_time"], curves)
    if "time_lost" in given:
        found["time_lost"] = protect_time_lost(given["time_lost"], curves)
    return found


def _with_estimates(given: dict[str, pl.DataFrame], released: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """What is released of tables that rest on the released estimates."""
    # On real records the step that makes them hands over an empty frame: nothing to release.
    planted = given.get("planted_effects", pl.DataFrame())
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
