"""The release as the report reads it: the manifest, and each table in its types."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dyadlink.errors import DyadlinkError

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
        DyadlinkError: There is no manifest, it is not one, or a file is missing or differs from its hash.
    """
    manifest = _read_manifest(folder / "manifest.json")
    contents = {entry["table"]: _read_file(folder, entry) for entry in manifest["files"]}
    return Release(
        manifest,
        {name: _read_table(content) for name, content in contents.items()},
        {name: _data_uri(content) for name, content in contents.items()},
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    mend = "write the release first"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DyadlinkError("no manifest.json here", where=path.parent.name, mend=mend) from None
    except ValueError:
        raise DyadlinkError("not valid JSON", where=path.name, mend=mend) from None
    needed = {"files", "profile", "title", "is_synthetic", "package_version"}
    if not isinstance(manifest, dict) or needed - manifest.keys():
        raise DyadlinkError("not the manifest of a release", where=path.name, mend=mend)
    return manifest


def _read_file(folder: Path, entry: dict[str, Any]) -> bytes:
    path = folder / entry["path"]
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise DyadlinkError(
            "missing, or not the file that was released", where=entry["path"], mend="write the release again"
        )
    return content


def _read_table(content: bytes) -> pl.DataFrame:
    # Everything is read as text first: a level such as "0" or "2+" is a word, not a number.
    text = pl.read_csv(content, infer_schema=False)
    return text.with_columns(_typed(name) for name in text.columns)


def _typed(name: str) -> pl.Expr:
    value = pl.col(name)
    if name in _WHOLE:
        return value.cast(pl.Int64)
    if name in _DECIMAL:
        return value.cast(pl.Float64)
    return (value == "true").alias(name) if name in _TRUTH else value.fill_null("")


def _data_uri(content: bytes) -> str:
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(content).decode('ascii')}"
