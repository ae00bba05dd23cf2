"""What `python -m course_lib.cli.train` can train: the lessons' main models, with the lessons' settings.

tests/cli/test_recipes.py compares the settings with those in the lessons.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import data, measures
from course_lib.classroom.language import message
from course_lib.data import corrupt, number_words
from course_lib.data.digit_strips import digit_strips
from course_lib.data.tokens import Vocabulary
from course_lib.measures import judge
from course_lib.models.autoencoders import (
    Autoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    binary_cross_entropy,
    conv,
    convolutions,
    dense,
    sparse,
    unet,
)
from course_lib.models.gan import GAN
from course_lib.models.gan_networks import from_tanh, pair, to_tanh
from course_lib.models.seq2seq import AttentionDecoder, GRUDecoder, GRUEncoder, Seq2Seq, TextEncoder
from course_lib.models.transformer import TransformerDecoder, TransformerEncoder
from course_lib.models.vae import VAE
from course_lib.models.vision import ImageEncoder


class Task(NamedTuple):
    """What a model learns from, and how to measure it on what it has not seen.

    data: what it really is
    train: tensors with N rows each, as the loops take them
    measure: a trained model -> a held-out figure
    figure: key of the figure's name
    tokens: how many the input's and the output's vocabulary have, where there are words
    """

    data: str
    train: tuple[Tensor, ...]
    measure: Callable[[nn.Module], float]
    figure: str
    tokens: tuple[int, ...] = ()


class Recipe(NamedTuple):
    """How a lesson makes and trains a model.

    task: (source, device) -> Task, where source is "packaged" or "full"
    make: Task -> the model
    settings: options of the loop, among them epochs, or steps for a GAN
    """

    task: Callable[[str, torch.device], Task]
    make: Callable[[Task], nn.Module]
    settings: dict


def _digits(figure: str, measure: Callable, prepare: Callable[[Tensor], Tensor] = lambda x: x) -> Callable:
    """Digits, `prepare`d for the loop; measure(model, held-out split) makes the figure."""

    def task(source: str, device: torch.device) -> Task:
        digits = data.mnist(source, device)
        return Task(digits.name, (prepare(digits.train.images),), partial(measure, held_out=digits.test), figure)

    return task


def _rebuilt(model: nn.Module, held_out: data.Split) -> float:
    return measures.reconstruction_error(measures.predict(model, held_out.images), held_out.images)


def _denoised(model: nn.Module, held_out: data.Split) -> float:
    noisy = corrupt.gaussian(held_out.images, 0.3, torch.Generator().manual_seed(0))
    return measures.psnr(measures.predict(model, noisy), held_out.images)


def _neighbours(model: Autoencoder, held_out: data.Split) -> float:
    return measures.neighbour_accuracy(measures.predict(model.encoder, held_out.images), held_out.labels)


@torch.no_grad()
def _bce_kl(model: VAE, held_out: data.Split) -> float:
    torch.manual_seed(0)  # one z for each image
    losses = [float(model.loss(part)[0]) * len(part) for part in held_out.images.split(250)]
    return sum(losses) / len(held_out.images)


def _frechet(model: GAN, held_out: data.Split, *condition: Tensor) -> float:
    rng = torch.Generator().manual_seed(0)
    z = model.noise(len(held_out.images), rng)
    given = [rows[torch.randint(len(rows), (len(z),), generator=rng).to(rows.device)] for rows in condition]
    made = from_tanh(measures.predict(model.average, z, *given)).view(held_out.images.shape)
    return measures.frechet_distance(judge.features(made), judge.features(held_out.images))


def _clustered(source: str, device: torch.device) -> Task:
    digits = data.mnist(source, device)
    clusters = data.clusters(digits.train.images)
    train = to_tanh(digits.train.images), clusters
    return Task(digits.name, train, lambda model: _frechet(model, digits.test, clusters), "frechet")


def _number_words(source: str, device: torch.device) -> Task:
    if source != "packaged":
        raise ValueError(message("error_one_source", source=source))
    words = number_words.number_words(train=10_000, max_words=7)
    read, written = Vocabulary(words.train.english), Vocabulary(words.train.hindi)
    train = read.encode(words.train.english).to(device), written.encode(words.train.hindi).to(device)
    measure = partial(_right, read.encode(words.test.english).to(device), words.test.hindi, written)
    name = f"number words {len(words.train.numbers):,} + {len(words.test.numbers):,}"
    return Task(name, train, measure, "exact_percent", (len(read), len(written)))


def _strips(source: str, device: torch.device) -> Task:
    digits = data.mnist(source, device)
    strips = digit_strips(digits.train, 2 * len(digits.train.labels))
    held_out, names = digit_strips(digits.test, 500, seed=1), Vocabulary(strips.hindi)
    train = strips.images, names.encode(strips.hindi).to(device)
    measure = partial(_right, held_out.images, held_out.hindi, names)
    return Task(f"{digits.name}, strips", train, measure, "exact_percent", (len(names),))


def _right(inputs: Tensor, texts: list[str], written: Vocabulary, model: Seq2Seq) -> float:
    answers = [text for part in inputs.split(250) for text in written.decode(model.greedy(part, 20)[0].cpu())]
    return 100 * measures.exact_match(answers, texts)


def _gru(task: Task, decoder: type[GRUDecoder] = GRUDecoder) -> Seq2Seq:
    return Seq2Seq(TextEncoder(task.tokens[0], GRUEncoder()), decoder(task.tokens[1]))


def _transformer(task: Task) -> Seq2Seq:
    decoder = TransformerDecoder(task.tokens[1], width=64, layers=1)
    return Seq2Seq(TextEncoder(task.tokens[0], TransformerEncoder(64, layers=1), width=64), decoder)


def _captioner(task: Task) -> Seq2Seq:
    encoder = ImageEncoder(convolutions(channels=(8, 16)), GRUEncoder(64), channels=16, width=64)
    return Seq2Seq(encoder, AttentionDecoder(task.tokens[0], width=64))


def _denoiser(_: Task) -> DenoisingAutoencoder:
    return DenoisingAutoencoder(unet(), corrupt.gaussian)


def _map(_: Task) -> Autoencoder:
    return Autoencoder(*dense(hidden=(512, 128), latent_dim=2), error=binary_cross_entropy)


_images, _play = _digits("squared_error", _rebuilt), _digits("frechet", _frechet, to_tanh)
_vectors = _digits("frechet", _frechet, lambda x: to_tanh(x).flatten(1))
_words = {"epochs": 4, "lr": 5e-3}
_dcgan = {"batch_size": 32, "lr": 2e-3, "betas": (0.5, 0.999)}

RECIPES: dict[str, Recipe] = {
    "translator-gru": Recipe(_number_words, _gru, _words),
    "translator-attention": Recipe(_number_words, partial(_gru, decoder=AttentionDecoder), _words),
    "translator-transformer": Recipe(_number_words, _transformer, {"epochs": 3, "lr": 5e-3}),
    "captioning": Recipe(_strips, _captioner, {"epochs": 4, "lr": 5e-3, "batch_size": 32}),
    "autoencoder": Recipe(_images, lambda _: Autoencoder(*dense()), {"epochs": 30, "lr": 8e-3, "batch_size": 128}),
    "sparse": Recipe(_images, lambda _: SparseAutoencoder(*sparse()), {"epochs": 30, "lr": 3e-3, "batch_size": 128}),
    "conv-autoencoder": Recipe(
        _images,
        lambda _: Autoencoder(*conv(channels=(8, 16), brightness=0.1)),
        {"epochs": 15, "lr": 8e-3, "batch_size": 128},
    ),
    "denoiser": Recipe(_digits("psnr", _denoised), _denoiser, {"epochs": 8, "lr": 4e-3}),
    "map": Recipe(_digits("neighbours", _neighbours), _map, {"epochs": 24, "lr": 2e-3}),
    "vae": Recipe(
        _digits("bce_kl", _bce_kl),
        lambda _: VAE(*dense(hidden=(160,), latent_dim=20)),
        {"epochs": 35, "lr": 5e-3},
    ),
    "gan-basic": Recipe(_play, lambda _: GAN(*pair("basic")), {"steps": 300, "lr": 2e-4}),
    "gan-deep": Recipe(_play, lambda _: GAN(*pair("deep")), {"steps": 300, "lr": 2e-4}),
    "gan-compact": Recipe(_play, lambda _: GAN(*pair("compact")), {"steps": 300, "lr": 2e-4}),
    "gan-generic": Recipe(_vectors, lambda _: GAN(*pair("generic")), {"steps": 300, "lr": 2e-4}),
    "gan-dcgan": Recipe(_play, lambda _: GAN(*pair("dcgan"), latent_dim=64, ema=0.998), _dcgan | {"steps": 600}),
    "gan-clusters": Recipe(
        _clustered, lambda _: GAN(*pair("dcgan", classes=50), latent_dim=64, ema=0.998), _dcgan | {"steps": 900}
    ),
}
