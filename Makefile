.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV ?= .venv
EMULATORS_VENV ?= .venv-emulators
SECOND_VENV ?= .venv-emulators-second
TERRAFORM_VENV ?= .venv-terraform
GATES_VENV ?= .venv-gates
RELEASE_VENV ?= .venv-release
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
test: setup setup-second setup-release setup-terraform $(GATES_VENV)/.ready ## Run the tests; the last lines name what was skipped and why
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long" \
	  --cov --cov-report=term:skip-covered $(if $(REQUIRE_ALL),--cov-fail-under=80) $(ARGS)

test-long: setup setup-release setup-terraform $(GATES_VENV)/.ready ## Run the tests that take longest: parts that die, dead letters
	@$(BIN)/python -m pytest -m long $(ARGS)

test-search: setup ## Look for inputs that break a property, at random, thirty times as many as make test; ARGS='-k cursor'
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m hypothesis --hypothesis-profile=search --timeout=1800 $(ARGS)

mutate: setup setup-gates setup-terraform ## Break each control in a copy: something must notice; ARGS='--sample 40 --since main', --list, --write
	@$(BIN)/python -m mutation.controls $(ARGS)

mutate-code: setup ## Break the security code line by line: its tests must notice; ARGS=servicekit/keys.py for one
	@$(BIN)/python -m mutation.code $(ARGS)

mutate-rules: setup ## Break each alert rule: its cases must notice; ARGS=BacklogHigh for one, ARGS=--write
	@$(BIN)/python -m monitoring mutate $(ARGS)

monitoring-test: setup ## Lint the alert rules, prove when they fire, count real log lines; ARGS='-k BacklogHigh' for one
	@$(BIN)/python -m monitoring generate --check
	@$(BIN)/python -m monitoring lint
	@$(BIN)/python -m pytest tests/monitoring $(ARGS)

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

trace-cost: setup ## What traces add to a request, in microseconds; ARGS='--requests 500' for less
	@$(BIN)/python -m benchmarks trace-cost $(ARGS)

capacity: $(VENV)/.ready ## What the pipeline carries, what outages cost, which limit comes first; ARGS='--days 30 --push-ms 200', --write
	@$(BIN)/python -m monitoring.capacity $(ARGS)

cost: $(VENV)/.ready ## What a month costs, and what it can cost; ARGS='--messages 5000000 --reads 100000', --write
	@$(BIN)/python -m monitoring.cost $(ARGS)

image: setup toolchain-image ## Build both images and look into them; BASES=pinned or standin, IMAGE_ENGINE=docker or podman, IMAGES=api
	@$(BIN)/python -m images build $(IMAGES)

image-reproducible: setup toolchain-image ## Build them twice in different folders: one digest each
	@$(BIN)/python -m images reproducible

image-compare: image ## Compare data-api's size and surface with a single-stage slim build
	@$(BIN)/python -m images compare

image-run: image ## Run the demo in the hardened images, and try from inside what they must refuse
	@$(BIN)/python -m local harden

release-local: setup setup-terraform toolchain-release ## Build, scan, sign, verify, attest, admit and deploy on this machine, then the demo on that
	@$(BIN)/python -m local.release

plan deploy rollback: export DESK_PROJECT := $(value PROJECT)
plan: export DESK_API := $(value API)
plan: export DESK_FUNCTION := $(value FUNCTION)
deploy: export DESK_DIGEST := $(value DIGEST)
plan: $(VENV)/.ready ## Show what would be applied, and keep it for a day: PROJECT= API=REPOSITORY@sha256:... FUNCTION=...
	@$(BIN)/python -m deploy.desk plan

deploy: $(VENV)/.ready ## Apply the plan of a digest and move the requests in steps, asking before each: PROJECT= DIGEST=
	@$(BIN)/python -m deploy.desk deploy

rollback: $(VENV)/.ready ## Give every request back to the revision that served, after asking: PROJECT=
	@$(BIN)/python -m deploy.desk rollback

smoke: export SMOKE_URL := $(value URL)
smoke: export SMOKE_TOPIC := $(value TOPIC)
smoke: export SMOKE_MINUTES := $(value MINUTES)
smoke: export SMOKE_SERVICE := $(value SERVICE)
smoke: $(RELEASE_VENV)/.ready ## Try a deployed API as SMOKE_ID_TOKEN, and forgeries of it: URL=https://... TOPIC=projects/P/topics/T; MINUTES=12 SERVICE=https://... goes on asking, for a canary
	@$(RELEASE_VENV)/bin/python -m deploy.smoke

