"""Count characteristics, outcomes and links."""

from pathlib import Path

import polars as pl

from dyadlink.describe.characteristics import describe_characteristics
from dyadlink.describe.links import count_links
from dyadlink.describe.outcomes import count_outcomes
from dyadlink.linkage_settings import READY_STEP
from dyadlink.step import step
from dyadlink.storage import write_parquet
from dyadlink.true_links import read_true_links

with step(snakemake.log[0]):
    analysis = pl.read_parquet(snakemake.input.analysis)
    characteristics, medians = describe_characteristics(analysis)
    true_links = None
    if snakemake.input.get("truth"):
        true_links = read_true_links(Path(snakemake.input.truth), snakemake.params.routes)
    links = pl.read_parquet(snakemake.input.links)
    # Few studies are handed links: the step is shown where one was made of them.
    ready_made = [READY_STEP] if READY_STEP in links["step"] else []
    linkage = count_links(
        infants=pl.read_parquet(snakemake.input.infants),
        links=links,
        steps=[*ready_made, *snakemake.params.steps],
        truth=true_links,
    )
    write_parquet(pl.concat([characteristics, count_outcomes(analysis), linkage]), Path(snakemake.output.counts))
    write_parquet(medians, Path(snakemake.output.medians))
