"""Figures carry their alternative text and draw what they were given, or nothing; how training shows its progress."""

import base64
import html
import io
import re
import warnings
import wave

import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle, StepPatch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from course_lib.classroom import progress as module
from course_lib.classroom import show
from course_lib.classroom.explore import ring_game
from course_lib.classroom.language import FONT_FAMILY, Text
from course_lib.classroom.progress import line, progress
from course_lib.classroom.show import maps
from course_lib.data import ring
from course_lib.loops import Report, fit, fit_gan
from course_lib.models.autoencoders import Autoencoder, dense, squared_error
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import pair
from course_lib.models.transformer import Block


def images(n=3):
    return torch.rand(n, 1, 28, 28)


def recorded():
    return ring_game.frame(GAN(nn.Identity(), nn.Linear(2, 1)), torch.randn(20, 2), torch.randn(9, 2))


FIGURES = {
    "pictures": lambda: show.pictures({"original": images(), "pca": images()[:, 0]}, columns=[1, 2, 3]),
    "curves": lambda: show.curves({"train_error": [3.0, 2.0, 1.5]}, y="squared_error", log=True),
    "latent_map": lambda: show.latent_map(torch.randn(30, 2), torch.arange(30) % 10),
    "marked": lambda: show.curves({"noisy": [3.0, 2.0]}, x="strength", at=[0.1, 0.2], mark=(0.15, "training_strength")),
    "sheet": lambda: show.sheet(images(13), columns=10),
    "latent_maps": lambda: show.latent_maps(
        {"pca": (torch.randn(30, 2), ["psnr"]), "tsne": (torch.randn(30, 3), ["loss", "psnr"])}, torch.arange(30) % 10
    ),
    "devanagari": lambda: show.latent_map(torch.randn(30, 2), torch.arange(30) % 10, glyphs="०१२३४५६७८९"),
    "arrows": lambda: show.arrows(torch.rand(5, 2), {"arrows_learned": torch.rand(5, 2)}, torch.rand(9, 2)),
    "game": lambda: show.game({"healthy": [recorded(), recorded()]}, torch.randn(9, 2), columns=2),
    "attention": lambda: show.attention(torch.rand(3, 4).softmax(1), ["two", "million", "ten", "<end>"], list("xyz")),
    "pipeline": lambda: show.pipeline([("input", 784), ("code", 32), ("reconstruction", 784)]),
    "maps": lambda: show.pipeline([("input", (1, 28, 28)), ("hidden", (16, 14, 14)), ("code", 32)], split=2),
    "strips": lambda: show.strips(torch.rand(2, 1, 28, 70), {"words_written": ["a", "b"], "original": ["a", "c"]}),
    "unrolled": lambda: show.unrolled(["two", "ten"], ["do", "das", "<end>"]),
    "looking_back": lambda: show.unrolled(["two", "ten"], ["do", "das", "<end>"], attention=True),
    "transformer": lambda: show.transformer(layers=3),
    "bars": lambda: show.bars({"original": [1.0, 2.0], "pca": [2.0, 1.0]}, ["a", "b"], "epoch", "loss"),
    "histograms": lambda: show.histograms({"original": torch.randn(50), "pca": torch.rand(20)}, x="loss"),
    "gan_diagram": show.gan_diagram,
    "vae_diagram": show.vae_diagram,
    "generative_story": lambda: show.generative_story(torch.tensor([0.5, -1]), *torch.rand(2, 1, 28, 28)),
    "transposed_convolution": show.transposed_convolution,
}


def test_every_figure_is_a_png_with_alternative_text():
    for name, draw in FIGURES.items():
        bundle, metadata = draw()._repr_mimebundle_()
        assert Image.open(io.BytesIO(bundle["image/png"])).width > 200, name
        assert metadata["image/png"]["alt"] == bundle["text/plain"], name
        english, hindi = bundle["text/plain"].split("\n")
        assert DEVANAGARI.search(hindi), name
        assert not DEVANAGARI.search(english), name


def test_alternative_text_tells_the_numbers():
    picture = show.curves({"train_error": [64.0, 30.0, 4.46]}, y="squared_error")
    assert "squared error per image against epoch: training images from 64 to 4.46." in picture.alt


