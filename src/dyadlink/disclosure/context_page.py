"""What a checker asks of an output: what it shows, who is in it, how it was made, what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dyadlink.disclosure.people import ALL, TOTAL
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.shows import STATUSES, method_of, population_of
from dyadlink.ledger import Entry

CONTEXTS = "contexts"
"""Folder of the pages."""
_HAS_DF = ["model", "n", "n_events", "parameters"]


@dataclass(frozen=True)
class Output:
    """A released table and what stands around it.

    Args:
        name: Of the table.
        shows: What it shows, in words.
        table: The table.
        path: Of its file.
        sha256: Of its file.
    """

    name: str
    shows: str
    table: pl.DataFrame
    path: str
    sha256: str


def context_lines(output: Output, profile: Profile, earlier: Sequence[Entry]) -> list[tuple[str, str]]:
    """Heading and text of everything a checker is told of an output.

    Every number of people in it is one that a released table shows, and is taken from there.

    Args:
        output: The output.
        profile: The rules that it obeys.
        earlier: The releases before this one, the oldest first.
    """
    return [
        ("Shows", _sentence(output.shows)),
        ("Who is in it", _sentence(population_of(output.name, output.table.columns))),
        ("How many", _how_many(output.table, profile)),
        ("Method", _sentence(method_of(output.name))),
        ("Earlier releases", _relation(output, earlier)),
        ("Controls", _controls(output.table, profile)),
    ]


def context_page(output: Output, profile: Profile, earlier: Sequence[Entry], study: str) -> str:
    """The page of an output, in Markdown."""
    parts = [
        f"# {output.name}",
        f"Study: {study}",
        *(f"**{heading}.** {text}" for heading, text in context_lines(output, profile, earlier)),
        *_models(output.table),
        f"**File.** `{output.path}`, SHA-256 `{output.sha256}`. The unrounded numbers stay inside, in "
        "`results/underlying/` under the same name; a table worked out from released ones has none.",
    ]
    return "\n\n".join(parts) + "\n"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _how_many(table: pl.DataFrame, profile: Profile) -> str:
    if "n" not in table.columns:
        return "The table shows no counts."
    rounded = "" if profile.rounding == "none" else ", rounded"
    if {"variable", "level", "group"} <= set(table.columns):
        of_all = table.filter(pl.col("level") == TOTAL, pl.col("variable") == TOTAL, pl.col("group") == ALL)
        if of_all.height == 1 and of_all["n"][0] is not None:
            return f"In all {of_all['n'][0]:,}{rounded}."
    shown = table["n"].drop_nulls()
    if shown.is_empty():
        return "No count is shown."
    ends = sorted(set(shown.to_list()))
    return f"From {ends[0]:,} to {ends[-1]:,} in one row{rounded}."


def _relation(output: Output, earlier: Sequence[Entry]) -> str:
    if not earlier:
        return "None stands in the ledger of the study."
    told = []
    for entry in earlier:
        sha256 = entry.files.get(output.path)
        words = "did not hold it" if sha256 is None else "held the same" if sha256 == output.sha256 else "held another"
        told.append(f"{entry.release} ({entry.date:%B %Y}) {words}")
    return f"{'; '.join(told)}. What they told was known when this one was protected."


def _controls(table: pl.DataFrame, profile: Profile) -> str:
    statuses = dict(table.group_by("status", maintain_order=True).len().sort("status").iter_rows())
    rounding = "not rounded" if profile.rounding == "none" else f"rounded ({profile.rounding} {profile.rounding_base})"
    zeros = "zeros are shown" if profile.are_zeros_shown else "zeros are hidden too"
    told = "; ".join(f"`{status}` in {n:,} rows: {STATUSES[status]}" for status, n in statuses.items())
    rules = f"counts below {profile.threshold} are hidden, {zeros}, others are {rounding}"
    return f"Profile `{profile.name}`: {rules}. {told}."


def _models(table: pl.DataFrame) -> list[str]:
    """A table of what each model rests on, from the numbers shown."""
    if not set(_HAS_DF) <= set(table.columns):
        return []
    # Models of which nothing is shown have nothing to tell here.
    models = table.select(_HAS_DF).drop_nulls().unique("model", keep="first", maintain_order=True)
    rows = [
        f"| {model} | {n:,} | {events:,} | {parameters} | {n - parameters:,} |"
        for model, n, events, parameters in models.iter_rows()
    ]
    head = ["| model | n | n_events | parameters | residual df |", "|---|---|---|---|---|"]
    return ["**Models.** Residual degrees of freedom are the shown n less the parameters.", "\n".join([*head, *rows])]


def comments_of(lines: Sequence[tuple[str, str]]) -> list[str]:
    """The same for the viewer, which shows comments as they are: one for each heading, without marks of Markdown."""
    return [f"{heading}: {text.replace('`', '')}" for heading, text in lines]
