"""Regression models, cumulative incidence, and the comparison with planted effects."""
