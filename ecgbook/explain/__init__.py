"""Explanations: which samples of an ECG speak for a network's answer, and whether that is so.

A method takes a model in eval mode, signals and a class, and returns an attribution float32
``(batch, lead, time)``. Methods on what goes when parts are taken away (`lime`, `occlusion`), on
gradients (`gradient`, `integrated_gradients`, `smooth_gradient`, `guided_backpropagation`), on
layers (`grad_cam`, `guided_grad_cam`, `attention_map`, `activation_map`) and on what an autoencoder
cannot give back (`autoencoder_residual`) stand beside those that know no model
(`random_attribution`, `signal_attribution`, `qrs_attribution`). They are scored against a mask that
is known to be true (`mask_auprc`, `pointing_game`), by what the model loses (`deletion`,
`insertion`), and by what is left of them when the model has forgotten (`sanity_check`).

>>> attribution = gradient(model, x, target=1)  # doctest: +SKIP
"""

from ecgbook.explain.activation import activation_map, activations
from ecgbook.explain.aligned import mean_beat, span_density
from ecgbook.explain.asked import NeverPredicted
from ecgbook.explain.attention import attention_map
from ecgbook.explain.deletion import deletion, deletion_curve, insertion, insertion_curve
from ecgbook.explain.even import even_rhythm
from ecgbook.explain.grad_cam import grad_cam, grad_cam_by_lead
from ecgbook.explain.gradient import gradient
from ecgbook.explain.guided import guided_backpropagation, guided_grad_cam
from ecgbook.explain.integrated import integrated_gradients
from ecgbook.explain.lime import LimeExplanation, lime, lime_explanation
from ecgbook.explain.occlusion import occlusion
from ecgbook.explain.replacing import replacement
from ecgbook.explain.residual import autoencoder_residual
from ecgbook.explain.sanity import reset_layers, reset_weights, sanity_check
from ecgbook.explain.scores import mask_auprc, pointing_game, rank_agreement, share_on_mask
from ecgbook.explain.segments import beat_segments, by_lead, uniform_segments, wave_segments
from ecgbook.explain.smooth_gradient import smooth_gradient
from ecgbook.explain.smoothing import smoothed
from ecgbook.explain.truth import (
    qrs_attribution,
    random_attribution,
    signal_attribution,
    truth_attribution,
)

__all__ = [
    "LimeExplanation",
    "NeverPredicted",
    "activation_map",
    "activations",
    "attention_map",
    "autoencoder_residual",
    "beat_segments",
    "by_lead",
    "deletion",
    "deletion_curve",
    "even_rhythm",
    "grad_cam",
    "grad_cam_by_lead",
    "gradient",
    "guided_backpropagation",
    "guided_grad_cam",
    "insertion",
    "insertion_curve",
    "integrated_gradients",
    "lime",
    "lime_explanation",
    "mask_auprc",
    "mean_beat",
    "occlusion",
    "pointing_game",
    "qrs_attribution",
    "random_attribution",
    "rank_agreement",
    "replacement",
    "reset_layers",
    "reset_weights",
    "sanity_check",
    "share_on_mask",
    "signal_attribution",
    "smooth_gradient",
    "smoothed",
    "span_density",
    "truth_attribution",
    "uniform_segments",
    "wave_segments",
]
