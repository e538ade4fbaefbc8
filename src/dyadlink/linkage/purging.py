"""Takes away the identifiers that a finished linkage left in a study's results, so that the later stages go on."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dyadlink.config import Sources, parse_section
from dyadlink.errors import DyadlinkError
from dyadlink.one_run import is_at_work
from dyadlink.results_folder import SETTINGS, check_format, mark_purged
from dyadlink.sources.catalogue import stage_files
from dyadlink.storage import working_folders

LEFT_BY_LINKAGE = ("links.parquet", "scored_pairs.parquet", "model.json", "standardising.parquet")
REVIEW_FILES = "*clerical_review.*"
"""What the commands of clerical review write with identifiers in it, whole or not."""


@dataclass(frozen=True)
class Purge:
    """What goes, and what a study cannot take away.

    Args:
        results: Folder of the study's results.
        goes: Files and folders with identifiers, sorted.
        stays: Files of identifiers that stand outside the results, sorted: they are whose records they are.
    """

    results: Path
    goes: tuple[Path, ...]
    stays: tuple[Path, ...]

    def run(self) -> None:
        """Delete, and have the links stand as they are from now on.

        The mark comes first: a run after a purge that was cut short makes no links of what is left of the identifiers.
        """
        mark_purged(self.results, date.today().isoformat())  # the day on the clock of whoever purges
        for path in self.goes:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def summary(self, *, is_done: bool) -> str:
        """What goes or went, in lines."""
        did = "Deleted" if is_done else "To delete"
        lines = [f"{did}: {len(self.goes)} file(s) and folder(s) with identifiers in {self.results}"]
        lines += [f"  {path}" for path in self.goes]
        if self.stays:
            lines.append(f"Not touched, outside the results: {len(self.stays)} file(s) that the linkage read")
            lines += [f"  {path}" for path in self.stays]
        return "\n".join(lines)


def plan_purge(results: Path) -> Purge:
    """What a purge of this folder would do.

    Raises:
        DyadlinkError: There is no finished linkage, or a run is at work.
    """
    check_format(results)
    linkage = results / SETTINGS.parent
    missing = [name for name in (*LEFT_BY_LINKAGE, SETTINGS.name) if not (linkage / name).is_file()]
    if missing:
        raise DyadlinkError(
            f"the linkage is not finished: {missing[0]} is missing", where=str(linkage), mend="run the study up to it"
        )
    if is_at_work(results.parent):
        raise DyadlinkError("a run is at work in this folder", where=str(results), mend="let it end, then purge")
    inside, outside = _read_by_linkage_alone(results)
    goes = sorted({*working_folders(results), *linkage.glob(REVIEW_FILES), *inside})
    return Purge(results, tuple(goes), tuple(sorted(outside)))


def _read_by_linkage_alone(results: Path) -> tuple[list[Path], list[Path]]:
    """Files of identifiers inside the results (a simulation made them) and outside; later stages need neither."""
    settings = json.loads((results / SETTINGS).read_text(encoding="utf-8"))
    sources = parse_section(Sources, settings["sources"], str(results / SETTINGS))
    try:
        files = {results.parent / path for path in stage_files(_from(sources, results.parent), "linkage")}
        kept = {results.parent / path for path in stage_files(_from(sources, results.parent), "staging")}
    except DyadlinkError:
        return [], []  # they are gone
    inside = [path for path in files - kept if path.resolve().is_relative_to(results.resolve())]
    return inside, [path for path in files - kept if path not in inside and path.suffix != ".yaml"]


def _from(sources: Sources, folder: Path) -> Sources:
    """The sources as paths from elsewhere: those of the settings begin at the folder of the run."""
    inputs = [
        source if source.format == "postgresql" else source.model_copy(update={"location": str(folder / location)})
        for source in sources.read_from()
        if (location := source.location) is not None
    ]
    return sources.model_copy(update={"inputs": tuple(inputs)})
