"""The one shape of a model's result, and of what a descriptive table counts."""

from __future__ import annotations

import dataframely as dy


class Estimates(dy.Schema):
    """Grain: one row per (model, term, level). Estimates are on the log scale."""

    model = dy.String(primary_key=True, description="Name of the model, from config/models.yaml.")
    role = dy.String(regex="^(primary|secondary|sensitivity)$", description="Part the model plays.")
    linkage_plan = dy.String(description="How the model carries linkage error: a plan of config/models.yaml.")
    missing_plan = dy.String(
        regex="^(complete_case|imputed|delta_adjusted)$", description="What the model does with missing covariates."
    )
    threshold = dy.Float64(
        nullable=True,
        min=0,
        max=1,
        description="Match probability from which on a pair is a link, in a threshold grid.",
    )
    data_sets = dy.Int64(min=1, description="Completed data sets or draws behind the estimate; 1: it is of one fit.")
    outcome = dy.String(description="Outcome modelled: o1, o2, o3 or o4.")
    family = dy.String(description="logistic, firth, cox or fine_gray: what the model's row asks for.")
    method = dy.String(
        regex="^(maximum_likelihood|firth|partial_likelihood|finegray_weights|crr_weights|crude_table)$",
        description="How the estimate was obtained: maximum_likelihood (of logistic models; errors clustered on the "
        "mother), firth (penalised likelihood, profile intervals, likelihood ratio tests, not clustered), "
        "partial_likelihood (Cox, Efron's ties, clustered), finegray_weights (Fine-Gray, Efron's ties, clustered, the "
        "weights of censoring taken for known as by R's finegray), crr_weights (Fine-Gray, Breslow's ties, clustered, "
        "the weights' own uncertainty counted as by cmprsk's crr), crude_table (arithmetic of a simple bias analysis).",
    )
    population = dy.String(description="Who is analysed.")
    strata = dy.String(description="Columns that the baseline hazard differs by, joined by ' and '; empty if none.")
    term = dy.String(primary_key=True, description="Covariate.")
    level = dy.String(primary_key=True, description="Level of a categorical term; empty for a linear one.")
    reference = dy.String(description="Reference level of a categorical term; empty for a linear one.")
    estimate = dy.Float64(
        nullable=True, description="Log odds, hazard or subdistribution hazard ratio; null if not estimable."
    )
    std_error = dy.Float64(
        nullable=True, description="Standard error, clustered on the mother unless the method says not."
    )
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval, log scale.")
    conf_high = dy.Float64(nullable=True, description="Upper end of the 95% interval, log scale.")
    p_value = dy.Float64(
        nullable=True, min=0, max=1, description="Two-sided test, Wald's unless the method says another."
    )
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
