"""The one shape of a model's result, and of what a descriptive table counts."""

from __future__ import annotations

import dataframely as dy


class Estimates(dy.Schema):
    """Grain: one row per (model, term, level). Estimates are on the log scale."""

    model = dy.String(primary_key=True, description="Name of the model, from config/models.yaml.")
    role = dy.String(regex="^(primary|secondary|sensitivity)$", description="Part the model plays.")
    label = dy.String(description="What sets it apart from others of its outcome and family; empty if nothing.")
    alternative = dy.String(
        description="The alternative of config/config.yaml whose definitions it uses; empty: the study's own."
    )
    linkage_plan = dy.String(description="How the model carries linkage error: a plan of config/models.yaml.")
    missing_plan = dy.String(
        regex="^(complete_case|imputed|delta_adjusted)$", description="What the model does with missing covariates."
    )
    weighting = dy.String(
        regex="^(none|inverse_probability_of_censoring)$", description="What the model's dyads count for."
    )
    adjustment = dy.String(
        regex="^(unadjusted|minimal|full)$",
        description="What the term is adjusted for: nothing, the model's minimal terms, or all its other terms; in the "
        "same dyads.",
    )
    minimal_terms = dy.String(
        description="Of a minimal adjustment, the terms adjusted for, joined by ' and '; empty otherwise."
    )
    threshold = dy.Float64(
        nullable=True,
        min=0,
        max=1,
        description="Match probability from which on a pair is a link, in a threshold grid.",
    )
    data_sets = dy.Int64(min=1, description="Completed data sets or draws behind the estimate; 1: it is of one fit.")
    outcome = dy.String(description="Outcome modelled: o1, o2, o3, o4 or negative_control (that the infant is a girl).")
    family = dy.String(description="logistic, firth, cox, fine_gray or gee: what the model's row asks for.")
    method = dy.String(
        regex="^(maximum_likelihood|firth|partial_likelihood|finegray_weights|crr_weights|estimating_equations|crude_table)$",
        description="How the estimate was obtained: maximum_likelihood (of logistic models; errors "
        "clustered), firth (penalised likelihood, profile intervals, likelihood ratio tests, not clustered), "
        "partial_likelihood (Cox, Efron's ties, clustered), finegray_weights (Fine-Gray, Efron's ties, clustered, the "
        "weights of censoring taken for known as by R's finegray), crr_weights (Fine-Gray, Breslow's ties, clustered, "
        "the weights' own uncertainty counted as by cmprsk's crr), estimating_equations (GEE, exchangeable working "
        "correlation in each cluster, sandwich errors without a correction), crude_table (arithmetic of a simple bias "
        "analysis).",
    )
    population = dy.String(description="Who is analysed.")
    strata = dy.String(description="Columns that the baseline hazard differs by, joined by ' and '; empty if none.")
    time_varying = dy.String(description="Terms that change after T2, joined by ' and '; empty if none.")
    landmark_days = dy.Int64(
        nullable=True, min=1, description="Day after T2 from which time counts; null where it counts from T2."
    )
    cluster = dy.String(
        regex="^(mother_number|la_code)$", description="Within what dyads may be alike: a mother or an authority."
    )
    term = dy.String(primary_key=True, description="Covariate.")
    level = dy.String(primary_key=True, description="Level of a categorical term; empty for a linear one.")
    reference = dy.String(description="Reference level of a categorical term; empty for a linear one.")
    estimate = dy.Float64(
        nullable=True, description="Log odds, hazard or subdistribution hazard ratio; null if not estimable."
    )
    std_error = dy.Float64(
        nullable=True, description="Standard error, clustered as `cluster` says unless the method says not."
    )
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval, log scale.")
    conf_high = dy.Float64(nullable=True, description="Upper end of the 95% interval, log scale.")
    p_value = dy.Float64(
        nullable=True, min=0, max=1, description="Two-sided test, Wald's unless the method says another."
    )
    p_adjusted = dy.Float64(
        nullable=True, min=0, max=1, description="The p-value, adjusted for the number of tests of its family."
    )
    p_adjustment = dy.String(
        regex="^(holm|benjamini_hochberg|none)$", description="How it is adjusted; none: it is not, and null."
    )
    p_family = dy.String(description="Tests that it is adjusted with: their role, and outcome; empty if none.")
    fmi = dy.Float64(
        nullable=True, min=0, max=1, description="Fraction of missing information; of pooled estimates alone."
    )
    n = dy.Int64(min=0, description="Dyads in the model, under the links as they are or at the threshold.")
    n_events = dy.Int64(min=0, description="Dyads with the outcome.")
    n_level = dy.Int64(min=0, nullable=True, description="Dyads recorded at this level; null for a linear term.")
    n_events_level = dy.Int64(min=0, nullable=True, description="Events at this level; null for a linear term.")
    n_reference = dy.Int64(min=0, nullable=True, description="Dyads recorded at the reference level.")
    n_events_reference = dy.Int64(min=0, nullable=True, description="Events at the reference level.")
    n_parameters = dy.Int64(min=0, description="Parameters estimated, intercept included where there is one.")
    note = dy.String(description="Why there is no estimate, or what the reader must know; empty if nothing.")


