# Every command here works on a fresh clone: what it needs it makes itself, in .venv, from the locked and hashed
# requirements. The one thing asked of the machine is Python 3.11 or later with its venv module.

export PHOTOS ?=
export DATA ?=
PYTHON ?=
ARGS ?=
UV ?= uv

VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_USER=0 $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
# Wheels only: building from source would fetch tools that no lock speaks of.
LOCKED := $(PIP) --only-binary :all: --require-hashes
OUT := out

.DEFAULT_GOAL := help
.PHONY: help demo extras test check format docs pictures bench samples train lock clean

help:
	@echo 'make demo                   finished pictures from the sample photographs, into $(OUT)/demo'
	@echo 'make demo PHOTOS=my/photos  the same from your own, into $(OUT)/photos'
	@echo 'make extras                 what every extra needs, into $(VENV)'
	@echo 'make test                   the tests; ARGS="-k shadow" chooses'
	@echo 'make check                  format, lint, types, layers'
	@echo 'make format                 put the code into its format'
	@echo 'make docs                   write docs/reference anew, from the code'
	@echo 'make pictures               make the pictures of the docs anew, from the samples'
	@echo 'make bench                  accuracy, speed and memory'
	@echo 'make samples                render the sample photographs anew (Python 3.11, hours)'
	@echo 'make train DATA=folder      train the cutout network anew (training/README.md, hours)'
	@echo 'make lock                   resolve the requirements anew (needs uv)'
	@echo 'make clean                  take away what these have made, but not $(VENV)'

# The environment. A stamp is newer than its lock exactly when the lock is installed.

$(BIN)/python:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$python && break; \
	done; \
	if [ -z "$$found" ]; then \
	    echo 'Packshot needs Python 3.11 or later, and $(or $(PYTHON),python3) is not that' \
	        "($$($(or $(PYTHON),python3) --version 2>&1 | head -n 1))." >&2; \
	    echo 'Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12' >&2; \
	    exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version)"; \
	if ! { "$$found" -m venv --clear $(VENV) && $(BIN)/python -m pip --version; } >$(VENV).log 2>&1; then \
	    tail -n 3 $(VENV).log >&2; rm -rf $(VENV) $(VENV).log; \
	    echo "$$found cannot make a virtual environment: its venv or ensurepip module is missing." >&2; \
	    echo 'On Debian and Ubuntu: apt install python3-venv. Or name another Python: make $(MAKECMDGOALS) PYTHON=...' >&2; \
	    exit 1; \
	fi; \
	rm -f $(VENV).log

$(VENV)/core: requirements/core.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo 'Installing Packshot and the libraries of requirements/core.txt into $(VENV)'
	@$(LOCKED) -r requirements/core.txt -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/core
	@echo 'Installing the tools of requirements/dev.txt into $(VENV)'
	@$(LOCKED) -r requirements/dev.txt
	@touch $@

$(VENV)/extras: requirements/extras.txt $(VENV)/core
	@echo 'Installing what the extras need, requirements/extras.txt, into $(VENV)'
	@$(LOCKED) -r requirements/extras.txt
	@touch $@

$(VENV)/bench: requirements/bench.txt $(VENV)/dev
	@echo 'Installing what the benchmarks need, requirements/bench.txt, into $(VENV)'
	@$(LOCKED) -r requirements/bench.txt
	@touch $@

# What one comes for.

# 3 says that some picture could not be done: the sheet shows which and why, and the rest is there.
SAMPLE := samples/pictures/
RUN = run() { $(BIN)/packshot run "$$@" || [ $$? -eq 3 ]; }; run

