"""Chapter 9: every explanation, set so that all can be scored alike, and the trivial ones."""

from functools import partial

import numpy as np

from ecgbook import explain

__all__ = ["FLOORS", "METHODS", "NETWORKS", "lime", "lime_on", "smoothed_over", "trivial"]

# Single samples of an attribution say little: all are means over so many seconds.
_SMOOTH_S = 0.04
# What is hidden at once, and a segment of LIME.
_PIECE_S = 0.1
_MOST_LEADS = 3  # of which each is hidden by itself; of more, all together

# Which network is explained: as it was trained, with its weights drawn anew, and one that has
# learnt labels in random order by heart.
NETWORKS = ("trained", "reset", "random_labels")
# What knows no network, and the truth itself, which nothing can beat.
FLOORS = ("random", "signal", "qrs")
_CEILING = "mask"


def smoothed_over(attribution, fs):
    """Return an attribution (batch, lead, time) as means over 40 ms."""
    return explain.smoothed(attribution, max(1, round(_SMOOTH_S * fs)))


def _signed(method, model, x, target, fs, **settings):
    return smoothed_over(method(model, x, target, **settings), fs)


def _sized(method, model, x, target, fs, **settings):
    return smoothed_over(np.abs(method(model, x, target, **settings)), fs)


def _plain(method, model, x, target, fs, **settings):
    return method(model, x, target, **settings)


def _occlusion(model, x, target, fs):
    width = max(2, round(_PIECE_S * fs))
    leads = "each" if x.shape[1] <= _MOST_LEADS else "together"
    return explain.occlusion(model, x, target, width=width, leads=leads, replace=_blank(x))


def _blank(x):
    """Return the mean of each lead, which all methods take pieces away to.

    The mean of a piece by itself would leave an elevated ST segment where it is.
    """
    return explain.replacement(x, [0], "mean")


def lime(model, x, target, fs, samples=300):
    """Explain by segments of a tenth of a second; ``samples`` are changed signals."""
    time = x.shape[2]
    segments = explain.uniform_segments(time, max(2, round(time / (_PIECE_S * fs))))
    if x.shape[1] <= _MOST_LEADS:
        segments = explain.by_lead(segments, x.shape[1])
    return lime_on(segments, model, x, target, samples)


def lime_on(segments, model, x, target, samples):
    """Explain by segments of one's own, as `lime` does by those of a tenth of a second."""
    how = {"samples": samples, "replace": _blank(x), "of": "answer"}
    return explain.lime(model, x, target, segments=segments, **how)


_INTEGRATED = {"baseline": "mean", "steps": 16}

# ``(model, x, target, fs)`` to an attribution (batch, lead, time), where more means more for the
# class. Where the sign of a method says for or against it is kept, and where it says only whether
# a higher or a lower voltage would help its size is taken; integrated gradients are shown as both.
METHODS = {
    "gradient": partial(_sized, explain.gradient),
    "smooth_gradient": partial(_sized, explain.smooth_gradient, n=16),
    "integrated_gradients": partial(_signed, explain.integrated_gradients, **_INTEGRATED),
    "integrated_gradients_absolute": partial(_sized, explain.integrated_gradients, **_INTEGRATED),
    "guided_backpropagation": partial(_sized, explain.guided_backpropagation),
    "grad_cam": partial(_plain, explain.grad_cam),
    "grad_cam_by_lead": partial(_plain, explain.grad_cam_by_lead),
    "guided_grad_cam": partial(_sized, explain.guided_grad_cam),
    "activation_map": partial(_plain, explain.activation_map),
    "occlusion": _occlusion,
    "lime": lime,
}


def trivial(x, mask, qrs, fs, seed=0):
    """Return the attributions that know no network, by name: `FLOORS` and the mask.

    ``x``, ``mask`` and ``qrs``, where QRS complexes are, have the shape (batch, lead, time).
    """
    return {
        "random": explain.random_attribution(x, seed),
        "signal": smoothed_over(explain.signal_attribution(x), fs),
        "qrs": qrs.astype(np.float32),
        _CEILING: explain.truth_attribution(mask),
    }
