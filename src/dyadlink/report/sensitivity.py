"""The part of the report on sensitivity analyses: all those of an outcome side by side, in one figure and one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from dyadlink.report import labels, sentences
from dyadlink.report.absolute import build_risks
from dyadlink.report.alternatives import label_alternative
from dyadlink.report.grid_figure import draw_grid
from dyadlink.report.models import DRAWN, describe_fit, fully_adjusted, kind_of, main_models, model_title
from dyadlink.report.proportional_hazards import build_tests, describe_tests
from dyadlink.report.reading import Release
from dyadlink.report.survival import with_readmission
from dyadlink.report.tables import Cell, Figure, Part, Row, Table, number, ratio

Term = tuple[str, str]
"""A term of a model and its level."""

GROUPS = {
    "definitions": (
        "Other definitions",
        "the dyads, outcomes and covariates that another definition gives. Each line changes the definition that it "
        "names and leaves the others as they are.",
    ),
    "linkage": (
        "Linkage error",
        "linkage error carried into the model. A link that was missed makes a family look as if it had no social care; "
        "a false one shows another child's record. Match probability from a value: the links at that threshold. Links "
        "drawn: sets of links drawn from the match probabilities and pooled by Rubin's rules, which knows nothing of "
        "records that no pair was scored for. Outcomes imputed and bias analysis allow for these too, as far as the "
        "shares that they were told are right.",
    ),
    "missing": (
        "Missing data",
        "every dyad whose outcome is known: missing covariates are imputed by chained equations from the other "
        "covariates and the outcome, several times over, and pooled by Rubin's rules. Imputation takes a missing value "
        "to differ from a recorded one by nothing but what the model knows of the dyad; where it is taken to differ, "
        "by as much as the settings say.",
    ),
    "follow_up": (
        "Follow-up",
        "dyads that were lost to follow-up stood in for by those alike who stayed: each dyad of known outcome counts "
        "for the inverse of its chance of not having been lost by the day its outcome was settled.",
    ),
    "clusters": (
        "Clusters",
        "dyads of one authority may be alike in ways that the terms do not hold. Their outcomes are taken to be "
        "correlated within authorities, all pairs alike.",
    ),
    "model": ("Model", "another model of the same records, or one more term."),
}
"""Group of analyses to its words and what it changes, in reading order."""

_MAIN = "Main analysis"
_FEWEST_LINES = 2
"""Analyses that a panel compares at the least."""
_MOST_TERMS = 7
"""Columns of ratios that stand beside each other on a page; more are put into tables of their own."""
_MOST_ON_A_LINE = 4
"""Columns of ratios whose intervals have room beside them."""
_WORDS = (
    "Each line is the model fitted once more with one thing changed. Analyses share most of their dyads, so that they "
    "differ by less than their intervals suggest. The first line is the main analysis; the grey band of a panel is its "
    "interval. Ratios of different kinds measure different things, and need not agree in size."
)


def build_sensitivity(release: Release) -> list[Part]:
    """One part for each outcome that has further analyses, beside its main one; none where there are none."""
    frame = fully_adjusted(release)
    parts = []
    for outcome, main in main_models(frame).items():
        models = _in_order(frame.filter(outcome=outcome).partition_by("model", maintain_order=True), main)
        if len(models) > 1:
            parts.append(_outcome_part(release, models))
    return parts


def describe_groups(release: Release) -> tuple[tuple[str, str], ...]:
    """What each group of analyses that the release holds changes."""
    frame = fully_adjusted(release)
    mains = set(main_models(frame).values())
    found = {group_of(rows) for rows in frame.partition_by("model") if rows.item(0, "model") not in mains}
    return tuple((name, words[:1].upper() + words[1:]) for key, (name, words) in GROUPS.items() if key in found)


def group_of(rows: pl.DataFrame) -> str:
    """Which group of `GROUPS` an analysis is of."""
    first = rows.row(0, named=True)
    if first["alternative"]:
        return "definitions"
    if first["linkage_plan"] != "as_linked":
        return "linkage"
    if first["missing_plan"] != "complete_case":
        return "missing"
    if first["weighting"] != "none":
        return "follow_up"
    return "clusters" if first["cluster"] != "mother_number" else "model"


def analysis_label(release: Release, rows: pl.DataFrame) -> str:
    """Words for an analysis: what it changes."""
    first, group = rows.row(0, named=True), group_of(rows)
    if group == "definitions":
        return label_alternative(release, str(first["alternative"]))
    if group == "linkage":
        return labels.plan_label(str(first["linkage_plan"]), first["threshold"])
    if group == "missing":
        return labels.MISSING_PLANS.get(str(first["missing_plan"]), labels.plain(str(first["missing_plan"])))
    if group == "follow_up":
        return labels.WEIGHTINGS.get(str(first["weighting"]), labels.plain(str(first["weighting"])))
    family = labels.FAMILIES.get(first["family"], ("", first["family"]))[1]
    if group == "clusters":
        return f"By {labels.CLUSTERS.get(first['cluster'], first['cluster']).removeprefix('the ')}, {family}"
    readmission = with_readmission(first).removeprefix(", ")
    what = first["label"] or readmission or family
    return what[:1].upper() + what[1:]


def _in_order(models: list[pl.DataFrame], main: str) -> list[pl.DataFrame]:
    """The main model first; then by kind of ratio, its own kind first, and by group."""
    own = next(rows for rows in models if rows.item(0, "model") == main)
    kinds = list(dict.fromkeys([kind_of(own), *(kind_of(rows) for rows in models)]))
    groups = list(GROUPS)
    others = [rows for rows in models if rows is not own]
    return [own, *sorted(others, key=lambda rows: (kinds.index(kind_of(rows)), groups.index(group_of(rows))))]


def _outcome_part(release: Release, models: list[pl.DataFrame]) -> Part:
    own = models[0]
    what = labels.OUTCOMES.get(own.item(0, "outcome"), labels.variable_label(own.item(0, "outcome")))
    names = {rows.item(0, "model"): analysis_label(release, rows) for rows in models}
    names[own.item(0, "model")] = _MAIN
    caption = f"Main and sensitivity analyses, ratios (95% interval): {what}"
    told, untold = _told_terms(models)
    tables = _tables(_Compared(release, models, names), caption, told, _ratio_cell)
    words = []
    if not _has_figure(models):
        words.append("Too few estimates can be shown to be drawn.")
    if untold:
        left_out = "; ".join(labels.lower_first(labels.forest_label(*term)) for term in untold)
        words.append(f"Terms of which no analysis has an estimate that can be shown are left out: {left_out}.")
    folded = [_lost_part(release, models, names, what), _alone_part(release, models, names, what)]
    folded += [_detail(release, rows) for rows in models[1:] if group_of(rows) in {"model", "clusters", "follow_up"}]
    title = what[:1].upper() + what[1:]
    figures = _figure(models, names, what)
    return Part(title, tuple(words), figures, tables, folded=tuple(part for part in folded if part))


def _told_terms(models: list[pl.DataFrame]) -> tuple[list[Term], list[Term]]:
    """Terms of the main analysis of which some analysis has a shown estimate, and those of which none has."""
    shown = set(pl.concat(models).filter(pl.col("status") == "shown").select("term", "level").iter_rows())
    terms: list[Term] = models[0].select("term", "level").rows()
    return [term for term in terms if term in shown], [term for term in terms if term not in shown]


def _drawn_rows(models: list[pl.DataFrame]) -> pl.DataFrame:
    """Rows that are drawn, in the order of the main analysis's terms: those of panels with lines to compare."""
    together = pl.concat([rows.with_columns(kind=pl.lit(kind_of(rows))) for rows in models])
    shown = (
        models[0]
        .select("term", "level")
        .join(
            together.filter((pl.col("status") == "shown") & pl.col("ratio_low").is_not_null()),
            on=["term", "level"], how="inner", maintain_order="left_right",
        )
    )  # fmt: skip
    return shown.filter(pl.len().over("term", "level") >= _FEWEST_LINES)


