"""Networks for ECGs: one paper or one family a file, a registry over all.

>>> model = create_model("beat_cnn", leads=2, classes=4)
"""

from ecgbook.models.beat_autoencoder import BeatAutoencoder, EncoderClassifier
from ecgbook.models.beat_cnn import BeatCNN
from ecgbook.models.dilated import DilatedBiLSTM
from ecgbook.models.heartbeat_cnn import MLP, CourseCNN, FourierCNN, VanillaCNN
from ecgbook.models.layers import layer_table
from ecgbook.models.madegan import Autoencoder, BeatDiscriminator, MemoryAutoencoder
from ecgbook.models.recurrent import BiLSTM, VanillaRNN
from ecgbook.models.registry import ModelInfo, count_parameters, create_model, info, list_models
from ecgbook.models.resnet import BeatResNet, BottleneckResNet
from ecgbook.models.transfer import BeatClassifier, MultiBranchClassifier
from ecgbook.models.transformer import BeatTransformer
from ecgbook.models.trunk import copy_trunk, freeze_trunk

__all__ = [
    "MLP",
    "Autoencoder",
    "BeatAutoencoder",
    "BeatCNN",
    "BeatClassifier",
    "BeatDiscriminator",
    "BeatResNet",
    "BeatTransformer",
    "BiLSTM",
    "BottleneckResNet",
    "CourseCNN",
    "DilatedBiLSTM",
    "EncoderClassifier",
    "FourierCNN",
    "MemoryAutoencoder",
    "ModelInfo",
    "MultiBranchClassifier",
    "VanillaCNN",
    "VanillaRNN",
    "copy_trunk",
    "count_parameters",
    "create_model",
    "freeze_trunk",
    "info",
    "layer_table",
    "list_models",
]
