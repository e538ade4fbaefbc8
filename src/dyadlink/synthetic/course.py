"""The course of social care: a continuous-time Markov process that passes through the planted events.

The planted outcomes fix anchors: no case during the episode or some case, on a plan or apart at T2, the days of the
first plan and of custody loss after it. Between them the process is free. States at the anchors are drawn here, from
the process given all anchors (forward sampling with backward messages); the jumps between them in `course_paths`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.linalg import expm

from dyadlink.synthetic.course_parameters import Course
from dyadlink.synthetic.outcomes import FOLLOW_UP_DAYS
from dyadlink.synthetic.parameters import Parameters
from dyadlink.synthetic.randomness import Floats

Ints = npt.NDArray[np.int64]
NONE, REFERRAL, NEED, ENQUIRY = 0, 1, 2, 3
PLAN_STAGES, TOGETHER, APART_STAGES, PERMANENT = (4, 5, 6), 7, (8, 9), 10
N_STATES = 11
LEVEL_OF_STATE = np.array([0, 1, 2, 3, 4, 4, 4, 5, 6, 6, 7])
FIRST_DAY_BEFORE_BIRTH = 200
LONGEST_STEP = 560
_EMERGENCY = 1e-7
"""Weight of a plan or loss on the very day of the referral: only where nothing else can be."""

_BEFORE_BIRTH = (0, 1, 2, 3, 4, 5, 6)
_NO_PLAN = (0, 1, 2, 3, 7)
_IN_CUSTODY = (*_BEFORE_BIRTH, 7)
_EVERY = tuple(range(N_STATES))
# Kinds of stretches: rate of referrals, and the states that a path may visit.
KINDS = {
    "pregnancy": ("pregnancy", _BEFORE_BIRTH),
    "infancy": ("infancy", _IN_CUSTODY),
    "infancy_lost": ("infancy", (*_IN_CUSTODY, *APART_STAGES)),
    "episode": ("episode", _IN_CUSTODY),
    "episode_lost": ("episode", (*_IN_CUSTODY, *APART_STAGES)),
    "no_case": ("episode", (0,)),
    "no_plan": ("afterwards", _NO_PLAN),
    "custody": ("afterwards", _IN_CUSTODY),
    "free": ("afterwards", _EVERY),
    "plan_day": ("afterwards", (4,)),
    "loss_day": ("afterwards", (8,)),
}
KIND = {name: place for place, name in enumerate(KINDS)}


@dataclass(frozen=True)
class Process:
    """Generators of the kinds of stretches, with their transition matrices for every whole number of days."""

    rates: Floats
    steps: Floats


def generator_matrix(course: Course, referrals: float) -> Floats:
    """Return the generator of the course with this rate of referrals; rows sum to zero."""
    rate = course.intensities.value
    q = np.zeros((N_STATES, N_STATES))
    q[NONE, REFERRAL] = referrals
    first, later = APART_STAGES
    states: dict[str, int] = {
        "none": NONE,
        "child_in_need": NEED,
        "section_47": ENQUIRY,
        "plan": PLAN_STAGES[0],
        "with_mother": TOGETHER,
        "apart": first,
        "later_stage": later,
        "permanent": PERMANENT,
    }
    starts: dict[str, tuple[int, ...]] = {
        "referral": (REFERRAL,),
        "child_in_need": (NEED,),
        "section_47": (ENQUIRY,),
        "plan": PLAN_STAGES,
        "with_mother": (TOGETHER,),
        "apart": (first,),
        "later_apart": (later,),
    }
    for name, value in rate.items():
        start, _, end = name.partition("_to_")
        if name == "plan_to_next_stage":
            q[4, 5] = q[5, 6] = q[6, NEED] = value
        elif name == "plan_to_child_in_need_early":
            q[4, NEED] += value
        else:
            for state in starts[start]:
                q[state, states[end]] += value
    np.fill_diagonal(q, -q.sum(axis=1))
    return q


def build_process(p: Parameters) -> Process:
    """Return the process of the parameters."""
    return _process(p.course.model_dump_json())


@cache
def _process(course_json: str) -> Process:
    course = Course.model_validate_json(course_json)
    referrals = course.referral_rates.value
    rates = np.zeros((len(KINDS), N_STATES, N_STATES))
    for place, (when, allowed) in enumerate(KINDS.values()):
        q = generator_matrix(course, getattr(referrals, when))
        inside = np.zeros(N_STATES, dtype=bool)
        inside[list(allowed)] = True
        # Jumps to other states are not made: the path that would make them is not drawn.
        q[:, ~inside] = 0
        q[~inside, :] = 0
        rates[place] = q
    steps = np.empty((len(KINDS), LONGEST_STEP + 1, N_STATES, N_STATES))
    for place in range(len(KINDS)):
        _, allowed = list(KINDS.values())[place]
        one, power = expm(rates[place]), np.diag(np.isin(np.arange(N_STATES), allowed).astype(float))
        for days in range(LONGEST_STEP + 1):
            steps[place, days] = power
            power = power @ one
    return Process(rates, steps)


@dataclass(frozen=True)
class Anchors:
    """Where the path of each dyad is fixed: nine days, the kinds of the eight stretches between them.

    Days: start, birth, T1, T2 (each the first moment after it where it must be in a case), first event, the day
    after it, second event, the day after it, and the day after T3. `first` and `second` are the states that the
    events lead to, -1 where there is none.
    """

    days: Ints
    kinds: Ints
    first: Ints
    second: Ints
    at_t2: npt.NDArray[np.bool_]
    involved: npt.NDArray[np.bool_]


def anchors_of(dyads: pl.DataFrame) -> Anchors:
    """Return the anchors of dyads: birth, t1, t2, o1, lost_by_t2, on_plan_at_t2, days of loss and plan, death."""

    def numbers(name: str, none: int = 10**7) -> Ints:
        return dyads[name].cast(pl.Int64).fill_null(none).to_numpy()

    o1, lost, on_plan = (dyads[name].to_numpy() for name in ("o1", "lost_by_t2", "on_plan_at_t2"))
    birth, t1, t2, death = numbers("birth"), numbers("t1"), numbers("t2"), numbers("infant_death")
    after_t1 = np.where(o1, t1 + 1, t1)
    after_t2 = np.where(o1, np.minimum(t2 + 1, death), t2 + 1)
    last = t2 + FOLLOW_UP_DAYS + 1
    loss, plan = t2 + numbers("loss_day"), t2 + numbers("plan_day")
    has_loss, has_plan = dyads["loss_day"].is_not_null().to_numpy(), dyads["plan_day"].is_not_null().to_numpy()
    first_day = np.minimum(np.minimum(loss, plan), last)
    first = np.where(has_plan, PLAN_STAGES[0], np.where(has_loss, APART_STAGES[0], -1))
    second = np.where(has_plan & has_loss, APART_STAGES[0], -1)
    second_day = np.where(second > 0, loss, last)
    day_after = [np.where(state > 0, at + 1, last) for state, at in ((first, first_day), (second, second_day))]
    days = np.column_stack(
        [birth - FIRST_DAY_BEFORE_BIRTH, birth, after_t1, after_t2, first_day, day_after[0], second_day, day_after[1]]
    )
    days = np.column_stack([days, last])

    def kind(name: str) -> int:
        return KIND[name]

    start = np.where(lost, kind("free"), np.where(on_plan, kind("custody"), kind("no_plan")))
    middle = np.where(first == APART_STAGES[0], kind("free"), np.where(first > 0, kind("custody"), start))
    kinds = np.column_stack(
        [
            np.full(o1.size, kind("pregnancy")),
            np.where(lost, kind("infancy_lost"), kind("infancy")),
            np.where(~o1, kind("no_case"), np.where(lost, kind("episode_lost"), kind("episode"))),
            start,
            np.where(first < 0, kind("free"), np.where(first == 4, kind("plan_day"), kind("loss_day"))),
            middle,
            np.where(second < 0, kind("free"), kind("loss_day")),
            np.where(second > 0, kind("free"), middle),
        ]
    )
    allowed = np.zeros((4, N_STATES), dtype=bool)
    allowed[0, NONE] = True
    allowed[1, list(_NO_PLAN)] = True
    allowed[2, list(PLAN_STAGES)] = True
    allowed[3, list(APART_STAGES)] = True
    which = np.where(lost, 3, np.where(on_plan, 2, np.where(o1, 1, 0)))
    return Anchors(days, kinds, first.astype(np.int64), second.astype(np.int64), allowed[which], o1)


def _event_weight(process: Process) -> dict[int, Floats]:
    """Return, per state an event leads to, the weight of each state before it: the rate of that jump."""
    weights = {}
    for target in (PLAN_STAGES[0], APART_STAGES[0]):
        weight = process.rates[KIND["free"]][:, target].copy()
        weight[target] = 0
        weight[[NONE, REFERRAL]] = np.maximum(weight[[NONE, REFERRAL]], _EMERGENCY)
        weight[list(PLAN_STAGES)] *= target == APART_STAGES[0]
        weights[target] = weight
    return weights


def _moved_back(message: Floats, event: Ints, weights: dict[int, Floats]) -> Floats:
    """Return the message before an event: all paths go to the event's state."""
    before = message.copy()
    for target, weight in weights.items():
        rows = event == target
        before[rows] = message[rows, target][:, None] * weight
    return before


