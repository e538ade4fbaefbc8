"""Made-up aggregates in the contracts' shapes: realistic in form, and large or small as asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table
from service_table import make_service_needs, make_service_use

from dyadlink.describe.service_use import count_service_use, measure_rates
from dyadlink.estimates import LeaveOneOut, MarginalRisks, Performance, ProportionalHazards
from dyadlink.models.group_tests import compare_groups
from dyadlink.models.state_occupation import estimate_state_occupation
from dyadlink.models.time_lost import estimate_time_lost
from dyadlink.schemas import CSC_LEVELS
from dyadlink.schemas.movement import NOT_OBSERVED, PAIRS
from dyadlink.schemas.quality import DataQuality

LEVELS: dict[str, dict[str, float]] = {
    "country": {"England": 0.93, "Wales": 0.07},
    "maternal_age_band": {"<25": 0.18, "25-29": 0.27, "30-34": 0.32, "35+": 0.23},
    "ethnicity": {"white": 0.68, "black": 0.11, "asian": 0.11, "mixed": 0.04, "other": 0.03, "missing": 0.03},
    "deprivation_quintile": {"1": 0.31, "2": 0.24, "3": 0.19, "4": 0.15, "5": 0.10, "missing": 0.01},
    "is_single": {"yes": 0.38, "no": 0.55, "missing": 0.07},
    "parity": {"0": 0.5, "1": 0.3, "2+": 0.17, "missing": 0.03},
    "diagnosis_group": {
        "depression": 0.38,
        "bipolar": 0.14,
        "schizophrenia_spectrum": 0.16,
        "puerperal_psychosis": 0.04,
        "anxiety_stress": 0.08,
        "personality_disorder": 0.12,
        "substance": 0.02,
        "other": 0.06,
    },
    "has_domestic_abuse": {"yes": 0.22, "no": 0.78},
    "has_childhood_trauma": {"yes": 0.3, "no": 0.7},
    "has_prior_admission": {"yes": 0.28, "no": 0.72},
    "service_type": {"mbu": 0.39, "ward": 0.22, "crht": 0.39},
    "infant_sex": {"female": 0.49, "male": 0.51},
    "is_multiple_birth": {"yes": 0.02, "no": 0.98},
}
TERMS = {
    "deprivation": [("", "")],
    "has_childhood_trauma": [("yes", "no")],
    "has_domestic_abuse": [("yes", "no")],
    "diagnosis_group": [(level, "depression") for level in list(LEVELS["diagnosis_group"])[1:]],
    "has_prior_admission": [("yes", "no")],
    "is_single": [("yes", "no")],
}
MODELS = [
    ("o1_logistic", "primary", "o1", "logistic", "all"),
    ("o2_logistic", "primary", "o2", "logistic", "observed_at_t3"),
    ("o3_logistic", "secondary", "o3", "logistic", "at_risk_of_plan"),
    ("o3_cox", "primary", "o3", "cox", "at_risk_of_plan"),
    ("o4_cox", "primary", "o4", "cox", "in_custody_at_t2"),
    ("o1_logistic_by_authority", "sensitivity", "o1", "gee", "all"),
    ("o_negative_control", "sensitivity", "negative_control", "logistic", "all"),
]
CSC = {
    "none": 0.62,
    "referral_or_assessment": 0.09,
    "child_in_need": 0.12,
    "section_47": 0.02,
    "child_protection_plan": 0.08,
    "looked_after_with_mother": 0.01,
    "looked_after_apart": 0.05,
    "permanently_elsewhere": 0.01,
}
OUTCOME_RATES = {"o1": 0.36, "o2": 0.3, "o4": 0.12, "o3": 0.15}
TABLES = {
    "characteristics_by_o1": "o1",
    "characteristics_by_o2": "o2",
    "characteristics_by_custody_loss": "o4",
    "characteristics_by_plan": "o3",
}


def make_aggregates(n: int, seed: int = 1) -> dict[str, pl.DataFrame]:
    """The aggregates of a made-up cohort of n dyads, by the names that `protect_all` knows."""
    rng = np.random.default_rng(seed)
    cohort = _make_cohort(n, rng)
    estimates = _estimates(cohort)
    services, service_medians, service_rates = _services(cohort, seed)
    return {
        "counts": pl.concat(
            [
                _characteristics(cohort),
                _outcomes(cohort),
                services,
                _linkage(cohort, rng),
                *_links(n),
                _in_depth(cohort),
            ],
            how="diagonal",
        ),
        **_link_quality(n),
        "medians": pl.concat([_medians(cohort), service_medians], how="diagonal"),
        "transitions": _transitions(cohort),
        "movement_tests": _movement_tests(cohort),
        "service_rates": service_rates,
        "cohort_flow": _flow(n),
        "data_completeness": _completeness(n),
        "data_quality": _quality(n),
        "data_ranges": _ranges(n),
        "estimates": estimates,
        "marginal_risks": _marginal_risks(estimates),
        "proportional_hazards": _proportional_hazards(estimates),
        "leave_one_out": _leave_one_out(estimates),
        "performance": _performance(estimates),
        "cumulative_incidence": pl.concat([_curves(cohort, "o3", rng), _curves(cohort, "o4", rng)]),
        "planted_effects": _planted(estimates, rng),
        **_survival(n, seed),
    }


def _survival(n: int, seed: int) -> dict[str, pl.DataFrame]:
    analysis = make_analysis_table(n, seed)
    # Who is apart comes home, one in three; the others stay.
    returned = (pl.col("dyad_id") % 3 == 0) & pl.col("return_event").is_not_null()
    analysis = analysis.with_columns(
        return_event=pl.when(returned).then(pl.lit("returned")).otherwise("return_event"),
        return_days=pl.when(returned).then((pl.col("return_days") + 1) // 2).otherwise("return_days"),
    )
    return {
        "group_tests": compare_groups(analysis),
        "time_lost": estimate_time_lost(analysis, 365),
        "state_occupation": estimate_state_occupation(analysis, 365),
    }


def _services(cohort: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    ids = pl.Series("dyad_id", range(1, cohort.height + 1))
    rng = np.random.default_rng(seed)
    readmitted = pl.Series(rng.random(cohort.height) < 0.24)
    days = pl.Series(rng.integers(1, 366, cohort.height)).zip_with(readmitted, pl.Series([None] * cohort.height))
    analysis = pl.DataFrame(
        {"dyad_id": ids, "o1": cohort["o1"] == "yes", "has_readmission": readmitted, "readmission_days": days}
    )
    use = make_service_use(ids, seed)
    return *count_service_use(use, make_service_needs(ids, seed), analysis), measure_rates(use, analysis)


def _completeness(n: int) -> pl.DataFrame:
    rows: list[tuple[str, str, str, int]] = []
    years = {"2021": n // 2, "2022": n - n // 2}
    for group, size in {"all": n, **years}.items():
        rows.append(("total", "total", group, size))
        for column, share in (("ethnicity", 10), ("birth_date", 200)):
            lacking = sum(part // share for part in years.values()) if group == "all" else size // share
            rows += [(column, "recorded", group, size - lacking), (column, "missing", group, lacking)]
    frame = pl.DataFrame(rows, schema=["variable", "level", "group", "n"], orient="row")
    return frame.select(pl.lit("completeness_cin_children").alias("table"), pl.all())


def _ranges(n: int) -> pl.DataFrame:
    rows = [
        ("babies", "birth_date", "date", n, 18628, 18900, 19300),
        ("babies", "gestation_days", "number", n, 245, 278, 290),
    ]
    schema = ["source", "column", "kind", "n", "low", "median", "high"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _make_cohort(n: int, rng: np.random.Generator) -> pl.DataFrame:
    columns = {
        name: rng.choice(list(shares), n, p=np.array(list(shares.values())) / sum(shares.values()))
        for name, shares in LEVELS.items()
    }
    risk = 0.7 + 0.6 * (columns["has_domestic_abuse"] == "yes") + 0.3 * (columns["is_single"] == "yes")
    outcomes = {o: np.where(rng.random(n) < rate * risk, "yes", "no") for o, rate in OUTCOME_RATES.items()}
    times = [f"csc_level_{time}" for time in ("birth", "t1", "t2", "t3")]
    levels = {time: rng.choice(list(CSC), n, p=np.array(list(CSC.values()))) for time in times}
    return pl.DataFrame({**columns, **outcomes, **levels})


def _count(cohort: pl.DataFrame, table: str, variables: dict[str, list[str]], group: str | None) -> pl.DataFrame:
    groups: dict[str, pl.Expr] = {"all": pl.lit(True)}
    if group:
        names = sorted(set(cohort.get_column(group)), reverse="yes" in set(cohort.get_column(group)))
        groups |= {str(name): pl.col(group) == name for name in names}
    rows: list[tuple[str, str, str, str, int]] = []
    for name, is_member in groups.items():
        members = cohort.filter(is_member)
        rows.append((table, "total", "total", name, members.height))
        for variable, levels in variables.items():
            rows += [
                (table, variable, level, name, int((members.get_column(variable) == level).sum())) for level in levels
            ]
    return pl.DataFrame(rows, schema=["table", "variable", "level", "group", "n"], orient="row")


def _characteristics(cohort: pl.DataFrame) -> pl.DataFrame:
    variables = {name: list(levels) for name, levels in LEVELS.items()}
    return pl.concat(_count(cohort, table, variables, outcome) for table, outcome in TABLES.items())


def _outcomes(cohort: pl.DataFrame) -> pl.DataFrame:
    times = {name: list(CSC) for name in cohort.columns if name.startswith("csc_level")}
    outcomes = {name: ["yes", "no"] for name in OUTCOME_RATES}
    return pl.concat([_count(cohort, "outcomes", outcomes, "country"), _count(cohort, "csc_levels", times, None)])


def _transitions(cohort: pl.DataFrame) -> pl.DataFrame:
    levels = [*CSC_LEVELS, NOT_OBSERVED]
    rows = [
        (before, after, one, other, cohort.filter(**{f"csc_level_{before}": one, f"csc_level_{after}": other}).height)
        for before, after in PAIRS
        for one in levels
        for other in levels
    ]
    return pl.DataFrame(rows, schema=["from_time", "to_time", "from_level", "to_level", "n"], orient="row")


def _movement_tests(cohort: pl.DataFrame) -> pl.DataFrame:
    """McNemar of any involvement, and one test of the levels that everybody may see."""
    rows = []
    for before, after in PAIRS:
        was, now = (cohort[f"csc_level_{time}"] != "none" for time in (before, after))
        up, down = int((~was & now).sum()), int((was & ~now).sum())
        size = {"n_dyads": cohort.height, "n_mothers": cohort.height, "n_moved_mothers": up + down}
        told = {"from_time": before, "to_time": after, **size, "n_least_moved": up + down, "p_value": 0.031}
        state = {"about": "any_involvement", "method": "mcnemar", "n_up": up, "n_down": down}
        levels = {"about": "released_levels", "method": "stuart_maxwell", "n_up": None, "n_down": None}
        rows += [{**told, **levels, "statistic": 8.9, "df": 3}, {**told, **state, "statistic": 4.6, "df": 1}]
    return pl.DataFrame(rows, infer_schema_length=None)


def _in_depth(cohort: pl.DataFrame) -> pl.DataFrame:
    groups = {"yes": "custody_lost_after_t2", "no": "neither"}
    counted = _count(cohort, "custody_and_plan", {"service_type": list(LEVELS["service_type"])}, "o4")
    return counted.with_columns(pl.col("group").replace(groups))


def _linkage(cohort: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    steps = ["nhs_number_birth_date", "names_birth_date_sex_postcode", "probabilistic", "not_linked"]
    # As many as the table of linked infants tells.
    is_linked = rng.permutation(cohort.height) < cohort.height * 6 // 10
    found = np.where(is_linked, rng.choice(steps[:3], cohort.height, p=[0.55, 0.36, 0.09]), steps[3])
    linked = cohort.with_columns(pl.Series("link_step", found))
    return _count(linked, "linkage", {"link_step": steps}, "ethnicity")


def _links(n: int) -> list[pl.DataFrame]:
    """Infants with and without a link, checks of links, and match weights: as many as n allows."""
    rows: list[tuple[str, str, str, str, int]] = []
    shares = {"white": 0.7, "black": 0.12, "other": 0.18}
    linked = {"linked": n * 6 // 10, "not_linked": n - n * 6 // 10}
    for group, size in {"all": n, **linked}.items():
        rows.append(("linked_infants", "total", "total", group, size))
    for variable, levels in {"ethnicity": shares, "la_code": {"201": 0.3, "other_england": 0.7}}.items():
        for place, (level, share) in enumerate(levels.items()):
            parts = {g: int(size * share) for g, size in linked.items()}
            if place == len(levels) - 1:
                parts = {g: size - sum(int(size * s) for s in list(levels.values())[:-1]) for g, size in linked.items()}
            rows += [
                ("linked_infants", variable, level, g, k) for g, k in {"all": sum(parts.values()), **parts}.items()
            ]
    for name, bad in {"is_impossible": n // 50, "has_other_ethnicity": n // 20}.items():
        three = {"total": linked["linked"], "yes": bad, "no": linked["linked"] - bad}
        rows += [("link_checks", name, level, "all", k) for level, k in three.items()]
    for variable, bands in {"links": {"5 to 10": 3, "20 to 25": 1}, "other_pairs": {"-5 to 0": 2}}.items():
        sizes = {band: n // part for band, part in bands.items()}
        rows += [
            ("match_weights", variable, level, "all", k) for level, k in {"total": sum(sizes.values()), **sizes}.items()
        ]
    return [pl.DataFrame(rows, schema=["table", "variable", "level", "group", "n"], orient="row")]


def _link_quality(n: int) -> dict[str, pl.DataFrame]:
    counts = {("total", "total"): (n * 5 // 10, n // 10, 4), ("ethnicity", "white"): (n * 5 // 10, n // 10, 4)}
    accuracy = [
        (variable, level, outcome, k)
        for (variable, level), three in counts.items()
        for outcome, k in zip(("right", "missed", "wrong"), three, strict=True)
    ]
    grid = {
        "threshold": [0.5, 0.9, 0.99],
        "n_links": [n * 6 // 10, n * 5 // 10, n * 4 // 10],
        "expected_right": [n * 0.58, n * 0.49, n * 0.399],
        "is_study": [False, True, False],
        "expected_true": [n * 0.62] * 3,
        "n_right": [n * 5 // 10, n * 45 // 100, n * 39 // 100],
        "n_true": [n * 6 // 10] * 3,
    }
    model = {
        "comparison": ["prior", "surname", "surname"],
        "agreement": [0, 1, 0],
        "level": ["two records taken at random", "same", "all other"],
        "m": [1e-4, 0.9, 0.1],
        "u": [1 - 1e-4, 0.01, 0.99],
        "weight": [-13.3, 6.49, -3.31],
    }
    review = {
        "quantity": ["precision", "recall"],
        "cannot_tell": ["left_out"] * 2,
        "estimate": [0.975, 0.9],
        "conf_low": [0.95, 0.88],
        "conf_high": [0.99, 0.92],
        "n_match": [140, 160],
        "n_no_match": [4, 140],
    }
    return {
        "linkage_accuracy": pl.DataFrame(accuracy, schema=["variable", "level", "outcome", "n"], orient="row"),
        "linkage_model": pl.DataFrame(model),
        "review_estimates": pl.DataFrame(review),
        "threshold_grid": pl.DataFrame(grid),
    }


def _medians(cohort: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for table, outcome in TABLES.items():
        sizes = {"all": cohort.height, **dict(cohort.get_column(outcome).value_counts().iter_rows())}
        for variable, middle in {"maternal_age_years": 30.4, "infant_age_days": 87.5, "episode_days": 34.2}.items():
            rows += [
                (table, variable, g, n, middle + i, middle * 0.7, middle * 1.6)
                for i, (g, n) in enumerate(sorted(sizes.items(), key=lambda item: ["all", "yes", "no"].index(item[0])))
            ]
    names = ["table", "variable", "group", "n", "median", "lower_quartile", "upper_quartile"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _flow(n: int) -> pl.DataFrame:
    out = [n * 2, 14, 3, n // 3, 5, 23]
    steps = [
        ("women", "box", "Women with an acute psychiatric spell", n + sum(out) - 31),
        ("women", "exclusion", "No birth recorded in the maternity data", out[0]),
        ("women", "exclusion", "No liveborn infant in the study period", out[3]),
        ("women", "exclusion", "More than one mother recorded, or mother too young to be real", out[2]),
        ("women", "box", "Women with an index acute episode", n + out[1] + out[4] + out[5] - 31),
        ("dyads", "box", "Mother-infant dyads of these women", n + out[1] + out[4] + out[5]),
        ("dyads", "exclusion", "Infant or mother died by the index admission", out[4]),
        ("dyads", "exclusion", "Index acute episode not ended in the data", out[1]),
        ("dyads", "exclusion", "Authority outside the social care data or its dates", out[5]),
        ("dyads", "box", "Dyads analysed", n),
    ]
    frame = pl.DataFrame(steps, schema=["unit", "kind", "step", "n"], orient="row")
    return frame.with_row_index("position", offset=1)


def _quality(n: int) -> pl.DataFrame:
    rows = [
        ("child_protection_plans", "rows_read", "none", "Rows read", None, n, False),
        ("child_protection_plans", "accepted", "none", "Rows accepted", None, n - 4, True),
        ("child_protection_plans", "end_before_start", "quarantine", "It ends before it starts", 2022, 4, True),
        ("child_protection_plans", "dfe_8935", "warn", "The child has more than one open plan", 2022, n // 60, False),
        ("child_protection_plans", "dfe_8935", "warn", "The child has more than one open plan", 2023, n // 3, False),
        ("cin_episodes", "closure_before_referral", "mend", "The case closed before it was referred", 2022, 0, False),
        ("hospital_spells", "admission_after_its_month", "warn", "The admission lies after its month", 2022, 12, False),
    ]
    return pl.DataFrame(rows, schema=list(DataQuality.columns()), orient="row")


def _estimates(cohort: pl.DataFrame) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for model, role, outcome, family, population in MODELS:
        base = {"model": model, "role": role, "outcome": outcome, "family": family, "population": population}
        methods = {"logistic": "maximum_likelihood", "cox": "partial_likelihood", "gee": "estimating_equations"}
        cluster = "la_code" if family == "gee" else "mother_number"
        base |= {"method": methods[family], "strata": "", "cluster": cluster}
        base |= {"time_varying": "", "landmark_days": None}
        base |= {
            "label": "",
            "alternative": "",
            "linkage_plan": "as_linked",
            "missing_plan": "complete_case",
            "weighting": "none",
            "adjustment": "full",
            "minimal_terms": "",
            "p_adjustment": "none",
            "p_family": "",
            "p_adjusted": None,
            "threshold": None,
            "data_sets": 1,
            "fmi": None,
        }
        is_girl = outcome == "negative_control"
        is_event = cohort.get_column("infant_sex") == "female" if is_girl else cohort.get_column(outcome) == "yes"
        size = {"n": cohort.height, "n_events": int(is_event.sum()), "n_parameters": 13}
        for term, levels in TERMS.items():
            for level, reference in levels:
                cells = _cells(cohort, is_event, term, level, reference)
                rows.append({**base, "term": term, "level": level, "reference": reference, **size, **cells})
    return pl.DataFrame(rows, infer_schema_length=None)


def _marginal_risks(estimates: pl.DataFrame) -> pl.DataFrame:
    """Crude shares with the outcome, their differences and ratios, with intervals of no meaning."""
    rows: list[dict[str, Any]] = []
    counts = ("n", "n_events", "n_parameters", "n_reference", "n_events_reference")
    for row in estimates.filter(family="logistic").iter_rows(named=True):
        told = {key: row[key] for key in ("model", "role", "outcome", "population", "method", "weighting", *counts)}
        told |= {key: row[key] for key in ("term", "level", "reference", "n_level", "n_events_level")}
        if not row["level"]:
            rows += [told | {"quantity": q, "estimate": v} for q, v in (("difference", 0.0312), ("ratio", 1.1234))]
            continue
        reference = row["n_events_reference"] / max(row["n_reference"], 1)
        risk = row["n_events_level"] / max(row["n_level"], 1)
        at_reference = {"level": row["reference"], "n_level": row["n_reference"]}
        at_reference |= {"n_events_level": row["n_events_reference"], "quantity": "risk", "estimate": reference}
        rows.append(told | at_reference)
        compared = {"risk": risk, "difference": risk - reference, "ratio": risk / reference if reference else None}
        rows += [told | {"quantity": q, "estimate": v} for q, v in compared.items()]
    frame = pl.DataFrame(rows, infer_schema_length=None).unique(
        ["model", "term", "level", "quantity"], keep="first", maintain_order=True
    )
    ends = {"conf_low": pl.col("estimate") - 0.05, "conf_high": pl.col("estimate") + 0.05}
    return frame.with_columns(std_error=pl.lit(0.025), **ends).select(*MarginalRisks.columns())


def _proportional_hazards(estimates: pl.DataFrame) -> pl.DataFrame:
    """Tests of the Cox models with figures of no meaning; the counts are those of the estimates."""
    cells = [pl.col(f"n_events_{side}") for side in ("level", "reference")]
    cells += [pl.col(f"n_{side}") - pl.col(f"n_events_{side}") for side in ("level", "reference")]
    cox = estimates.filter(family="cox").with_columns(n_smallest=pl.min_horizontal(cells))
    keys = ["model", "outcome", "population", "n", "n_events", "n_parameters"]
    terms = cox.group_by(*keys, "term", maintain_order=True).agg(pl.min("n_smallest"), df=pl.len().cast(pl.Int64))
    together = terms.group_by(keys, maintain_order=True).agg(pl.sum("df"), n_smallest=pl.lit(None, pl.Int64))
    tests = pl.concat([terms, together.with_columns(term=pl.lit("global"))], how="diagonal")
    tests = tests.with_columns(statistic=pl.col("df") * 1.234567, p_value=pl.lit(0.23456))
    return tests.select(*ProportionalHazards.columns())


def _leave_one_out(estimates: pl.DataFrame) -> pl.DataFrame:
    """Ranges about the primary estimates, twelve authorities left out; the counts are nine tenths of the estimates'."""
    cells = [pl.col(f"n_events_{side}") for side in ("level", "reference")]
    cells += [pl.col(f"n_{side}") - pl.col(f"n_events_{side}") for side in ("level", "reference")]
    primary = estimates.filter(role="primary").with_row_index("place")
    ranges = primary.with_columns(
        least=pl.col("estimate") - 0.0571,
        greatest=pl.col("estimate") + 0.0433,
        n_groups=pl.lit(12, pl.Int64),
        n_fits=pl.lit(12, pl.Int64),
        n_changed=pl.col("place").cast(pl.Int64) % 4 * 2,
        n_least=pl.col("n") * 9 // 10,
        n_least_outcome=pl.min_horizontal("n_events", pl.col("n") - pl.col("n_events")) * 9 // 10,
        n_smallest=pl.min_horizontal(cells) * 9 // 10,
    )
    return ranges.select(*LeaveOneOut.columns())


