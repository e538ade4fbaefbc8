"""Descriptive tables: characteristics of the dyads, and counts of their outcomes."""
