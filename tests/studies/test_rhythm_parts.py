from ecgbook import datasets, open_database
from ecgbook.datasets.rhythm import RHYTHM_CLASSES
from ecgbook.studies.rhythm_methods import one_split
from ecgbook.studies.rhythm_parts import unseen_records


def test_the_test_part_of_the_table_is_that_of_the_recordings():
    database = open_database("challenge-2017", "synthetic")
    records = datasets.rhythm_records(database, fs=100)
    test = records[one_split(records).test]
    told = unseen_records(database)
    for k, name in enumerate(RHYTHM_CLASSES):
        assert sorted(told[name]) == sorted(test.record[test.y == k])
    assert sum(map(len, told.values())) == len(test)
