"""Build the cohort's tables."""

from pathlib import Path

from dyadlink.cohort.alternatives import build_alternatives
from dyadlink.cohort.link_variants import LINK_VARIANT_TABLES, build_link_variants
from dyadlink.cohort.tables import CHILD_TABLES, COHORT_TABLES, add_child_tables, build_cohort
from dyadlink.config import Resources, Study
from dyadlink.sources.staging import STAGING_TABLES
from dyadlink.sql import add_views, codelist_views, connect, read_table
from dyadlink.step import step
from dyadlink.storage import protect_folder, write_parquet, write_tables

with step(snakemake.log[0]):
    protect_folder(Path(snakemake.output.analysis).parent)
    connection = connect(Resources(**snakemake.params.resources))
    staged = {name: Path(snakemake.input[name]) for name in (*STAGING_TABLES, "links", "scored_pairs")}
    views = {name: path for name, path in staged.items() if name not in CHILD_TABLES}
    add_views(connection, {**views, **codelist_views(snakemake.input)})
    add_child_tables(connection, staged)
    sql, study = Path(snakemake.input.sql[0]).parent, Study(**snakemake.params.study)
    build_cohort(connection, sql, study)
    write_tables(connection, {name: Path(snakemake.output[name]) for name in COHORT_TABLES})
    alternatives = {name: Study(**fields) for name, fields in snakemake.params.alternatives.items()}
    write_parquet(
        build_alternatives(connection, sql, study, alternatives), Path(snakemake.output.analysis_alternatives)
    )
    variants = build_link_variants(connection, sql, study, read_table(connection, "scored_pairs"))
    for name, frame in zip(LINK_VARIANT_TABLES, variants, strict=True):
        write_parquet(frame, Path(snakemake.output[name]))
