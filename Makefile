# The project's verbs. `make run` and `make test` set up all they need on a fresh Debian 12 machine.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test build setup bench bench-quick conformance conformance-compiler conformance-suites conformance-stress fuzz soak asan tsan wheel docs lint clean

run: build
	$(PY) -m enigma run examples/bank/bank.escript

test: build
	$(PY) -m pytest tests

build: setup
	@$(PY) setup.py -q build_ext --inplace -j $$(nproc)

setup:
	@tools/setup.sh $(VENV) $(PYTHON)

bench: build
	$(PY) bench/run.py

bench-quick: build
	$(PY) bench/run.py --quick

# OTP's own compiler and test suites judge the VM; SUITES="map ets" takes only these suites.
conformance: conformance-compiler conformance-suites

conformance-compiler: build
	$(PY) tools/conformance_compiler.py

conformance-suites: build
	$(PY) tools/conformance_suites.py --suites "$(SUITES)" --flags "$(FLAGS)"

# A third of them while the collector runs at every chance; `make conformance-stress STRESS=20` at every 20th.
conformance-stress: build
	$(PY) tools/conformance_suites.py --suites "$(SUITES)" --flags "$(FLAGS)" --stress $(or $(STRESS),1)

# Every BIF with drawn arguments, under erl and here; tools/fuzz_bifs.py --help tells how to call some of them.
fuzz: build
	$(PY) tools/fuzz_bifs.py

# Ten minutes of load on a server, its resident size over time; `make soak MINUTES=60` goes on longer.
soak: build
	$(PY) tests/soak.py --minutes $(or $(MINUTES),10)

asan: setup
	@PYTHON=$(PY) tools/sanitize.sh address

tsan: setup
	@PYTHON=$(PY) tools/sanitize.sh thread

wheel: setup
	$(PY) -m pip wheel --no-deps -w dist .

lint: build
	$(PY) -m pytest tests/test_house.py -k 'clean or typed'

docs: setup
	$(PY) tools/geninstr.py . --docs

clean:
	rm -rf build $(VENV) .pytest_cache
	find enigma -name '*.so' -delete -o -name '*.c' -delete
	rm -f enigma/term/am.pxd enigma/emulator/dispatch.pyx include/enigma/*_generated.h
