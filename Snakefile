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
        # Snakemake does not miss a file that only stands between: a failed run would look complete.
        rules.stage_sources.output,
        LINKS.values(),
        rules.build_cohort.output,
        rules.describe_cohort.output,
        rules.fit_models.output,
    message:
        "The study is complete."


onsuccess:
    print(closing_words())


onerror:
    print(error_words(*log), file=sys.stderr)
