# The two commands of the README. Both work on a bare machine: they need only Python >= 3.11, and
# use uv where it is installed.

PYTHON ?= python3
ENVS ?= .cache/envs
DEMO ?= fieldmark-demo

UV := $(shell command -v uv 2>/dev/null)
# A test environment is kept until what it is built from changes.
KEY := $(shell (cat pyproject.toml tests/constraints*.txt; $(PYTHON) -V) | cksum | cut -d ' ' -f 1)
TEST_ENV := $(ENVS)/test-$(KEY)
# PyTorch-Wildlife as a user installs it, beside the light install; the tests' worker runs in it.
MEGADETECTOR_ENV := $(ENVS)/megadetector-$(KEY)
DEMO_ENV := $(ENVS)/demo
# What the tests need: torch, too. A variable, because a comma would end the argument of a call.
TESTED := .[dev,deep,onnx]

# All OpenCV wheels write the same folder; uv leaves the others out (see [tool.uv]), after pip ours
# is written once more.
ifdef UV
mend_opencv = true
new_env = $(UV) venv --quiet --clear --python $(PYTHON) $(1)
install = VIRTUAL_ENV=$(1) $(UV) pip install --quiet -c $(or $(3),tests/constraints.txt) $(2)
else
new_env = rm -rf $(1) && $(PYTHON) -m venv $(1)
install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check -c $(or $(3),tests/constraints.txt) $(2)
mend_opencv = $(call install,$(1),--force-reinstall --no-deps opencv-contrib-python-headless,$(2))
endif

.PHONY: demo test network check format clean

demo:
	$(call new_env,$(DEMO_ENV))
	$(call install,$(DEMO_ENV),.)
	$(DEMO_ENV)/bin/fieldmark demo $(DEMO)

test: export FIELDMARK_MEGADETECTOR_PYTHON = $(abspath $(MEGADETECTOR_ENV))/bin/python
test: $(TEST_ENV)/.ready $(MEGADETECTOR_ENV)/.ready
	$(call install,$(TEST_ENV),--no-deps -e .)
	$(call install,$(MEGADETECTOR_ENV),--no-deps -e .)
	$(MAKE) --no-print-directory check BIN=$(TEST_ENV)/bin/

$(TEST_ENV)/.ready:
	$(call new_env,$(TEST_ENV))
	$(call install,$(TEST_ENV),-e '$(TESTED)')
	touch $@

$(MEGADETECTOR_ENV)/.ready: MD := tests/constraints-megadetector.txt
$(MEGADETECTOR_ENV)/.ready:
	$(call new_env,$(MEGADETECTOR_ENV))
	$(call install,$(MEGADETECTOR_ENV),-e '.[megadetector]',$(MD))
	$(call mend_opencv,$(MEGADETECTOR_ENV),$(MD))
	touch $@

# The true model hub, where there is a network: see docs/network-tests.md.
network: export FIELDMARK_MEGADETECTOR_PYTHON = $(abspath $(MEGADETECTOR_ENV))/bin/python
network: $(TEST_ENV)/.ready $(MEGADETECTOR_ENV)/.ready
	$(call install,$(TEST_ENV),--no-deps -e .)
	$(TEST_ENV)/bin/pytest -q -m network tests/network

# With an environment of your own: make check BIN=.venv/bin/
check:
	$(BIN)ruff check .
	$(BIN)ruff format --check .
	$(BIN)mypy
	$(BIN)lint-imports
	OMP_NUM_THREADS=1 $(BIN)pytest -q -n 2 --dist loadscope  # more threads than cores only wait

format:
	$(BIN)ruff check --fix .
	$(BIN)ruff format .

clean:
	rm -rf .cache build dist
