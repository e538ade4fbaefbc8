"""Plain text: its lines, and the tables that stand among them (Markdown, LaTeX, logs, columns of blanks)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

from dyadlink.audit.content import Content, UnreadableError, Words
from dyadlink.audit.delimited import as_table, decode
from dyadlink.audit.values import read_value

_LOGS = {".log", ".out", ".err"}
_RULE = re.compile(
    r"[\s:|+=-]*-{2}[\s:|+=-]*|\s*(\\(hline|toprule|midrule|bottomrule|cline\{[^}]*\}|end(first|last)?(head|foot))\s*)+"
)
"""A line that only divides."""
_LATEX_END = re.compile(r"\\\\.*$")
_LATEX_RULE = re.compile(r"\\(top|mid|bottom|h)(rule|line)\s*")
_LATEX_SPAN = re.compile(r"\\multicolumn\{(\d+)\}\{[^{}]*\}\{((?:[^{}]|\{[^{}]*\})*)\}")
_LATEX_MARK = re.compile(
    r"\\(textbf|textit|emph|mathrm|text)\{([^{}]*)\}|\\q?quad\b|(?P<sign>\\textless|~)(\{\})?|[${}]|\\(?=[%&_#])"
)
_LATEX_SIGNS = {"\\textless": "<", "~": " "}
_Row = tuple[int, list[str]]


def _split_bars(line: str) -> list[str]:
    return line.strip().strip("|").split("|") if line.count("|") > 1 else []


def _split_latex(line: str) -> list[str]:
    """Cells of a line; one across several columns, as the name of a variable above its levels, stands in its first."""
    bare = _LATEX_RULE.sub("", _LATEX_END.sub("", line))
    bare = _LATEX_SPAN.sub(lambda found: found[2] + "&" * (int(found[1]) - 1), bare)
    return [_unmarked(cell) for cell in re.split(r"(?<!\\)&", bare)] if "&" in bare else []


def _unmarked(cell: str) -> str:
    return _LATEX_MARK.sub(lambda found: _LATEX_SIGNS[found["sign"]] if found["sign"] else found[2] or "", cell)


def _split_blanks(line: str) -> list[str]:
    """Cells two blanks apart; a bar after the first (as in logs of Stata) is a blank."""
    cells = re.split(r" {2,}| +\| +", line.strip())
    return cells if len(cells) > 1 else []


def _split_at(sign: str) -> Callable[[str], list[str]]:
    return lambda line: line.split(sign) if sign in line else []


_SPLITTERS = (_split_bars, _split_latex, _split_at("\t"), _split_blanks, _split_at(";"), _split_at(","))


def read_text(file: str, content: bytes) -> Content:
    """Its lines as words, and the tables among them.

    Raises:
        UnreadableError: It is no text.
    """
    rule = "E02" if PurePath(file).suffix in _LOGS else "E01"
    found = Content()
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*decode(content).splitlines(), ""], start=1):
        if line.strip() and not line.lstrip().startswith(("\\begin", "\\end")):
            block.append((number, line))
            continue
        found.add(_read_block(file, block, rule))
        block = []
    return found


def _read_block(file: str, block: list[tuple[int, str]], rule: str) -> Content:
    """Lines without an empty one between them: a table if they can be split into columns, else words."""
    content = [(number, line) for number, line in block if not _RULE.fullmatch(line)]
    found = Content()
    used: set[int] = set()
    for split in _SPLITTERS:
        for rows in _runs([(number, split(line)) for number, line in content]):
            table = _table(file, rows, rule)
            if table is not None:
                found.add(table)
                used |= {number for number, _ in rows}
        if used:
            break
    found.words += _words(file, [one for one in content if one[0] not in used], rule)
    return found


def _words(file: str, lines: list[tuple[int, str]], rule: str) -> Iterator[Words]:
    return (Words(file, f"line {number}", line, rule) for number, line in lines)


def _runs(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Stretches of lines of cells; none has more than the first, and those with fewer are filled up on the right."""
    start = 0
    while start < len(rows):
        width = len(rows[start][1])
        end = start + 1
        while end < len(rows) and width > 1 and 1 < len(rows[end][1]) <= width:
            end += 1
        if width > 1 and end - start > 1:
            yield [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in rows[start:end]]
        start = end


def _table(file: str, rows: list[_Row], rule: str) -> Content | None:
    """The rows as a table, if a column of them holds numbers below a name."""
    # A table of many pages says its header again.
    rows = [rows[0], *(row for row in rows[1:] if row[1] != rows[0][1])]
    header, *body = [[cell.strip() for cell in cells] for _, cells in rows]
    numeric = [
        i
        for i, name in enumerate(header)
        if read_value(name).kind == "word"
        and sum(read_value(row[i]).kind in {"number", "hidden", "small"} for row in body) * 2 > len(body)
    ]
    if not numeric or all(read_value(name).kind == "number" for name in header):
        return None
    try:
        return as_table(file, f"table at line {rows[0][0]}", rows, rule)
    except UnreadableError:
        return None
