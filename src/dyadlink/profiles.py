"""The rules of a disclosure profile as one described and frozen value: six that are known, and a study's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from dyadlink.errors import ConfigError
from dyadlink.section import Section

Rounding = Literal["none", "nearest", "midpoint"]


class Profile(Section):
    """What may leave: thresholds, rounding, and the least that a model, curve or median needs."""

    name: str = Field(description="Name of the profile, as in `disclosure.profile`.", pattern=r"^[a-z][a-z0-9_]*$")
    source: str = Field("the study's configuration", description="Where the rules are written down.")
    threshold: int = Field(ge=1, description="A count below this is hidden.")
    are_zeros_shown: bool = Field(description="A count of zero is shown; if false it is hidden like a small one.")
    rounding: Rounding = Field(
        description="How counts that are shown are rounded: not; to the nearest multiple of the base, half up; or to "
        "the middle of the base's steps (of 6: 1 to 6 are 3, 7 to 12 are 9, and 0 stays 0)."
    )
    rounding_base: int = Field(ge=1, description="Base of the rounding; 1 where counts are not rounded.")
    are_totals_summed: bool = Field(
        False, description="A total is the sum of its rounded parts where all of them are shown; else it is rounded."
    )
    survival_rounding: Rounding = Field(description="How counts beside curves are rounded: as `rounding`.")
    survival_rounding_base: int = Field(ge=1, description="Base of the rounding of counts beside curves.")
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
    dominance_n: int | None = Field(
        None,
        ge=1,
        le=2,
        description="With `dominance_share`: how many largest contributors of a sum, one or two, are looked at; none: "
        "no rule.",
    )
    dominance_share: float | None = Field(
        None, gt=0, le=1, description="A sum of which the largest contributors give more than this share is hidden."
    )
    p_ratio: float | None = Field(
        None,
        ge=0,
        description="A sum is hidden where all contributors but the largest two give less than this share of the "
        "largest; none: no rule.",
    )
    file_types: tuple[str, ...] = Field(
        min_length=1,
        description="Endings of files that may hold results; the release's own records (manifest, checksums, contexts) "
        "stand beside them.",
    )
    maximum_rows: int | None = Field(ge=1, description="A released table has at most this many rows; none: any.")
    maximum_megabytes: int | None = Field(ge=1, description="A released file is at most this large; none: any.")

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        for kind, base in (("rounding", self.rounding_base), ("survival_rounding", self.survival_rounding_base)):
            if (getattr(self, kind) == "none") != (base == 1):
                raise ValueError(f"{kind}_base is 1 where {kind} is none, and above 1 where it is not")
        if self.are_totals_summed and self.rounding != "nearest":
            raise ValueError("are_totals_summed goes with rounding to the nearest alone")
        if self.round_count(self.threshold) == 0 or self.for_survival().round_count(self.threshold) == 0:
            raise ValueError("the threshold is so low that a shown count would be rounded to zero")
        if (self.dominance_n is None) != (self.dominance_share is None):
            raise ValueError("dominance_n and dominance_share go together")
        return self

    def round_count(self, n: int) -> int:
        """The count as it is shown."""
        half, base = self.rounding_base // 2, self.rounding_base
        if self.rounding == "midpoint":
            return -(-n // base) * base - half if n else 0
        return (n + half) // base * base

    def counts_behind(self, shown: int) -> tuple[int, int]:
        """The least and the greatest count of one or more that may be shown as this."""
        least = shown - self.most_below
        return max(least, self.threshold), least + self.rounding_base - 1

    @property
    def most_below(self) -> int:
        """How far below the number shown a count of one or more can lie."""
        half = self.rounding_base // 2
        return self.rounding_base - 1 - half if self.rounding == "midpoint" else half

    def is_small(self, n: int) -> bool:
        """Whether the count must be hidden for its own sake."""
        return n < self.threshold and not (n == 0 and self.are_zeros_shown)

    @property
    def hidden_counts(self) -> int:
        """How many counts are hidden for their own sake: as many must stay possible for every hidden count."""
        return self.threshold - self.are_zeros_shown

    def for_survival(self) -> Profile:
        """The rules for counts beside curves, as the profile of a table."""
        return self.model_copy(
            update={"rounding": self.survival_rounding, "rounding_base": self.survival_rounding_base}
        )


def _known(
    name: str, source: str, threshold: int, rounding: tuple[Rounding, int], file_types: tuple[str, ...], **rules: Any
) -> Profile:
    """A profile; what its source does not say is what the handbook of released tables asks of all."""
    kind, base = rounding
    every: dict[str, Any] = {
        "are_zeros_shown": False,
        "survival_rounding": kind,
        "survival_rounding_base": base,
        # A model without residual degrees of freedom is a table.
        "minimum_residual_df": 1,
        "minimum_step_events": threshold,
        # ASSUME: three steps are the least that is worth drawing as a curve.
        "minimum_curve_events": 3 * threshold,
        "minimum_median_n": 2 * threshold,
        "maximum_rows": None,
        "maximum_megabytes": None,
    }
    return Profile(
        name=name,
        source=source,
        threshold=threshold,
        rounding=kind,
        rounding_base=base,
        file_types=file_types,
        **(every | rules),
    )


# ASSUME: where a source names no file types, tables as CSV and pictures without layers are what may leave.
_PLAIN = ("csv", "png")
_REPORTS = ("csv", "html", "jpeg", "jpg", "json", "log", "md", "pdf", "png", "txt")
_LIMITS = {"maximum_rows": 5000, "maximum_megabytes": 16}
_ACRO = {"minimum_residual_df": 10, "dominance_n": 2, "dominance_share": 0.9, "p_ratio": 0.1}

PROFILES: Final[Mapping[str, Profile]] = {
    profile.name: profile
    for profile in (
        _known(
            "opensafely",
            "OpenSAFELY documentation, statistical disclosure control (2026): redact counts of 7 or fewer, then round "
            "to the nearest 5, totals from rounded counts; midpoint 6 for survival; 5,000 rows and 16 MB a file",
            8,
            ("nearest", 5),
            (*_REPORTS, "svg", "svgz"),
            are_zeros_shown=True,
            are_totals_summed=True,
            survival_rounding="midpoint",
            survival_rounding_base=6,
            **_LIMITS,
        ),
        # ACRO blocks .svg by name.
        _known("sacro", "ACRO 1.0.2, default settings", 10, ("nearest", 5), _REPORTS, **_ACRO),
        # ASSUME: a source that makes no exception for zeros hides them.
        _known("nhs_sde", "NHS England Secure Data Environment, output rules", 10, ("nearest", 5), _PLAIN),
        _known("ukllc", "UK LLC guidebook (2026): zeros hidden too, no exception", 10, ("none", 1), _PLAIN),
        _known("ons_csc", "ONS Secure Research Service, children's social care in ECHILD", 10, ("nearest", 10), _PLAIN),
        _known(
            "strict",
            "the strictest of all rules of the other profiles",
            10,
            ("nearest", 10),
            _PLAIN,
            **_ACRO,
            **_LIMITS,
        ),
    )
}
"""The profiles that are known by name; rules as read in 2026."""


def get_profile(name: str, own: Mapping[str, Mapping[str, Any]] | None = None) -> Profile:
    """The profile of that name: one of `PROFILES`, or a study's own.

    Args:
        name: Of the profile.
        own: The study's own profiles, `disclosure.profiles` of its configuration: by name the fields of `Profile`, or
            `based_on` and the fields that differ from those of that one.

    Raises:
        ConfigError: There is none, or its rules are unknown, missing or do not go together.
    """
    own = own or {}
    if name in PROFILES and name not in own:
        return PROFILES[name]
    if name not in own:
        known = sorted({*PROFILES, *own})
        raise ConfigError(
            f"unknown disclosure profile '{name}'", where="disclosure.profile", mend=f"use one of: {', '.join(known)}"
        )
    return _own_profile(name, own, ())


def _own_profile(name: str, own: Mapping[str, Mapping[str, Any]], below: tuple[str, ...]) -> Profile:
    where = f"disclosure.profiles.{name}"
    if name in PROFILES:
        raise ConfigError("a known profile cannot be changed", where=where, mend="give it a name of its own")
    if name in below:
        raise ConfigError("the profile is based on itself", where=where, mend="base it on a known profile")
    rules = dict(own[name])
    base = rules.pop("based_on", None)
    if base is not None and base not in PROFILES and base not in own:
        raise ConfigError(f"unknown profile '{base}'", where=f"{where}.based_on", mend="name a profile that there is")
    under: dict[str, Any] = {}
    if base is not None:
        found = PROFILES.get(base) or _own_profile(base, own, (*below, name))
        under = {**found.model_dump(), "source": f"the study's configuration, based on {base}"}
    try:
        return Profile.model_validate({**under, "name": name, **rules})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise ConfigError(
                f"rule '{field}' is missing", where=where, mend="add it, or `based_on` another profile"
            ) from None
        told = f"{field}: {first['msg']}" if field else first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"a rule is wrong: {told}", where=where, mend="correct it") from None
