"""Where a network looks: attention over the trace of a recording."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.plotting._checks import checked_row
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import COLOURS, HEAT, style

__all__ = ["plot_gaze"]


@style()
def plot_gaze(traces, *, fs, step, unit="a.u.", alt=""):
    """Draw signals row by row, the darker behind them the more a network attends to the place.

    Parameters
    ----------
    traces : dict of str to tuple ``(signal, weights)``
        By the title of the row: an array of shape (time,), and the weight of each step, 0 or more
        with a sum of 1, such as ``network.attention(x)[0]`` of `ecgbook.models.RhythmCRNN`.
    fs, step : float, int
        Sampling rate in Hz; samples from one step to the next. Step i is centred on sample
        ``i * step``.
    unit, alt : str
        Of the signals; what there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure
        Colours are multiples of the weight that each step would have if all had the same.

    Raises
    ------
    RecordInvalid
        If there is no trace, weights do not sum to 1, one is negative, or a step lies after the
        end of the signal.
    """
    if not traces:
        raise RecordInvalid("name at least one trace to draw")
    rows = {name: _checked(name, *pair, step) for name, pair in traces.items()}
    largest = max(multiple.max() for _, multiple in rows.values())
    about = ". ".join(_describe(name, row[1], step / fs) for name, row in rows.items())
    options = {"squeeze": False, "alt": f"{about}. {alt}".strip()}
    figure, axes = subplots(len(rows), height_in=0.9 + 1.4 * len(rows), **options)
    for ax, (name, (signal, multiple)) in zip(axes[:, 0], rows.items(), strict=True):
        edges_s = (np.arange(len(multiple) + 1) - 0.5) * step / fs
        place = {"transform": ax.get_xaxis_transform(), "zorder": 0, "rasterized": True}
        colours = {"cmap": HEAT, "vmin": 0, "vmax": largest, "alpha": 0.7}
        mesh = ax.pcolormesh(edges_s, [0, 1], multiple[None], **colours, **place)
        ax.plot(np.arange(len(signal)) / fs, signal, color=COLOURS["ink"], linewidth=0.8)
        ax.set(ylabel=unit, xlim=(0, (len(signal) - 1) / fs))
        ax.set_title(name, fontsize="medium")
        ax.grid(visible=False)
    axes[-1, 0].set_xlabel("time (s)")
    words = "weight, as a multiple of the even one"
    figure.colorbar(mesh, ax=axes, label=words, location="bottom", aspect=40)
    return figure


def _checked(name, signal, weights, step):
    """Return the signal, and the weights as multiples of the even one."""
    signal, weights = checked_row(signal, name), checked_row(weights, "attention")
    if weights.min() < 0 or not np.isclose(weights.sum(), 1, atol=1e-3):
        raise RecordInvalid(
            f"the attention over {name} must be 0 or more with a sum of 1, got a sum of "
            f"{weights.sum():.3g}; leave out no step, and none more than there are"
        )
    if (len(weights) - 1) * step >= len(signal):
        raise RecordInvalid(
            f"{len(weights)} steps of {step} samples reach beyond the {len(signal)} samples of "
            f"{name}; leave out the padding"
        )
    return signal, weights * len(weights)


def _describe(name, multiple, step_s):
    most = int(multiple.argmax())
    return f"{name}: looked at most is {most * step_s:.1f} s, {multiple[most]:.1f} times the mean"