def test_alternative_text_tells_what_to_see():
    seen = Text("हर अंक पढ़ा जाता है।", "Every digit is readable.")
    draw = {
        "pictures": lambda: show.pictures({"original": images()}, alt=seen),
        "curves": lambda: show.curves({"train_error": [2.0, 1.0]}, alt=seen),
        "bars": lambda: show.bars({"original": [1.0]}, ["a"], "epoch", "loss", alt=seen),
        "sheet": lambda: show.sheet(images(), alt=seen),
        "strips": lambda: show.strips(images(), {"original": "xyz"}, alt=seen),
        "attention": lambda: show.attention(torch.eye(2), "ab", "cd", alt=seen),
        "pipeline": lambda: show.pipeline([("input", 4), ("code", 2)], alt=seen),
        "unrolled": lambda: show.unrolled(["a"], ["b"], alt=seen),
        "transformer": lambda: show.transformer(alt=seen),
        "latent_map": lambda: show.latent_map(torch.randn(9, 2), torch.arange(9), alt=seen),
        "latent_maps": lambda: show.latent_maps({"pca": (torch.randn(9, 2), ["psnr"])}, torch.arange(9), alt=seen),
        "arrows": lambda: show.arrows(torch.rand(5, 2), {"pca": torch.rand(5, 2)}, torch.rand(9, 2), alt=seen),
        "game": lambda: show.game({"healthy": [recorded()]}, torch.randn(9, 2), columns=1, alt=seen),
        "histograms": lambda: show.histograms({"original": torch.randn(9)}, alt=seen),
        "gan_diagram": lambda: show.gan_diagram(alt=seen),
        "vae_diagram": lambda: show.vae_diagram(alt=seen),
        "generative_story": lambda: show.generative_story(torch.zeros(2), *torch.rand(2, 1, 8, 8), alt=seen),
        "transposed_convolution": lambda: show.transposed_convolution(alt=seen),
    }
    figures = {name for name in show.__all__ if name in vars(show) and name not in ("Block", "COLOURS", "Picture")}
    assert set(draw) == figures - {"guess", "sounds", "source", "table"}
    for name, drawn in draw.items():
        english, hindi = drawn().alt.split("\n")
        assert english.endswith(". Every digit is readable."), name
        assert hindi.endswith("। हर अंक पढ़ा जाता है।"), name


def drawn(axis, kind):
    return [patch for patch in axis.patches if isinstance(patch, kind)]


def test_the_path_through_a_model_is_drawn_to_scale():
    """A bar is as tall as its vector is long; of a convolution, a sheet for each map, with the map's own sides."""
    heights = [
        bar.get_height() for bar in drawn(show.pipeline([("input", 784), ("code", 32)]).figure.axes[0], Rectangle)
    ]
    assert heights[0] / heights[1] == pytest.approx(784 / 32)
    stages = [("input", (1, 28, 28)), ("hidden", (16, 14, 7)), ("code", 98)]
    picture = show.pipeline(stages, split=2)
    sheets = drawn(picture.figure.axes[0], Rectangle)
    sides = [(round(one.get_width() * 28 / 1.15, 6), round(one.get_height() * 28 / 1.15, 6)) for one in sheets]
    assert sides[:17] == [(28, 28)] + 16 * [(7, 14)]
    assert sheets[17].get_height() == pytest.approx(1.8 * 98 / 784)
    assert "input 1 × 28 × 28 → hidden layer 16 × 14 × 7 → code 98" in picture.alt


def words(picture):
    return [said.get_text() for axis in picture.figure.axes for said in axis.texts] + [
        said.get_text() for said in picture.figure.texts
    ]


def test_the_unrolled_decoder_reads_what_it_wrote():
    read, written = ["two", "hundred"], ["do", "sau", "<end>"]
    picture = show.unrolled(read, written)
    at = {}
    for said in picture.figure.axes[0].texts:
        at.setdefault(said.get_text(), []).append(said.get_position())
    [start], (first_written, first_read) = at["<start>"], sorted(at["do"])
    assert start[0] == first_written[0]  # <start> is read where the first token is written
    assert first_read[0] > start[0]
    assert first_read[1] == start[1] < first_written[1]
    assert len(at["<end>"]) == 1  # the last one is never read
    assert len(at["GRU"]) == 5
    assert "reads “two hundred” one token at a time" in picture.alt
    plain, attended = (
        [arrow for arrow in drawn(one.figure.axes[0], FancyArrowPatch) if to_hex(arrow.get_edgecolor()) == "#009e73"]
        for one in (picture, show.unrolled(read, written, attention=True))
    )
    assert (len(plain), len(attended)) == (0, 2 * 3)


def test_the_transformer_is_drawn_as_it_is_built():
    """Every step of the drawing stands in the library's block, after a LayerNorm of its own and before a sum."""
    said = words(show.transformer(layers=3))
    blocks = [Block(8, 2), Block(8, 2, cross=True)]
    assert said.count("LayerNorm") == sum(len(block.norms) for block in blocks) + 2  # each half ends with one more
    assert said.count("feed-forward") == 2
    assert {"self-attention", "masked self-attention", "cross-attention"} <= set(said)
    assert {"encoder × 3", "decoder × 3"} <= set(said)


RED = "#c1121f"


def ends(patch):
    return tuple(map(tuple, patch._path_original.vertices[[0, -1]]))  # without its head


def at(axis, *said):
    """Where the texts stand that begin with these lines."""
    places = {one.get_text().split("\n")[0]: one.get_position() for one in axis.texts}
    return [places[word] for word in said]


