rule stage_sources:
    input:
        **CODELISTS,
        sources=source_files("staging"),
        sql=sql("routes/*", "sources", "staging"),
        code=code("sources"),
    output:
        **tables("staging", STAGING_TABLES),
        set_aside=f"{RECORD_LEVEL}/staging/set_aside.parquet",
        data_quality=f"{AGGREGATE}/data_quality.parquet",
    log:
        "results/logs/stage_sources.log",
    threads: CONFIG.resources.threads
    params:
        sources=section("sources"),
        resources=section("resources"),
    message:
        "Reading the sources and setting broken rows aside by rule"
    script:
        "../scripts/stage_sources.py"
