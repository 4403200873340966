"""Chapter 5: four superclasses of PTB-XL from three leads, as signals, as pictures and as both."""

from ecgbook.datasets import few_of_each_superclass
from ecgbook.studies import picture_fusion, picture_methods
from ecgbook.studies.study import Study, Training

__all__ = ["BEST", "CLASSES", "RELEASED", "SCORES", "STUDY", "TASK"]

CLASSES, SCORES, TASK = picture_methods.CLASSES, picture_methods.SCORES, picture_methods.TASK
BEST = "record_resnet"
RELEASED = "record_resnet-three-leads"

_PICTURE = "small_picture_net"
_SCALED = "record_resnet_scaled"
_RECURRENT = ("record_rnn", "record_gru", "record_lstm", "record_bilstm", "record_gru_attention")
_CRNN = ("record_cnn_gru", "record_cnn_gru_reshaped", "record_cnn_lstm")
_LARGE = ("alexnet_attention", "picture_resnet")
_PARTS = (*picture_fusion.PARTS,)
_ONCE = [*_RECURRENT, *_CRNN, *_LARGE]
_ALONE = (_SCALED, _PICTURE, *_ONCE, "record_bigru", "alexnet")  # all networks but the best
_NETWORKS = (BEST, _SCALED, _PICTURE, *_ONCE)
_SEEDS = {"seed": [0, 1, 2]}
_FOLDS = {"protocol": ["official_folds"]}
_USUAL = {**_FOLDS, "filter": ["st_kept"], "weights": ["none"]}

_AT = {"threshold": "validation"}

# What 15 minutes of a processor core can show of the slow ones, which still rise after it.
_CAPPED = {
    "record_rnn_draws": 40_000,
    "record_gru_draws": 18_300,
    "record_bigru_draws": 13_700,
    "record_lstm_draws": 13_700,
    "record_bilstm_draws": 13_700,
    "record_gru_attention_draws": 13_700,
    "alexnet_draws": 36_600,
    "alexnet_attention_draws": 4_600,
    "picture_resnet_draws": 18_300,
    "published_joint_fusion_draws": 11_400,
}


def _data(database, case, training):
    n = training.options.get("of_each")
    records = None if n is None else few_of_each_superclass(database, n)
    return picture_methods.recordings(database, records=records, clean=case["filter"])


def _fusion_pairs():
    """Compare each fusion with both of its parts, on the same records."""
    for pair, fusions in picture_fusion.FUSIONS.items():
        for name in fusions:
            for part in picture_fusion.PARTS[pair]:
                yield {"method": name}, {"method": part}


STUDY = Study(
    chapter="05-images-fusion",
    database="ptb-xl",
    data=_data,
    splits={"official_folds": picture_methods.by_fold},
    answers={
        **dict.fromkeys(_NETWORKS, picture_methods.network),
        "random_kernels": picture_methods.kernels,
        **dict.fromkeys(_PARTS, picture_fusion.answer),
    },
    task=TASK,
    scores=SCORES,
    trainings={
        "smoke": Training(examples=64, draws=64, options={"of_each": 2, "kernel_features": 168}),
        "cpu": Training(
            examples=20_000, draws=80_000, options={"kernel_features": 10_000, **_CAPPED}
        ),
        "gpu": Training(examples=20_000, draws=700_000, options={"kernel_features": 10_000}),
    },
    grid=(
        {"method": ["small_parts"], **_USUAL, **_SEEDS},
        {"method": [_SCALED], **_USUAL, **_SEEDS},
        {"method": ["random_kernels"], **_USUAL, "seed": [0]},
        # What the published filter does, and positive weights, everything else being the same.
        {
            "method": [BEST, _PICTURE],
            **_USUAL,
            "filter": ["published"],
            **_SEEDS,
        },
        {"method": [BEST], **_USUAL, "weights": ["per_label", "first_label"], **_SEEDS},
        {"method": _ONCE, **_USUAL, "seed": [0]},
        {"method": ["published_parts"], **_USUAL, "seed": [0]},
    ),
    pairs=(
        *(({"method": name}, {"method": BEST}) for name in _ALONE),
        ({"method": BEST}, {"method": "random_kernels"}),
        ({"method": _PICTURE}, {"method": _SCALED}),
        *(({"method": name}, {"method": _PICTURE}) for name in ("alexnet", *_LARGE)),
        *_fusion_pairs(),
        ({"method": "joint_fusion"}, {"method": "joint_fusion_scratch"}),
        ({"method": "record_gru_attention"}, {"method": "record_gru"}),
        # Each flaw against its absence.
        ({"method": "late_fusion_on_training"}, {"method": "late_fusion"}),
        ({"method": "published_late_fusion_on_training"}, {"method": "published_late_fusion"}),
        (
            {"method": "published_early_fusion_backward_last"},
            {"method": "published_early_fusion"},
        ),
        ({"method": "record_cnn_gru_reshaped"}, {"method": "record_cnn_gru"}),
        ({"filter": "published"}, {"filter": "st_kept"}),
        ({"weights": "first_label"}, {"weights": "per_label"}),
        ({"method": BEST}, {"weights": "none"}),
        ({"method": BEST}, {"threshold": "validation"}),
    ),
    headlines=tuple(
        ("macro_auroc", {"method": name, "filter": "st_kept", "weights": "none", **_AT})
        for name in (BEST, _PICTURE, "late_fusion")
    ),
)
