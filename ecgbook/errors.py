"""The errors of ecgbook: each message names what is wrong, where, and what to do."""

__all__ = ["BookInvalid", "DataCorrupt", "DataMissing", "EcgError", "ExplanationInvalid"]
__all__ += [
    "GradingRefused",
    "ModelInvalid",
    "PatientLeak",
    "RecordInvalid",
    "ResultOutOfContract",
    "ScoreInvalid",
]
__all__ += ["TrainingFailed"]


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


class ModelInvalid(EcgError, ValueError):
    """A model, its sizes or its weights do not fit what is asked of it."""


class TrainingFailed(EcgError):
    """Training cannot start, go on or be resumed with what it was given."""


class ScoreInvalid(EcgError, ValueError):
    """Labels and predictions do not fit together, or leave a score without a value."""


class ExplanationInvalid(EcgError, ValueError):
    """What is to be explained does not fit the model, its signals or its classes."""


class BookInvalid(EcgError):
    """The manifest, a chapter or the built site breaks a rule of the book."""


class GradingRefused(EcgError):
    """Submissions cannot be graded here, for the sandbox or the submissions are missing."""