def _has_figure(models: list[pl.DataFrame]) -> bool:
    return not _drawn_rows(models).is_empty()


def _figure(models: list[pl.DataFrame], names: dict[str, str], what: str) -> tuple[Figure, ...]:
    shown = _drawn_rows(models)
    if shown.is_empty():
        return ()
    kinds = [kind for kind in dict.fromkeys(kind_of(rows) for rows in models) if kind in shown["kind"]]
    names = {model: words for model, words in names.items() if words == _MAIN or model in shown["model"]}
    drawn = draw_grid(shown, f"grid-{models[0].item(0, 'outcome')}", names, kinds)
    spans = "; ".join(
        f"{labels.forest_label(term, level)} {ratio(part['ratio'].min())} to {ratio(part['ratio'].max())}"  # type: ignore[arg-type]
        for (term, level), part in shown.group_by("term", "level", maintain_order=True)
    )
    label = f"Panels of {len(names)} analyses of {what}, one for each term; least to greatest ratio: {spans}."
    caption = f"Every analysis of {what}, by term, log scale. {_WORDS}"
    return (Figure(drawn, label, caption, shown.select("kind", *DRAWN).write_csv()),)


@dataclass(frozen=True)
class _Compared:
    """Analyses of one outcome to be set beside each other, the main one first, with the words for each."""

    release: Release
    models: list[pl.DataFrame]
    names: dict[str, str]


