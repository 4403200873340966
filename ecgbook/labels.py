"""What readers see instead of the names of scores, methods and protocols."""

__all__ = ["label", "sentence"]

_LABELS = {
    "accuracy": "accuracy",
    "all_minutes": "all records and minutes",
    "auprc": "AUPRC",
    "auroc": "AUROC",
    "best_f1": "best F1",
    "bias_iqr_ms": "spread of the time error (ms)",
    "bias_ms": "time error (ms)",
    "challenge2017_f1": "F1 of N, A and O",
    "challenge2021_score": "Challenge score",
    "coverage": "share answered",
    "ec57": "EC57",
    "ec57_ppv": "PPV",
    "ec57_sensitivity": "sensitivity",
    "f1": "F1",
    "false_per_hour": "beats invented",
    "forwarded": "share that goes on to level 2",
    "j_kappa": "j-kappa",
    "macro_auroc": "macro AUROC",
    "macro_f1": "macro-F1",
    "missed_per_hour": "beats missed",
    "ppv": "PPV",
    "rejected": "share that level 1 stops",
    "sensitivity": "sensitivity",
    "setting": "setting found",
    "trial_macro_f1": "macro-F1 of a trial on validation",
    # settings of a network
    "lr": "learning rate",
    # heart-rate variability
    "n_intervals": "intervals used",
    "used_percent": "of all intervals (%)",
    "mean_rr_ms": "mean RR interval (ms)",
    "sdnn_ms": "SDNN (ms)",
    "rmssd_ms": "RMSSD (ms)",
    "pnn50_percent": "pNN50 (%)",
    "lf_ms2": "LF (ms²)",
    "hf_ms2": "HF (ms²)",
    # quality of a recording
    "flat_s": "flat (s)",
    "clipped_s": "clipped (s)",
    "wander_mv": "wander (mV)",
    "noise_mv": "noise (mV)",
    # protocols
    "by_beat": "by beat",
    "by_beat_best_test_epoch": "by beat, best test epoch",
    "ds1_ds2": "DS1 to DS2",
    "ds1_ds2_best_test_epoch": "DS1 to DS2, best test epoch",
    "ds1_ds2_one_man_twice": "DS1 to DS2, one man on both sides",
    "ds1_ds2_sorted": "DS1 to DS2, test beats sorted by class",
    "half": "half of DS2, other patients learnt",
    "half_seen": "half of DS2, its other half learnt as well",
    "within_ds1": "within DS1",
    "by_patient": "by patient",
    "infarctions_by_beat": "infarctions, by beat",
    "infarctions_by_fold": "infarctions, by patient",
    "one_budget": "one budget",
    "published": "published recipe",
    "quick_look": "a quick look",
    # methods
    "autoencoder": "autoencoder",
    "beat_cnn": "small CNN",
    "beatgan": "BeatGAN",
    "beatgan_warped": "BeatGAN, beats warped in time",
    "biosppy": "BioSPPy",
    "cascade": "level 1, then level 2",
    "class_weights": "class weights",
    "fine_tuned": "fine-tuned",
    "isolation": "isolation forest",
    "logistic_code": "regression, code",
    "logistic_rr": "regression, rhythm",
    "logistic_untrained": "regression, untrained code",
    "madegan": "MadeGAN",
    "madegan_long": "MadeGAN, long training",
    "memae": "MemAE",
    "neighbour": "nearest neighbour",
    "nothing": "alone",
    "one_class_svm": "one-class SVM",
    "pca_0": "distance from the mean beat",
    "pca_10": "PCA, 10 components",
    "pca_50": "PCA, 50 components",
    "prematurity": "prematurity",
    "wfdb": "WFDB xqrs",
    # how a beat is shown, and how the residual is measured
    "beat": "the beat",
    "template_difference": "unlike the recording's template",
    "trees": "boosted trees",
    "logistic": "logistic regression",
    "scratch": "from scratch",
    "frozen": "frozen trunk",
    "focal": "focal loss",
    "multi_branch": "branches",
    "as_they_come": "as they come",
    # networks for heartbeats, and their ensembles
    "mlp": "perceptron",
    "course_cnn": "course CNN",
    "vanilla_cnn": "CNN, pooling over time",
    "channel_pooling": "CNN, pooling over channels",
    "searched_cnn": "CNN, settings searched for",
    "fourier_cnn": "CNN on the spectrum",
    "vanilla_rnn": "plain recurrent network",
    "bilstm": "BiLSTM",
    "dilated_bilstm": "dilated CNN and BiLSTM",
    "resnet_101": "ResNet, 101 layers",
    "resnet_398": "ResNet, 398 layers",
    "encoder_classifier": "encoder of an autoencoder",
    "beat_transformer": "transformer",
    "beat_resnet": "small ResNet",
    "beat_resnet_wide": "small ResNet, wider",
    "stack_on_training": "three networks stacked",
    "soft_vote": "soft vote",
    "hard_vote": "hard vote",
    "top_k": "best few, chosen on validation",
    "top_k_on_test": "best few, chosen on test",
    "stacked": "stacked",
    "three_runs": "three runs of the wider ResNet",
    "validation": "epoch chosen on validation",
    "test": "epoch chosen on test",
    # rhythms of whole recordings
    "rr_linear": "regression on RR intervals",
    "rr_trees": "trees on RR intervals",
    "feature_trees": "trees on 62 features",
    "andreotti": "ResNet of Andreotti",
    "segment_lstm": "LSTM over segments",
    "segment_bilstm": "BiLSTM over segments",
    "segment_crnn": "CRNN over segments",
    "segment_crann": "CRANN",
    "segment_crann_published": "CRANN as published",
    "rhythm_crnn": "small CRNN",
    "rhythm_crnn_300_hz": "small CRNN at 300 Hz",
    "rhythm_crnn_augmented": "small CRNN, generated recordings added",
    "three_crnns": "three small CRNNs",
    "network_and_trees": "small CRNN and trees",
    "three_crnns_and_trees": "three small CRNNs and trees",
    "window_crann": "CRANN on windows",
    "window_crann_published": "CRANN on windows, as published",
    "window_crnn": "small CRNN on windows",
    "wavenet": "WaveNet",
    "block_wavenet": "WaveNet as published",
    "one_split": "one split by recording",
    "five_folds": "five folds",
    "windows_by_record": "other recordings learnt",
    "windows_seen": "other windows of the same recordings learnt",
    "windows_shuffled": "windows shuffled over recordings",
    "real_or_generated": "real or generated",
    # three leads, their pictures, and fusions of both
    "record_resnet": "small ResNet, leads in mV",
    "record_resnet_scaled": "small ResNet, leads scaled",
    "record_rnn": "recurrent network without gates",
    "record_gru": "GRU",
    "record_bigru": "BiGRU",
    "record_lstm": "LSTM over samples",
    "record_bilstm": "BiLSTM over samples",
    "record_gru_attention": "GRU with attention",
    "record_cnn_gru": "CNN and GRU",
    "record_cnn_gru_reshaped": "CNN and GRU, leads and time reshaped",
    "record_cnn_lstm": "CNN and LSTM",
    "random_kernels": "ridge on random kernels",
    "small_picture_net": "small network on pictures",
    "alexnet": "AlexNet on pictures",
    "alexnet_attention": "AlexNet with attention",
    "picture_resnet": "ResNet-50 on pictures",
    "late_fusion": "late fusion",
    "late_fusion_on_training": "late fusion, fitted on training outputs",
    "early_fusion": "early fusion",
    "joint_fusion": "joint fusion, from trained networks",
    "joint_fusion_scratch": "joint fusion, from scratch",
    "cross_attention": "cross-attention",
    "published_late_fusion": "late fusion of BiGRU and AlexNet",
    "published_late_fusion_on_training": "late fusion of both, fitted on training outputs",
    "published_early_fusion": "early fusion of BiGRU and AlexNet",
    "published_early_fusion_backward_last": "early fusion of both, backward state of the last step",
    "published_joint_fusion": "joint fusion of BiGRU and AlexNet",
    "g_mean": "G-mean",
    "specificity": "specificity",
    "official_folds": "official folds",
    "called_noisy": "share called too noisy",
    "n_beats": "beats",
    "rr_mean_ms": "mean RR interval (ms)",
    "rmssd_to_mean": "RMSSD over mean RR interval",
    "turning_point_share": "turning points",
    "sample_entropy_coefficient": "coefficient of sample entropy",
    "spread": "standard deviation",
    "levels_used": "levels used",
}

