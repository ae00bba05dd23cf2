"""What a lesson loads: data sets as tensors on one device, number words and their tokens, a ring, corruptions."""

from course_lib.data import (
    augment,
    brain,
    corrupt,
    digit_captions,
    ecg,
    noughts_and_crosses,
    number_words,
    pages,
    ring,
    speech,
    spoken_sentences,
    tokens,
)
from course_lib.data.base import DataError, DataSet, Split, best_device, folder
from course_lib.data.clusters import clusters
from course_lib.data.counter_dialogues import counter_dialogues
from course_lib.data.devanagari import devanagari_digits
from course_lib.data.documents import printed_lines
from course_lib.data.faces import faces
from course_lib.data.generated import generated_digits
from course_lib.data.generated_image_to_image import translated_digits
from course_lib.data.icons import icons
from course_lib.data.mnist import mnist  # from here on `data.mnist` is the function; the module is imported by its path
from course_lib.data.molecules import molecules  # likewise
from course_lib.data.simulated_beats import simulated_beats
from course_lib.data.spoken_digits import spoken_digits
from course_lib.data.synthetic_avatars import synthetic_avatars
from course_lib.data.synthetic_caves import synthetic_caves
from course_lib.data.synthetic_garments import synthetic_garments
from course_lib.data.synthetic_rangoli import synthetic_rangoli

__all__ = [
    "DataError",
    "DataSet",
    "Split",
    "augment",
    "best_device",
    "brain",
    "clusters",
    "corrupt",
    "counter_dialogues",
    "devanagari_digits",
    "digit_captions",
    "ecg",
    "faces",
    "folder",
    "generated_digits",
    "icons",
    "mnist",
    "molecules",
    "noughts_and_crosses",
    "number_words",
    "pages",
    "printed_lines",
    "ring",
    "simulated_beats",
    "speech",
    "spoken_digits",
    "spoken_sentences",
    "synthetic_avatars",
    "synthetic_caves",
    "synthetic_garments",
    "synthetic_rangoli",
    "tokens",
    "translated_digits",
]
