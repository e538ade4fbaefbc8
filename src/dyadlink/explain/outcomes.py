"""Each outcome of the dyad: its stored value, its rule in words, and the rows that decide it."""

from __future__ import annotations

from collections.abc import Sequence

from dyadlink.explain.deciding import deciding_rows
from dyadlink.explain.facts import facts_of
from dyadlink.explain.layout import Block, Text, words
from dyadlink.explain.records import Case
from dyadlink.explain.rules import rules

_ABSENT = {
    "untold": "not told by the route",
    "not_seen": "not seen",
    "censored": "not seen to T3",
    "not_apart": "never apart",
}
"""A stored null in words, by the state; in any other state the dyad is not at risk."""


def tell_outcomes(case: Case) -> list[Block]:
    """A paragraph for each outcome: what it is, why, what is stored, which rows decide, the rule."""
    if case.analysis is None:
        return [Text("A dyad that is not analysed has no outcomes.")]
    facts = facts_of(case)
    blocks: list[Block] = []
    told: dict[tuple[str, ...], str] = {}
    for name, outcome in rules().outcomes.items():
        stored = {column: case.analysis[column] for column in outcome.stored}
        value, sentence = tell_outcome(case, name)
        rows = tuple(deciding_rows(case, name, state_of(case, name)))
        blocks += [
            Text(""),
            Text(f"{outcome.title}: {value}"),
            Text(sentence, indent=2),
            Text("Stored: " + ", ".join(f"{column} = {words(held)}" for column, held in stored.items()), indent=2),
            Text(f"Rule ({outcome.query}): {outcome.rule.format_map(facts)}", indent=2),
            *_rows(case, rows, told.get(rows)),
        ]
        told.setdefault(rows, outcome.title)
    return blocks


def tell_outcome(case: Case, name: str) -> tuple[str, str]:
    """The stored value in words, and the sentence that says why."""
    assert case.analysis is not None  # noqa: S101  # outcomes are asked for of analysed dyads alone
    outcome = rules().outcomes[name]
    held = case.analysis[outcome.stored[1] if name == "return" else outcome.stored[0]]
    state = state_of(case, name)
    value = _ABSENT.get(state, "not at risk") if held is None else words(held).replace("_", " ")
    sentence = outcome.states[state].format_map(facts_of(case))
    return value, sentence[0].upper() + sentence[1:]


def state_of(case: Case, name: str) -> str:
    """The state of an outcome, told from what is stored: a key of its sentences."""
    assert case.analysis is not None  # noqa: S101
    stored = case.analysis
    if name in {"o3", "o4"}:
        if stored[f"{name}_at_risk"] is None:
            return "untold"
        return stored[f"{name}_event"] or _why_not_at_risk(case, name)
    if name == "return":
        return "not_apart" if stored["apart_from"] is None else stored["return_event"] or "not_at_risk"
    if stored[name] is None:
        return "untold" if case.follow_up["end_reason"] == "t3" or name == "o1" else "not_seen"
    return "involved" if stored[name] else "none"


def _why_not_at_risk(case: Case, name: str) -> str:
    stored, ends = case.analysis or {}, case.follow_up
    if stored["is_custody_lost_by_t2"]:
        return "lost_by_t2"
    if name == "o3" and stored["is_on_plan_at_t2"]:
        return "on_plan_at_t2"
    is_dead = ends["death_date"] is not None and ends["death_date"] <= ends["t2_date"]
    return "dead_by_t2" if is_dead else "not_followed"


def _rows(case: Case, rows: Sequence[str], told_at: str | None) -> list[Block]:
    """The rows that decide, each as deep as it was told; once for several outcomes that they decide."""
    if not rows:
        why = "none of the records bears on it" if case.child_keys else "no child record is linked"
        return [Text(f"Decided by: no row; {why}.", indent=2)]
    if told_at is not None:
        return [Text(f"Decided by: the rows told at '{told_at}'", indent=2)]
    return [
        Text("Decided by:", indent=2),
        *(Text(row.strip(), indent=4 + len(row) - len(row.lstrip())) for row in rows),
    ]
