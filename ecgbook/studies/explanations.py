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

_ASKED = ("samples", "steps", "resets")  # what the options say of every explanation
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
            if f"{part}.{k}.scores" not in units[0].arrays:  # LUDB has no validation part
                continue
            fields = units[0].fields(k)
            values, patient = _values(units, k, part)
            names = [*SCORES, *((AGREEMENT, other) for other in about["others"])]
            if fields["network"] == "trained":
                fields["above_floors"] = _verdict(units, k, part)
            tables.append((fields, mean_rows(values, patient, names)))
        return tables + _told(units, part)

    def difference(self, ours, others, part="test"):
        """Return the rows of the paired difference of two answers, each ``(units, number)``."""
        if f"{part}.{ours[1]}.scores" not in ours[0][0].arrays:
            return mean_rows(np.empty((1, 0, 0)), [], [])
        (own, patient), (other, _) = (_values(*side, part) for side in (ours, others))
        both = (values[:, : len(SCORES)] for values in (own, other))
        return mean_rows(np.subtract(*both), patient)


def _verdict(units, k, part):
    """Return which floors the method of an answer beats in the same signals, by one score."""
    fields = units[0].answers[k]["fields"]

    def score_of(method, network):
        wanted = fields | {"method": method, "network": network}
        place = [about["fields"] for about in units[0].answers].index(wanted)
        return _values(units, place, part)[0][:, _JUDGED_BY]

    method = fields["method"]
    floors = score_of("signal", "none"), score_of(method, "reset")
    _, patient = _values(units, k, part)
    return verdict(score_of(method, "trained"), *floors, patient)


def _values(units, k, part):
    """Return scores and agreement of an answer, (run, score, signal), and the patients."""
    stem = f"{part}.{k}"
    values = np.stack([unit.arrays[f"{stem}.scores"] for unit in units])
    return values, units[0].arrays[f"{stem}.patient"]


def _told(units, part):
    """Return how well each network tells each finding from its absence, as tables."""
    tables, begin, end = [], f"told.{part}.", ".probability"
    names = [name for name in units[0].arrays if name.startswith(begin) and name.endswith(end)]
    for stem in (name.removesuffix(end) for name in names):
        network, finding = stem.removeprefix(begin).split(".")
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
    how = {name: training.options[name] for name in _ASKED} | {"seed": seed}
    arrays = {}
    for part in ("valid", "test"):
        asked = explained_lesions.problem(beats, parts[part], networks, **how)
        # Both parts have the same answers.
        answers = _scored(arrays, asked, part, {"finding": finding}, 0)
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
    how = {name: training.options[name] for name in _ASKED} | {"seed": seed}
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
        answers += _scored(arrays, asked, "test", {"finding": finding}, len(answers))
    return arrays, answers


_COMPUTE = {"simulated": _lesions, "ludb": _waves}


def _scored(arrays, asked, part, fields, first):
    """Keep the scores of all explanations, numbered from ``first`` on; return what they are."""
    answers = []
    for k, (own, scores, alike) in enumerate(scored(asked), first):
        arrays[f"{part}.{k}.scores"] = np.stack([*scores, *alike.values()])
        arrays[f"{part}.{k}.patient"] = np.asarray(asked.patient, str)
        answers.append({"fields": fields | own, "others": [*alike], "report": ""})
    return answers


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
_FEW = {"of_each": 2, "explained": 2}  # recordings of PTB-XL, and those of LUDB with a finding

STUDY = ExplanationStudy(
    chapter="09-explainability",
    database={"simulated": "synthetic", "ludb": "ptb-xl"},
    # People and beats are simulated; ``samples`` are those of LIME, ``steps`` of the curves,
    # ``resets`` how often weights are drawn anew.
    trainings={
        "smoke": Training(
            examples=64,
            draws=64,
            options={"people": 16, "beats": 1, **_FEW, "samples": 40, "steps": 4, "resets": 2},
        ),
        "cpu": Training(
            examples=100_000,
            draws=25_000,
            options={"people": 240, "beats": 2, "samples": 300, "steps": 20, "resets": 3},
        ),
        "gpu": Training(
            examples=100_000,
            draws=250_000,
            options={"people": 1_000, "beats": 4, "samples": 1_000, "steps": 20, "resets": 5},
        ),
    },
    grid=(
        {"truth": ["simulated"], "finding": [*LESIONS], **_SEEDS},
        {"truth": ["ludb"], **_SEEDS},
    ),
    pairs=(*_pairs(),),
)