def _performance(estimates: pl.DataFrame) -> pl.DataFrame:
    """Figures of no meaning for the primary models, in the shape that a bootstrap gives them."""
    measures = pl.DataFrame(
        {
            "measure": ["c_statistic", "calibration_slope", "calibration_in_the_large"],
            "apparent": [0.71349, 1.0, -1e-16],
            "conf_low": [0.69664, None, None],
            "conf_high": [0.74304, None, None],
            "optimism": [0.01258, 0.06853, 0.00063],
            "corrected": [0.70091, 0.93147, -0.00063],
            "resamples": [200, 200, 200],
        }
    )
    primary = estimates.filter(role="primary").unique("model", keep="first", maintain_order=True)
    crossed = primary.drop("conf_low", "conf_high").with_columns(note=pl.lit("")).join(measures, how="cross")
    is_none = (pl.col("family") == "cox") & (pl.col("measure") == "calibration_in_the_large")
    return crossed.filter(~is_none).select(*Performance.columns())


def _cells(cohort: pl.DataFrame, is_event: pl.Series, term: str, level: str, reference: str) -> dict[str, Any]:
    """Counts of the level and its reference, and the crude log odds ratio with Woolf's standard error."""
    if not level:
        return {**_wald(0.21, 0.05), **dict.fromkeys(_LEVEL_COUNTS), "note": "about 5% of dyads left out"}
    column = cohort.get_column(term)
    counts = []
    for name in (level, reference):
        counts += [int((column == name).sum()), int(((column == name) & is_event).sum())]
    n1, e1, n0, e0 = counts
    odds = [e1, n1 - e1, e0, n0 - e0]
    named = dict(zip(_LEVEL_COUNTS, counts, strict=True))
    if 0 in odds:
        return {**_wald(None, None), **named, "note": f"not estimated: no finite estimate at {level}"}
    estimate = float(np.log(e1 * (n0 - e0) / ((n1 - e1) * e0)))
    return {**_wald(estimate, float(np.sqrt(sum(1 / cell for cell in odds)))), **named, "note": ""}


