"""The steps behind a table, from the workflow's own files."""

from __future__ import annotations

from pathlib import Path

from dyadlink.sql import tables_read
from dyadlink.trace.steps import Table, steps_behind
from dyadlink.trace.workflow_rules import read_rules

ROOT = Path(__file__).parents[3]


def _tables(wanted: str, *routes: str) -> dict[str, Table]:
    steps = steps_behind([wanted], ROOT, routes or ("england_returns",))
    return {table.name: table for step in steps for table in step.tables}


def test_a_table_is_traced_through_the_queries_that_it_needs_and_no_others() -> None:
    found = _tables("cohort/admission_spells")
    assert set(found) == {
        "cohort/admission_spells",
        "staging/hospital_spells",
        "staging/team_referrals",
        "staging/ward_stays",
        "sources",
    }
    assert found["staging/hospital_spells"] == Table(
        "staging/hospital_spells",
        "workflow/sql/staging/hospital_spells.sql",
        ("mhs501hospprovspell", "sources"),
        ("workflow/sql/sources/typed_hospital_spells.sql",),
    )


def test_what_a_script_makes_is_traced_to_all_that_its_rule_reads() -> None:
    found = _tables("aggregate/prediction")
    assert found["aggregate/prediction"].read_from == ("cohort/analysis",)
    assert found["aggregate/prediction"].query.startswith("workflow/scripts/predict_outcomes.py:")
    assert {"cohort/covariates", "linkage/links", "staging/births"} <= set(found)


def test_quality_of_the_records_rests_on_no_link() -> None:
    assert set(_tables("aggregate/data_quality")) == {"aggregate/data_quality", "sources"}


def test_a_route_has_queries_of_its_own() -> None:
    query = "workflow/sql/routes/wales_sail/msd401babydemographics.sql"
    assert query in _tables("staging/births", "wales_sail")["staging/births"].further
    assert query not in _tables("staging/births", "england_local_ssd")["staging/births"].further


def test_variants_of_the_analysis_are_traced_through_its_queries() -> None:
    assert "cohort/covariates" in _tables("cohort/analysis_variants")


def test_every_rule_says_where_it_stands_and_what_it_is_given() -> None:
    rules = {rule.name: rule for rule in read_rules(ROOT)}
    assert rules["fit_models"].config == ("disclosure.profile", "models", "study.follow_up_days")
    assert rules["link_infants"].makes[-1] == "aggregate/identifiers_sha256"
    for rule in rules.values():
        assert (ROOT / rule.script).is_file()
        assert (ROOT / rule.file).read_text(encoding="utf-8").splitlines()[
            rule.line - 1
        ].strip() == f"rule {rule.name}:"


def test_names_in_comments_columns_and_functions_are_no_tables(tmp_path: Path) -> None:
    query = tmp_path / "query.sql"
    query.write_text(
        "-- Why: it comes from nowhere.\nselect a.day, from spells as a\ninner join wards using (id)\n"
        "where a.level is distinct from other_level and a.day in (select d, from unnest(a.days))\n",
        encoding="utf-8",
    )
    assert tables_read(query) == {"spells", "wards"}
