"""What each database is: version, licence, citation, size and layout.

The facts come from the pages of the databases on PhysioNet and from the files themselves;
what nobody states is None.
"""

import re
from dataclasses import dataclass

from ecgbook.conventions import TWELVE_LEADS

__all__ = ["CATALOG", "DatabaseInfo"]

_ODC_BY = ("ODC-BY 1.0", "https://opendatacommons.org/licenses/by/1-0/")
_CC_BY = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
_BSD = ("BSD-3-Clause", "https://opensource.org/license/bsd-3-clause")


@dataclass(frozen=True, kw_only=True)
class DatabaseInfo:
    """One entry of the catalog.

    Parameters
    ----------
    name, version, title : str
        ``name/version`` is also the folder of the database on PhysioNet and on mirrors.
    licence, licence_url : str
        Licence of the recordings.
    citation, doi : str
        The publication to cite, and the DOI of this version of the data.
    size : str
        Records and their length in words.
    population : str
        Who was recorded, and how they were chosen.
    n_records, n_patients : int or None
        Counts of the whole database; None where it does not say.
    fs : float
        Sampling rate in Hz of most records.
    leads : tuple of str
        Leads of a typical record; others may have other leads.
    record_path : str
        Regular expression of a record's path in the folder, without its ending.
    annotator : str or None
        Ending of the annotation files.
    tables : tuple of str
        Files with the labels of many records.
    index_sha256 : str or None
        Digest of PhysioNet's own ``SHA256SUMS.txt``, where known.
    """

    name: str
    version: str
    title: str
    licence: str
    licence_url: str
    citation: str
    doi: str | None
    size: str
    population: str
    n_records: int | None
    n_patients: int | None
    fs: float
    leads: tuple[str, ...]
    record_path: str
    annotator: str | None = None
    tables: tuple[str, ...] = ()
    index_sha256: str | None = None

    @property
    def folder(self):
        """Folder of the database below a root, such as ``mitdb/1.0.0``."""
        return f"{self.name}/{self.version}"

    def is_record(self, path):
        """Tell whether ``path`` (without its ending) is a record of this database."""
        return re.fullmatch(self.record_path, path) is not None


def _info(*, terms, **facts):
    licence, licence_url = terms
    return DatabaseInfo(licence=licence, licence_url=licence_url, **facts)


_MITDB = _info(
    name="mitdb",
    version="1.0.0",
    title="MIT-BIH Arrhythmia Database",
    terms=_ODC_BY,
    citation="Moody GB, Mark RG. The impact of the MIT-BIH Arrhythmia Database. "
    "IEEE Engineering in Medicine and Biology 20(3):45-50, 2001.",
    doi="10.13026/C2F305",
    size="48 records of 30 minutes, 2 leads: 94 MB of signals",
    population="47 patients of Boston's Beth Israel Hospital, 1975 to 1979: 23 records drawn at "
    "random from 4,000 ambulatory ones, 25 chosen for rare but important arrhythmias",
    n_records=48,
    n_patients=47,
    fs=360,
    leads=("MLII", "V1"),
    record_path=r"\d{3}",
    annotator="atr",
    index_sha256="b61158a96d5f2ca80edfb354a9a66a6324836c390a84e1966dcee2b907d6be43",
)

_PTBDB = _info(
    name="ptbdb",
    version="1.0.0",
    title="PTB Diagnostic ECG Database",
    terms=_ODC_BY,
    citation="Bousseljot R, Kreiseler D, Schnabel A. Nutzung der EKG-Signaldatenbank CARDIODAT "
    "der PTB über das Internet. Biomedizinische Technik 40, Ergänzungsband 1:S317, 1995.",
    doi="10.13026/C28C71",
    size="549 records, 12 leads and the 3 of Frank",
    population="290 people of 17 to 87 years, healthy and with heart disease, most of them after "
    "a myocardial infarction; one to five records each",
    n_records=549,
    n_patients=290,
    fs=1000,
    leads=(*TWELVE_LEADS, "VX", "VY", "VZ"),
    record_path=r"patient\d{3}/s\d{4}\w*",
)

