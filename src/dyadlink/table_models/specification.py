"""The model of a table as a type, read from a YAML file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from dyadlink.config import Csv, parse_section, read_yaml
from dyadlink.errors import ConfigError
from dyadlink.models.cumulative_incidence import CENSORED
from dyadlink.models.specification import Term
from dyadlink.models.subdistribution import Variance
from dyadlink.section import Section
from dyadlink.table_models.values import plain

Family = Literal["logistic", "firth", "cox", "fine_gray", "kaplan_meier", "aalen_johansen", "gray_test"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
REGRESSIONS: Final = frozenset({"logistic", "firth", "cox", "fine_gray"})

_TIME: Final = frozenset({"time", "event", "event_is", "competing", "censored"})
_OF_EVERY_FAMILY: Final = frozenset({"name", "family", "csv", "missing_as"})
KEYS: Final[dict[str, frozenset[str]]] = {
    "logistic": frozenset({"outcome", "outcome_is", "terms", "rare", "firth_below", "cluster", "weights"}),
    "firth": frozenset({"outcome", "outcome_is", "terms"}),
    "cox": _TIME | {"entry", "terms", "strata", "cluster", "weights"},
    "fine_gray": _TIME | {"terms", "cluster", "variance"},
    "kaplan_meier": _TIME | {"entry", "group", "strata", "cluster"},
    "aalen_johansen": _TIME | {"entry", "group", "cluster"},
    "gray_test": _TIME | {"group", "strata"},
}
"""Keys that mean something in each family, beside those of every family."""

_NEEDED: Final = {
    **dict.fromkeys(("logistic", "firth"), ("outcome", "terms")),
    "cox": ("time", "event", "terms"),
    "fine_gray": ("time", "event", "competing", "terms"),
    "kaplan_meier": ("time", "event"),
    "aalen_johansen": ("time", "event", "competing"),
    "gray_test": ("time", "event", "competing", "group"),
}


def _as_code(value: Any) -> Any:
    """YAML gives numbers and truth values; columns are compared as text."""
    return plain(str(value)) if isinstance(value, bool | int | float | str) else value


def _as_codes(value: Any) -> Any:
    return [_as_code(one) for one in value] if isinstance(value, list | tuple) else [_as_code(value)]


def _as_texts(value: Any) -> Any:
    """One text or a list of them; YAML gives -9 as a number, where the column has the text."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in listed]


# What the reader quotes in its queries.
ColumnName = Annotated[str, Field(min_length=1, pattern=r'^[^"\r\n]+$')]
Code = Annotated[str, BeforeValidator(_as_code)]
Codes = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_codes)]


