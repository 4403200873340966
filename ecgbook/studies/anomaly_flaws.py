"""The flaws of published evaluations, one at a time, on the same trained network."""

from copy import deepcopy

import numpy as np

from ecgbook.studies.study import Answer

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
    """Watch a training, and judge it as it should be and as it was published.

    Of the ``beats`` the normal ones were cleaned, as published; the column ``confirmed`` of
    ``rows`` tells which of all beats that rule would keep. The test part of the ``split`` is looked
    at after each epoch, which is one of the flaws.
    """

    def __init__(self, beats, split):
        self.beats, self.split = beats, split
        self.best = {"valid": (-np.inf, None), "test": (-np.inf, None)}  # score, generator

    def watch(self, generator, record):
        """Keep the generator after an epoch if it is the best yet, on either part."""
        from ecgbook.evaluation import auroc

        scores = _in_eval_mode(generator, self.beats.x[self.split.test])
        score = auroc(self.beats.y[self.split.test] > 0, scores)
        for part, value in (("valid", record["valid_score"]), ("test", score)):
            if value > self.best[part][0]:
                self.best[part] = value, deepcopy(generator)

    def answers(self, right):
        """Return an `Answer` for each of `FLAWS`; ``right`` is the one as it should be."""
        chosen, looked_at = (self.best[part][1] for part in ("valid", "test"))
        kept, parts = self.beats.rows["confirmed"].to_numpy(), (self.split.valid, self.split.test)
        cleaned = [np.where(kept[i], x, np.nan) for i, x in zip(parts, right[:2], strict=True)]
        cases = {
            "none": right[:2],
            "cleaned_alike": cleaned,
            "train_mode": self._scores(chosen, scores_in_train_mode),
            "best_test_epoch": self._scores(looked_at, _in_eval_mode),
            "as_published": self._scores(looked_at, scores_in_train_mode),
        }
        return [Answer(*parts, {"flaw": flaw}) for flaw, parts in cases.items()]

    def _scores(self, generator, score):
        return [score(generator, self.beats.x[i]) for i in (self.split.valid, self.split.test)]


def _in_eval_mode(generator, x):
    from ecgbook.training import anomaly_scores

    return anomaly_scores(generator, x, precision="bfloat16", progress=False)


def scores_in_train_mode(generator, x, *, seed=0):
    """Score beats ``(beat, 1, time)`` in shuffled batches of 64 with the network in train mode.

    This is what comes of never calling ``eval()``: the score of a beat depends on the 63
    others of its batch, and each batch moves the running statistics. The generator itself is
    left as it is.
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
