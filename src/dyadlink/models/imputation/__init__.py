"""Missing covariates imputed by chained equations."""
