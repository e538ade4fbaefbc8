"""Builds the cohort of mother-infant dyads: spells, timepoints, involvement, outcomes, covariates, flow."""
