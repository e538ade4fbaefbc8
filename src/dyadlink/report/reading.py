"""The release as the report reads it: the manifest, and each table in its types."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dyadlink import __version__
from dyadlink.errors import DyadlinkError

FORMAT_VERSION = 2
"""The format of releases that this version reads."""
_NAMED = 3
"""Files that a message names."""
_OTHER_VERSION = "build the report with the version that wrote the release"

_WHOLE = {"order", "n", "n_any", "n_at_risk", "n_events", "time_days", "parameters", "data_sets"}
_WHOLE |= {"df", "landmark_days", "horizon_days", "low", "median", "high", "lower_quartile", "upper_quartile"}
_DECIMAL = {"percent", "estimate", "std_error", "conf_low", "conf_high", "p_value", "planted"}
_DECIMAL |= {"ratio", "ratio_low", "ratio_high", "fmi", "threshold"}
_DECIMAL |= {"precision", "recall", "f1", "precision_at_least", "expected_precision", "expected_recall"}
_DECIMAL |= {"percent_with", "percent_without", "standardised_difference", "m", "u", "weight"}
_DECIMAL |= {"percent_low", "percent_high", "statistic"}
_DECIMAL |= {"p_adjusted", "risk_ratio", "e_value", "e_value_limit"}
_DECIMAL |= {"mean_days", "person_years", "rate", "percent_of_whole"}
_DECIMAL |= {"least", "greatest", "ratio_least", "ratio_greatest", "apparent", "optimism", "corrected"}
_TRUTH = {"is_covered"}


@dataclass(frozen=True)
class Release:
    """A release folder, read and checked.

    Args:
        manifest: What manifest.json holds.
        tables: The released tables by name.
        downloads: For each table its CSV as a data URI.
    """

    manifest: dict[str, Any]
    tables: dict[str, pl.DataFrame]
    downloads: dict[str, str]

    @property
    def threshold(self) -> int:
        """Counts below this are hidden."""
        return int(self.manifest["profile"]["threshold"])

    @property
    def is_synthetic(self) -> bool:
        """Whether the records behind the release are made up."""
        return bool(self.manifest["is_synthetic"])

    def find(self, name: str) -> pl.DataFrame:
        """The table; without rows if the release lacks it."""
        return self.tables.get(name, pl.DataFrame())

    def differences(self, table: str) -> pl.DataFrame:
        """Standardised differences between the two groups of a table; without rows if the release lacks them."""
        frame = self.find("standardised_differences")
        return frame.filter(pl.col("table") == table) if frame.height else frame


def read_release(folder: Path) -> Release:
    """The release in a folder.

    Raises:
        DyadlinkError: There is no manifest, it is not one or of another format, a file is missing or differs from
            its hash, or a file is no table.
    """
    manifest = _read_manifest(folder / "manifest.json")
    contents = _read_files(folder, manifest["files"])
    return Release(
        manifest,
        {name: _read_table(name, content) for name, content in contents.items()},
        {name: _data_uri(content) for name, content in contents.items()},
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    mend = "write the release first, or name the folder that holds manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise DyadlinkError("no manifest.json here", where=path.parent.name, mend=mend) from None
    except ValueError:
        raise DyadlinkError("not valid JSON", where=path.name, mend=mend) from None
    needed = {"files", "profile", "title", "is_synthetic", "package_version", "format_version"}
    if not isinstance(manifest, dict) or needed - manifest.keys():
        raise DyadlinkError("not the manifest of a release", where=path.name, mend=mend)
    if manifest["format_version"] != FORMAT_VERSION:
        raise DyadlinkError(
            f"a release of format {manifest['format_version']}, written by version {manifest['package_version']}; "
            f"version {__version__} reads format {FORMAT_VERSION}",
            where=path.name,
            mend=_OTHER_VERSION,
        )
    if not all(isinstance(entry, dict) and {"path", "table", "sha256"} <= entry.keys() for entry in manifest["files"]):
        raise DyadlinkError("the list of files is not that of a release", where=path.name, mend=mend)
    return manifest


def _read_files(folder: Path, entries: list[dict[str, Any]]) -> dict[str, bytes]:
    """Table to the content of its file, each the file that was released."""
    contents, wrong = {}, []
    for entry in entries:
        path = folder / entry["path"]
        # A manifest that was changed by hand could name a file anywhere.
        is_inside = path.resolve().is_relative_to(folder.resolve())
        content = path.read_bytes() if is_inside and path.is_file() else b""
        contents[entry["table"]] = content
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            wrong.append(str(entry["path"]))
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise DyadlinkError(
            "missing, or not the file that was released",
            where=f"{', '.join(wrong[:_NAMED])}{more}",
            mend="write the release again; nothing in it may be changed by hand",
        )
    return contents


def _read_table(name: str, content: bytes) -> pl.DataFrame:
    try:
        # Everything is read as text first: a level such as "0" or "2+" is a word, not a number.
        text = pl.read_csv(content.decode("utf-8").encode(), infer_schema=False)
        return text.with_columns(_typed(column) for column in text.columns)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        # The message of polars may quote a value.
        raise DyadlinkError("no table of a release", where=f"{name}.csv", mend=_OTHER_VERSION) from None


def _typed(name: str) -> pl.Expr:
    value = pl.col(name)
    if name in _WHOLE:
        return value.cast(pl.Int64)
    if name in _DECIMAL:
        return value.cast(pl.Float64)
    return (value == "true").alias(name) if name in _TRUTH else value.fill_null("")


def _data_uri(content: bytes) -> str:
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(content).decode('ascii')}"
