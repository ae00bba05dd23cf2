"""What `python -m course_lib.train` can train: every lesson's main models, with the lessons' settings."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib import corrupt, data, judge, metrics, numbers
from course_lib.duel import Round, duel
from course_lib.language import message
from course_lib.models import gan
from course_lib.models.autoencoders import (
    Autoencoder,
    ConvAutoencoder,
    DeepAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    cross_entropy,
)
from course_lib.models.captioning import ImageEncoder, convolutions
from course_lib.models.seq2seq import AttentionDecoder, GRUDecoder, GRUReader, Seq2Seq, TextEncoder
from course_lib.models.transformer import TransformerDecoder, TransformerReader
from course_lib.models.vae import VAE
from course_lib.tokens import Vocabulary
from course_lib.train import Step, fit


class Task(NamedTuple):
    """What a model learns from, and how to measure it on what it has not seen.

    data: what it really is
    train: tensors with N rows each, as `fit` and `duel` take them
    measure: a trained model (of a pair, the generator) -> a held-out figure
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
    make: Task -> the model, or a pair of generator and discriminator
    settings: options of the loop, among them epochs
    loop: `fit`, or `duel` for a pair
    """

    task: Callable[[str, torch.device], Task]
    make: Callable[[Task], nn.Module | gan.Pair]
    settings: dict
    loop: Callable[..., Iterator[Step | Round]] = fit


def _digits(figure: str, measure: Callable, prepare: Callable[[Tensor], Tensor] = lambda x: x) -> Callable:
    """Digits, `prepare`d for the loop; measure(model, held-out split) makes the figure."""

    def task(source: str, device: torch.device) -> Task:
        digits = data.mnist(source, device)
        return Task(digits.name, (prepare(digits.train.images),), partial(measure, held_out=digits.test), figure)

    return task


def _rebuilt(model: nn.Module, held_out: data.Split) -> float:
    return metrics.reconstruction_error(metrics.through(model, held_out.images), held_out.images)


def _denoised(model: nn.Module, held_out: data.Split) -> float:
    noisy = corrupt.gaussian(held_out.images, 0.3, torch.Generator().manual_seed(0))
    return metrics.psnr(metrics.through(model, noisy), held_out.images)


def _neighbours(model: Autoencoder, held_out: data.Split) -> float:
    return metrics.neighbour_accuracy(metrics.through(model.encoder, held_out.images), held_out.labels)


@torch.no_grad()
def _bce_kl(model: VAE, held_out: data.Split) -> float:
    torch.manual_seed(0)  # one z for each image
    losses = [float(model.loss(part)[0]) * len(part) for part in held_out.images.split(250)]
    return sum(losses) / len(held_out.images)


def _frechet(generator: nn.Module, held_out: data.Split) -> float:
    z = gan.noise(generator, len(held_out.images), torch.Generator().manual_seed(0))
    made = gan.from_tanh(metrics.through(generator, z)).view(held_out.images.shape)
    return metrics.frechet_distance(judge.features(made), judge.features(held_out.images))


def _number_words(source: str, device: torch.device) -> Task:
    if source != "packaged":
        raise ValueError(message("error_one_source", source=source))
    words = numbers.number_words(train=10_000, longest=7)
    read, written = Vocabulary(words.train.english), Vocabulary(words.train.hindi)
    train = read.encode(words.train.english).to(device), written.encode(words.train.hindi).to(device)
    measure = partial(_right, read.encode(words.test.english).to(device), words.test.hindi, written)
    name = f"number words {len(words.train.numbers):,} + {len(words.test.numbers):,}"
    return Task(name, train, measure, "exact_percent", (len(read), len(written)))


def _strips(source: str, device: torch.device) -> Task:
    digits = data.mnist(source, device)
    strips = numbers.digit_strips(digits.train, len(digits.train.labels))
    held_out, names = numbers.digit_strips(digits.test, 500, seed=1), Vocabulary(strips.hindi)
    train = strips.images, names.encode(strips.hindi).to(device)
    measure = partial(_right, held_out.images, held_out.hindi, names)
    return Task(f"{digits.name}, strips", train, measure, "exact_percent", (len(names),))


def _right(inputs: Tensor, texts: list[str], written: Vocabulary, model: Seq2Seq) -> float:
    answers = [text for part in inputs.split(250) for text in written.decode(model.greedy(part, 20)[0].cpu())]
    return 100 * metrics.exact_match(answers, texts)


def _gru(task: Task) -> Seq2Seq:
    return Seq2Seq(TextEncoder(task.tokens[0], GRUReader()), GRUDecoder(task.tokens[1]))


def _attention(task: Task) -> Seq2Seq:
    return Seq2Seq(TextEncoder(task.tokens[0], GRUReader()), AttentionDecoder(task.tokens[1]))


def _transformer(task: Task) -> Seq2Seq:
    decoder = TransformerDecoder(task.tokens[1], width=64, layers=1)
    return Seq2Seq(TextEncoder(task.tokens[0], TransformerReader(64, layers=1), width=64), decoder)


def _captioner(task: Task) -> Seq2Seq:
    encoder = ImageEncoder(convolutions(), GRUReader(), dropout=0.4)
    return Seq2Seq(encoder, AttentionDecoder(task.tokens[0]))


def _denoiser(task: Task) -> DenoisingAutoencoder:
    return DenoisingAutoencoder(ConvAutoencoder(code=None, brightness=0.1), corrupt.gaussian)


_images, _words = _digits("squared_error", _rebuilt), {"epochs": 3, "lr": 5e-3}
_play, _vectors = _digits("frechet", _frechet, gan.to_tanh), lambda x: gan.to_tanh(x).flatten(1)
_deep = {"epochs": 10, "batch_size": 64, "lr": 2e-4}
_conv = {"epochs": 10, "batch_size": 32, "lr": 2e-3, "betas": (0.5, 0.999), "ema": 0.998}

RECIPES: dict[str, Recipe] = {
    "translator-gru": Recipe(_number_words, _gru, _words),
    "translator-attention": Recipe(_number_words, _attention, _words),
    "translator-transformer": Recipe(_number_words, _transformer, _words),
    "captioning": Recipe(_strips, _captioner, {"epochs": 5, "lr": 3e-3}),
    "autoencoder": Recipe(_images, lambda _: Autoencoder(), {"epochs": 60, "lr": 5e-3}),
    "sparse": Recipe(_images, lambda _: SparseAutoencoder(), {"epochs": 30, "lr": 3e-3, "batch_size": 128}),
    "conv-autoencoder": Recipe(
        _images, lambda _: ConvAutoencoder(channels=(8, 16)), {"epochs": 15, "lr": 8e-3, "batch_size": 128}
    ),
    "denoiser": Recipe(_digits("psnr", _denoised), _denoiser, {"epochs": 10, "lr": 4e-3}),
    "map": Recipe(
        _digits("neighbours", _neighbours),
        lambda _: DeepAutoencoder(error=cross_entropy),
        {"epochs": 24, "lr": 2e-3},
    ),
    "vae": Recipe(_digits("bce_kl", _bce_kl), lambda _: VAE(), {"epochs": 35, "lr": 5e-3}),
    "gan-basic": Recipe(_play, lambda _: gan.pair("basic"), _deep | {"epochs": 7}, duel),
    "gan-deep": Recipe(_play, lambda _: gan.pair("deep"), _deep, duel),
    "gan-compact": Recipe(_play, lambda _: gan.pair("compact"), _deep | {"epochs": 7}, duel),
    "gan-generic": Recipe(
        _digits("frechet", _frechet, _vectors), lambda _: gan.pair("generic"), _deep | {"epochs": 4}, duel
    ),
    "gan-conv": Recipe(_play, lambda _: gan.pair("conv"), _conv, duel),
}


def find(name: str) -> Recipe:
    """The recipe of this name.

    raises: ValueError for another name
    """
    if name not in RECIPES:
        raise ValueError(message("error_model", name=repr(name), names=", ".join(RECIPES)))
    return RECIPES[name]
