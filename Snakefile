"""The study: sources -> staging -> linkage -> cohort -> analysis -> release."""

from snakemake.utils import min_version

min_version("9.27")


configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/sources.smk"
include: "workflow/rules/staging.smk"
include: "workflow/rules/linkage.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/release.smk"


rule all:
    default_target: True
    input:
        "results/report/index.html",
    message:
        "The study is complete."


onsuccess:
    print(closing_words())


onerror:
    print(error_words(*log))
