"""Pictures of ECGs: paper, strips, curves, sliders, and how leads see the heart."""

from ecgbook.plotting.alt_text import describe, is_simulated
from ecgbook.plotting.anomaly import plot_budgets, plot_residual, plot_roc
from ecgbook.plotting.curves import plot_jitter, plot_signals, plot_spectrum, plot_tachogram
from ecgbook.plotting.figure import BookFigure, subplots
from ecgbook.plotting.leads import einthoven_triangle, hexaxial, limb_leads
from ecgbook.plotting.paper import plot_ecg
from ecgbook.plotting.slider import slider
from ecgbook.plotting.strips import plot_strips
from ecgbook.plotting.style import COLOURS, style, use_style

__all__ = [
    "COLOURS",
    "BookFigure",
    "describe",
    "einthoven_triangle",
    "hexaxial",
    "is_simulated",
    "limb_leads",
    "plot_budgets",
    "plot_ecg",
    "plot_jitter",
    "plot_residual",
    "plot_roc",
    "plot_signals",
    "plot_spectrum",
    "plot_strips",
    "plot_tachogram",
    "slider",
    "style",
    "subplots",
    "use_style",
]
