"""Networks for ECGs: one paper or one family a file, a registry over all.

>>> model = create_model("beat_cnn", leads=2, classes=4)
"""

from ecgbook.models import (  # noqa: F401  (importing a model registers it)
    beat_cnn,
    madegan,
    transfer,
)
from ecgbook.models.registry import create_model, list_models

__all__ = ["create_model", "list_models"]
