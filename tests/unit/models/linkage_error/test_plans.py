"""What each linkage plan makes of a model: no error, no change; a known error, the known correction."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from evidence_world import evidence_of, model_of

from dyadlink.errors import ConfigError
from dyadlink.models.design import select_cases
from dyadlink.models.fitting import count_model_dyads, fit_models
from dyadlink.models.linkage_error.completion import complete_designs
from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.linkage_plans import (
    AsLinked,
    BiasAnalysis,
    Chance,
    LinkagePlan,
    PriorInformedImputation,
    SampledLinks,
    Selection,
    SimpleBiasAnalysis,
    ThresholdGrid,
)

ANSWERS = json.loads((Path(__file__).parents[3] / "known_answers/pooling_and_bias.json").read_text())
CERTAIN = Chance(fixed=1.0)
NO_ERROR: dict[str, LinkagePlan] = {
    "sampled_links": SampledLinks(plan="sampled_links", m=3, seed=1),
    "prior_informed_imputation": PriorInformedImputation(plan="prior_informed_imputation", m=3, seed=1),
    "bias_analysis": BiasAnalysis(plan="bias_analysis", m=3, seed=1, sensitivity=CERTAIN, specificity=CERTAIN),
    "threshold_grid": ThresholdGrid(plan="threshold_grid", thresholds=(0.5,)),
}
COX = {"outcome": "o4", "population": "in_custody_at_t2", "family": "cox"}


def fitted(evidence: LinkEvidence, plan: LinkagePlan, **changes: Any) -> pl.DataFrame:
    return fit_models(evidence.analysis, [model_of(plan, **changes)], evidence)


@pytest.fixture(scope="module")
def certain() -> LinkEvidence:
    from analysis_table import make_analysis_table  # noqa: PLC0415

    return evidence_of(make_analysis_table(1500, seed=3), 1.0)


@pytest.fixture(scope="module")
def unsure() -> LinkEvidence:
    from analysis_table import make_analysis_table  # noqa: PLC0415

    return evidence_of(make_analysis_table(1500, seed=3), 0.95)


STRATIFIED = {**COX, "strata": ("country",)}
FINE_GRAY = {**COX, "family": "fine_gray"}
EVERYONE_CAME = NO_ERROR["bias_analysis"].model_copy(
    update={"selection": Selection(with_outcome=CERTAIN, without_outcome=CERTAIN)}
)


@pytest.mark.parametrize(
    ("plan", "family"),
    [
        *((plan, family) for plan in NO_ERROR.values() for family in ({}, COX, STRATIFIED)),
        *((NO_ERROR[name], FINE_GRAY) for name in ("sampled_links", "threshold_grid")),
        *((EVERYONE_CAME, family) for family in ({}, COX, STRATIFIED)),
    ],
)
def test_a_plan_without_error_changes_nothing(certain: LinkEvidence, plan: LinkagePlan, family: dict[str, Any]) -> None:
    plain, planned = fitted(certain, AsLinked(), **family), fitted(certain, plan, **family)
    assert planned["note"].to_list() == plain["note"].to_list()
    for column in ("estimate", "std_error"):
        assert planned[column].to_list() == pytest.approx(plain[column].to_list(), abs=1e-6)
    # Rubin's interval is from the t distribution; with 1,400 degrees of freedom that is all but the normal one.
    assert planned["conf_low"].to_list() == pytest.approx(plain["conf_low"].to_list(), rel=0.01, abs=0.005)
    assert planned["linkage_plan"].unique().to_list() == [plan.plan]


@pytest.mark.parametrize("plan", [*NO_ERROR.values(), EVERYONE_CAME])
def test_firth_is_pooled_with_the_errors_of_the_information(certain: LinkEvidence, plan: LinkagePlan) -> None:
    """Profile limits are of one fit; those of a plan with completed data sets are symmetric."""
    plain, planned = fitted(certain, AsLinked(), family="firth"), fitted(certain, plan, family="firth")
    assert planned["method"].unique().to_list() == ["firth"]
    for column in ("estimate", "std_error"):
        assert planned[column].to_list() == pytest.approx(plain[column].to_list(), abs=1e-6)
    middle = ((planned["conf_low"] + planned["conf_high"]) / 2 - planned["estimate"]).abs().max()
    assert (middle < 1e-9) == (planned["data_sets"][0] > 1)


def test_sampled_links_lose_as_many_as_the_probabilities_say(unsure: LinkEvidence) -> None:
    rng = np.random.default_rng(1)
    sets = unsure.matchings.draw_sets(unsure.odds, rng)
    mean = np.mean([next(sets).sum() for _ in range(400)])
    assert mean == pytest.approx(unsure.candidates["match_probability"].sum(), rel=0.005)


def test_uncertain_links_widen_the_interval(certain: LinkEvidence, unsure: LinkEvidence) -> None:
    plan = SampledLinks(plan="sampled_links", m=20, seed=1)
    sampled = fitted(unsure, plan)
    assert (sampled["data_sets"] == 20).all()
    assert (sampled["fmi"] > 0.005).all()
    assert fitted(certain, plan)["fmi"].max() < 0.002  # type: ignore[operator]


HIDDEN = Chance(fixed=1 - 1e-9, odds_ratios={"ethnicity": {"black": 1.5e-9}})
"""Three in five of the outcomes of Black mothers can be found, and all others."""


@pytest.mark.parametrize("family", [{}, COX], ids=["logistic", "cox"])
@pytest.mark.parametrize(
    "plan",
    [
        PriorInformedImputation(plan="prior_informed_imputation", m=20, seed=1, findable=HIDDEN),
        BiasAnalysis(plan="bias_analysis", m=20, seed=1, sensitivity=HIDDEN),
    ],
    ids=["imputation", "bias_analysis"],
)
def test_a_plan_told_what_is_hidden_gives_it_back(plan: LinkagePlan, family: dict[str, str]) -> None:
    from analysis_table import make_analysis_table  # noqa: PLC0415

    whole = make_analysis_table(6000, seed=4)
    hidden = hide(whole, is_cox=bool(family))
    known = fit_models(whole, [model_of(AsLinked(), **family)]).filter(level="black").row(0, named=True)
    truth = known["estimate"]
    naive = fitted(hidden, AsLinked(), **family).filter(level="black")["estimate"][0]
    corrected = fitted(hidden, plan, **family).filter(level="black").row(0, named=True)
    # The log odds ratio, or log hazard ratio, loses about log(3/5).
    assert naive == pytest.approx(truth + math.log(0.6), abs=0.2)
    assert corrected["estimate"] == pytest.approx(truth, abs=0.15)
    # What is imputed is not known: the interval is wider than with every record found.
    assert corrected["std_error"] > 1.1 * known["std_error"]
    assert corrected["conf_low"] < truth < corrected["conf_high"]


@pytest.mark.parametrize("name", ["prior_informed_imputation", "bias_analysis"])
def test_a_linked_dyad_without_the_outcome_is_known_not_to_have_it(certain: LinkEvidence, name: str) -> None:
    half = {"findable": Chance(fixed=0.5), "sensitivity": Chance(fixed=0.5)}
    plan = NO_ERROR[name].model_copy(update={key: half[key] for key in half if hasattr(NO_ERROR[name], key)})
    nothing = certain.candidates.clear(), certain.variants.clear(), certain.analysis_variants.clear()
    is_known = pl.col("is_linked") | (pl.col("dyad_id") % 2 == 0)
    known = LinkEvidence(certain.analysis.with_columns(is_linked=is_known), *nothing)
    frame = select_cases(known.analysis, model_of(plan)).frame
    for design in complete_designs(model_of(plan), known):
        changed = design.event != frame["event"].to_numpy()
        assert changed.any()
        assert not frame.filter(pl.Series(changed))["is_linked"].any()


def hide(whole: pl.DataFrame, *, is_cox: bool) -> LinkEvidence:
    """The study as seen where two in five of the outcomes of Black mothers have no record at all."""
    is_event = (pl.col("o4_event") == "custody_loss").fill_null(value=False) if is_cox else pl.col("o1")
    events = whole.filter(is_event, ethnicity="black").sort("dyad_id").with_row_index("place")
    lost = pl.col("dyad_id").is_in(events.filter(pl.col("place") % 5 >= 3)["dyad_id"].implode())
    analysis = whole.with_columns(
        o1=pl.col("o1") & ~lost,
        # Whoever has an outcome has a record.
        is_linked=(pl.col("is_linked") | is_event) & ~lost,
        o4_event=pl.when(lost & is_event).then(pl.lit("censored")).otherwise("o4_event") if is_cox else "o4_event",
        o4_days=pl.when(lost & is_event).then(365).otherwise("o4_days") if is_cox else "o4_days",
    )
    nothing = evidence_of(whole, 1.0)
    return LinkEvidence(
        analysis, nothing.candidates.clear(), nothing.variants.clear(), nothing.analysis_variants.clear()
    )


def test_the_interval_of_a_bias_analysis_has_no_test(unsure: LinkEvidence) -> None:
    row = fitted(unsure, NO_ERROR["bias_analysis"]).row(0, named=True)
    assert row["p_value"] is None
    assert row["conf_low"] < row["estimate"] < row["conf_high"]


def test_less_specificity_takes_outcomes_away(certain: LinkEvidence) -> None:
    plan = BiasAnalysis(plan="bias_analysis", m=10, seed=1, sensitivity=CERTAIN, specificity=Chance(fixed=0.9))
    plain, corrected = (fitted(certain, p).filter(term="has_domestic_abuse") for p in (AsLinked(), plan))
    # False outcomes fall on everyone alike and pull the ratio towards 1; without them it is further from it.
    assert corrected["estimate"][0] > plain["estimate"][0]
    assert corrected["std_error"][0] > plain["std_error"][0]


def test_selection_by_outcome_alone_leaves_odds_ratios_alone(certain: LinkEvidence) -> None:
    lost = Selection(with_outcome=Chance(fixed=0.5), without_outcome=CERTAIN)
    plan = BiasAnalysis(plan="bias_analysis", m=5, seed=1, sensitivity=CERTAIN, selection=lost)
    plain, corrected = (fitted(certain, p)["estimate"].to_numpy() for p in (AsLinked(), plan))
    assert np.abs(plain - corrected).max() < 0.06


def test_selection_by_outcome_and_group_shifts_that_group_by_its_ratio(certain: LinkEvidence) -> None:
    """Odds ratio in all = odds ratio seen, times the odds of selection of the reference over the group's."""
    lost = Selection(
        with_outcome=Chance(fixed=1 - 1e-9, odds_ratios={"ethnicity": {"black": 1e-9}}), without_outcome=CERTAIN
    )
    plan = BiasAnalysis(plan="bias_analysis", m=5, seed=1, sensitivity=CERTAIN, selection=lost)
    plain, corrected = (fitted(certain, p).filter(level="black")["estimate"][0] for p in (AsLinked(), plan))
    assert corrected - plain == pytest.approx(math.log(2), abs=0.06)


