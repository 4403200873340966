"""Chapter 8: many labels from twelve leads, in one country and in another, and with fewer leads."""

from itertools import combinations, product

from ecgbook import tasks
from ecgbook.studies import lead_methods, lead_pretraining
from ecgbook.studies.lead_judging import JudgedStudy, View
from ecgbook.studies.lead_records import CLASSES, by_fold
from ecgbook.studies.study import Combination, Training

__all__ = ["BEST", "CLASSES", "ENCODER", "RELEASED", "STUDY"]

BEST = "small_resnet"
RELEASED = "record_resnet-twelve-leads"
ENCODER = "cpc-unlabelled"

_NOT_DEEP = {"random_kernels": lead_methods.kernels, "median_beat_trees": lead_methods.trees}
_RESU = ["resu_dense", "resu_dense_no_attention", "resu_dense_corrected"]
_LARGE = [*_RESU, "ribeiro", "xresnet", "nejedly", "mvms_net"]
_ONCE = [*_LARGE, "small_resnet_any_leads", "resu_dense_published"]
_AGAIN = ["small_resnet_scaled", "small_resnet_crops"]
_NETWORKS = (BEST, *_ONCE, *_AGAIN)
_THREE = "three_small_resnets"

_SEEDS = {"seed": [0, 1, 2]}
_FOLDS = {"protocol": ["official_folds"]}
_BOTH = {**_FOLDS, "labels": ["both"]}
_SUPERCLASSES = {**_FOLDS, "labels": ["superclasses"]}
_TWELVE = {"leads": [12]}
_USUAL = {"tested": "ptb_xl", "people": "all", "crop": "whole"}

# What 15 minutes of a processor core can show of the large ones, in recordings seen: they still
# rise when they stop.
_CAPPED = {
    "resu_dense_draws": 18_000,
    "resu_dense_no_attention_draws": 18_000,
    "resu_dense_corrected_draws": 18_000,
    "ribeiro_draws": 25_000,
    "nejedly_draws": 25_000,
    "mvms_net_draws": 4_600,
    "resu_dense_published_draws": 4_600,
    "cpc_draws": 100_000,
}
_LEARNT = {"kernel_features": 10_000, "rounds": 100}
_QUICK = {"of_each": 2, "few": 3, "unlabelled": 32, "cpc_draws": 128}
_QUICK |= {"kernel_features": 168, "rounds": 5}


def _mean(members):
    """Return the mean of what runs say; recordings and classes that are not judged stay NaN."""
    return members.valid.mean(axis=0), members.test.mean(axis=0)


def _three_runs():
    """Return the mean of the three runs of the small network, judged by the superclasses."""
    for labels in ("superclasses", "both"):
        of = {"method": BEST, "protocol": "official_folds", "labels": labels, "leads": 12}
        fields = of | {"method": _THREE} | View("superclasses")._asdict() | {"crop": "whole"}
        yield Combination(fields, of, _mean, every_seed=True)


def _pairs():
    """Return what is compared with what: one thing differs, on the same recordings."""
    yield from _pairs_at("superclasses", "half")
    for threshold in ("half", "grid", "f1"):
        yield from _pairs_at("challenge", threshold)
    learnt = {"method": BEST, "leads": 12, "tested": "ptb_xl", "people": "all"}
    yield {**learnt, "labels": "both"}, {"labels": "superclasses"}
    yield {"method": _THREE}, {"method": BEST}
    for judged, name in product(("superclasses", "shared"), (*_NOT_DEEP, *_LARGE)):
        elsewhere = {"judged": judged, "tested": "ludb", "threshold": "half"}
        yield {"method": name, **elsewhere}, {"method": BEST}
    for other in ("f1", "half", "evolution", "grid_on_test"):
        yield {"judged": "challenge", "threshold": other, **learnt}, {"threshold": "grid"}
    yield {"threshold": "outputs_0_1"}, {"threshold": "half"}
    yield {"method": "cpc"}, {"way": "scratch"}
    yield {"way": "fine_tuned"}, {"way": "linear_probe"}


def _pairs_at(judged, threshold):
    """Return the pairs on PTB-XL that are told for one set of labels at one kind of threshold."""
    judged = {"judged": judged, "threshold": threshold}
    plain = {**_USUAL, "labels": "both", **judged}
    for name in (*_NOT_DEEP, *_LARGE, *_AGAIN, "resu_dense_published", "small_resnet_any_leads"):
        yield {"method": name, **plain}, {"method": BEST}
    for name in ("resu_dense_no_attention", "resu_dense_corrected"):
        yield {"method": name, **plain}, {"method": "resu_dense"}
    yield {"method": BEST, **plain}, {"leads": 12}
    # Statements that half of the patients lack.
    for labels, other in combinations(("half_masked", "half_absent", "both"), 2):
        yield {"labels": labels, **judged}, {"labels": other}
    # Crops, as the seed has them at test, against the middle one.
    yield {"labels": "both", "tested": "ptb_xl", **judged}, {"crop": "centre"}


STUDY = JudgedStudy(
    chapter="08-twelve-leads",
    database="ptb-xl",
    data=lead_methods.data,
    splits={"official_folds": by_fold},
    answers={
        **_NOT_DEEP,
        **dict.fromkeys(_NETWORKS, lead_methods.network),
        "cpc": lead_pretraining.answer,
    },
    # Of all labels at once; what an answer is judged by, its fields say.
    task=tasks.multi_label(CLASSES),
    calibrated=(BEST, _THREE),
    trainings={
        "smoke": Training(examples=64, draws=128, options=_QUICK),
        "cpu": Training(
            examples=100_000,
            draws=57_000,
            options={**_LEARNT, "unlabelled": 3_000, **_CAPPED},
        ),
        "gpu": Training(
            examples=100_000,
            draws=870_000,
            options={**_LEARNT, "unlabelled": 30_000, "cpc_draws": 3_000_000},
        ),
    },
    grid=(
        {"method": [*_NOT_DEEP], **_BOTH, **_TWELVE, "seed": [0]},
        {"method": [BEST], **_SUPERCLASSES, **_TWELVE, **_SEEDS},
        {"method": [BEST], **_BOTH, **_TWELVE, **_SEEDS},
        {"method": _AGAIN, **_BOTH, **_TWELVE, **_SEEDS},
        {
            "method": [BEST],
            **_FOLDS,
            "labels": ["half_absent", "half_masked"],
            **_TWELVE,
            **_SEEDS,
        },
        {"method": [BEST], **_BOTH, "leads": [6, 4, 3, 2], **_SEEDS},
        {"method": ["small_resnet_any_leads"], **_BOTH, **_SEEDS},
        {"method": _LARGE, **_BOTH, **_TWELVE, "seed": [0]},
        {"method": ["resu_dense_published"], **_BOTH, **_TWELVE, "seed": [0]},
        {"method": ["cpc"], **_SUPERCLASSES, **_SEEDS},
    ),
    combinations=(*_three_runs(),),
    pairs=(*_pairs(),),
    headlines=(
        (
            "auroc",
            {"method": BEST, "leads": 12, "judged": "superclasses", "threshold": "half", **_USUAL},
        ),
    ),
)
