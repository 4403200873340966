"""A network for waves learns simulated ones, and its classes become waves."""

import numpy as np
import torch

from ecgbook import open_database, tasks
from ecgbook.datasets.wave_windows import WAVE_CLASSES, wave_windows
from ecgbook.models import sample_cross_entropy
from ecgbook.training.segmentation import segment_points, train_segmentation

TASK = tasks.single_label(WAVE_CLASSES, loss=sample_cross_entropy, select="loss")


class Thresholds(torch.nn.Module):
    """Class 2 above half the largest value, else none."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        high = (x[:, 0] > x.amax(dim=2) / 2).float()
        zero = torch.zeros_like(high)
        return torch.stack([1 - high, zero, high, zero], dim=1)


def test_points_of_a_triangle_by_hand():
    # Half its height from sample 110 to 150; at 250 Hz that is 160 ms.
    signal = np.zeros((2, 500))
    signal[0, 90:171] = 1 - np.abs(np.arange(-40, 41)) / 40
    signal[1, 200:203] = 1.0  # 12 ms are no wave
    first, second = segment_points(Thresholds(), signal, 250)
    found = [first["QRS", point].tolist() for point in ("begin", "peak", "end")]
    assert found == [[111], [130], [149]]
    assert all(not len(samples) for samples in second.values())


def test_training_lowers_the_loss():
    database = open_database("ludb", data="synthetic")
    windows = wave_windows(database, records=database.records[:6], leads=["II"], fs=125)
    losses = []
    aside = np.unique(windows.patient)[:2]
    model = train_segmentation(
        windows,
        aside,
        task=TASK,
        epochs=20,
        batch_size=4,
        progress=False,
        on_epoch=lambda record: losses.append(record["valid_loss"]),
    )
    # Guessing four classes costs log 4.
    assert min(losses) < np.log(4) * 0.8
    with torch.inference_mode():
        output = model(torch.from_numpy(windows.x))
    assert output.shape == (len(windows.x), 4, windows.x.shape[2])