# Words for values that mean something else in another field.
_IN_FIELD = {
    ("counting", "all"): "all minutes",
    ("counting", "ec57"): "without the first five minutes",
    ("norm", "1"): "absolute error",
    ("norm", "2"): "squared error",
    ("vetted", "all"): "all beats confirmed by a detector",
    ("vetted", "none"): "no beat confirmed by a detector",
    ("vetted", "normal"): "normal beats confirmed by a detector",
    ("fitted_on", "training"): "weighed on training beats",
    ("fitted_on", "validation"): "weighed on validation beats",
    ("answered", "when_sure"): "answered when sure",
    ("filter", "st_kept"): "ST segment kept",
    ("filter", "published"): "published filter",
    ("fold", "all"): "all folds",
    ("modules", "built_once"): "layers built once",
    ("modules", "in_forward"): "layers made at each call",
    ("noise", "bw"): "wander of the baseline",
    ("noise", "ma"): "noise of muscles",
    ("pieces", "generated"): "generated",
    ("pieces", "generated_minus_real"): "generated minus real",
    ("pieces", "real"): "real",
    ("rhythms", "n_a"): "N against A",
    ("rhythms", "n_a_o"): "N, A and O",
    ("scored", "beat"): "beat by beat",
    ("scored", "recording"): "each recording",
    ("scored", "window"): "window by window",
    ("tested", "natural"): "windows as common as they are",
    ("tested", "oversampled"): "seven windows of A for one",
    ("threshold", "half"): "threshold of one half",
    ("threshold", "last_batch"): "threshold of the last batch",
    ("threshold", "validation"): "threshold of the validation part",
    ("weights", "none"): "no positive weights",
    ("weights", "per_label"): "positive weights by label",
    ("weights", "first_label"): "positive weights by first label, as published",
    ("flaw", "none"): "as it should be",
    ("flaw", "cleaned_alike"): "all beats cleaned alike",
    ("flaw", "train_mode"): "scored in train mode",
    ("flaw", "best_test_epoch"): "best test epoch",
    ("flaw", "as_published"): "train mode and best test epoch",
}


