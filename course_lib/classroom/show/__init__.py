"""Figures, tables and code for the lessons. Every label comes from the bilingual table."""

from course_lib.classroom.show.blocks import Block, guess, source, table
from course_lib.classroom.show.charts import bars, curves, histograms
from course_lib.classroom.show.drawings import pipeline, transformer, unrolled
from course_lib.classroom.show.figures import attention, pictures, sheet, strips
from course_lib.classroom.show.generative import gan_diagram, generative_story, transposed_convolution, vae_diagram
from course_lib.classroom.show.maps import arrows, game, latent_map, latent_maps
from course_lib.classroom.show.picture import COLOURS, Picture
from course_lib.classroom.show.sounds import sounds

__all__ = [
    "COLOURS",
    "Block",
    "Picture",
    "arrows",
    "attention",
    "bars",
    "curves",
    "game",
    "gan_diagram",
    "generative_story",
    "guess",
    "histograms",
    "latent_map",
    "latent_maps",
    "pictures",
    "pipeline",
    "sheet",
    "sounds",
    "source",
    "strips",
    "table",
    "transformer",
    "transposed_convolution",
    "unrolled",
    "vae_diagram",
]