def test_gradient_comes_back_from_d_and_no_image_goes_from_the_data_to_g():
    axis = show.gan_diagram().figure.axes[0]
    g, d, data = at(axis, "G", "D", "real images x")
    paths = {one: ends(one) for one in drawn(axis, FancyArrowPatch)}
    [back] = [one for one in paths if to_hex(one.get_edgecolor()) == RED]
    start, end = paths.pop(back)
    assert back.get_linestyle() != "-"
    assert abs(start[0] - d[0]) < 0.7  # below D …
    assert abs(end[0] - g[0]) < 0.7  # … and up to G
    assert max(start[1], end[1]) < d[1]
    reached = [end for _, end in paths.values() if abs(end[0] - g[0]) < 0.75 and abs(end[1] - g[1]) < 0.5]
    assert len(reached) == 1, "only z goes into G"
    from_data = [end for start, end in paths.values() if abs(start[1] - data[1]) < 0.1]
    assert len(from_data) == 1
    assert abs(from_data[0][0] - d[0]) < 0.7
    assert len([end for _, end in paths.values() if abs(end[0] - d[0]) < 0.7]) == 2  # real and generated
    assert len(axis.images) == 4
    eight = axis.images[1].get_array()
    assert eight[:, 14].max() > 0.9
    assert len(np.flatnonzero(np.diff((eight[:, 14] > 0.5).astype(int)))) == 6, "the two holes of an 8 are black"


def test_epsilon_comes_from_outside_and_both_heads_make_z():
    picture = show.vae_diagram(latent_dim=7)
    axis = picture.figure.axes[0]
    epsilon, mu, log_var, z = at(
        axis, r"$\varepsilon\sim N(0,\,I)$", r"$\mu$", r"$\log\,\sigma^2$", r"$z=\mu+\sigma\cdot\varepsilon$"
    )
    red = [ends(one) for one in drawn(axis, FancyArrowPatch) if to_hex(one.get_edgecolor()) == RED]
    assert len(red) == 1
    assert [place[0] for place in red[0]] == [epsilon[0], z[0]]
    starts, tips = zip(*map(ends, drawn(axis, FancyArrowPatch)), strict=True)
    for head in (mu, log_var):
        assert any(abs(x - head[0]) < 0.6 and abs(y - head[1]) < 0.1 for x, y in starts)
        assert any(abs(x - head[0]) < 0.6 and abs(y - head[1]) < 0.1 for x, y in tips)
    around, rail = (line.get_xydata() for line in axis.lines)
    for x, y in (mu, log_var):  # the KL's frame holds both heads
        assert around[:, 0].min() < x < around[:, 0].max()
        assert around[:, 1].min() < y < around[:, 1].max()
    sharp, blurred = (np.asarray(one.get_array()) for one in axis.images)
    assert sharp.max() > blurred.max()
    assert rail[:, 0].min() == pytest.approx(axis.images[0].get_extent()[0] + 0.4)  # from x to what was rebuilt
    assert rail[:, 0].max() == pytest.approx(axis.images[1].get_extent()[0] + 0.4)
    assert any(said.startswith("two heads, 7 numbers each") for said in words(picture))


@pytest.mark.parametrize("place", [[0.5, -1.0], [4.0, 0.0]])
def test_the_story_shows_the_code_its_probabilities_and_the_sample(place):
    probability = torch.rand(1, 28, 28)
    sample = torch.bernoulli(probability)
    picture = show.generative_story(torch.tensor(place), probability, sample)
    axis, plane = picture.figure.axes
    [point] = plane.lines
    assert np.allclose(point.get_xydata(), place)
    assert plane.get_xlim()[0] < place[0] < plane.get_xlim()[1]  # in sight, also far from the middle
    assert all(map(np.allclose, [one.get_array() for one in axis.images], (probability, sample)))
    assert f"z = ({place[0]}, {place[1]})" in picture.alt


def test_the_drawn_transposed_convolution_is_pytorchs():
    axis = show.transposed_convolution().figure.axes[0]
    cells = [(one.get_position(), int(one.get_text())) for one in axis.texts if one.get_text().isdigit()]
    numbers = torch.tensor([number for _, number in cells]).float()  # left to right: map, filter, sum
    small, kernel, whole = numbers[:4].view(1, 1, 2, 2), numbers[4:20].view(1, 1, 4, 4), numbers[20:].view(1, 1, 6, 6)
    assert torch.equal(F.conv_transpose2d(small, kernel, stride=2), whole)
    [frame] = [one for one in drawn(axis, Rectangle) if to_hex(one.get_edgecolor()) == RED]
    (left, low), inside = frame.get_xy(), []
    for (x, y), number in cells[20:]:
        if left < x < left + frame.get_width() and low < y < low + frame.get_height():
            inside.append(number)
    assert torch.equal(F.conv_transpose2d(small, kernel, stride=2, padding=1).flatten(), torch.tensor(inside).float())


@pytest.mark.parametrize("name", ["gan_diagram", "vae_diagram", "generative_story", "transposed_convolution"])
def test_texts_of_a_drawing_do_not_touch(name):
    figure = FIGURES[name]().figure
    figure.canvas.draw()
    texts = [one for axis in figure.axes for one in axis.texts if one.get_text()]
    boxes = [one.get_window_extent() for one in texts]
    for number, box in enumerate(boxes):
        for other, (said, away) in enumerate(zip(texts, boxes, strict=True)):
            assert other <= number or not box.overlaps(away), (texts[number].get_text(), said.get_text())