def label(name, field=""):
    """Return the words for a name, or the name with spaces where there are none.

    ``field`` is the one whose value the name is; some names mean one thing here, another there.

    >>> label("j_kappa"), label("first_try"), label(100), label("none", "flaw")
    ('j-kappa', 'first try', '100', 'as it should be')
    """
    known = _IN_FIELD.get((field, str(name)))
    return known or _LABELS.get(name, str(name).replace("_", " "))


def sentence(fields):
    """Return the fields of a case as words: those that speak for themselves, others with a name.

    >>> sentence({"method": "memae", "protocol": "ds1_ds2", "n_labels": 100, "norm": 2})
    'MemAE, DS1 to DS2, 100 labels, squared error'
    >>> sentence({"method": "ecgbook", "tolerance_ms": 50, "minus": "method=wfdb"})
    'ecgbook, 50 ms, minus WFDB xqrs'
    >>> sentence({"method": "trees", "without": "232"})
    'boosted trees, without patient 232'
    """
    return ", ".join(_words(name, value) for name, value in fields.items())


def _words(name, value):
    if name == "minus":
        parts = (part.partition("=") for part in value.split(", "))
        return f"minus {' and '.join(_words(field, own) for field, _, own in parts)}"
    if name == "without":
        return f"without patient {value}"
    if (name, str(value)) in _IN_FIELD:
        return label(value, name)
    if name.startswith("n_"):
        return f"{label(value)} {label(name[2:])}"
    if name.endswith("_ms"):
        return f"{value} ms"
    if name.endswith("_db"):
        return f"{value} dB"
    return label(value) if isinstance(value, str) else f"{label(name)} {value}"