ifeq ($(strip $(PHOTOS)),)
demo: $(VENV)/core
	@echo 'Sample photographs, on pure white:'
	@$(RUN) marketplace-white samples/pictures -o $(OUT)/demo
	@echo; echo 'One that needed help, with a box around the product:'
	@$(RUN) marketplace-white $(SAMPLE)mug-table.jpg -o $(OUT)/demo/with-a-box --box 521,355,1107,921
	@echo; echo 'Some with a shadow, in a grey studio, and on transparency:'
	@$(RUN) soft-shadow $(SAMPLE)carton-tea.jpg $(SAMPLE)headphones.jpg -o $(OUT)/demo/soft-shadow
	@$(RUN) gradient $(SAMPLE)carton-tea.jpg $(SAMPLE)tumbler.jpg -o $(OUT)/demo/gradient
	@$(RUN) transparent $(SAMPLE)headphones.jpg $(SAMPLE)brush.jpg -o $(OUT)/demo/transparent
	@echo; echo 'And in sets of the virtual studio:'
	@$(RUN) studio $(SAMPLE)bottle-amber.jpg $(SAMPLE)carton-tea.jpg -o $(OUT)/demo/studio --set scene.canvas=[1000,1000]
	@$(RUN) studio-desk $(SAMPLE)carton-tea.jpg -o $(OUT)/demo/studio-desk --set scene.canvas=[1000,1000]
	@echo; echo 'Every set with three products:'
	@$(BIN)/python docs/gallery.py $(OUT)/demo/sets.jpg
	@if [ -d "$${PACKSHOT_TEST_DATA:-../shared/data}/backgrounds" ]; then \
	    echo; echo 'On ten real tables, shelves and floors:'; \
	    $(BIN)/python benchmarks/placements.py $(OUT)/demo/placements; \
	fi
	@echo; echo 'Before and after, side by side; open them in a browser:'
	@for page in $(OUT)/demo/index.html $(OUT)/demo/*/index.html; do echo "  $(CURDIR)/$$page"; done
else
demo: $(VENV)/core
	@$(RUN) marketplace-white "$$PHOTOS" -o $(OUT)/photos
	@echo; echo 'Before and after, side by side; open it in a browser:'
	@echo '  $(CURDIR)/$(OUT)/photos/index.html'
endif

extras: $(VENV)/extras

test: $(VENV)/dev
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

check: $(VENV)/dev
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(VENV)/dev
	@$(BIN)/python docs/generate.py

pictures: $(VENV)/core
	@$(BIN)/python docs/pictures.py
	@$(BIN)/python docs/gallery.py

bench: $(VENV)/bench
	@for file in cutout target_size throughput memory marketplaces studio; do \
	    echo "== benchmarks/$$file.py"; $(BIN)/python benchmarks/$$file.py $(ARGS) || exit 1; \
	done

# Blender's module is made for one Python only, so it gets an environment of its own.
STUDIO := $(VENV)/studio

$(STUDIO)/ready: requirements/samples.txt | $(BIN)/python
	@python3.11 -m venv --clear $(STUDIO) || { echo 'make samples needs python3.11' >&2; exit 1; }
	@$(STUDIO)/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements/samples.txt
	@touch $@

samples: $(STUDIO)/ready
	@$(STUDIO)/bin/python samples/render.py --out samples/pictures $(ARGS)

# Neither does anybody who trains nothing need PyTorch.
TRAINING := $(VENV)/training

$(TRAINING)/ready: requirements/training.txt | $(BIN)/python
	@$(BIN)/python -m venv --clear $(TRAINING)
	@$(TRAINING)/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements/training.txt
	@touch $@

train: $(TRAINING)/ready
	@$(TRAINING)/bin/python -m training --data "$$DATA" --out $(OUT)/training $(ARGS)

# One resolution for all: dev first, the others within it.
LOCK = $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
    --custom-compile-command 'make lock' --upgrade
EVERYWHERE := --universal --python-version 3.11 --fork-strategy fewest
WITHIN := --constraint requirements/dev.txt
EXTRAS := $(foreach extra,text provenance onnx hosted workflow service postgres mysql celery kafka s3 telemetry,--extra $(extra))

lock:
	@command -v $(UV) >/dev/null || { echo 'make lock needs uv: pip install uv, or make lock UV=/path/to/uv' >&2; exit 1; }
	$(LOCK) $(EVERYWHERE) pyproject.toml --extra dev $(EXTRAS) --group build -o requirements/dev.txt
	$(LOCK) $(EVERYWHERE) $(WITHIN) pyproject.toml -o requirements/core.txt
	$(LOCK) $(EVERYWHERE) $(WITHIN) pyproject.toml $(EXTRAS) -o requirements/extras.txt
	$(LOCK) $(EVERYWHERE) $(WITHIN) pyproject.toml --extra bench -o requirements/bench.txt
	$(LOCK) $(EVERYWHERE) $(WITHIN) --group build -o requirements/build.txt
	echo 'opencv-python-headless>=4.11,<5' | $(LOCK) $(EVERYWHERE) --no-deps - -o requirements/opencv4.txt
	$(LOCK) $(EVERYWHERE) requirements/training.in -o requirements/training.txt
	printf 'bpy==5.0.1\nnumpy\npillow\n' | $(LOCK) --python-version 3.11 - -o requirements/samples.txt

clean:
	rm -rf $(OUT) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests benchmarks samples docs -name __pycache__ -prune -exec rm -rf {} +
