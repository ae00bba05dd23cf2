"""Explorers: widgets whose models run in the browser, so that they also work on a page without a kernel."""

from course_lib.explore.clouds import LatentWalk, Turntable
from course_lib.explore.game import Game
from course_lib.explore.images import LatentPath, LatentSliders, NoiseExplorer
from course_lib.explore.pack import pack
from course_lib.explore.translator import Translator

__all__ = ["Game", "LatentPath", "LatentSliders", "LatentWalk", "NoiseExplorer", "Translator", "Turntable", "pack"]