verify: export VERIFY_IMAGE := $(value IMAGE)
verify: export VERIFY_REPOSITORY := $(value REPOSITORY)
verify: export VERIFY_COMMIT := $(value COMMIT)
verify: export VERIFY_ATTESTATIONS := $(value ATTESTATIONS)
verify: export VERIFY_BILL := $(value BILL)
verify: $(RELEASE_VENV)/.ready ## Verify an image as the release does: IMAGE=REPOSITORY@sha256:... REPOSITORY=owner/name COMMIT=; ATTESTATIONS= and BILL= where they are elsewhere
	@$(RELEASE_VENV)/bin/python -m deploy.verify

attest: export ATTEST_IMAGE := $(value IMAGE)
attest: export ATTEST_ATTESTOR := $(value ATTESTOR)
attest: export ATTEST_KEY := $(value KEY_VERSION)
attest: $(VENV)/.ready ## Attest a verified image: IMAGE=REPOSITORY@sha256:... ATTESTOR= KEY_VERSION=, as GOOGLE_OAUTH_ACCESS_TOKEN
	@$(BIN)/python -m deploy.binary_authorization

# The jobs of deploy.yml. What each is told comes in variables that the workflow sets (deploy/jobs/run.py).
release-images: export BASES ?= pinned
release-images: setup toolchain-image ## Build and scan both images for the release, on the pinned bases
	@$(BIN)/python -m deploy.jobs.build

release-push: $(RELEASE_VENV)/.ready ## Push what release-images built, under the commit's tag
	@$(RELEASE_VENV)/bin/python -m deploy.jobs push

release-sign: $(RELEASE_VENV)/.ready ## Sign what was pushed, its bill of materials, provenance and scan
	@$(RELEASE_VENV)/bin/python -m deploy.jobs sign

release-verify: $(RELEASE_VENV)/.ready ## Verify what was signed
	@$(RELEASE_VENV)/bin/python -m deploy.jobs verify

release-attest: $(RELEASE_VENV)/.ready ## Attest what was verified, for Binary Authorization
	@$(RELEASE_VENV)/bin/python -m deploy.jobs attest

release-plan: $(RELEASE_VENV)/.ready ## Plan what comes next, and keep it for whoever approves its digest
	@$(RELEASE_VENV)/bin/python -m deploy.jobs plan

release-apply: $(RELEASE_VENV)/.ready ## Apply the plan that was approved
	@$(RELEASE_VENV)/bin/python -m deploy.jobs apply

release-step: $(RELEASE_VENV)/.ready ## Move traffic to a step, to the end, or back
	@$(RELEASE_VENV)/bin/python -m deploy.jobs step

release-decide: $(RELEASE_VENV)/.ready ## Watch a step of the rollout until it is decided
	@$(RELEASE_VENV)/bin/python -m deploy.jobs decide

# The jobs of nightly.yml about what is deployed.
deployed: $(RELEASE_VENV)/.ready ## Find out which images a project runs, and fetch them; GOOGLE_OAUTH_ACCESS_TOKEN, PROJECT_ID
	@$(RELEASE_VENV)/bin/python -m deploy.nightly deployed

rescan: $(VENV)/.ready ## Judge what deployed fetched by the advisories of today; DEPLOYED is what it handed over
	@$(BIN)/python -m deploy.nightly rescan

drift: $(RELEASE_VENV)/.ready ## Compare the pipeline's state with the cloud, without a lock
	@$(RELEASE_VENV)/bin/python -m deploy.nightly drift

drift-issue: $(RELEASE_VENV)/.ready ## Keep one issue on GitHub open as long as something differs; DRIFT is what drift handed over
	@$(RELEASE_VENV)/bin/python -m deploy.nightly drift-issue

canary-demo: setup ## Promote a good revision, roll a slow and a failing one back, under load; ARGS=failing for one
	@$(BIN)/python -m local.canary $(ARGS)

dashboard: setup ## Watch the running pipeline on a live page, or one that is started for it, until Ctrl-C
	@$(BIN)/python -m local.observation dashboard

alerts-demo: setup ## Break a pipeline in five ways: each alert fires when it should, and none else; ARGS=poison for one
	@$(BIN)/python -m local.observation alerts $(ARGS)

replay snapshot restore: export RECOVERY_PROJECT := $(value PROJECT)
replay: setup ## Send dead letters and quarantined messages again; tells first, ARGS=--yes does it; PROJECT= a real one
	@$(BIN)/python -m recovery replay $(ARGS)

snapshot: setup ## Take a snapshot of both tables; PROJECT= a real one
	@$(BIN)/python -m recovery snapshot $(ARGS)

