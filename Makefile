# The project's verbs. `make run` and `make test` set up all they need on a fresh Debian 12 machine.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test build setup bench bench-quick conformance fuzz asan wheel docs lint clean

run: build
	$(PY) -m enigma run examples/bank

test: build
	$(PY) -m pytest tests

build: setup
	@$(PY) setup.py -q build_ext --inplace

setup:
	@tools/setup.sh $(VENV) $(PYTHON)

lint: build
	$(VENV)/bin/ruff check enigma tools tests setup.py
	$(VENV)/bin/mypy

docs: setup
	$(PY) tools/geninstr.py . --docs

clean:
	rm -rf build $(VENV) .pytest_cache
	find enigma -name '*.so' -delete -o -name '*.c' -delete
	rm -f enigma/term/am.pxd enigma/emulator/dispatch.pyx include/enigma/*_generated.h
