.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV ?= .venv
EMULATORS_VENV ?= .venv-emulators
SECOND_VENV ?= .venv-emulators-second
TERRAFORM_VENV ?= .venv-terraform
GATES_VENV ?= .venv-gates
BIN := $(VENV)/bin
TOOLBOX := .cache/toolbox
export EMULATORS_VENV SECOND_VENV TERRAFORM_VENV GATES_VENV

# The second BigQuery emulator runs on Python 3.13 alone; without one its tests are skipped by name.
is_3_13 = $(shell $(1) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1 && echo $(1))
CANDIDATES := python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13) $(PYTHON)
PYTHON_3_13 = $(firstword $(foreach candidate,$(CANDIDATES),$(call is_3_13,$(candidate))))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Run the whole pipeline once and check every row
	@$(BIN)/python -m local demo

# Nothing of the tests depends on what a registry gives today.
test test-long: export PROVIDER ?= rehearsal
test: setup setup-second setup-terraform $(GATES_VENV)/.ready ## Run the tests; the last lines name what was skipped and why
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long" \
	  --cov --cov-report=term:skip-covered $(if $(REQUIRE_ALL),--cov-fail-under=80) $(ARGS)

test-long: setup setup-terraform $(GATES_VENV)/.ready ## Run the tests that take longest: parts that die, dead letters
	@$(BIN)/python -m pytest -m long $(ARGS)

mutate: setup setup-gates setup-terraform ## Break each control in a copy: something must notice; ARGS='--sample 40 --since main', --list, --write
	@$(BIN)/python -m mutation.controls $(ARGS)

mutate-code: setup ## Break the security code line by line: its tests must notice; ARGS=servicekit/keys.py for one
	@$(BIN)/python -m mutation.code $(ARGS)

check: setup ## Lint, format and types, without changing anything: three of the gates
	@$(BIN)/python -m gates ruff format mypy $(ARGS)

# The values travel as environment variables, so that no shell reads what is in them.
gates: export GATES_SINCE := $(value SINCE)
gates: export GATES_OFFLINE := $(value OFFLINE)
gates: export GATES_ADVISORIES := $(value ADVISORIES)
gates: export GATES_IMAGE := $(value IMAGE)
gates: setup setup-gates ## Run all security gates; SINCE=main, OFFLINE=1 ADVISORIES=set.json, IMAGE=x.tar, ARGS='bandit ruff'
	@$(BIN)/python -m gates $(ARGS)

format: setup ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

up: setup ## Start the pipeline in the background
	@$(BIN)/python -m local up

down: setup ## End it
	@$(BIN)/python -m local down

status: setup ## Where everything is and whether it answers; JSON=1 for scripts
	@$(BIN)/python -m local status $(if $(JSON),--json)

logs: setup ## Follow the services' logs
	@$(BIN)/python -m local logs

# The values travel as environment variables, so that no shell reads what is in them.
publish: export PUBLISH_DATA := $(value DATA)
publish: export PUBLISH_FILE := $(value FILE)
publish: export PUBLISH_TOPIC := $(value TOPIC)
publish: setup ## Publish DATA='{"id":1,"name":"x"}', FILE=records.jsonl or standard input; TOPIC= a real one
	@$(BIN)/python -m local publish

get: export GET_QUERY := $(value QUERY)
get: setup ## Read GET /data; QUERY='limit=5&name=x'
	@$(BIN)/python -m local get

token: export TOKEN_EMAIL := $(value EMAIL)
token: export TOKEN_AUDIENCE := $(value AUDIENCE)
token: setup ## Print an ID token and nothing else; EMAIL= and AUDIENCE= choose whose and for what
	@$(BIN)/python -m local token

bench: setup ## Compare the services with the same servers doing nothing
	@$(BIN)/python -m benchmarks bench $(ARGS)

load: setup ## Read at half of the ceiling for a minute; ARGS='--seconds 10' for less
	@$(BIN)/python -m benchmarks load $(ARGS)

image: setup toolchain-image ## Build both images and look into them; BASES=pinned or standin, IMAGE_ENGINE=docker or podman, IMAGES=api
	@$(BIN)/python -m images build $(IMAGES)

