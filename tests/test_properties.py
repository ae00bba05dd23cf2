"""Every public callable of models, loops, tokens, corruptions and filters, with inputs that nobody would think of.

A case gives good arguments, of odd sizes too, and says what a right result is. Then hypothesis spoils one argument.
What may happen: a right result, or an error that names what was given, in both languages. What may not: torch's own
words about matrices, or a wrong result, such as one that broadcasting made of two shapes that do not belong together.
"""

import inspect
import math
import re
import unicodedata
from functools import partial
from importlib import import_module

import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib import corrupt, filters, game, ring
from course_lib.duel import duel
from course_lib.models import autoencoders as ae
from course_lib.models import captioning, gan, gan_losses, seq2seq, transformer, vae
from course_lib.models.memory import Memory, TokenEmbedding
from course_lib.tokens import END, Vocabulary
from course_lib.train import fit

# The same examples on every run, no clock (a busy machine is not a fault), no shrinking (they are small, and it takes
# minutes).
calm = partial(
    settings,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MODULES = (
    *("models." + name for name in ("autoencoders", "vae", "gan", "gan_losses", "seq2seq", "transformer")),
    *("models.captioning", "models.memory", "train", "duel", "tokens", "ring", "game", "corrupt", "filters"),
)
CHECK = "is itself a check, run in the cases of what it guards"
RECORD = "a record, made by the library, that does nothing"
PART = "a part of forward, which checks"
EXCEPTIONS = {
    **dict.fromkeys(("memory.check_places", "memory.check_step", "memory.check_attention", "memory.check_pair"), CHECK),
    **dict.fromkeys(("train.check_data", "ring.check_points"), CHECK),
    **dict.fromkeys(("memory.Memory", "gan_losses.LossPair", "train.Step", "duel.Round", "game.Frame"), RECORD),
    **dict.fromkeys(("seq2seq.GRUDecoder.look", "seq2seq.AttentionDecoder.look"), PART),
    "duel.iteration": "the inside of duel, printed in a lesson; duel has checked what it gets",
}
CASES, NO_NAN = {}, set()


def case(*names, nan=True):
    """Register draw -> (callable, good arguments, whether a result is right for the arguments); one for each name.

    nan: whether NaN may go through to the result; where it would be read wrongly, it must be refused
    """

    def register(make):
        for name in names:
            CASES[name] = partial(make, name=name.rsplit(".", 1)[1])
            if not nan:
                NO_NAN.add(name)
        return make

    return register


# What good arguments are made of


def rand(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def any_image(draw, step=1):
    channels, sizes = st.sampled_from([1, 3]), st.sampled_from([1, 2, 7, 13] if step == 1 else [1, 2, 3])
    return draw(channels), step * draw(sizes), step * draw(sizes)


def any_count(draw):
    return draw(st.integers(1, 3))


def ids(rows, length, tokens=6):
    chosen = torch.randint(END, tokens, (rows, length), generator=torch.Generator().manual_seed(0))
    chosen[:, -1] = END
    return chosen


def memory(rows, places=4, width=8):
    states = rand(rows, places, width)
    return Memory(states, torch.ones(rows, places, dtype=torch.bool), states[:, -1])


def translator(decoder=seq2seq.AttentionDecoder):
    torch.manual_seed(0)
    return seq2seq.Seq2Seq(seq2seq.TextEncoder(6, seq2seq.GRUReader(8), width=8), decoder(6, width=8))


def same_as(name):
    return lambda y, a: y.shape == a[name].shape


def is_loss(y, a):
    return y[0].ndim == 0 and all(part.ndim == 0 for part in y[1].values())


def is_number(y, a):
    return y.ndim == 0


# Autoencoders


@case("autoencoders.squared_error")
@case("autoencoders.cross_entropy", nan=False)
def _(draw, name):
    x = rand(any_count(draw), *any_image(draw))
    return getattr(ae, name), {"x_hat": x.flip(0), "x": x}, is_number


@case(
    *(f"autoencoders.{name}" for name in ("Autoencoder", "DeepAutoencoder", "LinearAutoencoder", "SparseAutoencoder")),
    *("autoencoders.ConvAutoencoder", "vae.VAE"),
)
def _(draw, name):
    own = {
        "Autoencoder": {"hidden": 4, "code": 3},
        "DeepAutoencoder": {"hidden": (5, 4), "code": 2},
        "LinearAutoencoder": {"code": 3},
        "SparseAutoencoder": {
            **{"code": 5, "weight": 0.1, "target": 0.05, "hidden": 4},
            "penalty": draw(st.sampled_from(["l1", "kl"])),
        },
        "ConvAutoencoder": {"channels": (2, 3), "code": draw(st.sampled_from([None, 2])), "brightness": 0.2},
        "VAE": {"hidden": 4, "latent": 2, "beta": 1.0},
    }[name]
    image = any_image(draw, step=4 if name == "ConvAutoencoder" else 1)

    def right(model, a):
        x = rand(2, *a["image"])
        return model(x).shape == x.shape and math.isfinite(float(model.loss(x)[0].detach()))

    return getattr(vae if name == "VAE" else ae, name), {"image": image, **own, "error": ae.squared_error}, right


def some_model(draw):
    kind = draw(st.sampled_from([ae.Autoencoder, ae.LinearAutoencoder, ae.SparseAutoencoder, ae.ConvAutoencoder]))
    image = any_image(draw, step=4)
    torch.manual_seed(0)
    return kind(image=image, code=3), rand(any_count(draw), *image)


@case("autoencoders.Autoencoder.forward", "autoencoders.ConvAutoencoder.forward")
def _(draw, name):
    model, x = some_model(draw)
    return model, {"x": x}, same_as("x")


@case("autoencoders.Autoencoder.loss", "autoencoders.SparseAutoencoder.loss", "vae.VAE.loss")
def _(draw, name):
    model, x = some_model(draw)
    image = tuple(x.shape[1:])
    models = [model, ae.SparseAutoencoder(image=image, code=3, penalty="kl"), vae.VAE(image=image, hidden=4, latent=2)]
    return draw(st.sampled_from(models)).loss, {"x": x}, is_loss


@case("autoencoders.DenoisingAutoencoder", "autoencoders.DenoisingAutoencoder.forward")
@case("autoencoders.DenoisingAutoencoder.loss", nan=False)
def _(draw, name):
    model, x = some_model(draw)
    if name == "DenoisingAutoencoder":
        return (
            ae.DenoisingAutoencoder,
            {"model": model, "corrupt": corrupt.gaussian},
            lambda made, a: is_loss(made.loss(x), a),
        )
    made = ae.DenoisingAutoencoder(model, corrupt.gaussian)
    return (made, {"noisy": x}, same_as("noisy")) if name == "forward" else (made.loss, {"x": x}, is_loss)


@case("autoencoders.PointDenoiser")
def _(draw, name):
    return ae.PointDenoiser, {"hidden": 3}, lambda made, a: made(rand(1, 2)).shape == (1, 2)


@case("autoencoders.PointDenoiser.forward")
def _(draw, name):
    return ae.PointDenoiser(3), {"x": rand(any_count(draw), 2)}, same_as("x")


@case("vae.kl_divergence", "vae.reparameterize")
def _(draw, name):
    mu = rand(any_count(draw), any_count(draw))
    return getattr(vae, name), {"mu": mu, "log_var": -mu}, same_as("mu")


@case("vae.VAE.encode")
@case("vae.VAE.log_likelihood", nan=False)
def _(draw, name):
    image = any_image(draw)
    model, x = vae.VAE(image=image, hidden=4, latent=2), rand(any_count(draw), *image).round()
    if name == "encode":
        return model.encode, {"x": x}, lambda y, a: y[0].shape == y[1].shape == (len(a["x"]), 2)
    # A chance estimate of a probability: of a single pixel it may well be above 1.
    return model.log_likelihood, {"x": x, "samples": 2}, lambda y, a: y.shape == (len(a["x"]),)


# Generative adversarial networks


@case("gan.pair", "gan.basic", "gan.deep", "gan.compact", "gan.generic", "gan.conv", "gan.points")
def _(draw, name):
    image = any_image(draw, step=4)
    own = {"generic": {"x": 5}, "points": {"hidden": 4}}.get(name, {"image": image})
    if name == "pair":
        own["name"] = draw(st.sampled_from(["basic", "conv"]))
    if name == "conv":
        own["channels"] = (3, 2)

    def right(pair, a):
        generator, discriminator = pair
        made = generator(rand(2, a["z"]))
        shape = {"generic": (a.get("x"),), "points": (2,)}.get(name, a.get("image"))
        return made.shape == (2, *shape) and discriminator(made).shape == (2, 1)

    return getattr(gan, name), {"z": 3, **own}, right


@case("gan.to_tanh", "gan.from_tanh", nan=False)
def _(draw, name):
    low, high = {"to_tanh": (-1, 1), "from_tanh": (0, 1)}[name]
    return (
        getattr(gan, name),
        {"x": rand(any_count(draw), *any_image(draw))},
        lambda y, a: y.shape == a["x"].shape and low <= y.min() and y.max() <= high,
    )


@case("gan.noise")
def _(draw, name):
    generator, _ = gan.pair("points", z=3, hidden=4)
    return (
        gan.noise,
        {"generator": generator, "count": any_count(draw), "chance": None},
        lambda y, a: y.shape == (a["count"], 3),
    )


@case("gan.logits", "gan_losses.flat_at_data", "gan_losses.unit_slope")
def _(draw, name):
    image = any_image(draw, step=4)
    _, discriminator = gan.pair(draw(st.sampled_from(["basic", "deep", "conv"])), image=image)
    x = rand(any_count(draw), *image)
    if name == "logits":
        return gan.logits, {"discriminator": discriminator, "x": x}, lambda y, a: y.shape == (len(a["x"]), 1)
    given = {"discriminator": discriminator, "real": x, "fake": 1 - x}
    return getattr(gan_losses, name), given, lambda y, a: y.ndim == 0 and y >= 0


@case(*(f"gan_losses.{name}" for name in ("tell_apart", "squared_distance", "hinge", "score_gap")))
@case(*(f"gan_losses.{name}" for name in ("not_be_caught", "be_called_real", "raise_score")))
@case("gan_losses.squared_distance_to_real")
def _(draw, name):
    loss = getattr(gan_losses, name)
    both = {"real": rand(any_count(draw), 1), "fake": -rand(any_count(draw), 1)}
    return loss, {key: both[key] for key in inspect.signature(loss).parameters}, is_number


@case("duel.duel", nan=False)
def _(draw, name):
    image = any_image(draw, step=4)
    generator, discriminator = gan.pair(draw(st.sampled_from(["basic", "deep", "conv"])), z=3, image=image)
    options = {"steps": 2, "every": 1, "batch_size": 2, "lr": 1e-3, "betas": (0.5, 0.9), "ema": 0.5, "seed": 0}
    options |= {"losses": draw(st.sampled_from(list(gan_losses.LOSSES))), "weight": 1.0}
    options["penalty"] = draw(st.sampled_from([None, gan_losses.unit_slope]))

    def right(rounds, a):
        shape = rounds[-1].generator(rand(2, 3)).shape
        return shape[1:] == a["data"].shape[1:] and all(0 <= r.real_right <= 1 for r in rounds)

    def call(generator, discriminator, data, **options):
        return list(duel(generator, discriminator, data, **options))

    players = {"generator": generator, "discriminator": discriminator}
    return call, {**players, "data": rand(any_count(draw), *image), **options}, right


# Sequences


def spread_is_one(y, a):
    mixed, weights = y
    sums = weights.sum(dim=-1)
    ones = torch.ones_like(sums).where(sums.isfinite(), math.nan)  # NaN may come of NaN, which is looked at elsewhere
    return mixed.shape[:-1] == weights.shape[:-1] and torch.allclose(sums, ones, atol=1e-5, equal_nan=True)


@case("seq2seq.attention")
def _(draw, name):
    rows, asked, places = any_count(draw), any_count(draw), any_count(draw)
    allowed = draw(st.sampled_from([None, torch.ones(asked, places, dtype=torch.bool).tril(), torch.tensor(True)]))
    parts = {"query": rand(rows, asked, 3), "key": rand(rows, places, 3), "value": rand(rows, places, 2)}

    def right(y, a):
        return spread_is_one(y, a) and y[1].shape == (*a["query"].shape[:-1], a["key"].shape[-2])

    return seq2seq.attention, {**parts, "allowed": allowed}, right


READERS = {
    "GRUReader": (seq2seq.GRUReader, {}),
    "TransformerReader": (transformer.TransformerReader, {"heads": 2, "layers": 1}),
}
DECODERS = {
    "GRUDecoder": (seq2seq.GRUDecoder, {}),
    "AttentionDecoder": (seq2seq.AttentionDecoder, {}),
    "TransformerDecoder": (transformer.TransformerDecoder, {"heads": 2, "layers": 1}),
}


@case("seq2seq.GRUReader", "transformer.TransformerReader")
def _(draw, name):
    kind, own = READERS[name]

    def right(made, a):
        return made(rand(1, 2, a["width"]), torch.tensor([[True, False]])).summary.shape == (1, a["width"])

    return kind, {"width": 8, **own}, right


@case("seq2seq.GRUReader.forward", "transformer.TransformerReader.forward")
def _(draw, name):
    kind, own = draw(st.sampled_from(list(READERS.values())))
    vectors = rand(any_count(draw), any_count(draw), 8)
    real = torch.ones(vectors.shape[:2], dtype=torch.bool)
    return (
        kind(8, **own),
        {"vectors": vectors, "real": real},
        lambda y, a: y.states.shape == a["vectors"].shape and y.summary.shape == (len(a["vectors"]), 8),
    )


@case("memory.TokenEmbedding", "seq2seq.TextEncoder")
def _(draw, name):
    if name == "TokenEmbedding":
        return (
            TokenEmbedding,
            {"tokens": 6, "width": 8},
            lambda made, a: made(torch.zeros(1, 1, dtype=torch.int64)).shape == (1, 1, a["width"]),
        )
    given = {"tokens": 6, "reader": seq2seq.GRUReader(8)}
    return seq2seq.TextEncoder, given, lambda made, a: made.embed.num_embeddings == a["tokens"]


@case("memory.TokenEmbedding.forward", "seq2seq.TextEncoder.forward")
def _(draw, name):
    rows, length = any_count(draw), any_count(draw)
    if draw(st.booleans()):
        return TokenEmbedding(6, 8), {"ids": ids(rows, length)}, lambda y, a: y.shape == (*a["ids"].shape, 8)
    model = translator().encoder
    return model, {"source": ids(rows, length)}, lambda y, a: y.states.shape == (*a["source"].shape, 8)


@case("seq2seq.GRUDecoder", "seq2seq.AttentionDecoder", "transformer.TransformerDecoder")
def _(draw, name):
    kind, own = DECODERS[name]
    start = torch.ones(1, 1, dtype=torch.int64)
    return (
        kind,
        {"tokens": 6, "width": 8, **own},
        lambda made, a: made(memory(1, width=a["width"]), start)[0].shape == (1, 1, a["tokens"]),
    )


@case("seq2seq.GRUDecoder.forward", "transformer.TransformerDecoder.forward")
def _(draw, name):
    kind, own = DECODERS[draw(st.sampled_from(list(DECODERS)))]
    rows = any_count(draw)
    state = draw(st.sampled_from([None, ids(rows, 2) if kind is transformer.TransformerDecoder else rand(rows, 8)]))
    given = {"memory": memory(rows), "tokens": ids(rows, any_count(draw)), "state": state}
    return kind(6, width=8, **own), given, lambda y, a: y[0].shape == (*a["tokens"].shape, 6)


@case("seq2seq.Seq2Seq")
def _(draw, name):
    model = translator()
    given = {"encoder": model.encoder, "decoder": model.decoder}
    return seq2seq.Seq2Seq, given, lambda made, a: is_loss(made.loss(ids(1, 2), ids(1, 2)), a)


@case(*(f"seq2seq.Seq2Seq.{name}" for name in ("forward", "loss", "log_probability", "greedy", "beam")))
def _(draw, name):
    rows = any_count(draw)
    source, target = ids(rows, any_count(draw)), ids(rows, any_count(draw))
    model = translator(draw(st.sampled_from([seq2seq.AttentionDecoder, seq2seq.GRUDecoder])))
    both, lengths = {"source": source, "target": target}, {"source": source, "max_length": 3}
    given = {"greedy": lengths, "beam": {**lengths, "width": 2}}.get(name, both)

    def written(y, a):
        return len(y[0]) == len(a["source"]) and 1 <= y[0].shape[1] <= a["max_length"] and (y[0] < 6).all()

    right = {
        "forward": lambda y, a: y.shape == (*a["target"].shape, 6),
        "loss": is_loss,
        "log_probability": lambda y, a: y.shape == (len(a["target"]),) and (y <= 0).all(),
    }
    return getattr(model, name), given, right.get(name, written)


@case("transformer.positions")
def _(draw, name):
    return (
        transformer.positions,
        {"length": any_count(draw), "width": 2 * any_count(draw)},
        lambda y, a: y.shape == (a["length"], a["width"]),
    )


@case("transformer.MultiHeadAttention", "transformer.Block")
def _(draw, name):
    mask = torch.ones(1, 1, 2, dtype=torch.bool)
    if name == "Block":
        return (
            transformer.Block,
            {"width": 8, "heads": 2},
            lambda made, a: made(rand(1, 2, a["width"]), mask)[0].shape == (1, 2, a["width"]),
        )
    return (
        transformer.MultiHeadAttention,
        {"width": 8, "heads": 2},
        lambda made, a: made(rand(1, 1, a["width"]), rand(1, 2, a["width"]), mask)[0].shape == (1, 1, a["width"]),
    )


@case("transformer.MultiHeadAttention.forward", "transformer.Block.forward")
def _(draw, name):
    rows, places = any_count(draw), any_count(draw)
    x, mask = rand(rows, places, 8), torch.ones(1, places, places, dtype=torch.bool)
    if draw(st.booleans()):
        model = transformer.MultiHeadAttention(8, 2)
        return model, {"x": x, "memory": x, "allowed": mask}, lambda y, a: y[0].shape == a["x"].shape
    model = transformer.Block(8, 2, cross=True)
    return model, {"x": x, "memory": memory(rows), "allowed": mask}, lambda y, a: y[0].shape == a["x"].shape


@case("captioning.convolutions", "captioning.DigitClassifier", "captioning.ImageEncoder")
def _(draw, name):
    features, reader = captioning.convolutions(1, (2, 3)), seq2seq.GRUReader(8)
    given, right = {
        "convolutions": (
            {"depth": 1, "channels": (2, 3)},
            lambda made, a: made(rand(1, a["depth"], 8, 12)).shape == (1, a["channels"][1], 2, 3),
        ),
        "DigitClassifier": (
            {"features": features, "size": 18, "classes": 4},
            lambda made, a: made.out.weight.shape == (a["classes"], a["size"]),
        ),
        "ImageEncoder": (
            {"features": features, "reader": reader, "channels": 3, "size": 2, "step": 1, "width": 8, "dropout": 0.1},
            lambda made, a: made.window.weight.shape == (a["width"], a["channels"], a["size"], a["size"]),
        ),
    }[name]
    return getattr(captioning, name), given, right


@case(*(f"captioning.{name}" for name in ("DigitClassifier.forward", "DigitClassifier.loss", "ImageEncoder.forward")))
def _(draw, name):
    features, images = captioning.convolutions(1, (2, 3)), rand(any_count(draw), 1, 8, 12)
    kind = draw(st.sampled_from(["forward", "encode", "loss"])) if name == "forward" else name
    if kind == "encode":
        model = captioning.ImageEncoder(features, seq2seq.GRUReader(8), channels=3, size=2, step=1, width=8)
        return model, {"images": images}, lambda y, a: y.states.shape[::2] == (len(a["images"]), 8)
    model = captioning.DigitClassifier(features, size=18, classes=4)
    if kind == "forward":
        return model, {"images": images}, lambda y, a: y.shape == (len(a["images"]), 4)
    return model.loss, {"images": images, "labels": torch.arange(len(images))}, is_loss


WORDS = st.lists(st.text("abक़िख ", min_size=1, max_size=6), min_size=1, max_size=3)


def tidy(text, level):
    text = unicodedata.normalize("NFC", text).lower()
    return " ".join(text.split()) if level == "words" else text


@case("tokens.Vocabulary", "tokens.Vocabulary.encode", "tokens.Vocabulary.split")
def _(draw, name):
    texts, level = draw(WORDS), draw(st.sampled_from(["words", "characters"]))
    made = Vocabulary(texts, level)

    def comes_back(words, a):
        texts = list(a["texts"])
        return not texts or words.decode(words.encode(texts)) == [tidy(text, a["level"]) for text in texts]

    if name == "Vocabulary":
        return Vocabulary, {"texts": texts, "level": level}, comes_back
    if name == "split":
        return made.split, {"text": texts[0]}, lambda y, a: all(isinstance(token, str) for token in y)
    return made.encode, {"texts": texts}, lambda y, a: len(y) == len(a["texts"]) and y.dtype == torch.int64


@case("tokens.Vocabulary.decode", "tokens.Vocabulary.pieces")
def _(draw, name):
    made, given = Vocabulary(["a b c"]), ids(any_count(draw), any_count(draw))
    if name == "pieces":
        return made.pieces, {"row": given[0]}, lambda y, a: set(y) <= set(made.tokens)
    return made.decode, {"ids": given}, lambda y, a: len(y) == len(a["ids"])


# Loops, points, pictures


@case("train.fit", nan=False)
def _(draw, name):
    model, x = some_model(draw)
    options = {"epochs": 1, "steps": None, "batch_size": 2, "lr": 1e-3, "decay": True, "seed": 0}

    def right(steps, a):
        return all(math.isfinite(step.loss) for step in steps) and model(a["data"]).shape == a["data"].shape

    return lambda model, data, **rest: list(fit(model, data, **rest)), {"model": model, "data": x, **options}, right


@case("ring.centers", "ring.gaussians")
@case("ring.modes_covered", "ring.good_share", nan=False)
def _(draw, name):
    n, modes = any_count(draw), any_count(draw)
    points = ring.gaussians(n, modes)
    given, right = {
        "centers": ({"modes": modes}, lambda y, a: y.shape == (a["modes"], 2)),
        "gaussians": ({"n": n, "modes": modes, "seed": 0}, lambda y, a: y.shape == (a["n"], 2)),
        "modes_covered": ({"points": points, "modes": modes, "share": 0.25}, lambda y, a: 0 <= y <= a["modes"]),
        "good_share": ({"points": points, "modes": modes}, lambda y, a: 0 <= y <= 1),
    }[name]
    return getattr(ring, name), given, right


@case("game.frame", "game.check_runs", "game.drawn_points", "game.drawn_pull", nan=False)
def _(draw, name):
    generator, discriminator = gan.pair("points", hidden=4)
    n, real = any_count(draw), ring.gaussians(any_count(draw))
    good = {"z": rand(n, 2), "real": real, "step": 0, "modes": 8, "side": 3}
    good |= {"generator": generator, "discriminator": discriminator}

    def right(y, a):
        side = a["side"]
        return y.points.shape == y.pull.shape == (len(a["z"]), 2) and y.surface.shape == (side, side)

    if name == "frame":
        return game.frame, {**good, "loss": gan_losses.be_called_real}, right
    if name == "check_runs":
        return game.check_runs, {"runs": {"healthy": [game.frame(**good)]}, "real": real}, lambda y, a: y is None
    [key] = inspect.signature(getattr(game, name)).parameters
    most = math.sqrt(2) * {"drawn_points": game.REACH, "drawn_pull": game.LONGEST}[name] * 1.001
    return getattr(game, name), {key: real}, lambda y, a: y.shape == a[key].shape and y.norm(dim=1).max() <= most


@case(*(f"corrupt.{name}" for name in ("gaussian", "salt_and_pepper", "blocks", "scan", "mixed")), nan=False)
def _(draw, name):
    x = rand(any_count(draw), *any_image(draw))
    given = {"x": x, "most" if name == "mixed" else "strength": 0.3, "generator": torch.Generator().manual_seed(0)}
    if name == "blocks":
        given["side"] = any_count(draw)
    return getattr(corrupt, name), given, in_range


def in_range(y, a):
    return y.shape == a["x"].shape and y.dtype == a["x"].dtype and y.min() >= 0 and y.max() <= 1


@case(
    *(f"filters.{name}" for name in ("median", "non_local_means", "total_variation", "with_levels", "background")),
    nan=False,
)
def _(draw, name):
    _, height, width = any_image(draw)
    setting = {"median": ("size", 3), "non_local_means": ("h", 0.1), "total_variation": ("weight", 0.1)}
    setting |= {"with_levels": ("setting", (0.2, 0.1, 0.8)), "background": ("window", 3)}
    return getattr(filters, name), {"x": rand(any_count(draw), 1, height, width), **dict([setting[name]])}, in_range


@case("filters.tune", nan=False)
def _(draw, name):
    clean = rand(any_count(draw), 1, 5, 7)
    given = {"filter": filters.median, "settings": [1, 3], "noisy": clean.flip(0), "clean": clean}
    return filters.tune, given, lambda y, a: y[0] in a["settings"] and callable(y[1])


# What is done to them

TENSORS = st.builds(
    lambda shape, fill, kind: torch.full(shape, fill).to(kind),
    st.lists(st.integers(0, 4), max_size=5),
    st.sampled_from([0.0, 0.5, 1.0, -3.0, 255.0]),
    st.sampled_from(
        [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
    ),
)
ANYTHING = st.one_of(
    st.sampled_from([None, -1, 0, 1, 2, 7, 1.5, -0.5, math.nan, math.inf, -math.inf, 1j, "", "three", b"x", ...]),
    st.sampled_from([(), (0,), (1, 2), (2, 3, 4), (1, 0, 5), (1, -8, 8), (1.5, 8, 8), ("a", 2, 3), 5 * (1,)]),
    st.builds(list),
    st.builds(dict),
    st.sampled_from([np.zeros((2, 1, 4, 4)), ["a", 3], [[1, 2], [3]], [math.nan], {"a": 3}, {"a": [3]}]),
    TENSORS,
)


def near_misses(x: Tensor) -> dict[str, Tensor]:
    """What a student's slip makes of a good tensor."""
    some = {"wrapped": x[None], "255": 255 * x, "negative": -1 - x.long(), "bytes": (255 * x).byte()}
    some |= {"double": x.double(), "whole": x.long(), "far": x.to("meta"), "array": x.numpy(), "list": x.tolist()}
    if x.ndim:
        some |= {"no rows": x[:0], "one row": x[:1], "a row less": x[:-1], "a row more": torch.cat([x, x[:1]])}
    if x.ndim > 1:
        some |= {"one image": x[0], "last dimension short": x[..., :-1], "flat": x.flatten(1)}
        some |= {"transposed": x.transpose(-1, -2), "channels last": x.movedim(1, -1)}
    if x.is_floating_point():
        some["NaN"] = x.masked_fill(torch.arange(x.numel()).view(x.shape) == 0, math.nan)
    return some


# What an argument is called by the part that refuses it: the model inside a loop, the embedding inside an encoder.
INSIDE = ("x has", "x holds", "x is", "x (", "in x", "tensors[0]", "tokens", "ids", "text", "vectors", "points")
INSIDE += ("black", "size=", "All tensors")


def spoil(draw, good):
    """Another value in place of a good one: a near miss, or anything."""
    if isinstance(good, Memory) and draw(st.booleans()):
        field = draw(st.sampled_from(Memory._fields))
        return good._replace(**{field: spoil(draw, getattr(good, field))})
    if isinstance(good, Tensor) and draw(st.integers(0, 3)):
        return draw(st.sampled_from(list(near_misses(good).values())))
    return draw(ANYTHING)


def finite(thing) -> bool:
    """Whether no tensor in it holds NaN or infinity."""
    if isinstance(thing, Tensor):
        return thing.is_meta or not thing.is_floating_point() or bool(thing.isfinite().all())
    if isinstance(thing, dict):
        return all(map(finite, thing.values()))
    return not isinstance(thing, tuple | list) or all(map(finite, thing))


def test_every_public_callable_has_a_case():
    public = set()
    for path in MODULES:
        module = import_module(f"course_lib.{path}")
        for name, thing in vars(module).items():
            if name.startswith("_") or not callable(thing) or getattr(thing, "__module__", "") != module.__name__:
                continue
            public.add(short := f"{path.removeprefix('models.')}.{name}")
            methods = vars(thing) if inspect.isclass(thing) and not hasattr(thing, "_fields") else {}
            public |= {f"{short}.{m}" for m, f in methods.items() if inspect.isfunction(f) and not m.startswith("_")}
    assert public == CASES.keys() | EXCEPTIONS.keys()
    assert not CASES.keys() & EXCEPTIONS.keys()


@pytest.mark.parametrize("name", CASES)
@calm(max_examples=6)
@given(data=st.data())
def test_odd_sizes_and_single_images_work(name, data):
    call, arguments, right = CASES[name](data.draw)
    result = call(**arguments)
    assert right(result, arguments)
    assert finite(result)


@pytest.mark.parametrize("name", CASES)
@calm(max_examples=25)
@given(data=st.data())
def test_a_spoilt_argument_is_refused_clearly_or_does_no_harm(name, data):
    call, arguments, right = CASES[name](data.draw)
    key = data.draw(st.sampled_from(list(arguments)))
    arguments[key] = spoil(data.draw, arguments[key])
    refuses_clearly_or_does_no_harm(name, call, arguments, key, right)


@pytest.mark.parametrize("name", CASES)
@calm(max_examples=1)
@given(data=st.data())
def test_every_near_miss_is_refused_clearly_or_does_no_harm(name, data):
    """Not only those that chance comes upon."""
    _, first, _ = CASES[name](data.draw)
    for key in (key for key, good in first.items() if isinstance(good, Tensor)):
        for slip in near_misses(first[key]):
            call, arguments, right = CASES[name](data.draw)  # anew: a loop may have trained the model on nonsense
            arguments[key] = near_misses(arguments[key]).get(slip, arguments[key])
            refuses_clearly_or_does_no_harm(name, call, arguments, key, right)


def refuses_clearly_or_does_no_harm(name, call, arguments, key, right):
    clean = finite(arguments)
    try:
        result = call(**arguments)
    except (ValueError, ArithmeticError) as error:
        text, value = str(error), arguments[key]
        assert DEVANAGARI.search(text), text
        named = any(re.search(rf"\b{re.escape(argument)}\b", text) for argument in arguments)
        assert named or any(word in text for word in [*INSIDE, repr(value), type(value).__name__]), text
    else:
        assert clean or name not in NO_NAN, "NaN went through"
        assert right(result, arguments)
        assert finite(result) or not clean


@pytest.mark.parametrize("model", [ae.Autoencoder(), vae.VAE(), ae.DenoisingAutoencoder(ae.Autoencoder(), torch.neg)])
@pytest.mark.parametrize(("factor", "said"), [(255, "Divide pixels from 0 to 255 by 255"), (math.nan, "are NaN")])
def test_pixels_that_no_sigmoid_reaches_are_refused_before_training(model, factor, said):
    before = [weight.clone() for weight in model.parameters()]
    with pytest.raises(ValueError, match=said):
        fit(model, factor * (rand(3, 1, 28, 28) + 0.1), epochs=1)
    assert all(map(torch.equal, before, model.parameters()))