def table_of(cells: list[int]) -> LinkEvidence:
    """Dyads in the cells of a two-by-two table of domestic abuse and O1."""
    from analysis_table import make_analysis_table  # noqa: PLC0415

    exposed = [True] * cells[0] + [False] * cells[1] + [True] * cells[2] + [False] * cells[3]
    event = [True] * (cells[0] + cells[1]) + [False] * (cells[2] + cells[3])
    base = make_analysis_table(10, seed=1).head(1)
    frame = pl.concat([base] * len(event)).with_columns(
        dyad_id=pl.int_range(1, pl.len() + 1), mother_number=pl.int_range(1, pl.len() + 1),
        has_domestic_abuse=pl.Series(exposed), o1=pl.Series(event), is_linked=pl.Series(event),
    )  # fmt: skip
    return LinkEvidence(frame, pl.DataFrame(), pl.DataFrame(), pl.DataFrame())


def test_the_simple_plan_gives_the_published_answers() -> None:
    abuse = ({"name": "has_domestic_abuse", "kind": "binary"},)
    told = ANSWERS["selection"]
    shares = [
        Chance(fixed=reference, odds_ratios={"has_domestic_abuse": {"yes": odds(level) / odds(reference)}})
        for level, reference in (told["shares"][:2], told["shares"][2:])
    ]
    plan = SimpleBiasAnalysis(
        plan="simple_bias_analysis", sensitivity=CERTAIN,
        selection=Selection(with_outcome=shares[0], without_outcome=shares[1]),
    )  # fmt: skip
    row = fitted(table_of(told["cells"]), plan, terms=abuse).row(0, named=True)
    assert math.exp(row["estimate"]) == pytest.approx(told["odds_ratio_true"], abs=1e-6)
    assert (row["std_error"], row["conf_low"], row["p_value"]) == (None, None, None)
    told = ANSWERS["outcome"]
    cells = told["cells"]
    plan = SimpleBiasAnalysis(
        plan="simple_bias_analysis",
        sensitivity=Chance(fixed=told["sensitivity"]),
        specificity=Chance(fixed=told["specificity"]),
    )
    estimate = fitted(table_of(cells), plan, terms=abuse)["estimate"][0]
    assert math.exp(estimate) == pytest.approx(told["odds_ratio_true"], abs=1e-6)


