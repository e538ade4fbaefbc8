"""Stage the sources: types, rules, the latest version of each record."""

from pathlib import Path

from dyadlink.config import Resources, Sources
from dyadlink.sources.loading import load_sources
from dyadlink.sources.staging import STAGING_TABLES, set_aside, stage_sources
from dyadlink.sql import add_views, codelist_views, connect
from dyadlink.step import step
from dyadlink.storage import protect_folder, write_parquet, write_tables

with step(snakemake.log[0]):
    protect_folder(Path(snakemake.output.set_aside).parent)
    connection = connect(Resources(**snakemake.params.resources))
    add_views(connection, codelist_views(snakemake.input))
    sql = Path(snakemake.input.sql[0]).parent
    load_sources(connection, Sources(**snakemake.params.sources), sql)
    data_quality = stage_sources(connection, sql)
    write_tables(connection, {name: Path(snakemake.output[name]) for name in STAGING_TABLES})
    write_parquet(set_aside(connection), Path(snakemake.output.set_aside))
    write_parquet(data_quality, Path(snakemake.output.data_quality))
