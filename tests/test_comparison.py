import numpy as np
import pytest

from ecgbook.comparison import Number, table


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Number(0.8912, 0.8301, 0.9449), "0.89 (.83–.94)"),
        (Number(1.0, 0.996, 1.0), "1.00 (1.00–1.00)"),
        (Number(0.095, 0.02, 0.18), "0.10 (.02–.18)"),
        (Number(-0.002, -0.021, 0.024), "−0.00 (−.02 to .02)"),
        (Number(0.5, None, None), "0.50"),
        (Number(0.5, np.nan, np.nan), "0.50"),
        (Number(0.9976, 0.9963, 0.9987, unit="%"), "99.76 % (99.63–99.87)"),
        (Number(2.5, unit="ms"), "2.50 ms"),
        (Number(109494), "109,494"),
    ],
)
def test_a_number_prints_with_its_interval(number, text):
    assert str(number) == text


def test_a_number_computes_and_formats_as_its_value():
    assert float(Number(0.25, 0.1, 0.4)) == 0.25
    assert f"{Number(0.25, 0.1, 0.4):.3f}" == "0.250"
    assert f"{Number(0.25, 0.1, 0.4)}" == "0.25 (.10–.40)"


def test_columns_are_aligned():
    assert table(("a", "bb"), [("long", 1)]) == "a     bb\n----  --\nlong  1"
