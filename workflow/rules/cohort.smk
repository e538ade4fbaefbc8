rule build_cohort:
    input:
        **tables("staging", STAGING_TABLES),
        **CODELISTS,
        links=f"{RECORD_LEVEL}/linkage/links.parquet",
        scored_pairs=f"{RECORD_LEVEL}/linkage/scored_pairs.parquet",
        sql=sql("cohort"),
        code=code("cohort"),
    output:
        **tables("cohort", COHORT_TABLES[:-1]),
        **tables("cohort", LINK_VARIANT_TABLES),
        analysis_alternatives=f"{RECORD_LEVEL}/cohort/analysis_alternatives.parquet",
        cohort_flow=f"{AGGREGATE}/cohort_flow.parquet",
    log:
        "results/logs/build_cohort.log",
    threads: CONFIG.resources.threads
    params:
        study=section("study"),
        alternatives=ALTERNATIVES,
        resources=section("resources"),
    message:
        "Building the cohort: timepoints, involvement, outcomes, covariates"
    script:
        "../scripts/build_cohort.py"
