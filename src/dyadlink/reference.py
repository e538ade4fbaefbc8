"""Reference pages written from the code itself: configuration, data dictionary, rules, what routes cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

from dyadlink import estimates
from dyadlink.config import Config
from dyadlink.profiles import PROFILES, Profile
from dyadlink.schemas import CONTRACTS, link_quality, movement
from dyadlink.schemas.quality import ANY_SOURCE, DataQuality, read_rules

RULES = Path(__file__).resolve().parents[2] / "workflow" / "sql" / "rules"
"""Holds the rules and the SQL that applies them."""

UNTOLD_FACTS = Path(__file__).resolve().parents[2] / "config/codelists/untold_facts.csv"
"""What each route cannot tell; the cohort, the release and the tests read the same file."""

DICTIONARY = {
    "room": pl.String(),
    "table": pl.String(),
    "column": pl.String(),
    "type": pl.String(),
    "is_key": pl.Boolean(),
    "may_be_missing": pl.Boolean(),
    "meaning": pl.String(),
}
"""Columns of data-dictionary.csv."""

AGGREGATES: dict[str, type[dy.Schema]] = {
    "counts": estimates.Counts,
    "medians": estimates.Medians,
    "service_rates": estimates.ServiceRates,
    "data_ranges": estimates.Ranges,
    "person_time": estimates.PersonTime,
    "estimates": estimates.Estimates,
    "marginal_risks": estimates.MarginalRisks,
    "proportional_hazards": estimates.ProportionalHazards,
    "leave_one_out": estimates.LeaveOneOut,
    "performance": estimates.Performance,
    "prediction": estimates.PredictionMeasures,
    "cumulative_incidence": estimates.CumulativeIncidence,
    "group_tests": estimates.GroupTests,
    "time_lost": estimates.TimeLost,
    "state_occupation": estimates.StateOccupation,
    "planted_effects": estimates.PlantedEffects,
    "transitions": movement.Transitions,
    "movement_tests": movement.MovementTests,
    "data_quality": DataQuality,
    "linkage_accuracy": link_quality.LinkAccuracy,
    "threshold_grid": link_quality.ThresholdGrid,
    "linkage_model": link_quality.LinkageModel,
    "review_estimates": link_quality.ReviewEstimates,
}


def write_reference(folder: Path) -> None:
    """Write configuration, data-dictionary, disclosure-profiles, rules and untold-facts (.md) into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "configuration.md").write_text(configuration_page(), encoding="utf-8")
    (folder / "data-dictionary.md").write_text(dictionary_page(), encoding="utf-8")
    (folder / "disclosure-profiles.md").write_text(profiles_page(), encoding="utf-8")
    (folder / "rules.md").write_text(rules_page(), encoding="utf-8")
    (folder / "untold-facts.md").write_text(untold_facts_page(), encoding="utf-8")


def configuration_page() -> str:
    """Markdown: every key of config/config.yaml with its type, default and description."""
    schema = Config.model_json_schema()
    parts = [
        "# Configuration",
        "Written from the typed configuration by `make reference`. A key that is not here stops the run.",
    ]
    for section, place in schema["properties"].items():
        inner = _referenced(schema, place)
        parts += _section_lines(schema, section, inner) if inner else [f"## `{section}`", place["description"]]
    return "\n\n".join(parts) + "\n"


def profiles_page() -> str:
    """Markdown: the known disclosure profiles side by side, every rule described."""
    names = list(PROFILES)
    rows = [f"| rule | {' | '.join(f'`{name}`' for name in names)} | meaning |", "|---" * (len(names) + 2) + "|"]
    for rule, field in Profile.model_fields.items():
        if rule not in {"name", "source"}:
            values = (_rule_in_words(getattr(PROFILES[name], rule)) for name in names)
            rows.append(f"| `{rule}` | {' | '.join(values)} | {field.description} |")
    return (
        "\n\n".join(
            [
                "# Disclosure profiles",
                "Written from the code by `make reference`. `disclosure.profile` of the configuration names the one "
                "that the release obeys. Where a source is silent the project's own rule stands: as many events as the "
                "threshold between two times of a curve, medians of twice as many people, no model that is a table.",
                "\n".join(rows),
                "\n".join(f"- `{name}`: {PROFILES[name].source}." for name in names),
                "## A profile of your own",
                "`disclosure.profiles` gives rules a name: all of the above, or the name of the profile that yours is "
                "based on and the rules that differ.",
                "```yaml\ndisclosure:\n  profile: mine\n  profiles:\n    mine: {based_on: strict, threshold: 20, "
                "minimum_median_n: 40}\n```",
            ]
        )
        + "\n"
    )