image-reproducible: setup toolchain-image ## Build them twice in different folders: one digest each
	@$(BIN)/python -m images reproducible

image-compare: image ## Compare data-api's size and surface with a single-stage slim build
	@$(BIN)/python -m images compare

image-run: image ## Run the demo in the hardened images, and try from inside what they must refuse
	@$(BIN)/python -m local harden

release-local: setup toolchain-release ## Build, scan, sign, verify and deploy on this machine, then the demo on that
	@$(BIN)/python -m local.release

bootstrap: $(VENV)/.ready ## Set up a Google Cloud project, as a person; safe to repeat (docs/deploy.md)
	@$(BIN)/python -m deploy.bootstrap

terraform-test: setup-terraform ## Format, validity and tests of every Terraform root; ARGS=terraform/bootstrap for one
	@$(BIN)/python -m rehearsal test $(ARGS)

terraform-life: setup-terraform ## Rehearse a root's whole life; ARGS='terraform/bootstrap --variables FILE.json'
	@$(BIN)/python -m rehearsal life $(ARGS)

terraform-schema: $(VENV)/.ready ## Read the provider's schema anew from the real one, and compare the pinned versions
	@$(BIN)/python -m rehearsal schema --refresh

toolchain-image: $(VENV)/.ready ## Install what the images need: a container engine's packages, Trivy
	@docker info >/dev/null 2>&1 || toolchain/debian-packages.sh
	@$(BIN)/python -m toolchain trivy

toolchain-release: toolchain-image $(TOOLBOX)/.ready ## Install what a local release needs too
	@$(BIN)/python -m toolchain || { [ $$? -eq 1 ] && echo "going on without; see above"; }

$(TOOLBOX)/.ready: toolchain/toolbox.sh
	@echo "laying out the container tools of Debian 13 in $(TOOLBOX)"
	@$< $(TOOLBOX)

setup: $(VENV)/.ready $(EMULATORS_VENV)/.ready ## Install what the demo and the tests need

setup-terraform: $(TERRAFORM_VENV)/.ready ## Install what a rehearsal's provider needs

setup-gates: $(GATES_VENV)/.ready ## Install the scanners of the gates
	@# Whoever has neither of them gets a gate that could not judge; what was tampered with ends it.
	@$(BIN)/python -m toolchain trivy gitleaks actionlint || { [ $$? -eq 1 ] && echo "going on without; see above"; }

setup-second: $(VENV)/.ready ## Install the second BigQuery emulator, where there is Python 3.13
	@if [ -n "$(PYTHON_3_13)" ]; then \
	  $(MAKE) --silent --no-print-directory $(SECOND_VENV)/.ready PYTHON_3_13=$(PYTHON_3_13); \
	fi

record: setup ## Print every API call that the pipeline makes, as access/recorded.json holds them
	@$(BIN)/python -m local record

lock: $(VENV)/.ready ## Resolve the requirements anew
	@for name in api function; do $(call compile,3.11,$$name) --override requirements/unused.override; done
	@for name in dev emulators gates rehearsal; do $(call compile,3.11,$$name); done
	@$(call compile,3.13,emulators-second)

compile = $(BIN)/uv pip compile --quiet --universal --python-version $(1) --generate-hashes \
  --no-emit-index-url --custom-compile-command "make lock" --upgrade requirements/$(2).in -o requirements/$(2).txt

# A lock names all that is needed. Asked to resolve it again, pip may take a release that came after
# the lock, and then refuses it for having no hash.
install = @$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(2) \
  && lacks=$$($(1)/bin/python -m pip --disable-pip-version-check check) \
  || { echo "$$lacks"; echo "$(2) cannot be installed whole; see above, and make lock mends it"; exit 1; }

$(VENV)/.ready: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed; name one: make PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "installing the services and their tools into $(VENV)"
	$(call install,$(VENV),$<)
	@touch $@

$(EMULATORS_VENV)/.ready: requirements/emulators.txt | $(VENV)/.ready
	@$(PYTHON) -m venv $(EMULATORS_VENV)
	@echo "installing the BigQuery emulator into $(EMULATORS_VENV)"
	$(call install,$(EMULATORS_VENV),$<)
	@# DuckDB would download its extension; this puts the packaged one where it looks.
	@$(EMULATORS_VENV)/bin/python -c \
	  "from duckdb_extensions import import_extension; import_extension('spatial')"
	@touch $@

