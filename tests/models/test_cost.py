import time

import torch
from torch import nn

from ecgbook.models import forward_ms


class Slow(nn.Module):
    """Takes ever so long for a batch, the first time longer."""

    def __init__(self):
        super().__init__()
        self.weight, self.calls, self.modes = nn.Parameter(torch.ones(1)), 0, []

    def forward(self, x):
        self.modes.append((self.training, torch.is_inference_mode_enabled()))
        self.calls += 1
        time.sleep(0.2 if self.calls == 1 else 0.02)
        return x * self.weight


def test_milliseconds_are_those_of_an_example_without_the_first_pass():
    model = Slow().train()
    took = forward_ms(model, torch.zeros(4, 1, 10), repeats=2)
    assert 5 <= took < 50  # 20 ms for four; 200 ms for the first pass
    assert model.calls == 3
    assert set(model.modes) == {(False, True)}
    assert model.training
