"""What readers see instead of the names of scores, methods and protocols, as in labels.toml."""

import tomllib
from pathlib import Path

__all__ = ["label", "sentence"]

_WORDS = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
_LABELS = {name: words for table in _WORDS["words"].values() for name, words in table.items()}
# Words for values that mean something else in another field.
_IN_FIELD = {
    (field, value): words
    for field, table in _WORDS["field"].items()
    for value, words in table.items()
}


def label(name, field=""):
    """Return the words for a name, or the name with spaces where there are none.

    ``field`` is the one whose value the name is; some names mean one thing here, another there.

    >>> label("j_kappa"), label("first_try"), label(100), label("none", "flaw")
    ('j-kappa', 'first try', '100', 'as it should be')
    """
    known = _IN_FIELD.get((field, str(name)))
    return known or _LABELS.get(name, str(name).replace("_", " "))


def sentence(fields):
    """Return the fields of a case as words: those that speak for themselves, others with a name.

    >>> sentence({"method": "memae", "protocol": "ds1_ds2", "n_labels": 100, "norm": 2})
    'MemAE, DS1 to DS2, 100 labels, squared error'
    >>> sentence({"method": "ecgbook", "tolerance_ms": 50, "minus": "method=wfdb"})
    'ecgbook, 50 ms, minus WFDB xqrs'
    >>> sentence({"method": "trees", "without": "232"})
    'boosted trees, without patient 232'
    """
    return ", ".join(_words(name, value) for name, value in fields.items())


def _words(name, value):
    if name == "minus":
        parts = (part.partition("=") for part in value.split(", "))
        return f"minus {' and '.join(_words(field, own) for field, _, own in parts)}"
    if name == "without":
        return f"without patient {value}"
    if (name, str(value)) in _IN_FIELD:
        return label(value, name)
    if name.startswith("n_"):
        return f"{label(value)} {label(name[2:])}"
    if name.endswith("_ms"):
        return f"{value} ms"
    if name.endswith("_db"):
        return f"{value} dB"
    return label(value) if isinstance(value, str) else f"{label(name)} {value}"