def test_strips_stand_beside_their_texts():
    strip = torch.linspace(0, 1, 28 * 70).reshape(1, 28, 70)
    picture = show.strips(torch.stack([strip, 1 - strip]), {"words_written": ["सात", "नौ"], "original": ["सात", "दो"]})
    for axis, expected in zip(picture.figure.axes, (strip, 1 - strip), strict=True):
        assert np.allclose(axis.images[0].get_array(), expected)
    rows = [axis.get_position().y0 + axis.get_position().height / 2 for axis in picture.figure.axes]
    for said, row in (("सात", 0), ("नौ", 1), ("दो", 1)):
        place = [one.get_position()[1] for one in picture.figure.texts if one.get_text() == said]
        assert np.allclose(place, rows[row], atol=0.01), said
    first, second = (axis.get_position() for axis in picture.figure.axes)
    assert first.y0 > second.y1  # a gap
    assert "सात, सात; नौ, दो" in picture.alt


def test_no_line_runs_through_a_legend():
    """It stands outside the axes, whatever the lines do."""
    lines = {f"line {n}": torch.rand(9).tolist() for n in range(4)}
    for picture in (show.curves(lines, mark=(8, "a mark")), show.bars(lines, "abcdefghi", "epoch", "loss")):
        picture.png()
        [axis], [legend] = picture.figure.axes, picture.figure.legends
        assert legend.get_window_extent().x0 >= axis.get_window_extent().x1
        assert len(legend.get_texts()) >= 4


def test_reference_lines_and_a_second_axis():
    """Lines to compare with lie inside the axis; what stands on the right has its own scale, and looks different."""
    picture = show.curves(
        {"train_error": [0.9, 0.8]},
        lines=[(0.5, "original"), (1.0, "pca")],
        right={"psnr": [700.0, 200.0]},
        right_y="psnr",
    )
    axis, other = picture.figure.axes
    curve, half, whole = axis.lines
    assert axis.get_ylim()[0] < 0.5 < 1.0 < axis.get_ylim()[1]
    assert [line.get_ydata()[0] for line in (half, whole)] == [0.5, 1.0]
    assert half.get_linestyle() != whole.get_linestyle()
    [dashed] = other.lines
    assert list(dashed.get_ydata()) == [700, 200]
    assert other.get_ylabel() == "PSNR (dB)"
    assert [dashed.get_linestyle(), curve.get_linestyle()] == ["--", "-"]
    assert dashed.get_marker() != curve.get_marker()
    assert dashed.get_color() != curve.get_color()
    picture.png()
    [legend] = picture.figure.legends
    assert len(legend.get_texts()) == 4
    assert legend.get_texts()[0].get_window_extent().x0 > other.yaxis.label.get_window_extent().x1
    assert "PSNR (dB) from 700 to 200" in picture.alt
    assert "line to compare with, “PCA”, at 1" in picture.alt


def test_axes_are_linear_or_logarithmic_as_asked():
    scales = {}
    for log in (False, True):
        for log_x in (False, True):
            axis = show.curves({"loss": [1.0, 0.1]}, at=[0.01, 10], log=log, log_x=log_x).figure.axes[0]
            scales[log, log_x] = axis.get_yscale(), axis.get_xscale()
    name = {False: "linear", True: "log"}
    assert scales == {key: tuple(name[one] for one in key) for key in scales}
    picture = show.curves({"loss": [1.4, 5]}, at=[0.01, 10], log=True, log_x=True)
    picture.png()
    [axis] = picture.figure.axes
    said = [one.get_text() for one in [*axis.get_xticklabels(), *axis.get_yticklabels(minor=True)]]
    assert {"0.01", "1", "2", "4"} <= set(said)  # plain numbers, also within one power of ten
    assert not any("$" in one for one in said)


def test_ticks_of_many_places_do_not_touch():
    axis = show.curves({"loss": list(range(60))}, at=[round(0.1 + 0.04 * n, 2) for n in range(60)]).figure.axes[0]
    assert len(axis.get_xticks()) < 20
    assert list(show.curves({"loss": [1, 2]}, at=[30, 70]).figure.axes[0].get_xticks()) == [30, 70]


def test_points_too_near_each_other_share_a_name():
    places, heights = [50, 20, 0.1, 0.0], [100, 120, 208.0, 210.0]
    axis = show.curves({"loss": heights}, at=places, names=["a", "b", "c", "d"]).figure.axes[0]
    assert [one.get_text() for one in axis.texts] == ["a", "b", "c, d"]


def test_a_legend_says_nothing_twice():
    def count(**more):
        return len(show.curves({"loss": [2, 1]}, **more).figure.legends)

    assert [count(), count(y="psnr"), count(lines=[(1, "original")])] == [0, 1, 1]


def test_histograms_share_their_bins_and_have_area_one():
    wide, narrow = 3 * torch.randn(2000) + 2, torch.randn(500)
    picture = show.histograms({"original": wide, "pca": narrow}, x="loss")
    outlines = [one for one in drawn(picture.figure.axes[0], StepPatch) if not one.get_fill()]
    assert len(outlines) == 2
    (heights, edges, _), (others, same, _) = (one.get_data() for one in outlines)
    assert np.array_equal(edges, same)
    assert np.allclose([(heights * np.diff(edges)).sum(), (others * np.diff(same)).sum()], 1)
    assert others.max() > heights.max()
    assert outlines[0].get_linestyle() != outlines[1].get_linestyle()
    assert f"original: mean {wide.mean():.2g}, standard deviation {wide.double().std(correction=0):.2g}" in picture.alt


