"""Link infants to children known to the authorities; no identifier is stored."""

from pathlib import Path

from dyadlink.config import Linkage, Resources, Sources, Study
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.linkage.links import link_and_score
from dyadlink.schemas import check_table
from dyadlink.schemas.staging import Links, ScoredPairs
from dyadlink.sql import add_views, codelist_views, connect
from dyadlink.step import step
from dyadlink.storage import protect_folder, write_parquet

with step(snakemake.log[0]):
    protect_folder(Path(snakemake.output.links).parent)
    settings = Linkage(**snakemake.params.linkage)
    connection = connect(Resources(**snakemake.params.resources))
    add_views(connection, {"births": Path(snakemake.input.births), **codelist_views(snakemake.input)})
    infants, candidates, ready_links = load_identifiers(
        connection,
        sources=Sources(**snakemake.params.sources),
        sql=Path(snakemake.input.sql[0]).parent,
        study=Study(**snakemake.params.study),
        settings=settings,
    )
    links, scored_pairs = link_and_score(infants, candidates, ready_links, settings, snakemake.threads)
    write_parquet(check_table(links, Links, "links"), Path(snakemake.output.links))
    write_parquet(check_table(scored_pairs, ScoredPairs, "scored_pairs"), Path(snakemake.output.scored_pairs))