def odds(share: float) -> float:
    return share / (1 - share)


@pytest.mark.parametrize("name", ["sampled_links", "prior_informed_imputation", "bias_analysis"])
def test_the_order_of_rows_changes_nothing_and_the_seed_everything(unsure: LinkEvidence, name: str) -> None:
    plan = NO_ERROR[name]
    if isinstance(plan, BiasAnalysis):
        plan = plan.model_copy(update={"sensitivity": Chance(beta=(80, 20))})
    shuffled = LinkEvidence(
        unsure.analysis, unsure.candidates, unsure.variants.sample(fraction=1, shuffle=True, seed=1),
        unsure.analysis_variants.sample(fraction=1, shuffle=True, seed=2),
    )  # fmt: skip
    first = fitted(unsure, plan)
    assert fitted(shuffled, plan).equals(first)
    assert not fitted(unsure, plan.model_copy(update={"seed": 2})).equals(first)


def test_a_plan_without_evidence_is_refused(certain: LinkEvidence) -> None:
    with pytest.raises(ConfigError, match="no scored pairs"):
        fit_models(certain.analysis, [model_of(NO_ERROR["sampled_links"])])


def test_dyads_are_counted_for_models_as_linked_alone(certain: LinkEvidence) -> None:
    models = [model_of(AsLinked()), model_of(NO_ERROR["threshold_grid"], name="n")]
    assert count_model_dyads(certain.analysis, models)["variable"].unique().to_list() == ["m"]


def test_a_threshold_takes_what_reaches_it_and_nothing_twice() -> None:
    rows = [
        ("i1", "A:1", "A", 0.95, True), ("i1", "A:2", "A", 0.97, False), ("i2", "A:2", "A", 0.96, False),
        ("i2", "B:1", "B", 0.60, False), ("i3", "B:1", "B", 0.60, False), ("i4", "B:2", "B", 0.70, False),
    ]  # fmt: skip
    names = ["infant_id", "child_key", "la_code", "match_probability", "is_link"]
    candidates = pl.DataFrame(rows, schema=names, orient="row").with_columns(dyad_id=pl.lit(None, pl.Int64))
    evidence = LinkEvidence(pl.DataFrame(), candidates, pl.DataFrame(), pl.DataFrame())
    assert evidence.chosen_at(0.9).tolist() == [True, False, True, False, False, False]
    # The two infants of B:1 are equally good, so that neither has it.
    assert evidence.chosen_at(0.5).tolist() == [True, False, True, False, False, True]
    # A link below the threshold is none, and leaves its infant to the better pair.
    assert evidence.chosen_at(0.955).tolist() == [False, True, False, False, False, False]
