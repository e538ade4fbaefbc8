# The two commands are `make run` and `make test`; the rest is for those who build it.
PYTHON ?= python3
CORES ?= 2
WHEELHOUSE ?= wheelhouse
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-browser test-docs test-postgresql test-faults test-same-answer test-slurm test-spark test-offline wheelhouse install-offline sbom test-sbom docs check format lock reference r-answers \
	browser-references snakemake-report pictures truth \
	truth-of-dyads fidelity extract coverage-of-planted imputation-coverage model-coverage absolute-risks linkage-error bench bench-reading \
	bench-staging bench-cohort bench-disclosure bench-linkage bench-models bench-national bench-simulate clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.run-ready ## make .venv with what the study needs

setup-dev: $(VENV)/.dev-ready ## add what the tests and checks need

$(VENV)/.run-ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "dyadlink needs Python 3.11: run 'make PYTHON=/path/to/python3.11 run'" >&2; exit 2; }
	@echo "Installing what the study needs into $(VENV) (once; a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-ready: requirements-dev.lock $(VENV)/.run-ready
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.slurm-ready: requirements-slurm.lock $(VENV)/.dev-ready
	$(PIP) install --require-hashes -r requirements-slurm.lock
	@touch $@

$(VENV)/.spark-ready: requirements-spark.lock $(VENV)/.dev-ready
	$(PIP) install --require-hashes -r requirements-spark.lock
	@touch $@

$(VENV)/.sbom-ready: requirements-sbom.lock $(VENV)/.dev-ready
	$(PIP) install --require-hashes -r requirements-sbom.lock
	@touch $@

$(VENV)/.docs-ready: requirements-docs.lock $(VENV)/.dev-ready
	$(PIP) install --require-hashes -r requirements-docs.lock
	@touch $@

wheelhouse: setup ## fill the folder WHEELHOUSE with all that `make install-offline` needs
	rm -rf $(WHEELHOUSE)
	mkdir -p $(WHEELHOUSE)
	$(PIP) wheel --require-hashes --no-build-isolation --wheel-dir $(WHEELHOUSE) -r requirements.lock
	$(BIN)/python install/wheelhouse.py built requirements.lock $(WHEELHOUSE)
	git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -czf $(WHEELHOUSE)/dyadlink-source.tar.gz

sbom: $(VENV)/.sbom-ready ## list every package that the study needs, as CycloneDX: build/sbom.cdx.json
	$(BIN)/python install/sbom.py requirements.lock --out build/sbom.cdx.json

test-sbom: $(VENV)/.sbom-ready ## hold that list against the schema and the lock
	$(BIN)/python -m pytest tests/sbom

install-offline: ## make .venv from the folder WHEELHOUSE alone, without a network
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "dyadlink needs Python 3.11: run 'make PYTHON=/path/to/python3.11 install-offline'" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python install/wheelhouse.py joined requirements.lock $(WHEELHOUSE) > $(VENV)/offline.lock
	@$(PIP) --isolated install --no-index --find-links $(WHEELHOUSE) --require-hashes -r $(VENV)/offline.lock
	@$(PIP) --isolated install --no-index --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.run-ready
	@echo "Installed; go on with 'make run'"

run: setup ## from nothing to results/report/index.html
	@$(BIN)/snakemake --cores $(CORES)

# Whole runs of the workflow come first, so that no worker waits for the other one's last file.
test: setup-dev ## run every test
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-browser: setup-dev ## open the report in Chromium (must be on the PATH)
	$(BIN)/python -m pytest tests/browser

browser-references: setup-dev ## draw the kept pictures of the report again, to be looked at
	DYADLINK_NEW_REFERENCES=1 $(BIN)/python -m pytest tests/browser/test_pictures.py

test-postgresql: setup-dev ## read from a server of the tests' own (needs Debian's postgresql)
	$(BIN)/python -m pytest tests/postgresql

test-slurm: $(VENV)/.slurm-ready ## run the extract through a SLURM of the tests' own (as root; needs Debian's slurm-wlm and munge)
	$(BIN)/python -m pytest tests/slurm

test-spark: $(VENV)/.spark-ready ## link on a local Spark (needs Java 17 or later)
	$(BIN)/python -m pytest tests/spark

test-offline: setup-dev ## install from a wheelhouse and run the study with the network unplugged (needs unshare)
	$(BIN)/python -m pytest tests/offline

test-same-answer: setup-dev ## run one study in many ways, on every route: the same release, byte for byte
	$(BIN)/python -m pytest tests/same_answer

test-faults: setup-dev ## kill the study, fill its disk, take its memory, change its clock (needs root and Debian's faketime and locales)
	$(BIN)/python -m pytest -s tests/faults

test-docs: $(VENV)/.docs-ready ## build the docs site strictly, and ask it for nothing from elsewhere
	$(BIN)/python -m pytest tests/docs

docs: $(VENV)/.docs-ready ## build the docs site: build/docs/site/index.html
	@$(BIN)/python docs/site/build_site.py

check: setup-dev ## lint, types and formats
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/sqlfluff lint workflow/sql

format: setup-dev ## put code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules
	$(BIN)/sqlfluff fix workflow/sql

