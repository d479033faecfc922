.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV ?= .venv
EMULATORS_VENV ?= .venv-emulators
SECOND_VENV ?= .venv-emulators-second
BIN := $(VENV)/bin
export EMULATORS_VENV SECOND_VENV

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready $(EMULATORS_VENV)/.ready ## Install what the demo and the tests need

$(VENV)/.ready: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "Python 3.11 to 3.13 is needed: make PYTHON=python3.13 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is needed: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes -r $<
	@touch $@

$(EMULATORS_VENV)/.ready: requirements/emulators.txt
	$(PYTHON) -m venv $(EMULATORS_VENV)
	$(EMULATORS_VENV)/bin/python -m pip install --quiet --require-hashes -r $<
	@# DuckDB would download its extension; this puts the packaged one where it looks.
	$(EMULATORS_VENV)/bin/python -c \
	  "from duckdb_extensions import import_extension; import_extension('spatial')"
	@touch $@

demo: setup ## Run the whole pipeline once and check every row
	@$(BIN)/python -m local demo

.PHONY: help setup demo
