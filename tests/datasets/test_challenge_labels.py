import numpy as np
import pytest

from ecgbook import RecordInvalid, open_database
from ecgbook.datasets import challenge_totals, classes_of_codes, known_statements, merged_codes
from ecgbook.datasets.challenge_labels import _read
from ecgbook.evaluation import CHALLENGE_CLASSES

CODES = list(_read()["codes"])


@pytest.mark.parametrize(
    ("codes", "classes"),
    [
        (["733534002"], {"CLBBB|LBBB"}),
        (["164909002"], {"CLBBB|LBBB"}),
        (["713427006", "59118001"], {"CRBBB|RBBB"}),
        (["63593006"], {"PAC|SVPB"}),
        (["284470004"], {"PAC|SVPB"}),
        (["17338001", "427172004"], {"PVC|VPB"}),
        (["426783006", "164934002"], {"NSR", "TAb"}),
        (["164873001"], set()),  # left ventricular hypertrophy is not scored
        (["99999999999"], set()),
        ([], set()),
        (["Normal"], {"NSR"}),
        (["I-AVB", "RBBB"], {"IAVB", "CRBBB|RBBB"}),
        (["PVC", "STD"], set()),  # later headers have codes in their place that are not scored
    ],
)
def test_codes_and_early_labels_have_their_class(codes, classes):
    assert classes_of_codes(codes) == classes


def test_further_codes_may_count_as_well():
    assert classes_of_codes(["PVC"], {"164884008": "PVC|VPB"}) == {"PVC|VPB"}
    with pytest.raises(RecordInvalid, match="'VT' is none of the 26 classes"):
        classes_of_codes(["PVC"], {"164884008": "VT"})


@pytest.mark.parametrize("word", ["rbbb", "Foo", "42 6783006", "-1"])
def test_words_that_nobody_knows_are_refused(word):
    with pytest.raises(RecordInvalid, match="neither a SNOMED CT code nor one of the early labels"):
        classes_of_codes(["426783006", word])


def test_totals_are_those_that_the_challenge_published():
    totals = challenge_totals()
    assert tuple(totals.index) == CHALLENGE_CLASSES
    total = totals.drop(columns="words").sum(axis=1)
    published = {"NSR": 28_971, "SB": 18_918, "TAb": 11_716, "STach": 9_657, "AFL": 8_374}
    published |= {"LAD": 7_631, "AF": 5_255, "TInv": 3_989, "SA": 3_790, "IAVB": 3_534}
    published |= {"Brady": 295, "LPR": 392, "BBB": 522, "PRWP": 638, "CLBBB|LBBB": 213 + 1_281}
    assert total[list(published)].to_dict() == published
    assert totals.loc["PVC|VPB", "words"].count(" or ") == 1


@pytest.mark.real
def test_the_table_is_the_published_one():
    files = open_database("challenge-2021").files
    path = "evaluation/dx_mapping_scored.csv"
    if path not in files.digests:
        pytest.skip("the mirror has the recordings without the tables of the evaluation")
    _, *lines = files.fetch([path])[0].read_text().splitlines()
    rows = [line.split(",") for line in lines]
    assert [row[1] for row in rows] == CODES
    entries = _read()["codes"].values()
    assert [row[3:11] for row in rows] == [[str(n) for n in e["recordings"]] for e in entries]
    assert all(row[2] in e["class"].split("|") for row, e in zip(rows, entries, strict=True))


def test_a_source_knows_what_it_has_used():
    known = known_statements(["ningbo", "cpsc_2018", "ningbo"])
    assert known.shape == (3, 26)
    has = {CHALLENGE_CLASSES[k] for k in np.flatnonzero(known[1])}
    assert has == {"AF", "IAVB", "CLBBB|LBBB", "CRBBB|RBBB", "NSR", "PAC|SVPB"}
    # Ningbo never says atrial fibrillation, whatever its recordings have.
    assert {CHALLENGE_CLASSES[k] for k in np.flatnonzero(~known[0])} == {"AF"}
    with pytest.raises(RecordInvalid, match="nothing is known of the source 'ludb'"):
        known_statements(["georgia", "ludb"])


def test_merged_labels_are_any_and_merged_probabilities_the_mean():
    values = np.zeros((2, 30))
    for code, value in {"713427006": 0.2, "59118001": 0.6, "164889003": 0.9}.items():
        values[0, CODES.index(code)] = value
    merged = merged_codes(values, CODES)
    named = dict(zip(CHALLENGE_CLASSES, merged[0], strict=True))
    assert {name: v for name, v in named.items() if v} == pytest.approx(
        {"AF": 0.9, "CRBBB|RBBB": 0.4}
    )
    called = merged_codes(values > 0.5, CODES)
    assert called.dtype == bool
    assert [CHALLENGE_CLASSES[k] for k in np.flatnonzero(called[0])] == ["AF", "CRBBB|RBBB"]
    assert not called[1].any()
    order = np.random.default_rng(0).permutation(30)
    shuffled = merged_codes(values[:, order], [CODES[k] for k in order])
    np.testing.assert_allclose(shuffled, merged)


@pytest.mark.parametrize("codes", [CODES[:29], [*CODES[:29], "1"], [*CODES[:29], CODES[0]]])
def test_other_codes_are_refused(codes):
    with pytest.raises(RecordInvalid, match="each of the 30 codes that are scored"):
        merged_codes(np.zeros((1, len(codes))), codes)
