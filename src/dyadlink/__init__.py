"""Linked cohort of mothers' acute psychiatric care and their infants' children's social care records."""

__version__ = "0.1.0"
