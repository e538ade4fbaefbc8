"""The study's configuration as types: described, frozen, and closed to unknown keys."""

from __future__ import annotations

import codecs
import re
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar, get_args

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from dyadlink.errors import ConfigError
from dyadlink.linkage_settings import Linkage
from dyadlink.profiles import Profile, get_profile
from dyadlink.section import Section

SectionT = TypeVar("SectionT", bound="Section")

Route = Literal["england_returns", "england_research_extract", "england_local_ssd", "wales_sail"]
"""The layouts in which environments hand records over; each is a file in sources/layouts."""

ROUTES: Final[tuple[Route, ...]] = get_args(Route)
ENGLAND_RETURNS: Final = "england_returns"

RESERVED_ALTERNATIVES: Final = ("all", "study")
"""Names that tables use for the study as it is."""


class Study(Section):
    """Who is studied, and over which windows."""

    title: str = Field(description="Title shown on the report.")
    first_birth_date: date = Field(description="First birth date of the study period, inclusive.")
    last_birth_date: date = Field(description="Last birth date of the study period, inclusive.")
    index_window_days: int = Field(
        365, ge=1, le=730, description="Admission counts as index on [birth, birth + this many days)."
    )
    spell_gap_days: int = Field(
        3, ge=0, le=30, description="Spells that touch or lie within this many days are one episode."
    )
    follow_up_days: int = Field(365, ge=1, le=3650, description="Days from T2 (index discharge) to T3.")
    pregnancy_lookback_days: int = Field(
        280,
        ge=0,
        le=310,
        description="Days before birth from which involvement counts: unborn referrals and pre-birth plans.",
    )
    prior_admission_lookback_days: int = Field(
        1826, ge=0, le=7305, description="Days before T1 in which an earlier psychiatric admission counts."
    )
    minimum_maternal_age_years: int = Field(
        12, ge=10, le=18, description="A mother younger than this at birth is taken for a recording error."
    )
    maternal_age_band_edges: tuple[int, ...] = Field(
        (25, 30, 35), description="Lower edges, in years, of every maternal age band but the youngest."
    )
    section_47_days: int = Field(
        21,
        ge=0,
        le=90,
        description="Days a section 47 enquiry lasts when no conference is recorded (15 working days).",
    )
    care_transfer_days: int = Field(
        7,
        ge=0,
        le=31,
        description="Days within which another authority takes care over and the child's period of care runs on.",
    )
    custody_loss_definition: Literal["standard", "strict", "including_p1", "wide"] = Field(
        "standard",
        description="What counts as custody lost. standard: looked after and living apart, or adoption, special "
        "guardianship or a child arrangements order to another person; strict: apart under a care, placement or "
        "wardship order, or the same permanence; including_p1: standard and placement with own parents; wide: any "
        "formal arrangement, residential family centres and leaving to a person without parental responsibility "
        "among them. Short breaks are never a loss.",
    )
    service_types: tuple[Literal["mbu", "ward", "crht"], ...] = Field(
        ("mbu", "ward", "crht"),
        min_length=1,
        description="Types of the index episode that are studied: mother and baby unit, ward, crisis team at home.",
    )
    discharge_follow_up_days: int = Field(
        7,
        ge=1,
        le=90,
        description="Days after T2 within which a mother is to be seen: on day 1 to this day, the day of discharge not "
        "counted.",
    )
    preterm_days: int = Field(259, ge=200, le=280, description="Gestation below this many days is preterm.")

    @model_validator(mode="after")
    def _check_period(self) -> Self:
        if self.last_birth_date < self.first_birth_date:
            raise ValueError("last_birth_date lies before first_birth_date")
        return self


class Simulate(Section):
    """Which synthetic cohort to make; leave the section out for real records."""

    preset: Literal["study", "default"] = Field("default", description="Size of the synthetic cohort.")
    seed: int = Field(1, ge=0, description="Seed of every random draw.")
    flaws: Literal["none", "default", "heavy"] = Field(
        "default", description="How flawed the records are: none, at realistic rates, or ten times those."
    )


class Csv(Section):
    """How an input's CSV files are written, where they do not follow their layout."""

    delimiter: str = Field(",", min_length=1, max_length=1, description="Character between two fields.")
    encoding: str = Field("utf-8", description="Encoding of the text, for example windows-1252.")
    date_format: str | None = Field(
        None, description="How dates are written, as for strptime (`%d.%m.%Y`); none: as the layout says."
    )

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name.removesuffix("-sig")
        except LookupError:
            raise ValueError("no such encoding is known") from None

    @field_validator("date_format")
    @classmethod
    def _check_date_format(cls, value: str | None) -> str | None:
        if value is not None and not all(re.search(part, value) for part in ("%-?[dj]", "%-?[mbBj]", "%[yY]")):
            raise ValueError("a date format names day (%d), month (%m, %b or %B) and year (%Y or %y)")
        return value


