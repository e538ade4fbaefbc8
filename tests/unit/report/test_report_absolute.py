"""Adjusted columns, standardised risks, E-values and weighted models on the page."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from fake_aggregates import make_aggregates

from dyadlink.disclosure import get_profile, protect_all, write_release
from dyadlink.report.absolute import E_VALUES, RISKS, build_e_values, build_risks, describe_absolute, describe_e_values
from dyadlink.report.build import render
from dyadlink.report.columns import columns_of_terms, describe_columns, describe_tests_of_terms
from dyadlink.report.models import build_models
from dyadlink.report.reading import Release, read_release
from dyadlink.report.sensitivity import build_sensitivity
from dyadlink.report.sentences import describe_key_results
from dyadlink.report.tables import Table, p_value

CONTEXT = {"title": "A study", "is_synthetic": False, "profile": "strict"}
N_PRIMARY = 4
BESIDE = {"unadjusted": 0.3, "minimal": 0.1}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The usual models; O1's and O3's with adjusted columns, O1's with adjusted p-values, and O3's weighted."""
    aggregates = make_aggregates(4000)
    plain = aggregates["estimates"]
    first = plain.filter(pl.col("model").is_in(["o1_logistic", "o3_logistic"]))
    adjusted = plain.with_columns(
        p_adjustment=pl.when(model="o1_logistic").then(pl.lit("holm")).otherwise("p_adjustment"),
        p_family=pl.when(model="o1_logistic").then(pl.lit("primary o1")).otherwise("p_family"),
    )
    beside = [
        first.with_columns(
            model=pl.col("model") + f"_{name}", adjustment=pl.lit(name), estimate=pl.col("estimate") + move,
            minimal_terms=pl.lit("deprivation and is_single" if name == "minimal" else ""),
        )
        for name, move in BESIDE.items()
    ]  # fmt: skip
    weighted = plain.filter(model="o3_logistic").with_columns(
        model=pl.lit("weighted"), role=pl.lit("sensitivity"), weighting=pl.lit("inverse_probability_of_censoring"),
        note=pl.lit("weights by a Cox model; the largest weight is below 1.5"), estimate=pl.col("estimate") + 0.5,
    )  # fmt: skip
    risks = aggregates["marginal_risks"]
    of_weighted = risks.filter(model="o3_logistic").with_columns(model=pl.lit("weighted"))
    tables = {
        "estimates": pl.concat([adjusted, *beside, weighted], how="vertical_relaxed"),
        "marginal_risks": pl.concat([risks, of_weighted]),
    }
    folder = tmp_path_factory.mktemp("absolute") / "release"
    write_release(protect_all({**aggregates, **tables}, get_profile("strict")), CONTEXT, folder)
    return read_release(folder)


def _row(table: Table, start: str) -> list[str]:
    return [cell.text for cell in next(row.cells for row in table.rows if row.header.startswith(start))]


def test_one_table_has_the_three_columns(release: Release) -> None:
    part = next(part for part in build_models(release) if "(O1)" in part.title)
    table = part.tables[0]
    assert table.columns == (
        "Term", "Unadjusted", "Minimally adjusted", "Fully adjusted", "95% interval", "p", "p, Holm",
    )  # fmt: skip
    told = {
        row["adjustment"]: row
        for row in release.find("estimates").filter(term="is_single", outcome="o1").iter_rows(named=True)
    }
    cells = _row(table, "Single")
    assert [cell.split(" ")[0] for cell in cells[:3]] == [
        f"{told[name]['ratio']:.2f}" for name in ("unadjusted", "minimal", "full")
    ]
    assert "(" in cells[0]
    assert " to " in cells[3]
    full = release.find("estimates").filter(model="o1_logistic")
    assert (full["p_value"] != full["p_adjusted"]).any()
    assert [row.cells[5].text for row in table.rows] == [p_value(p) for p in full["p_adjusted"]]
    # The forest plot and the section's other parts are of the full model.
    assert len(part.figures) == 1
    assert len(build_models(release)) == N_PRIMARY


def test_the_columns_are_told_in_words(release: Release) -> None:
    (words,) = describe_columns(release, "o1_logistic")
    assert "unadjusted, each term alone (levels from rounded counts" in words
    assert "minimally adjusted, for deprivation (per quintile more deprived) and single (not married" in words
    assert words.endswith("All are of the same dyads.")
    assert describe_columns(release, "o2_logistic") == ()


def test_adjusted_p_values_say_of_how_many_tests(release: Release) -> None:
    rows = release.find("estimates").filter(model="o1_logistic")
    (words,) = describe_tests_of_terms(release, rows.row(0, named=True))
    assert words.startswith(f"p, Holm: adjusted for the {rows.height} tests of the primary models of O1")
    assert "Intervals are not adjusted." in words
    assert (
        describe_tests_of_terms(release, release.find("estimates").filter(model="o2_logistic").row(0, named=True)) == ()
    )


