"""Released quality of the links: accuracy, standardised differences and thresholds, from what is shown alone."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dyadlink.disclosure.cells import Reading, Told, protect_alone
from dyadlink.disclosure.expressions import DECIMALS, null_unless, rounded_count, step_of
from dyadlink.disclosure.people import TOTAL, People, Study
from dyadlink.disclosure.profiles import Profile
from dyadlink.disclosure.system import INNER, TOTAL_MARGIN, Builder
from dyadlink.schemas import check_table
from dyadlink.schemas.link_quality import LinkAccuracy, LinkageModel, ReviewEstimates, ThresholdGrid

_KEYS = ["variable", "level"]


def protect_accuracy(accuracy: pl.DataFrame, profile: Profile) -> dict[str, pl.DataFrame]:
    """The counts and rates as a system of their own: see `lay_out_accuracy`."""
    return protect_alone(lambda builder: lay_out_accuracy(builder, accuracy, Study(), profile), profile)


def lay_out_accuracy(builder: Builder, accuracy: pl.DataFrame, study: Study, profile: Profile) -> Reading:
    """What takes the counts out of the system, and the rates that follow from those shown.

    Args:
        builder: The system; the counts are added to it.
        accuracy: In the shape of `LinkAccuracy`.
        study: Who is counted in which cell.
        profile: The rules.

    Returns:
        Of `linkage_accuracy`: variable, level, outcome, status, n (rounded). `linkage_accuracy_rates`: variable, level,
        status, recall, precision, f1 (in percent, one decimal, from the counts shown; null where one is hidden) and
        precision_at_least: a bound that holds whatever the wrong links number, where they are told to be below the
        threshold. All outcomes are protected as one system: a link that is right is counted once.

    Raises:
        ContractError: The frame breaks the contract `LinkAccuracy`.
    """
    checked = check_table(accuracy, LinkAccuracy, "linkage_accuracy")
    cells = list(checked.select(*_KEYS, "outcome").iter_rows())
    keys = {cell: _pairs(study, *cell) for cell in cells}
    for cell, n in zip(cells, checked["n"], strict=True):
        need = TOTAL_MARGIN if cell[0] == TOTAL else INNER
        builder.add(keys[cell], n, f"linkage accuracy, {cell[0]}", need)
    for variable in checked.filter(pl.col("variable") != TOTAL)["variable"].unique(maintain_order=True):
        for outcome in checked["outcome"].unique(maintain_order=True):
            parts = [keys[cell] for cell in cells if cell[0] == variable and cell[2] == outcome]
            builder.tie(keys[TOTAL, TOTAL, outcome], parts)

    def read(told: Told) -> dict[str, pl.DataFrame]:
        rows = told.rows(keys[cell] for cell in cells)
        shown = pl.concat([checked.drop("n"), rows], how="horizontal").select(*_KEYS, "outcome", "status", "n")
        return {"linkage_accuracy": shown, "linkage_accuracy_rates": _rates(shown, profile)}

    return read


def _pairs(study: Study, variable: str, level: str, outcome: str) -> People:
    """Right and wrong links are links; the missed ones are pairs of their own."""
    unit = "true pairs not linked" if outcome == "missed" else "links"
    conditions = [] if outcome == "missed" else [("link", outcome)]
    return study.people(unit, conditions if variable == TOTAL else [*conditions, (variable, level)])


def _rates(shown: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    wide = shown.pivot(on="outcome", index=_KEYS, values=["n", "status"], maintain_order=True)
    right, missed, wrong = (pl.col(f"n_{outcome}") for outcome in ("right", "missed", "wrong"))
    # Whatever the counts are that were rounded, and whatever small count is hidden.
    least = right - profile.most_below
    is_told_small = pl.col("status_wrong") == "suppressed_primary"
    rates = wide.with_columns(
        recall=_percent(right, right + missed),
        precision=_percent(right, right + wrong),
        f1=_percent(2 * right, 2 * right + missed + wrong),
        precision_at_least=pl.when(is_told_small).then(
            ((1000 * least / (least + profile.threshold - 1)).floor() / 10).round(1)
        ),
    )
    values = ["recall", "precision", "f1", "precision_at_least"]
    is_shown = pl.any_horizontal(pl.col(values).is_not_null())
    status = pl.when(is_shown).then(pl.lit("rounded")).otherwise(pl.lit("suppressed"))
    return rates.select(*_KEYS, status.alias("status"), *values)


def _percent(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then((100 * part / whole).round(1))


def protect_thresholds(grid: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per threshold, rising: threshold, status, n (links, rounded), expected and true precision and recall.

    The links of two thresholds are nested: a row is shown where at least `threshold` links lie between it and every
    other one shown (the study's own comes first), and its precision and recall against the truth where right and wrong
    links do as well. Expected values are means of match probabilities over many links (three decimals). Those against
    the truth are worked out from rounded counts.

    Raises:
        ContractError: The frame breaks the contract `ThresholdGrid`.
    """
    checked = check_table(grid, ThresholdGrid, "threshold_grid").sort("threshold")
    links, right, true = (checked[name].to_list() for name in ("n_links", "n_right", "n_true"))
    # The study's own threshold comes first, then those with the fewest links.
    order = sorted(range(checked.height), key=lambda row: (not checked.item(row, "is_study"), -row))
    is_shown = _far_apart([links], profile.threshold, order)
    wrong = [None if r is None else n - r for n, r in zip(links, right, strict=True)]
    missed = [None if r is None else t - r for t, r in zip(true, right, strict=True)]
    among = [row for row in order if is_shown[row]]
    is_precise = _far_apart([right, wrong], profile.threshold, among)
    is_complete = _far_apart([right, missed], profile.threshold, among)
    flags = {"is_shown": is_shown, "is_precise": is_precise, "is_complete": is_complete}
    n_links, n_right, n_true = (rounded_count(name, profile) for name in ("n_links", "n_right", "n_true"))
    return (
        checked.with_columns(pl.Series(name, values, dtype=pl.Boolean) for name, values in flags.items())
        .with_columns(
            status=pl.when("is_shown").then(pl.lit("rounded")).otherwise(pl.lit("suppressed_secondary")),
            n=pl.when("is_shown").then(n_links),
            expected_precision=pl.when("is_shown").then(pl.col("expected_right") / pl.col("n_links")),
            expected_recall=pl.when("is_shown").then(pl.col("expected_right") / pl.col("expected_true")),
            precision=pl.when("is_precise").then(n_right / n_links),
            recall=pl.when("is_complete").then(n_right / n_true),
            # Written as a word: a number of the table's own, that no rule for counts must touch.
            level=pl.col("threshold").cast(pl.String),
        )
        .select(
            "level",
            "status",
            "n",
            pl.col("expected_precision", "expected_recall", "precision", "recall").round(DECIMALS),
        )
    )


