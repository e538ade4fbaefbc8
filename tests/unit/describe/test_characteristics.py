"""Table 1: every level in every group, nobody lost, medians as R gives them."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.describe.characteristics import describe_characteristics
from dyadlink.describe.counting import check_accounting, count_levels_by_group
from dyadlink.describe.variables import CHARACTERISTICS
from dyadlink.errors import ContractError

TABLES = [
    "characteristics_by_o1",
    "characteristics_by_o2",
    "characteristics_by_custody_loss",
    "characteristics_by_plan",
]


def _n(counts: pl.DataFrame, table: str, variable: str, level: str, group: str) -> int:
    cell = counts.filter(table=table, variable=variable, level=level, group=group)
    return int(cell["n"].item())


@pytest.fixture(scope="module")
def counts(analysis: pl.DataFrame) -> pl.DataFrame:
    return describe_characteristics(analysis)[0]


def test_reading_order(counts: pl.DataFrame) -> None:
    assert counts["table"].unique(maintain_order=True).to_list() == TABLES
    variables = [variable.name for variable in CHARACTERISTICS.variables]
    assert counts["variable"].unique(maintain_order=True).to_list() == ["total", *variables]
    bands = counts.filter(variable="maternal_age_band")["level"].unique(maintain_order=True).to_list()
    assert bands == ["under 25", "25-29", "30-34", "35 and over"]
    assert counts["group"].head(3).to_list() == ["all", "yes", "no"]


def test_totals_are_those_at_risk_and_observed(counts: pl.DataFrame, analysis: pl.DataFrame) -> None:
    at_risk = analysis.filter(pl.col("o4_at_risk") & pl.col("o4").is_not_null())
    table = "characteristics_by_custody_loss"
    assert _n(counts, table, "total", "total", "all") == at_risk.height < analysis.height
    assert _n(counts, table, "total", "total", "yes") == at_risk["o4"].sum()
    assert _n(counts, "characteristics_by_o1", "total", "total", "all") == analysis.height


def test_a_cell_is_what_a_filter_counts(counts: pl.DataFrame, analysis: pl.DataFrame) -> None:
    o2 = analysis.filter(pl.col("o2"))
    table = "characteristics_by_o2"
    quintile = o2.filter(pl.col("deprivation_quintile") == 1).height
    assert _n(counts, table, "deprivation_quintile", "1", "yes") == quintile
    assert _n(counts, table, "is_single", "no", "yes") == o2.filter(~pl.col("is_single")).height
    assert _n(counts, table, "is_single", "missing", "yes") == o2["is_single"].null_count()


def test_an_empty_level_is_a_row_of_zero(counts: pl.DataFrame) -> None:
    assert counts.filter(level="substance")["n"].to_list() == [0] * 12


def test_missing_is_a_row_only_where_some_are(counts: pl.DataFrame) -> None:
    with_missing = set(counts.filter(level="missing")["variable"])
    nullable = "deprivation_quintile diagnosis_group ethnicity infant_sex is_preterm is_single parity"
    assert " ".join(sorted(with_missing)) == nullable


def test_a_dyad_outside_the_table_makes_no_missing_row(analysis: pl.DataFrame) -> None:
    has_none = analysis.with_columns(is_single=pl.when(pl.col("o2").is_not_null()).then(pl.lit(True)))
    counts = describe_characteristics(has_none)[0].filter(variable="is_single", level="missing")
    assert "characteristics_by_o1" in counts["table"]
    assert "characteristics_by_o2" not in counts["table"]


def test_medians_by_hand(analysis: pl.DataFrame) -> None:
    medians = describe_characteristics(analysis)[1]
    four = analysis.head(4).with_columns(
        o1=pl.lit(True), episode_days=pl.Series([1, 2, 3, 10]), o2=pl.lit(True), o2_any=pl.lit(True)
    )
    row = describe_characteristics(four)[1].filter(table="characteristics_by_o1", variable="episode_days", group="yes")
    # R: quantile(c(1, 2, 3, 10), c(.5, .25, .75)) is 2.50, 1.75, 4.75.
    assert row.select("n", "median", "lower_quartile", "upper_quartile").row(0) == (4, 2.5, 1.75, 4.75)
    nobody = describe_characteristics(four)[1].filter(table="characteristics_by_o1", group="no")
    assert nobody.select("variable", "n", "median").rows() == [(name, 0, None) for name in CHARACTERISTICS.medians]
    assert medians.height == len(TABLES) * 3 * 3


def test_an_unknown_level_is_refused(analysis: pl.DataFrame) -> None:
    with pytest.raises(ContractError, match="service_type: 300 dyad"):
        describe_characteristics(analysis.with_columns(service_type=pl.lit("clinic")))


def test_the_accounting_identity_notices_a_lost_dyad(counts: pl.DataFrame) -> None:
    is_cell = (pl.col("variable") == "country") & (pl.col("level") == "England") & (pl.col("group") == "yes")
    lost = counts.with_columns(n=pl.when(is_cell).then(pl.col("n") - 1).otherwise("n"))
    with pytest.raises(ContractError, match=r"total in 4 place.*all in 4 place"):
        check_accounting(lost)


def test_levels_that_do_not_add_up_are_noticed_without_groups(counts: pl.DataFrame) -> None:
    everyone = counts.filter(group="all")
    assert check_accounting(everyone).equals(everyone)
    with pytest.raises(ContractError, match="total in 4 place"):
        check_accounting(everyone.filter(pl.col("level") != "England"))


def test_groups_that_overlap_are_noticed() -> None:
    texts = pl.DataFrame({"parity": ["0", "1"]})
    everyone = pl.Series([True, True])
    counts = count_levels_by_group(
        texts, {"parity": ["0", "1"]}, {"all": everyone, "yes": everyone, "no": pl.Series([True, False])}
    ).with_columns(table=pl.lit("t"))
    with pytest.raises(ContractError, match="groups to all in 2 place"):
        check_accounting(counts)
