PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: check test test-all demo docs format clean
.DEFAULT_GOAL := check

# Nothing is compiled when it is installed, so that each of many processes would do it again.
unexport PYTHONDONTWRITEBYTECODE

# Compare every loss on every backend with the exact result, then train the same GAN in both frameworks.
check: $(VENV)/usable
	$(BIN)/ganloss check
	$(BIN)/ganloss twin

# Everything: style, then tests, of which types are one.
test: $(VENV)/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pytest -n 2 --dist worksteal

# Also what takes long: every half-precision number, and forty times as many drawn examples.
test-all: $(VENV)/ready
	GANLOSS_EXAMPLES=40 $(BIN)/pytest -n 2 --dist worksteal -m "long or not long"

# Train longer, and draw losses, divergence and digits.
demo: $(VENV)/usable
	$(BIN)/ganloss twin --loss logistic --loss hinge --loss rpgan --loss nplus1_ce --steps 1500 --out twin.png

# The book, to docs/_build/html; a warning is an error.
docs: $(VENV)/ready
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

format: $(VENV)/ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# What a user of the library and its command has; and all that development takes.
$(VENV)/usable: EXTRA := all
$(VENV)/ready: EXTRA := dev
$(VENV)/usable $(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[$(EXTRA)]'
	touch $@

clean:
	rm -rf $(VENV) dist build docs/_build docs/losses docs/made docs/migration docs/recipes .mypy_cache .ruff_cache .pytest_cache .hypothesis
