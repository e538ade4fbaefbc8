"""Build the cohort's tables."""

from pathlib import Path

import polars as pl

from dyadlink.cohort.alternatives import build_alternatives
from dyadlink.cohort.link_variants import LINK_VARIANT_TABLES, build_link_variants
from dyadlink.cohort.tables import COHORT_TABLES, build_cohort
from dyadlink.config import Resources, Study
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import add_views, codelist_views, connect
from dyadlink.step import step
from dyadlink.storage import protect_folder, write_parquet, write_tables

with step(snakemake.log[0]):
    protect_folder(Path(snakemake.output.analysis).parent)
    connection = connect(Resources(**snakemake.params.resources))
    staged = {name: Path(snakemake.input[name]) for name in (*STAGING_TABLES, "links")}
    add_views(connection, {**staged, **codelist_views(snakemake.input)})
    sql, study = Path(snakemake.input.sql[0]).parent, Study(**snakemake.params.study)
    build_cohort(connection, sql, study)
    write_tables(connection, {name: Path(snakemake.output[name]) for name in COHORT_TABLES})
    alternatives = {name: Study(**fields) for name, fields in snakemake.params.alternatives.items()}
    write_parquet(
        build_alternatives(connection, sql, study, alternatives), Path(snakemake.output.analysis_alternatives)
    )
    variants = build_link_variants(connection, sql, study, pl.read_parquet(snakemake.input.scored_pairs))
    for name, frame in zip(LINK_VARIANT_TABLES, variants, strict=True):
        write_parquet(frame, Path(snakemake.output[name]))