class MarginalRisks(dy.Schema):
    """Grain: one row per (model, term, level, quantity). Of logistic models; unrounded: never leaves."""

    model = dy.String(primary_key=True, description="Name of the model, from config/models.yaml.")
    role = dy.String(regex="^(primary|secondary|sensitivity)$", description="Part the model plays.")
    outcome = dy.String(description="Outcome modelled: o1, o2, o3 or o4.")
    population = dy.String(description="Who is analysed.")
    method = dy.String(
        regex="^(maximum_likelihood|firth)$",
        description="maximum_likelihood: covariance clustered on the mother; firth: with the intercept that makes "
        "predicted risks add up (FLIC), covariance not clustered.",
    )
    weighting = dy.String(
        regex="^(none|inverse_probability_of_censoring)$", description="What the model's dyads count for."
    )
    term = dy.String(primary_key=True, description="Covariate whose level is set for everybody.")
    level = dy.String(
        primary_key=True, description="Level that everybody is set to; empty for a linear term, moved one step up."
    )
    reference = dy.String(description="Level that it is compared with; empty for a linear term.")
    quantity = dy.String(
        primary_key=True,
        regex="^(risk|difference|ratio)$",
        description="risk: average predicted risk; difference, ratio: of the risks at the level and at the reference, "
        "of a linear term one step up from and at where each dyad is.",
    )
    estimate = dy.Float64(nullable=True, description="The quantity, as a proportion; null if not estimable.")
    std_error = dy.Float64(nullable=True, min=0, description="Its standard error; of a ratio that of its logarithm.")
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval, delta method.")
    conf_high = dy.Float64(nullable=True, description="Upper end of the 95% interval.")
    n = dy.Int64(min=0, description="Dyads in the model.")
    n_events = dy.Int64(min=0, description="Dyads with the outcome.")
    n_level = dy.Int64(min=0, nullable=True, description="Dyads recorded at this level; null for a linear term.")
    n_events_level = dy.Int64(min=0, nullable=True, description="Events at this level; null for a linear term.")
    n_reference = dy.Int64(min=0, nullable=True, description="Dyads recorded at the reference level.")
    n_events_reference = dy.Int64(min=0, nullable=True, description="Events at the reference level.")
    n_parameters = dy.Int64(min=0, description="Parameters estimated, intercept included.")


class ProportionalHazards(dy.Schema):
    """Grain: one row per (model, term). Tests of Cox models; unrounded: never leaves."""

    model = dy.String(primary_key=True, description="Name of the model, from config/models.yaml.")
    outcome = dy.String(description="Outcome modelled: o3 or o4.")
    population = dy.String(description="Who is analysed.")
    term = dy.String(primary_key=True, description="Covariate with all its levels; 'global' for all together.")
    statistic = dy.Float64(nullable=True, min=0, description="Chi-squared of the Grambsch-Therneau score test.")
    df = dy.Int64(nullable=True, min=1, description="Its degrees of freedom.")
    p_value = dy.Float64(nullable=True, min=0, max=1, description="Of hazard ratios that stay the same over time.")
    n = dy.Int64(min=0, description="Dyads in the model.")
    n_events = dy.Int64(min=0, description="Dyads with the outcome.")
    n_smallest = dy.Int64(
        min=0, nullable=True, description="Fewest dyads with or without the outcome at any level; null for a number."
    )
    n_parameters = dy.Int64(min=0, description="Parameters estimated.")


