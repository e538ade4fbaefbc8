"""Each covariate as stored, with its rule and the record that it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import polars as pl

from dyadlink.explain import evidence
from dyadlink.explain.facts import facts_of, month_name, month_number
from dyadlink.explain.layout import Block, Text, words
from dyadlink.explain.records import Case
from dyadlink.explain.rules import rules

_NO_RECORD = "no record of it"


def tell_covariates(case: Case) -> list[Block]:
    """A paragraph for each covariate."""
    if case.analysis is None:
        return [Text("A dyad that is not analysed has no covariates.")]
    facts = facts_of(case)
    blocks: list[Block] = []
    for name, covariate in rules().covariates.items():
        origins = [f"from {line}" for line in _ORIGINS[covariate.source](case, covariate.only)]
        blocks += [
            Text(f"{name} = {words(case.analysis[name])}"),
            *(Text(origin, indent=4) for origin in origins or [_NO_RECORD]),
            Text(f"rule: {covariate.rule.format_map(facts)}", indent=4),
        ]
    return [*blocks, Text(""), Text("Rules: covariates.sql, dyads.sql, analysis.sql")]


def _of_dyad(*names: str) -> Callable[[Case, str | None], list[str]]:
    """Columns of `dyads`, as stored."""

    def origins(case: Case, _: str | None) -> list[str]:
        return ["dyads: " + ", ".join(f"{name} {words(case.dyad[name])}" for name in names)]

    return origins


def _of_month(column: str, stored: str) -> Callable[[Case, str | None], list[str]]:
    """The mother's month that a value of `dyads` came from: the nearest to T1 that holds it."""

    def origins(case: Case, _: str | None) -> list[str]:
        value = _gss_code(case) if stored == "la_code" else case.dyad[stored]
        at_t1 = month_number(case.dyad["t1_date"])
        months = case.rows("patient_months").filter(pl.col(column) == pl.lit(value, pl.String))
        nearest = months.sort(pl.col("month_id") > at_t1, (pl.col("month_id") - at_t1).abs()).head(1)
        lines = [
            f"patient_months: month {month_name(row['month_id'])}, {column} {words(row[column])}"
            for row in nearest.iter_rows(named=True)
        ]
        return lines + (evidence.lines_of("areas", case.rows("areas")) if column == "lsoa" else [])

    return origins


def _gss_code(case: Case) -> str | None:
    found = case.rows("authorities")
    return found["gss_code"][0] if found.height else None


def _with_groups(case: Case, codelist: str, group: str) -> pl.DataFrame:
    """The mother's diagnoses up to T2, each with the line of the list whose prefix is the longest that fits."""
    prefixes = case.codelist(codelist).select("code_prefix", pl.col(group).alias("group"))
    diagnoses = case.rows("diagnoses").filter(pl.col("recorded_date") <= case.dyad["t2_date"])
    return (
        diagnoses.join(prefixes, how="cross")
        .filter(pl.col("icd10_code").str.starts_with(pl.col("code_prefix")))
        .sort(pl.col("code_prefix").str.len_chars())
        .unique(["recorded_date", "position", "icd10_code", "referral_id"], keep="last", maintain_order=True)
        .sort("recorded_date", "icd10_code", "referral_id")
    )


def _diagnoses(position: str | None, codelist: str, group: str) -> Callable[[Case, str | None], list[str]]:
    """The diagnoses by T1 (else those of the episode, for the primary one) that bear on a covariate."""

    def origins(case: Case, only: str | None) -> list[str]:
        found = _with_groups(case, codelist, group)
        found = found if position is None else found.filter(position=position)
        by_t1 = found.filter(pl.col("recorded_date") <= case.dyad["t1_date"])
        if only is not None:
            return _coded(by_t1.filter(group=only))
        return _coded(by_t1.tail(1) if by_t1.height else found.head(1))

    return origins


def _coded(diagnoses: pl.DataFrame) -> list[str]:
    return [
        f"diagnoses: {row['position']} {words(row['icd10_code'])} ({row['group']}), recorded {row['recorded_date']}"
        for row in diagnoses.iter_rows(named=True)
    ]


def _earlier_spells(case: Case, _: str | None) -> list[str]:
    earliest = case.dyad["t1_date"] - timedelta(days=case.study.prior_admission_lookback_days)
    spells = case.rows("admission_spells").filter(
        pl.col("service_type").is_in(["mbu", "ward"])
        & (pl.col("start_date") < case.dyad["birth_date"])
        & (pl.col("start_date") >= earliest)
    )
    return evidence.lines_of("admission_spells", spells)


def _index_spells(case: Case, _: str | None) -> list[str]:
    is_index = pl.col("start_date").is_between(case.dyad["t1_date"], case.dyad["t2_date"])
    return evidence.lines_of("admission_spells", case.rows("admission_spells").filter(is_index))


def _detentions(case: Case, _: str | None) -> list[str]:
    t1, detained = case.dyad["t1_date"], case.codelist("detention_legal_statuses")["code"].to_list()
    is_open = (pl.col("start_date") <= t1) & (pl.col("end_date").is_null() | (pl.col("end_date") >= t1))
    return evidence.lines_of(
        "mha_periods", case.rows("mha_periods").filter(is_open & pl.col("legal_status").is_in(detained))
    )


def _mother_age(case: Case, _: str | None) -> list[str]:
    return evidence.lines_of("study_infants", case.rows("study_infants"))


def _authority(case: Case, _: str | None) -> list[str]:
    return evidence.lines_of("authorities", case.rows("authorities"))


_ORIGINS: Mapping[str, Callable[[Case, str | None], list[str]]] = {
    "authority": _authority,
    "address": _of_month("gss_code", "la_code"),
    "area": _of_month("lsoa", "lsoa"),
    "marital_status": _of_month("marital_status", "marital_status"),
    "mother_age": _mother_age,
    "ethnic_category": _of_dyad("ethnic_category"),
    "previous_live_births": _of_dyad("previous_live_births"),
    "primary_diagnoses": _diagnoses("primary", "diagnosis_groups", "diagnosis_group"),
    "secondary_diagnoses": _diagnoses("secondary", "diagnosis_groups", "diagnosis_group"),
    "adversities": _diagnoses(None, "adversity", "factor"),
    "earlier_spells": _earlier_spells,
    "detentions": _detentions,
    "index_spells": _index_spells,
    "infant": _of_dyad("infant_sex"),
    "gestation": _of_dyad("gestation_days"),
    "infants_delivered": _of_dyad("n_infants_delivered"),
    "birth_and_t1": _of_dyad("birth_date", "t1_date"),
    "t1_and_t2": _of_dyad("t1_date", "t2_date"),
}
"""Where each covariate came from, by `source` of rules.yaml."""
