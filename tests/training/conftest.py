import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in one order, so that two runs can be compared bit for bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def beats():
    """Return beats ``x``, two features ``rr``, and classes ``y`` that both tell apart."""
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 240)
    x = random.normal(size=(240, 1, 32)).astype(np.float32)
    x[np.arange(240), 0, 5 + 10 * y] += 6
    rr = random.normal(size=(240, 2)).astype(np.float32)
    rr[:, 0] += y
    return x, rr, y
