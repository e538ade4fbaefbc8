"""What an outcome says about a pair: how much likelier the record is the infant's own, given what it would tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dyadlink.models.linkage_error.evidence import LinkEvidence
from dyadlink.models.linkage_error.matchings import Flags, Floats
from dyadlink.models.populations import CAUSES, POPULATIONS, TIME_FAMILIES
from dyadlink.models.specification import ModelSpec

_CLOSEST = 1e-3


def read_outcome(analysis: pl.DataFrame, spec: ModelSpec) -> tuple[Flags, Flags]:
    """Whether each row is in the model's population with the outcome; and whether this is known.

    A dyad outside the population (custody lost before, say) is known not to have the outcome in it.
    """
    is_member = POPULATIONS[spec.population].is_member.fill_null(value=False)
    at_risk = pl.col(f"{spec.outcome}_at_risk") if spec.outcome in CAUSES else pl.lit(value=True)
    if spec.family in TIME_FAMILIES:
        event = pl.col(f"{spec.outcome}_event") == CAUSES[spec.outcome][0]
        is_known = at_risk.is_not_null()
    else:
        event = pl.col(spec.outcome)
        is_known = event.is_not_null() | ~at_risk.fill_null(value=True)
    columns = analysis.select(event=event.fill_null(value=False) & is_member, is_known=is_known)
    return columns["event"].to_numpy(), columns["is_known"].to_numpy()


@dataclass(frozen=True)
class PairOutcomes:
    """The outcome that each candidate's record would give its dyad.

    Attributes:
        place: Row of the candidate's dyad in the analysis table; meaningless where `is_used` is false.
        is_used: The candidate's dyad is analysed and has every term.
        is_known: The record tells the outcome.
        event: The record gives the dyad the outcome.
        event_elsewhere: Share of other children's records that would give it: of the candidates, each weighted by
            the probability that it is another's.
    """

    place: NDArray[np.int64]
    is_used: Flags
    is_known: Flags
    event: Flags
    event_elsewhere: float

    @classmethod
    def of(cls, spec: ModelSpec, evidence: LinkEvidence, has_terms: Flags) -> PairOutcomes:
        """The outcomes of the candidates in one model.

        Args:
            spec: The model.
            evidence: The candidates.
            has_terms: Whether each dyad, in order, has every term of the model.
        """
        rows = evidence.variant_of_pair
        dyad = rows.get_column("dyad_id")
        ids = evidence.analysis.get_column("dyad_id").to_numpy()
        place = np.searchsorted(ids, dyad.fill_null(ids[0]).to_numpy())
        is_used = dyad.is_not_null().to_numpy() & has_terms[place]
        event, is_known = read_outcome(rows, spec)
        other = (1 - evidence.candidates.get_column("match_probability").to_numpy()) * (is_used & is_known)
        # Half a record each way keeps the share off 0 and 1.
        event_elsewhere = (float(other @ event) + 0.5) / (float(other.sum()) + 1)
        return cls(place, is_used, is_known, event, event_elsewhere)

    def bayes_factors(self, linked: Floats, event_if_linked: Floats, share_linked: float) -> Floats:
        """What to multiply the odds of each pair by.

        The odds of the linkage model know the identifiers alone. A dyad whose covariates go with having a record
        makes its pairs likelier, and so does an outcome that is likelier in this dyad than in others' records.

        Args:
            linked: Probability of each dyad that it has a link, given its covariates.
            event_if_linked: Probability of the outcome, given these and that it has.
            share_linked: Share of all dyads that have.
        """
        own = np.clip(linked[self.place], _CLOSEST, 1 - _CLOSEST)
        having = own / (1 - own) / (share_linked / (1 - share_linked))
        risk = np.clip(event_if_linked[self.place], _CLOSEST, 1 - _CLOSEST)
        elsewhere = self.event_elsewhere
        showing = np.where(self.event, risk / elsewhere, (1 - risk) / (1 - elsewhere))
        return np.where(self.is_used, having * np.where(self.is_known, showing, 1.0), 1.0)
