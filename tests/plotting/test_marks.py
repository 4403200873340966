import pytest

from ecgbook.plotting.marks import beat_colour

# De Chazal et al. (2004), Table I: which WFDB codes belong together.
CLASSES = {"ink": "NLRej", "blue": "AaJS", "vermilion": "VE", "purple": "F", "brown": "/fQ"}


@pytest.mark.parametrize("colour", CLASSES)
def test_beats_of_a_class_share_a_colour(colour):
    assert {beat_colour(symbol) for symbol in CLASSES[colour]} == {colour}


@pytest.mark.parametrize("symbol", ["+", "~", "|", '"', "x", ""])
def test_what_is_no_beat_is_grey(symbol):
    assert beat_colour(symbol) == "grey"
