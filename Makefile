# One place for every command a person or CI runs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SEED ?= 1

.PHONY: help demo web test newest coverage torture web-proofs soak fuzz writers bench check lint types floors format clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $(READY)

demo: $(READY) ## load samples/offers.xlsx into the embedded sandbox
	@rm -rf demo && mkdir demo
	$(BIN)/loader load samples/offers.xlsx --sandbox --results demo/offers.results.xlsx --journal demo/journal.sqlite3

web: $(READY) ## open the page on samples/mistakes.xlsx: drop, fix, send and undo in the embedded sandbox
	@mkdir -p demo
	$(BIN)/loader web samples/mistakes.xlsx --sandbox --journal demo/web.sqlite3

test: $(READY) ## the whole test suite
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

# Where another Python behaves differently: its parsers, its sockets, its SQLite.
TESTS ?= tests/source tests/api tests/journal
NEWER := python3.14 python3.13 python3.12 $(wildcard $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python)
newest: ## the tests of files, API and journals on the newest Python at hand (if newer than 3.11); TESTS=tests for all
	@found=$$(for each in $(NEWER); do \
	  $$each -c 'import sys; print(sys.version_info[1], sys.executable)' 2>/dev/null; \
	done | sort -n | tail -1 | cut -d' ' -f2); \
	if [ -z "$$found" ]; then echo "no Python newer than 3.11 at hand: not tested on one"; exit 0; fi; \
	$(MAKE) --no-print-directory .venv/newest/.ready VENV=.venv/newest PYTHON="$$found" && \
	.venv/newest/bin/python -m pytest --numprocesses=auto --dist=worksteal $(TESTS)

coverage: $(READY) ## the same, and which lines no test runs (half as long again)
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term

torture: $(READY) ## the long proofs: all that is marked slow, 5,000 simulations, 20,000 rows of loads, and of plans, under every fault and 1,000 kills each, fail-over
	SIMULATION_SEEDS=5000 $(BIN)/python -m pytest tests/delivery tests/crash -m "not slow" --numprocesses=auto --dist=worksteal
	SIMULATION_SEEDS=5000 $(BIN)/python -m pytest -m slow --numprocesses=auto --dist=worksteal
	$(BIN)/python -m tests.crash.kill_loop --rows 20000 --kills 1000 --seed $(SEED)
	$(BIN)/python -m tests.crash.kill_loop --rows 4000 --kills 200 --seed $(SEED) --journal postgres
	$(BIN)/python -m tests.crash.apply_kill_loop --rows 20000 --kills 1000 --seed $(SEED)
	$(BIN)/python -m tests.crash.failover --rows 5000 --loaders 4 --blows 120 --seed $(SEED)
	$(BIN)/python -m tests.crash.stories --stories 300 --seed $(SEED)

web-proofs: $(READY) ## the long proofs of the web page, in a real browser
	$(BIN)/python -m pytest tests/web -m slow --numprocesses=auto --dist=worksteal

soak: $(READY) ## 500 files dropped while the watcher is killed 50 times and the sandbox is in trouble
	$(BIN)/python -m tests.crash.soak --files 500 --kills 50 --minutes 5

SECONDS_OF_FUZZ ?= 300
fuzz: $(READY) ## spoil files, replies and mappings, so long each; SECONDS_OF_FUZZ=300 SEED=1
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS_OF_FUZZ) --seed $(SEED)

WRITER_SEEDS ?= 25
writers: $(READY) ## workbooks of every writer that can be had, read by us, openpyxl, calamine and LibreOffice
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group writers
	WRITER_SEEDS=$(WRITER_SEEDS) $(BIN)/python -m pytest tests/differential -m slow

bench: $(READY) ## what every stage costs, against what to reach and against others; BENCH='--full'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	benchmarks/run $(BENCH)

check: lint types floors ## lint, format, types and import floors

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

floors: $(READY)
	$(BIN)/lint-imports

format: $(READY) ## format the code and fix what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove everything that make created
	rm -rf $(VENV) demo build dist *.egg-info