class LeaveOneOut(dy.Schema):
    """Grain: one row per (model, term, level). Primary models, each authority left out in turn; never leaves."""

    model = dy.String(primary_key=True, description="Name of the model, from config/models.yaml.")
    outcome = dy.String(description="Outcome modelled.")
    family = dy.String(description="logistic, firth or cox.")
    population = dy.String(description="Who is analysed.")
    term = dy.String(primary_key=True, description="Covariate.")
    level = dy.String(primary_key=True, description="Level of a categorical term; empty for a linear one.")
    reference = dy.String(description="Reference level of a categorical term; empty for a linear one.")
    estimate = dy.Float64(nullable=True, description="Of all dyads, log scale; null where there are no fits.")
    least = dy.Float64(nullable=True, description="Least of the estimates without one group of authorities.")
    greatest = dy.Float64(nullable=True, description="Greatest of them.")
    n_groups = dy.Int64(min=0, description="Groups of authorities; a large authority is a group of its own.")
    n_fits = dy.Int64(min=0, description="Groups without which the model has an estimate.")
    n_changed = dy.Int64(
        min=0,
        description="Of these, those whose 95% interval lies otherwise (above 1, below 1, about it) than that of all.",
    )
    n_least = dy.Int64(min=0, description="Fewest dyads of any of the fits.")
    n_least_outcome = dy.Int64(min=0, description="Fewest with, or without, the outcome in any of the fits.")
    n_smallest = dy.Int64(
        min=0,
        nullable=True,
        description="Fewest at the level or its reference, with or without the outcome, in any of the fits; null for a "
        "number.",
    )
    n_parameters = dy.Int64(min=0, description="Parameters estimated, intercept included where there is one.")
    note = dy.String(description="Why there is no range, or what it leaves out; empty if nothing.")


class Performance(dy.Schema):
    """Grain: one row per (model, measure). How well a primary model describes its own dyads; never leaves."""

    model = dy.String(primary_key=True, description="Name of the model, from config/models.yaml.")
    outcome = dy.String(description="Outcome modelled.")
    family = dy.String(description="logistic, firth or cox.")
    population = dy.String(description="Who is analysed.")
    measure = dy.String(
        primary_key=True,
        regex="^(c_statistic|calibration_slope|calibration_in_the_large)$",
        description="c_statistic: of a logistic model the chance that a dyad with the outcome has the higher risk of "
        "two, of a Cox model Harrell's C; calibration_slope: coefficient of the model's scores; "
        "calibration_in_the_large: log odds by which the risks are too low, logistic models alone.",
    )
    apparent = dy.Float64(nullable=True, description="Among the dyads that the model was fitted on.")
    conf_low = dy.Float64(
        nullable=True,
        description="2.5th percentile of what the resamples' own models show there; null where these are all the same.",
    )
    conf_high = dy.Float64(nullable=True, description="97.5th percentile of it.")
    optimism = dy.Float64(
        nullable=True, description="Mean over the resamples of what their model shows there less what it shows here."
    )
    corrected = dy.Float64(nullable=True, description="Apparent less optimism: what to expect among new dyads alike.")
    resamples = dy.Int64(min=0, description="Resamples of mothers whose model has an estimate.")
    n = dy.Int64(min=0, description="Dyads in the model.")
    n_events = dy.Int64(min=0, description="Dyads with the outcome.")
    n_parameters = dy.Int64(min=0, description="Parameters estimated, intercept included where there is one.")
    note = dy.String(description="Why there is no figure, or what it leaves out; empty if nothing.")


