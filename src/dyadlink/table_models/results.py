"""What `dyadlink fit` writes. Unrounded: never leaves."""

from __future__ import annotations

import dataframely as dy


class TableEstimates(dy.Schema):
    """Grain: one row per (term, level) of a regression. Unrounded: never leaves."""

    model = dy.String(description="Name of the model.")
    family = dy.String(regex="^(logistic|firth|cox|fine_gray)$", description="What the model asks for.")
    method = dy.String(
        regex="^(maximum_likelihood|firth|partial_likelihood|finegray_weights)$",
        description="How the estimate was obtained: maximum_likelihood, firth (penalised likelihood, profile "
        "intervals, likelihood ratio tests), partial_likelihood (Efron's ties), finegray_weights (those of R's "
        "finegray).",
    )
    standard_errors = dy.String(
        regex="^(model_based|robust|clustered)$",
        description="model_based: of the likelihood; robust: sandwich over rows; clustered: sandwich over clusters.",
    )
    term = dy.String(primary_key=True, description="Covariate.")
    level = dy.String(primary_key=True, description="Level of a categorical term, yes of a binary one; else empty.")
    reference = dy.String(description="Level it is compared with; empty for a linear term.")
    estimate = dy.Float64(description="Log odds, hazard or subdistribution hazard ratio.")
    std_error = dy.Float64(min=0, description="Its standard error.")
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval, log scale.")
    conf_high = dy.Float64(nullable=True, description="Upper end of it, log scale.")
    ratio = dy.Float64(min=0, description="Odds ratio, hazard ratio or subdistribution hazard ratio.")
    ratio_low = dy.Float64(nullable=True, min=0, description="Lower end of its 95% interval.")
    ratio_high = dy.Float64(nullable=True, min=0, description="Upper end of it.")
    p_value = dy.Float64(
        nullable=True, min=0, max=1, description="Two-sided test: Wald's; of firth the penalised likelihood ratio."
    )
    n = dy.Int64(min=1, description="Rows in the model.")
    n_events = dy.Int64(min=1, description="Rows with the outcome.")
    n_level = dy.Int64(min=0, nullable=True, description="Rows at this level; null for a linear term.")
    n_events_level = dy.Int64(min=0, nullable=True, description="Events at this level; null for a linear term.")
    n_reference = dy.Int64(min=0, nullable=True, description="Rows at the reference level.")
    n_events_reference = dy.Int64(min=0, nullable=True, description="Events at the reference level.")
    n_parameters = dy.Int64(min=1, description="Parameters estimated, intercept included where there is one.")
    events_per_parameter = dy.Float64(
        min=0,
        description="Events for each coefficient, the intercept not counted; of logistic models the rarer of outcome "
        "and no outcome.",
    )
    n_left_out = dy.Int64(min=0, description="Rows of the file that are not in the model.")
    note = dy.String(description="What the reader must know; empty if nothing.")


class TableCurves(dy.Schema):
    """Grain: one row per (quantity, group, cause, time) of a curve, median or test. Unrounded: never leaves."""

    model = dy.String(description="Name of the model.")
    family = dy.String(regex="^(kaplan_meier|aalen_johansen|gray_test)$", description="What the model asks for.")
    quantity = dy.String(
        regex="^(survival|median_survival|follow_up|median_follow_up|cumulative_incidence|log_rank|gray_test)$",
        description="survival: share without the event; follow_up: share still followed, by the reverse Kaplan-Meier "
        "curve; median_survival and median_follow_up: when they are one half; cumulative_incidence: share with the "
        "event of that cause; log_rank and gray_test: whether groups differ.",
    )
    group = dy.String(description="Group; 'all' where there are none, or for a test of all.")
    cause = dy.String(description="Code of the event; of follow_up: censored.")
    time = dy.Float64(nullable=True, description="Time of a curve; null for a median and a test.")
    estimate = dy.Float64(nullable=True, description="The share; of a median the time; null if it is not reached.")
    std_error = dy.Float64(nullable=True, min=0, description="Its standard error.")
    conf_low = dy.Float64(nullable=True, description="Lower end of the 95% interval; null if there is none.")
    conf_high = dy.Float64(nullable=True, description="Upper end of it.")
    n_at_risk = dy.Int64(nullable=True, min=0, description="Rows at risk just before the time.")
    n_events = dy.Int64(
        nullable=True, min=0, description="Events up to and with the time; of a median or test, of all."
    )
    n_censored = dy.Int64(nullable=True, min=0, description="Rows censored up to and with the time.")
    statistic = dy.Float64(nullable=True, min=0, description="Chi-squared of a test.")
    df = dy.Int64(nullable=True, min=1, description="Its degrees of freedom.")
    p_value = dy.Float64(nullable=True, min=0, max=1, description="Its p-value.")
    n = dy.Int64(min=1, description="Rows of the group, or of all.")
    n_left_out = dy.Int64(min=0, description="Rows of the file that are not in the model.")
    note = dy.String(description="What the reader must know; empty if nothing.")
