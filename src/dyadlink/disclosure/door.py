"""The one door: the only code that writes the release folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dyadlink import __version__
from dyadlink.config import Config
from dyadlink.disclosure.checks import check_release_file, check_release_table
from dyadlink.disclosure.context import build_context
from dyadlink.disclosure.profiles import Profile, get_profile
from dyadlink.disclosure.protect import protect_all
from dyadlink.errors import DyadlinkError

FORMAT_VERSION = 1

STATUSES = {
    "shown": "given as estimated",
    "rounded": "given, rounded",
    "zero": "a count of zero that the profile lets out",
    "not_estimable": "the model gave no estimate; the note says why",
    "suppressed_primary": "hidden for its own sake: too few people or events",
    "suppressed_secondary": "hidden to protect another count, or for a reason that would narrow a count",
}

_SHOWS = {
    "alternatives": "outcomes under other definitions of the study, one definition changed at a time",
    "cohort_flow": "who is in the study: each box less the exclusions below it gives the next box",
    "cumulative_incidence": "Aalen-Johansen cumulative incidence after discharge, at a few reported days; as outcome "
    "follow_up the share lost to follow-up (reverse Kaplan-Meier)",
    "follow_up_by_authority": "dyads followed to T3 or a death, and not, by authority; small ones put together",
    "follow_up_ends": "why the dyads' follow-up ended",
    "missing_patterns": "dyads by the covariates that they lack, with and without each outcome",
    "custody_and_plan": "dyads with custody lost by T2, lost after it, with a plan alone, and with neither",
    "data_completeness": "rows read with and without a value, by column of the sources and return year",
    "data_ranges": "5th, 50th and 95th percentile of the sources' dates and numbers, dates as months",
    "data_quality": "records that break each named rule of the sources, in all and by return year",
    "leave_one_out": "least and greatest estimate of the primary models when one authority, or some small ones, are "
    "left out",
    "prediction": "discrimination and calibration of penalised models among dyads that they had not seen",
    "performance": "discrimination and calibration of the primary models, apparent and corrected for optimism",
    "estimates": "odds, hazard and subdistribution hazard ratios of every model, with 95% intervals",
    "e_values": "the least risk ratios that an unmeasured confounder would need to explain each primary estimate away",
    "link_checks": "links that a true link's records could not show, or hardly, and links to records of others",
    "linkage": "infants by the step that linked them to a child known to an authority",
    "linkage_accuracy": "pairs linked rightly, missed and linked wrongly, against the truth of synthetic records",
    "linkage_accuracy_rates": "recall, precision and F1 in percent, worked out from the counts shown",
    "linkage_model": "parameters of the linkage model: m, u and weight of every level of agreement",
    "linked_infants": "infants with and without a link, by their characteristics",
    "marginal_risks": "risks that logistic models give if everybody were at one level, their differences and ratios",
    "match_weights": "scored pairs by match weight, linked and not",
    "review_estimates": "precision, recall and F1 of the links, estimated from reviewed pairs, with 95% intervals",
    "standardised_differences": "each level's share with and without an outcome, or a link, and how far apart they are",
    "person_time": "dyads at risk of each outcome, their person-years, events and rates with exact 95% intervals",
    "proportional_hazards": "tests that hazard ratios of the Cox models stay the same over time, by term and global",
    "service_needs": "dyads by what came after discharge, and referred and never seen, with and without involvement",
    "service_rates": "mental health care used in each period: events, person-years and rates with exact 95% intervals",
    **{
        f"service_use_{period}": f"dyads whose mother used each kind of mental health care, {words}"
        for period, words in (
            ("pregnancy_to_birth", "in pregnancy"),
            ("birth_to_t1", "from birth to T1"),
            ("t1_to_t2", "from T1 to T2"),
            ("t2_to_t3", "from T2 to T3"),
        )
    },
    "standardising": "records that each rule of standardising identifiers met",
    "threshold_grid": "links at each threshold of the match probability, and how many are expected to be right",
    "movement_shares": "dyads that moved to a lower, the same or a higher level, with 95% intervals",
    "movement_tests": "tests that levels are distributed alike at two timepoints, clustered on the mother",
    "transitions": "dyads by their level at one timepoint and at another, of those observed at both",
    "medians": "medians and quartiles, in whole units",
    "group_tests": "Gray's tests that the cumulative incidence is the same with and without involvement (O1)",
    "time_lost": "mean days of the year after discharge lost to each event (restricted mean time lost), with intervals",
    "state_occupation": "probability of each state of custody by day since discharge, at a few reported days",
    "planted_effects": "effects put into the synthetic records beside those estimated from them",
}
_DEFAULT_SHOWS = "counts by level and group, with percentages of the group's total"


def release(aggregate: dict[str, pl.DataFrame], config: Config, untold_facts: pl.DataFrame, directory: Path) -> None:
    """Nothing; the release folder then holds the study's aggregates, protected as the config asks.

    Args:
        aggregate: Unrounded tables by name.
        config: The configuration of the study.
        untold_facts: What each route cannot tell; see `build_context`.
        directory: The release folder.

    Raises:
        DyadlinkError: See `protect_all` and `write_release`.
    """
    write_release(protect_all(aggregate, config.disclosure.rules), build_context(config, untold_facts), directory)


def write_release(tables: dict[str, pl.DataFrame], context: dict[str, Any], directory: Path) -> None:
    """Nothing; the release folder then holds these tables and a manifest, and nothing else.

    Written aside and moved in place as a whole, so that a failure leaves the folder as it was. The same input
    gives the same bytes.

    Args:
        tables: What `protect_all` returns.
        context: `title`, `is_synthetic`, `profile` (a name or a Profile), and as wanted `definitions` (term
            to text), `settings` (any plain values) and `shows` (table to sentence).
        directory: The release folder; made, or replaced if it is an earlier release.

    Raises:
        DyadlinkError: A table is refused, the context lacks a key or holds what JSON cannot, or the folder
            holds files that are not a release.
    """
    profile = _read_profile(context)
    for name, table in tables.items():
        check_release_table(name, table, profile)
    files = {f"tables/{name}.csv": _csv_bytes(tables[name]) for name in sorted(tables)}
    for path, content in files.items():
        check_release_file(path, content, profile)
    manifest = _manifest(tables, files, context, profile)
    files["manifest.json"] = _json_bytes(manifest)
    _replace_folder(files, directory)


def _read_profile(context: dict[str, Any]) -> Profile:
    missing = [key for key in ("title", "is_synthetic", "profile") if key not in context]
    if missing:
        raise DyadlinkError(f"the context lacks {', '.join(missing)}", where="release", mend="add it")
    profile = context["profile"]
    return profile if isinstance(profile, Profile) else get_profile(str(profile))


def _csv_bytes(table: pl.DataFrame) -> bytes:
    return table.write_csv(line_terminator="\n").encode("utf-8")


def _manifest(
    tables: dict[str, pl.DataFrame], files: dict[str, bytes], context: dict[str, Any], profile: Profile
) -> dict[str, Any]:
    shows = _SHOWS | context.get("shows", {})
    return {
        "format_version": FORMAT_VERSION,
        "package": "dyadlink",
        "package_version": __version__,
        "title": str(context["title"]),
        "is_synthetic": bool(context["is_synthetic"]),
        "profile": profile.model_dump(),
        "statuses": STATUSES,
        "definitions": context.get("definitions", {}),
        "settings": context.get("settings", {}),
        "files": [
            {
                "path": path,
                "table": Path(path).stem,
                "shows": shows.get(Path(path).stem, _DEFAULT_SHOWS),
                "rows": tables[Path(path).stem].height,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for path, content in files.items()
        ],
    }


def _json_bytes(manifest: dict[str, Any]) -> bytes:
    def plain(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise DyadlinkError(f"the context holds a {type(value).__name__}", where="manifest", mend="give plain values")

    text = json.dumps(manifest, indent=2, ensure_ascii=False, default=plain)
    return f"{text}\n".encode()


def _replace_folder(files: dict[str, bytes], directory: Path) -> None:
    new, old = (directory.with_name(f".{directory.name}.{part}") for part in ("new", "old"))
    if old.exists() and not directory.exists():
        # An earlier run was killed between the two renames.
        old.rename(directory)
    _check_is_release(directory)
    for left_over in (new, old):
        shutil.rmtree(left_over, ignore_errors=True)
    try:
        for path, content in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(content)
        _swap(new, old, directory)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _swap(new: Path, old: Path, directory: Path) -> None:
    if directory.exists():
        directory.rename(old)
    try:
        new.rename(directory)
    except OSError:
        if old.exists():
            old.rename(directory)
        raise


def _check_is_release(directory: Path) -> None:
    # The folder is replaced as a whole: never one that holds somebody's other files.
    found = [path for path in directory.rglob("*") if path.is_file()] if directory.exists() else []
    allowed = {directory / "manifest.json"} | set((directory / "tables").glob("*.csv"))
    if not set(found) <= allowed:
        raise DyadlinkError(
            "the folder holds files that are not a release", where=str(directory), mend="name another folder"
        )