restore: setup ## Make lost tables anew, have messages delivered again; tells first, ARGS=--yes does it; PROJECT= a real one
	@$(BIN)/python -m recovery restore $(ARGS)

restore-drill: setup ## Lose the tables under load, restore them, count every row; ARGS='--rows 2000'
	@$(BIN)/python -m recovery drill $(ARGS)

source-archive: setup ## Build a release of the template itself: archive, bill of materials, provenance
	@$(BIN)/python -m deploy.source.build

sign-source: $(RELEASE_VENV)/.ready ## Sign what source-archive built; on GitHub, as the workflow of the release
	@$(RELEASE_VENV)/bin/python -m deploy.source sign

verify-source: $(RELEASE_VENV)/.ready
verify-source: export SOURCE_FILE := $(value FILE)
verify-source: export SOURCE_REPOSITORY := $(value REPOSITORY)
verify-source: ## Verify a release of the template; FILE=archive, REPOSITORY=owner/name
	@$(RELEASE_VENV)/bin/python -m deploy.source verify "$$SOURCE_FILE" $${SOURCE_REPOSITORY:+--repository="$$SOURCE_REPOSITORY"}

publish-source: $(RELEASE_VENV)/.ready ## Verify what sign-source signed, and make a release of it on GitHub
	@$(RELEASE_VENV)/bin/python -m deploy.source publish

posture: $(RELEASE_VENV)/.ready ## Compare a project with what bootstrap applied; GOOGLE_OAUTH_ACCESS_TOKEN is who looks
	@$(RELEASE_VENV)/bin/python -m deploy.posture

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

setup-release: $(RELEASE_VENV)/.ready ## Install what signs and publishes a release of the template

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
	@for name in traces dev emulators gates rehearsal release; do $(call compile,3.11,$$name); done
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

# Beside a credential nothing is installed but wheels, which run no code of theirs meanwhile.
$(RELEASE_VENV)/.ready: requirements/release.txt
	@$(PYTHON) -m venv $(RELEASE_VENV)
	$(call install,$(RELEASE_VENV),$< --only-binary=:all:)
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

rehearse: setup setup-gates setup-release setup-terraform image ## Run a pull request's workflow here, on good trees and on bad ones; ARGS=--quick for two
	@$(BIN)/python -m toolchain act
	@$(BIN)/python -m rehearsal.workflows $(ARGS)

rehearse-deploy: setup setup-gates setup-release setup-terraform toolchain-release ## Run the release's workflow here, on commits that are deployed, refused and rolled back; ARGS=--quick for two
	@$(BIN)/python -m toolchain act
	@$(BIN)/python -m rehearsal.deployment $(ARGS)

all-gates-pass: ## Judge the jobs of a run on GitHub: NEEDS is its context of that name as JSON, EVENT what it ran on
	@$(PYTHON) -m gates.github.conclusion

ruleset: export RULESET_REPOSITORY := $(value REPOSITORY)
ruleset: ## Protect main and the releases' tags on GitHub as .github/rulesets/ says, with gh; REPOSITORY=owner/name
	@! grep -q "@example-org/" .github/CODEOWNERS || { \
	  echo "put your own team into .github/CODEOWNERS first: GitHub asks no owner that it does not know"; exit 1; }
	@for name in main tags; do \
	  gh api --method POST "repos/$$RULESET_REPOSITORY/rulesets" --input .github/rulesets/$$name.json || exit; done

clean: ## Remove everything that was installed or written
	@# podman, run by root, leaves its storage mounted on itself.
	@findmnt -rno TARGET 2>/dev/null | grep "^$(CURDIR)/.cache/containers/" | sort -r | xargs -r umount
	rm -rf $(VENV) $(EMULATORS_VENV) $(SECOND_VENV) $(TERRAFORM_VENV) $(GATES_VENV) $(RELEASE_VENV) .local .cache \
	  .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

.PHONY: help demo test test-long test-search mutate mutate-code mutate-rules monitoring-test check gates format up \
  down status logs publish get token bench load trace-cost capacity cost image image-reproducible image-compare image-run \
  release-local plan deploy rollback smoke attest canary-demo replay snapshot restore restore-drill bootstrap \
  terraform-test terraform-life dashboard alerts-demo verify release-images release-push release-sign \
  release-verify release-attest release-plan release-apply release-step release-decide \
  source-archive sign-source verify-source publish-source posture deployed rescan drift drift-issue terraform-schema toolchain-image toolchain-release setup setup-gates setup-release \
  setup-second setup-terraform record lock gates-summary gates-image gates-codeql rehearse rehearse-deploy all-gates-pass ruleset clean
