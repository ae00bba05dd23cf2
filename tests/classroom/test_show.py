"""Figures carry their alternative text and draw what they were given, or nothing; how training shows its progress."""

import html
import io
import re

import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Rectangle
from PIL import Image
from torch import nn

from course_lib.classroom import progress as module
from course_lib.classroom import show
from course_lib.classroom.explore import ring_game
from course_lib.classroom.language import Text
from course_lib.classroom.progress import line, progress
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
    }
    figures = {name for name in show.__all__ if name in vars(show) and name not in ("Block", "COLOURS", "Picture")}
    assert set(draw) == figures - {"guess", "source", "table"}
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


def test_pictures_show_the_pixels_they_were_given():
    picture = show.pictures({"original": torch.eye(28).expand(2, 1, 28, 28)})
    [axis, *_] = picture.figure.axes
    [drawn] = axis.images
    assert np.array_equal(drawn.get_array(), np.eye(28))
    assert drawn.get_clim() == (0, 1)


def test_sheet_goes_row_by_row_and_fills_up_with_white():
    numbered = torch.arange(5)[:, None, None, None].expand(5, 1, 2, 3) / 10
    [axis] = show.sheet(numbered, columns=3).figure.axes
    board = axis.images[0].get_array()
    expected = np.array([[0, 0.1, 0.2], [0.3, 0.4, 1]]).repeat(2, axis=0).repeat(3, axis=1)
    assert np.allclose(board, expected)


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


def test_every_digit_is_drawn_with_its_own_sign():
    from course_lib.classroom.show.maps import _marker

    extents = {glyph: _marker(glyph).get_extents() for glyph in "0123456789०१२३४५६७८९"}
    outlines = {tuple(np.round(_marker(glyph).vertices, 3).ravel()) for glyph in extents}
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