def sample_anchor_states(anchors: Anchors, rng: np.random.Generator, process: Process) -> tuple[Ints, Ints]:
    """Return the states of every dyad just before and just after each of its nine anchors, given all of them."""
    n = anchors.first.size
    lengths = np.diff(anchors.days, axis=1)
    weights = _event_weight(process)
    events = {4: anchors.first, 6: anchors.second}
    # messages[k]: likelihood of all later anchors by the state just after anchor k.
    messages: list[Floats] = [np.ones((n, N_STATES))] * 9
    for k in range(7, -1, -1):
        ahead = messages[k + 1]
        if k + 1 in events:
            ahead = _moved_back(ahead, events[k + 1], weights)
        if k + 1 == 3:
            ahead = ahead * anchors.at_t2
        step = process.steps[anchors.kinds[:, k], lengths[:, k]]
        found = np.einsum("nij,nj->ni", step, ahead)
        if k == 2:
            # Involved: a case open on the first or the last day of the episode.
            alone = step[:, NONE, NONE] * ahead[:, NONE]
            found[:, NONE] -= np.where(anchors.involved, alone, 0)
            found = np.maximum(found, 0)
        messages[k] = found / np.maximum(found.max(axis=1, keepdims=True), 1e-300)
    states = np.zeros((n, 9), dtype=np.int64)
    before = states.copy()
    for k in range(8):
        ahead = messages[k + 1]
        if k + 1 in events:
            ahead = _moved_back(ahead, events[k + 1], weights)
        if k + 1 == 3:
            ahead = ahead * anchors.at_t2
        chance = process.steps[anchors.kinds[:, k], lengths[:, k], states[:, k]] * ahead
        if k == 2:
            chance[anchors.involved & (states[:, k] == NONE), NONE] = 0
        before[:, k + 1] = draw_states(chance, rng)
        event = events.get(k + 1, np.full(n, -1))
        states[:, k + 1] = np.where(event > 0, event, before[:, k + 1])
    return before, states


def draw_states(chance: Floats, rng: np.random.Generator) -> Ints:
    """Return a state per row, with chances in proportion to the row."""
    total = np.cumsum(chance, axis=1)
    u = rng.random(total.shape[0]) * total[:, -1]
    return np.asarray(np.minimum((total <= u[:, None]).sum(axis=1), N_STATES - 1), dtype=np.int64)


def states_at_t3(dyads: pl.DataFrame, rng: np.random.Generator, p: Parameters, rows_at_once: int = 50_000) -> Ints:
    """Return the state at the end of T3 of every dyad, without its path: for very many dyads."""
    process = build_process(p)
    parts = [sample_anchor_states(anchors_of(part), rng, process)[1][:, 8] for part in dyads.iter_slices(rows_at_once)]
    return np.concatenate(parts)