def _tables(
    compared: _Compared, caption: str, terms: list[Term], cell: Callable[[dict[str, Any] | None], Cell]
) -> tuple[Table, ...]:
    """Tables of analyses as rows and terms as columns, as many terms in each as a page has room for."""
    n = -(-len(terms) // _MOST_TERMS)
    per_table = -(-len(terms) // max(n, 1))
    return tuple(
        _table(
            compared,
            caption if n == 1 else f"{caption} (part {place + 1} of {n})",
            terms[place * per_table : (place + 1) * per_table],
            cell,
            is_stacked=per_table > _MOST_ON_A_LINE,
        )
        for place in range(n)
    )


def _table(
    compared: _Compared, caption: str, terms: list[Term], cell: Callable[[dict[str, Any] | None], Cell], *,
    is_stacked: bool,
) -> Table:  # fmt: skip
    """Analyses as rows below the kind of their ratio, these terms as columns."""
    heads = [labels.forest_label(term, level) for term, level in terms]
    body: list[Row] = []
    last = ""
    for rows in compared.models:
        kind = kind_of(rows)
        if kind != last:
            body.append(Row(f"{kind.capitalize()}s", is_heading=True))
        last = kind
        found = {(row["term"], row["level"]): row for row in rows.iter_rows(named=True)}
        name = compared.names[rows.item(0, "model")]
        changed = f"{GROUPS[group_of(rows)][0]}: {labels.lower_first(name)}"
        header = name if name == _MAIN else changed
        body.append(Row(header, tuple(cell(found.get(key)) for key in terms), is_indented=True))
    hidden = f"Not shown: {sentences.hidden_words(compared.release)}"
    columns, download = ("Analysis", *heads), compared.release.downloads["estimates"]
    return Table("estimates", caption, columns, tuple(body), download, hidden, is_stacked=is_stacked)


def _ratio_cell(row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell()
    if row["status"] == "not_estimable":
        return Cell("not estimable")
    if row["status"] != "shown":
        return Cell(is_hidden=True)
    return Cell(f"{ratio(row['ratio'])}{sentences.interval(row, 'ratio_low', 'ratio_high', name='')}")


def _lost_part(release: Release, models: list[pl.DataFrame], names: dict[str, str], what: str) -> Part | None:
    pooled = [models[0], *(rows for rows in models[1:] if rows.get_column("fmi").count())]
    if len(pooled) == 1:
        return None
    words = (
        "Information lost: the fraction of missing information of an estimate that is pooled over several data sets, "
        "which says how much of its uncertainty comes from what was imputed or drawn.",
    )
    terms = _told_terms(models)[0]
    tables = _tables(_Compared(release, pooled[1:], names), f"Information lost: {what}", terms, _lost_cell)
    return Part("Information lost to imputation and drawn links", words, (), tables)


def _lost_cell(row: dict[str, Any] | None) -> Cell:
    if row is None or row["fmi"] is None:
        return Cell(is_hidden=row is not None and str(row["status"]).startswith("suppressed"))
    return Cell(number(row["fmi"], 2))


def _alone_part(release: Release, models: list[pl.DataFrame], names: dict[str, str], what: str) -> Part | None:
    """Terms that the main analysis does not have."""
    own = set(models[0].select("term", "level").iter_rows())
    body = [
        Row(f"{names[row['model']]}: {labels.lower_first(_term_words(row))}", (_ratio_cell(row),))
        for rows in models[1:]
        for row in rows.iter_rows(named=True)
        if (row["term"], row["level"]) not in own
    ]
    if not body:
        return None
    hidden = f"Not shown: {sentences.hidden_words(release)}"
    caption = f"Terms that the main analysis does not have: {what}"
    columns = ("Analysis and term", "Ratio (95% interval)")
    table = Table("estimates", caption, columns, tuple(body), release.downloads["estimates"], hidden)
    return Part("Terms that one analysis has alone", (), (), (table,))


def _term_words(row: dict[str, Any]) -> str:
    return labels.term_label(row["term"], row["level"], row["reference"])


def _detail(release: Release, rows: pl.DataFrame) -> Part:
    name, title = rows.item(0, "model"), model_title(rows)
    if group_of(rows) == "follow_up":
        title = f"{title}, weighted"
    tables = (*build_tests(release, name, title), *build_risks(release, name, title))
    return Part(title, (*describe_fit(release, rows), *describe_tests(release, name)), (), tables)