lock: setup-dev ## resolve the dependencies again (asks the package index)
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --extra dev \
		--constraint requirements.lock --custom-compile-command "make lock" \
		--output-file requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --extra slurm \
		--constraint requirements.lock --custom-compile-command "make lock" \
		--output-file requirements-slurm.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --extra spark \
		--constraint requirements.lock --custom-compile-command "make lock" \
		--output-file requirements-spark.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --extra docs \
		--constraint requirements-dev.lock --custom-compile-command "make lock" \
		--output-file requirements-docs.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 --extra sbom \
		--constraint requirements-dev.lock --custom-compile-command "make lock" \
		--output-file requirements-sbom.lock pyproject.toml

reference: setup ## write the schema and the reference pages that are made from the code
	$(BIN)/dyadlink config-schema > config/config.schema.json
	$(BIN)/dyadlink reference --out docs/reference

r-answers: ## run every script of tests/r again, and say what differs (needs R: see tests/r/SOURCE.md)
	cd tests/r && for script in *.R; do echo "$$script"; Rscript --vanilla "$$script" > /dev/null || exit 1; done
	git diff --exit-code --stat -- tests/r && echo "tests/r: nothing differs"

pictures: setup ## draw the rule graph again, and take a figure from the last run (needs graphviz)
	$(BIN)/snakemake --rulegraph dot 2>/dev/null | sed 's/[[:space:]]*$$//' | grep -vE '"all"|-> 0$$' \
		> docs/pictures/rulegraph.dot
	dot -Tsvg docs/pictures/rulegraph.dot -o docs/pictures/rulegraph.svg
	$(BIN)/python docs/site/pictures.py

truth: setup ## find the true marginal quantities again, after a change of the synthetic parameters
	$(BIN)/python benchmarks/marginal_truth.py

truth-of-dyads: setup-dev ## hold every dyad of simulated records against what is true of it
	$(BIN)/python benchmarks/dyads_against_truth.py

extract: setup ## write the committed extract and the data dictionary of the synthetic files again
	rm -rf synthetic_data/extract/sources
	$(BIN)/dyadlink simulate --preset extract --seed 27 --flaws heavy --out synthetic_data/extract/sources \
		--route england_returns --route england_research_extract --route england_local_ssd --route wales_sail
	$(BIN)/dyadlink dictionary --world synthetic_data/extract/sources --out synthetic_data/data_dictionary.csv

fidelity: setup-dev ## hold the generator against the published figures it claims
	$(BIN)/python benchmarks/fidelity.py --seeds 8

coverage-of-planted: setup-dev ## planted effects over 30 simulated studies
	$(BIN)/python benchmarks/planted_coverage.py --studies 30

imputation-coverage: setup-dev ## whether imputed models give planted effects back: 1,000 studies; and the time they take
	$(BIN)/python benchmarks/coverage_of_families.py --arms imputed --studies 1000 --processes $(CORES)
	$(BIN)/python benchmarks/imputation.py

model-coverage: setup-dev ## whether every family of models gives planted effects back: 1,000 studies each
	$(BIN)/python benchmarks/coverage_of_families.py --studies 1000 --processes $(CORES)

absolute-risks: setup-dev ## whether intervals of risks hold, and what weights of censoring mend: 1,000 studies
	$(BIN)/python benchmarks/absolute_risks.py --studies 1000 --processes $(CORES)

linkage-error: setup-dev ## what linkage error does to estimates and what each plan makes of it: 200 studies for each arm
	$(BIN)/python benchmarks/linkage_error.py --studies 200 --processes $(CORES)
	$(BIN)/python benchmarks/linkage_error_pipeline.py --studies 15
	$(BIN)/python benchmarks/linkage_error_figures.py

bench: setup-dev ## measure the whole study at two sizes beside a script written by hand: time, memory, share outside the work
	$(BIN)/python benchmarks/whole_run.py

bench-national: setup-dev ## measure the whole study of 30,000 dyads among 20 million event rows
	$(BIN)/python benchmarks/whole_run.py --only-national

bench-reading: setup-dev ## measure reading beside the bare scan and the bare parse of the same files
	$(BIN)/python benchmarks/reading.py

bench-staging: setup-dev ## measure staging the national extract: time and memory of each part
	$(BIN)/python benchmarks/staging.py

bench-cohort: setup-dev ## measure the cohort beside 20 million event rows: time, memory, the filtering of events
	$(BIN)/python benchmarks/cohort.py

bench-linkage: setup ## the linkage beside Splink and an exact ladder, up to five million children
	$(BIN)/python benchmarks/linkage.py

bench-models: setup-dev ## every family of models beside the fastest libraries, up to 300,000 dyads
	NUMBA_NUM_THREADS=1 POLARS_MAX_THREADS=1 $(BIN)/python benchmarks/models.py

bench-simulate: setup-dev ## measure the generator up to the national preset
	$(BIN)/python benchmarks/simulate.py

bench-disclosure: setup ## suppression over tables of growing size, and beside pytauargus where TAUARGUS names a Python that has it
	$(BIN)/python benchmarks/disclosure.py $(if $(TAUARGUS),--tauargus $(TAUARGUS)) \
		$(if $(wildcard results/aggregate/counts.parquet),--release results/aggregate)

snakemake-report: setup ## Snakemake's own report of the last run: results/snakemake-report.html (for inside alone)
	$(BIN)/snakemake --cores 1 --report results/snakemake-report.html --quiet all

clean: ## remove results (never sources that stand elsewhere)
	rm -rf results build .snakemake