def test_lines_differ_without_colours():
    axis = show.curves({str(n): [n, n + 1.0] for n in range(10)}).figure.axes[0]
    assert len({line.get_marker() for line in axis.lines}) == 10


def test_a_map_shows_every_code_and_the_mean_of_each_digit():
    labels = torch.arange(300) % 3
    codes = torch.randn(300, 2) + 4 * labels[:, None]
    axis = show.latent_map(codes, labels).figure.axes[0]
    places = np.concatenate([one.get_offsets() for one in axis.collections])
    means = np.stack([codes[labels == digit].mean(dim=0) for digit in range(3)])
    assert len(places) == 300 + 2 * 3  # each mean is a ring and a digit
    assert all(np.isclose(places, code, atol=1e-5).all(axis=1).any() for code in [*codes.numpy(), *means])
    written = np.concatenate([one.get_offsets() for one in axis.collections[1:4]])
    spread = (written - codes.numpy().min(axis=0)) / np.ptp(codes.numpy(), axis=0)
    apart = np.linalg.norm(spread[:, None] - spread, axis=2) + np.eye(len(spread))
    assert apart.min() >= 0.028  # no digit lies on another


def test_a_map_of_very_many_codes_has_room_all_over(monkeypatch):
    """Up to the limit every code competes for room; beyond, codes from first to last, which may be sorted by label."""
    line, compared = torch.linspace(0, 1, 60_000).expand(2, -1).T, []
    few = maps._with_room(line[::12], apart=0.1).nonzero().flatten()
    monkeypatch.setattr(torch, "cdist", lambda a, b, real=torch.cdist: compared.append(len(a) * len(b)) or real(a, b))
    many = maps._with_room(line, apart=0.1).nonzero().flatten()
    assert compared == [maps.COMPETE**2]
    assert torch.equal(many, 12 * few)


def test_pictures_show_the_pixels_they_were_given():
    picture = show.pictures({"original": torch.eye(28).expand(2, 1, 28, 28)})
    [axis, *_] = picture.figure.axes
    [drawn] = axis.images
    assert np.array_equal(drawn.get_array(), np.eye(28))
    assert drawn.get_clim() == (0, 1)


@pytest.mark.parametrize("kind", [list, torch.tensor, np.array, lambda given: [*torch.tensor(given)]])
def test_what_stands_beside_the_pixels_may_be_a_tensor(kind):
    """Headings, ticks, names, lines and marks, as `digits.test.labels[:3]` or a sum of losses gives them."""
    labels = kind([7, 2, 1])
    axes = show.pictures({"original": images()}, columns=labels).figure.axes
    assert [axis.get_title() for axis in axes] == [*"721"]
    assert [*"721"] == [said.get_text() for said in show.strips(images(), {"original": labels}).figure.texts[1:]]
    places, [mark] = kind([1, 2, 4]), kind([3])
    picture = show.curves({"loss": kind([3, 2, 1])}, at=places, mark=(mark, "epoch"), lines=[(mark, "original")])
    assert [*picture.figure.axes[0].get_xticks()] == [1, 2, 4]
    named = show.curves({"loss": [3, 2, 1]}, at=places, names=labels).figure.axes[0]
    assert [said.get_text() for said in named.texts] == [*"721"]
    groups = show.bars({"loss": kind([3, 2, 1])}, labels, "epoch", "loss").figure.axes[0]
    assert [said.get_text() for said in groups.get_xticklabels()] == [*"721"]


def test_pictures_in_colour_stand_beside_grey_ones():
    red = torch.tensor([1.1, 0.5, 0]).view(1, 3, 1, 1).expand(1, 3, 4, 6)
    picture = show.pictures({"original": red, "pca": torch.full((1, 1, 4, 6), 0.5)})
    colour, grey = (axis.images[0].get_array() for axis in picture.figure.axes)
    assert np.allclose(colour, np.broadcast_to([1, 0.5, 0], (4, 6, 3)))
    assert np.allclose(grey, np.full((4, 6), 0.5))
    with pytest.raises(ValueError, match="pixels go from 0 to 1"):
        show.pictures({"original": 255 * red})


def test_sheet_goes_row_by_row_and_fills_up_with_white():
    numbered = torch.arange(5)[:, None, None, None].expand(5, 1, 2, 3) / 10
    [axis] = show.sheet(numbered, columns=3).figure.axes
    board = axis.images[0].get_array()
    expected = np.array([[0, 0.1, 0.2], [0.3, 0.4, 1]]).repeat(2, axis=0).repeat(3, axis=1)
    assert np.allclose(board, expected)


def test_a_sheet_in_colour():
    colours = torch.arange(9).view(3, 3, 1, 1).expand(3, 3, 2, 2) / 10
    picture = show.sheet(colours, columns=2)
    board = picture.figure.axes[0].images[0].get_array()
    assert np.allclose(board[::2, ::2], [[[0, 0.1, 0.2], [0.3, 0.4, 0.5]], [[0.6, 0.7, 0.8], [1, 1, 1]]])
    assert "Images in colour: 3, 2 in a row, 2 rows." in picture.alt


