"""Chapter 8's study: cases, words, recipes, and networks from end to end on easy recordings."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.special import expit

from ecgbook import tasks
from ecgbook.code import _add_named_entries, _visit
from ecgbook.datasets import LEAD_SETS
from ecgbook.evaluation import auroc
from ecgbook.labels import _IN_FIELD, _LABELS, label
from ecgbook.models import count_parameters
from ecgbook.studies import lead_methods, lead_pretraining, lead_records, runner, study_of
from ecgbook.studies.lead_crops import CROPS
from ecgbook.studies.lead_judging import views
from ecgbook.studies.lead_recipes import RECIPES, epochs_of, made, still_rising
from ecgbook.studies.study import Training, Work
from ecgbook.training import predict
from tests.studies.twelve_leads import make_recordings

STUDY = study_of("08-twelve-leads")
TINY = Training(examples=1000, draws=64, options={"kernel_features": 168, "rounds": 3})


@pytest.fixture(scope="module")
def records():
    return make_recordings()


@pytest.fixture(scope="module")
def split(records):
    return lead_records.by_fold(records)


def answers_to(case):
    """Return the fields of all answers to a case, without computing any."""
    if case["method"] == "cpc":
        told = [(p, way) for p in lead_pretraining.PERCENTS for way in lead_pretraining.WAYS]
        plain = views(labels="superclasses")[0]._asdict() | {"crop": "whole"}
        return [case | plain | {"labels_percent": p, "way": way} for p, way in told]
    recipe = RECIPES.get(case["method"])
    elsewhere = case.get("leads") == 12 and not (recipe and recipe.size)
    full = recipe is not None and recipe.in_full and case["labels"] == "both"
    which = views(labels=case["labels"], elsewhere=elsewhere, in_full=full and elsewhere)
    sets = (*LEAD_SETS,) if recipe and recipe.any_leads else (case.get("leads"),)
    crops = CROPS if recipe and recipe.size else ("whole",)
    return [
        {**case, **view._asdict(), "crop": crop, "leads": leads}
        for view in which
        for crop in crops
        for leads in sets
    ]


def all_answers():
    found = [one for case in STUDY.cases() for one in answers_to(case)]
    found += [dict(one.fields) for one in STUDY.combinations]
    return [{name: value for name, value in one.items() if name != "seed"} for one in found]


def test_every_method_has_all_that_a_case_needs():
    for case in STUDY.cases():
        assert case["protocol"] in STUDY.splits
        assert case["method"] in STUDY.answers
        assert isinstance(STUDY.of_method("task", case), tasks.Task)
    assert {case["method"] for case in STUDY.cases()} == set(STUDY.answers)
    keys = [tuple(case.values()) for case in STUDY.cases()]
    assert len(set(keys)) == len(keys)


def test_every_pair_compares_answers_that_there_are():
    found = all_answers()
    for ours, change in STUDY.pairs:
        sides = [one for one in found if ours.items() <= one.items() and one != one | change]
        assert any(one | change in found for one in sides), (ours, change)


def test_every_value_has_words_of_its_own():
    values = {item for one in all_answers() for item in one.items()}
    named = {pair for pair in values if isinstance(pair[1], str)}
    numbered = {pair for pair in values if pair[0] in ("leads", "labels_percent") and pair[1]}
    known = {pair for pair in named if pair in _IN_FIELD or pair[1] in _LABELS}
    assert named == known
    assert {(name, str(value)) for name, value in numbered} <= _IN_FIELD.keys()
    assert len({label(value, name) for name, value in named}) == len(named)


def test_a_case_depends_on_its_own_recipe_and_not_on_the_others():
    def found_by(**case):
        found, values = {}, []
        case = {"protocol": "official_folds", "labels": "both", "seed": 0, **case}
        for thing in STUDY.code(case, "cpu"):
            _visit(thing, found, values)
        _add_named_entries(found, values)
        return {name.partition(".")[2] for _, name in found if name.startswith("RECIPES.")}

    assert found_by(method="small_resnet") == {"small_resnet"}
    assert found_by(method="resu_dense") == {"resu_dense"}
    assert found_by(method="random_kernels") == set()
    assert found_by(method="cpc") == {"cpc", "cpc_classifier"}


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        # With 31 classes in place of 26: five more rows of the last linear layer.
        ("resu_dense", 7_206_746 + 5 * 257),
        ("resu_dense_no_attention", 6_943_578 + 5 * 257),
        ("resu_dense_corrected", 7_207_258 + 5 * 257),
        ("mvms_net", 2_247_456 + 5 * 129),
        ("nejedly", 6_547_794 + 5 * (256 + 12 + 1)),
    ],
)
def test_networks_have_their_published_size(method, parameters):
    assert count_parameters(made(method, leads=12, classes=31)) == parameters


def test_caps_stop_networks_that_still_rise():
    training = STUDY.trainings["cpu"]
    assert "small_resnet" not in still_rising(training)
    assert {"resu_dense", "mvms_net"} <= set(still_rising(training))
    assert epochs_of("small_resnet", training, 2_300) == 25
    assert epochs_of("mvms_net", training, 2_300) == 2
    assert still_rising(STUDY.trainings["gpu"]) == ["cpc"]


def asked(records, split, training=TINY, **case):
    case = {"protocol": "official_folds", "labels": "both", "leads": 12, **case}
    return STUDY.answers[case["method"]](records, split, Work(case, training))


@pytest.mark.parametrize("labels", ["superclasses", "both", "half_absent", "half_masked"])
def test_a_network_learns_one_set_of_labels_or_both(records, split, labels):
    answers = asked(records, split, method="small_resnet", labels=labels)
    fields = [one.fields for one in answers]
    assert fields[0]["judged"] == "superclasses"
    sets = {"superclasses"} if labels == "superclasses" else {"superclasses", "challenge", "shared"}
    assert {one["judged"] for one in fields} == sets
    assert {one["tested"] for one in fields} == {"ptb_xl", "ludb"}
    people = {"all", *lead_records.PEOPLE} if labels == "both" else {"all"}
    assert {one["people"] for one in fields} == people


def test_one_network_answers_for_every_lead_set(records, split):
    method = "small_resnet_any_leads"
    model = lead_methods.train(records, split, TINY, method, progress=False)
    quieter = records.x.copy()
    quieter[:, 2:] *= 0.3  # leads that a set of two does not show
    said = {}
    for x, n in product((records.x, quieter), LEAD_SETS):
        shown = lead_methods._with_the_leads(replace(records, x=x), method, n)
        said[x is quieter, n] = lead_methods.probabilities(model, shown, method)
    np.testing.assert_array_equal(said[True, 2], said[False, 2])
    assert len({one.tobytes() for one in said.values()}) == 2 * len(LEAD_SETS) - 1


def test_a_network_of_few_leads_is_shown_no_others(records):
    shown = lead_methods._with_the_leads(records, "small_resnet", 3)
    assert shown.leads == ("I", "II", "V2")
    np.testing.assert_array_equal(shown.x, records.x[:, [0, 1, 7]])


def test_crops_are_answered_in_every_way(records, split):
    answers = asked(records, split, method="small_resnet_crops")
    assert {one.fields["crop"] for one in answers} == set(CROPS)
    first = {one.fields["crop"]: one.test for one in answers[:: len(answers) // len(CROPS)]}
    assert len({one.tobytes() for one in first.values()}) == len(CROPS)


def test_the_middle_is_what_a_network_says_of_a_shorter_recording(records, split):
    model = made("small_resnet_crops", leads=12, classes=31)
    begin = (1000 - 819) // 2
    shorter = replace(
        records[:5],
        x=records.x[:5, :, begin : begin + 819],
        rows=records.rows[:5].assign(length=819),
    )
    np.testing.assert_allclose(
        lead_methods.probabilities(model, records[:5], "small_resnet_crops", crop="centre"),
        lead_methods.probabilities(model, shorter, "small_resnet_crops"),
        rtol=1e-5,
    )


def test_scaled_leads_have_no_voltage(records):
    model = made("small_resnet_scaled", leads=12, classes=31)
    louder = replace(records, x=5 * records.x)
    one, other = (
        lead_methods.probabilities(model, part[:4], "small_resnet_scaled")
        for part in (records, louder)
    )
    np.testing.assert_allclose(one, other, rtol=1e-4)


def test_probabilities_are_those_of_the_logits(records):
    model = made("small_resnet", leads=12, classes=5)
    said = lead_methods.probabilities(model, records[:3], "small_resnet")
    np.testing.assert_allclose(said[:, :5], expit(predict(model, records.x[:3])), rtol=1e-6)
    assert np.isnan(said[:, 5:]).all()


def test_small_networks_and_baselines_find_easy_labels():
    """A superclass has a wave of its own in lead I: chance would be 0.5."""
    many = make_recordings(n=240, elsewhere=0)
    parts = lead_records.by_fold(many)
    for method, draws in (("small_resnet", 3_000), ("random_kernels", 1)):
        training = replace(TINY, draws=draws)
        answer = asked(many, parts, training, method=method)[0]
        judged = np.isfinite(answer.test[:, 0])
        y = many.y[parts.test][judged, 0]
        assert auroc(y, answer.test[judged, 0]) > 0.9


def test_trees_answer_both_sets_of_labels(records, split):
    answers = asked(records, split, method="median_beat_trees")
    assert {one.fields["judged"] for one in answers} == {"superclasses", "challenge", "shared"}


def test_a_case_is_computed_kept_and_reported(tmp_path, records):
    made_of = replace(
        STUDY,
        data=lambda *_: records,
        trainings={"smoke": TINY},
        grid=(
            {
                "method": ["random_kernels"],
                "protocol": ["official_folds"],
                "labels": ["both"],
                "leads": [12],
                "seed": [0],
            },
        ),
        combinations=(),
    )
    shelf = runner.Shelf(made_of, "smoke", "synthetic", tmp_path)
    for case in made_of.cases():
        shelf.compute(case)
    for part in ("valid", "test"):
        units = shelf.units(part)
        assert len(units) == len(views())
        scores = {row.score for one in units for row in one.rows}
        assert {"auroc", "auprc", "brier", "f1", "challenge2021_score"} <= scores


@pytest.mark.real
def test_a_quick_look_reads_real_recordings_from_end_to_end():
    from ecgbook import open_database

    database, training = open_database("ptb-xl"), STUDY.trainings["smoke"]
    case = {"method": "small_resnet", "labels": "both", "leads": 12}
    records = STUDY.data(database, case, training)
    split = lead_records.by_fold(records)
    answers = asked(records, split, training, **case)
    assert all(np.isfinite(one.test).any() for one in answers)
