rule describe_cohort:
    input:
        analysis=f"{RECORD_LEVEL}/cohort/analysis.parquet",
        infants=f"{RECORD_LEVEL}/cohort/study_infants.parquet",
        links=f"{RECORD_LEVEL}/linkage/links.parquet",
        truth=truth(),
        code=code("describe"),
    output:
        counts=f"{AGGREGATE}/counts.parquet",
        medians=f"{AGGREGATE}/medians.parquet",
    log:
        "results/logs/describe_cohort.log",
    params:
        steps=LINKAGE_STEPS,
        routes=SIMULATED_ROUTES,
        pseudonyms=PSEUDONYMS,
    message:
        "Counting characteristics, outcomes and links"
    script:
        "../scripts/describe_cohort.py"


rule fit_models:
    input:
        analysis=f"{RECORD_LEVEL}/cohort/analysis.parquet",
        models=str(ROOT / "config/models.yaml"),
        truth=truth(),
        code=code("models"),
    output:
        estimates=f"{AGGREGATE}/estimates.parquet",
        model_dyads=f"{AGGREGATE}/model_dyads.parquet",
        cumulative_incidence=f"{AGGREGATE}/cumulative_incidence.parquet",
        planted_effects=f"{AGGREGATE}/planted_effects.parquet",
    log:
        "results/logs/fit_models.log",
    message:
        "Fitting the models"
    script:
        "../scripts/fit_models.py"
