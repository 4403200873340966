"""Run the cases of a study, each once: what is computed is kept under the key of what made it."""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import date

from ecgbook import released, results
from ecgbook.code import code_digest
from ecgbook.resultfile import make_unit
from ecgbook.sources import open_database
from ecgbook.store import Store
from ecgbook.studies.combine import combine, members_of

__all__ = ["Computed", "Shelf", "run"]

_DECISIVE = 2  # patients who move a headline most


@dataclass(frozen=True)
class Computed:
    """One case of a study with one seed, computed.

    ``arrays`` and ``answers`` are as from `ecgbook.studies.study.Study.compute`; ``provenance``
    says where, when, how long and by which code.
    """

    case: dict
    arrays: dict
    answers: list
    provenance: dict
    origin: str
    simulated: bool

    def fields(self, k):
        """Return what tells the k-th answer from others, its seed left out."""
        return _without_seed(self.case | self.answers[k]["fields"])


def run(study, case, *, profile="cpu", data="real", checkpoint=None, progress=False):
    """Return a case like those of ``study.cases()`` as `Computed`.

    ``checkpoint`` is a path where a long training keeps its state.
    """
    database = open_database(study.of_method("database", case), data)
    begun = time.monotonic()
    arrays, answers = study.compute(database, case, profile, checkpoint, progress)
    minutes = round((time.monotonic() - begun) / 60, 2)
    facts = {"profile": profile, "minutes": minutes, "date": date.today().isoformat()}
    about = results.machine() | facts, database.origin, database.simulated
    return Computed(case, arrays, answers, *about)


class Shelf:
    """The computed cases of a study, each under the digest of all that it depends on.

    ``data`` is ``real``, ``auto`` or ``synthetic``; the cases lie below ``folder``.
    """

    def __init__(self, study, profile, data, folder):
        self.study, self.profile, self.data = study, profile, data
        self.store = Store(folder / study.chapter)
        self._sources = {}

    def key(self, case):
        """Return the key of a case: it changes with the case, the records and the code."""
        source = self._source(self.study.of_method("database", case))
        source += [_file_digest(f"{name}.safetensors") for name in self.study.weights_of(case)]
        code = code_digest(*source, *self.study.code(case, self.profile))
        return Store.key("-".join(map(str, case.values())), code=code)

    def _source(self, name):
        """Return what tells the records of a database."""
        if name not in self._sources:
            database = open_database(name, self.data)
            self._sources[name] = type(database), _records_digest(database)
        return [*self._sources[name]]

    def missing(self, known=()):
        """Return the cases that are not computed, in order; digests of keys may be ``known``."""
        cases = [case for case in self.study.cases() if self.get(case) is None]
        return [case for case in cases if _digest_in(self.key(case)) not in known]

    def get(self, case):
        """Return a case as `Computed`, or None where it is not computed."""
        entry = self.store.get(self.key(case))
        return entry and Computed(case, entry.arrays, **entry.meta)

    def compute(self, case, progress=False):
        """Compute a case, keep it and return it."""
        key = self.key(case)
        options = {"profile": self.profile, "data": self.data, "progress": progress}
        done = run(self.study, case, checkpoint=self.store.root / f"{key}.training", **options)
        done.provenance["key"] = _digest_in(key)
        kept = ("answers", "provenance", "origin", "simulated")
        self.store.put(key, done.arrays, {name: getattr(done, name) for name in kept})
        for left in self.store.root.glob(f"{key}.*"):
            left.unlink()
        return done

    def units(self, part="test"):
        """Return the report on every case whose seeds are all computed, as results units.

        The declared pairs come after them, with ``minus``: what the second has instead; then the
        headlines, ``without`` one patient.
        """
        groups = {}
        for case in self.study.cases():
            groups.setdefault(json.dumps(_without_seed(case)), []).append(self.get(case))
        whole = [units for units in groups.values() if None not in units]
        whole += [[unit] for unit in map(self._combined, self.study.combinations) if unit]
        tables = [(*own, units) for units in whole for own in self.study.report(units, part)]
        answers = [(units, k) for units in whole for k in _usual(units[0].answers)]
        tables += [*self._differences(answers, part), *self._influences(answers, part)]
        return [
            make_unit(rows, fields, units[0], **_together([unit.provenance for unit in units]))
            for fields, rows, units in tables
        ]

    def _combined(self, combination):
        """Return a combination as `Computed`, or None until its members are."""
        cases = members_of(combination, self.study.cases())
        units = [self.get(case) for case in cases]
        if not units or None in units:
            return None
        fields = dict(combination.fields)
        arrays = combine(combination, self.study.of_method("task", cases[0]), units)
        about = _together([unit.provenance for unit in units]), units[0].origin, units[0].simulated
        return Computed(fields, arrays, [{"fields": {}, "report": ""}], *about)

    def _differences(self, answers, part):
        for ours, change in self.study.pairs:
            for left, right in ((a, b) for a in answers for b in answers):
                own, other = (units[0].fields(k) for units, k in (left, right))
                if ours.items() <= own.items() and other == own | change != own:
                    minus = ", ".join(f"{name}={value}" for name, value in change.items())
                    rows = self.study.difference(left, right, part)
                    yield own | {"minus": minus}, rows, left[0] + right[0]

    def _influences(self, answers, part):
        found = []
        for score, wanted in self.study.headlines:
            for units, k in answers:
                if wanted.items() <= (own := units[0].fields(k)).items():
                    found.append((own, self.study.influence((units, k), score, part), score, units))
        # Patients who decide one headline are left out of all, to compare them.
        decisive = {name for _, table, *_ in found for name in table["patient"][:_DECISIVE]}
        for own, table, score, units in found:
            for row in table[table["patient"].isin(decisive)].itertuples():
                rows = {"score": score, "value": row.value, "n_patients": len(table) - 1}
                rows["unit"] = getattr(row, "unit", "")
                yield own | {"without": row.patient}, rows, units


def _usual(answers):
    """Return the numbers of the answers that have the usual report."""
    return [k for k, about in enumerate(answers) if not about["report"]]


def _digest_in(key):
    return key.rsplit("-", 1)[1]


def _without_seed(case):
    return {name: value for name, value in case.items() if name != "seed"}


def _together(provenances):
    """Return what several runs have in common, with their minutes added up."""
    same = dict(set.intersection(*(set(one.items()) for one in provenances)))
    minutes = round(sum(one["minutes"] for one in provenances), 2)
    keys = " ".join(one.get("key", "") for one in provenances)
    return same | {"minutes": minutes, "runs": len(provenances), "key": keys}


def _records_digest(database):
    files = getattr(database, "files", None)
    text = json.dumps(sorted(files.digests.items()) if files else "simulated")
    return hashlib.sha256(text.encode()).hexdigest()


def _file_digest(name):
    return hashlib.sha256((released.folder() / name).read_bytes()).hexdigest()
