"""Builds the report of a release: the page, and its tables and figures as files beside it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from dyadlink import __version__
from dyadlink.errors import DyadlinkError
from dyadlink.report.document import Document, build_document
from dyadlink.report.files import write_files
from dyadlink.report.page import render_page
from dyadlink.report.reading import Release, read_release


def build_report(release: Path, out: Path) -> None:
    """Nothing; `out` then holds the page of the release folder, and beside it stand its tables and figures as files.

    The same release gives the same bytes. Nothing is written if something is wrong.

    Raises:
        DyadlinkError: The folder holds no release, one that this version cannot read, or a file that is missing or
            differs from its hash.
    """
    document = document_of(read_release(release))
    page = render_page(document)
    write_files(document, page, out)


def document_of(release: Release) -> Document:
    """The report's sections, tables and figures.

    Raises:
        DyadlinkError: A table lacks what this version reads.
    """
    try:
        return build_document(release)
    except (KeyError, pl.exceptions.PolarsError) as error:
        written = release.manifest["package_version"]
        raise DyadlinkError(
            f"a table does not hold what version {__version__} reads ({type(error).__name__})",
            where="release",
            mend=f"build the report with version {written}, which wrote the release",
        ) from error


def render(release: Release) -> str:
    """The page as HTML."""
    return render_page(document_of(release))
