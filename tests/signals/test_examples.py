import doctest
import importlib
import pkgutil

import pytest

from ecgbook import signals

MODULES = [module.name for module in pkgutil.iter_modules(signals.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    module = importlib.import_module(f"ecgbook.signals.{name}")
    assert doctest.testmod(module).failed == 0
