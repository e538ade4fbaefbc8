rule stage_sources:
    input:
        **CODELISTS,
        sources=source_files("staging"),
        sql=sql("routes/*", "sources", "rules", "staging"),
        code=code("sources"),
    output:
        **tables("staging", STAGING_TABLES),
        broken_records=f"{RECORD_LEVEL}/staging/broken_records.parquet",
        data_quality=f"{AGGREGATE}/data_quality.parquet",
        data_completeness=f"{AGGREGATE}/data_completeness.parquet",
        data_ranges=f"{AGGREGATE}/data_ranges.parquet",
        records_sha256=f"{AGGREGATE}/records_sha256.json",
    log:
        "results/logs/stage_sources.log",
    threads: CONFIG.resources.threads
    params:
        sources=section("sources"),
        checks=section("checks"),
        resources=section("resources"),
        pseudonyms=PSEUDONYMS,
    message:
        "Reading the sources and setting broken rows aside by rule"
    script:
        "../scripts/stage_sources.py"
