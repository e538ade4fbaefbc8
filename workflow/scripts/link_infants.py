"""Link infants to children known to the authorities; no identifier outlives the step."""

from pathlib import Path

from dyadlink.config import Resources, Sources, Study
from dyadlink.linkage.identifiers import load_identifiers
from dyadlink.linkage.links import link_persons
from dyadlink.linkage.model import save_model
from dyadlink.linkage.negative_control import link_to_controls
from dyadlink.linkage.outputs import read_links, read_scored_pairs, read_standardising
from dyadlink.linkage_settings import Linkage
from dyadlink.results_folder import settings_of_links, write_settings
from dyadlink.sources.digests import SEEN, digest_sources, look_at
from dyadlink.sql import add_views, codelist_views, connect
from dyadlink.step import step
from dyadlink.storage import protect_folder, working_folder, write_json, write_parquet

with step(snakemake.log[0]):
    linkage = Path(snakemake.output.links).parent
    protect_folder(linkage)
    settings = Linkage(**snakemake.params.linkage)
    resources = Resources(**snakemake.params.resources)
    sources = Sources(**snakemake.params.sources)
    with working_folder(linkage / ".working", resources.temp) as folder:
        connection = connect(resources, folder)
        # Before they are read: what changes from now on is seen by its hash before anything is released.
        digests, seen = digest_sources(sources, "linkage"), look_at(sources, "linkage")
        add_views(connection, {"births": Path(snakemake.input.births), **codelist_views(snakemake.input)})
        load_identifiers(
            connection,
            sources=sources,
            sql=Path(snakemake.input.sql[0]).parent,
            study=Study(**snakemake.params.study),
            settings=settings,
        )
        linked = link_persons(connection, settings)
        write_parquet(read_links(connection), Path(snakemake.output.links))
        write_parquet(read_scored_pairs(connection), Path(snakemake.output.scored_pairs))
        write_parquet(read_standardising(connection), Path(snakemake.output.standardising))
        save_model(linked.model, Path(snakemake.output.model))
        controls = link_to_controls(
            connection,
            sql=Path(snakemake.input.sql[0]).parent,
            study=Study(**snakemake.params.study),
            settings=settings,
            model=Path(snakemake.output.model),
        )
        write_parquet(controls, Path(snakemake.output.link_controls))
        connection.close()
    write_json(Path(snakemake.output.identifiers_sha256), digests)
    write_json(linkage / SEEN, seen)
    sections = (snakemake.params[name] for name in ("study", "sources", "linkage"))
    write_settings(linkage.parents[1], settings_of_links(*sections))
    Path(snakemake.log[0]).write_text("".join(f"{note}\n" for note in linked.notes), encoding="utf-8")
