"""Scores and features that are not deep: the baselines that a network has to beat."""