def _far_apart(counts: Sequence[Sequence[int | None]], least: int, order: Sequence[int]) -> list[bool]:
    """Which rows to show, the first in order first: each count, and its distance from every row shown before."""
    shown = [False] * len(counts[0])
    told: list[list[int]] = []
    for row in order:
        now = [column[row] for column in counts]
        values = [value for value in now if value is not None and value >= least]
        is_far = all(abs(v - w) >= least for before in told for v, w in zip(values, before, strict=False))
        if len(values) == len(now) and is_far:
            shown[row] = True
            told.append(values)
    return shown


def protect_model(model: pl.DataFrame, n_links: int, profile: Profile) -> pl.DataFrame:
    """One row per comparison and level of agreement: comparison, level, status, m, u, weight (three figures).

    u is a share over all pairs of the records, words of a level come from the settings. But m times the links is how
    many links are at the level, nearly: m comes in steps of at least ten links (`step_of`), the weight is that of the
    stepped m, and a level with fewer links than the threshold is hidden. The prior is the row `prior`:
    two figures, as with the pairs it gives the number of links.

    Args:
        model: In the shape of `LinkageModel`.
        n_links: Links made.
        profile: The rules.

    Raises:
        ContractError: The frame breaks the contract `LinkageModel`.
    """
    checked = check_table(model, LinkageModel, "linkage_model")
    step = step_of(n_links, profile)
    is_prior = pl.col("comparison") == "prior"
    is_few = ~is_prior & (pl.col("m") * n_links < profile.threshold).fill_null(value=False)
    in_steps = ((pl.col("m") / step + 0.5).floor() * step).clip(0, 1)
    coarse = checked.with_columns(
        m=pl.when(is_prior).then(pl.col("m").round_sig_figs(2)).when(~is_few).then(in_steps.round(6)),
        status=pl.when(is_few).then(pl.lit("suppressed_primary")).otherwise(pl.lit("shown")),
        u=pl.when(~is_few).then("u"),
    ).with_columns(weight=(pl.col("m") / pl.col("u")).log(2))
    numbers = [pl.col(name).round_sig_figs(3) for name in ("u", "weight")]
    return coarse.select("comparison", "level", "status", "m", *numbers)


def protect_review(review: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """One row per quantity and way of counting "cannot tell": estimate and 95% interval, two decimals.

    Columns: quantity, cannot_tell, status, estimate, conf_low, conf_high. Hidden where fewer matches or fewer
    non-matches than the threshold stand behind it: the share would tell the small count.

    Raises:
        ContractError: The frame breaks the contract `ReviewEstimates`.
    """
    checked = check_table(review, ReviewEstimates, "review_estimates")
    values = ["estimate", "conf_low", "conf_high"]
    is_enough = pl.min_horizontal("n_match", "n_no_match") >= profile.threshold
    status = (
        pl.when(~is_enough)
        .then(pl.lit("suppressed_primary"))
        .when(pl.col("estimate").is_null())
        .then(pl.lit("not_estimable"))
        .otherwise(pl.lit("shown"))
    )
    return checked.select(
        "quantity", "cannot_tell", status.alias("status"), *null_unless(is_enough, values)
    ).with_columns(pl.col(values).round(2))
