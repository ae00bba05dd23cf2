"""Figures carry their alternative text, draw what they were given, and refuse what does not fit."""

import io

import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from PIL import Image

from course_lib import live, show
from course_lib.language import Text
from course_lib.models.autoencoders import Autoencoder
from course_lib.train import Step, fit


def images(n=3):
    return torch.rand(n, 1, 28, 28)


FIGURES = {
    "pictures": lambda: show.pictures({"original": images(), "pca": images()[:, 0]}, columns=[1, 2, 3]),
    "curves": lambda: show.curves({"train_error": [3.0, 2.0, 1.5]}, y="squared_error", log=True),
    "latent_map": lambda: show.latent_map(torch.randn(30, 2), torch.arange(30) % 10),
    "pipeline": lambda: show.pipeline([("input", 784), ("code", 32), ("reconstruction", 784)]),
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_figure_is_a_png_with_alternative_text(draw):
    bundle, metadata = draw()._repr_mimebundle_()
    assert Image.open(io.BytesIO(bundle["image/png"])).width > 200
    assert metadata["image/png"]["alt"] == bundle["text/plain"]
    english, hindi = bundle["text/plain"].split("\n")
    assert DEVANAGARI.search(hindi)
    assert not DEVANAGARI.search(english)


def test_alternative_text_tells_the_numbers():
    picture = show.curves({"train_error": [64.0, 30.0, 4.46]}, y="squared_error")
    assert "squared error per image against epoch: training images from 64 to 4.46." in picture.alt


def test_pictures_show_the_pixels_they_were_given():
    picture = show.pictures({"original": torch.eye(28).expand(2, 1, 28, 28)})
    [axis, *_] = picture.figure.axes
    [drawn] = axis.images
    assert np.array_equal(drawn.get_array(), np.eye(28))
    assert drawn.get_clim() == (0, 1)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: show.pictures({"original": images(3), "pca": images(2)}), "PCA has shape (2, 1, 28, 28)"),
        (lambda: show.latent_map(torch.randn(5, 3), torch.zeros(5)), "codes has shape (5, 3)"),
    ],
)
def test_wrong_shapes_are_named(draw, said):
    with pytest.raises(ValueError, match="expected") as error:
        draw()
    assert said in str(error.value)


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
    assert scope["Autoencoder"]()(images()).shape == (3, 1, 28, 28)


def test_progress_passes_every_step_on(capsys):
    steps = list(fit(Autoencoder(image=(1, 8, 8)), torch.rand(20, 1, 8, 8), epochs=3))
    drawn = []
    picture = FIGURES["pipeline"]()
    assert list(live.progress(steps, 3, picture=lambda: drawn.append(1) or picture)) == steps
    assert len(drawn) >= 2  # one before the first step, one after the last


def test_bar_says_how_far_and_ends_without_seconds():
    half, whole = (live._bar(Step(n, 1.234, {}, 5.0), 10, left) for n, left in ((5, 5.0), (10, 0)))
    assert half.plain.startswith("epoch 5/10 · loss 1.23 · about 5 s left")
    assert 'value="5" max="10"' in half.html
    assert " s " not in whole.plain
    assert "बाकी" in half.html
    assert "बाकी" not in whole.html
