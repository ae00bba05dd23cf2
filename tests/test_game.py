"""The recorded game: frames hold what the networks say, recording leaves no trace, and pictures keep to both."""

import base64
import copy
import json
import re

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import explore, game, language, ring, show
from course_lib.duel import duel
from course_lib.models import gan
from course_lib.models.gan_losses import LOSSES

SLOPE = torch.tensor([2.0, -1.0])


def straight(sigmoid=False):
    """A discriminator whose logit is 2x − y + 0.5."""
    layer = nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight[:], layer.bias[:] = SLOPE, 0.5
    return nn.Sequential(layer, nn.Sigmoid()) if sigmoid else nn.Sequential(layer)


def some_frame(n=20, step=0, side=6):
    chance = torch.Generator().manual_seed(step)
    points = torch.randn(n, 2, generator=chance)
    return game.frame(nn.Identity(), straight(), points, ring.gaussians(40), step=step, side=side)


@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize(
    ("name", "slope"),
    [  # −dL/dl at a probability of D = σ(l), worked out by hand
        ("non_saturating", lambda d: 1 - d),
        ("minimax", lambda d: d),
        ("least_squares", lambda d: 1 - torch.logit(d)),
        ("wasserstein", lambda d: torch.ones_like(d)),
    ],
)
def test_arrows_are_the_pull_on_each_point_alone(name, slope, sigmoid):
    points = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    seen = game.frame(nn.Identity(), straight(sigmoid), points, points, loss=LOSSES[name].generator)
    probability = (points @ SLOPE + 0.5).sigmoid()
    assert torch.allclose(seen.pull, slope(probability)[:, None] * SLOPE, atol=1e-4)
    assert torch.equal(seen.points, points)
    assert not points.requires_grad


def test_the_surface_is_what_the_discriminator_says_in_the_middle_of_each_cell():
    seen = game.frame(nn.Identity(), straight(), torch.zeros(5, 2), ring.gaussians(8), side=4)
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
    seen = game.frame(nn.Identity(), judge, points, real, step=40)
    assert (seen.step, seen.covered, seen.modes) == (40, 3, 8)
    assert (seen.real_right, seen.fake_right) == (pytest.approx(0.6), 0.25)
    assert game.frame(nn.Identity(), judge, ring.centers(3), real, modes=3).covered == 3


def test_training_does_not_notice_that_it_is_recorded():
    real, frames, results = ring.gaussians(200), [], []
    for record in (False, True):
        torch.manual_seed(0)
        generator, discriminator = gan.pair("points", hidden=8)
        generator.insert(1, nn.BatchNorm1d(8))  # it learns from whatever passes through it in training mode
        z = gan.noise(generator, 50, torch.Generator().manual_seed(1))
        if record:
            frames.append(game.frame(generator, discriminator, z, real))
            assert generator.training
            assert discriminator.training
        for turn in duel(generator, discriminator, real, steps=6, every=2, batch_size=16, ema=0.9):
            if record:
                kept = [copy.deepcopy(network.state_dict()) for network in (generator, discriminator)]
                slopes = [p.grad.clone() for p in (*generator.parameters(), *discriminator.parameters())]
                frames.append(game.frame(generator, discriminator, z, real, turn.step))
                for network, state in zip((generator, discriminator), kept, strict=True):
                    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
                now = [p.grad for p in (*generator.parameters(), *discriminator.parameters())]
                assert all(map(torch.equal, slopes, now))
        results.append([*generator.state_dict().values(), *discriminator.state_dict().values(), torch.rand(1)])
    assert all(map(torch.equal, *results))
    assert [one.step for one in frames] == [0, 2, 4, 6]
    with torch.no_grad():
        assert torch.equal(frames[-1].points, generator(z))  # the one that plays, not the average
    assert not any(one.points.requires_grad for one in frames)


def test_points_beyond_the_edge_are_shown_on_it():
    points = torch.tensor([[0.5, -1.6], [3.2, 1.6], [0, -8], [-1.7, 1.7]])
    shown = torch.tensor([[0.5, -1.6], [1.6, 0.8], [0, -1.6], [-1.6, 1.6]])
    assert torch.allclose(game.drawn_points(points), shown)


