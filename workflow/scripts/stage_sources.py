"""Stage the sources: types, rules, the latest version of each record."""

from pathlib import Path

from dyadlink.config import Checks, Resources, Sources
from dyadlink.errors import SourceError
from dyadlink.pseudonyms import key_of_step
from dyadlink.sources.completeness import count_completeness, measure_ranges
from dyadlink.sources.digests import SEEN, digest_sources, look_at
from dyadlink.sources.findings import stop_if_asked
from dyadlink.sources.loading import load_sources
from dyadlink.sources.rules import check_sources
from dyadlink.sources.staging import STAGING_TABLES, stage_sources
from dyadlink.sql import add_views, codelist_views, connect
from dyadlink.step import step
from dyadlink.storage import protect_folder, working_folder, write_json, write_parquet, write_tables

with step(snakemake.log[0]):
    staging = Path(snakemake.output.broken_records).parent
    protect_folder(staging)
    sources = Sources(**snakemake.params.sources)
    sql = Path(snakemake.input.sql[0]).parent
    resources = Resources(**snakemake.params.resources)
    with working_folder(staging / ".working", resources.temp) as folder:
        connection = connect(resources, folder)
        add_views(connection, codelist_views(snakemake.input))
        key = key_of_step(snakemake.params.pseudonyms)
        try:
            # Before they are read: what changes from now on is seen by its hash before anything is released.
            digests, seen = digest_sources(sources, "staging"), look_at(sources, "staging")
            load_sources(connection, sources, sql, key=key)
        except SourceError as error:
            raise error.with_more("dyadlink check-inputs lists all that is wrong") from None
        stage_sources(connection, sql)
        checked = check_sources(connection, sql, Checks(**snakemake.params.checks))
        stop_if_asked(checked, sources)
        tables = (*STAGING_TABLES, "broken_records")
        write_tables(connection, {name: Path(snakemake.output[name]) for name in tables})
        write_parquet(checked.quality, Path(snakemake.output.data_quality))
        write_parquet(count_completeness(connection), Path(snakemake.output.data_completeness))
        write_parquet(measure_ranges(connection), Path(snakemake.output.data_ranges))
        connection.close()
        write_json(Path(snakemake.output.records_sha256), digests)
        write_json(staging / SEEN, seen)
