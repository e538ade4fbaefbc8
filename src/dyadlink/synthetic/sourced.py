"""A value with its source, and the kinds of values that parameters have."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")


class Strict(BaseModel):
    """A value object that cannot change and knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Strict, Generic[T]):
    """A value and where it comes from: a published source, or the word PROPOSED."""

    value: T
    source: str = Field(min_length=3)


def _sums_to_one(shares: dict[str, float]) -> dict[str, float]:
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(f"the shares sum to {sum(shares.values()):.4f}, not to 1")
    return shares


Share = Sourced[Annotated[float, Field(ge=0, le=1)]]
Small = Sourced[Annotated[float, Field(ge=0, le=0.2)]]
Positive = Sourced[Annotated[float, Field(gt=0, le=1000)]]
Mix = Sourced[Annotated[dict[str, Annotated[float, Field(ge=0, le=1)]], AfterValidator(_sums_to_one)]]
Ratios = Sourced[dict[str, Annotated[float, Field(gt=0.05, le=20)]]]
Day = Sourced[date]
CensusYear = Sourced[Annotated[int, Field(ge=2020, le=2026)]]
