"""Settings of the linkage of any two files of persons."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from dyadlink.config import Csv, parse_section, read_yaml
from dyadlink.linkage.persons import IDENTIFIERS
from dyadlink.linkage_settings import Linkage
from dyadlink.section import Section

PERSON_ID, GROUP = "person_id", "person_group"
DATES: Final = ("birth_date", "mother_birth_date")


class PersonFile(Section):
    """One file of persons: what its columns are."""

    id: str = Field(min_length=1, description="Column that names each person of the file once.")
    group: str | None = Field(
        None,
        description="Column of the right file: a person of the left has at most one link in each of its groups; none: "
        "one link in all.",
    )
    columns: dict[str, str] = Field(
        {}, description="Names of the study (`forename`, `birth_date`, ...) by the file's own names of its columns."
    )
    hashed: tuple[str, ...] = Field(
        (),
        description="Columns of keyed hashes: compared for equality alone, as they are written.",
    )
    bloom: tuple[str, ...] = Field(
        (), description="Columns of Bloom filters in hexadecimal digits: compared by the Dice coefficient."
    )
    csv: Csv = Field(Csv(), description="How the file is written, if it is CSV.")

    @field_validator("columns")
    @classmethod
    def _check_columns(cls, value: dict[str, str]) -> dict[str, str]:
        names = list(value.values())
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"two columns are called {', '.join(doubled)}")
        return value

    @model_validator(mode="after")
    def _check_encoded(self) -> Self:
        clear = sorted({*self.hashed, *self.bloom} & {*IDENTIFIERS, *self.columns.values()})
        if clear:
            raise ValueError(f"an encoded column has the name of a clear one: {', '.join(clear)}")
        both = sorted(set(self.hashed) & set(self.bloom))
        if both:
            raise ValueError(f"hashed and bloom both name {', '.join(both)}")
        return self

    @property
    def encoded(self) -> tuple[str, ...]:
        """Columns that are not cleaned: a changed letter would be another value."""
        return (*self.hashed, *self.bloom)


class FileLinkage(Section):
    """How the persons of two files are linked."""

    left: PersonFile = Field(description="The file named first: persons to look for.")
    right: PersonFile = Field(description="The file named second: records to find them in.")
    linkage: Linkage = Field(description="Steps, comparisons and thresholds; as `linkage` of the configuration.")

    @model_validator(mode="after")
    def _check_group(self) -> Self:
        if self.left.group is not None:
            raise ValueError("left.group: groups are those of the right file")
        return self


def read_file_linkage(path: Path) -> FileLinkage:
    """The settings in a YAML file.

    Raises:
        ConfigError: The file is missing or no YAML, or a key of it is unknown, missing or wrong.
    """
    return parse_section(FileLinkage, read_yaml(path), str(path))


def read_person_file_settings(path: Path) -> PersonFile:
    """The settings of one file alone; see `read_file_linkage`."""
    return parse_section(PersonFile, read_yaml(path), str(path))
