"""What is known of the links beyond the links: the candidates, and what each dyad would be with each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from dyadlink.models.linkage_error.matchings import Flags, Floats, Matchings, arrange_pairs, scale_odds
from dyadlink.schemas.cohort import CHILD_KEYS_SEPARATOR


@dataclass(frozen=True)
class LinkEvidence:
    """The study under any set of links.

    Attributes:
        analysis: As in `Analysis`: the dyads under the links as they are.
        candidates: As in `LinkCandidates`, sorted by its key: the pairs that a set of links is a choice of.
        variants: As in `LinkVariants`.
        analysis_variants: As in `AnalysisVariants`.
    """

    analysis: pl.DataFrame
    candidates: pl.DataFrame
    variants: pl.DataFrame
    analysis_variants: pl.DataFrame

    @cached_property
    def odds(self) -> Floats:
        """Odds of each candidate, for drawing sets of links: see `scale_odds`."""
        return scale_odds(self.matchings, self._own_odds, float(self._probability.sum()))

    @cached_property
    def _probability(self) -> Floats:
        return self.candidates.get_column("match_probability").to_numpy()

    @cached_property
    def _own_odds(self) -> Floats:
        return np.asarray(self._probability / (1 - self._probability))

    @cached_property
    def matchings(self) -> Matchings:
        """The candidates, arranged so that sets of links can be drawn."""
        slots = list(self.candidates.select("infant_id", "la_code").iter_rows())
        return arrange_pairs(self.candidates.get_column("child_key").to_list(), slots, self._own_odds)

    @cached_property
    def variant_of_pair(self) -> pl.DataFrame:
        """For each candidate, in order: the analysis row of its dyad with no other candidate; null where none."""
        alone = self.candidates.select("dyad_id", child_keys="child_key")
        found = alone.join(self.variants, on=["dyad_id", "child_keys"], how="left", maintain_order="left")
        rows = self.analysis_variants.drop("dyad_id")
        return found.join(rows, on="variant_id", how="left", maintain_order="left")

    def analysis_of(self, chosen: Flags) -> pl.DataFrame:
        """The analysis table under one set of links, in dyad order.

        Args:
            chosen: Which candidates are links; at most one of a record, and of an infant in an authority.
        """
        keys = (
            self.candidates.filter(pl.Series(chosen) & pl.col("dyad_id").is_not_null())
            .sort("dyad_id", "child_key")
            .group_by("dyad_id", maintain_order=True)
            .agg(child_keys=pl.col("child_key").str.join(CHILD_KEYS_SEPARATOR))
        )
        uncertain = self.variants.select("dyad_id").unique()
        wanted = uncertain.join(keys, on="dyad_id", how="left").with_columns(pl.col("child_keys").fill_null(""))
        numbers = wanted.join(self.variants, on=["dyad_id", "child_keys"]).select("variant_id")
        varied = self.analysis_variants.join(numbers, on="variant_id", how="semi").select(self.analysis.columns)
        settled = self.analysis.join(uncertain, on="dyad_id", how="anti")
        return pl.concat([settled, varied]).sort("dyad_id")

    def chosen_at(self, threshold: float) -> Flags:
        """Which candidates are links where a pair is one from this match probability on.

        The links as they are stay if they reach it; then each other pair that reaches it, is the best of its record
        and of its infant in the authority, and shares neither with a link or with an equally good pair.
        """
        pairs = self.candidates.with_row_index("pair").filter(pl.col("match_probability") >= threshold)
        kept = pairs.filter("is_link")
        free = pairs.join(kept, on="child_key", how="anti").join(kept, on=["infant_id", "la_code"], how="anti")
        best = pl.col("match_probability").max()
        ends = (["child_key"], ["infant_id", "la_code"])
        added = free.filter(*(pl.col("match_probability") == best.over(end) for end in ends))
        added = added.filter(*(pl.len().over(end) == 1 for end in ends))
        chosen = np.zeros(self.candidates.height, dtype=np.bool_)
        chosen[pl.concat([kept, added]).get_column("pair").to_numpy()] = True
        return chosen