_LTSTDB = _info(
    name="ltstdb",
    version="1.0.0",
    title="Long-Term ST Database",
    terms=_ODC_BY,
    citation="Jager F, Taddei A, Moody GB, Emdin M, Antolič G, Dorn R, Smrdel A, Marchesi C, "
    "Mark RG. Long-term ST database: a reference for the development and evaluation of automated "
    "ischaemia detectors and for the study of the dynamics of myocardial ischaemia. "
    "Medical & Biological Engineering & Computing 41(2):172-183, 2003.",
    doi="10.13026/C2G01T",
    size="86 records of 21 to 24 hours, 2 or 3 leads",
    population="80 people whose ambulatory records show changes of the ST segment, ischaemic "
    "and not",
    n_records=86,
    n_patients=80,
    fs=250,
    leads=("ML2", "MV2"),
    record_path=r"s[23]\d{4}",
    annotator="atr",
)

_PTB_XL = _info(
    name="ptb-xl",
    version="1.0.3",
    title="PTB-XL",
    terms=_CC_BY,
    citation="Wagner P, Strodthoff N, Bousseljot R-D, Kreiseler D, Lunze FI, Samek W, Schaeffter "
    "T. PTB-XL, a large publicly available electrocardiography dataset. Scientific Data 7:154, "
    "2020.",
    doi="10.13026/kfzx-aw45",
    size="21,799 records of 10 seconds, 12 leads: 2.6 GB of signals at 500 Hz",
    population="18,869 patients, 52 % men, recorded with Schiller devices from 1989 to 1996; "
    "up to two cardiologists labelled each record",
    n_records=21_799,
    n_patients=18_869,
    fs=500,
    leads=TWELVE_LEADS,
    record_path=r"records500/\d{5}/\d{5}_hr",
    tables=("ptbxl_database.csv", "scp_statements.csv"),
)

_CHALLENGE_2017 = _info(
    name="challenge-2017",
    version="1.0.0",
    title="PhysioNet/Computing in Cardiology Challenge 2017",
    terms=_ODC_BY,
    citation="Clifford GD, Liu C, Moody B, Lehman LH, Silva I, Li Q, Johnson AE, Mark RG. AF "
    "classification from a short single lead ECG recording: the PhysioNet/Computing in Cardiology "
    "Challenge 2017. Computing in Cardiology 44, 2017.",
    doi="10.13026/d3hm-sf11",
    size="8,528 records of 9 to 61 seconds, 1 lead",
    population="users of a hand-held recorder (AliveCor); nothing is said of them",
    n_records=8_528,
    n_patients=None,
    fs=300,
    leads=("ECG",),
    record_path=r"training/A\d{2}/A\d{5}",
    tables=("REFERENCE-v3.csv",),
)

_CHALLENGE_2021 = _info(
    name="challenge-2021",
    version="1.0.3",
    title="PhysioNet/Computing in Cardiology Challenge 2021",
    terms=_CC_BY,
    citation="Reyna MA, Sadr N, Perez Alday EA, Gu A, Shah AJ, Robichaux C, Rad AB, Elola A, "
    "Seyedi S, Ansari S, Ghanbari H, Li Q, Sharma A, Clifford GD. Will two do? Varying dimensions "
    "in electrocardiography: the PhysioNet/Computing in Cardiology Challenge 2021. Computing in "
    "Cardiology 48, 2021.",
    doi="10.13026/34va-7q14",
    size="88,253 records, most of 10 seconds, 12 leads",
    population="patients of hospitals in China, Germany, Russia and the USA, from eight sources",
    n_records=88_253,
    n_patients=None,
    fs=500,
    leads=TWELVE_LEADS,
    record_path=r"training/\w[\w-]*/g\d+/\w+",
)

_SYNTHETIC = _info(
    name="synthetic",
    version="1",
    title="Simulated ECGs of ecgbook",
    terms=_BSD,
    citation="Simulated with ecgbook after Sameni R, Clifford GD, Jutten C, Shamsollahi MB. "
    "Multichannel ECG and noise modeling. EURASIP Journal on Advances in Signal Processing "
    "2007:043407.",
    doi=None,
    size="computed when read, nothing is downloaded",
    population="nobody: a moving dipole seen through a lead matrix",
    n_records=None,
    n_patients=None,
    fs=500,
    leads=TWELVE_LEADS,
    record_path=r"\w+",
)

CATALOG = {
    info.name: info
    for info in (_MITDB, _PTBDB, _LTSTDB, _PTB_XL, _CHALLENGE_2017, _CHALLENGE_2021, _SYNTHETIC)
}
