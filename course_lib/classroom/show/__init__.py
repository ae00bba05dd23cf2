"""Figures, tables and code for the lessons. Every label comes from the bilingual table."""

from course_lib.classroom.show.blocks import Block, guess, source, table
from course_lib.classroom.show.drawings import pipeline, transformer, unrolled
from course_lib.classroom.show.figures import attention, bars, curves, pictures, sheet, strips
from course_lib.classroom.show.maps import arrows, game, latent_map, latent_maps
from course_lib.classroom.show.picture import COLOURS, Picture

__all__ = [
    "COLOURS",
    "Block",
    "Picture",
    "arrows",
    "attention",
    "bars",
    "curves",
    "game",
    "guess",
    "latent_map",
    "latent_maps",
    "pictures",
    "pipeline",
    "sheet",
    "source",
    "strips",
    "table",
    "transformer",
    "unrolled",
]
