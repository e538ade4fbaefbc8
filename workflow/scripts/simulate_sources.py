"""Simulate the sources of a synthetic study."""

from pathlib import Path

from dyadlink.step import step

with step(snakemake.log[0]):
    from dyadlink.synthetic import simulate

    simulate(
        preset=snakemake.params.preset,
        seed=snakemake.params.seed,
        out=Path(snakemake.output.sources),
        parameters=Path(snakemake.input.parameters),
        routes=snakemake.params.routes,
        flaws=snakemake.params.flaws,
    )
    # Snakemake notes the time in it; made here, it has the mode of the folder's other files.
    (Path(snakemake.output.sources) / ".snakemake_timestamp").touch()
