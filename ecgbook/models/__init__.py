"""Networks for ECGs: one paper or one family a file, a registry over all.

>>> model = create_model("beat_cnn", leads=2, classes=4)
"""

from ecgbook.models.beat_cnn import BeatCNN
from ecgbook.models.layers import layer_table
from ecgbook.models.madegan import Autoencoder, BeatDiscriminator, MemoryAutoencoder
from ecgbook.models.registry import ModelInfo, count_parameters, create_model, info, list_models
from ecgbook.models.transfer import BeatClassifier, MultiBranchClassifier

__all__ = [
    "Autoencoder",
    "BeatCNN",
    "BeatClassifier",
    "BeatDiscriminator",
    "MemoryAutoencoder",
    "ModelInfo",
    "MultiBranchClassifier",
    "count_parameters",
    "create_model",
    "info",
    "layer_table",
    "list_models",
]
