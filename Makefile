# `make demo` shows the program, `make test` proves it. Both need git, make and Python >= 3.11, nothing else:
# packages go into a private .venv from the hashed locks. Another Python: make test PYTHON=/path/to/python3

unexport PYTHONHOME PYTHONPATH
.NOTPARALLEL:
.PHONY: help demo setup test check format bench schema docs i18n golden lock clean

BIN = .venv/bin
SETUP = @$(SHELL) scripts/setup.sh
PYTEST_FLAGS = -n auto --maxprocesses=8 --dist=loadfile --cov --cov-report=term:skip-covered

help:
	@echo 'make demo     build a demonstration database from messy files and run a whole day on it'
	@echo 'make test     all checks and all tests'
	@echo 'make check    format, lint and types only'
	@echo 'make format   format and repair what the checks can repair'
	@echo 'make bench    one figure after the other, beside the peer it is compared with; FIGURES="due tiers" for some'
	@echo 'make schema   write crmcli/store/schema.sql from the models'
	@echo 'make docs     write docs/commands.md and docs/policy.md from the code'
	@echo 'make i18n     bring the words up to date: template, Chinese catalogue, compiled catalogue'
	@echo 'make golden   write the golden outputs of the tests anew (then read the diff)'
	@echo 'make lock     write the hashed locks anew; LOCKFLAGS=--upgrade for newer versions'
	@echo 'make clean    remove .venv, caches and build results'

demo:
	$(SETUP) run
	@$(BIN)/crm demo

setup:
	$(SETUP) dev

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict

test: check
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench:
	$(SETUP) bench
	@.venv-bench/bin/python benchmarks/run.py $(FIGURES)

schema: setup
	$(BIN)/python scripts/schema.py

docs: setup
	$(BIN)/python scripts/docs.py

i18n: setup
	$(BIN)/python scripts/i18n.py

golden: setup
	$(BIN)/python -m pytest --snapshot-update

lock: setup
	$(BIN)/python scripts/lock.py $(LOCKFLAGS)

clean:
	rm -rf .venv .venv.old .venv-bench .venv-bench.old .cache .hypothesis .pytest_cache .mypy_cache .ruff_cache .coverage htmlcov build dist
	find . -name __pycache__ -not -path "./.git/*" -prune -exec rm -rf {} +