def test_a_sheet_tells_how_much_is_grey_and_shows_every_pixel_alike():
    half = torch.zeros(1, 1, 28, 28)
    half[..., :7], half[..., 7:14] = 1, 0.5
    picture = show.sheet(half.repeat(7, 1, 1, 1), columns=5)
    assert np.allclose(100 * picture.figure.get_size_inches(), (3 * 28 * 5, 3 * 28 * 2))  # dots
    assert "7 images, 5 in a row, 2 rows; 50% of the pixels are lit, and 50% of those are grey" in picture.alt


def test_arrows_start_and_end_where_they_should():
    starts, ends = torch.rand(2, 6, 2)
    [axis] = show.arrows(starts, {"arrows_best": ends}, torch.rand(9, 2)).figure.axes
    [quiver] = [c for c in axis.collections if hasattr(c, "U")]
    moves = torch.tensor(np.stack([quiver.U, quiver.V], axis=1))
    assert torch.allclose(starts + moves.float(), ends, atol=1e-6)
    assert np.allclose(quiver.get_offsets(), starts)


def test_maps_keep_who_lies_near_whom():
    """Every map is stretched to its frame, and nothing else: a straight line through each axis."""
    codes = torch.randn(40, 2) * torch.tensor([100.0, 0.1]) + 7
    [axis] = show.latent_maps({"pca": (codes, ["psnr"])}, torch.zeros(40, dtype=int)).figure.axes
    drawn = np.concatenate([c.get_offsets() for c in axis.collections])
    low, high = codes.amin(dim=0), codes.amax(dim=0)
    assert np.allclose(drawn, (codes - low) / (high - low), atol=1e-5)


def test_ranks_keep_the_order_and_give_equals_one_place():
    from course_lib.classroom.show.maps import _ranks

    codes = torch.tensor([[0.0, 9], [0, 1], [1000, 1], [-1, 1]])
    ranks = _ranks(codes, codes)
    assert ranks[:, 0].argsort()[0] == 3
    assert ranks[0, 0] == ranks[1, 0] < ranks[2, 0]
    assert ranks[1, 1] == ranks[2, 1] == ranks[3, 1] < ranks[0, 1]
    assert torch.allclose(ranks.mean(dim=0), torch.tensor(0.5))
    between = _ranks(torch.tensor([[500.0, 0]]), codes)[0]
    assert ranks[1, 0] < between[0] < ranks[2, 0]
    assert between[1] == 0


@pytest.mark.parametrize("several", [False, True])
def test_a_ranked_map_gives_every_part_room_and_says_so(several):
    codes, labels = torch.randn(200, 2) ** 5, torch.arange(200) % 10
    draw = {False: lambda **how: show.latent_map(codes, labels, **how)}
    draw[True] = lambda **how: show.latent_maps({"pca": (codes, ["psnr"])}, labels, **how)
    quarters = {}
    for ranked in (False, True):
        picture = draw[several](ranked=ranked)
        [axis] = picture.figure.axes
        places = np.concatenate([one.get_offsets() for one in axis.collections])[:, 0]
        low, high = places.min(), places.max()
        quarters[ranked] = np.histogram(places, np.linspace(low, high, 5))[0].min()
        assert ("stretched by rank" in picture.alt) is ranked
        assert ("stretched by rank" in picture.figure.get_supxlabel()) is ranked
    assert quarters[False] < 5
    assert quarters[True] > 40


def test_ticks_of_a_ranked_map_tell_the_true_values():
    codes = torch.stack([torch.arange(101.0) ** 2, torch.arange(101.0)], dim=1)
    [axis] = show.latent_map(codes, torch.zeros(101, dtype=int), ranked=True).figure.axes
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["5", "28", "50", "72", "95"]
    assert float(axis.get_xticklabels()[2].get_text()) == 2500
    assert axis.get_xticks()[2] == pytest.approx(0.5)


def test_a_panel_is_coloured_by_its_clusters():
    labels, clusters = torch.arange(40) % 4, torch.arange(40) // 20
    codes = torch.randn(40, 2)
    picture = show.latent_maps({"pca": (codes, ["psnr"]), "original": (codes, [])}, labels, clusters={"pca": clusters})
    by_cluster, by_digit = picture.figure.axes
    for axis, groups in ((by_cluster, clusters), (by_digit, labels)):
        assert len(axis.collections) == 4  # each digit keeps its own sign
        colours = [to_hex(one) for marks in axis.collections for one in marks.get_facecolors()]
        if len(colours) == 4:  # one for all marks of a digit
            colours = [one for one in colours for _ in range(10)]
        order = torch.cat([(labels == digit).nonzero()[:, 0] for digit in range(4)])
        assert colours == [show.COLOURS[group].lower() for group in groups[order]]
    assert "colour: cluster" in picture.alt.split(";")[0]
    assert picture.alt.count("colour: cluster") == 1


def test_axes_in_space_have_names():
    [axis] = show.latent_maps({"pca": (torch.randn(9, 3), [])}, torch.arange(9)).figure.axes
    assert [axis.get_xlabel(), axis.get_ylabel(), axis.get_zlabel()] == ["$z_1$", "$z_2$", "$z_3$"]


