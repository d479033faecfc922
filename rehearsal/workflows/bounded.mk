# What a rehearsal shortens, read before the Makefile: every target is the real one, given less to do.
# What is looked at here is what the planted faults of faults.toml break, and something beside it.

gates: ARGS = $(REHEARSAL_GATES)
gates-image: IMAGES = api
mutate: ARGS = one-more-system-call:policies/seccomp.json:1
# One module in the run that looks at all gates; in the others that the command is there.
mutate-code: ARGS = $(if $(REHEARSAL_GATES),--help,gates/verdict.py)
terraform-test: ARGS = terraform/organization
test: ARGS = -n 0 --no-cov -p no:cacheprovider tests/app/test_cursor.py -k another_filter
# The second BigQuery emulator is linked or left out; looking for a Python for it takes seconds.
override PYTHON_3_13 :=

# The local advisories, compiled for Trivy once and not in each job's copy of the tree. Trivy's gates make
# them anew where they are of another set.
gates gates-image mutate: .cache/trivy
.cache/trivy:
	@mkdir -p .cache $(IMAGE_CACHE)/trivy
	@ln -s $(IMAGE_CACHE)/trivy $@
