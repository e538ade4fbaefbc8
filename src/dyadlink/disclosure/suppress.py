"""Which cells to hide besides the small ones, at the least loss of information; and where not to say why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dyadlink.disclosure.audit import Audit, Hidden, Narrow
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import CellSystem, Line
from dyadlink.errors import DyadlinkError

if TYPE_CHECKING:
    from dyadlink.disclosure.cuts import Cut


@dataclass(frozen=True)
class Effort:
    """How far the search for the optimum goes. Counted in work, never in time: the same input gives the same release.

    Args:
        most_cells: A system with more cells is left to the heuristic.
        most_rounds: Rounds of attack and choice.
        most_cuts: Proofs that one choice is made over; with more of them the choice itself takes too long.
        most_above: By what share the information lost may exceed the least that is proved.
        most_nodes: Branches of one choice.
        most_at_once: Counts that are looked at between two attacks.
        most_trials: Cells that the heuristic tries to show again.
    """

    most_cells: int = 6000
    most_rounds: int = 25
    most_cuts: int = 3000
    most_above: float = 0.05
    most_nodes: int = 50
    most_at_once: int = 6
    most_trials: int = 150


def hide_cells(system: CellSystem, profile: Profile, effort: Effort = Effort()) -> Hidden:
    """Which cells to hide, and where not to say why, so that no hidden count can be worked out.

    Parts of the system that no sum joins are solved one by one. Of each the choice loses the least information (see
    `cuts.information`) as long as the effort suffices; else it is made greedily, every cell is tried again, and what is
    left holds against the same attacks.

    Raises:
        DyadlinkError: Something that is told elsewhere gives a small count away, even with every count hidden.
    """
    cells: set[int] = set()
    silent: set[str] = set()
    for part, places in _parts_to_solve(system, profile):
        hidden = _hide_in(part, profile, effort)
        cells |= {places[cell] for cell in hidden.cells}
        silent |= hidden.silent_blocks
    return Hidden(frozenset(cells), frozenset(silent))


def _parts_to_solve(system: CellSystem, profile: Profile) -> list[tuple[CellSystem, list[int]]]:
    """The parts that hold something to hide, small ones put together; and where their cells stand."""
    batches: list[list[int]] = []
    for cells in _components(system):
        if not any(profile.is_small(system.values[cell]) or cell in system.withheld for cell in cells):
            continue
        # Solved together they take hardly longer than the largest of them.
        if batches and len(batches[-1]) + len(cells) <= _MOST_TOGETHER:
            batches[-1] += cells
        else:
            batches.append(list(cells))
    of_cell = {cell: place for place, cells in enumerate(batches) for cell in cells}
    lines: list[list[Line]] = [[] for _ in batches]
    for line in system.lines:
        if line.total in of_cell:
            lines[of_cell[line.total]].append(line)
    return [(_part(system, cells, own), cells) for cells, own in zip(batches, lines, strict=True)]


_MOST_TOGETHER = 1000


def _components(system: CellSystem) -> list[list[int]]:
    """Cells that neither a sum joins with others, nor a block."""
    parent = list(range(len(system.values)))

    def root(cell: int) -> int:
        while parent[cell] != cell:
            parent[cell] = parent[parent[cell]]
            cell = parent[cell]
        return cell

    first_of: dict[str, int] = {}
    for cell, blocks in enumerate(system.blocks):
        for block in blocks:
            parent[root(cell)] = root(first_of.setdefault(block, cell))
    for line in system.lines:
        for cell in line.parts:
            parent[root(cell)] = root(line.total)
    members: dict[int, list[int]] = {}
    for cell in range(len(system.values)):
        members.setdefault(root(cell), []).append(cell)
    return list(members.values())


def _part(system: CellSystem, cells: list[int], lines: list[Line]) -> CellSystem:
    place = {cell: position for position, cell in enumerate(cells)}
    return replace(
        system,
        values=tuple(system.values[cell] for cell in cells),
        lines=tuple(Line(place[line.total], tuple(place[part] for part in line.parts)) for line in lines),
        blocks=tuple(system.blocks[cell] for cell in cells),
        need=tuple(system.need[cell] for cell in cells),
        rows=tuple(system.rows[cell] for cell in cells),
        exact=frozenset(place[cell] for cell in system.exact if cell in place),
        known={place[cell]: bounds for cell, bounds in system.known.items() if cell in place},
        shown_as={place[cell]: bounds for cell, bounds in system.shown_as.items() if cell in place},
        withheld=frozenset(place[cell] for cell in system.withheld if cell in place),
    )


def _hide_in(system: CellSystem, profile: Profile, effort: Effort) -> Hidden:
    audit = Audit(system, profile)
    chosen = _Choice(audit, effort).make()
    return _tell_reasons(audit, chosen)


class _Choice:
    """The search for the cells to hide, reasons not told."""

    def __init__(self, audit: Audit, effort: Effort) -> None:
        from dyadlink.disclosure.cuts import CutMaker, information  # noqa: PLC0415 - heavy

        system, profile = audit.system, audit.profile
        self.audit, self.effort = audit, effort
        self.always = frozenset(c for c, n in enumerate(system.values) if system.rows[c] and profile.is_small(n))
        self.silent = frozenset(block for blocks in system.blocks for block in blocks)
        self.maker = CutMaker(audit, self.always | system.unreleased)
        self.costs = information(system)
        self.cuts: list[Cut] = []
        self.useless: frozenset[int] = frozenset()

    def make(self) -> frozenset[int]:
        """The cells to hide."""
        return self.always | (self._optimum() if len(self.costs) <= self.effort.most_cells else self._heuristic())

    def _hidden(self, more: frozenset[int]) -> Hidden:
        return Hidden(self.always | more, self.silent)

    def _optimum(self) -> frozenset[int]:
        """A choice that holds and costs at most `most_above` more than the cheapest; the heuristic's at effort's end.

        Whatever fulfils all cuts costs at least as much as the cheapest choice that fulfils those found so far.
        """
        more = mended = frozenset[int]()
        least = 0.0
        for _ in range(self.effort.most_rounds):
            mended = self._mend(more, self.audit.plainly_narrow)
            if self._cost(mended) <= least * (1 + self.effort.most_above):
                narrow = self.audit.narrow(self._hidden(mended))
                if not narrow:
                    return self._without_needless(mended, mended - more)
                n_known = len(self.cuts) + len(self.audit.settled)
                self._cuts(narrow, mended)
                if len(self.cuts) + len(self.audit.settled) == n_known:
                    # Only whole numbers are too few: no cut tells.
                    break
            found = self._cheapest()
            if found is None:
                break
            more, least = found
        return self._heuristic(mended)

    def _cheapest(self) -> tuple[frozenset[int], float] | None:
        from dyadlink.disclosure.cuts import cheapest  # noqa: PLC0415 - heavy

        if len(self.cuts) > self.effort.most_cuts:
            return None
        return cheapest(self.cuts, self.costs, self.effort.most_nodes)

    def _cost(self, more: frozenset[int]) -> float:
        return sum(self.costs[cell] for cell in more)

    def _heuristic(self, first: frozenset[int] = frozenset()) -> frozenset[int]:
        """A choice that holds: what helps most for its cost, one after another, less what is not needed in the end."""
        more = self._mend(first, self.audit.narrow)
        return self._without_needless(more, more)

    def _mend(self, more: frozenset[int], attack: Callable[[Hidden], list[Narrow]]) -> frozenset[int]:
        """The cells, and as many more as the attack asks for; what it takes is kept in cuts."""
        while narrow := attack(self._hidden(more)):
            some = narrow[: self.effort.most_at_once]
            asked: set[int] = set()
            for one, cut in zip(some, self._cuts(some, more), strict=True):
                # What another target of this attack has asked for may be enough: the next attack tells.
                is_done = one.target in self.audit.settled or self.useless.issuperset(one.target)
                if not is_done and not (cut and asked & cut.weights.keys()):
                    asked.add(self._best_for(one, cut, more | asked))
            more = (more | asked) - self.useless
        return more

    def _cuts(self, narrow: list[Narrow], more: frozenset[int]) -> list[Cut | None]:
        """The cuts of these targets, kept; a target that no choice could keep open is settled.

        Raises:
            DyadlinkError: It is a count of a table.
        """
        made = self.maker.cuts(narrow, self._hidden(more))
        for one, cut in zip(narrow, made, strict=True):
            if cut is None:
                continue
            if cut.is_possible or cut.unless_shown:
                self.cuts.append(cut)
                # Hidden, it could be worked out whatever else is: such a cell protects nothing.
                self.useless |= cut.unless_shown if not cut.is_possible and len(cut.unless_shown) == 1 else frozenset()
            elif any(self.audit.system.rows[cell] for cell in one.target):
                raise DyadlinkError("cannot be released safely even with every count hidden", where="disclosure")
            else:
                self.audit.settled.add(one.target)
        return made

    def _best_for(self, narrow: Narrow, cut: Cut | None, more: frozenset[int]) -> int:
        """The cell that widens the target most for what it costs; else the cheapest one near, or anywhere."""
        taken = more | self.useless
        open_cells = {cell: weight for cell, weight in (cut.weights if cut else {}).items() if cell not in taken}
        system = self.audit.system
        if not open_cells:
            shown = {c for c, rows in enumerate(system.rows) if rows and system.values[c]} - self.always - taken
            near = {c for line in system.lines if set(line.cells) & set(narrow.target) for c in line.cells}
            open_cells = dict.fromkeys(near & shown or shown, 1.0)
        if not open_cells:
            raise DyadlinkError("cannot be released safely even with every count hidden", where="disclosure")
        return min(open_cells, key=lambda cell: (self.costs[cell] / open_cells[cell], cell))

    def _without_needless(self, more: frozenset[int], some: frozenset[int]) -> frozenset[int]:
        """The cells without those of some that can be shown again, the dearest tried first."""
        tried = sorted(some, key=lambda cell: (-self.costs[cell], cell))[: self.effort.most_trials]
        for cell in tried:
            if not self.audit.narrow(self._hidden(more - {cell})):
                more -= {cell}
        return more


def _tell_reasons(audit: Audit, cells: frozenset[int]) -> Hidden:
    """The hidden cells, with the blocks in which telling why would itself narrow a count."""
    system = audit.system
    hidden = Hidden(cells)
    while narrow := audit.narrow(hidden):
        unsafe = {cell for one in narrow for cell in one.target}
        near = {cell for line in system.lines if unsafe & set(line.cells) for cell in line.cells} | unsafe
        silent = hidden.silent_blocks | {block for cell in near for block in system.blocks[cell]}
        silent = _with_sharing(system, audit.profile, cells, silent)
        if silent == hidden.silent_blocks:
            silent = frozenset(block for blocks in system.blocks for block in blocks)
        hidden = Hidden(cells, silent)
    return hidden


def _with_sharing(
    system: CellSystem, profile: Profile, cells: frozenset[int], silent: frozenset[str]
) -> frozenset[str]:
    """The blocks, and those that share a small hidden cell with one: a reason told in one table is told in all."""
    small = [set(system.blocks[cell]) for cell in cells if profile.is_small(system.values[cell])]
    grown = set(silent)
    while more := {block for blocks in small if blocks & grown for block in blocks} - grown:
        grown |= more
    return frozenset(grown)
