"""Who is counted in each cell of the released tables, so that the same people are one count wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

Condition = tuple[str, str]
"""Variable and level."""

TOTAL: Final = "total"
ALL: Final = "all"
YES: Final = "yes"
KNOWN: Final = "known"
"""Level of whoever has an outcome that is known, and is at risk of it; of whoever has a value."""
AT_RISK: Final = "at_risk"
"""Level of whoever is at risk of an outcome, be it known or, where follow-up is incomplete, not."""
ANALYSED: Final = "analysed"
"""Level of whoever a model rests on."""

IMPLIED: Final[Mapping[Condition, tuple[Condition, ...]]] = {
    **{(outcome, level): ((outcome, KNOWN),) for outcome in ("o1", "o2", "o3", "o4") for level in ("yes", "no")},
    # At risk of a plan: in the mother's custody at T2, and on no plan.
    ("o3", KNOWN): (("o4", KNOWN),),
    # Followed after T2: neither dead nor lost at T2.
    **{(outcome, KNOWN): (("follow_up", KNOWN),) for outcome in ("o2", "o4")},
}
"""What is true of everybody of whom the condition is."""

_IMPLIED_OF_SOME: Final[Mapping[Condition, tuple[Condition, ...]]] = {
    **{(outcome, level): ((outcome, KNOWN),) for outcome in ("o1", "o2", "o3", "o4") for level in ("yes", "no")},
    **{(outcome, KNOWN): ((outcome, AT_RISK),) for outcome in ("o3", "o4")},
    ("o3", AT_RISK): (("o4", AT_RISK),),
    **dict.fromkeys((("o2", KNOWN), ("o4", AT_RISK)), (("follow_up", KNOWN),)),
}
"""The same where an outcome after T2 is known of some at risk alone: a plan may be seen, and a later loss of custody
not."""

_NEARLY: Final[Mapping[Condition, Condition]] = {("o4", KNOWN): ("o2", KNOWN)}
"""What is true of nearly everybody of whom the condition is: in custody at T2, and observed at T3."""

_WITHIN: Final[Mapping[str, str]] = {"dyads": "infants"}
"""Kinds of which each is one of another kind: infants of whom some are left out of the study."""

_SAME: Final[Mapping[Condition, Condition]] = {
    ("custody_and_plan", "custody_lost_by_t2"): ("is_custody_lost_by_t2", "yes"),
    ("custody_and_plan", "custody_lost_after_t2"): ("o4", "yes"),
    ("link_step", "not_linked"): ("is_linked", "not_linked"),
}
"""Conditions that are true of the same people."""


@dataclass(frozen=True)
class People:
    """Everybody of a kind (dyads, infants ...) of whom all the conditions are true."""

    unit: str
    conditions: frozenset[Condition] = frozenset()

    def __str__(self) -> str:
        """The definition in words that stay the same from release to release."""
        conditions = sorted(f"{variable}={level}" for variable, level in self.conditions)
        return " & ".join([self.unit, *conditions])

    def larger(self, counted: Mapping[object, object]) -> list[People]:
        """The groups with fewer conditions that are counted too."""
        return self._wider(counted, self.unit, range(len(self.conditions)))

    def outer(self, counted: Mapping[object, object]) -> list[People]:
        """The groups of the wider kind of whom these people are some: every dyad is that of an infant."""
        unit = _WITHIN.get(self.unit)
        return [] if unit is None else self._wider(counted, unit, range(len(self.conditions) + 1))

    def _wider(self, counted: Mapping[object, object], unit: str, sizes: range) -> list[People]:
        if len(self.conditions) > _MOST_CONDITIONS:
            found = [one for one in counted if isinstance(one, People) and one.unit == unit]
            return sorted((p for p in found if p.conditions <= self.conditions and len(p.conditions) in sizes), key=str)
        fewer = (c for n in sizes for c in combinations(sorted(self.conditions), n))
        return [people for c in fewer if (people := People(unit, frozenset(c))) in counted]

    def nearly_larger(self) -> People | None:
        """The group that these people are nearly all in, though it is defined by another condition; if there is one."""
        for condition, other in _NEARLY.items():
            if condition in self.conditions:
                implying = {c for c, implied in IMPLIED.items() if condition in implied}
                if all(c[1] == KNOWN for c in self.conditions & implying):
                    return People(self.unit, self.conditions - implying - {condition} | {other})
        return None


def nearest(larger: Iterable[People]) -> set[People]:
    """Those of the groups that hold no smaller one of them."""
    every = set(larger)
    return {one for one in every if not any(one.conditions < other.conditions for other in every)}


_MOST_CONDITIONS: Final = 7
"""With more the groups are looked through one by one: there are fewer of these than ways to leave conditions out."""


@dataclass(frozen=True)
class Counted:
    """Who a table of counts is about.

    Args:
        unit: What is counted.
        by: The variable whose levels its groups are.
        everyone: What is true of everybody in it.
        suffix: Put after the names of its variables, where they mean something else in another table.
        own: Its variables that are no conditions but outcomes: everybody has the variable known, and the groups are its
            levels.
    """

    unit: str
    by: str
    everyone: tuple[Condition, ...] = ()
    suffix: str = ""
    own: str | None = None


_PERIODS: Final = ("pregnancy_to_birth", "birth_to_t1", "t1_to_t2", "t2_to_t3")
_COUNTED: Final[Mapping[str, Counted]] = {
    "characteristics_by_o1": Counted("dyads", "o1", (("o1", KNOWN),)),
    "characteristics_by_o2": Counted("dyads", "o2", (("o2", KNOWN),)),
    "characteristics_by_plan": Counted("dyads", "o3", (("o3", KNOWN),)),
    "characteristics_by_custody_loss": Counted("dyads", "o4", (("o4", KNOWN),)),
    "csc_levels": Counted("dyads", "group"),
    "custody_and_plan": Counted("dyads", "custody_and_plan"),
    "follow_up_by_authority": Counted("dyads", "follow_up"),
    "follow_up_ends": Counted("dyads", "country"),
    "linkage": Counted("infants", "infant_ethnic_group"),
    "linked_infants": Counted("infants", "is_linked"),
    "missing_patterns": Counted("dyads", "", own="missing_pattern"),
    "model_dyads": Counted("dyads", "", own="model"),
    "outcomes": Counted("dyads", "country"),
    "service_needs": Counted("dyads", "o1"),
    **{f"service_use_{period}": Counted("dyads", "o1", suffix=f" {period}") for period in _PERIODS},
}
"""The tables whose people are told; those of any other table are a kind of their own."""

POPULATIONS: Final[Mapping[str, tuple[Condition, ...]]] = {
    "all": (),
    "observed_at_t3": (("o2", KNOWN),),
    "at_risk_of_plan": (("o3", AT_RISK),),
    "in_custody_at_t2": (("o4", AT_RISK),),
}
"""What is true of everybody in a population of the models."""


@dataclass(frozen=True)
class Study:
    """What the definitions rest on in one study.

    Args:
        told_of_all: Variables that are known of everybody, on the routes of the study.
        models: What is true of each model's population.
        cases: Of each model the terms of which nobody analysed lacks one; models of the same population and terms
            analyse the same people.
        is_complete: Whether the outcomes after T2 are known of everybody at risk.
    """

    told_of_all: frozenset[str] = frozenset()
    models: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    cases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_complete: bool = True

    def cell(self, table: str, variable: str, level: str, group: str) -> People:
        """Who is counted in a cell of a table of counts."""
        counted = _COUNTED.get(table, Counted(f"table {table}", "group"))
        if counted.own == "model":
            return self._of_model(variable, level)
        if counted.own is not None:
            pattern = [] if level == TOTAL else [(counted.own, level)]
            return self.people(counted.unit, [(variable, KNOWN), *pattern, *_in_group(variable, group)])
        conditions = counted.everyone
        if variable != TOTAL:
            conditions = (*conditions, (variable + counted.suffix, KNOWN if level == TOTAL else level))
        return self.people(counted.unit, [*conditions, *_in_group(counted.by, group)])

    def with_outcome(self, model: str, outcome: str) -> People:
        """Who is analysed in a model and has its outcome."""
        analysed = self._of_model(model, ANALYSED)
        return self.people(analysed.unit, [*analysed.conditions, (outcome, YES)])

    def _of_model(self, model: str, level: str) -> People:
        known, terms = self.models.get(model), self.cases.get(model)
        unit, conditions = (f"model {model}", ()) if known is None else ("dyads", known)
        if level == TOTAL:
            return self.people(unit, conditions)
        if terms is None:
            return self.people(unit, [*conditions, (f"in {model}", level)])
        if level == ANALYSED:
            return self.people(unit, [*conditions, *((f"term {term}", KNOWN) for term in terms)])
        # Of whoever lacks the outcome and a term, a model that needs no outcome says that it is the term.
        of = f"cases of {', '.join(terms)}" if self.is_complete else f"in {model}"
        return self.people(unit, [*conditions, (of, level)])

    def with_value(self, table: str, variable: str, group: str) -> People:
        """Who has a value of a measure, in a group of a table."""
        counted = _COUNTED.get(table, Counted(f"table {table}", "group"))
        has_value = (variable + counted.suffix, YES if counted.suffix else KNOWN)
        return self.people(counted.unit, [*counted.everyone, has_value, *_in_group(counted.by, group)])

    def people(self, unit: str, conditions: Iterable[Condition] = ()) -> People:
        """The people of the unit of whom the conditions are true, with all that is implied."""
        implied = IMPLIED if self.is_complete else _IMPLIED_OF_SOME
        told: set[Condition] = set()
        waiting = [_SAME.get(condition, condition) for condition in conditions]
        while waiting:
            condition = waiting.pop()
            if self.is_complete and condition[1] == AT_RISK:
                condition = (condition[0], KNOWN)
            told.add(condition)
            waiting += [further for further in implied.get(condition, ()) if further not in told]
        return People(unit, frozenset(c for c in told if c[1] != KNOWN or c[0] not in self.told_of_all))


def _in_group(by: str, group: str) -> list[Condition]:
    return [] if group == ALL else [(by, group)]
