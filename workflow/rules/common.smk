"""What every rule file needs: the checked configuration, the paths, and the files a step's code is made of."""

import json
import os
import re
import shlex
import sys
import time
from importlib.util import find_spec
from pathlib import Path

# Fits run side by side: a library that also opens threads of its own only slows them down.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from dyadlink.cohort.link_variants import LINK_VARIANT_TABLES
from dyadlink.cohort.tables import COHORT_TABLES
from dyadlink.config import ROUTES, Config, parse_section
from dyadlink.errors import DyadlinkError
from dyadlink.ledger import names_release
from dyadlink.linkage_settings import PROBABILISTIC_STEP
from dyadlink.machine_errors import machine_error
from dyadlink.models.specification import check_alternatives, load_models
from dyadlink.needs import tell_needs
from dyadlink.one_run import check_clock, hold_folder
from dyadlink.progress import STARTED_IN, clock, path_from
from dyadlink.pseudonyms import study_key
from dyadlink.results_folder import check_format, links_are_final, write_format
from dyadlink.sources.catalogue import stage_files
from dyadlink.sources.digests import SEEN, check_before_run
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.step import INTERRUPTED, PREFIX
from dyadlink.storage import (
    check_holds_no_records,
    clear_working_folders,
    protect_folder,
)

# A file system may round the time of a change down to the second.
STARTED = time.time() - 1

# Snakemake writes the interpreter's path into a shell command as it is: a blank in it would end the command.
sys.executable = shlex.quote(sys.executable)

# Snakemake gives linear algebra a job's threads, and polars is to have no more: else two jobs take four cores of two.
shell.prefix("set -euo pipefail; export POLARS_MAX_THREADS=$OMP_NUM_THREADS; ")

ROOT = Path(workflow.basedir)
RESULTS = Path("results")
RECORD_LEVEL = "results/record_level"
AGGREGATE = "results/aggregate"
try:
    check_format(RESULTS)
    CONFIG = parse_section(Config, config, "config")
    if CONFIG.sources.simulate is not None:
        # Snakemake empties the folder before the step begins: too late to ask there.
        check_holds_no_records(Path(CONFIG.sources.directory))
    MODELS = ROOT / CONFIG.models
    # Before any record is read: a model that cannot be meant would else stop the run when all is linked.
    check_alternatives(load_models(MODELS), CONFIG.alternatives, str(MODELS))
    KEY = study_key(CONFIG.linkage.pseudonym_key_file, ROOT)
    CONFIG.prediction.check_installed()
    LINKS_ARE_FINAL = links_are_final(RESULTS, CONFIG)
    # Once identifiers are purged nobody can look whether they are still the same.
    READ_BY = {"staging": "records"} | (
        {} if LINKS_ARE_FINAL else {"linkage": "identifiers"}
    )
    protect_folder(Path(RECORD_LEVEL))
    if workflow.is_main_process and Path(CONFIG.sources.directory).is_dir():
        for stage, role in READ_BY.items():
            check_before_run(
                CONFIG.sources,
                stage,
                Path(f"{RECORD_LEVEL}/{stage}/{SEEN}"),
                Path(f"{AGGREGATE}/{role}_sha256.json"),
            )
except (DyadlinkError, OSError) as error:
    sys.exit(f"{PREFIX}{machine_error(error) or error}")

# Another key in the same file re-runs what depends on it; the fingerprint says nothing of the key.
PSEUDONYMS = KEY and {
    "file": str(CONFIG.linkage.pseudonym_key_file),
    "project": str(ROOT),
    "fingerprint": KEY.fingerprint(),
}
CODELISTS = {
    path.stem: str(path) for path in sorted((ROOT / "config/codelists").glob("*.csv"))
}
ALTERNATIVES = {
    name: CONFIG.alternative(name).model_dump(mode="json")
    for name in CONFIG.alternatives
}
LINKS = {
    "links": f"{RECORD_LEVEL}/linkage/links.parquet",
    "scored_pairs": f"{RECORD_LEVEL}/linkage/scored_pairs.parquet",
    "model": f"{RECORD_LEVEL}/linkage/model.json",
    "standardising": f"{RECORD_LEVEL}/linkage/standardising.parquet",
    "link_controls": f"{RECORD_LEVEL}/linkage/link_controls.parquet",
    "settings": f"{RECORD_LEVEL}/linkage/settings.json",
    "identifiers_sha256": f"{AGGREGATE}/identifiers_sha256.json",
}
LINKAGE_STEPS = [*(step.name for step in CONFIG.linkage.ladder), PROBABILISTIC_STEP]
SYNTHETIC = CONFIG.sources.simulate is not None
SIMULATED_ROUTES = [
    route
    for route in ROUTES
    if route in {source.route for source in CONFIG.sources.read_from()}
]


