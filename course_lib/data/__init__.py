"""What a lesson loads: data sets as tensors on one device, number words and their tokens, a ring, corruptions."""

from course_lib.data import augment, corrupt, number_words, ring, speech, tokens
from course_lib.data.base import DataError, DataSet, Split, best_device, folder
from course_lib.data.clusters import clusters
from course_lib.data.devanagari import devanagari_digits
from course_lib.data.documents import printed_lines
from course_lib.data.generated import generated_digits
from course_lib.data.mnist import mnist  # from here on `data.mnist` is the function; the module is imported by its path

__all__ = [
    "DataError",
    "DataSet",
    "Split",
    "augment",
    "best_device",
    "clusters",
    "corrupt",
    "devanagari_digits",
    "folder",
    "generated_digits",
    "mnist",
    "number_words",
    "printed_lines",
    "ring",
    "speech",
    "tokens",
]
