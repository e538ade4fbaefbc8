"""All counts that are released together as one system of sums: who is counted, which counts add up, what is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dyadlink.disclosure.people import People, nearest
from dyadlink.errors import DyadlinkError

INNER: Final = 0
"""How much readers need a cell: a part of a table, or ever more of them its margins."""
MARGIN: Final = 1
MAIN_MARGIN: Final = 2
TOTAL_MARGIN: Final = 3


@dataclass(frozen=True)
class Line:
    """Cells that add up: the parts to the total. Cells are positions in `CellSystem.values`."""

    total: int
    parts: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        """The total and the parts."""
        return (self.total, *self.parts)


@dataclass(frozen=True)
class CellSystem:
    """Counts that are released together, and the sums that tie them.

    Args:
        values: The true counts.
        lines: The sums.
        blocks: For each cell the parts of tables that it stands in; reasons are told, or not, by block.
        need: For each cell how much readers need it: `INNER` to `TOTAL_MARGIN`.
        rows: For each cell how many released rows show it, or rest on it; none is a cell that no table shows, a sum of
            shown ones that a reader can work out, and that must not give away a small count.
        exact: Cells that a reader is taken to know to the last one, because a released statistic rests on them.
        known: Least and greatest count of cells that something else tells, whether they are hidden here or not.
        shown_as: Least and greatest count of cells that a second rounding of theirs leaves, where they are shown.
        withheld: Cells that no table shows for a reason of their own, and that must stay open like hidden ones.
    """

    values: tuple[int, ...]
    lines: tuple[Line, ...]
    blocks: tuple[tuple[str, ...], ...]
    need: tuple[int, ...]
    rows: tuple[int, ...]
    exact: frozenset[int] = frozenset()
    known: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    shown_as: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    withheld: frozenset[int] = frozenset()

    @property
    def unreleased(self) -> frozenset[int]:
        """Cells that no table shows."""
        return frozenset(cell for cell, rows in enumerate(self.rows) if rows == 0)


class Builder:
    """Lays the system out, cell by cell. A cell is named by the people that it counts, or in words of its table."""

    def __init__(self) -> None:
        """An empty system."""
        self.place: dict[Hashable, int] = {}
        self._values: list[int] = []
        self._blocks: list[list[str]] = []
        self._need: list[int] = []
        self._rows: list[int] = []
        self._lines: dict[Line, None] = {}
        self._known: dict[Hashable, tuple[int, int]] = {}
        self._shown_as: dict[Hashable, tuple[int, int]] = {}
        self._withheld: set[Hashable] = set()

    def add(self, key: Hashable, n: int, block: str, need: int = INNER, *, is_released: bool = True) -> None:
        """One more cell; or if there is one of the same people, one more row that shows it.

        Raises:
            DyadlinkError: The count is negative, or not that of the same people elsewhere.
        """
        if n < 0:
            raise DyadlinkError("a count is negative", where=f"disclosure, {block}", mend="correct the counts")
        if key not in self.place:
            self.place[key] = len(self._values)
            self._values.append(n)
            self._blocks.append([])
            self._need.append(need)
            self._rows.append(0)
        cell = self.place[key]
        if self._values[cell] != n:
            where = f"disclosure, {' and '.join([*self._blocks[cell][:1], block])}"
            raise DyadlinkError("the same people are counted differently", where=where, mend="correct the counts")
        if block not in self._blocks[cell]:
            self._blocks[cell].append(block)
        self._need[cell] = max(self._need[cell], need)
        self._rows[cell] += is_released

    def weigh(self, key: Hashable) -> None:
        """One more released row rests on the cell, and is lost with it."""
        if key in self.place and self._rows[self.place[key]]:
            self._rows[self.place[key]] += 1

    def name(self, key: Hashable, other: Hashable) -> None:
        """A second name for a cell."""
        self.place[key] = self.place[other]

    def tie(self, total: Hashable, parts: Iterable[Hashable]) -> None:
        """The parts add up to the total; parts of one cell, the total itself, say nothing.

        Raises:
            DyadlinkError: They do not.
        """
        line = Line(self.place[total], tuple(sorted(self.place[part] for part in parts)))
        if line.parts == (line.total,):
            return
        if self._values[line.total] != sum(self._values[part] for part in line.parts):
            # Which block, never which values: this line is logged.
            block = self._blocks[line.parts[0] if line.parts else line.total][0]
            where = f"disclosure, {block}"
            raise DyadlinkError("parts do not add up to their margin", where=where, mend="correct the counts")
        self._lines[line] = None

    def know(self, key: Hashable, least: int, greatest: int) -> None:
        """A released number that is not decided here, or an earlier release, tells that a count lies in between."""
        low, high = self._known.get(key, (least, greatest))
        self._known[key] = (max(low, least), min(high, greatest))

    def show_as(self, key: Hashable, least: int, greatest: int) -> None:
        """Where the cell is shown it is so by a second rounding too, that leaves the counts in between."""
        low, high = self._shown_as.get(key, (least, greatest))
        self._shown_as[key] = (max(low, least), min(high, greatest))

    def withhold(self, key: Hashable) -> None:
        """A row of the cell is empty for a reason of its own; where no other row shows it, it must stay open."""
        self._withheld.add(key)

    def value(self, key: Hashable) -> int:
        """The count of a cell."""
        return self._values[self.place[key]]

    def nest(self, is_small: Callable[[int], bool]) -> None:
        """Ties each group of people to the nearest larger ones that are counted too.

        Who is in the larger and not in the smaller is one more cell, that no table shows and a reader can work out. So
        is the small rest of a larger one further away, of a wider kind, and of one that the group is nearly in.
        """
        tied = {(line.total, part) for line in self._lines for part in line.parts}
        for people in [key for key in self.place if isinstance(key, People)]:
            every = people.larger(self.place)
            near, nearly = nearest(every), people.nearly_larger()
            every += people.outer(self.place)
            if nearly is not None and nearly in self.place:
                every.append(nearly)
            for larger in every:
                part, total = self.place[people], self.place[larger]
                rest = self._values[total] - self._values[part]
                # What a route cannot tell can leave people out of the larger group.
                if part == total or (total, part) in tied or rest < 0:
                    continue
                if larger in near or is_small(rest):
                    key = ("rest", larger, people)
                    self.add(key, rest, self._blocks[part][0], is_released=False)
                    self.tie(larger, (people, key))

    def system(self, exact: Collection[Hashable] = ()) -> CellSystem:
        """The whole, as it is laid out; what is known and not so is of other people, as when records have changed."""
        known = {
            self.place[key]: (least, greatest)
            for key, (least, greatest) in self._known.items()
            if key in self.place and least <= self.value(key) <= greatest
        }
        return CellSystem(
            tuple(self._values),
            tuple(self._lines),
            tuple(map(tuple, self._blocks)),
            tuple(self._need),
            tuple(self._rows),
            frozenset(self.place[key] for key in exact),
            known,
            {self.place[key]: bounds for key, bounds in self._shown_as.items()},
            frozenset(self.place[key] for key in self._withheld if not self._rows[self.place[key]]),
        )
