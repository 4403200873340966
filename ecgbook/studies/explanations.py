"""Chapter 9: explanations put to the test, on simulated lesions and on the marked waves of LUDB."""

import numpy as np

from ecgbook import evaluation, tasks
from ecgbook.datasets.lesions import LESIONS
from ecgbook.studies import explained_lesions, explained_waves
from ecgbook.studies.explained import scored
from ecgbook.studies.explained_methods import FLOORS
from ecgbook.studies.explained_scores import AGREEMENT, SCORES, mean_rows, verdict
from ecgbook.studies.lead_records import CLASSES
from ecgbook.studies.study import Study, Training

__all__ = ["STUDY", "ExplanationStudy"]

_JUDGED_BY = SCORES.index("mask_auprc")  # what says whether a method beats its floors


class ExplanationStudy(Study):
    """Explanations against a truth: what is kept are scores of signals, not answers by example.

    There is an answer for each finding, method and network. Rows with ``truth=simulated`` are of
    simulated beats, whatever data the rest was computed on.
    """

    def code(self, case, profile):
        """Return what the result of a case depends on."""
        return [_COMPUTE[case["truth"]], case, self.trainings[profile]]

    def of_method(self, name, case):
        """Return the database of a case, simulated for simulated lesions."""
        is_database = name == "database"
        return self.database[case["truth"]] if is_database else super().of_method(name, case)

    def compute(self, database, case, profile, checkpoint=None, progress=False):
        """Train the networks of a case, explain what they say, and score that."""
        return _COMPUTE[case["truth"]](database, case, self.trainings[profile], progress)

    def report(self, units, part="test"):
        """Return the fields and rows of each explanation, and of what each network tells."""
        tables = []
        for k, about in enumerate(units[0].answers):
            if about["part"] != part:
                continue
            fields = units[0].fields(k)
            values, patient = _values(units, k), units[0].arrays[f"{k}.patient"]
            names = [*SCORES, *((AGREEMENT, other) for other in about["others"])]
            if fields["network"] == "trained":
                fields["above_floors"] = self._verdict(units, k, patient)
            tables.append((fields, mean_rows(values, patient, names)))
        return tables + _told(units, part)

    def difference(self, ours, others, part="test"):
        """Return the rows of the paired difference of two answers, each ``(units, number)``."""
        (units, k), (units_too, k_too) = ours, others
        own, other = (_values(*side)[:, : len(SCORES)] for side in (ours, others))
        about = units[0].answers[k]
        of_part = about["part"] == units_too[0].answers[k_too]["part"] == part
        if not of_part:  # validation is compared with validation, test with test
            own = other = np.full_like(own, np.nan)
        return mean_rows(own - other, units[0].arrays[f"{k}.patient"])

    def _verdict(self, units, k, patient):
        def score_of(method, network):
            there = units[0].answers[k]
            wanted = there["fields"] | {"method": method, "network": network}
            is_it = [a["fields"] == wanted and a["part"] == there["part"] for a in units[0].answers]
            return _values(units, is_it.index(True))[:, _JUDGED_BY]

        method = units[0].answers[k]["fields"]["method"]
        floors = score_of("signal", "none"), score_of(method, "reset")
        return verdict(score_of(method, "trained"), *floors, patient)


def _values(units, k):
    """Return the scores and the agreement of an answer, (run, score, signal)."""
    return np.stack([unit.arrays[f"{k}.scores"] for unit in units])


def _told(units, part):
    """Return how well each network tells each finding from its absence, as tables."""
    tables = []
    for name in units[0].arrays:
        head, own_part, network, finding, *what = name.split(".")[:5] + [""] * 5
        if (head, own_part, what[0]) != ("told", part, "probability"):
            continue
        stem = f"told.{part}.{network}.{finding}"
        said = np.stack([unit.arrays[f"{stem}.probability"] for unit in units])
        y, patient = (units[0].arrays[f"{stem}.{one}"] for one in ("y", "patient"))
        if not 0 < y.sum() < len(y):
            continue
        task = tasks.multi_label([finding], scores=("auroc",))
        rows = evaluation.report(task, y[:, None], said[..., None], patient)
        rows = rows[rows["class"] == finding].assign(**{"class": "all"})
        fields = {"finding": finding, "method": "network", "network": network}
        case = {n: v for n, v in units[0].case.items() if n != "seed"}
        tables.append((case | fields, rows))
    return tables