class PredictionMeasures(dy.Schema):
    """Grain: one row per (outcome, measure). Penalised models judged on dyads that they had not seen; never leaves."""

    outcome = dy.String(primary_key=True, description="Outcome predicted: o1, o2, o3 or o4.")
    population = dy.String(description="Who is analysed.")
    measure = dy.String(
        primary_key=True,
        regex="^(c_statistic|calibration_slope|calibration_in_the_large)$",
        description="As in `performance`, of predictions held out.",
    )
    estimate = dy.Float64(nullable=True, description="Among all dyads, each predicted by a model that had not seen it.")
    conf_low = dy.Float64(nullable=True, description="2.5th percentile over mothers drawn with replacement.")
    conf_high = dy.Float64(nullable=True, description="97.5th percentile.")
    n = dy.Int64(min=0, description="Dyads of known outcome.")
    n_events = dy.Int64(min=0, description="Dyads with the outcome.")
    n_parameters = dy.Int64(min=0, description="Parameters, the intercept and every level among them.")
    note = dy.String(description="Why there is no figure; empty if there is.")


class Counts(dy.Schema):
    """Grain: one row per (table, variable, level, group). Unrounded: never leaves."""

    table = dy.String(primary_key=True, description="Name of the table.")
    variable = dy.String(primary_key=True, description="What is counted; 'total' for the column total.")
    level = dy.String(primary_key=True, description="Level of the variable; 'missing' when not recorded.")
    group = dy.String(primary_key=True, description="Column; 'all' is everyone, the other groups add up to it.")
    n = dy.Int64(min=0, description="Dyads, unless the table says otherwise.")


class Medians(dy.Schema):
    """Grain: one row per (table, variable, group). Unrounded: never leaves."""

    table = dy.String(primary_key=True, description="Name of the table.")
    variable = dy.String(primary_key=True, description="What is summarised, with its unit in the name.")
    group = dy.String(primary_key=True, description="Column of the table.")
    n = dy.Int64(min=0, description="Dyads with a value.")
    median = dy.Float64(nullable=True, description="Median.")
    lower_quartile = dy.Float64(nullable=True, description="25th percentile, linear interpolation.")
    upper_quartile = dy.Float64(nullable=True, description="75th percentile, linear interpolation.")


DAYS_PER_YEAR = 365.25
RATE_YEARS = 100
"""Rates are events per so many person-years."""


class ServiceRates(dy.Schema):
    """Grain: one row per (period, measure, group). Unrounded: never leaves."""

    period = dy.String(primary_key=True, description="pregnancy_to_birth, birth_to_t1, t1_to_t2 or t2_to_t3.")
    measure = dy.String(primary_key=True, description="What the mothers used: a column of service_use.")
    group = dy.String(primary_key=True, description="CSC involvement at the acute episode (O1); 'all' is everyone.")
    unit = dy.String(regex="^(events|days)$", description="What is counted; days in care come in runs.")
    part_of = dy.String(nullable=True, description="The measure that this one is a part of, where a share is asked.")
    n = dy.Int64(min=0, description="Dyads whose records tell it.")
    n_any = dy.Int64(min=0, description="Those with at least one.")
    n_events = dy.Int64(min=0, description="Events, or days, of all of them.")
    n_largest = dy.Int64(min=0, description="Events, or days, of the dyad with most.")
    n_second = dy.Int64(min=0, description="Events, or days, of the dyad with most but for that one.")
    person_days = dy.Int64(min=0, description="Days that they were observed in the period.")
    rate = dy.Float64(nullable=True, min=0, description="Events per 100 person-years; null without a day observed.")
    conf_low = dy.Float64(nullable=True, min=0, description="Lower end of the exact 95% interval; null of days.")
    conf_high = dy.Float64(nullable=True, min=0, description="Upper end of it.")


class PersonTime(dy.Schema):
    """Grain: one row per (outcome, group). Unrounded: never leaves."""

    outcome = dy.String(primary_key=True, description="o3, o4, or follow_up: until sight is lost, a death or T3.")
    group = dy.String(primary_key=True, description="Who; 'all' is everyone at risk.")
    n = dy.Int64(min=1, description="Dyads at risk at T2.")
    n_events = dy.Int64(min=0, description="Those with the outcome; of follow_up those who left sight.")
    person_days = dy.Int64(min=0, description="Days that they were at risk.")


class Ranges(dy.Schema):
    """Grain: one row per source table and column (source, column). Never leaves as it is."""

    source = dy.String(primary_key=True, description="Source table.")
    column = dy.String(primary_key=True, description="Column with dates or numbers.")
    kind = dy.String(regex="^(date|number)$", description="What its values are.")
    n = dy.Int64(min=0, description="Rows with a readable value.")
    low = dy.Int64(nullable=True, description="5th percentile; dates in days since 1970.")
    median = dy.Int64(nullable=True, description="Median, likewise.")
    high = dy.Int64(nullable=True, description="95th percentile, likewise.")


