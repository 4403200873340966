"""The flaws of published evaluations, one at a time, on the same trained network."""

from copy import deepcopy

import numpy as np

from ecgbook.evaluation import anomaly_report, auroc

__all__ = ["FLAWS", "Flaws", "scores_in_train_mode"]

FLAWS = {
    "none": "eval mode, epoch chosen on validation, normal beats cleaned",
    "cleaned_alike": "the same, but abnormal beats cleaned by the same rule as normal ones",
    "train_mode": "batch normalisation in train mode while scoring",
    "best_test_epoch": "epoch chosen on the test part",
    "as_published": "train mode, on the epoch that the test part likes best in eval mode",
}

_BATCH = 64


class Flaws:
    """Watch training runs, and judge each as it should be and as it was published.

    Parameters
    ----------
    beats : BeatSet
        Of which the normal ones were cleaned, as published.
    cleaned : BeatSet
        The same with all beats cleaned alike.
    split : Split
        Its test part is looked at after each epoch, which is one of the flaws.
    """

    def __init__(self, beats, cleaned, split):
        self.beats, self.test = beats, split.test
        self.kept = np.isin(_names(beats[split.test]), _names(cleaned))
        self.best = {"valid": [], "test": []}  # one (score, generator) a run

    def watch(self, generator, record):
        """Keep the generator after an epoch if it is the best yet, on either part."""
        from ecgbook.training import anomaly_scores

        x, abnormal = self.beats.x[self.test], self.beats.y[self.test] > 0
        score = auroc(abnormal, anomaly_scores(generator, x, precision="bfloat16"))
        for part, value in (("valid", record["valid_score"]), ("test", score)):
            if record["epoch"] == 1:
                self.best[part].append((-np.inf, None))
            if value > self.best[part][-1][0]:
                self.best[part][-1] = value, deepcopy(generator)

    def reports(self, scores):
        """Return one table of `ecgbook.evaluation.anomaly_report` for each of `FLAWS`.

        Parameters
        ----------
        scores : sequence of array, shape (beat,)
            Of the test part, as they should be; one a run.
        """
        from ecgbook.training import anomaly_scores

        x = self.beats.x[self.test]
        chosen, looked_at = ([g for _, g in self.best[part]] for part in ("valid", "test"))
        by_test = [anomaly_scores(g, x, precision="bfloat16") for g in looked_at]
        everything = np.full(len(x), True)
        cases = {
            "none": (scores, everything),
            "cleaned_alike": (scores, self.kept),
            "train_mode": ([scores_in_train_mode(g, x) for g in chosen], everything),
            "best_test_epoch": (by_test, everything),
            "as_published": ([scores_in_train_mode(g, x) for g in looked_at], everything),
        }
        return {name: self._report(np.stack(s), kept) for name, (s, kept) in cases.items()}

    def _report(self, scores, kept):
        rows = self.test[kept]
        beats = self.beats
        return anomaly_report(
            beats.y[rows], scores[:, kept], beats.patient[rows], classes=beats.classes
        )


def scores_in_train_mode(generator, x, *, seed=0):
    """Score beats in shuffled batches of 64 with batch normalisation in train mode.

    This is what comes of never calling ``eval()``: the score of a beat depends on the 63
    others of its batch, and each batch moves the running statistics.

    Parameters
    ----------
    generator : torch.nn.Module
        Left as it is.
    x : array of float32, shape (beat, 1, time)
    seed : int
        Seed of the order.

    Returns
    -------
    array of float32, shape (beat,)
    """
    import torch

    from ecgbook.training.optim import autocast

    generator = deepcopy(generator).train()
    device = next(generator.parameters()).device
    order = np.random.default_rng(seed).permutation(len(x))
    scores = np.empty(len(x), np.float32)
    with torch.inference_mode(), autocast("bfloat16", device):
        for start in range(0, len(x), _BATCH):
            rows = order[start : start + _BATCH]
            batch = torch.from_numpy(x[rows]).to(device)
            error = (generator(batch).float() - batch).square().mean(dim=(1, 2))
            scores[rows] = error.cpu().numpy()
    return scores


def _names(beats):
    """Return a name for each beat that is the same in every data set of its recording."""
    return np.char.add(np.char.add(beats.record.astype(str), "@"), beats.sample.astype(str))