def test_arrows_grow_with_the_cube_root_up_to_the_longest():
    pull = torch.tensor([[0, 0], [0.3, 0.4], [2.4, 3.2], [-8e9, 0]])
    drawn = game.drawn_pull(pull)
    assert torch.equal(drawn[0], torch.zeros(2))
    assert torch.allclose(drawn[2], 2 * drawn[1])  # eight times the pull, twice the arrow
    assert torch.allclose(drawn[1] / drawn[1].norm(), torch.tensor([0.6, 0.8]))
    assert torch.allclose(drawn[3], torch.tensor([-game.LONGEST, 0]))


def test_the_browser_gets_what_was_recorded():
    runs = {"healthy": [some_frame(step=0), some_frame(step=7)], "collapsed": [some_frame(step=3)]}
    widget = explore.Game(runs, ring.gaussians(500), drawn=15)
    frames = [frame for run in runs.values() for frame in run]
    whole = torch.tensor(np.frombuffer(widget.points, np.uint8).reshape(3, 15, 2).astype(np.float32))
    shown = torch.stack([game.drawn_points(frame.points)[:15] for frame in frames])
    assert (whole / 255 * 3.2 - 1.6 - shown).abs().max() <= 0.51 * 3.2 / 255
    whole = torch.tensor(np.frombuffer(widget.arrows, np.int8).reshape(3, 15, 2).astype(np.float32))
    heads = torch.stack([game.drawn_pull(frame.pull)[:15] for frame in frames])
    assert (whole / 127 * widget.longest * 3.2 - heads).abs().max() <= 0.51 * game.LONGEST / 127
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
    widget = explore.Game({"healthy": frames, "collapsed": frames}, ring.gaussians(4000))
    state = widget.get_state().values()
    size = sum(len(base64.b64encode(v) if isinstance(v, bytes) else json.dumps(v, default=str)) for v in state)
    assert size < 132_000


@pytest.mark.parametrize("draw", [explore.Game, show.game])
@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (lambda: {}, "Got {}."),
        (lambda: [some_frame()], "Got list: –."),
        (lambda: {"healthy": [some_frame()], "collapsed": []}, "collapsed: –."),
        (lambda: {"a": [some_frame()], "b": [some_frame(n=9)]}, "b: points (9, 2), surface (6, 6), modes 8."),
        (lambda: {"a": [some_frame(side=4), some_frame()]}, "surface (4, 4), modes 8 / points (20, 2), surface (6, 6)"),
    ],
)
def test_what_does_not_fit_together_is_refused(draw, runs, said):
    with pytest.raises(ValueError, match="such as") as error:
        draw(runs(), ring.gaussians(40))
    english, hindi = str(error.value).split("\n")
    assert said in english
    assert "जैसा dict चाहिए" in hindi


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: game.frame(nn.Identity(), straight(), torch.zeros(0, 2), ring.gaussians(8)),
            "z has shape (0, 2)",
        ),
        (
            lambda: game.frame(nn.Linear(2, 3), straight(), torch.zeros(9, 2), ring.gaussians(8)),
            "points has shape (9, 3)",
        ),
        (lambda: game.frame(nn.Identity(), straight(), torch.zeros(9, 2), torch.zeros(9)), "real has shape (9,)"),
        (lambda: explore.Game({"healthy": [some_frame()]}, torch.zeros(9, 3)), "real has shape (9, 3)"),
    ],
)
def test_points_off_the_plane_are_refused(call, said):
    with pytest.raises(ValueError, match=re.escape(f"{said}; expected (N")):
        call()


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
        assert np.allclose(quiver.get_offsets(), game.drawn_points(frame.points))
        assert np.allclose(np.stack([quiver.U, quiver.V], axis=1), game.drawn_pull(frame.pull))
        assert axis.get_title() == f"step {step}: {frame.covered}/8 modes"
    assert f"healthy: step 0: {frames[0].covered}/8 modes" in picture.alt.split("\n")[0]


def test_one_language_alone():
    language.use("hi")
    try:
        widget = explore.Game({"healthy": [some_frame()]}, ring.gaussians(40))
        assert widget.language == "hi"
        with pytest.raises(ValueError, match="जैसा dict") as error:
            show.game({}, ring.gaussians(40))
        assert "such as" not in str(error.value)
    finally:
        language.use("both")
