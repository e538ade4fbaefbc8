"""What must agree between two persons: an identifier, or a form of it, as SQL over `l` and `r`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dyadlink.errors import ConfigError
from dyadlink.sql import word

_EXACT_DAY = "case when {}.birth_date_last is null then {}.birth_date end"
"""A birth date that is known only as an interval equals no other."""


def _day(side: str) -> str:
    return _EXACT_DAY.format(side, side)


def _of_column(sql: str) -> Callable[[str, str], str]:
    return lambda side, column: sql.format(f"{side}.{word(column)}")


_VALUE_FORMS: dict[str, Callable[[str, str], str]] = {
    "soundex": _of_column("soundex({})"),
    "district": _of_column("postcode_district({})"),
    "area": _of_column("postcode_area({})"),
    "nickname": lambda side, _: f"{side}.forename_group",
    "not_1_january": lambda side, _: (
        f"case when not (month({side}.birth_date) = 1 and day({side}.birth_date) = 1) then {_day(side)} end"
    ),
    "month": lambda side, _: f"year({_day(side)}) * 12 + month({_day(side)})",
    "swapped": lambda side, _: _day("l") if side == "l" else f"swapped_date({_day('r')})",
    "as_surname": lambda side, _: f"{side}.forename" if side == "l" else f"{side}.surname",
    "as_forename": lambda side, _: f"{side}.surname" if side == "l" else f"{side}.forename",
}
"""Forms that give each side a value; the values must be equal."""

_PAIR_FORMS = {
    "partial": "is_partly_same_date(l.birth_date, r.birth_date)",
    "interval": (
        "l.birth_date <= coalesce(r.birth_date_last, r.birth_date) "
        "and r.birth_date <= coalesce(l.birth_date_last, l.birth_date)"
    ),
    "parts": (
        "(l.surname = r.surname or l.surname in (r.surname_first, r.surname_last) "
        "or r.surname in (l.surname_first, l.surname_last))"
    ),
}
"""Forms that only a pair has; they narrow what the other keys of a rule bring."""

_FORMS_OF = {
    "birth_date": {"partial", "interval", "not_1_january", "month", "swapped"},
    "forename": {"nickname", "as_surname"},
    "surname": {"parts", "as_forename"},
}
"""Forms that one column alone has; the others are for any."""


@dataclass(frozen=True)
class Key:
    """An identifier and, where it is not compared as it is, its form."""

    column: str
    form: str | None = None

    @property
    def is_value(self) -> bool:
        """Whether each side has a value of its own, so that pairs can be found by a join."""
        return self.form not in _PAIR_FORMS

    def columns(self) -> tuple[str, str]:
        """The columns that the left and the right side must hold."""
        right = {"as_surname": "surname", "as_forename": "forename"}.get(self.form or "", self.column)
        return self.column, right

    def value(self, side: str) -> str:
        """The SQL of one side's value; null never agrees.

        Args:
            side: `l` or `r`.
        """
        if self.form is None:
            return _day(side) if self.column == "birth_date" else f"{side}.{word(self.column)}"
        if self.form.startswith("first_"):
            return f"left({side}.{word(self.column)}, {int(self.form.removeprefix('first_'))})"
        return _VALUE_FORMS[self.form](side, self.column)

    def condition(self) -> str:
        """The SQL condition that a pair agrees; null where a value is missing."""
        if not self.is_value:
            return _PAIR_FORMS[self.form or ""]
        return f"{self.value('l')} = {self.value('r')}"


def parse_key(written: str) -> Key:
    """The key that the settings write as `surname` or `surname.soundex`.

    Raises:
        ConfigError: The column has no such form.
    """
    column, _, form = written.partition(".")
    own = [name for name, forms in _FORMS_OF.items() if form in forms]
    is_known = form in _VALUE_FORMS or form in _PAIR_FORMS or re.fullmatch(r"first_[1-9]", form)
    if form and (not is_known or (own and own != [column])):
        raise ConfigError(
            f"no form '{form}' of {column}",
            where=f"linkage, key {written}",
            mend=f"forms are first_1 to first_9, {', '.join(sorted({*_VALUE_FORMS, *_PAIR_FORMS}))}",
        )
    return Key(column, form or None)


def parse_rule(written: tuple[str, ...]) -> tuple[Key, ...]:
    """The keys of a step or of a blocking rule.

    Raises:
        ConfigError: A form does not exist, or no key is one that pairs can be found by.
    """
    keys = tuple(parse_key(key) for key in written)
    if not any(key.is_value for key in keys):
        raise ConfigError(
            "a rule needs an identifier that both sides have in the same form",
            where=f"linkage, keys {', '.join(written)}",
            mend="add a key such as sex, postcode or surname",
        )
    return keys
