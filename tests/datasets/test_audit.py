from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook import RecordInvalid
from ecgbook.datasets import Examples, Ragged, Split, audit, leaks
from ecgbook.datasets.giveaways import giveaways
from ecgbook.datasets.leak_price import leak_price, owners
from ecgbook.datasets.likeness import nearest
from tests.datasets.recordings import make_beats

PEOPLE, EACH, TIME = 12, 30, 24
LEAKY = {"leaky": "to plant a leak"}


def noise_of(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def many(**rows):
    """Thirty windows of noise each of twelve patients, N and V in turn, far apart in time."""
    who = np.repeat([f"p{k:02d}" for k in range(PEOPLE)], EACH)
    rows = {"patient": who, "record": who, **rows}
    x = noise_of(PEOPLE * EACH, 1, TIME)
    return make_beats("NV" * (PEOPLE * EACH // 2), rows=rows, x=x).only("N", "V")


def by_thirds(beats, **changes):
    """Return the split: patients 0 to 5 train, 6 to 8 validation, 9 to 11 test."""
    train, valid, test = np.split(np.arange(len(beats)), [6 * EACH, 9 * EACH])
    return Split(beats, **{"train": train, "valid": valid, "test": test, **changes}, name="thirds")


def with_windows(beats, **windows):
    """Return the beats with other windows at some positions: ``at`` and ``to``."""
    x = np.array(beats.x)
    x[windows["at"]] = windows["to"]
    return replace(beats, x=x)


def count(found, check, parts="train and test"):
    rows = found.findings.set_index(["check", "parts"])
    return rows.loc[(check, parts), "found"], rows.loc[(check, parts), "of"]


def verdict(found, check):
    return found.findings.set_index("check").loc[[check], "verdict"].iloc[0]


def test_a_clean_split_gives_no_finding():
    beats = many()
    found = audit(beats, by_thirds(beats))
    assert found.found == ()
    assert found.findings["found"].fillna(0).eq(0).all()
    assert found.findings["verdict"].eq("not found").all()
    assert found.price.empty, "nobody is shared, so there is nothing to price"
    assert "nothing found" in repr(found)


def test_validation_that_is_the_test_part_is_found():
    beats = many()
    test = by_thirds(beats).test
    found = audit(beats, by_thirds(beats, valid=test, **LEAKY), model=None)
    assert count(found, "same example", "valid and test") == (len(test), len(test))
    assert count(found, "same example") == (0, len(test))


def test_the_beats_of_a_patient_on_both_sides_are_counted():
    beats = many()
    split = by_thirds(beats)
    seven = split.test[:7]
    moved = replace(beats, rows=beats.rows.assign(patient=beats.patient.astype(object)))
    moved.rows.loc[seven, "patient"] = "p00"
    found = audit(replace(moved), by_thirds(moved, **LEAKY), model=None)
    assert count(found, "shared patients") == (7, len(split.test))
    assert count(found, "shared patients", "train and valid") == (0, len(split.valid))
    assert "1 patient (p00)" in found.table.loc["shared patients", "what"]


def test_examples_without_a_patient_leave_it_open():
    who = np.repeat([f"p{k:02d}" for k in range(PEOPLE)], EACH).astype(object)
    who[:5] = None
    beats = many(patient=who)
    found = audit(beats, by_thirds(beats, **LEAKY), model=None)
    assert count(found, "unknown patients", "all") == (5, len(beats))
    assert verdict(found, "unknown patients") == "not known"
    assert verdict(found, "shared patients") == "not known"


def test_copies_are_found_whoever_they_are_given_to_and_flat_lines_are_none():
    beats = many()
    split = by_thirds(beats)
    copies = beats.x[split.train[:3]].copy()
    copies[0, 0, 0] = beats.x[split.train[0], 0, 0] = 0.0
    copies[0, 0, 0] *= -1  # −0 is 0
    planted = with_windows(beats, at=split.test[:3], to=copies)
    flat = np.r_[split.train[10:20], split.test[10:20]]
    planted = with_windows(planted, at=flat, to=1.5)
    found = audit(planted, split, model=None)
    assert count(found, "equal windows") == (3, len(split.test))
    assert count(found, "equal windows", "train and valid") == (0, len(split.valid))


def shuffled(beats, seed=0):
    order = np.random.default_rng(seed).permutation(len(beats))
    train, valid, test = np.array_split(order, 3)
    return Split(beats, train, valid, test, name="shuffled", **LEAKY)


def test_nearly_equal_windows_count_unless_a_stranger_has_one():
    beats = many()
    split = shuffled(beats)
    own = [
        (test, next(t for t in split.train if beats.patient[t] == beats.patient[test]))
        for test in split.test[:9]
    ]
    other = [
        (test, next(t for t in split.train if beats.patient[t] != beats.patient[test]))
        for test in split.test[9:13]
    ]
    at, of = np.array(own + other).T
    # Another height and baseline: the correlation stays 1, but for the little noise.
    twins = 3 * beats.x[of] + 2 + 0.01 * noise_of(len(at), 1, TIME, seed=5)
    found = audit(with_windows(beats, at=at, to=twins), split, model=None)
    assert count(found, "nearly equal windows") == (9, len(split.test))
    likeness = found.likeness.set_index("example")
    np.testing.assert_allclose(likeness.loc[at[:9], "anyone"], 1, atol=1e-3)
    assert (likeness.loc[at[:9], "stranger"] < 0.9).all()
    np.testing.assert_allclose(likeness.loc[at[9:], "stranger"], 1, atol=1e-3)


def test_without_patients_nearly_equal_windows_are_counted_and_left_open():
    beats = many(patient=[""] * (PEOPLE * EACH), record=[""] * (PEOPLE * EACH))
    split = by_thirds(beats, **LEAKY)
    planted = with_windows(beats, at=split.test[:4], to=2 * beats.x[split.train[:4]])
    found = audit(planted, split)
    assert count(found, "nearly equal windows") == (4, len(split.test))
    assert verdict(found, "nearly equal windows") == "not known"
    assert verdict(found, "overlapping windows") == "not known"
    assert verdict(found, "price") == "not known"


@given(seed=st.integers(0, 1000), leads=st.integers(1, 2), time=st.integers(8, 60))
def test_likeness_never_exceeds_the_largest_correlation(seed, leads, time):
    x = noise_of(40, leads, time, seed=seed)
    x[3] = x[25] * 2 + 1
    x[4] = 0.7
    beats = make_beats("N" * 40, x=x, leads=["II", "V1"][:leads])
    owner = np.repeat(["a", "b", "", "c"], 10)
    one, other = np.arange(20, 40), np.arange(20)
    table = nearest(beats, one, other, owner, seed=seed)
    anyone, stranger = table["anyone"], table["stranger"]
    centred = (x - x.mean(axis=2, keepdims=True)).reshape(40, -1).astype(np.float64)
    centred[4] = 0
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    true = unit[other] @ unit[one].T
    assert (anyone <= true.max(axis=1) + 1e-5).all()
    assert (stranger <= true.max(axis=1) + 1e-5).all()
    assert anyone[3] == pytest.approx(1, abs=1e-5)
    assert anyone[4] == 0
    assert table["twin"][3] == 25


@given(
    start=st.lists(st.integers(0, 60), min_size=12, max_size=12),
    length=st.lists(st.integers(1, 20), min_size=12, max_size=12),
    record=st.lists(st.sampled_from(["r1", "r2", ""]), min_size=12, max_size=12),
)
def test_overlaps_are_those_that_comparing_all_pairs_finds(start, length, record):
    rows = {"sample": start, "length": length, "record": record}
    beats = make_beats("N" * 12, rows=rows, x=np.ones((12, 1, 20), np.float32))
    two = {"train": np.arange(6), "test": np.arange(6, 12)}
    covered = [
        {(r, s + k) for k in range(n)} for r, s, n in zip(record, start, length, strict=True)
    ]
    truth = sum(
        record[b] != "" and any(covered[a] & covered[b] for a in range(6)) for b in range(6, 12)
    )
    found = leaks.overlapping_windows(beats, two, leaks.spans(beats, None))
    assert (found.found, found.of) == (truth, 6)


def test_a_window_covers_as_many_samples_of_its_recording_as_it_lasts():
    beats = make_beats("NN", rows={"length": [4, 2]})  # at 100 Hz
    assert leaks.spans(beats, None).tolist() == [4, 2]
    assert leaks.spans(beats, 250).tolist() == [10, 5]
    assert leaks.spans(replace(beats, recipe={"database": "mitdb"}), None).tolist() == [15, 8]


def test_a_source_that_gives_the_label_away_is_named():
    beats = many()
    beats = replace(beats, rows=beats.rows.assign(source=np.where(beats.y == 1, "a", "b")))
    table = giveaways(beats, by_thirds(beats)).set_index("column")
    assert table.loc["source", "auroc"].tolist() == [1, 1]
    found = audit(beats, by_thirds(beats), model=None)
    assert found.found == ("giveaway column",)
    assert "source tells N (AUROC 1.00)" in repr(found)


def test_padding_tells_the_class_whether_or_not_length_says_so():
    beats = many()
    padded = np.array(beats.x)
    padded[beats.y == 1, :, -6:] = 0
    kept = by_thirds(beats)
    table = giveaways(replace(beats, x=padded), kept).set_index("column")
    assert table.loc["tail", "auroc"].tolist() == [1, 1]
    rows = beats.rows.assign(length=np.where(beats.y == 1, TIME - 6, TIME))
    table = giveaways(replace(beats, rows=rows), kept).set_index("column")
    assert table.loc["length", "auroc"].tolist() == [1, 1]


def test_parts_sorted_by_class_are_given_away_by_the_place_in_them():
    beats = many()
    split = shuffled(beats)
    train, test = (p[np.argsort(beats.y[p], kind="stable")] for p in (split.train, split.test))
    ordered = replace(split, data=beats, train=train, test=test)
    table = giveaways(beats, ordered).set_index("column")
    assert table.loc["place", "auroc"].min() > 0.9
    assert giveaways(beats, split).set_index("column").loc["place", "auroc"].max() < 0.7


def test_a_record_tells_the_class_only_where_it_was_learnt():
    who = np.repeat([f"p{k:02d}" for k in range(PEOPLE)], EACH)
    beats = replace(many(), y=(np.unique(who, return_inverse=True)[1] % 2))
    seen = giveaways(beats, shuffled(beats)).set_index("column")
    strangers = giveaways(beats, by_thirds(beats)).set_index("column")
    assert seen.loc["record", "auroc"].tolist() == [1, 1]
    assert strangers.loc["record", "auroc"].tolist() == [0.5, 0.5]


def signed_people():
    """Beats that show whose they are and nothing else; every second patient is a V throughout."""
    beats = many()
    number = np.unique(beats.patient, return_inverse=True)[1]
    x = 0.05 * np.array(beats.x)
    x[np.arange(len(x)), 0, number] += 1 + number  # a spike at a place of each patient's own
    return replace(beats, x=x, y=number % 2)


def test_the_price_is_high_where_only_the_patient_tells_the_class():
    beats = signed_people()
    price, reason = leak_price(beats, shuffled(beats), n=200)
    values = price.set_index(["score", "training"])
    assert reason == ""
    assert values.loc[("accuracy", "as split"), "value"] == 1
    difference = values.loc[("accuracy", "difference")]
    strangers = values.loc[("accuracy", "strangers only"), "value"]
    assert difference["value"] == pytest.approx(1 - strangers)
    assert difference["low"] > 0
    assert difference["n_patients"] == PEOPLE
    assert "price" in audit(beats, shuffled(beats)).found


def test_only_the_beats_of_a_shared_patient_can_change():
    beats = signed_people()
    split = by_thirds(beats)
    some = split.test[:8]
    rows = beats.rows.assign(
        patient=np.where(np.isin(np.arange(len(beats)), some), "p00", beats.patient)
    )
    beats = replace(beats, rows=rows)
    price, _ = leak_price(beats, by_thirds(beats, **LEAKY), n=200)
    change = price.set_index(["score", "training"]).loc[("accuracy", "difference"), "value"]
    assert abs(change) <= 8 / len(split.test) + 1e-9


def test_one_patient_alone_has_no_price():
    beats = make_beats("NVNVNV", patients="aaaaaa").only("N", "V")
    split = Split(beats, [0, 1], [2, 3], [4, 5], name="one", **LEAKY)
    price, reason = leak_price(beats, split)
    assert price.empty
    assert "too few" in reason


def test_a_record_stands_for_an_unknown_patient_if_it_has_several_beats():
    rows = {"patient": ["p", "", "", ""], "record": ["r1", "r2", "r2", "r3"]}
    assert owners(make_beats("NNNN", rows=rows)).tolist() == ["p", "record r2", "record r2", ""]


def test_several_labels_and_ragged_signals_can_be_audited():
    single = signed_people()
    y = np.stack([single.y == 1, single.y == 0, np.arange(len(single)) % 3 == 0], axis=1)
    lengths = TIME - np.arange(len(single)) % 5
    x = Ragged.of([signal[:, :n] for signal, n in zip(single.x, lengths, strict=True)])
    rows = single.rows.drop(columns="length")
    several = Examples(x, y, "abc", rows, fs=100, leads=["II"])
    found = audit(several, shuffled(several))
    assert {"shared patients", "price"} <= set(found.found)
    assert found.price["score"].unique().tolist() == ["macro_auroc"]
    assert count(found, "shared patients") == (len(several) // 3, len(several) // 3)


@settings(max_examples=15)
@given(value=st.floats(-5, 5, width=32), n=st.integers(1, 3))
def test_a_single_or_flat_beat_is_no_trouble(value, n):
    beats = make_beats("N" * n, x=np.full((n, 1, 4), value, np.float32)).only("N")
    split = Split(beats, [0], [0], [n - 1], name="tiny", **LEAKY)
    found = audit(beats, split)
    expected = (0, 1) if n > 1 else (1, 1)
    assert count(found, "equal windows") == expected
    assert verdict(found, "price") == "not known"
    assert len(found.table)


def test_missing_values_are_refused_before_any_audit():
    with pytest.raises(RecordInvalid, match="missing or infinite"):
        make_beats("NN", x=np.full((2, 1, 4), np.nan, np.float32))


def test_a_split_of_another_set_is_refused():
    beats = many()
    with pytest.raises(RecordInvalid, match="audit the examples that it was made of"):
        audit(beats[:50], by_thirds(beats))


def test_it_shows_itself_as_a_table_and_in_words():
    beats = many()
    found = audit(beats, shuffled(beats), model=None)
    html = found._repr_html_()
    assert "<table" in html
    assert "Not checked" in html
    assert "shared patients, train and test" in repr(found)
    assert found.findings.columns.tolist() == [
        *("check", "parts", "found", "of", "share", "detail", "verdict")
    ]
    stopped = audit(beats, by_thirds(beats, valid=by_thirds(beats).test, **LEAKY), model=None)
    assert stopped.table.loc["same example", "what"] == "valid and test: 90 of 90 (100.0 %)"
    assert set(found.table["verdict"]) <= {"found", "not found", "not known"}