_LEVEL_COUNTS = ("n_level", "n_events_level", "n_reference", "n_events_reference")


def _wald(estimate: float | None, error: float | None) -> dict[str, float | None]:
    if estimate is None or error is None:
        return dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "p_value"))
    p_value = float(np.exp(-0.717 * abs(estimate / error) - 0.416 * (estimate / error) ** 2))
    low, high = estimate - 1.96 * error, estimate + 1.96 * error
    return {"estimate": estimate, "std_error": error, "conf_low": low, "conf_high": high, "p_value": p_value}


def _curves(cohort: pl.DataFrame, outcome: str, rng: np.random.Generator) -> pl.DataFrame:
    causes = ["custody_loss", "death"] if outcome == "o4" else ["child_protection_plan", "custody_loss", "death"]
    shares = [0.12, 0.006] if outcome == "o4" else [0.14, 0.08, 0.006]
    groups = {"all": pl.lit(True), "involved": pl.col("o1") == "yes", "not_involved": pl.col("o1") == "no"}
    frames = []
    events = rng.choice([*causes, "censored"], cohort.height, p=[*shares, 1 - sum(shares)])
    days = np.where(
        (events == "censored") & (rng.random(cohort.height) < 0.85), 365, rng.integers(1, 366, cohort.height)
    )
    people = cohort.with_columns(event=pl.Series(events), days=pl.Series(days))
    for group, is_member in groups.items():
        frames.append(_aalen_johansen(people.filter(is_member), causes).with_columns(group=pl.lit(group)))
    return pl.concat(frames).with_columns(outcome=pl.lit(outcome))


