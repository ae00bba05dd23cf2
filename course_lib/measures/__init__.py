"""Measures, most of them thin over scikit-image, scikit-learn, SciPy and jiwer: tensors in, plain numbers out.

NumPy arrays are taken as well, and tensors of any dtype on any device.
"""

from course_lib.measures import filters, judge
from course_lib.measures.images import psnr, reconstruction_error, ssim
from course_lib.measures.maps import (
    active_fraction,
    adjusted_rand_index,
    neighbour_accuracy,
    subspace_angle,
    trustworthiness,
)
from course_lib.measures.models import count_parameters, gradient_norm, predict
from course_lib.measures.samples import frechet_distance, high_quality_fraction, modes_covered, precision_recall
from course_lib.measures.sequences import character_error_rate, exact_match
from course_lib.measures.strokes import slant, stroke_width

__all__ = [
    "active_fraction",
    "adjusted_rand_index",
    "character_error_rate",
    "count_parameters",
    "exact_match",
    "filters",
    "frechet_distance",
    "gradient_norm",
    "high_quality_fraction",
    "judge",
    "modes_covered",
    "neighbour_accuracy",
    "precision_recall",
    "predict",
    "psnr",
    "reconstruction_error",
    "slant",
    "ssim",
    "stroke_width",
    "subspace_angle",
    "trustworthiness",
]
