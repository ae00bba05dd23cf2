"""The recorded game: frames hold what the networks say, recording leaves no trace, and pictures keep to both."""

import base64
import copy
import json

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.classroom import explore, language, show
from course_lib.classroom.explore import ring_game
from course_lib.data import ring
from course_lib.loops import fit_gan
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import pair

SLOPE = torch.tensor([2.0, -1.0])


def straight(sigmoid=False):
    """A discriminator whose logit is 2x − y + 0.5."""
    layer = nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight[:], layer.bias[:] = SLOPE, 0.5
    return nn.Sequential(layer, nn.Sigmoid()) if sigmoid else nn.Sequential(layer)


def some_frame(n=20, step=0, side=6):
    points = torch.randn(n, 2, generator=torch.Generator().manual_seed(step))
    return ring_game.frame(playing(straight()), points, ring.gaussians(40), step=step, side=side)


def playing(discriminator, losses="non_saturating"):
    """Its generator gives back the noise."""
    return GAN(nn.Identity(), discriminator, 2, losses)


@pytest.mark.parametrize(
    ("name", "slope"),
    [  # −dL/dl at a probability of D = σ(l), worked out by hand
        ("non_saturating", lambda d: 1 - d),
        ("minimax", lambda d: d),
        ("least_squares", lambda d: 1 - torch.logit(d)),
        ("wasserstein", lambda d: torch.ones_like(d)),
    ],
)
def test_arrows_are_the_pull_on_each_point_alone(name, slope):
    points = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    probability = (points @ SLOPE + 0.5).sigmoid()
    for sigmoid in (False, True):
        seen = ring_game.frame(playing(straight(sigmoid), name), points, points)
        assert torch.allclose(seen.pull, slope(probability)[:, None] * SLOPE, atol=1e-4)
        assert torch.equal(seen.points, points)
        assert not points.requires_grad


def test_the_surface_is_what_the_discriminator_says_in_the_middle_of_each_cell():
    seen = ring_game.frame(playing(straight()), torch.zeros(5, 2), ring.gaussians(8), side=4)
    for row, y in enumerate((1.2, 0.4, -0.4, -1.2)):  # from the top down
        for column, x in enumerate((-1.2, -0.4, 0.4, 1.2)):
            logit = torch.tensor(2 * x - y + 0.5)
            assert float(seen.surface[row, column]) == pytest.approx(float(logit.sigmoid()), abs=1e-6)


def test_numbers_of_a_frame():
    # Right of x = 0 this discriminator says "real", left of it "fake".
    judge = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        judge.weight[:] = torch.tensor([1.0, 0])
    points = ring.centers()[[0, 1, 1, 4]]  # one at x = 1, two at x = 0.7, one at x = −1
    real = torch.tensor([[1.0, 0], [2, 0], [3, 1], [-1, 0], [-1, 1]])
    seen = ring_game.frame(playing(judge), points, real, step=40)
    assert (seen.step, seen.covered, seen.modes) == (40, 3, 8)
    assert (seen.real_right, seen.fake_right) == (pytest.approx(0.6), 0.25)
    assert ring_game.frame(playing(judge), ring.centers(3), real, modes=3).covered == 3


def test_training_does_not_notice_that_it_is_recorded():
    real, frames, results = ring.gaussians(200), [], []
    for record in (False, True):
        torch.manual_seed(0)
        generator, discriminator = pair("points", hidden=8)
        generator.insert(1, nn.BatchNorm1d(8))  # it learns from whatever passes through it in training mode
        gan = GAN(generator, discriminator, 2, ema=0.9)
        z = gan.noise(50, torch.Generator().manual_seed(1))
        if record:
            frames.append(ring_game.frame(gan, z, real))
            assert generator.training
            assert discriminator.training
        for report in fit_gan(gan, real, steps=6, every=2, batch_size=16):
            if record:
                kept = copy.deepcopy(gan.state_dict())
                slopes = [p.grad.clone() for p in (*generator.parameters(), *discriminator.parameters())]
                frames.append(ring_game.frame(gan, z, real, report.done))
                assert all(torch.equal(value, kept[key]) for key, value in gan.state_dict().items())
                now = [p.grad for p in (*generator.parameters(), *discriminator.parameters())]
                assert all(map(torch.equal, slopes, now))
        results.append([*gan.state_dict().values(), torch.rand(1)])
    assert all(map(torch.equal, *results))
    assert [one.step for one in frames] == [0, 2, 4, 6]
    with torch.no_grad():
        assert torch.equal(frames[-1].points, generator(z))  # the one that plays, not the average
    assert not any(one.points.requires_grad for one in frames)


def test_double_numbers_are_welcome():
    gan = GAN(*pair("points"), latent_dim=2).double()
    one = ring_game.frame(gan, torch.randn(9, 2).double(), ring.gaussians(40).double())
    assert one.points.dtype == torch.float64
    assert explore.RingGame({"healthy": [one]}, ring.gaussians(40)).side == 20


