"""Explorers: widgets whose models run in the browser, so that they also work on a page without a kernel."""

from course_lib.classroom.explore.caption import CaptionToImage
from course_lib.classroom.explore.cave_walk import CaveWalk
from course_lib.classroom.explore.latent_path import LatentPath
from course_lib.classroom.explore.latent_sliders import LatentSliders
from course_lib.classroom.explore.latent_walk import LatentWalk
from course_lib.classroom.explore.noise_explorer import NoiseExplorer
from course_lib.classroom.explore.noise_walk import NoiseWalk, walk
from course_lib.classroom.explore.noughts_and_crosses import NoughtsAndCrosses
from course_lib.classroom.explore.pack import pack
from course_lib.classroom.explore.rangoli import Rangoli
from course_lib.classroom.explore.ring_game import RingGame
from course_lib.classroom.explore.train_autoencoder import TrainAutoencoder
from course_lib.classroom.explore.train_gan import TrainGAN
from course_lib.classroom.explore.train_vae import TrainVAE
from course_lib.classroom.explore.translator import Translator
from course_lib.classroom.explore.turntable import Turntable

__all__ = [
    "CaptionToImage",
    "CaveWalk",
    "LatentPath",
    "LatentSliders",
    "LatentWalk",
    "NoiseExplorer",
    "NoiseWalk",
    "NoughtsAndCrosses",
    "Rangoli",
    "RingGame",
    "TrainAutoencoder",
    "TrainGAN",
    "TrainVAE",
    "Translator",
    "Turntable",
    "pack",
    "walk",
]