def _aalen_johansen(people: pl.DataFrame, causes: list[str]) -> pl.DataFrame:
    days, events = people.get_column("days").to_numpy(), people.get_column("event").to_numpy()
    times = [0, *np.unique(days)]
    rows, free, reached = [], 1.0, dict.fromkeys(causes, 0.0)
    for time in times:
        at_risk = int((days >= time).sum())
        now = {cause: int(((days == time) & (events == cause)).sum()) for cause in causes}
        for cause in causes:
            reached[cause] += free * now[cause] / at_risk
        free *= 1 - sum(now.values()) / at_risk
        n_censored = int(((days <= time) & (events == "censored")).sum())
        for cause in causes:
            estimate = reached[cause]
            error = float(np.sqrt(estimate * (1 - estimate) / people.height))
            n_events = int(((days <= time) & (events == cause)).sum())
            interval = (max(estimate - 1.96 * error, 0.0), min(estimate + 1.96 * error, 1.0))
            rows.append((cause, int(time), estimate, error, *interval, at_risk, n_events, n_censored))
    names = ["cause", "time_days", "estimate", "std_error", "conf_low", "conf_high"]
    return pl.DataFrame(rows, schema=[*names, "n_at_risk", "n_events", "n_censored"], orient="row")


def _planted(estimates: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    noise = pl.Series(rng.normal(0, 1, estimates.height))
    return estimates.select(
        "model", "outcome", "term", "level",
        planted=(pl.col("estimate").fill_null(0) + noise * pl.col("std_error").fill_null(0.1)).round(2),
        estimate="estimate", conf_low="conf_low", conf_high="conf_high",
    ).with_columns(is_covered=pl.col("planted").is_between("conf_low", "conf_high"))  # fmt: skip
