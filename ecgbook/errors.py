"""The errors of ecgbook: each message names what is wrong, where, and what to do."""

__all__ = [
    "DataCorrupt",
    "DataMissing",
    "EcgError",
    "PatientLeak",
    "RecordInvalid",
    "ResultOutOfContract",
]


class EcgError(Exception):
    """Base class of every error that ecgbook raises on purpose."""


class DataMissing(EcgError):
    """A database, record or file is not to be had from any source."""


class DataCorrupt(EcgError):
    """A file is there but damaged: its digest, length or format is wrong."""


class RecordInvalid(EcgError, ValueError):
    """A signal or its description breaks the contract of `ecgbook.Recording`."""


class PatientLeak(EcgError):
    """One patient stands on two sides of a split that does not say why."""


class ResultOutOfContract(EcgError):
    """A measured number lies outside the range that the book promises."""
