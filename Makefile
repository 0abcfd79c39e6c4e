# The things to type. Each that needs .venv makes it first, and again whenever requirements.lock or pyproject.toml changed.
PYTHON ?= python3
UV ?= uv
BIN := .venv/bin

.PHONY: help demo test faults fuzz bench clean lock

help:
	@echo 'make demo    a simulated shift from the press to the released card and the exported MP4'
	@echo 'make test    everything that must hold before a change lands'
	@echo 'make fuzz    every parser against inputs that a fuzzer makes, some seconds each'
	@echo 'make bench   what the evidence costs, measured on this machine'
	@echo 'make faults  what a cut, a kill, a broken disk or a lying store costs: about half an hour'
	@echo 'make clean   remove .venv and every cache; what the demo recorded stays'
	@echo 'make lock    resolve the dependencies anew (needs uv; UV=/path/to/uv)'

.venv/ready: requirements.lock pyproject.toml .ci/set-up
	@PYTHON='$(PYTHON)' .ci/set-up

# A checkout that was moved or copied has a .venv that still names the old place.
ifneq ($(shell cat .venv/ready 2> /dev/null),$(CURDIR))
.PHONY: .venv/ready
endif

demo: .venv/ready
	@$(BIN)/bwc demo

# One process more than there are processors: many tests wait for a program, a server or the sound.
test: .venv/ready
	@.ci/set-up tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n $$(($$(nproc) + 1)) --dist loadfile

fuzz: .venv/ready
	@.ci/set-up fuzz
	@$(BIN)/python tests/fuzz/run.py

bench: .venv/ready
	@.ci/set-up tests
	@$(BIN)/python tests/bench/run.py

faults: .venv/ready
	@.ci/set-up fuzz
	@$(BIN)/python tests/faults/run.py $(FAULTS)

clean:
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock:
	$(UV) pip compile --quiet --universal --fork-strategy fewest --generate-hashes --all-extras --no-header --no-annotate \
		--upgrade pyproject.toml -o requirements.lock
