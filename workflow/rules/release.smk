rule release_tables:
    input:
        counts=f"{AGGREGATE}/counts.parquet",
        medians=f"{AGGREGATE}/medians.parquet",
        alternatives=f"{AGGREGATE}/alternatives.parquet",
        transitions=f"{AGGREGATE}/transitions.parquet",
        movement_tests=f"{AGGREGATE}/movement_tests.parquet",
        service_rates=f"{AGGREGATE}/service_rates.parquet",
        person_time=f"{AGGREGATE}/person_time.parquet",
        linkage_accuracy=f"{AGGREGATE}/linkage_accuracy.parquet",
        threshold_grid=f"{AGGREGATE}/threshold_grid.parquet",
        linkage_model=f"{AGGREGATE}/linkage_model.parquet",
        review_estimates=review_estimates(),
        cohort_flow=f"{AGGREGATE}/cohort_flow.parquet",
        data_quality=f"{AGGREGATE}/data_quality.parquet",
        data_completeness=f"{AGGREGATE}/data_completeness.parquet",
        data_ranges=f"{AGGREGATE}/data_ranges.parquet",
        estimates=f"{AGGREGATE}/estimates.parquet",
        proportional_hazards=f"{AGGREGATE}/proportional_hazards.parquet",
        leave_one_out=f"{AGGREGATE}/leave_one_out.parquet",
        performance=f"{AGGREGATE}/performance.parquet",
        prediction=prediction(),
        marginal_risks=f"{AGGREGATE}/marginal_risks.parquet",
        model_dyads=f"{AGGREGATE}/model_dyads.parquet",
        cumulative_incidence=f"{AGGREGATE}/cumulative_incidence.parquet",
        group_tests=f"{AGGREGATE}/group_tests.parquet",
        time_lost=f"{AGGREGATE}/time_lost.parquet",
        state_occupation=f"{AGGREGATE}/state_occupation.parquet",
        planted_effects=f"{AGGREGATE}/planted_effects.parquet",
        untold_facts=CODELISTS["untold_facts"],
        records=f"{AGGREGATE}/records_sha256.json",
        identifiers=f"{AGGREGATE}/identifiers_sha256.json",
        code=code("disclosure", "audit"),
    output:
        manifest="results/release/manifest.json",
        results="results/release/results.json",
        underlying=directory("results/underlying"),
    log:
        "results/logs/release_tables.log",
    params:
        config=CONFIG.model_dump(mode="json"),
        not_in_ledger=release_without_entry(),
    message:
        "Passing the tables through disclosure control, and attacking what comes out"
    script:
        "../scripts/release_tables.py"


rule build_report:
    input:
        manifest="results/release/manifest.json",
        code=code("report"),
    output:
        **report_pdf(),
        report=report(
            "results/report/index.html",
            caption="../captions/page.rst",
            category="Report",
        ),
        word=report(
            "results/report/tables.docx",
            caption="../captions/word.rst",
            category="Report",
        ),
        tables=directory("results/report/tables"),
        figures=report(
            directory("results/report/figures"),
            patterns=["{figure}.png"],
            caption="../captions/figures.rst",
            category="Figures",
        ),
    log:
        "results/logs/build_report.log",
    message:
        "Building the report from the release"
    script:
        "../scripts/build_report.py"
