"""The rules of a disclosure profile, as one described and frozen value."""

from __future__ import annotations

from pydantic import Field

from dyadlink.errors import ConfigError
from dyadlink.section import Section


class Profile(Section):
    """What may leave: thresholds, rounding, and the least that a model, curve or median needs."""

    name: str = Field(description="Name of the profile, as in config.yaml.")
    threshold: int = Field(ge=1, description="A count below this is hidden.")
    rounding_base: int = Field(ge=1, description="Shown counts are rounded to a multiple of this, half up.")
    are_zeros_shown: bool = Field(description="A count of zero is shown; if false it is hidden like a small one.")
    minimum_residual_df: int = Field(
        ge=0, description="A model with fewer residual degrees of freedom (n - parameters) is hidden."
    )
    minimum_step_events: int = Field(
        ge=1,
        description="Events of each cause between two times of a curve; others who leave between two numbers at risk.",
    )
    minimum_curve_events: int = Field(
        ge=1, description="A cause with fewer events than this is reported at the end of the curve only."
    )
    minimum_median_n: int = Field(ge=1, description="A median of fewer people than this is hidden.")
    maximum_rows: int = Field(ge=1, description="A released table has at most this many rows.")

    def round_count(self, n: int) -> int:
        """The count, rounded half up to the rounding base."""
        return (n + self.rounding_base // 2) // self.rounding_base * self.rounding_base

    def is_small(self, n: int) -> bool:
        """Whether the count must be hidden for its own sake."""
        return n < self.threshold and not (n == 0 and self.are_zeros_shown)


PROFILES = {
    # The union of the rules of SACRO, NHS England SDE, UK LLC and ONS SRS (read 2026): the strictest of each.
    "strict": Profile(
        name="strict",
        threshold=10,
        rounding_base=10,
        are_zeros_shown=False,
        minimum_residual_df=10,
        minimum_step_events=10,
        # ASSUME: three steps of ten are the least that is worth drawing as a curve.
        minimum_curve_events=30,
        minimum_median_n=20,
        maximum_rows=5000,
    )
}


def get_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ConfigError: There is none.
    """
    if name not in PROFILES:
        raise ConfigError(
            f"unknown disclosure profile '{name}'",
            where="disclosure.profile",
            mend=f"use one of: {', '.join(sorted(PROFILES))}",
        )
    return PROFILES[name]