class Input(Section):
    """One place that holds records of one route."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name kept with every row.")
    route: Route = Field(description="Layout that the records have.")
    format: Literal["files", "duckdb", "postgresql"] = Field(
        "files", description="A folder of CSV, Parquet and XML files, a DuckDB file, or a PostgreSQL server."
    )
    location: str | None = Field(
        None,
        description="Folder or DuckDB file; for postgresql the name of the environment variable that holds the "
        "address. None: where `simulate` writes that route.",
    )
    csv: Csv = Field(Csv(), description="How its CSV files are written.")
    mapping: Path | None = Field(
        None, description="YAML file from local to standard names; `dyadlink draft-mapping` drafts one."
    )

    @model_validator(mode="after")
    def _check_location(self) -> Self:
        if self.format != "files" and self.location is None:
            raise ValueError(f"an input of format {self.format} needs a location")
        if self.format == "postgresql" and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.location or ""):
            # The value is not told: it may be an address with a password in it.
            raise ValueError("location is the name of an environment variable, never the address itself")
        return self


class Sources(Section):
    """Where the records are."""

    directory: Path = Field(description="Folder of the records; `simulate` writes there.")
    simulate: Simulate | None = Field(None, description="Make synthetic records there first.")
    is_synthetic: bool = Field(
        False,
        description="The records that stand there are invented, as those of `simulate` are: NHS numbers of the test "
        "range are let through, and the report says so.",
    )
    inputs: tuple[Input, ...] = Field(
        (), description="What to read; none: the English returns that stand in `directory`."
    )

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [item.name for item in self.inputs]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"two inputs of one name: {', '.join(doubled)}")
        return self

    @property
    def are_invented(self) -> bool:
        """Whether all records are synthetic: made here, or said to be."""
        return self.simulate is not None or self.is_synthetic

    def read_from(self) -> tuple[Input, ...]:
        """The inputs, each with its location filled in."""
        inputs = self.inputs or (Input(name=ENGLAND_RETURNS, route=ENGLAND_RETURNS),)
        return tuple(
            item if item.location else item.model_copy(update={"location": str(self._simulated(item.route))})
            for item in inputs
        )

    def _simulated(self, route: Route) -> Path:
        return self.directory if route == ENGLAND_RETURNS else self.directory / route


class Checks(Section):
    """When a source is of no use as a whole, and the study stops."""

    maximum_share_set_aside: float = Field(
        0.5,
        ge=0,
        le=1,
        description="A table of which more rows than this share are set aside stops the study, and so does a file of "
        "which no row is left; 1 lets all of them go on.",
    )
    minimum_rows: int = Field(
        20, ge=1, description="A file or table with fewer rows than this never stops the study as a whole."
    )


class Disclosure(Section):
    """Which rules the release obeys."""

    profile: str = Field(
        "strict", description="Name of the disclosure profile: one that is known (disclosure-profiles.md), or your own."
    )
    profiles: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="Your own profiles, by name: the rules of each, or `based_on`, the name of another profile, and "
        "the rules that differ from it.",
    )
    ledger: Path = Field(
        Path("results/ledger.jsonl"),
        description="File of every count that was ever released, which the next release is held against. Of real "
        "records keep it outside `results`, where nobody clears it away. Where `simulate` makes the records, preset, "
        "seed and flaws are put into its name: other people have another ledger.",
    )

    @model_validator(mode="after")
    def _check_profiles(self) -> Self:
        for name in (*self.profiles, self.profile):
            try:
                get_profile(name, self.profiles)
            except ConfigError as error:
                raise ValueError(f"{error.what} ({error.where})") from None
        return self

    @property
    def rules(self) -> Profile:
        """The profile that the release obeys."""
        return get_profile(self.profile, self.profiles)


class Prediction(Section):
    """The optional page on how well the factors predict the outcomes; it needs the extra `prediction`."""

    enabled: bool = Field(False, description="Measure prediction, and give it a section of the report.")
    outcomes: tuple[Literal["o1", "o2", "o3", "o4"], ...] = Field(
        ("o1", "o2", "o3", "o4"),
        min_length=1,
        description="Outcomes predicted, each by the terms of its first logistic row without a plan in "
        "config/models.yaml.",
    )
    penalty: Literal["l2", "elastic_net"] = Field(
        "l2", description="l2: squared coefficients; elastic_net: these and absolute ones, mixed as the folds choose."
    )
    outer_folds: int = Field(5, ge=3, le=20, description="Parts of the mothers that are held out in turn.")
    inner_folds: int = Field(5, ge=3, le=20, description="Parts of the others, by which the penalty is chosen.")
    seed: int = Field(1, ge=0, le=2**32 - 1, description="The same seed gives the same folds.")

    def check_installed(self) -> None:
        """Nothing, if it is not asked for or scikit-learn is there.

        Raises:
            ConfigError: It is asked for, and scikit-learn is not there.
        """
        if self.enabled and find_spec("sklearn") is None:
            raise ConfigError(
                "prediction is asked for and scikit-learn is not installed",
                where="prediction.enabled",
                mend="install dyadlink with its extra 'prediction', or set it to false",
            )


class Resources(Section):
    """What one step may use of the machine."""

    threads: int = Field(2, ge=1, le=64, description="Threads for DuckDB, polars and linear algebra in one step.")
    memory_limit: str = Field("1GB", pattern=r"^\d+(\.\d+)?(MB|GB)$", description="Memory limit of DuckDB.")
    temp: Path | None = Field(
        None,
        description="Folder for working tables that do not fit in memory, identifiers among them while the linkage is "
        "at work: on a fast disk of this machine. They stand in a folder of your own in it that is gone at the end. "
        "None: among the results, in results/record_level.",
    )


class Config(Section):
    """The whole configuration of one run."""

    study: Study
    alternatives: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="The study again under other definitions: a name for each, and the fields of `study` that differ. "
        "Every one is a row of the table of definitions.",
    )
    sources: Sources
    checks: Checks = Checks()
    linkage: Linkage
    models: Path = Field(
        Path("config/models.yaml"),
        description="File of the models, one row each; relative to the project. Yours may stand elsewhere.",
    )
    disclosure: Disclosure = Disclosure()
    prediction: Prediction = Prediction()
    resources: Resources = Resources()

    @model_validator(mode="after")
    def _check_alternatives(self) -> Self:
        for name in self.alternatives:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED_ALTERNATIVES:
                raise ValueError(f"alternatives: '{name}' is no name; use small letters, digits and _")
            try:
                self.alternative(name)
            except ConfigError as error:
                raise ValueError(f"alternatives: {error.what}") from None
        return self

    @property
    def study_id(self) -> str:
        """What the ledger knows the study by: its title, and of simulated people which they are."""
        world = self.sources.simulate
        if world is None:
            return self.study.title
        return f"{self.study.title}; simulated, preset {world.preset}, seed {world.seed}, flaws {world.flaws}"

    @property
    def ledger(self) -> Path:
        """File of the study's ledger."""
        path, world = self.disclosure.ledger.expanduser(), self.sources.simulate
        return path if world is None else path.with_stem(f"{path.stem}_{world.preset}_{world.seed}_{world.flaws}")

    def alternative(self, name: str) -> Study:
        """The study as one of `alternatives` defines it.

        Raises:
            ConfigError: One of its fields is unknown or out of range.
        """
        return parse_section(Study, {**self.study.model_dump(), **self.alternatives[name]}, f"alternative {name}")