def test_every_digit_is_drawn_with_its_own_sign():
    from course_lib.classroom.show.maps import glyph_path

    extents = {glyph: glyph_path(glyph).get_extents() for glyph in "0123456789०१२३४५६७८९"}
    outlines = {tuple(np.round(glyph_path(glyph).vertices, 3).ravel()) for glyph in extents}
    assert len(outlines) == 20, "two signs share an outline: a font without Devanagari draws one box for all"
    for box in extents.values():
        assert np.allclose(box.min + box.max, 0, atol=1e-6)  # centred on its point


@pytest.mark.parametrize("length", [3, 30])
def test_attention_map_shows_and_tells_where_each_word_looked(length):
    read, written = [f"w{n}" for n in range(length)], ["सात", "हज़ार"]
    weights = torch.full((2, length), 0.1 / (length - 1))
    weights[0, 2] = weights[1, 0] = 0.9
    picture = show.attention(weights, read, written)
    axis = picture.figure.axes[0]
    assert np.allclose(axis.images[0].get_array(), weights)
    assert [tick.get_text() for tick in axis.get_xticklabels()] == read
    assert [tick.get_text() for tick in axis.get_yticklabels()] == written
    english, hindi = picture.alt.split("\n")
    assert "सात looks at w2 (0.9), हज़ार looks at w0 (0.9)" in english
    assert "सात ने w2 को देखा (0.9), हज़ार ने w0 को देखा (0.9)" in hindi
    assert picture.png().startswith(b"\x89PNG")


MISFITS = [  # and a word of the refusal
    (lambda: show.pictures({"original": 255 * images()}), "original ranges from"),
    (lambda: show.sheet(2 * images() - 1.5), "images ranges from"),
    (lambda: show.pictures({"original": images(3), "pca": images(2)}), "zip"),
    (lambda: show.attention(torch.rand(2, 3), ["a", "b"], ["x", "y"]), "zip"),
    (lambda: show.attention(torch.rand(3, 2), ["a", "b"], ["x", "y"]), "zip"),
    (lambda: show.latent_map(torch.randn(5, 2), torch.zeros(4, dtype=int)), "index"),
    (lambda: show.latent_map(torch.randn(5, 2), torch.full((5,), 3), glyphs="012"), "index"),
    (lambda: show.strips(images(2), {"original": ["a"]}), "zip"),
    (lambda: show.strips(255 * images(1), {"original": ["a"]}), "images ranges from"),
    (lambda: show.arrows(torch.rand(5, 2), {"pca": torch.rand(1, 2)}, torch.rand(9, 2)), "PCA has shape (1, 2)"),
    (lambda: show.table(["method", "psnr"], [("pca",)]), "zip"),
]


def test_nothing_is_drawn_of_what_does_not_fit():
    for draw, said in MISFITS:
        with pytest.raises((ValueError, IndexError), match=re.escape(said)):
            draw()


def test_every_line_has_its_colour_and_none_is_left_out():
    axis = show.curves({str(n): [n, n + 1.0] for n in range(12)}).figure.axes[0]
    assert [drawn.get_color() for drawn in axis.lines] == show.COLOURS + show.COLOURS[:2]


def test_table():
    table = show.table(["method", "psnr"], [("pca", 17.567), (Text("क", "a<b"), 20_000)])
    assert table.plain == "method · तरीक़ा | PSNR (dB)\nPCA | 17.57\na<b · क | 20,000"
    assert "a&lt;b" in table.html
    assert table.html.count("<td") == 4
    assert table.html.count("<th ") == 2


def column(*values):
    return show.table(["loss"], [[value] for value in values]).plain.splitlines()[1:]


def test_small_numbers_of_a_table_keep_their_digits_where_two_decimals_would_hide_them():
    """Learning rates, and a column of nothing larger; what was measured beside larger numbers is rounded."""
    assert column(1, 0.1, 0.015, 2e-4, torch.tensor(2e-4)) == ["1", "0.10", "0.015", "0.0002", "0.0002"]
    assert column(0.0034217, -0.00041, 0.0) == ["0.0034", "-0.00041", "0.00"]
    assert column(209.6512, 0.0034217, 0.002) == ["209.65", "0.00", "0.00"]
    assert column(torch.nan, torch.inf, "–") == ["nan", "inf", "–"]


def test_yes_and_no_of_a_tensor_or_array():
    for kind in (bool, torch.tensor, np.bool_):
        assert column(kind(True), kind(False)) == ["yes · हाँ", "no · नहीं"], kind


def test_source_is_the_running_code_without_docstrings():
    code = show.source(Autoencoder).data
    assert code.startswith("```python\nclass Autoencoder(nn.Module):\n    def __init__")
    assert '"""' not in code
    body = code.removeprefix("```python\n").removesuffix("\n```")
    scope = {**vars(__import__("course_lib.models.autoencoders", fromlist=["x"]))}
    exec(body, scope)
    assert scope["Autoencoder"](*dense(), error=squared_error)(images()).shape == (3, 1, 28, 28)


def small():
    torch.manual_seed(0)
    return Autoencoder(*dense((1, 8, 8), (16,), 4))


