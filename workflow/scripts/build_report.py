"""Build the report from the release alone."""

from pathlib import Path

from dyadlink.report.build import build_report
from dyadlink.step import step

with step(snakemake.log[0], may_leave=True):
    build_report(Path(snakemake.input.manifest).parent, Path(snakemake.output.report))
