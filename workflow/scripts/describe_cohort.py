"""Count characteristics, outcomes, movement, service use and links, and describe how good the links are."""

import json
from pathlib import Path

import polars as pl

from dyadlink.describe.alternatives import count_alternatives
from dyadlink.describe.characteristics import describe_characteristics
from dyadlink.describe.counting import pool_small_levels
from dyadlink.describe.follow_up import count_follow_up
from dyadlink.describe.in_depth import describe_in_depth
from dyadlink.describe.link_accuracy import count_accuracy, count_linked
from dyadlink.describe.link_checks import count_link_checks
from dyadlink.describe.links import count_links
from dyadlink.describe.margins import compare_all_margins
from dyadlink.describe.match_scores import count_match_weights, grid_of_thresholds
from dyadlink.describe.missingness import count_missing_patterns
from dyadlink.describe.outcomes import count_outcomes
from dyadlink.describe.person_time import measure_person_time
from dyadlink.describe.service_use import count_service_use, measure_rates
from dyadlink.describe.standardising import count_standardising
from dyadlink.describe.transitions import count_transitions
from dyadlink.linkage.model_table import model_table
from dyadlink.linkage_settings import PROBABILISTIC_STEP, READY_STEP
from dyadlink.pseudonyms import key_of_step
from dyadlink.schemas.link_quality import LinkAccuracy, LinkageModel
from dyadlink.step import step
from dyadlink.storage import write_parquet
from dyadlink.true_links import read_true_links

with step(snakemake.log[0]):
    analysis = pl.read_parquet(snakemake.input.analysis)
    characteristics, medians = describe_characteristics(analysis)
    in_depth, in_depth_medians = describe_in_depth(
        analysis, pl.read_parquet(snakemake.input.dyads), pl.read_parquet(snakemake.input.csc_intervals)
    )
    service_use = pl.read_parquet(snakemake.input.service_use)
    services, service_medians = count_service_use(service_use, pl.read_parquet(snakemake.input.service_needs), analysis)
    truth = None
    if snakemake.input.get("truth"):
        truth = read_true_links(
            Path(snakemake.input.truth), snakemake.params.routes, key_of_step(snakemake.params.pseudonyms)
        )
    links = pl.read_parquet(snakemake.input.links)
    scored_pairs = pl.read_parquet(snakemake.input.scored_pairs)
    # Few studies are handed links: the step is shown where one was made of them.
    ready_made = [READY_STEP] if READY_STEP in links["step"] else []
    linkage = count_links(
        infants=pl.read_parquet(snakemake.input.infants),
        links=links,
        steps=[*ready_made, *snakemake.params.steps],
    )
    smallest = snakemake.params.smallest
    infants = pool_small_levels(
        pl.read_parquet(snakemake.input.infant_characteristics),
        pl.col("infant_id").is_in(links["infant_id"].implode()),
        smallest,
    )
    counts = [
        *(characteristics, in_depth, count_outcomes(analysis), services, linkage, count_linked(infants, links)),
        *(count_missing_patterns(analysis, smallest), count_follow_up(analysis, smallest)),
        count_link_checks(pl.read_parquet(snakemake.input.link_checks), pl.read_parquet(snakemake.input.link_controls)),
        count_match_weights(scored_pairs),
        count_standardising(pl.read_parquet(snakemake.input.standardising)),
    ]
    accuracy = LinkAccuracy.create_empty() if truth is None else count_accuracy(infants, links, truth)
    grid = grid_of_thresholds(
        scored_pairs,
        threshold=snakemake.params.threshold,
        probabilistic_step=PROBABILISTIC_STEP,
        truth=truth,
    )
    model = json.loads(Path(snakemake.input.model).read_text(encoding="utf-8"))
    write_parquet(pl.concat(counts), Path(snakemake.output.counts))
    write_parquet(
        count_alternatives(
            analysis, pl.read_parquet(snakemake.input.analysis_alternatives), snakemake.params.alternatives
        ),
        Path(snakemake.output.alternatives),
    )
    write_parquet(pl.concat([medians, in_depth_medians, service_medians]), Path(snakemake.output.medians))
    write_parquet(count_transitions(analysis), Path(snakemake.output.transitions))
    write_parquet(compare_all_margins(analysis), Path(snakemake.output.movement_tests))
    write_parquet(measure_person_time(analysis), Path(snakemake.output.person_time))
    write_parquet(measure_rates(service_use, analysis), Path(snakemake.output.service_rates))
    write_parquet(accuracy, Path(snakemake.output.linkage_accuracy))
    write_parquet(grid, Path(snakemake.output.threshold_grid))
    write_parquet(model_table(model) if model else LinkageModel.create_empty(), Path(snakemake.output.linkage_model))
