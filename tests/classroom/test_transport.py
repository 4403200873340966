import base64
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.classroom.judging import fault
from ecgbook.classroom.transport import NotPlain, decode, encode

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
PLAIN = st.recursive(SCALARS, lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=20)


@given(PLAIN)
def test_plain_data_come_back_as_they_were(value):
    assert decode(encode(value)) == value
    assert "\n" not in encode(value)


@pytest.mark.parametrize("kind", ["bool", "int64", "float64", "float32"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), (2, 0, 4)])
def test_arrays_come_back_with_kind_and_shape(kind, shape):
    value = np.arange(math.prod(shape)).reshape(shape).astype(kind)
    back = decode(encode(value))
    assert (back.dtype, back.shape) == (value.dtype, shape)
    np.testing.assert_array_equal(back, value)


def test_scalars_of_numpy_and_tuples_become_plain():
    assert decode(encode((np.int32(3), np.float32(0.5), np.bool_(True)))) == [3, 0.5, True]
    assert decode(encode(np.array(["a", "b"]))) == ["a", "b"]
    assert math.isnan(decode(encode(float("nan"))))
    assert decode(encode(-math.inf)) == -math.inf


class Text(str):
    pass


@pytest.mark.parametrize(
    "value",
    [{1, 2}, object(), Text("x"), {1: 2}, b"x", 1j, np.array([object()]), np.zeros(2, "M8[s]")],
)
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(NotPlain):
        encode(value)


def array(kind, shape, data=b""):
    return json.dumps({"array": [kind, shape, base64.b64encode(data).decode()]})


@pytest.mark.parametrize(
    "line",
    [
        array("<f8", [10**12]),
        array("<f8", [10**12, 0, 10**12]),
        array("<f8", [-1, -1], bytes(8)),
        array("<f8", [True], bytes(8)),
        array("|O", [1], bytes(8)),
        array("|b1", [1], b"\x02"),
        array("<f8", [1] * 9, bytes(8)),
        '{"array": ["<f8", [1], "no base64!"]}',
        '{"array": 3}',
        "[1]",
        "{}",
        '{"list": [], "dict": {}}',
        '{"float": "1e5"}',
        '{"evil": 1}',
        "no json",
        b"\xff\xfe",
        '{"list": [' * 25 + "]}" * 25,
        "[" * 100_000,
        "9" * 100_000,
    ],
)
def test_a_line_is_not_believed(line):
    with pytest.raises(NotPlain):
        decode(line)


def test_endless_nesting_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(NotPlain, match="nested"):
        encode(loop)


@given(PLAIN)
def test_every_value_equals_itself_and_nothing_of_another_kind(value):
    assert fault(value, decode(encode(value))) == ""
    assert fault(value, [value]) != ""
    assert fault({"x": value}, value) != ""
