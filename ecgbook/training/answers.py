"""What a released classifier says of a reader's own examples, after a look at its card."""

from scipy.special import expit, softmax

from ecgbook.errors import ModelInvalid, RecordInvalid
from ecgbook.models import info
from ecgbook.training.predict import predict
from ecgbook.training.weights import load_released

__all__ = ["predict_released"]

_TO_PROBABILITY = {"single_label": lambda x: softmax(x, axis=1), "multi_label": expit}


def predict_released(name, examples, *, progress=True):
    """Return the probability of each class for each example, and the names of the classes.

    Parameters
    ----------
    name : str
        One of ``ecgbook.released.names()`` that classifies; its card says by which recipe to make
        the examples.
    examples : Examples
        At the rate of the card, with as many leads as the model was built for.
    progress : bool
        Show a progress bar if it takes over 2 s.

    Returns
    -------
    probability : array of float32, shape (example, class)
    classes : list of str

    Raises
    ------
    RecordInvalid
        If the examples have another rate, or other leads than the card says.
    ModelInvalid
        If the model does not classify, or the examples are too long or too short for it.

    Examples
    --------
    >>> beats = datasets.kachuee_beats(database)  # doctest: +SKIP
    >>> probability, classes = predict_released("beat_resnet-heartbeats", beats)  # doctest: +SKIP
    """
    model, card = load_released(name)
    task = info(model.name).task
    if task not in _TO_PROBABILITY:
        raise ModelInvalid(f"{name} does not classify: it is a {model.name}; see its card")
    recipe = card.get("recipe", {}).get("recipe", "that of its card")
    leads = card["config"].get("leads", 1)
    if examples.fs != card["fs"] or examples.x.shape[1] != leads:
        raise RecordInvalid(
            f"{name} takes {leads} lead(s) at {card['fs']:g} Hz, the examples have "
            f"{examples.x.shape[1]} at {examples.fs:g} Hz; make them by the recipe {recipe!r}"
        )
    named = card.get("leads")
    if named and tuple(named) != examples.leads:
        raise RecordInvalid(
            f"{name} takes the leads {', '.join(named)} in this order, the examples have "
            f"{', '.join(examples.leads)}; take them with recording.select({', '.join(named)})"
        )
    output = predict(model, examples, progress=progress)
    return _TO_PROBABILITY[task](output), card["classes"]
