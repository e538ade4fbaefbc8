"""The summary at the top of the report: the study's questions, and its answers in words and in two small tables."""

from __future__ import annotations

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.curves import OWN_CAUSES
from dyadlink.report.models import fully_adjusted, kind_of, main_models, model_title
from dyadlink.report.reading import Release
from dyadlink.report.tables import Cell, Part, Row, Table, number, ratio

_OUTCOMES = {
    "o1": "Involved during the acute episode (O1)",
    "o2": "Involved one year after discharge (O2)",
    "o3": "First child protection plan within a year (O3)",
    "o4": "Custody loss within a year (O4)",
}
_MOST = 3
"""Characteristics that are named."""
_BY_O1 = "characteristics_by_o1"


def build_summary(release: Release) -> list[Part]:
    """The parts of the summary; those that the release has nothing for say so."""
    frequencies = sentences.describe_frequencies(release)
    found = sentences.describe_primary_models(release, in_short=True)
    none = ("The release has no outcomes, curves or models to put into words.",)
    return [
        Part(
            "How many come into contact with children's social care?",
            () if frequencies else none,
            tables=_glance(release),
            bullets=tuple(frequencies),
        ),
        *_who(release),
        *([Part("Which factors go with it?", tables=_factors(release), bullets=tuple(found))] if found else []),
        *_hold(release),
        Part(
            "How to read the answers",
            bullets=(
                sentences.SHARES_ARE_ROUNDED,
                sentences.NOT_CAUSES,
                sentences.ODDS_ARE_NOT_RISKS,
                sentences.HAZARDS_ARE_CAUSE_SPECIFIC,
                sentences.SUBDISTRIBUTION_IS_NOT_CAUSE_SPECIFIC,
            ),
        ),
    ]


def _glance(release: Release) -> tuple[Table, ...]:
    """Each outcome with its count, its share, and its cumulative incidence."""
    frame, curves = release.find("outcomes"), release.find("cumulative_incidence")
    if frame.is_empty():
        return ()
    cells = {(row["variable"], row["level"]): row for row in frame.filter(group="all").iter_rows(named=True)}
    body = []
    for outcome, words in _OUTCOMES.items():
        row = cells.get((outcome, "yes"))
        if row is None:
            continue
        count = Cell(is_hidden=True) if row["n"] is None else Cell(f"{row['n']:,}")
        share = Cell(is_hidden=True) if row["percent"] is None else Cell(f"{row['percent']:.1f}%")
        body.append(Row(words, (count, share, _incidence(curves, outcome))))
    if not body:
        return ()
    columns = ("Outcome", "Dyads", "Of all dyads", "Cumulative incidence by T3 (95% interval)")
    hidden = f"Not shown: {sentences.hidden_words(release)}"
    return (Table("outcomes", "The four outcomes at a glance", columns, tuple(body), "", hidden),)


def _incidence(curves: pl.DataFrame, outcome: str) -> Cell:
    if outcome not in OWN_CAUSES or curves.is_empty():
        # What is open at a time, or in a span, has no time to it.
        return Cell("not applicable") if outcome not in OWN_CAUSES and not curves.is_empty() else Cell()
    own = curves.filter(outcome=outcome, group="all", cause=OWN_CAUSES[outcome]).sort("time_days")
    if own.is_empty():
        return Cell()
    last = own.row(-1, named=True)
    if last["estimate"] is None:
        return Cell(is_hidden=True)
    spread = sentences.interval(last, "conf_low", "conf_high", percent=True, name="")
    return Cell(f"{last['estimate']:.1%}{spread}")


def _who(release: Release) -> list[Part]:
    """The characteristics in which dyads with involvement differ most from those without."""
    frame = release.differences(_BY_O1)
    if frame.is_empty():
        return []
    is_level = ~pl.col("level").is_in(["overall", "total", "no", "missing"])
    told = frame.filter(is_level).drop_nulls(["standardised_difference", "percent_with", "percent_without"])
    most = (
        told.sort(pl.col("standardised_difference").abs(), descending=True, maintain_order=True)
        .unique("variable", keep="first", maintain_order=True)
        .head(_MOST)
    )
    bullets = tuple(
        f"{_of_level(row['variable'], row['level'])}: {row['percent_with']:.0f}% of dyads with involvement during the "
        f"episode, {row['percent_without']:.0f}% of those without (standardised difference "
        f"{number(row['standardised_difference'], 2)})."
        for row in most.iter_rows(named=True)
    )
    lead = "Dyads with and without involvement during the episode differ most in:"
    return [Part("Who are they?", (lead,), bullets=bullets)] if bullets else []


