# The commands of everyday work. What they do is in scripts/ and datalab/embedded/.
.DEFAULT_GOAL := help
.PHONY: help up down reset doctor status cluster cluster-down test test-cluster lint types imports fix schema bench lock .uv .embedded .dev .page
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
PLATFORM := $(PYTHON) -m datalab.embedded
STATE := $(or $(DATALAB_STATE_DIR),.datalab)

help: ## What can be done here
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

up: ## Start everything and stay (DETACH=1: leave it running and return)
	@$(MAKE) -j2 .embedded .page
	@exec $(PLATFORM) up $(if $(DETACH),--detach)

down: .embedded ## Stop everything
	@$(PLATFORM) down

reset: .embedded ## Stop everything and remove all state, after asking (YES=1: without)
	@$(PLATFORM) reset $(if $(YES),--yes)

doctor: .embedded ## What is wrong with this machine, and how to mend it
	@$(PLATFORM) doctor

status: .embedded ## The parts, their processes and memory
	@$(PLATFORM) status

test: ## Everything that needs no cluster (ARGS=… for pytest alone)
	@$(MAKE) -j2 .dev .page
	@$(PYTHON) scripts/check.py $(ARGS)

cluster: .dev ## A real Kubernetes cluster on this machine, for the tests (root; minutes the first time)
	@$(PYTHON) -m tests.cluster up

cluster-down: .dev ## Stop the cluster
	@$(PYTHON) -m tests.cluster down

test-cluster: .dev ## The tests that need a cluster (DATALAB_TEST_KUBECONFIG=…: on yours; ARGS=… for pytest)
	@$(PYTHON) -m tests.cluster test $(ARGS)

lint: .dev ## ruff and the charts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@$(PYTHON) scripts/lint_charts.py

types: .dev ## mypy, strict
	@.venv/bin/mypy

imports: .dev ## Imports point one way
	@.venv/bin/lint-imports

fix: .dev ## Format, and mend what can be mended
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

schema: .dev ## Write the OpenAPI schema and the page's client
	@$(PYTHON) scripts/schema.py --write

bench: .dev ## Measure a running platform: launches, answers, the front door, SQLite
	@$(PYTHON) -m tests.bench.launch --state $(STATE)
	@$(PYTHON) -m tests.bench.accept --state $(STATE)
	@$(PYTHON) -m tests.bench.front_door --state $(STATE)
	@$(PYTHON) -m tests.bench.sqlite_writers
	@$(PYTHON) -m tests.bench.quota

lock: ## Lock the dependencies anew
	@scripts/lock

.uv:
	@scripts/prepare uv >/dev/null

.embedded: .uv
	@scripts/prepare embedded

.dev: .uv
	@scripts/prepare dev

.page: .uv
	@scripts/prepare page