def test_a_model_without_other_columns_keeps_its_table(release: Release) -> None:
    rows = release.find("estimates").filter(model="o2_logistic")
    columns, body = columns_of_terms(release, rows, "odds ratio")
    assert columns == ("Term", "Odds ratio", "95% interval", "p")
    assert len(body) == rows.height


def test_risks_by_level_with_differences_and_ratios(release: Release) -> None:
    (table,) = build_risks(release, "o1_logistic", "A model")
    assert table.columns[1:] == ("Risk (95% interval)", "Difference, points (95% interval)", "Ratio (95% interval)")
    headings = [row.header for row in table.rows if row.is_heading]
    assert "Single (not married or in a civil partnership)" in headings
    assert _row(table, "Deprivation (per quintile more deprived): one step up")[0] == ""
    released = release.find("marginal_risks").filter(model="o1_logistic", term="is_single", level="yes")
    told = {row["quantity"]: row for row in released.iter_rows(named=True)}
    place = next(i for i, row in enumerate(table.rows) if row.header.startswith("Single"))
    no, yes = table.rows[place + 1], table.rows[place + 2]
    assert (no.header, yes.header) == ("No", "Yes")
    assert [cell.text for cell in no.cells[1:]] == ["", ""]
    assert yes.cells[0].text.startswith(f"{100 * told['risk']['estimate']:.0f}% (")
    assert yes.cells[2].text.startswith(f"{told['ratio']['estimate']:.2f} (")
    assert build_risks(release, "o3_cox", "A model") == ()


def test_a_hidden_risk_is_a_mark(small_release: Release) -> None:
    (table,) = build_risks(small_release, "o1_logistic", "A model")
    hidden = small_release.find("marginal_risks").filter(pl.col("model") == "o1_logistic", status="suppressed_primary")
    assert 0 < hidden.height == sum(cell.is_hidden for row in table.rows for cell in row.cells)
    assert table.hidden.startswith("Not shown: fewer than 10 people")


def test_e_values_stand_beside_primary_models(release: Release) -> None:
    (logistic,) = build_e_values(release, "o1_logistic", "A model")
    assert logistic.columns == ("Term", "Of the odds ratio", "Of its limit", "Of the ratio of risks", "Of its limit")
    (cox,) = build_e_values(release, "o3_cox", "A model")
    assert cox.columns == ("Term", "Of the hazard ratio", "Of its limit")
    assert build_e_values(release, "o3_logistic", "A model") == ()
    row = release.find("e_values").filter(model="o3_cox", term="is_single").row(0, named=True)
    assert _row(cox, "Single") == [f"{row['e_value']:.2f}", f"{row['e_value_limit']:.2f}"]
    (taken,) = describe_e_values(release, "o1_logistic")
    assert taken == "E-values: the outcome is not rare, so an odds ratio counts as its square root."


def test_the_meaning_is_said_once(release: Release) -> None:
    assert describe_absolute(release) == (RISKS, E_VALUES)
    page = render(release)
    assert page.count("These are risks and not odds") == page.count("A large E-value is no proof") == 1


def test_no_word_claims_a_cause() -> None:
    text = f"{RISKS} {E_VALUES}".lower()
    assert not any(word in text for word in ("causes", "caused", "leads to", "because of", "due to", "would prevent"))
    assert "no effect of changing a level" in text


def test_a_weighted_model_stands_beside_the_known_outcomes(release: Release) -> None:
    part = next(part for part in build_sensitivity(release) if "(O3)" in part.title)
    headers = [row.header for row in part.tables[0].rows]
    assert headers[0] == "Hazard ratios"
    assert headers[headers.index("Odds ratios") :] == [
        "Odds ratios", "Follow-up: weighted for those lost to follow-up", "Model: logistic model",
    ]  # fmt: skip
    (detail,) = (folded for folded in part.folded if folded.title.endswith(", weighted"))
    assert "Note: weights by a Cox model; the largest weight is below 1.5." in detail.sentences
    assert detail.tables[-1].caption.endswith(", weighted")
    # Key results and the section on models keep to the models without a plan.
    assert not any("weighted" in sentence for sentence in describe_key_results(release))
    titles = [each.title for part in build_models(release) for each in (part, *part.folded)]
    assert not any("weighted" in title for title in titles)


def test_a_model_that_is_not_estimable_says_so_in_every_column() -> None:
    base: dict[str, Any] = {"term": "is_single", "level": "yes", "reference": "no", "status": "not_estimable"}
    rows = [
        base | {"model": "m", "adjustment": "full", "p_adjustment": "holm"},
        base | {"model": "m_unadjusted", "adjustment": "unadjusted", "p_adjustment": "none"},
    ]
    empty = Release({"profile": {"threshold": 10}}, {"estimates": pl.DataFrame(rows)}, {})
    _, (row,) = columns_of_terms(empty, pl.DataFrame(rows[:1]), "odds ratio")
    assert [cell.text for cell in row.cells] == ["not estimable", "not estimable", "", "", ""]
