# One command for people and CI alike. `make help` lists them.

SHELL := bash
BIN := .venv/bin
UI := runtime/zruntime/web/ui
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links
PYTHON_CODE := -p zcompile -p zruntime -p ztemplates -p devtools

.DEFAULT_GOAL := help
.PHONY: help setup packages demo cluster cluster-test cluster-bench test test-matrix fuzz check format bench screenshots lock dags golden docs ui audit env clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: ## Make .venv from requirements.lock; does nothing when nothing changed
	@devtools/setup.sh

packages: ## Install Chromium and docker-compose for the tests, where that can be done
	@devtools/packages.sh

demo: setup ## Run the digits pipeline three times in a real Airflow (ONCE=1: then end)
	@exec $(BIN)/python -m devtools.demo $(if $(ONCE),--once)

cluster: setup ## Run the services of docker-compose.yml on this machine, without Docker
	@devtools/cluster.sh
	@exec $(BIN)/python -m devtools.cluster

cluster-test: setup ## Test caching, faults and load on that cluster
	@devtools/cluster.sh
	@exec $(BIN)/python -m pytest tests/cluster $(ARGS)

cluster-bench: setup ## Measure the cluster under load, and write docs/cluster.md
	@devtools/cluster.sh
	@exec $(BIN)/python -m devtools.cluster.bench

# In processes of their own: the tests' Airflow runs for as long as a process tests, and Hypothesis
# draws from the constants of all modules that are loaded.
TESTS := "tests/airflow tests/browser" tests/soundness \
    "--ignore tests/airflow --ignore tests/browser --ignore tests/soundness"

test: setup packages ## Run all tests (ARGS="tests/airflow -x" for some)
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@for tests in $(TESTS); do $(BIN)/python -m pytest $$tests || failed=1; done; exit $${failed:-0}
endif

test-matrix: setup ## Test on other versions of Airflow and Python, and write docs/compatibility.md
	$(BIN)/python -m devtools.matrix

fuzz: setup ## Try random pipelines, and edits of random projects (EXAMPLES=20000 PROJECTS=3000)
	FUZZ_EXAMPLES=$(or $(EXAMPLES),20000) FUZZ_PROJECTS=$(or $(PROJECTS),3000) \
	    $(BIN)/python -m pytest tests/compiler/test_fuzz.py tests/soundness --timeout 0 $(ARGS)

check: setup ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(PYTHON_CODE)

format: setup ## Format the code and fix what lint can fix
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

bench: setup ## Measure, and write docs/benchmarks.md
	$(BIN)/python -m devtools.bench

screenshots: setup packages ## Take the pictures in docs/images anew, in a real Airflow
	$(BIN)/python -m devtools.screenshots

lock: setup ## Resolve the dependencies anew into requirements.lock, and those of the benchmarks
	$(COMPILE) --extra airflow --extra graph --group dev pyproject.toml -o requirements.lock
	$(COMPILE) devtools/bench/peers.in -o devtools/bench/peers.lock

dags: setup ## Compile the committed DAGs anew
	$(BIN)/zcompile examples/digits/pipeline.py -c examples/digits/config.yaml -o dags/ \
	    --keep-bundles 0s

golden: setup ## Make the golden cases of the tests anew (DAG files, diagnostics); read the diff
	$(BIN)/python -m devtools.golden

docs: setup ## Generate the reference pages in docs/ anew
	$(BIN)/python -m devtools.docs

ui: ## Build the web pages (needs Node)
	@command -v npm >/dev/null || { echo "npm is needed: install Node 20 or newer."; exit 1; }
	cd $(UI) && npm ci && npm run build

audit: setup ## Tell the age of the locked dependencies, and how to look for known vulnerabilities
	@$(BIN)/python -m devtools.audit

env: ## Write .env with random passwords for docker compose, unless there is one
	@python3 -m devtools.env_file

clean: ## Remove the environment, the demo's Airflow and all caches
	rm -rf .venv .airflow .bench .cluster .matrix .zcompile .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	rm -rf $(UI)/node_modules tests/screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
