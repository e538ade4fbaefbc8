"""Dyads of one authority alike: clusters by authority and GEE, and where there is a note in their place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError
from robust_terms import TERMS, spec_of

from dyadlink.models.design import build_design, list_parameters, select_cases
from dyadlink.models.fitting import fit_models
from dyadlink.models.gee import fit_gee
from dyadlink.models.logistic import fit_logistic

BY_AUTHORITY = {"cluster": "la_code", "role": "sensitivity"}


def test_a_row_by_authority_is_clustered_on_it(study: pl.DataFrame) -> None:
    specs = [spec_of("o1", "all", "logistic"), spec_of("o1", "all", "logistic", **BY_AUTHORITY, name="by_authority")]
    rows = fit_models(study, specs).partition_by("model", as_dict=True)
    own, by_authority = rows["o1_logistic",], rows["by_authority",]
    assert by_authority["cluster"].unique().to_list() == ["la_code"]
    assert own["estimate"].to_list() == pytest.approx(by_authority["estimate"].to_list())
    design = build_design(
        select_cases(study, specs[0]).frame.with_columns(number=pl.col("la_code").cast(pl.Int64)),
        list_parameters(study, TERMS),
        "number",
    )
    assert by_authority["std_error"].to_list() == pytest.approx(fit_logistic(design).std_errors.tolist())
    assert "fewer than 30 authorities" in by_authority["note"][0]
    assert "authorities" not in own["note"][0]


def test_a_gee_row_gives_odds_ratios_of_the_population(study: pl.DataFrame) -> None:
    """Outcomes that are alike within authorities: wider intervals than by mother, and no count told anew."""
    effect = dict(zip([str(300 + i) for i in range(20)], np.random.default_rng(8).normal(0, 1.5, 20), strict=True))
    score = pl.col("la_code").replace_strict(effect, return_dtype=pl.Float64) + 0.8 * pl.col("has_domestic_abuse")
    noise = pl.Series(np.random.default_rng(9).logistic(size=study.height))
    frame = study.with_columns(o1=(score + noise) > 1, csc_level_episode=pl.lit("none"))
    specs = [spec_of("o1", "all", "logistic"), spec_of("o1", "all", "gee", **BY_AUTHORITY)]
    own, gee = fit_models(frame, specs).partition_by("model", maintain_order=True)
    assert gee["method"].unique().to_list() == ["estimating_equations"]
    place = gee["term"].to_list().index("has_domestic_abuse")
    # The average over the population is nearer to none than that of one authority, 0.8.
    assert 0.4 < gee["estimate"][place] < 0.8
    assert gee["n"].to_list() == own["n"].to_list()
    assert "fewer than 30 authorities: standard errors are likely too small" in gee["note"][0]


def test_without_correlation_gee_is_the_logistic_model(study: pl.DataFrame) -> None:
    design = build_design(
        select_cases(study, spec_of("o1", "all", "logistic")).frame, list_parameters(study, TERMS), "la_code"
    )
    gee = fit_gee(design, correlation=0.0)
    logistic = fit_logistic(design)
    n, n_clusters, k = len(design.event), len(np.unique(design.clusters)), len(design.parameters) + 1
    correction = np.sqrt(n_clusters / (n_clusters - 1) * (n - 1) / (n - k))
    assert gee.coefficients == pytest.approx(logistic.coefficients, abs=1e-9)
    assert gee.std_errors * correction == pytest.approx(logistic.std_errors, abs=1e-9)


@pytest.mark.parametrize("family", ["gee", "logistic"])
def test_where_a_route_tells_no_authority_there_is_a_note_in_its_place(study: pl.DataFrame, family: str) -> None:
    is_welsh = pl.col("country") == "Wales"
    for untold in (pl.lit("E92000001"), pl.when(is_welsh).then(pl.lit("W92000004")).otherwise("la_code")):
        rows = fit_models(study.with_columns(la_code=untold), [spec_of("o1", "all", family, **BY_AUTHORITY)])
        assert rows["estimate"].null_count() == rows.height > 0
        assert all("the authority of some dyads is not told by their route" in note for note in rows["note"])


def test_too_few_authorities_are_refused_and_many_get_no_warning(study: pl.DataFrame) -> None:
    few = study.with_columns(la_code=(pl.col("dyad_id") % 9 + 301).cast(pl.String))
    rows = fit_models(few, [spec_of("o1", "all", "gee", **BY_AUTHORITY)])
    assert "not estimated: fewer than 10 authorities" in rows["note"][0]
    many = study.with_columns(la_code=(pl.col("dyad_id") % 40 + 301).cast(pl.String))
    rows = fit_models(many, [spec_of("o1", "all", "gee", **BY_AUTHORITY)])
    assert rows["estimate"].null_count() == 0
    assert "authorities" not in rows["note"][0]


def test_separation_is_found_before_any_gee(study: pl.DataFrame) -> None:
    frame = study.with_columns(o1=pl.col("o1") & ~pl.col("has_domestic_abuse"), csc_level_episode=pl.lit("none"))
    rows = fit_models(frame, [spec_of("o1", "all", "gee", **BY_AUTHORITY)])
    assert "separation" in rows["note"][0]
    assert rows["estimate"].null_count() == rows.height


def test_numbers_of_authorities_do_not_hang_on_the_order_of_dyads(study: pl.DataFrame) -> None:
    spec = spec_of("o1", "all", "gee", **BY_AUTHORITY)
    assert fit_models(study.sample(fraction=1, shuffle=True, seed=4), [spec]).equals(fit_models(study, [spec]))


def test_firths_note_says_that_authorities_are_not_allowed_for(study: pl.DataFrame) -> None:
    rows = fit_models(study.head(220), [spec_of("o1", "all", "logistic", **BY_AUTHORITY)])
    assert rows["method"][0] == "firth"
    assert "does not allow for dyads of one authority being alike" in rows["note"][0]


def test_the_design_says_what_its_clusters_are_of(study: pl.DataFrame) -> None:
    frame = select_cases(study, spec_of("o1", "all", "logistic")).frame
    design = build_design(frame, list_parameters(study, TERMS), "la_code")
    assert design.cluster_by == "la_code"
    assert replace(design).cluster_by == "la_code"


@pytest.mark.parametrize("changes", [{"family": "gee"}, {"cluster": "la_code"}])
def test_linkage_plans_keep_to_clusters_of_mothers(changes: dict[str, str]) -> None:
    plan = {"plan": "sampled_links", "m": 2, "seed": 1}
    with pytest.raises(ValidationError, match="clusters of mothers"):
        spec_of("o1", "all", changes.pop("family", "logistic"), role="sensitivity", linkage=plan, **changes)
