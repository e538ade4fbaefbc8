"""Linkage error carried into the estimates: other sets of links, imputed outcomes, bias analysis."""
