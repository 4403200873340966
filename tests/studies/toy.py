"""A study of an existing network on another data set, as a new chapter would declare it."""

from ecgbook import tasks
from ecgbook.datasets import Split, kachuee_beats
from ecgbook.studies.study import Answer, Study, Training

TASK = tasks.single_label(("N", "V"))
RECORDS = ("106", "119", "200", "203", "208", "210", "213", "221", "223", "228", "233")


def data(database, case, training):
    return kachuee_beats(database, records=training.records).only("N", "V")


def network(beats, split, work):
    from ecgbook.models import create_model
    from ecgbook.training import fit, predict

    model = create_model("beat_cnn", classes=2, width=work.case["width"], seed=work.seed)
    options = {"epochs": work.training.epochs(len(split.train) // 8), "seed": work.seed}
    options["progress"] = False
    fit(model, beats[split.train[::8]], beats[split.valid], task=TASK, **options)
    sides = (predict(model, beats[rows], progress=False) for rows in (split.valid, split.test))
    return Answer(*map(TASK.probability, sides))


STUDY = Study(
    chapter="toy",
    database="mitdb",
    data=data,
    splits={"by_patient": Split.by_patient},
    answers={"beat_cnn": network},
    task=TASK,
    trainings={"smoke": Training(examples=500, draws=500, records=RECORDS)},
    grid=({"method": ["beat_cnn"], "protocol": ["by_patient"], "width": [2, 4], "seed": [0, 1]},),
    pairs=(({"width": 4}, {"width": 2}),),
)
