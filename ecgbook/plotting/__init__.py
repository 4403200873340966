"""Pictures of ECGs: paper, curves, sliders, and how leads see the heart."""

from ecgbook.plotting.alt_text import describe, is_simulated
from ecgbook.plotting.attention import plot_attention
from ecgbook.plotting.attributions import plot_attributions
from ecgbook.plotting.beats import plot_beat_panel, plot_typical_beats
from ecgbook.plotting.budgets import plot_budgets
from ecgbook.plotting.causal import plot_causal
from ecgbook.plotting.classes import plot_class_counts, plot_lengths
from ecgbook.plotting.clouds import plot_clouds
from ecgbook.plotting.convolution import plot_convolution, plot_receptive_field
from ecgbook.plotting.curves import plot_panels, plot_signals, plot_tachogram
from ecgbook.plotting.delineated import plot_delineated
from ecgbook.plotting.ensembles import plot_ensemble_weights
from ecgbook.plotting.figure import BookFigure, subplots
from ecgbook.plotting.floors import plot_floors
from ecgbook.plotting.gaze import plot_gaze
from ecgbook.plotting.intervals import plot_differences, plot_intervals, plot_pairs
from ecgbook.plotting.leads import einthoven_triangle, limb_leads
from ecgbook.plotting.learning import plot_augmented, plot_epochs, plot_gradient
from ecgbook.plotting.normal_band import plot_in_band
from ecgbook.plotting.paper import plot_ecg
from ecgbook.plotting.patients import plot_by_patient
from ecgbook.plotting.pictures import plot_pictures
from ecgbook.plotting.reach import plot_reach, receptive_field
from ecgbook.plotting.recurrent import plot_gradients, plot_unrolled
from ecgbook.plotting.residual import plot_residual
from ecgbook.plotting.rhythms import plot_rhythms
from ecgbook.plotting.scores import plot_precision_recall, plot_roc
from ecgbook.plotting.slider import slider
from ecgbook.plotting.sliding import plot_sliding
from ecgbook.plotting.stacked import plot_stacked
from ecgbook.plotting.stages import plot_stages
from ecgbook.plotting.style import COLOURS, style, use_style
from ecgbook.plotting.waves import plot_waves

__all__ = ["COLOURS", "BookFigure", "describe", "is_simulated", "style", "subplots", "use_style"]
__all__ += ["einthoven_triangle", "limb_leads", "plot_ecg", "plot_signals", "plot_tachogram"]
__all__ += ["plot_budgets", "plot_intervals", "plot_residual", "plot_roc", "plot_typical_beats"]
__all__ += ["plot_augmented", "plot_epochs", "plot_gradient", "plot_pairs", "slider"]
__all__ += ["plot_clouds", "plot_convolution", "plot_receptive_field"]
__all__ += ["plot_by_patient", "plot_differences", "plot_in_band", "plot_panels"]
__all__ += ["plot_attention", "plot_gradients", "plot_reach", "plot_unrolled", "receptive_field"]
__all__ += ["plot_beat_panel", "plot_class_counts", "plot_ensemble_weights", "plot_lengths"]
__all__ += ["plot_precision_recall", "plot_waves"]
__all__ += ["plot_causal", "plot_gaze", "plot_rhythms", "plot_stacked"]
__all__ += ["plot_pictures", "plot_sliding", "plot_stages"]
__all__ += ["plot_attributions", "plot_delineated", "plot_floors"]
