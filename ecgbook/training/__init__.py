"""One training loop for all models, its losses, and weights on disk.

>>> task = tasks.single_label(train.classes)  # doctest: +SKIP
>>> history = fit(model, train, valid, task=task, epochs=20, seed=0)  # doctest: +SKIP
>>> logits = predict(model, test)  # doctest: +SKIP
"""

import warnings

from ecgbook.training.adversarial import fit_adversarial
from ecgbook.training.answers import predict_released
from ecgbook.training.augment import augment_beats, time_stretch, time_warp
from ecgbook.training.contrastive import info_nce, predictive_loss, pretrain
from ecgbook.training.fit import fit
from ecgbook.training.layout import channels_last
from ecgbook.training.lead_dropout import drop_leads, lead_dropout
from ecgbook.training.losses import (
    binary_cross_entropy,
    binary_focal_loss,
    class_weights,
    cross_entropy,
    focal_loss,
    mean_squared_error,
)
from ecgbook.training.masked import (
    masked_binary_cross_entropy,
    masked_target,
    used_by_source,
)
from ecgbook.training.predict import predict
from ecgbook.training.rhythm_of import Rhythm, rhythm_of
from ecgbook.training.scoring import anomaly_scores
from ecgbook.training.vouched import load_model, load_weights
from ecgbook.training.weights import load_released, save_weights

__all__ = ["anomaly_scores", "augment_beats", "binary_cross_entropy", "binary_focal_loss"]
__all__ += ["channels_last", "class_weights", "cross_entropy", "fit", "fit_adversarial"]
__all__ += ["focal_loss", "load_model", "load_released", "load_weights", "mean_squared_error"]
__all__ += ["drop_leads", "info_nce", "lead_dropout", "masked_binary_cross_entropy"]
__all__ += ["masked_target", "predict", "predict_released", "predictive_loss", "pretrain"]
__all__ += ["Rhythm", "rhythm_of", "save_weights", "time_stretch", "time_warp", "used_by_source"]

# Arrays of the store are read-only. Torch warns of that, and nothing here writes to them.
warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
