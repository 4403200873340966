import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets import LEAD_SETS, Ragged, leads_of, with_leads
from tests.datasets.recordings import make_beats


def twelve(ragged=False):
    """Return two examples whose samples are the number of the lead, 1 to 12."""
    x = np.arange(1.0, 13)[None, :, None] * np.ones((2, 1, 5))
    x = Ragged.of([x[0], x[1, :, :3]]) if ragged else x
    return make_beats("NN", x=x, leads=TWELVE_LEADS)


@pytest.mark.parametrize("n", LEAD_SETS)
def test_a_set_has_as_many_leads_as_its_number_each_a_standard_one(n):
    assert len(LEAD_SETS[n]) == len(set(LEAD_SETS[n])) == n
    assert set(LEAD_SETS[n]) <= set(TWELVE_LEADS)
    assert leads_of(n) == LEAD_SETS[n]


@pytest.mark.parametrize("ragged", [False, True])
def test_other_leads_go_or_are_zero(ragged):
    examples = twelve(ragged)
    few = with_leads(examples, 4)
    assert few.leads == ("I", "II", "III", "V2")
    assert few.x[1][:, 0].tolist() == [1, 2, 3, 8]
    shown = with_leads(examples, 4, others="zero")
    assert shown.leads == TWELVE_LEADS
    assert shown.x[1][:, 0].tolist() == [1, 2, 3, 0, 0, 0, 0, 8, 0, 0, 0, 0]
    assert few.length.tolist() == shown.length.tolist() == examples.length.tolist()
    assert examples.x[1][:, 0].tolist() == list(range(1, 13))
    assert few.recipe["shown"] == "I, II, III, V2"


def test_named_leads_come_in_the_order_named():
    few = with_leads(twelve(), ["V1", "II"])
    assert (few.leads, few.x[0, :, 0].tolist()) == (("V1", "II"), [7, 2])


@pytest.mark.parametrize(
    ("leads", "options", "message"),
    [
        (5, {}, "not 5"),
        ([], {}, "a number or different names"),
        (["II", "II"], {}, "a number or different names"),
        ([2], {}, "a number or different names"),
        ("VX", {}, "no lead VX; they have I, II"),
        (2, {"others": "nan"}, 'others must be "drop" or "zero"'),
    ],
)
def test_what_is_no_lead_set_is_refused(leads, options, message):
    with pytest.raises(RecordInvalid, match=message):
        with_leads(twelve(), leads, **options)
