"""Networks for ECGs: one paper or one family a file, a registry over all.

>>> model = create_model("beat_cnn", leads=2, classes=4)
"""

from ecgbook.models.andreotti import AndreottiResNet
from ecgbook.models.beat_autoencoder import BeatAutoencoder, EncoderClassifier
from ecgbook.models.beat_cnn import BeatCNN
from ecgbook.models.cost import forward_ms
from ecgbook.models.cpc import CPC, CPCClassifier
from ecgbook.models.dilated import DilatedBiLSTM
from ecgbook.models.fusion import EarlyFusion, JointFusion, LateFusion
from ecgbook.models.fusion_attention import CrossAttentionFusion, PatientAttention
from ecgbook.models.generation import generate, generate_blocks
from ecgbook.models.heartbeat_cnn import MLP, CourseCNN, FourierCNN, VanillaCNN
from ecgbook.models.layers import layer_table
from ecgbook.models.madegan import Autoencoder, BeatDiscriminator, MemoryAutoencoder
from ecgbook.models.mvms_net import MVMSNet
from ecgbook.models.nejedly import NejedlyResNet
from ecgbook.models.picture_resnet import PictureResNet
from ecgbook.models.pictures import AlexNet, AlexNetAttention, ChannelCNN, PictureVGG, SelfAttention
from ecgbook.models.record_crnn import RecordCNNGRU, RecordCNNLSTM
from ecgbook.models.record_recurrent import (
    RecordBiGRU,
    RecordBiGRUAttention,
    RecordBiLSTM,
    RecordGRU,
    RecordGRUAttention,
    RecordLSTM,
    RecordRNN,
)
from ecgbook.models.record_resnet import RecordResNet
from ecgbook.models.recurrent import BiLSTM, VanillaRNN
from ecgbook.models.registry import ModelInfo, count_parameters, create_model, info, list_models
from ecgbook.models.resnet import BeatResNet, BottleneckResNet
from ecgbook.models.resu_dense import ResUDense
from ecgbook.models.rhythm_crnn import RhythmCRNN
from ecgbook.models.ribeiro import RibeiroResNet
from ecgbook.models.segments import CRANN, CRNN, SegmentBiLSTM, SegmentLSTM
from ecgbook.models.small_pictures import PictureMobileNet, SmallPictureNet
from ecgbook.models.transfer import BeatClassifier, MultiBranchClassifier
from ecgbook.models.transformer import BeatTransformer
from ecgbook.models.trunk import copy_trunk, freeze_trunk
from ecgbook.models.wave_unet import WaveUNet, sample_cross_entropy
from ecgbook.models.wavenet import BlockWaveNet, WaveNet, level_values, next_sample_loss
from ecgbook.models.xresnet import XResNet1d101

__all__ = [
    "CPC",
    "CRANN",
    "CRNN",
    "MLP",
    "AlexNet",
    "AlexNetAttention",
    "AndreottiResNet",
    "Autoencoder",
    "BeatAutoencoder",
    "BeatCNN",
    "BeatClassifier",
    "BeatDiscriminator",
    "BeatResNet",
    "BeatTransformer",
    "BiLSTM",
    "BlockWaveNet",
    "BottleneckResNet",
    "CPCClassifier",
    "ChannelCNN",
    "CourseCNN",
    "CrossAttentionFusion",
    "DilatedBiLSTM",
    "EarlyFusion",
    "EncoderClassifier",
    "FourierCNN",
    "JointFusion",
    "LateFusion",
    "MVMSNet",
    "MemoryAutoencoder",
    "ModelInfo",
    "MultiBranchClassifier",
    "NejedlyResNet",
    "PatientAttention",
    "PictureMobileNet",
    "PictureResNet",
    "PictureVGG",
    "RecordBiGRU",
    "RecordBiGRUAttention",
    "RecordBiLSTM",
    "RecordCNNGRU",
    "RecordCNNLSTM",
    "RecordGRU",
    "RecordGRUAttention",
    "RecordLSTM",
    "RecordRNN",
    "RecordResNet",
    "ResUDense",
    "RhythmCRNN",
    "RibeiroResNet",
    "SegmentBiLSTM",
    "SegmentLSTM",
    "SelfAttention",
    "SmallPictureNet",
    "VanillaCNN",
    "VanillaRNN",
    "WaveNet",
    "WaveUNet",
    "XResNet1d101",
    "copy_trunk",
    "count_parameters",
    "create_model",
    "forward_ms",
    "freeze_trunk",
    "generate",
    "generate_blocks",
    "info",
    "layer_table",
    "level_values",
    "list_models",
    "next_sample_loss",
    "sample_cross_entropy",
]
