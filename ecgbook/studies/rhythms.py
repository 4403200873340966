"""Chapter 7: the rhythm of single-lead recordings, and which flaw made published numbers high."""

from ecgbook.studies import rhythm_flaws, rhythm_generated, rhythm_likeness, rhythm_methods
from ecgbook.studies.rhythm_folds import FOLDS, five_folds, joined
from ecgbook.studies.rhythm_noise import when_sure_rows
from ecgbook.studies.rhythm_recipes import RECIPES
from ecgbook.studies.study import Combination, Study, Training

__all__ = ["BEST", "CLASSES", "RELEASED", "SCORES", "STUDY", "TASK"]

CLASSES, TASK = rhythm_methods.CLASSES, rhythm_methods.TASK
SCORES = ("challenge2017_f1", "macro_f1", "f1", "sensitivity", "ppv")
BEST = "rhythm_crnn"
RELEASED = "rhythm_crnn-challenge2017"

_NUMBERS = (*rhythm_methods.NUMBERS,)
_LEEDS = ["segment_lstm", "segment_bilstm", "segment_crnn", "segment_crann"]
_ONCE = ["andreotti", *_LEEDS, "segment_crann_published", "rhythm_crnn_300_hz"]
_AGAIN = [BEST, "rhythm_crnn_augmented"]
_NETWORKS = (*_ONCE, *_AGAIN)
_GENERATORS = (*rhythm_generated.GENERATORS,)
_COMBINED = ("three_crnns", "network_and_trees", "three_crnns_and_trees")
_IN_FOLDS = [*_NUMBERS, BEST]
_JUDGED = (*_NUMBERS, *_NETWORKS, *_COMBINED)
_SEEDS = {"seed": [0, 1, 2]}
_HALVES = {"protocol": ["windows_by_record", "windows_seen"]}

# What 15 minutes of a processor core can show: two epochs, after which it still rises.
_CAPPED = {"andreotti_draws": 10_000}
_QUICK = {"of_each": 20, "generated": 10, "andreotti_draws": 24}
# In its full size on a data-centre GPU.
_FULL = {"andreotti_sizes": {"filters": 64}, "generated": 1000}


def _recordings(database, case, training):
    return rhythm_methods.recordings(database, training, RECIPES[case["method"]].fs)


def _network_and_trees(members):
    """Give the mean of all runs of the network as much weight as the trees, which come last."""
    return tuple((part[:-1].mean(axis=0) + part[-1]) / 2 for part in (members.valid, members.test))


def _combinations():
    """Return the ensembles on the one split, and the answers of five folds joined."""
    one = {"protocol": "one_split"}
    both = (BEST, "feature_trees")
    of_both = {"method": both, **one}
    fields = [{"method": name, **one} for name in _COMBINED]
    yield Combination(fields[0], {"method": BEST, **one}, joined, every_seed=True)
    yield Combination(fields[1], of_both, _network_and_trees)
    yield Combination(fields[2], of_both, _network_and_trees, every_seed=True)
    folds = {"protocol": "five_folds"}
    for name, of in (*zip(_IN_FOLDS, _IN_FOLDS, strict=True), ("network_and_trees", both)):
        yield Combination({"method": name, **folds, "fold": "all"}, {"method": of, **folds}, joined)


STUDY = Study(
    chapter="07-rhythm-attention",
    database="challenge-2017",
    data={
        **dict.fromkeys(_NUMBERS, rhythm_methods.described),
        **dict.fromkeys(_NETWORKS, _recordings),
        "rhythm_crnn_augmented": rhythm_generated.extended,
        **dict.fromkeys(rhythm_flaws.METHODS, rhythm_flaws.windows_of),
        **dict.fromkeys(_GENERATORS, rhythm_generated.pieces),
    },
    splits={
        "one_split": rhythm_methods.one_split,
        "five_folds": five_folds,
        **rhythm_flaws.SPLITS,
        "real_or_generated": rhythm_likeness.split_of,
    },
    answers={
        **dict.fromkeys(_NUMBERS, rhythm_methods.numbers),
        **dict.fromkeys(_NETWORKS, rhythm_methods.network),
        **dict.fromkeys(rhythm_flaws.METHODS, rhythm_flaws.answer),
        **dict.fromkeys(_GENERATORS, rhythm_likeness.answer),
    },
    task={
        **dict.fromkeys(_JUDGED, TASK),
        **dict.fromkeys(rhythm_flaws.METHODS, rhythm_flaws.TASK),
        **dict.fromkeys(_GENERATORS, rhythm_likeness.TASK),
    },
    scores={
        **dict.fromkeys(_JUDGED, SCORES),
        **dict.fromkeys(rhythm_flaws.METHODS, SCORES[1:]),
        **dict.fromkeys(_GENERATORS, ("accuracy", "auroc")),
    },
    trainings={
        "smoke": Training(examples=200, draws=200, options=_QUICK),
        "cpu": Training(examples=60_000, draws=66_000, options=_CAPPED),
        "gpu": Training(examples=120_000, draws=260_000, options=_FULL),
    },
    reports={"when_sure": when_sure_rows, "medians": rhythm_likeness.medians},
    grid=(
        {"method": [*_NUMBERS, *_ONCE], "protocol": ["one_split"], "seed": [0]},
        {"method": _AGAIN, "protocol": ["one_split"], **_SEEDS},
        {"method": _IN_FOLDS, "protocol": ["five_folds"], "fold": [*FOLDS]},
        {
            "method": ["window_crann"],
            **_HALVES,
            "rhythms": [*rhythm_flaws.RHYTHMS],
            "modules": ["built_once", "in_forward"],
            **_SEEDS,
        },
        {"method": ["window_crnn"], **_HALVES, "rhythms": ["n_a_o"], "seed": [0]},
        {
            "method": ["window_crann_published"],
            "protocol": ["windows_shuffled"],
            "rhythms": ["n_a"],
            **_SEEDS,
        },
        {"method": [*_GENERATORS], "protocol": ["real_or_generated"], "seed": [0]},
    ),
    combinations=(*_combinations(),),
    pairs=(
        *(
            ({"method": name, "protocol": "one_split"}, {"method": "feature_trees"})
            for name in _JUDGED
        ),
        *(
            ({"method": name, "fold": "all"}, {"method": "feature_trees"})
            for name in (*_IN_FOLDS, "network_and_trees")
        ),
        ({"method": "network_and_trees"}, {"method": BEST}),
        ({"method": "three_crnns"}, {"method": BEST}),
        ({"method": "rhythm_crnn_300_hz"}, {"method": BEST}),
        ({"method": "rhythm_crnn_augmented"}, {"method": BEST}),
        ({"method": "segment_crann"}, {"method": "segment_crnn"}),
        ({"method": "segment_crann"}, {"method": "segment_crann_published"}),
        # Each flaw against its absence, on the same test windows or recordings.
        ({"protocol": "windows_seen"}, {"protocol": "windows_by_record"}),
        ({"tested": "oversampled"}, {"tested": "natural"}),
        ({"modules": "in_forward"}, {"modules": "built_once"}),
    ),
)
