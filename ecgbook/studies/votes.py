"""Ensembles of stored answers: what is chosen, is chosen on validation; and the published way."""

from ecgbook.classical.ensembles import Stacked, hard_vote, soft_vote, top_k

__all__ = ["WAYS", "soft"]


def soft(members):
    """Return the mean of the probabilities."""
    return soft_vote(members.valid), soft_vote(members.test)


def _hard(members):
    return hard_vote(members.valid), hard_vote(members.test)


def _top_k(members):
    chosen = top_k(members.task, members.y["valid"], members.valid)
    return soft_vote(members.valid[chosen]), soft_vote(members.test[chosen])


def _top_k_on_test(members):
    """Choose on the test part, as published: the score is then the best of many tries."""
    chosen = top_k(members.task, members.y["test"], members.test)
    return soft_vote(members.valid[chosen]), soft_vote(members.test[chosen])


def _stacked(members):
    """Learn on validation how to weigh the members; what is said of validation is cross-fitted."""
    y, patient = members.y["valid"], members.patient["valid"]
    model = Stacked().fit(y, members.valid)
    valid = Stacked().cross_fitted(y, members.valid, patient)
    return valid, model.predict_proba(members.test)


WAYS = {
    "soft_vote": soft,
    "hard_vote": _hard,
    "top_k": _top_k,
    "top_k_on_test": _top_k_on_test,
    "stacked": _stacked,
}
