import numpy as np
import pandas as pd
import pytest

from ecgbook.comparison import Number, compare, same_digits, table


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Number(0.8912, 0.8301, 0.9449), "0.89 (.83–.94)"),
        (Number(1.0, 1.0, 1.0), "1.00 (1.00–1.00)"),
        (Number(1.0, 0.996, 1.0), "1.000 (.996–1.000)"),
        (Number(0.014, 0.004, 0.024), "0.014 (.004–.024)"),
        (Number(0.0, 0.0, 0.0), "0.00 (.00–.00)"),
        (Number(0.9976, 0.99758, 0.99762, unit="%"), "99.760 % (99.758–99.762)"),
        (Number(0.095, 0.02, 0.18), "0.10 (.02–.18)"),
        (Number(-0.002, -0.021, 0.024), "−0.002 (−.021 to .024)"),
        (Number(0.5, None, None), "0.50"),
        (Number(0.5, np.nan, np.nan), "0.50"),
        (Number(0.9976, 0.9963, 0.9987, unit="%"), "99.76 % (99.63–99.87)"),
        (Number(2.5, unit="ms"), "2.50 ms"),
        (Number(109494), "109,494"),
        (Number(28.0, 27.0, 30.0), "28.00 (27.00–30.00)"),
        (Number(20.5, -0.5, 40.25), "20.50 (−.50 to 40.25)"),
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


def test_numbers_of_a_column_have_the_same_digits():
    column = [Number(0.5, 0.4, 0.6), None, Number(0.002, -0.01, 0.01)]
    assert [str(number) for number in same_digits(column)] == [
        "0.500 (.400–.600)",
        "None",
        "0.002 (−.010 to .010)",
    ]


ROW = {"score": "f1", "class": "all", "low": None, "high": None, "n": 9, "unit": "", "source": ""}
ROW |= {"published": None, "simulated": False, "minus": None}


def test_digits_agree_within_a_unit_and_over_both_runs():
    own = pd.DataFrame([ROW | {"value": 0.5, "method": "wfdb"}])
    more = {"value": 0.001, "method": "wfdb", "minus": "method=biosppy"}
    stored = pd.DataFrame([ROW | {"value": 0.25, "method": "wfdb"}, ROW | more])
    shown = compare(own, stored, ["method", "minus"], {"n": lambda row: f"{row['n']}"})
    assert shown.plain.splitlines()[2:] == [
        "F1     WFDB xqrs                 0.500     0.250          9",
        "F1     WFDB xqrs, minus BioSPPy  –         0.001          9",
    ]
    assert '<td class="number">0.250</td>' in shown.rich


def test_a_column_that_nobody_fills_is_left_out():
    rows = pd.DataFrame([ROW | {"value": 0.5}])
    assert "Published" not in compare(rows, rows, []).plain
    known = rows.assign(published=0.75, source="a paper")
    assert "0.75 (a paper)" in compare(rows, known, []).plain