class CumulativeIncidence(dy.Schema):
    """Grain: one row per (outcome, group, cause, time_days). Unrounded: never leaves."""

    outcome = dy.String(primary_key=True, description="o3, o4, or follow_up: who left sight.")
    group = dy.String(primary_key=True, description="Who; 'all' is everyone at risk.")
    cause = dy.String(primary_key=True, description="The outcome itself or a competing event.")
    time_days = dy.Int64(primary_key=True, min=0, description="Days since T2.")
    estimate = dy.Float64(min=0, max=1, description="Aalen-Johansen cumulative incidence.")
    std_error = dy.Float64(nullable=True, min=0, description="Its standard error.")
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval.")
    conf_high = dy.Float64(nullable=True, description="Upper end of the 95% interval.")
    n_at_risk = dy.Int64(min=0, description="Dyads at risk just before this day.")
    n_events = dy.Int64(min=0, description="Events of this cause up to and including this day.")
    n_censored = dy.Int64(min=0, description="Dyads censored up to and including this day.")


class GroupTests(dy.Schema):
    """Grain: one row per (outcome, cause). Gray's tests between the groups; unrounded: never leaves."""

    outcome = dy.String(primary_key=True, description="o3 or o4.")
    cause = dy.String(primary_key=True, description="The outcome itself or a competing event.")
    statistic = dy.Float64(nullable=True, min=0, description="Gray's chi-squared; null where there is no test.")
    df = dy.Int64(nullable=True, min=1, description="Its degrees of freedom: groups less one.")
    p_value = dy.Float64(nullable=True, min=0, max=1, description="Of the same cumulative incidence in all groups.")
    n_smallest = dy.Int64(min=0, description="Fewest dyads with or without an event of the cause in any group.")


class TimeLost(dy.Schema):
    """Grain: one row per (outcome, group, cause). Restricted mean time lost; unrounded: never leaves."""

    outcome = dy.String(primary_key=True, description="o3 or o4.")
    group = dy.String(primary_key=True, description="Who; difference: involved less not involved.")
    cause = dy.String(primary_key=True, description="The outcome itself or a competing event.")
    horizon_days = dy.Int64(min=1, description="Days from T2 that are counted.")
    estimate = dy.Float64(
        nullable=True, description="Mean days lost to the cause by then; null where nobody is followed so long."
    )
    std_error = dy.Float64(nullable=True, min=0, description="Its standard error, clustered on the mother.")
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval.")
    conf_high = dy.Float64(nullable=True, description="Upper end of it.")


class StateOccupation(dy.Schema):
    """Grain: one row per (state, time_days). Unrounded: never leaves."""

    state = dy.String(primary_key=True, description="State of custody, or states put together by '_or_'.")
    time_days = dy.Int64(primary_key=True, min=0, description="Days since T2.")
    estimate = dy.Float64(min=0, max=1, description="Probability of being in it at the end of the day: Aalen-Johansen.")
    std_error = dy.Float64(min=0, description="Its standard error, clustered on the mother.")
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval; null where the error is 0.")
    conf_high = dy.Float64(nullable=True, description="Upper end of it.")
    n_in_state = dy.Int64(min=0, description="Dyads in sight that are in it at the end of the day; the dead stay.")
    n = dy.Int64(min=1, description="Dyads at day 0.")


class PlantedEffects(dy.Schema):
    """Grain: one row per (model, term, level). Planted beside estimated; synthetic data only."""

    model = dy.String(primary_key=True, description="Name of the model.")
    outcome = dy.String(description="Outcome modelled.")
    term = dy.String(primary_key=True, description="Covariate.")
    level = dy.String(primary_key=True, description="Level; empty for a linear term.")
    planted = dy.Float64(description="Effect in the generator, log scale.")
    estimate = dy.Float64(nullable=True, description="Estimate, log scale.")
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval, log scale.")
    conf_high = dy.Float64(nullable=True, description="Upper end of the 95% interval, log scale.")
    is_covered = dy.Bool(nullable=True, description="The interval holds the planted effect.")
