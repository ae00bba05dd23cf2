"""Figures, tables and code for the lessons. Every label comes from the bilingual table."""

from course_lib.classroom.show.blocks import Block, source, table
from course_lib.classroom.show.figures import attention, bars, curves, pictures, pipeline, sheet
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
    "latent_map",
    "latent_maps",
    "pictures",
    "pipeline",
    "sheet",
    "source",
    "table",
]
