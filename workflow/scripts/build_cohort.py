"""Build the cohort's tables."""

from pathlib import Path

from dyadlink.cohort.tables import COHORT_TABLES, build_cohort
from dyadlink.config import Resources, Study
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import add_views, codelist_views, connect
from dyadlink.step import step
from dyadlink.storage import protect_folder, write_tables

with step(snakemake.log[0]):
    protect_folder(Path(snakemake.output.analysis).parent)
    connection = connect(Resources(**snakemake.params.resources))
    staged = {name: Path(snakemake.input[name]) for name in (*STAGING_TABLES, "links")}
    add_views(connection, {**staged, **codelist_views(snakemake.input)})
    build_cohort(connection, Path(snakemake.input.sql[0]).parent, Study(**snakemake.params.study))
    write_tables(connection, {name: Path(snakemake.output[name]) for name in COHORT_TABLES})
