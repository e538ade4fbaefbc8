rule describe_cohort:
    input:
        analysis=f"{RECORD_LEVEL}/cohort/analysis.parquet",
        analysis_alternatives=f"{RECORD_LEVEL}/cohort/analysis_alternatives.parquet",
        dyads=f"{RECORD_LEVEL}/cohort/dyads.parquet",
        csc_intervals=f"{RECORD_LEVEL}/cohort/csc_intervals.parquet",
        service_use=f"{RECORD_LEVEL}/cohort/service_use.parquet",
        service_needs=f"{RECORD_LEVEL}/cohort/service_needs.parquet",
        infants=f"{RECORD_LEVEL}/cohort/study_infants.parquet",
        infant_characteristics=f"{RECORD_LEVEL}/cohort/infant_characteristics.parquet",
        link_checks=f"{RECORD_LEVEL}/cohort/link_checks.parquet",
        link_controls=f"{RECORD_LEVEL}/linkage/link_controls.parquet",
        links=f"{RECORD_LEVEL}/linkage/links.parquet",
        scored_pairs=f"{RECORD_LEVEL}/linkage/scored_pairs.parquet",
        standardising=f"{RECORD_LEVEL}/linkage/standardising.parquet",
        model=f"{RECORD_LEVEL}/linkage/model.json",
        truth=truth(),
        code=code("describe", "linkage"),
    output:
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
    log:
        "results/logs/describe_cohort.log",
    params:
        alternatives=list(ALTERNATIVES),
        steps=LINKAGE_STEPS,
        routes=SIMULATED_ROUTES,
        pseudonyms=PSEUDONYMS,
        threshold=CONFIG.linkage.match_probability_threshold,
        smallest=CONFIG.disclosure.rules.threshold,
    message:
        "Counting characteristics, outcomes, movement and links"
    script:
        "../scripts/describe_cohort.py"


rule fit_models:
    input:
        **tables("cohort", LINK_VARIANT_TABLES),
        analysis=f"{RECORD_LEVEL}/cohort/analysis.parquet",
        analysis_alternatives=f"{RECORD_LEVEL}/cohort/analysis_alternatives.parquet",
        models=str(MODELS),
        truth=truth(),
        code=code("models"),
    output:
        estimates=f"{AGGREGATE}/estimates.parquet",
        proportional_hazards=f"{AGGREGATE}/proportional_hazards.parquet",
        leave_one_out=f"{AGGREGATE}/leave_one_out.parquet",
        performance=f"{AGGREGATE}/performance.parquet",
        influence=f"{RECORD_LEVEL}/analysis/influence.parquet",
        marginal_risks=f"{AGGREGATE}/marginal_risks.parquet",
        model_dyads=f"{AGGREGATE}/model_dyads.parquet",
        cumulative_incidence=f"{AGGREGATE}/cumulative_incidence.parquet",
        group_tests=f"{AGGREGATE}/group_tests.parquet",
        time_lost=f"{AGGREGATE}/time_lost.parquet",
        state_occupation=f"{AGGREGATE}/state_occupation.parquet",
        planted_effects=f"{AGGREGATE}/planted_effects.parquet",
    log:
        "results/logs/fit_models.log",
    params:
        follow_up_days=CONFIG.study.follow_up_days,
        profile=CONFIG.disclosure.profile,
    message:
        "Fitting the models"
    script:
        "../scripts/fit_models.py"


rule predict_outcomes:
    input:
        analysis=f"{RECORD_LEVEL}/cohort/analysis.parquet",
        models=str(ROOT / "config/models.yaml"),
        code=code("models"),
    output:
        prediction=f"{AGGREGATE}/prediction.parquet",
    log:
        "results/logs/predict_outcomes.log",
    params:
        prediction=section("prediction"),
    message:
        "Measuring how well the factors predict the outcomes"
    script:
        "../scripts/predict_outcomes.py"
