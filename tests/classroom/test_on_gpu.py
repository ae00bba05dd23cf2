"""What lessons give to measures, corruptions, figures and explorers may lie on a GPU, Apple's too, without float64."""

import inspect
import re

import nbformat
import pytest
import torch
from gpu import on_gpu
from test_caption_to_image import TEXTS, WORDS
from test_caption_to_image import build as captioner
from test_noughts_and_crosses import halves, player
from test_rangoli import hand
from test_translator import ENGLISH, HINDI
from test_translator import build as translator
from torch import nn

import notebooks
from course_lib import data, measures
from course_lib.classroom import explore, show
from course_lib.classroom.exercises.student_gan import Steps
from course_lib.classroom.explore import ring_game
from course_lib.data import corrupt
from course_lib.data.base import DataSet, Split
from course_lib.data.synthetic_caves import synthetic_caves
from course_lib.data.synthetic_rangoli import eighth
from course_lib.measures import filters, judge, reader
from course_lib.models.autoencoders import Autoencoder, dense, unet
from course_lib.models.gan import GAN


def rand(*shape):
    return on_gpu(torch.rand(*shape))


def images(count=4, side=28):
    return rand(count, 1, side, side)


def labels(count):
    return on_gpu(torch.arange(count) % 10)


def model(latent_dim=2):
    return on_gpu(Autoencoder(*dense(latent_dim=latent_dim)))


def digits():
    split = Split(images(40), labels(40))
    return DataSet(split, split, "random")


def moment():
    return ring_game.frame(on_gpu(GAN(nn.Identity(), nn.Linear(2, 1))), rand(20, 2), rand(9, 2))


MEASURES = {
    "active_fraction": lambda: measures.active_fraction(rand(9, 4)),
    "adjusted_rand_index": lambda: measures.adjusted_rand_index(labels(9), labels(9)),
    "classify": lambda: judge.classify(images()),
    "confidence": lambda: judge.confidence(images()),
    "count_parameters": lambda: measures.count_parameters(model()),
    "features": lambda: judge.features(images()),
    "frechet_distance": lambda: measures.frechet_distance(rand(9, 3), rand(9, 3)),
    "gradient_norm": lambda: measures.gradient_norm(model()),
    "high_quality_fraction": lambda: measures.high_quality_fraction(rand(9, 2)),
    "modes_covered": lambda: measures.modes_covered(rand(9, 2)),
    "neighbour_accuracy": lambda: measures.neighbour_accuracy(rand(30, 2), labels(30)),
    "precision_recall": lambda: measures.precision_recall(rand(9, 3), rand(9, 3)),
    "predict": lambda: measures.predict(model(), images()),
    "psnr": lambda: measures.psnr(images(), images()),
    "read": lambda: reader.read(rand(2, 1, 32, 104)),
    "reading_rate": lambda: reader.reading_rate(rand(2, 1, 32, 104), ["a", "b"]),
    "reconstruction_error": lambda: measures.reconstruction_error(images(), images()),
    "slant": lambda: measures.slant(images()),
    "ssim": lambda: measures.ssim(images(), images()),
    "stroke_width": lambda: measures.stroke_width(images()),
    "subspace_angle": lambda: measures.subspace_angle(rand(20, 3), torch.rand(20, 3).numpy()),
    "trustworthiness": lambda: measures.trustworthiness(rand(30, 2), images(30)),
}
FILTERS = {
    "background": lambda: filters.background(images(2)),
    "cosines": lambda: filters.cosines(images(2)),
    "gaussian_blur": lambda: filters.gaussian_blur(images(2)),
    "levels": lambda: filters.levels(images(2), 0.1, 0.9),
    "median": lambda: filters.median(images(2)),
    "non_local_means": lambda: filters.non_local_means(images(2, side=9)),
    "total_variation": lambda: filters.total_variation(images(2)),
    "tune": lambda: filters.tune(filters.median, [1, 3], images(2), images(2)),
}
CORRUPTIONS = {
    "blocks": lambda: corrupt.blocks(images()),
    "gaussian": lambda: corrupt.gaussian(images()),
    "mixed": lambda: corrupt.mixed(images()),
    "salt_and_pepper": lambda: corrupt.salt_and_pepper(images()),
    "scan": lambda: corrupt.scan(images()),
}
FIGURES = {
    "arrows": lambda: show.arrows(rand(5, 2), {"pca": rand(5, 2)}, rand(9, 2)),
    "attention": lambda: show.attention(on_gpu(torch.eye(2)), "ab", "cd"),
    "bars": lambda: show.bars({"original": rand(2)}, ["a", "b"], "epoch", "loss"),
    "curves": lambda: show.curves({"train_error": rand(3)}, right={"loss": rand(3)}),
    "game": lambda: show.game({"healthy": [moment()]}, rand(9, 2), columns=1),
    "generative_story": lambda: show.generative_story(rand(2), rand(1, 8, 8), rand(1, 8, 8)),
    "histograms": lambda: show.histograms({"original": rand(50)}),
    "latent_map": lambda: show.latent_map(rand(30, 2), labels(30), ranked=True),
    "latent_maps": lambda: show.latent_maps(
        {"pca": (rand(30, 2), []), "tsne": (rand(30, 3), [])}, labels(30), clusters={"pca": labels(30)}
    ),
    "pictures": lambda: show.pictures({"original": images(3), "pca": rand(3, 3, 28, 28)}),
    "sheet": lambda: show.sheet(images()),
    "sounds": lambda: show.sounds({"original": rand(80)}),
    "strips": lambda: show.strips(images(2), {"original": ["a", "c"]}),
}
EXPLORERS = {
    "CaptionToImage": lambda: explore.CaptionToImage(on_gpu(captioner()), WORDS, TEXTS[:2]),
    "CaveWalk": lambda: explore.CaveWalk(on_gpu(synthetic_caves(2)), ["a", "b"]),
    "LatentPath": lambda: explore.LatentPath(model(20).decoder, rand(2, 20), images(2), ["a", "b"], [0]),
    "LatentSliders": lambda: explore.LatentSliders(model(20).decoder, rand(30, 20), rand(2, 20), ["a", "b"]),
    "LatentWalk": lambda: explore.LatentWalk(model(), rand(9, 2), labels(9), images(2), ["a", "b"], reach=3),
    "NoiseExplorer": lambda: explore.NoiseExplorer(
        {"pca": model(), "linear": on_gpu(unet((4, 6)))}, images(2), ["a", "b"]
    ),
    "NoiseWalk": lambda: explore.NoiseWalk(model(20).decoder, rand(2, 3, 20), rand(2, 3, 20), rand(3)),
    "NoughtsAndCrosses": lambda: explore.NoughtsAndCrosses(*map(on_gpu, (*halves(), player()))),
    "Rangoli": lambda: explore.Rangoli(on_gpu(hand()), on_gpu(eighth()), rand(3, 16), list("abc")),
    "RingGame": lambda: explore.RingGame({"healthy": [moment()]}, rand(9, 2)),
    "TrainAutoencoder": lambda: explore.TrainAutoencoder(digits()),
    "TrainGAN": explore.TrainGAN,
    "TrainVAE": lambda: explore.TrainVAE(digits()),
    "Translator": lambda: explore.Translator(on_gpu(translator()), ENGLISH, HINDI),
    "Turntable": lambda: explore.Turntable(rand(9, 3), labels(9)),
    "pack": lambda: explore.pack(model().decoder),
}
OTHERS = {"bend": lambda: data.augment.bend(images()), "clusters": lambda: data.clusters(images(9), 3)}
ALL = MEASURES | FILTERS | CORRUPTIONS | FIGURES | EXPLORERS | OTHERS


