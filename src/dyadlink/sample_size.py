"""How many dyads a logistic model needs, by published criteria."""

from __future__ import annotations

import math

NAGELKERKE = 0.15
SHRINKAGE = 0.9
MARGIN = 0.05
"""Of the overall risk, and of Nagelkerke's R-squared."""


def dyads_needed(share: float, n_parameters: int) -> int:
    """The least number of dyads for a logistic model.

    The largest of three criteria (Riley et al. 2019, Stat Med 38:1276; 2020, BMJ 368:m441): coefficients shrunk by no
    more than a tenth, an optimism of at most 0.05 in Nagelkerke's R-squared, and the overall risk known to within 0.05.
    The model is taken to have a Nagelkerke's R-squared of 0.15, as the authors advise where nothing is known.

    Args:
        share: Of the dyads that have the outcome, between 0 and 1.
        n_parameters: Coefficients, the intercept not counted.
    """
    log_likelihood = share * math.log(share) + (1 - share) * math.log(1 - share)
    largest = 1 - math.exp(2 * log_likelihood)
    explained = NAGELKERKE * largest
    for_optimism = explained / (explained + MARGIN * largest)
    of_shrinkage = [
        n_parameters / ((shrinkage - 1) * math.log(1 - explained / shrinkage))
        for shrinkage in (SHRINKAGE, for_optimism)
    ]
    of_risk = (1.96 / MARGIN) ** 2 * share * (1 - share)
    return math.ceil(max(*of_shrinkage, of_risk))