def _rule_in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    return "-" if value is None else str(value)


def _referenced(schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    options = [place, *place.get("anyOf", []), *place.get("allOf", [])]
    options += [option["items"] for option in options if "items" in option]
    name = next((option["$ref"].rsplit("/", 1)[-1] for option in options if "$ref" in option), None)
    return schema["$defs"][name] if name else {}


def _section_lines(schema: dict[str, Any], path: str, section: dict[str, Any]) -> list[str]:
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    below: list[str] = []
    for key, place in section["properties"].items():
        default = "required" if key in section.get("required", []) else f"`{place.get('default')}`"
        rows.append(f"| `{key}` | {type_name(place)} | {default} | {place.get('description', '')} |")
        if inner := _referenced(schema, place):
            below += _section_lines(schema, f"{path}.{key}", inner)
    return [f"## `{path}`", section["description"], "\n".join(rows), *below]


def type_name(place: dict[str, Any]) -> str:
    """Words for the type of a property of a JSON schema; empty where it is a choice of sections."""
    if "anyOf" in place:
        return " or ".join(type_name(option) for option in place["anyOf"])
    if "enum" in place or "const" in place:
        return ", ".join(f"`{value}`" for value in place.get("enum", [place.get("const")]))
    if place.get("type") == "array":
        return f"list of {type_name(place.get('items') or next(iter(place.get('prefixItems', [{}]))))}"
    if "$ref" in place:
        return "section"
    return str(place.get("format", place.get("type", "")))


def stored_columns() -> pl.DataFrame:
    """Every column of a stored table: room, table, column, type, is_key, may_be_missing, meaning."""
    rooms = (("record_level", CONTRACTS), ("aggregate", AGGREGATES))
    rows = [
        (room, name, column, type(definition).__name__.lower(), definition.primary_key, definition.nullable, words)
        for room, contracts in rooms
        for name, contract in contracts.items()
        for column, definition in contract.columns().items()
        for words in (definition.description or "",)
    ]
    return pl.DataFrame(rows, schema=DICTIONARY, orient="row")


def dictionary_page() -> str:
    """Markdown: every stored table with its grain and its columns."""
    parts = [
        "# Data dictionary",
        "Written from the contracts by `make reference`. Every table is checked against its contract when it is "
        "written. Tables of `record_level` hold one row for each record and never leave the environment; "
        "aggregates are unrounded and never leave it either. `data-dictionary.csv` beside this page has the same rows "
        "for a spreadsheet, with those of the sources.",
        "## Record level",
        *(_table_lines(name, contract) for name, contract in CONTRACTS.items()),
        "## Aggregates",
        *(_table_lines(name, contract) for name, contract in AGGREGATES.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _table_lines(name: str, contract: type[dy.Schema]) -> str:
    rows = [
        f"### {name}",
        "",
        (contract.__doc__ or "").strip().splitlines()[0],
        "",
        "| column | type | key | may be missing | meaning |",
        "|---|---|---|---|---|",
    ]
    for column, definition in contract.columns().items():
        key = "yes" if definition.primary_key else ""
        missing = "yes" if definition.nullable else ""
        kind = type(definition).__name__
        words = (definition.description or "").replace("|", r"\|")
        rows.append(f"| `{column}` | {kind} | {key} | {missing} | {words} |")
    return "\n".join(rows)


def untold_facts_page() -> str:
    """Markdown: what each route cannot tell, what the study gives instead, and which columns it touches."""
    facts = pl.read_csv(UNTOLD_FACTS, infer_schema=False)
    parts = [
        "# What each route cannot tell",
        "Written from `config/codelists/untold_facts.csv` by `make reference`. The same rows make columns null where "
        "nobody could have seen an absence, stand among the definitions of the release, and are what the tests allow "
        "to differ between routes: [why](../explanation/routes.md).",
        *(
            _facts_lines(facts.filter(pl.col("route") == route), route)
            for route in facts["route"].unique(maintain_order=True)
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _facts_lines(facts: pl.DataFrame, route: str) -> str:
    rows = [
        f"## {route}",
        "",
        "| cannot tell | what the study gives | why | columns of the analysis table |",
        "|---|---|---|---|",
    ]
    for fact in facts.iter_rows(named=True):
        columns = ", ".join(f"`{name}`" for name in (fact["columns"] or "").split())
        words = fact["fact"].replace("_", " ")
        rows.append(f"| {words} | {fact['what_the_study_gives']} | {fact['why']} | {columns or 'who is a dyad'} |")
    return "\n".join(rows)


def rules_page() -> str:
    """Markdown: every rule for the sources by table, and the rules of the DfE that are not applied."""
    rules = read_rules(RULES / "rules.csv")
    left_out = pl.read_csv(RULES / "left_out.csv", infer_schema=False)
    tables = rules.filter(pl.col("source") != ANY_SOURCE).get_column("source").unique(maintain_order=True)
    n_of_dfe = rules.get_column("dfe_rule").n_unique() - 1
    parts = [
        "# Rules for the sources",
        "Written from `workflow/sql/rules/rules.csv` by `make reference`. The conditions stand beside it as SQL "
        "(`broken_<table>.sql`), and those that set a row aside or mend it where the row gets its types "
        "(`workflow/sql/sources/typed_<table>.sql`).",
        "What becomes of a record: **stop** ends the run; **quarantine** sets the record aside; **mend** changes a "
        "value and keeps the record; **warn** keeps it as it is. `dfe_<number>` is a rule of the Department for "
        "Education, and the column DfE names it where a rule of another name is the same or a part of it. "
        f"{n_of_dfe} rules of the DfE are applied.",
        "Codes are held against the lists of the country and the return year in `config/codelists/`. Welsh authorities "
        "are read in the English layout (docs/adr/0009), so rules on dates and order apply to them too. A rule on two "
        "episodes in a row is told of the first. Rules 361 to 363 look at one episode at a time, and rules 435 and 436 "
        "at the legal status alone, because carers are not read.",
        "A rule on what is missing is not told of records whose route never holds it "
        "(`config/codelists/unheld_fields.csv`): `one_of_upn_and_reason` outside the English returns, `dfe_143` of the "
        "research extract, `dfe_8730` of the local dataset and of Wales, `dfe_8905` and `dfe_8910` of Wales.",
        "Rule 2884 wants the initial conference told in the case or in the enquiry, while the census has a place for "
        "it in both. It is counted and nothing more: the two are read alike.",
        *(_rules_lines(rules.filter(pl.col("source") == table), table) for table in tables),
        _rules_lines(rules.filter(pl.col("source") == ANY_SOURCE), "tables as a whole"),
        "## Rules of the DfE that are not applied",
        "The rules are those of `csc-validator-be-cin` and `csc-validator-be-903`, rulesets 2022/23 to 2026/27 "
        "(STANDARDS 0.2). These bear on nothing that the study reads:",
        _left_out_lines(left_out),
    ]
    return "\n\n".join(parts) + "\n"


def _rules_lines(rules: pl.DataFrame, heading: str) -> str:
    rows = [
        f"## {heading}",
        "",
        "| rule | severity | what is wrong | how to mend it | DfE | applies | origin |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rules.iter_rows(named=True):
        years = f"{row['first_year'] or ''}-{row['last_year'] or ''}" if row["first_year"] or row["last_year"] else ""
        applies = ", ".join(part for part in (row["country"], years) if part)
        cells = (f"`{row['rule']}`", row["severity"], row["title"], row["mend"], row["dfe_rule"] or "", applies)
        rows.append(f"| {' | '.join((*cells, row['origin']))} |")
    return "\n".join(rows)


def _left_out_lines(left_out: pl.DataFrame) -> str:
    rows = ["| return | rules | why |", "|---|---|---|"]
    rows += [f"| {row['return']} | {row['rules']} | {row['reason']} |" for row in left_out.iter_rows(named=True)]
    return "\n".join(rows)
