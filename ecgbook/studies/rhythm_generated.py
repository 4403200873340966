"""Chapter 7: recordings that WaveNets have continued, learnt from beside real ones and judged.

One WaveNet a rhythm learns from training recordings only and continues the begin of each. What it
draws is learnt from beside the real recordings (the method ``rhythm_crnn_augmented``), and is set
against what really followed there (the protocol ``real_or_generated``).
"""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd

from ecgbook.code import code_digest
from ecgbook.datasets import Examples, Ragged, rhythm_windows, standardised
from ecgbook.signals import mu_law_decode, mu_law_encode
from ecgbook.store import Store
from ecgbook.studies.rhythm_methods import one_split, recordings
from ecgbook.studies.rhythm_recipes import LEVELS, RECIPES, epochs_of, levels_task, made

__all__ = ["FULL_SCALE", "GENERATORS", "PIECES", "continuations", "encoded", "extended", "pieces"]
__all__ += ["train_generator"]

FULL_SCALE = 8.0  # standard deviations of a recording, at the outermost levels
PIECES = ("real", "generated")
_SECONDS = 19  # of a new piece: with the begin that it goes on from, a recording of 30 s is over
_VALID = 16  # windows that choose the epoch of a WaveNet

# Rhythms that are continued, and samples of the begin that is shown.
GENERATORS = {"wavenet": (("N", "A", "O"), 1023), "block_wavenet": (("A",), 2048)}
__by_name__ = ("GENERATORS",)


def encoded(records):
    """Return the levels of recordings that are scaled already, one array each."""
    return [mu_law_encode(x[0], full_scale=FULL_SCALE, levels=LEVELS) for x in records.x]


def train_generator(records, method, training, *, seed=0, **options):
    """Train a WaveNet on recordings of one rhythm, scaled; ``options`` are those of `fit`.

    The epoch is the one of the lowest loss on a few windows of the last tenth of the recordings.
    """
    from ecgbook.training import fit

    recipe = RECIPES[method]
    aside = max(1, len(records) // 10)
    long = records[records.length >= recipe.window]
    parts = long[: len(long) - aside], long[len(long) - aside :]
    windows = [rhythm_windows(p, size=recipe.window, stride=recipe.stride) for p in parts]
    learnt, chosen_on = (_as_learnt(np.stack(encoded(one)), method) for one in windows)
    model = made(method, training, classes=None, seed=seed)
    how = {"task": levels_task(recipe.loss), "seed": seed, **recipe.fit}
    how["epochs"] = epochs_of(method, training, len(learnt[0]))
    how["batch_size"] = min(how["batch_size"], len(learnt[0]))
    fit(model, learnt, [part[:_VALID] for part in chosen_on], **how, **options)
    return model


def _as_learnt(level, method):
    """Return input and target of windows of levels: the next sample, or the next 1,025."""
    import torch

    from ecgbook.models import level_values

    seen = level if method == "wavenet" else level[:, :2048]
    target = level if method == "wavenet" else level[:, 2048:]
    return level_values(torch.from_numpy(seen), LEVELS).numpy(), target


def continuations(records, method, training, *, seed=0):
    """Return which recordings were continued and what came out, scaled, once: they are kept.

    Parameters
    ----------
    records : Examples
        Training recordings, scaled, at the rate of the method.
    method : {"wavenet", "block_wavenet"}
        The first draws each sample by the scores, the second takes the likeliest of a block.
    training, seed : Training, int

    Returns
    -------
    rows, new : arrays of int (piece,) and of float32 (piece, time)
    """
    digest = sha256(np.concatenate([*records.x], axis=1).tobytes()).hexdigest()
    code = code_digest(_continue_all, method, training)
    store, about = Store(), {"records": digest, "seed": seed, "code": code}
    key = store.key("challenge-2017", "generated", method, **about)
    entry = store.get(key)
    if entry is None:
        rows, new = _continue_all(records, method, training, seed)
        entry = store.put(key, {"rows": rows, "new": new}, {"code": code})
    return np.array(entry.arrays["rows"]), np.array(entry.arrays["new"])


def _continue_all(records, method, training, seed):
    rhythms, prompt = GENERATORS[method]
    n, time = training.options.get("generated", 400), _new_samples(records)
    rows, new = [], []
    for rhythm in rhythms:
        own = np.flatnonzero(records.y == records.classes.index(rhythm))
        model = train_generator(records[own], method, training, seed=seed, progress=False)
        long = own[records.length[own] >= prompt + time][:n]
        begins = np.stack([level[:prompt] for level in encoded(records[long])])
        level = _continued(model, begins, time, seed)
        new.append(mu_law_decode(level, full_scale=FULL_SCALE, levels=LEVELS).astype(np.float32))
        rows.append(long)
    return np.concatenate(rows), np.concatenate(new)


def _continued(model, begins, time, seed):
    import torch

    from ecgbook.models import BlockWaveNet, generate, generate_blocks

    begins = torch.from_numpy(begins)
    if isinstance(model, BlockWaveNet):
        return generate_blocks(model, begins, time).cpu().numpy()
    chance = torch.Generator().manual_seed(seed)
    return generate(model, begins, time, generator=chance).cpu().numpy()


def _new_samples(records):
    return round(_SECONDS * records.fs)


def extended(database, case, training):
    """Return real recordings and, after them, those that were generated from the training part."""
    records = recordings(database, training, RECIPES[case["method"]].fs)
    scaled = standardised(records)
    learnt = one_split(records).train
    rows, new = continuations(scaled[learnt], "wavenet", training)
    source = learnt[rows]
    # Scaled again before they are learnt, so real ones in mV may stand beside.
    x = Ragged.of([*records.x, *new[:, None]])
    table = records.rows.iloc[source].assign(sample=0, length=new.shape[1])
    table["record"] = [f"{name}, generated" for name in table["record"]]
    rows = pd.concat([records.rows.assign(generated=False), table.assign(generated=True)])
    return replace(records, x=x, y=np.concatenate([records.y, records.y[source]]), rows=rows)


def pieces(database, case, training):
    """Return what followed the begin of training recordings, and what a WaveNet made of it.

    Both have gone through the mu-law, and are scaled by the recording that they come from. The
    column ``rhythm`` names it; the real pieces come first, and each has its generated one.
    """
    method = case["method"]
    records = recordings(database, training, RECIPES[method].fs)
    records = standardised(records[one_split(records).train])
    rows, new = continuations(records, method, training)
    begin = GENERATORS[method][1]
    level = [encoded(records[[row]])[0][begin : begin + new.shape[1]] for row in rows]
    real = mu_law_decode(np.stack(level), full_scale=FULL_SCALE, levels=LEVELS)
    table = records.rows.iloc[rows].assign(sample=begin, length=new.shape[1])
    table["rhythm"] = [records.classes[y] for y in records.y[rows]]
    x = np.concatenate([real, new]).astype(np.float32)[:, None]
    about = {"fs": records.fs, "leads": records.leads, "recipe": records.recipe}
    return Examples(x, np.repeat([0, 1], len(rows)), PIECES, pd.concat([table, table]), **about)
