"""The settings of the linkage, the same for the study and for any two files of persons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import Field, StringConstraints, field_validator, model_validator

from dyadlink.section import Section

LADDERS: Final = Path(__file__).resolve().parents[2] / "config/ladders"
"""Folder of the ready ladders, a YAML file each."""

READY_STEP: Final = "ready_made"
"""The step of a link that an environment handed over."""
PROBABILISTIC_STEP: Final = "probabilistic"
"""The step of a link that the probabilistic model made."""

KeyText = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)?$")]
"""An identifier that must agree, or a form of it: `surname`, `surname.soundex`, `forename.first_1`."""

Kind = Literal["exact", "sex", "forename", "surname", "date", "postcode", "text", "number", "bloom"]


class LadderStep(Section):
    """One exact step: rows agree when every listed key is equal and not missing."""

    name: str = Field(description="Name kept with each link that this step makes.", pattern=r"^[a-z0-9_]+$")
    keys: tuple[KeyText, ...] = Field(
        description="Identifiers that must agree, as they are or in a form (`surname.soundex`).", min_length=1
    )
    unless_different: tuple[KeyText, ...] = Field(
        (), description="Identifiers that refuse the pair when both sides hold a value and they differ."
    )


class Comparison(Section):
    """How one identifier is compared by the probabilistic model."""

    column: str = Field(description="Identifier that is compared.", pattern=r"^[a-z][a-z0-9_]*$")
    kind: Kind = Field("exact", description="Which levels of agreement there are (docs/explanation/linkage.md).")
    term_frequency: bool = Field(False, description="Agreement on a rare value weighs more than on a common one.")
    u: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Probability that two different people agree exactly; none: from the frequencies of the values.",
    )


STUDY_COMPARISONS: Final = (
    Comparison(column="nhs_number", u=1e-7),
    Comparison(column="forename", kind="forename", term_frequency=True),
    Comparison(column="surname", kind="surname", term_frequency=True),
    Comparison(column="birth_date", kind="date", term_frequency=True),
    Comparison(column="sex", kind="sex"),
    Comparison(column="postcode", kind="postcode", term_frequency=True),
    Comparison(column="mother_nhs_number", u=1e-7),
    Comparison(column="mother_birth_date", kind="date"),
    Comparison(column="mother_forename", kind="text", term_frequency=True),
    Comparison(column="mother_surname", kind="text", term_frequency=True),
)
"""Random people never share an NHS number: u is set by hand, one in ten million."""

STUDY_BLOCKING: Final[tuple[tuple[KeyText, ...], ...]] = (
    ("nhs_number",),
    ("birth_date", "surname"),
    ("birth_date", "forename.nickname"),
    ("birth_date", "postcode.district"),
    ("birth_date.swapped", "surname"),
    ("birth_date.month", "forename", "surname"),
    ("birth_date", "forename.as_surname"),
    ("birth_date", "sex", "postcode.area", "forename.first_1"),
    ("birth_date", "sex", "postcode.area", "surname.first_1"),
    ("surname", "postcode"),
    ("forename", "postcode"),
    ("mother_nhs_number",),
    ("mother_birth_date", "birth_date"),
)


class Linkage(Section):
    """How persons of one side (infants) are linked to records of the other (children known to an authority)."""

    ladder: tuple[LadderStep, ...] = Field(
        description="Exact steps, tried in this order; or the name of a ready ladder in config/ladders; [] for none."
    )
    probabilistic: Literal["rest", "all", "none"] = Field(
        "rest",
        description="The probabilistic model links what the ladder leaves (rest), everybody (all: no ladder) or nobody "
        "(none).",
    )
    comparisons: tuple[Comparison, ...] = Field(
        STUDY_COMPARISONS, description="What the probabilistic model compares; a column that is not there is left out."
    )
    blocking: tuple[tuple[KeyText, ...], ...] = Field(
        STUDY_BLOCKING, description="Pairs that agree on all keys of one of these rules are scored."
    )
    match_probability_threshold: float = Field(
        0.9, gt=0, lt=1, description="A probabilistic link is kept at or above this match probability."
    )
    keep_probability: float = Field(
        0.001, gt=0, lt=1, description="Pairs at or above this match probability stay in scored_pairs."
    )
    keep_twins_apart: bool = Field(
        True,
        description="Refuse a pair of one surname, birth date and home or mother whose forename, sex or NHS number "
        "differs.",
    )
    max_pairs: int = Field(
        200_000_000, ge=1, description="A rule that would bring more pairs than this is refused before it starts."
    )
    max_u_pairs: int = Field(150_000, ge=10_000, description="Random pairs drawn to estimate u-probabilities.")
    pseudonym_key_file: Path | None = Field(
        None,
        description="File of the secret key that turns ids into study pseudonyms; it lies outside the project and its "
        "owner alone can read it. None: ids stay as they are handed over.",
    )
    backend: Literal["duckdb", "spark"] = Field(
        "duckdb", description="Where the probabilistic model scores the pairs; spark needs the extra."
    )
    model: Path | None = Field(None, description="A model.json of an earlier linkage to use; none: learn one.")
    seed: int = Field(1, ge=0, description="Seed of the draws that the model is learnt from.")
    birth_date_tolerance_days: int = Field(
        31, ge=0, le=366, description="Candidate children are born within this many days of the study period."
    )

    @field_validator("ladder", mode="before")
    @classmethod
    def _read_ready_ladder(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        known = sorted(path.stem for path in LADDERS.glob("*.yaml"))
        if value not in known:
            raise ValueError(f"no ready ladder of that name; there are {', '.join(known)}")
        return yaml.safe_load((LADDERS / f"{value}.yaml").read_text(encoding="utf-8"))["steps"]

    @model_validator(mode="after")
    def _check_linkage(self) -> Self:
        names = [step.name for step in self.ladder]
        if len(set(names)) < len(names):
            raise ValueError("two steps of the ladder have one name")
        columns = [comparison.column for comparison in self.comparisons]
        if len(set(columns)) < len(columns):
            raise ValueError("two comparisons of one column")
        if not self.ladder and self.probabilistic == "none":
            raise ValueError("an empty ladder and no probabilistic linkage make no links")
        return self
