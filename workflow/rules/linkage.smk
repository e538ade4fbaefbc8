# After identifiers were purged links are plain files: nothing that changes has them made again.
if not LINKS_ARE_FINAL:

    rule link_infants:
        input:
            **CODELISTS,
            sources=source_files("linkage"),
            births=f"{RECORD_LEVEL}/staging/births.parquet",
            sql=sql("routes/*", "linkage"),
            code=code("sources", "linkage"),
        output:
            **LINKS,
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