# Before the first step. Snakemake's own lock outlives a run that is killed: profiles/default does without it.
onstart:
    try:
        hold_folder()
        sources = () if SYNTHETIC else stage_files(CONFIG.sources, "staging")
        check_clock([*sources, *RESULTS.rglob("*")])
        write_format(RESULTS)
        clear_working_folders(RESULTS, CONFIG.resources.temp)
    except (DyadlinkError, OSError) as error:
        sys.exit(f"{PREFIX}{machine_error(error) or error}")
    print(needs_words(), end="", file=sys.stderr, flush=True)


def code(*packages):
    """The Python files a step runs: Snakemake does not see an edit inside an imported module."""
    leaves = sorted(
        [
            *(ROOT / "src/dyadlink").glob("*.py"),
            *(ROOT / "src/dyadlink/schemas").glob("*.py"),
        ]
    )
    own = [
        path
        for package in packages
        for path in sorted((ROOT / "src/dyadlink" / package).rglob("*"))
    ]
    is_code = {".py", ".html", ".css", ".js", ".yaml"}
    return [str(path) for path in leaves + own if path.suffix in is_code]


def sql(*stages):
    """The SQL files of the stages with the tables beside them, and the macros they share."""
    own = [
        path
        for stage in stages
        for path in sorted((ROOT / "workflow/sql").glob(f"{stage}/*"))
        if path.suffix in {".sql", ".csv"}
    ]
    return [str(path) for path in [ROOT / "workflow/sql/macros.sql", *own]]


def tables(stage, names):
    """The Parquet files of a stage's tables, by table name."""
    return {name: f"{RECORD_LEVEL}/{stage}/{name}.parquet" for name in names}


def source_files(stage):
    """The files a stage reads: those the simulation will make, or those that stand there."""
    if SYNTHETIC:
        return str(CONFIG.sources.directory)
    try:
        return [str(path) for path in stage_files(CONFIG.sources, stage)]
    except DyadlinkError as error:
        sys.exit(f"{PREFIX}{error}")


def truth():
    """The folder that holds the planted truth in truth/, which only synthetic sources have."""
    return str(CONFIG.sources.directory) if SYNTHETIC else []


def review_estimates():
    """What `dyadlink read-review` made of a reviewer's decisions, where there are any."""
    path = Path(AGGREGATE) / "review_estimates.parquet"
    return str(path) if path.is_file() else []


def prediction():
    """How well the factors predict, where the configuration asks for it."""
    return f"{AGGREGATE}/prediction.parquet" if CONFIG.prediction.enabled else []


def release_without_entry():
    """The name of the release that stands in place, if the ledger has lost it: it is then made again, and entered."""
    try:
        manifest = json.loads(Path("results/release/manifest.json").read_text())
        release = str(manifest["release"])
    except (OSError, ValueError, KeyError):
        return ""
    return "" if names_release(CONFIG.ledger, release) else release


def report_pdf():
    """The report as PDF, where the extra `pdf` is installed."""
    return {"pdf": "results/report/report.pdf"} if find_spec("typst") else {}


def section(name):
    """A section of the configuration as plain values: a changed one re-runs what depends on it."""
    return getattr(CONFIG, name).model_dump(mode="json")


def seen_from_start(path):
    """A path of the study's folder as who started the run finds it: `--directory` may name another folder."""
    return path_from(os.environ.get(STARTED_IN, Path.cwd()), path)


def needs_words():
    """What a large run on records that stand there will take, in a line; empty where it is not large."""
    if SYNTHETIC:
        return ""
    stages = ("staging", "linkage")
    try:
        records = [
            path for stage in stages for path in stage_files(CONFIG.sources, stage)
        ]
    except DyadlinkError:  # the step that reads them tells it
        return ""
    told = tell_needs(records, CONFIG.resources, Path(RECORD_LEVEL))
    return f"{told}\n" if told else ""


def closing_words():
    """What a run that ended well says: where to look, and what may leave."""
    return (
        f"The study is complete ({clock(time.time() - STARTED)}).\n"
        f"  Report:  {seen_from_start('results/report/index.html')}\n"
        f"  Release: {seen_from_start('results/release')}/ (may leave, after your output check)\n"
        f"  Logs:    {seen_from_start('results/logs')}/"
    )


def how_it_ended(log_path):
    """What is known of a step that could not say why it ended: the system ended it, or a library did."""
    text = log_path.read_text(encoding="utf-8") if log_path.is_file() else ""
    if re.search(r"exit status (134|137|139)\b|died with <Signals", text):
        return (
            "a step was ended by the system, most likely for want of memory -> run where there is more memory, or with "
            "--cores 1, and give the same command again: what was finished is kept"
        )
    return f"the run ended with an error -> see {log_path}"


def error_words(log_path):
    """What a run that failed says: the line that tells what is wrong, and the log it stands in."""
    told = [
        (path, line)
        for path in sorted(Path("results/logs").glob("*.log"))
        # A log of an earlier run may hold an error that is none of this one's.
        if path.stat().st_mtime >= STARTED
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(PREFIX)
    ]
    if not told:
        return f"{PREFIX}{how_it_ended(Path(log_path))}"
    return "\n".join(
        line if INTERRUPTED in line else f"{line}\n  Log: {seen_from_start(path)}"
        for path, line in told
    )