def _plain_message(error: ValidationError, where: str) -> ConfigError:
    # A mistyped key shows up twice, as unknown and as missing: the unknown one is what the reader typed.
    errors = error.errors(include_url=False, include_input=False)
    first = next((item for item in errors if item["type"] == "extra_forbidden"), errors[0])
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return ConfigError(f"unknown key '{field}'", where=where, mend="correct its spelling or remove it")
    message = first["msg"].removeprefix("Value error, ")
    told = f"{message[0].lower()}{message[1:]}"
    if not field:
        return ConfigError(f"keys that do not go together: {told}", where=where, mend="correct them")
    return ConfigError(f"key '{field}': {told}", where=where, mend="correct this value")


def parse_section(model: type[SectionT], content: Any, where: str) -> SectionT:
    """The typed section for a plain mapping.

    Raises:
        ConfigError: A key is unknown, missing or out of range; the message names it.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _plain_message(error, where) from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        ConfigError: The file is missing or is not YAML; the message gives the line.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError("file not found", where=str(path), mend="give the path of an existing file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError("not valid YAML", where=f"{path}{line}", mend="correct the indentation or quotes") from None


def load_config(path: Path) -> Config:
    """The typed configuration in a YAML file.

    Raises:
        ConfigError: See `read_yaml` and `parse_section`.
    """
    return parse_section(Config, read_yaml(path), str(path))


def load_config_over(base: Path, path: Path) -> Config:
    """The typed configuration of `base`, with the keys that `path` names put over it, as the workflow does.

    Raises:
        ConfigError: See `read_yaml` and `parse_section`; or `path` holds no keys.
    """
    over = read_yaml(path)
    if not isinstance(over, dict):
        raise ConfigError("holds no keys", where=str(path), mend="write 'key: value' lines")
    return parse_section(Config, _put_over(read_yaml(base), over), str(path))


def _put_over(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {**base, **over}
    return {
        key: _put_over(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in both.items()
    }