def _lesions(database, case, training, progress):
    """Explain a small network for one simulated lesion; the people tested are in no other part."""
    finding, seed = case["finding"], case["seed"]
    beats, parts = explained_lesions.simulated(finding, training)
    how = {"seed": seed, "progress": progress}
    networks = explained_lesions.train_networks(beats, parts, training, **how)
    how = {"samples": training.options["lime_samples"], "seed": seed}
    arrays, answers = {}, []
    for part in ("valid", "test"):
        asked = explained_lesions.problem(beats, parts[part], networks, **how)
        _add(arrays, answers, asked, part, {"finding": finding})
        rows = parts[part]
        examples = beats.examples[rows]
        column = np.ones(len(rows), np.int64)
        about = examples.y == 1, examples.patient
        _tell(arrays, networks, examples.x, column, part, finding, *about)
    return arrays, answers


def _waves(database, case, training, progress):
    """Explain the network of chapter 8 for findings of LUDB; nobody of LUDB was learnt from."""
    records, ludb = explained_waves.with_ludb(database, training)
    seed = case["seed"]
    networks = explained_waves.train_networks(records, training, seed=seed, progress=progress)
    theirs = np.flatnonzero(records.rows["source"] == ludb.name)
    how = {"samples": training.options["lime_samples"], "seed": seed}
    arrays, answers = {}, []
    for finding, what in explained_waves.FINDINGS.items():
        rows = explained_waves.people_with(records, ludb, finding)
        y, column = np.isin(theirs, rows), np.full(len(theirs), CLASSES.index(what.class_))
        about = "test", finding, y, records.patient[theirs]
        _tell(arrays, networks, records.x[theirs], column, *about)
        rows = rows[: training.options.get("explained")]
        if len(rows) < 2:  # of one person there is no interval
            continue
        asked = explained_waves.problem(records, rows, ludb, finding, networks, **how)
        _add(arrays, answers, asked, "test", {"finding": finding})
    return arrays, answers


_COMPUTE = {"simulated": _lesions, "ludb": _waves}


def _add(arrays, answers, asked, part, fields):
    for own, scores, alike in scored(asked):
        stem = str(len(answers))
        arrays[f"{stem}.scores"] = np.stack([*scores, *alike.values()])
        arrays[f"{stem}.patient"] = np.asarray(asked.patient, str)
        about = {"fields": fields | own, "part": part, "others": [*alike], "report": ""}
        answers.append(about)


def _tell(arrays, networks, x, column, part, finding, y, patient):
    """Keep what each network says of one class, the one of ``column``."""
    from ecgbook.training import predict

    for network, model in networks.items():
        said = predict(model, x, batch_size=128, progress=False).astype(np.float64)
        stem = f"told.{part}.{network}.{finding}"
        # A margin over the other class where there are two; ranks are those of probabilities.
        other = said[:, 0] if said.shape[1] == 2 else 0.0
        logit = said[np.arange(len(said)), column] - other
        arrays[f"{stem}.probability"] = 1 / (1 + np.exp(-logit))
        arrays[f"{stem}.y"], arrays[f"{stem}.patient"] = y, np.asarray(patient, str)


def _pairs():
    """Compare every explanation of a trained network with its floors, on the same signals."""
    ours = {"network": "trained"}
    for floor in FLOORS:
        yield ours, {"method": floor, "network": "none"}
    for network in ("reset", "random_labels"):
        yield ours, {"network": network}


_SEEDS = {"seed": [0, 1, 2]}

STUDY = ExplanationStudy(
    chapter="09-explainability",
    database={"simulated": "synthetic", "ludb": "ptb-xl"},
    # People and beats are simulated; PTB-XL is learnt for so many draws, a lesion likewise.
    trainings={
        "smoke": Training(
            examples=64,
            draws=64,
            options={"people": 16, "beats": 1, "of_each": 2, "explained": 2, "lime_samples": 40},
        ),
        "cpu": Training(
            examples=100_000,
            draws=25_000,
            options={"people": 240, "beats": 2, "lime_samples": 300},
        ),
        "gpu": Training(
            examples=100_000,
            draws=250_000,
            options={"people": 1_000, "beats": 4, "lime_samples": 1_000},
        ),
    },
    grid=(
        {"truth": ["simulated"], "finding": [*LESIONS], **_SEEDS},
        {"truth": ["ludb"], **_SEEDS},
    ),
    pairs=(*_pairs(),),
)