def test_progress_passes_every_report_on_and_leaves_no_trace():
    x, plain, watched, drawn = torch.rand(20, 1, 8, 8), small(), small(), []

    def picture():
        drawn.append(torch.rand(1))
        return show.pipeline([("input", 64), ("code", 4)])

    expected = list(fit(plain, x, epochs=3))
    state = torch.get_rng_state()
    reports = list(progress(fit(watched, x, epochs=3), picture))
    assert reports == expected
    assert torch.equal(torch.get_rng_state(), state)
    assert len(drawn) >= 2  # one before the first epoch, one after the last
    assert all(map(torch.equal, plain.parameters(), watched.parameters()))


def test_pictures_take_a_tenth_of_the_time_at_most(monkeypatch):
    clock, drawn = [0.0], []
    monkeypatch.setattr(module.time, "perf_counter", lambda: clock[0])

    def picture():
        clock[0] += 1
        drawn.append(clock[0])
        return show.Block("", "")

    for _ in progress((Report(n, 100, {"loss": 1.0}) for n in range(1, 101)), picture):
        clock[0] += 0.5
    assert len(drawn) <= 1 + 1 + 0.1 * clock[0] + 1  # with the first, the last, and the one that sets the pace
    assert len(drawn) >= 0.05 * clock[0]


def test_bar_says_how_far_and_ends_without_seconds():
    half, whole = (module._bar(Report(n, 10, {"loss": 1.234}), left) for n, left in ((5, 5.0), (10, 0)))
    assert half.plain.startswith("epoch 5/10 · loss 1.23 · about 5 s left")
    assert 'value="5" max="10"' in half.html
    assert " s " not in whole.plain
    assert "बाक़ी" in half.html
    assert "बाक़ी" not in whole.html


def test_line_of_a_gan_says_what_the_discriminator_gets_right():
    reports = list(progress(fit_gan(GAN(*pair("points"), latent_dim=2), ring.gaussians(64), steps=4, every=2)))
    assert [report.done for report in reports] == [2, 4]
    right = {"d_loss": 1.234, "g_loss": -1, "real_right": 0.512, "fake_right": 0.25}
    assert line(Report(4, 9, right)).en == "step 4/9 · D is right on real: 51%, on fake: 25%"
    assert line(Report(4, 9, {"d_loss": 1.234, "g_loss": -1})).en == "step 4/9 · D's loss 1.23 · G's loss -1.00"


def test_a_figure_keeps_its_colours_and_a_grey_one_is_stored_as_grey():
    curves = show.curves({name: [number, number] for number, name in enumerate("abcdefghij")})
    drawn = {f"#{r:02X}{g:02X}{b:02X}" for _, (r, g, b) in Image.open(io.BytesIO(curves.png())).getcolors(10**6)}
    assert set(show.COLOURS) <= drawn
    ramp = torch.linspace(0, 1, 28 * 28).view(1, 1, 28, 28)
    sheet = Image.open(io.BytesIO(show.sheet(ramp).png()))
    assert sheet.mode == "L"
    assert len(sheet.getcolors()) > 200  # far more than a palette of 64


def test_a_guess_folds_a_figure_or_a_table():
    picture, table = show.sheet(images()), show.table(["method"], [("pca",)])
    for shown, plain in ((picture, picture.alt), (table, table.plain)):
        bundle = show.guess(shown)._repr_mimebundle_()
        assert re.match(r'<details class="guess"><summary>.*[\u0900-\u097f].*</summary>', bundle["text/html"])
        assert bundle["text/plain"] == plain
    assert html.escape(picture.alt) in show.guess(picture).html
    assert table.html in show.guess(table).html


def test_sounds_can_be_played_and_keep_their_balance():
    """Each player holds a whole WAV file; the quieter of two stays the quieter."""
    times = torch.arange(4000) / 8000
    loud = torch.sin(2 * torch.pi * 440 * times)
    block = show.sounds({"noisy": 0.2 * loud, Text("मेरी", "mine"): 0.1 * loud[:2000]}, alt=Text("सुनिए", "hear"))
    players = re.findall(r'<audio controls[^>]*aria-label="([^"]*)" src="data:audio/wav;base64,([^"]*)"', block.html)
    assert [label for label, _ in players] == ["listen: noisy · सुनिए: noise के साथ", "listen: mine · सुनिए: मेरी"]
    heard = []
    for _, coded in players:
        with wave.open(io.BytesIO(base64.b64decode(coded))) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            heard.append(torch.from_numpy(np.frombuffer(file.readframes(9999), "<i2").astype(np.float32)) / 32767)
    assert torch.allclose(heard[0], loud, atol=1e-4)  # as loud as it goes
    assert torch.allclose(heard[1], loud[:2000] / 2, atol=1e-4)
    assert "0.5 s" in block.html
    assert "noisy, 0.5 s; mine, 0.2 s. hear" in block.plain
    show.sounds({"noisy": torch.zeros(10)})  # silence is a sound


def test_a_students_own_figure_draws_hindi_in_their_own_fonts():
    """matplotlib warns of a letter that no font has."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = Figure()
        title = figure.subplots().set_title("किसान and farmer")
        figure.savefig(io.BytesIO())
    assert title.get_fontfamily() == ["sans-serif", FONT_FAMILY]