def functions(module):
    return {name for name, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__}


def test_none_is_left_out():
    texts_and_modules = {"character_error_rate", "exact_match", "filters", "judge"}
    own = {name for name in functions(judge) | functions(reader) if not name.startswith("_")} - {"weights"}
    assert MEASURES.keys() == {*measures.__all__, *own} - texts_and_modules
    assert FILTERS.keys() == {name for name in functions(filters) if not name.startswith("_")}
    assert CORRUPTIONS.keys() == {name for name in functions(corrupt) if not name.startswith("_")}
    drawn_without_tensors = {"gan_diagram", "pipeline", "transformer", "transposed_convolution", "unrolled"}
    drawn_without_tensors |= {"vae_diagram", "guess", "source", "table", "Block", "COLOURS", "Picture"}
    assert FIGURES.keys() == {*show.__all__} - drawn_without_tensors
    makes_its_own = {"walk"}  # tensors on its model's device, which the stand-in cannot give them
    assert EXPLORERS.keys() == {*explore.__all__} - makes_its_own


@pytest.mark.parametrize("name", ALL)
def test_what_lies_on_a_gpu_is_taken(name, monkeypatch):
    monkeypatch.setattr(judge, "_trained", lambda script, device: on_gpu(judge.Judge()))
    monkeypatch.setattr(reader, "_trained", lambda device: (on_gpu(reader.Reader(3)), list("abc")))
    ALL[name]()


def test_a_students_loop_may_run_there():
    weight = on_gpu(nn.Parameter(torch.ones(2)))
    weight.grad = on_gpu(torch.tensor([3.0, 4.0]))  # backward() would leave the stand-in
    seen = Steps()
    seen.saw(torch.optim.SGD([weight, on_gpu(nn.Parameter(torch.ones(1)))]))
    assert seen.pulls == [25]


def test_the_stand_in_refuses_what_a_gpu_refuses():
    x = rand(4, 3)
    for refused in (
        lambda: x.double(),
        lambda: x.to(torch.float64),
        lambda: x.numpy(),
        lambda: torch.rand(3, 3).numpy() @ x,
        lambda: x @ torch.rand(3, 2),
        lambda: on_gpu(nn.Linear(3, 2))(torch.rand(4, 3)),
        lambda: on_gpu(nn.Linear(3, 2)).double(),
    ):
        with pytest.raises((TypeError, RuntimeError), match=r"float64|numpy|two devices"):
            refused()
    for there in (x.cpu(), x.to("cpu"), x.to(torch.rand(1)), on_gpu(nn.Linear(3, 2))(x).detach().cpu()):
        assert there.double().numpy().shape == there.shape


def test_no_lesson_asks_for_float64_before_the_cpu():
    """On a GPU of Apple's that cell would end in an error. Whatever a line makes float64 it has brought over before."""
    asked = 0
    for path in sorted(notebooks.NOTEBOOKS.glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        for line in (line for cell in cells if cell.cell_type == "code" for line in cell.source.splitlines()):
            if found := re.search(r"\.double\(|float64", line):
                asked += 1
                assert ".cpu()" in line[: found.start()], f"{path.name}: {line}"
    assert asked
