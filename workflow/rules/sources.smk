if SYNTHETIC:

    rule simulate_sources:
        input:
            parameters=str(ROOT / "synthetic_data/parameters.yaml"),
            marginal_truth=str(ROOT / "synthetic_data/marginal_truth.csv"),
            code=code("synthetic"),
        output:
            sources=directory(str(CONFIG.sources.directory)),
        log:
            "results/logs/simulate_sources.log",
        threads: CONFIG.resources.threads
        params:
            preset=CONFIG.sources.simulate.preset,
            seed=CONFIG.sources.simulate.seed,
            flaws=CONFIG.sources.simulate.flaws,
            routes=SIMULATED_ROUTES,
        message:
            "Simulating the {params.preset} cohort (seed {params.seed})"
        script:
            "../scripts/simulate_sources.py"
