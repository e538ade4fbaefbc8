"""Count characteristics, outcomes and links."""

from pathlib import Path

import polars as pl

from dyadlink.describe.characteristics import describe_characteristics
from dyadlink.describe.links import count_links
from dyadlink.describe.outcomes import count_outcomes
from dyadlink.step import step
from dyadlink.storage import write_parquet

with step(snakemake.log[0]):
    analysis = pl.read_parquet(snakemake.input.analysis)
    characteristics, medians = describe_characteristics(analysis)
    true_links = None
    if snakemake.input.get("truth"):
        true_links = pl.read_csv(Path(snakemake.input.truth) / "truth/links.csv", infer_schema=False)
    links = count_links(
        infants=pl.read_parquet(snakemake.input.infants),
        links=pl.read_parquet(snakemake.input.links),
        steps=snakemake.params.steps,
        truth=true_links,
    )
    write_parquet(pl.concat([characteristics, count_outcomes(analysis), links]), Path(snakemake.output.counts))
    write_parquet(medians, Path(snakemake.output.medians))
