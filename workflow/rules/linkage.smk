rule link_infants:
    input:
        **CODELISTS,
        sources=source_files("linkage"),
        births=f"{RECORD_LEVEL}/staging/births.parquet",
        sql=sql("routes/*", "linkage"),
        code=code("sources", "linkage"),
    output:
        links=f"{RECORD_LEVEL}/linkage/links.parquet",
        scored_pairs=f"{RECORD_LEVEL}/linkage/scored_pairs.parquet",
        model=f"{RECORD_LEVEL}/linkage/model.json",
        standardising=f"{RECORD_LEVEL}/linkage/standardising.parquet",
        link_controls=f"{RECORD_LEVEL}/linkage/link_controls.parquet",
        identifiers_sha256=f"{AGGREGATE}/identifiers_sha256.json",
    log:
        "results/logs/link_infants.log",
    threads: CONFIG.resources.threads
    params:
        sources=section("sources"),
        study=section("study"),
        linkage=section("linkage"),
        resources=section("resources"),
        pseudonyms=PSEUDONYMS,
    message:
        "Linking infants to children known to the authorities"
    script:
        "../scripts/link_infants.py"
