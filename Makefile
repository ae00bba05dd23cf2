# Two commands matter: `make lab` opens the course, `make test` checks it.
# Each target sets up what it needs in .venv; a second run does no set-up work again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What pip copies into .venv even for an editable install.
SHIPPED := $(shell find course_lib/classroom/jupyter -type f)
# tools/torch_build.py looks for a GPU and takes the small build of torch where there is none; `make lab CPU=1` and
# `make lab GPU=1` decide instead, also where the other build is there already. `TORCH_INDEX=…` names another index of
# CPU builds than PyTorch's own.
ASKED := $(if $(filter 1,$(CPU)),cpu,$(if $(filter 1,$(GPU)),gpu))
TORCH := $(if $(ASKED),$(VENV)/.torch-$(ASKED),$(or $(wildcard $(VENV)/.torch*),$(VENV)/.torch))

# The lessons' models are small: one thread is about as fast as two, and stays so while a browser keeps a core busy
# (two threads that wait for each other on busy cores were seen to take ten times as long).
export OMP_NUM_THREADS ?= 1

# Told to take ASCII for the language of everything, Python 3.11 does not even start in a folder with a Hindi name.
ifneq ($(filter C POSIX,$(LC_ALL)),)
export LC_ALL := C.UTF-8
endif

# pip compiles nothing here: whatever is used is compiled when it is first imported, and that must be kept, or every
# process begins with seconds of it.
unexport PYTHONDONTWRITEBYTECODE

# Inside a container one is often root, which Jupyter refuses unless told.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# JupyterLab keeps its settings at home; where one may not write there it keeps them in $(VENV).
HOMELESS := { mkdir -p "$$HOME/.jupyter" && test -w "$$HOME/.jupyter"; } 2>/dev/null || export HOME="$(CURDIR)/$(VENV)/home";

.PHONY: lab test notebooks languages site slides handouts repository bench bench-long clean

# Trusted, a notebook's stored explorers draw before anything has run.
lab: $(VENV)/.lab
	$(HOMELESS) $(BIN)/jupyter trust notebooks/*.ipynb >/dev/null
	$(HOMELESS) $(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(AS_ROOT)

# `make test ROOM=models` runs the tests of one room, in under a minute (lessons, browser and notebooks take longer).
test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/pytest $(if $(ROOM),$(firstword $(wildcard tests/$(ROOM) $(ROOM)) $(ROOM)))

notebooks: $(VENV)/.test
	$(BIN)/python tools/notebooks.py

languages: $(VENV)/.test
	$(BIN)/python tools/one_language.py

# `make site slides handouts` makes what the site can offer before the site itself.
site: $(VENV)/.site $(filter slides handouts,$(MAKECMDGOALS))
	rm -rf _build/site
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env -c docs/ext -d _build/doctrees . _build/site
	@echo '_build/site/index.html'

slides: $(VENV)/.test
	$(BIN)/python tools/slides.py

handouts: $(VENV)/.test
	$(BIN)/python tools/handouts.py

repository: $(VENV)/.test
	$(BIN)/python tools/repository.py '$(NAME)' $(if $(SITE),--site='$(SITE)')

# On a quiet machine: about half an hour, most of it every notebook three times over.
bench: $(VENV)/.test
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/in_page.py
	$(BIN)/python benchmarks/notebook_cost.py

# Hours; an interrupted one goes on where it was.
bench-long: $(VENV)/.test
	$(BIN)/python benchmarks/long.py
	$(BIN)/python benchmarks/one_budget.py

clean:
	rm -rf $(VENV) _build .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo "$(PYTHON): Python 3.11, 3.12 या 3.13 चाहिए · Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.11 …"; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(TORCH): pyproject.toml | $(BIN)/pip
	@PYTHONPATH=. $(BIN)/python tools/torch_build.py $(ASKED)
	@rm -f $(VENV)/.torch*
	@touch $@

$(VENV)/.lab $(VENV)/.test: $(TORCH)

# Not quiet: a student sees that something moves.
$(VENV)/.lab $(VENV)/.site $(VENV)/.test: $(VENV)/.%: pyproject.toml $(SHIPPED) | $(BIN)/pip
	$(BIN)/pip install --disable-pip-version-check --no-compile --editable '.[$*]'
	@touch $@ $(if $(filter test,$*),$(VENV)/.lab $(VENV)/.site)  # [test] includes them