$(TERRAFORM_VENV)/.ready: requirements/rehearsal.txt | $(VENV)/.ready
	@$(PYTHON) -m venv $(TERRAFORM_VENV)
	@echo "installing the rehearsal's provider into $(TERRAFORM_VENV)"
	$(call install,$(TERRAFORM_VENV),$<)
	@touch $@

$(GATES_VENV)/.ready: requirements/gates.txt | $(VENV)/.ready
	@$(PYTHON) -m venv $(GATES_VENV)
	@echo "installing the gates' scanners into $(GATES_VENV)"
	$(call install,$(GATES_VENV),$<)
	@# Checkov spends half of its time on reading its own source where none of it is compiled, and a third
	@# of the rest on working out the same table of a grammar again and again, unless it is written down.
	@$(GATES_VENV)/bin/python -m compileall -q $(GATES_VENV)/lib >/dev/null || true
	@$(GATES_VENV)/bin/python -c "import os, bc_jsonpath_ng.ext.parser as p, ply.yacc as y; real = y.yacc; \
	  y.yacc = lambda **k: real(**k | {'write_tables': 1, 'outputdir': os.path.dirname(p.__file__)}); p.parse('a')"
	@touch $@

$(SECOND_VENV)/.ready: requirements/emulators-second.txt
	@$(PYTHON_3_13) -m venv $(SECOND_VENV)
	@echo "installing the second BigQuery emulator into $(SECOND_VENV)"
	$(call install,$(SECOND_VENV),$<)
	@$(SECOND_VENV)/bin/python -c "from duckdb_extensions import import_extension as put; \
	  put('icu'); put('ducklake')"
	@touch $@

gates-summary: ## Print the last verdict as Markdown; on GitHub into the job's summary
	@cat .cache/gates/summary.md >> "$${GITHUB_STEP_SUMMARY:-/dev/stdout}"

gates-image: image setup-gates ## Build both images and judge what they hold; OFFLINE=1 as for gates
	@for target in $(or $(IMAGES),api function); do \
	  GATES_OFFLINE="$(if $(OFFLINE),1)" $(BIN)/python -m gates trivy-image \
	    --image .cache/images/$$target --output .cache/gates/$$target || exit; done

gates-codeql: setup ## Judge what CodeQL found; on GitHub, where its action left it
	@$(BIN)/python -m gates.github.codeql .cache/codeql

rehearse: setup setup-gates setup-terraform image ## Run a pull request's workflow here, on good trees and on bad ones; ARGS=--quick for two
	@$(BIN)/python -m toolchain act
	@$(BIN)/python -m rehearsal.workflows $(ARGS)

all-gates-pass: ## Judge the jobs of a run on GitHub: NEEDS is its context of that name as JSON, EVENT what it ran on
	@$(PYTHON) -m gates.github.conclusion

ruleset: export RULESET_REPOSITORY := $(value REPOSITORY)
ruleset: ## Protect main on GitHub as .github/rulesets/main.json says, with gh; REPOSITORY=owner/name
	@! grep -q "@example-org/" .github/CODEOWNERS || { \
	  echo "put your own team into .github/CODEOWNERS first: GitHub asks no owner that it does not know"; exit 1; }
	@gh api --method POST "repos/$$RULESET_REPOSITORY/rulesets" --input .github/rulesets/main.json

clean: ## Remove everything that was installed or written
	@# podman, run by root, leaves its storage mounted on itself.
	@findmnt -rno TARGET 2>/dev/null | grep "^$(CURDIR)/.cache/containers/" | sort -r | xargs -r umount
	rm -rf $(VENV) $(EMULATORS_VENV) $(SECOND_VENV) $(TERRAFORM_VENV) $(GATES_VENV) .local .cache \
	  .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

.PHONY: help demo test test-long mutate mutate-code check gates format up down status logs publish get token bench load image \
  image-reproducible image-compare image-run release-local bootstrap terraform-test terraform-life \
  terraform-schema toolchain-image toolchain-release setup setup-gates setup-second setup-terraform record lock gates-summary gates-image \
  gates-codeql rehearse all-gates-pass ruleset clean
