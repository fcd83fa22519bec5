# Every target makes .venv itself when it is missing or older than what it is made from.
PYTHON ?= python3
BIN := .venv/bin
# The versions that are known to work together were proven on Python 3.11 and later.
CONSTRAINTS := $(shell $(PYTHON) -c 'import sys; print("-c constraints.txt" if sys.version_info >= (3, 11) else "")')
TORCH := $(shell grep '^torch==' constraints.txt)
CORPUS ?= demo
DATA ?= data
MINUTES ?= 10

.DEFAULT_GOAL := help
.PHONY: help install demo prepare test test-slow lint typecheck bench clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# torch comes first and alone: a machine that offers a CPU build gets it, instead of gigabytes of CUDA through another package.
.venv/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS) -e '.[eval,sweep,dev]'
	touch $@

install: .venv/.installed ## make .venv with everything in it

# The shipped voice speaks first, where there is one; then the same recipe from scratch. What was done is not done again.
demo: .venv/.installed ## hear the voice that ships with the project, then train one from scratch in MINUTES (default 10)
	@test ! -f voices/demo/voice.yaml || \
		$(BIN)/python generate.py --voice demo --input voices/demo.csv --output runs/demo
	$(BIN)/python train.py experiment=emotion_tts max_minutes=$(MINUTES)

prepare: .venv/.installed ## prepare CORPUS (default demo) from the folder DATA (default data)
	$(BIN)/python prepare.py corpus=$(CORPUS) paths.data=$(DATA)

test: .venv/.installed ## run the ordinary tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

test-slow: .venv/.installed ## run the tests that take minutes
	$(BIN)/python -m pytest -m slow

lint: .venv/.installed ## check style and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

typecheck: .venv/.installed ## check types
	$(BIN)/mypy

# benchmarks/audio.py, data.py, evaluation.py, speaker.py and speaker_eer.py measure on recordings, which they want named.
bench: .venv/.installed ## measure speed; ratios of two things run in turn
	$(BIN)/python benchmarks/text.py
	$(BIN)/python benchmarks/acoustic.py
	$(BIN)/python benchmarks/vocoder.py speak
	$(BIN)/python benchmarks/vocoder.py train
	@test ! -f voices/demo/voice.yaml || $(BIN)/python benchmarks/speaking.py demo

clean: ## remove caches and the environment; runs, stores and data stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
