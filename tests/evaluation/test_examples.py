import doctest
import importlib
import pkgutil

import pytest

from ecgbook import evaluation

MODULES = [module.name for module in pkgutil.iter_modules(evaluation.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    module = importlib.import_module(f"ecgbook.evaluation.{name}")
    assert doctest.testmod(module).failed == 0
