"""A table of the report in LaTeX: booktabs within longtable, so that long ones break and repeat their heads."""

from __future__ import annotations

import re

from dyadlink.report.table_files import cell_print, column_weights, notes_below
from dyadlink.report.tables import Row, Table

PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[a4paper,margin=18mm]{geometry}
\usepackage{booktabs,longtable,array,pdflscape}
\begin{document}
"""
_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "\u2212": r"$-$", "\u2013": "--", "\u00a0": "~", "\u200b": r"\allowbreak{}",
}  # fmt: skip


_WIDE = r"""{{\scriptsize
\setlength{{\tabcolsep}}{{3pt}}\setlength{{\LTcapwidth}}{{\linewidth}}
{}
}}"""
_TURNED = r"""\begin{{landscape}}
{}
\end{{landscape}}"""
_NARROW = r"""{{\footnotesize
\setlength{{\LTcapwidth}}{{\linewidth}}
{}
}}"""
_BETWEEN = {True: 0.0085, False: 0.025}
"""Share of the line that lies between two columns, by whether the table is wide."""


def table_latex(table: Table, hidden: str, definitions: dict[str, str]) -> str:
    """The table as LaTeX that needs booktabs and longtable; below it what is hidden and its definitions.

    Args:
        table: The table.
        hidden: The words for a hidden cell, where the table has none of its own.
        definitions: Term to its text.
    """
    n = len(table.columns)
    weights = column_weights(table)
    shares = [round(weight * (0.98 - _BETWEEN[table.is_wide] * n) / sum(weights), 3) for weight in weights]
    sides = ["raggedright", *(["raggedright" if table.is_text else "raggedleft"] * (n - 1))]
    layout = "".join(
        rf">{{\{side}\arraybackslash}}p{{{share}\linewidth}}" for side, share in zip(sides, shares, strict=True)
    )
    heads = " & ".join(escape(column or "Characteristic") for column in table.columns)
    head = rf"\toprule {heads} \\ \midrule"
    lines = [
        rf"\begin{{longtable}}{{{layout}}}",
        rf"\caption{{{escape(table.caption)}}}\label{{tab:{table.number}}} \\",
        rf"{head} \endfirsthead",
        rf"{head} \endhead",
        r"\bottomrule \endlastfoot",
        *(_line(row, table) for row in table.rows),
        r"\end{longtable}",
        *_notes(table, hidden, definitions),
    ]
    text = "\n".join(lines)
    set_small = (_WIDE if table.is_wide else _NARROW).format(text)
    return (_TURNED.format(set_small) if table.is_turned else set_small) + "\n"


def escape(text: str) -> str:
    """The text as LaTeX prints it."""
    return re.sub(r"[\\&%$#_{}~^<>\u2212\u2013\u00a0\u200b]", lambda found: _SPECIAL[found[0]], text)


def _line(row: Row, table: Table) -> str:
    n = len(table.columns)
    if row.is_heading:
        return rf"\multicolumn{{{n}}}{{l}}{{\textbf{{{escape(row.header)}}}}} \\*"
    # A header of two lines stands in under itself.
    header = (r"\leftskip1em " if row.is_indented else "") + r"\hangindent1em " + escape(row.header)
    cells = [*(escape(cell_print(cell, table)) for cell in row.cells), *([""] * (n - 1 - len(row.cells)))]
    return rf"{' & '.join((header, *cells))} \\"


def _notes(table: Table, hidden: str, definitions: dict[str, str]) -> list[str]:
    notes = notes_below(table, hidden)
    notes += [f"{term}: {definitions[term]}" for term in table.terms]
    return [rf"\noindent {escape(' '.join(notes))}\par"] if notes else []
