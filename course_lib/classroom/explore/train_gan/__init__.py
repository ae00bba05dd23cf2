"""The room in which a GAN is trained in the page, on points of a plane."""

import numpy as np
import torch
import traitlets
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from course_lib.classroom.explore.base import script
from course_lib.classroom.explore.ring_game import LONGEST, PAINT, REACH, drawn_places
from course_lib.classroom.explore.training import Workshop, worker
from course_lib.data import ring
from course_lib.data.fonts import FACES

POINTS = 1000  # of each shape, to train on
NEAR = 3 * ring.STD  # the numbers call two points near that lie no farther apart


class TrainGAN(Workshop):
    """Train a GAN in the browser on a ring, on a letter, or on what the student draws, and change both learning rates.

    Taught in: 06_gan
    """

    _esm = script("page.js", "plane.js", "drawing.js", "workshop.js", "train_gan/train_gan.js")
    _worker = worker("train_gan/run.js")
    _css = script("explorers.css", "plane.css", "workshop.css", "train_gan/train_gan.css")
    shapes = traitlets.List().tag(sync=True)  # names and counts in the order of the points: a stored dict has none
    points = traitlets.Bytes().tag(sync=True)
    reach = traitlets.Float(REACH).tag(sync=True)
    longest = traitlets.Float(LONGEST).tag(sync=True)
    near = traitlets.Float(NEAR).tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)

    def __init__(self):
        shapes = {"ring": ring.gaussians(POINTS), "letter": letter(POINTS)}
        tasks = ("task_ring", "task_collapse", "task_cure", "task_own")
        game = ("picture", "real", "made", "edge", "pull", "says_fake", "says_real", "show", "surface", "arrows")
        super().__init__(
            "gan",
            "06_gan.html#loop-the-loop-with-all-three-moves",
            ("shape", "ring", "letter", "own", "draw", "clear", "d_lr", "g_lr", "covered", "good", *tasks),
            [f"game_{key}" for key in (*game, "real_right", "fake_right")],
            shapes=[[name, len(points)] for name, points in shapes.items()],
            points=drawn_places(torch.cat(list(shapes.values()))),
            side=20,
            colours=PAINT,
        )


def letter(n: int, character: str = "अ", seed: int = 0) -> Tensor:
    """Points spread evenly over a printed character, in [−1, 1]² with its longer side from edge to edge.

    returns: (n, 2)
    Source: font Kalam (OFL)
    """
    rng = torch.Generator().manual_seed(seed)
    font = ImageFont.truetype(str(FACES[1].path()), 400)
    paper = Image.new("L", (800, 800))
    ImageDraw.Draw(paper).text((200, 100), character, 255, font)
    down, across = np.nonzero(np.asarray(paper) > 127)
    inked = torch.from_numpy(np.stack([across, -down], axis=1))
    points = inked[torch.randint(len(inked), (n,), generator=rng)] + torch.rand(n, 2, generator=rng)
    low, high = inked.amin(dim=0), inked.amax(dim=0) + 1
    return (2 * points - low - high) / (high - low).max()