class TableModel(Section):
    """One model of one table: what is explained, by what, and which columns hold it."""

    name: str = Field("model", description="Name of the model, kept with every row.", pattern=r"^[a-z0-9_]+$")
    family: Family = Field(
        description="logistic: odds ratios; firth: odds ratios by Firth's penalised likelihood; cox: (cause-specific) "
        "hazard ratios, competing events censored; fine_gray: subdistribution hazard ratios; kaplan_meier: survival, "
        "median, follow-up and, with a group, the log-rank test; aalen_johansen: cumulative incidence of each event; "
        "gray_test: whether groups differ in it.",
    )
    outcome: ColumnName | None = Field(
        None, description="logistic, firth: column of the outcome: 1 and 0, true and false, yes and no, or two levels."
    )
    outcome_is: Code | None = Field(
        None, description="Level of the outcome that is the event, every other not; none: 1, true or yes."
    )
    time: ColumnName | None = Field(None, description="Column of the time to the event or to censoring, above 0.")
    entry: ColumnName | None = Field(
        None,
        description="Column of the time from which on a row is at risk (left truncation, or the start of a start-stop "
        "row): cox, kaplan_meier, aalen_johansen.",
    )
    event: ColumnName | None = Field(None, description="Column of how the time ended, in codes.")
    event_is: Code | None = Field(
        None, description="Code of the event; none: 1, true or yes, and 0, false or no is censoring."
    )
    competing: Codes = Field((), description="Codes of events that compete with it.")
    censored: Codes = Field((), description="Codes of censoring; needed with `event_is`. Any other code is an error.")
    terms: tuple[Term, ...] = Field((), description="Covariates of a regression, see below.")
    rare: Literal["firth", "maximum_likelihood"] = Field(
        "firth",
        description="What a logistic model does when it is separated or events per parameter are few: firth: use "
        "Firth's penalised likelihood, and say so; maximum_likelihood: stay with it; refused if separated.",
    )
    firth_below: int = Field(
        10, ge=0, description="Events per parameter below which they are few; 0: Firth for separation alone."
    )
    variance: Variance = Field(
        "finegray",
        description="Whose ties, weights and covariance a Fine-Gray model takes: finegray: of R's finegray and coxph, "
        "Efron's ties and the weights taken for known; crr: of cmprsk's crr, Breslow's ties and the weights' own "
        "uncertainty counted.",
    )
    group: ColumnName | None = Field(
        None, description="Column of groups that are compared: kaplan_meier, aalen_johansen, gray_test."
    )
    strata: tuple[ColumnName, ...] = Field(
        (),
        description="Columns within whose levels rows are compared: a baseline hazard each (cox), a stratified "
        "log-rank or Gray's test.",
    )
    cluster: ColumnName | None = Field(
        None,
        description="Column that numbers clusters (a person of several rows, a centre): standard errors are summed "
        "over them. None: each row is its own.",
    )
    weights: ColumnName | None = Field(
        None,
        description="Column of what each row counts for (cox, logistic); their proportions alone matter, and standard "
        "errors are robust.",
    )
    missing_as: Annotated[tuple[str, ...], BeforeValidator(_as_texts)] = Field(
        ("NA",),
        description="Text or texts that mean missing, beside the empty one. Rows with a missing value are left out.",
    )
    csv: Csv = Field(Csv(), description="How the file is written, if it is CSV.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_keys()
        self._check_codes()
        if any(re.search(r'["\r\n]', term.name) for term in self.terms):
            raise ValueError("the name of a term holds a quote or a line break: rename the column")
        grouped = (*self.strata, *(term.name for term in self.terms))
        twice = next((column for column in grouped if grouped.count(column) > 1), None)
        if twice is not None:
            raise ValueError(f"'{twice}' is listed twice, as stratum or term")
        folded = [column.casefold() for column in self.columns]
        alike = next((column for column in self.columns if folded.count(column.casefold()) > 1), None)
        if alike is not None:
            raise ValueError(f"two columns differ from '{alike}' in capital letters alone")
        if self.time is not None and self.time == self.entry:
            raise ValueError("time and entry are one column")
        return self

    def _check_keys(self) -> None:
        given = self.model_fields_set - _OF_EVERY_FAMILY
        for key in sorted(given - KEYS[self.family]):
            families = ", ".join(family for family in FAMILIES if key in KEYS[family])
            raise ValueError(f"family {self.family} takes no {key} (it is for: {families})")
        for key in _NEEDED[self.family]:
            if not getattr(self, key):
                raise ValueError(f"family {self.family} needs {key}")
        if self.weights and given & {"rare", "firth_below"}:
            raise ValueError("Firth's penalty knows no weights: leave out rare and firth_below, or weights")
        if self.family == "kaplan_meier" and self.strata and (not self.group or self.entry or self.cluster):
            raise ValueError(
                "strata of kaplan_meier are those of its log-rank test: it needs group, and neither entry nor cluster"
            )

    def _check_codes(self) -> None:
        if self.event is None:
            return
        if self.event_is is None:
            for key in ("competing", "censored"):
                if getattr(self, key):
                    raise ValueError(f"{key} needs event_is: say which code is the event")
            return
        if not self.censored:
            raise ValueError("event_is needs censored: say which codes are censoring")
        codes = [self.event_is, *self.competing, *self.censored]
        twice = next((code for code in codes if codes.count(code) > 1), None)
        if twice is not None:
            raise ValueError(f"code '{twice}' is given twice, among event_is, competing and censored")
        if CENSORED in self.causes:
            raise ValueError(f"an event cannot be called '{CENSORED}'")

    @property
    def causes(self) -> tuple[str, ...]:
        """Codes of the event and of what competes with it."""
        return (self.event_is or "event", *self.competing)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the table that is read, once, in the order of the keys."""
        single = (self.outcome, self.time, self.entry, self.event, self.group, self.cluster, self.weights)
        own = [column for column in single if column is not None]
        return tuple(dict.fromkeys([*own, *self.strata, *(term.name for term in self.terms)]))

    @property
    def may_use_firth(self) -> bool:
        """Whether Firth's penalty may take the place of maximum likelihood; it knows no weights."""
        return self.family == "logistic" and self.rare == "firth" and self.weights is None

    @property
    def has_time(self) -> bool:
        """Whether rows are followed over time."""
        return self.time is not None

    @property
    def is_clustered(self) -> bool:
        """Whether standard errors are robust: over clusters, or over rows that are weighted or stay on by Fine-Gray."""
        return self.cluster is not None or self.weights is not None or self.family == "fine_gray"


def load_table_model(path: Path) -> TableModel:
    """The model in a YAML file.

    Raises:
        ConfigError: The file is missing, no YAML or holds several models; a key is unknown, wrong, or of no use to
            the family; a key is missing that the family needs. The message names it.
    """
    content = read_yaml(path)
    rows = content.get("models") if isinstance(content, dict) and "models" in content else content
    if isinstance(rows, list):
        raise ConfigError(
            "holds a list of models", where=str(path), mend="write the keys of one model, without a list around them"
        )
    if not isinstance(content, dict):
        raise ConfigError("holds no keys", where=str(path), mend="write 'key: value' lines")
    return parse_section(TableModel, content, str(path))