def test_points_beyond_the_edge_are_shown_on_it():
    points = torch.tensor([[0.5, -1.6], [3.2, 1.6], [0, -8], [-1.7, 1.7]])
    shown = torch.tensor([[0.5, -1.6], [1.6, 0.8], [0, -1.6], [-1.6, 1.6]])
    assert torch.allclose(ring_game.drawn_points(points), shown)


def test_arrows_grow_with_the_cube_root_up_to_the_longest():
    pull = torch.tensor([[0, 0], [0.3, 0.4], [2.4, 3.2], [-8e9, 0]])
    drawn = ring_game.drawn_pull(pull)
    assert torch.equal(drawn[0], torch.zeros(2))
    assert torch.allclose(drawn[2], 2 * drawn[1])  # eight times the pull, twice the arrow
    assert torch.allclose(drawn[1] / drawn[1].norm(), torch.tensor([0.6, 0.8]))
    assert torch.allclose(drawn[3], torch.tensor([-ring_game.LONGEST, 0]))


def test_the_browser_gets_what_was_recorded():
    runs = {"healthy": [some_frame(step=0), some_frame(step=7)], "collapsed": [some_frame(step=3)]}
    widget = explore.RingGame(runs, ring.gaussians(500), drawn=15)
    frames = [frame for run in runs.values() for frame in run]
    whole = torch.tensor(np.frombuffer(widget.points, np.uint8).reshape(3, 15, 2).astype(np.float32))
    shown = torch.stack([ring_game.drawn_points(frame.points)[:15] for frame in frames])
    assert (whole / 255 * 3.2 - 1.6 - shown).abs().max() <= 0.51 * 3.2 / 255
    whole = torch.tensor(np.frombuffer(widget.arrows, np.int8).reshape(3, 15, 2).astype(np.float32))
    heads = torch.stack([ring_game.drawn_pull(frame.pull)[:15] for frame in frames])
    assert (whole / 127 * widget.longest * 3.2 - heads).abs().max() <= 0.51 * ring_game.LONGEST / 127
    whole = torch.tensor(np.frombuffer(widget.surfaces, np.uint8).reshape(3, 6, 6).astype(np.float32))
    assert (whole / 255 - torch.stack([frame.surface for frame in frames])).abs().max() <= 0.51 / 255
    assert (widget.side, widget.modes, len(widget.real)) == (6, 8, 400)
    assert [run["name"]["en"] for run in widget.runs] == ["healthy", "collapsed"]
    assert [[numbers[0] for numbers in run["frames"]] for run in widget.runs] == [[0, 7], [3]]
    first = frames[0]
    assert widget.runs[0]["frames"][0] == pytest.approx(
        [0, first.real_right, first.fake_right, first.covered], abs=1e-3
    )
    assert repr(widget) == "Watch the game of generator and discriminator"


def test_two_games_of_a_lesson_stay_small():
    frames = [some_frame(1000, step, side=20) for step in range(39)]
    widget = explore.RingGame({"healthy": frames, "collapsed": frames}, ring.gaussians(4000))
    state = widget.get_state().values()
    size = sum(len(base64.b64encode(v) if isinstance(v, bytes) else json.dumps(v, default=str)) for v in state)
    assert size < 132_000


@pytest.mark.parametrize("other", [{"n": 9}, {"side": 4}])
def test_frames_of_two_sizes_are_no_game(other):
    with pytest.raises(RuntimeError, match="equal size"):
        explore.RingGame({"a": [some_frame()], "b": [some_frame(**other)]}, ring.gaussians(40))
    with pytest.raises(ValueError, match="too many values"):
        explore.RingGame({"a": [some_frame(), some_frame()._replace(modes=3)]}, ring.gaussians(40))


def test_the_figure_shows_moments_from_the_first_to_the_last():
    frames = [some_frame(step=step) for step in range(10)]
    picture = show.game({"healthy": frames, "collapsed": frames[:3]}, ring.gaussians(40), columns=4)
    titles = [axis.get_title() for axis in picture.figure.axes]
    assert [title.split(":")[0] for title in titles] == [f"step {n}" for n in (0, 3, 6, 9, 0, 1, 1, 2)]
    for axis, step in zip(picture.figure.axes[:4], (0, 3, 6, 9), strict=True):
        frame = frames[step]
        [surface] = axis.images
        assert np.array_equal(surface.get_array(), frame.surface)
        assert surface.get_extent() == [-1.6, 1.6, -1.6, 1.6]
        assert surface.origin == "upper"
        [quiver] = [c for c in axis.collections if hasattr(c, "U")]
        assert np.allclose(
            quiver.get_offsets(), ring_game.drawn_points(frame.points)[::3]
        )  # every third: else heaps turn black
        assert np.allclose(np.stack([quiver.U, quiver.V], axis=1), ring_game.drawn_pull(frame.pull)[::3])
        assert axis.get_title() == f"step {step}: {frame.covered}/8 modes"
    assert f"healthy: step 0: {frames[0].covered}/8 modes" in picture.alt.split("\n")[0]


def test_one_language_alone():
    language.use("hi")
    try:
        widget = explore.RingGame({"healthy": [some_frame()]}, ring.gaussians(40))
        assert widget.language == "hi"
    finally:
        language.use("both")