def _of_level(variable: str, level: str) -> str:
    name = labels.variable_label(variable)
    return name if level == "yes" else f"{name}, {labels.lower_first(labels.level_label(level, variable))}"


def _factors(release: Release) -> tuple[Table, ...]:
    """Every factor as a row, the main model of every outcome as a column."""
    frame = fully_adjusted(release)
    models = {outcome: frame.filter(model=name) for outcome, name in main_models(frame).items()}
    terms = pl.concat([rows.select("term", "level", "reference") for rows in models.values()]).unique(
        maintain_order=True
    )
    cells = {
        (outcome, row["term"], row["level"]): row
        for outcome, rows in models.items()
        for row in rows.iter_rows(named=True)
    }
    body = tuple(
        Row(
            labels.term_label(term, level, reference),
            tuple(_ratio_cell(cells.get((outcome, term, level))) for outcome in models),
        )
        for term, level, reference in terms.iter_rows()
    )
    heads = (f"{outcome.upper()}, {kind_of(rows)}" for outcome, rows in models.items())
    hidden = f"Not shown: {sentences.hidden_words(release)}, or not estimable"
    caption = "Fully adjusted ratios (95% interval) of the main models"
    return (Table("estimates", caption, ("Factor", *heads), body, release.downloads["estimates"], hidden),)


def _ratio_cell(row: dict[str, object] | None) -> Cell:
    if row is None:
        return Cell()
    if row["status"] != "shown":
        return Cell(is_hidden=True)
    return Cell(f"{ratio(row['ratio'])}{sentences.interval(row, 'ratio_low', 'ratio_high', name='')}")  # type: ignore[arg-type]


def _hold(release: Release) -> list[Part]:
    """Whether what the main models found stands in the sensitivity analyses, and on synthetic data in the truth."""
    frame = fully_adjusted(release)
    bullets = [words for name in main_models(frame).values() if (words := _describe_hold(frame, name))]
    if release.is_synthetic and release.find("planted_effects").height:
        bullets.append(f"Synthetic records: {labels.lower_first(sentences.describe_coverage(release))}")
    return [Part("Do the answers hold?", bullets=tuple(bullets))] if bullets else []


def _describe_hold(frame: pl.DataFrame, main: str) -> str:
    own = frame.filter(model=main)
    kind = kind_of(own)
    kinds = {name: words[0] for name, words in labels.FAMILIES.items()}
    others = frame.filter(
        (pl.col("outcome") == own.item(0, "outcome"))
        & (pl.col("model") != main)
        & (pl.col("family").replace_strict(kinds, default="ratio") == kind)
    )
    told = own.filter((pl.col("status") == "shown") & ((pl.col("ratio_low") > 1) | (pl.col("ratio_high") < 1)))
    n = others.get_column("model").n_unique()
    if not n or told.is_empty():
        return ""
    pairs = told.select("term", "level", is_higher=pl.col("ratio") > 1).join(
        others.filter((pl.col("status") == "shown") & pl.col("ratio_low").is_not_null()), on=["term", "level"]
    )
    is_same = pl.when("is_higher").then(pl.col("ratio_low") > 1).otherwise(pl.col("ratio_high") < 1)
    n_same, n_pairs = int(pairs.select(is_same.sum()).item() or 0), pairs.height
    if not n_pairs:
        return ""
    return (
        f"{model_title(own)}: {told.height} of its intervals {'leaves' if told.height == 1 else 'leave'} out 1. In {n} "
        f"sensitivity {'analysis' if n == 1 else 'analyses'} with {kind}s, {n_same} of the {n_pairs} intervals of the "
        f"same terms ({n_same / n_pairs:.0%}) lie wholly on the same side of 1."
    )
