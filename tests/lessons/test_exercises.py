"""Every solution passes, every untouched stub says "not attempted", and each common slip gets its own answer."""

import re
from functools import cache
from pathlib import Path

import gates
import nbformat
import numpy as np
import pytest
import torch
from gates import DEVANAGARI
from IPython.core.formatters import format_display_data
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom import exercises
from course_lib.classroom.exercises import Exercise, Wrong, ____, questions, quiz
from course_lib.classroom.exercises import autoencoder as lesson02
from course_lib.classroom.exercises import autoencoder_at_work as lesson02c
from course_lib.classroom.exercises import denoising as lesson03
from course_lib.classroom.exercises import denoising_at_work as lesson03c
from course_lib.classroom.exercises import dimensionality_reduction as lesson04
from course_lib.classroom.exercises import dimensionality_reduction_at_work as lesson04c
from course_lib.classroom.exercises import encoder_decoder as lesson01
from course_lib.classroom.exercises import encoder_decoder_at_work as lesson01c
from course_lib.classroom.exercises import gan as lesson06
from course_lib.classroom.exercises import gan_at_work as lesson06c
from course_lib.classroom.exercises import gan_training as lesson06b
from course_lib.classroom.exercises import gan_vae_diffusion as lesson09
from course_lib.classroom.exercises import gan_variants as lesson07
from course_lib.classroom.exercises import image_to_image as lesson08
from course_lib.classroom.exercises import start_here as lesson00
from course_lib.classroom.exercises import text_to_image as lesson07b
from course_lib.classroom.exercises import transformer as lesson01b
from course_lib.classroom.exercises import vae as lesson05
from course_lib.classroom.exercises import vae_at_work as lesson05c
from course_lib.classroom.language import Text
from course_lib.data import corrupt
from course_lib.data.tokens import END, PAD, START
from course_lib.loops import fit
from course_lib.models.autoencoders import Autoencoder, DenoisingAutoencoder, dense, squared_error, unet
from course_lib.models.gan import bce, hinge, non_saturating
from course_lib.models.gan_networks import pair

LESSONS = {
    "00_start_here": lesson00,
    "01_encoder_decoder": lesson01,
    "01b_transformer": lesson01b,
    "01c_applications": lesson01c,
    "02_autoencoder": lesson02,
    "02c_applications": lesson02c,
    "03_denoising": lesson03,
    "03c_applications": lesson03c,
    "04_dimensionality_reduction": lesson04,
    "04c_applications": lesson04c,
    "05_vae": lesson05,
    "05c_applications": lesson05c,
    "06_gan": lesson06,
    "06b_gan_training": lesson06b,
    "06c_applications": lesson06c,
    "07_gan_variants": lesson07,
    "07b_text_to_image": lesson07b,
    "08_image_to_image": lesson08,
    "09_gan_vae_diffusion": lesson09,
}
ALL = {
    f"{name}-{key}": exercise
    for name, module in LESSONS.items()
    for key, exercise in vars(module).items()
    if isinstance(exercise, Exercise)
}
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@cache
def solved(name):
    """What an exercise says to its own solution."""
    return ALL[name].check(ALL[name].answer)


@pytest.mark.parametrize("name", ALL)
def test_solution_passes(name):
    assert solved(name).status == "correct"


def test_blank_is_not_attempted():
    stubs = [
        lambda *_: ____,
        lambda *_: (____, ____),
        lambda *_: ____ + 1,
        lambda *_: nn.Linear(784, ____),  # torch would raise a TypeError first
        lambda *_: [torch.zeros(____) for _ in range(2)],
    ]
    for name, exercise in ALL.items():
        assert [exercise.check(stub).status for stub in stubs] == ["blank"] * len(stubs), name


def test_students_error_is_told_not_raised():
    for name, exercise in ALL.items():
        outcome = exercise.check(lambda *_: undefined_name)  # noqa: F821
        assert (outcome.status, "NameError" in outcome.said.en) == ("error", True), name
        assert exercise.check(lambda: None).status in ("error", "wrong"), name
        assert exercise.check("not a function").status == "error", name


def test_hints_and_solution():
    for name, exercise in ALL.items():
        assert len(exercise.hints) >= 3, name
        for n, hint in enumerate(exercise.hints, 1):
            assert hint.en in exercise.hint(n).plain
            assert DEVANAGARI.search(hint.hi), hint
        with pytest.raises(ValueError, match="no hint 9"):
            exercise.hint(9)
        assert "return" in exercise.solution().plain, name


def test_hints_come_one_after_the_other():
    exercise = Exercise(lambda f: None, lambda: None, [Text("क", "a"), Text("ख", "b")])
    assert [exercise.hint().plain.split("\n")[0] for _ in range(3)] == ["Hint 1/2: a", "Hint 2/2: b", "Hint 2/2: b"]


@pytest.mark.parametrize("name", LESSONS)
def test_stubs_in_the_notebook_say_not_attempted(name):
    """As committed: every cell that checks an exercise was run untouched and says so; code to mend is found wrong."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    checks = [c for c in notebook.cells if c.cell_type == "code" and re.search(r"\.check\(", c.source)]
    assert len(checks) == sum(isinstance(e, Exercise) for e in vars(LESSONS[name]).values())
    assert len(checks) >= (1 if name == "00_start_here" else 2 if "applications" in name else 3)
    for cell in checks:
        mend = getattr(LESSONS[name], re.search(r"(\w+)\.check\(", cell.source)[1]).mend
        assert ("____" in cell.source) != mend
        assert ("Not yet" if mend else "Not attempted") in cell.outputs[0].data["text/plain"]


def _denoising_loop(target="clean", noise="inside", input="noisy", zero="before", step=True):
    """The loop of lesson 03's exercise, with a slip."""

    def train(network, images, add_noise, epochs):
        optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
        once = add_noise(images)
        for _ in range(epochs):
            for index in torch.randperm(len(images)).split(64):
                noisy = add_noise(images[index]) if noise == "inside" else once[index]
                x_hat = network(noisy if input == "noisy" else images[index])
                wanted = {"clean": images[index], "noisy": noisy, "other": images[: len(index)]}[target]
                loss = ((x_hat - wanted) ** 2).flatten(1).sum(dim=1).mean()
                if zero == "before":
                    optimizer.zero_grad()
                loss.backward()
                if step:
                    optimizer.step()
        return network

    return train


DENOISING_SLIPS = {
    "did not move": {"step": False},
    "given clean images": {"input": "clean"},
    "learn to copy": {"target": "noisy"},
    "of the same batch": {"target": "other"},
    "same noise again": {"noise": "once"},
    "just before every backward": {"zero": "never"},
}


def _voted(x, labels, new, fitted_on, numbers=10):
    """Lesson 04's classifier on PCA's codes, PCA being fitted on what is given."""
    pca = PCA(numbers, random_state=0).fit(fitted_on)
    return KNeighborsClassifier(10).fit(pca.transform(x), labels).predict(pca.transform(new))


class _Apply(nn.Module):
    """A function of flattened images as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x.flatten(1))


def _map_of(function):
    """Lesson 04's map by a function that has learned nothing, and a decoder that draws grey."""
    return _Apply(function), _Apply(lambda codes: torch.full((len(codes), 1, 28, 28), 0.3))


def _pca_by_modules(x):
    """PCA as encoder and decoder; pixels kept in [0, 1], so that its error is a little smaller, its map the same."""
    mean = x.flatten(1).mean(0)
    [_, _, directions] = torch.linalg.svd(x.flatten(1) - mean, full_matrices=False)
    decoder = _Apply(lambda codes: (mean + codes @ directions[:2]).clamp(0, 1).view(-1, 1, 28, 28))
    return _Apply(lambda flat: (flat - mean) @ directions[:2].T), decoder


class _Scaled(nn.Module):
    """x̂ = scale · x: a denoiser that has learned nothing."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return self.scale * x


def _denoiser(noise):
    """A small U-Net that has learned to remove this noise."""
    torch.manual_seed(0)
    model = DenoisingAutoencoder(unet((8, 16)), noise)
    for _ in fit(model, data.mnist().train.images, epochs=2, lr=4e-3):
        pass
    return model.model


def _real(digit):
    """Real digits, where made ones are asked for."""
    test = data.mnist().test
    return test.images[test.labels == digit]


def _scores(query, key, W, U, v):
    return torch.tanh((query @ W)[:, None] + (key @ U)[None]) @ v


def _additive(query, key, mask, W, U, v):
    return _scores(query, key, W, U, v).masked_fill(~mask, -torch.inf).softmax(dim=1) @ key


def _after_start(target):
    return F.pad(target[:, :-1], (1, 0), value=START)


def _seq_step(model, optimizer, source, target, shift=_after_start, ignored=PAD, zero="first", times=1, cut=0):
    """A step of training a translator, with the slips that students make."""
    logits = model(source, shift(target))
    length = target.shape[1] - cut
    loss = times * F.cross_entropy(logits[:, :length].flatten(0, 1), target[:, :length].flatten(), ignore_index=ignored)
    if zero == "first":
        optimizer.zero_grad()
    loss.backward()
    if zero == "late":
        optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def _iteration(for_d=Tensor.detach, for_g=Tensor.clone, d_says=Tensor.clone, zero="GD", late="", losses=None):
    """One step of a GAN, in which one thing can be done wrongly.

    for_d, for_g: what is done to the fakes in each loss; d_says: to D's logits on fakes
    zero: whose gradients are cleared; late: "D" steps only after G's backward
    """
    d_loss, g_loss = losses or (bce, non_saturating)

    def step(generator, discriminator, g_optimizer, d_optimizer, real, z):
        for name, optimizer in (("G", g_optimizer), ("D", d_optimizer)):
            if name in zero:
                optimizer.zero_grad()
        d_loss(discriminator(real), d_says(discriminator(for_d(generator(z))))).backward()
        if late != "D":
            d_optimizer.step()
        g_loss(discriminator(for_g(generator(z)))).backward()
        g_optimizer.step()
        if late == "D":
            d_optimizer.step()
        return True

    return step


def _shared_fake(generator, discriminator, g_optimizer, d_optimizer, real, z, keep=False, clear=False):
    """The same fakes in both losses, never detached."""
    g_optimizer.zero_grad()
    d_optimizer.zero_grad()
    fake = generator(z)
    bce(discriminator(real), discriminator(fake)).backward(retain_graph=keep)
    d_optimizer.step()
    if clear:
        g_optimizer.zero_grad()
    non_saturating(discriminator(fake)).backward()
    g_optimizer.step()
    return True


def _g_first(generator, discriminator, g_optimizer, d_optimizer, real, z):
    g_optimizer.zero_grad()
    fake = generator(z)
    non_saturating(discriminator(fake)).backward()
    g_optimizer.step()
    d_optimizer.zero_grad()
    bce(discriminator(real), discriminator(fake.detach())).backward()
    d_optimizer.step()
    return True


def _d_stays(generator, discriminator, g_optimizer, d_optimizer, real, z):
    return _iteration()(generator, discriminator, g_optimizer, torch.optim.SGD(discriminator.parameters(), 0), real, z)


def _by_hand(generator, discriminator, *others):
    """Steps without the optimizers' own."""
    *optimizers, real, z = others
    for optimizer in optimizers:
        optimizer.step = lambda o=optimizer: torch.optim.SGD(o.param_groups[0]["params"], o.defaults["lr"]).step()
    return _iteration()(generator, discriminator, *optimizers, real, z)


def _loop(index=Tensor.clone, zero="early", step="last", mode=nn.Module.train, target=Tensor.clone):
    """A training loop in which one thing can be done wrongly."""

    def train(model, images, epochs):
        optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
        for _ in range(epochs):
            mode(model)
            for batch in torch.randperm(len(images)).split(64):
                x = images[index(batch)]
                if step == "first":
                    optimizer.step()
                loss = squared_error(model(x), target(x))
                if zero == "early":
                    optimizer.zero_grad()
                loss.backward()
                if zero == "late":
                    optimizer.zero_grad()
                if step == "last":
                    optimizer.step()
        return model

    return train


def _in_one_epoch(model, images):
    model = _loop()(model, images, 1)
    return model.encoder, model.decoder


class _Large(nn.Module):
    """Numbers far beyond −1 and 1."""

    def forward(self, x):
        return 3 + 50 * x - 3 * (x < 0)


def _cut(fake):
    return fake.detach().requires_grad_()


def _own_gan(
    images, steps, last=None, lr=2e-3, batch=8, one=False, for_g=lambda fake: fake, for_d=Tensor.detach, learned=None
):
    """A GAN as lesson 06 asks for, in which one thing can be done wrongly.

    learned: how many of its steps have a gradient of their own; the rest are taken, as a check counts them
    """
    generator, discriminator = pair("dcgan")
    if last:
        generator[-1] = last
    optimizers = [torch.optim.Adam(half.parameters(), lr=lr, betas=(0.5, 0.999)) for half in (generator, discriminator)]
    if one:
        optimizers = [torch.optim.Adam([*generator.parameters(), *discriminator.parameters()], lr=lr)] * 2
    for _ in range(steps if learned is None else learned):
        fake = generator(torch.randn(batch, 64))
        real = images[torch.randint(len(images), (batch,))]
        optimizers[1].zero_grad()
        bce(discriminator(real), discriminator(for_d(fake))).backward(retain_graph=True)
        optimizers[1].step()
        optimizers[0].zero_grad()
        non_saturating(discriminator(for_g(fake))).backward()
        optimizers[0].step()
    for _ in range(0 if learned is None else steps - learned):
        for optimizer in optimizers:
            optimizer.step()
    return generator


def _vae_loss(sigma=0.5, draw="rsample", divide="images", kl=1.0):
    """The loss of lesson 05's exercise, with a slip."""

    def loss(encode, decode, x):
        mu, log_var = encode(x)
        x_hat = decode(getattr(Normal(mu, (sigma * log_var).exp()), draw)())
        reconstruction = F.binary_cross_entropy(x_hat, x, reduction="sum")
        reconstruction = reconstruction / {"images": len(x), "pixels": x.numel(), "nothing": 1}[divide]
        return reconstruction + kl * -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()

    return loss


def _own_vae(images, epochs=3, sigma=0.5, epsilon=1.0, pixels=1, kl=1.0, detach=False, squared=False):
    """The VAE of lesson 05's last exercise, with a slip."""

    class MyVAE(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(784, 160), nn.ReLU())
            self.fc_mu, self.fc_log_var = nn.Linear(160, 16), nn.Linear(160, 16)
            self.decoder = nn.Sequential(nn.Linear(16, 160), nn.ReLU(), nn.Linear(160, 784), nn.Sigmoid())

        def encode(self, x):
            h = self.hidden(x)
            return self.fc_mu(h), self.fc_log_var(h)

        def decode(self, z):
            return self.decoder(z).view(-1, 1, 28, 28)

        def loss(self, x):
            mu, log_var = self.encode(x)
            z = mu + epsilon * (sigma * log_var).exp() * torch.randn_like(mu)
            x_hat = self.decode(z.detach() if detach else z)
            error = (x_hat - x).square().sum() if squared else F.binary_cross_entropy(x_hat, x, reduction="sum")
            return (error / pixels + kl * -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum()) / len(x)

    model = MyVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(epochs):
        for x in images[torch.randperm(len(images))].split(64):
            optimizer.zero_grad()
            model.loss(x).backward()
            optimizer.step()
    return model


def _heads(query, key, value, mask, heads, size=None, late=False, joined=True, nan=False, hidden=-torch.inf):
    """Attention in several heads, with the slips that students make."""
    q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    scores = q @ k.transpose(2, 3) / (size or q.shape[3]) ** 0.5
    weights = scores.softmax(3) * mask if late else scores.masked_fill(~mask, hidden).softmax(3)
    assert nan == bool(weights.isnan().any())
    context = weights @ v
    return context.transpose(1, 2).flatten(2) if joined else context.reshape(query.shape)


class _Wrapped(nn.Module):
    """A layer, and what is done with that which it gives."""

    def __init__(self, layer, function):
        super().__init__()
        self.layer, self.function = layer, function

    def forward(self, x):
        return self.function(self.layer(x))


def _recall(around="generated", nearest=1, share=lambda inside: inside.any(dim=1).float().mean()):
    """Recall as lesson 06b asks for it, with a slip."""

    def recall(real, generated, k):
        cloud = {"real": real, "generated": generated}[around]
        radius = torch.cdist(cloud, cloud).kthvalue(k + nearest, dim=1).values
        return share(torch.cdist(real, generated) <= radius)

    return recall


def _critic(
    length=lambda slope: slope.norm(dim=1),
    target=1,
    graph=True,
    sign=1,
    detach=True,
    share=lambda n: torch.rand(n, 1),
):
    """The critic's loss of lesson 06b, with a slip."""

    def loss(critic, real, fake, weight):
        fake = fake.detach() if detach else fake
        between = torch.lerp(fake, real, share(len(real))).detach().requires_grad_()
        [slope] = torch.autograd.grad(critic(between).sum(), between, create_graph=graph)
        gap = critic(fake).mean() - critic(real).mean()
        return sign * gap + weight * (length(slope) - target).square().mean()

    return loss


def _contrast(length=True, right="diagonal", ways="mean", scale=10):
    """The contrastive loss as lesson 07b asks for it, with a slip."""

    def answer(v, c):
        if length:
            v, c = nn.functional.normalize(v), nn.functional.normalize(c)
        scores = scale * v @ c.T
        place = torch.arange(len(v)) if right == "diagonal" else torch.zeros(len(v), dtype=torch.long)
        there, back = nn.functional.cross_entropy(scores, place), nn.functional.cross_entropy(scores.T, place)
        return {"mean": (there + back) / 2, "sum": there + back, "one": there}[ways]

    return answer


def _matching(detach=True, wrong="roll", labels=(1, 0, 0), item=False, of=None, kept=(0, 1, 2)):
    """The loss of lesson 07b's discriminator, with a slip."""

    def answer(D, real, fake, c):
        other = {"roll": c.roll(1, dims=0), "same": c, "flip": c.flip(0)}[wrong]
        pairs = [(real, c), (fake.detach() if detach else fake, c), (real, other)]
        logits = [D(*pairs[n]) for n in kept]
        losses = [criterion(logit, torch.full_like(logit, labels[n])) for logit, n in zip(logits, kept, strict=True)]
        loss = sum(losses) / (of or 1)
        return loss.item() if item else loss

    criterion = nn.BCEWithLogitsLoss()
    return answer


SLIPS = {
    lesson00: {
        "negative": {
            "as it was": lambda x: x,
            "smaller than 0": lambda x: -x,
            "not 255": lambda x: 255 - x,
            "should become": lambda x: (x < 0.5).float(),
            "is wanted, not": lambda x: 1 - x[0],
            "returned nothing": lambda x: None,
        },
    },
    lesson01: {
        "additive": {
            "mask is missing": lambda q, k, m, W, U, v: _additive(q, k, m | True, W, U, v),
            "mask is the wrong way": lambda q, k, m, W, U, v: _additive(q, k, ~m, W, U, v),
            "after the softmax": lambda q, k, m, W, U, v: _scores(q, k, W, U, v).softmax(1) * m @ k,
            "not 0": lambda q, k, m, W, U, v: (_scores(q, k, W, U, v) * m).softmax(1) @ k,
            "tanh is missing": lambda q, k, m, W, U, v: (
                (((q @ W)[:, None] + k @ U) @ v).masked_fill(~m, -torch.inf).softmax(1) @ k
            ),
            "exchanged": lambda q, k, m, W, U, v: _additive(q, k, m, U, W, v),
            "went the wrong way": lambda q, k, m, W, U, v: (
                _scores(q, k, W, U, v).masked_fill(~m, -torch.inf).softmax(0).nan_to_num() @ k
            ),
            "softmax is missing": lambda q, k, m, W, U, v: _scores(q, k, W, U, v) * m @ k,
            "shape (4, 8)": lambda q, k, m, W, U, v: _scores(q, k, W, U, v),
            "shape (4, 6)": lambda q, k, m, W, U, v: (_additive(q, k, m, W, U, v), m),
            "This is not": lambda q, k, m, W, U, v: _additive(q, k, m, W, U, v) + 1,
            "not those": lambda q, k, m, W, U, v: (_additive(q, k, m, W, U, v), torch.zeros(len(q), len(k))),
        },
        "step": {
            "learns to copy": lambda *a: _seq_step(*a, shift=lambda target: target),
            "Give source": lambda model, optimizer, source, target: model(target, target),
            "must be as long": lambda *a: _seq_step(*a, shift=lambda target: _after_start(target)[:, :-1], cut=1),
            "begin with START": lambda *a: _seq_step(*a, shift=lambda target: target.roll(1, 1)),
            "without its last column": lambda *a: _seq_step(*a, shift=lambda target: _after_start(target.roll(1, 1))),
            "Padding is counted": lambda *a: _seq_step(*a, ignored=-100),
            "did not move": lambda *a: _seq_step(*a, zero="late"),
            "first one's gradient": lambda *a: _seq_step(*a, zero="never"),
            "right gradient": lambda *a: _seq_step(*a, times=2),
            "this step's loss": lambda *a: 2 * _seq_step(*a),
        },
        "experiment": {
            "Return two things": lambda: {"width": 32},
            "one thing at a time": lambda: ({"width": 32, "train": 1000}, 50),
            "change something": lambda: ({"width": 64}, 98),
            "will not do": lambda: ({"width": 1000}, 98),
            "number from 0 to 100": lambda: ({"width": 4}, "less"),
            "more than 15 away": lambda: ({"width": 4}, 90),
        },
        "backwards": {
            "Return a function": lambda source, target: source,
            "tokens for each row": lambda source, target: lambda x: x[0],
            "Leave START out": lambda source, target: lambda x: torch.full_like(x, START),
            "END never comes": lambda source, target: lambda x: torch.full_like(x, 5),
            "as they stand": lambda source, target: lambda x: x,
            "than in a batch": lambda source, target: lambda x: x.flip(0),
            "70% are wanted": lambda source, target: lambda x: torch.full_like(x, END),
        },
    },
    lesson01b: {
        "mask": {
            "dtype is": lambda length, window: torch.ones(length, length).tril(),
            "wrong way round": lambda length, window: lesson01b._mask_answer(length, window).T,
            "looks ahead": lambda length, window: torch.ones(length, length, dtype=torch.bool),
            "at itself": lambda length, window: lesson01b._mask_answer(length, window).tril(-1),
            "more than 3 places": lambda length, window: torch.ones(length, length, dtype=torch.bool).tril(),
            "fewer than 3 places": lambda length, window: lesson01b._mask_answer(length, window - 1),
            "one meaning": lambda length, window: lesson01b._mask_answer(length, window) ^ (length == 5),
            "is wanted, not": lambda length, window: torch.ones(length, dtype=torch.bool),
        },
        "attend": {
            "There is nan": lambda q, k, v, m, h: _heads(q, k, v, ~m, h, nan=True),
            "Two mistakes": lambda q, k, v, m, h: _heads(q, k, v, m, h, size=q.shape[2], late=True),
            "whole width": lambda q, k, v, m, h: _heads(q, k, v, m, h, size=q.shape[2]),
            "division by the root is missing": lambda q, k, v, m, h: _heads(q, k, v, m, h, size=1),
            "after the softmax": lambda q, k, v, m, h: _heads(q, k, v, m, h, late=True),
            "Hidden scores became 0": lambda q, k, v, m, h: _heads(q, k, v, m, h, hidden=0),
            "the wrong way": lambda q, k, v, m, h: _heads(q, k, v, m.T, h),
            "no mask at all": lambda q, k, v, m, h: _heads(q, k, v, m | True, h),
            "were mixed": lambda q, k, v, m, h: _heads(q, k, v, m, h, joined=False),
            "This is not": lambda q, k, v, m, h: _heads(q, k, v, m, h) + 1,
            "is wanted, not": lambda q, k, v, m, h: (_heads(q, k, v, m, h), m),
        },
        "experiment": {
            "Return two things": lambda: {"layers": 2},
            "one thing at a time": lambda: ({"layers": 2, "train": 1000}, 50),
            "change something": lambda: ({"heads": 4}, 98),
            "will not do": lambda: ({"layers": 9}, 98),
            "do not divide": lambda: ({"heads": 3}, 98),
            "number from 0 to 100": lambda: ({"positions": False}, "less"),
            "more than 15 away": lambda: ({"positions": False}, 100),
        },
        "gpt": {
            "Return a model": lambda tokens, length: nn.Linear,
            "nothing to learn": lambda tokens, length: nn.Identity(),
            "should have shape": lambda tokens, length: nn.Embedding(tokens, tokens + 1),
            "There is nan": lambda tokens, length: _Wrapped(nn.Embedding(tokens, tokens), lambda x: x * torch.nan),
            "peeks ahead": lambda tokens, length: _Wrapped(nn.Embedding(tokens, tokens), lambda x: x + x.mean(1, True)),
            "90 % are wanted": lambda tokens, length: nn.Embedding(tokens, tokens),
        },
    },
    lesson02: {
        "loss": {
            "averaged over the pixels": lambda x, y: F.binary_cross_entropy(y, x),
            "images too": lambda x, y: F.binary_cross_entropy(y, x, reduction="sum"),
            "The sign is wrong": lambda x, y: -F.binary_cross_entropy(y, x) * 784,
            "Half of the formula": lambda x, y: -(x * y.log()).flatten(1).sum(1).mean(),
            "changed places": lambda x, y: F.binary_cross_entropy(x, y) * 784,
            "This is the squared error": lambda x, y: squared_error(y, x),
            "only one": lambda x, y: F.cross_entropy(y, x),
            "One number": lambda x, y: ((x - y) ** 2).flatten(1).sum(1),
            "should give": lambda x, y: torch.tensor(1.0),
            "returned nothing": lambda x, y: None,
        },
        "build": {
            "at most 16": lambda: (
                nn.Sequential(nn.Flatten(), nn.Linear(784, 17)),
                nn.Sequential(nn.Linear(17, 784), nn.Unflatten(1, (1, 28, 28))),
            ),
            "Unflatten": lambda: (nn.Sequential(nn.Flatten(), nn.Linear(784, 16)), nn.Linear(16, 784)),
            "two modules": lambda: nn.Linear(784, 16),
            "100,000 are allowed": lambda: dense(latent_dim=16),
            "bring it below": lambda: (  # linear: cannot pass PCA
                nn.Sequential(nn.Flatten(), nn.Linear(784, 16)),
                nn.Sequential(nn.Linear(16, 784), nn.Unflatten(1, (1, 28, 28))),
            ),
        },
        "repair": {
            "the same ones again": _loop(index=lambda index: torch.arange(len(index))),
            "still added": _loop(zero=""),
            "wiped out between": _loop(zero="late"),
            "with no loss.backward()": _loop(step="first"),
            "never ran": _loop(step=""),
            "in eval mode": _loop(mode=nn.Module.eval),
            "both sides must be": _loop(target=lambda x: x.flip(0)),
        },
        "walk": {
            "mixes the pixels": lambda e, d, a, b, n: torch.lerp(a, b, torch.linspace(0, 1, n)[:, None, None, None]),
            "decoder drew": lambda e, d, a, b, n: torch.lerp(
                d(e(a)), d(e(b)), torch.linspace(0, 1, n)[:, None, None, None]
            ),
            "backwards": lambda e, d, a, b, n: d(torch.lerp(e(b), e(a), torch.linspace(0, 1, n)[:, None])),
            "as many images": lambda e, d, a, b, n: d(torch.lerp(e(a), e(b), torch.linspace(0, 1, n + 1)[:, None])),
            "A tensor of images": lambda e, d, a, b, n: [1],
            "evenly spaced": lambda e, d, a, b, n: d(torch.lerp(e(a), e(b), torch.linspace(0, 1, n)[:, None] ** 2)),
        },
        "missing": {
            "Return two things": lambda x, y: x[y != 0],
            "should have the shape": lambda x, y: (x[y == 0], 2),
            "but not those": lambda x, y: (x[y != 1][: int((y != 0).sum())], 2),
            "One number is needed": lambda x, y: (x[y != 0], "2"),
            "Your guess was 9 times": lambda x, y: (x[y != 0], 9),
        },
        "own": {
            "Return two modules": lambda x: nn.Linear(784, 784),
            "at most 32": lambda x: dense(latent_dim=33),
            "Unflatten": lambda x: (nn.Sequential(nn.Flatten(), nn.Linear(784, 16)), nn.Linear(16, 784)),
            "has NaN": lambda x: (dense()[0], nn.Sequential(*dense()[1], nn.Threshold(2, float("nan")))),
            "no training took place": lambda x: dense(),
            "give it more epochs": lambda x: _in_one_epoch(Autoencoder(*dense()), x),
        },
    },
    lesson03: {
        "poisson": {
            "is wanted, not": lambda x, n: torch.rand(3),
            "You changed x itself": lambda x, n: x.copy_((torch.poisson(x * n) / n).clamp(0, 1)),
            "has NaN": lambda x, n: x / 0 - x / 0,
            "Nothing has changed": lambda x, n: x * 1,
            "divide the counts": lambda x, n: torch.poisson(x * n),
            "mean brightness": lambda x, n: (torch.poisson(x * n) / 255).clamp(0, 1),
            "same noise": lambda x, n: (torch.poisson(x[:1] * n) / n).expand_as(x).clamp(0, 1),
            "grows with brightness": lambda x, n: (x + 0.05 * torch.randn_like(x)).clamp(0, 1),
            "what became of photons": lambda x, n: (torch.poisson(x * 60) / 60).clamp(0, 1),
            "in whole numbers": lambda x, n: (x + (x / n).sqrt() * torch.randn_like(x)).clamp(0, 1),
            "went above 1": lambda x, n: torch.poisson(x * n) / n,
        },
        "repair": {
            "very noisy image": lesson03._broken,
            **{said: _denoising_loop(**slip) for said, slip in DENOISING_SLIPS.items()},
        },
        "stronger": {
            "Return two things": lambda: 0.5,
            "One number": lambda: ("0.6", 2),
            "choose one between": lambda: (6, 2),
            "noise that the test": lambda: (0.3, 1.0),
            "your guess was": lambda: (0.6, 9),
        },
        "own": {
            "Return the trained network": lambda x: x,
            "changes the clean images": lambda x: (x.mul_(0.5), nn.Identity())[1],
            "is wanted, not": lambda x: nn.Flatten(),
            "has NaN": lambda x: _Scaled(float("nan")),
            "everything black": lambda x: _Scaled(0.0),
            "copies its input": lambda x: nn.Identity(),
            "another noise": lambda x: _denoiser(corrupt.gaussian),
            "has learned little": lambda x: _Scaled(0.3),
        },
    },
    lesson04: {
        "encode": {
            "mean was not subtracted": lambda x, m, d: x @ d.T,
            "mean of the new images": lambda x, m, d: (x - x.mean(0)) @ d.T,
            "A tensor is wanted": lambda x, m, d: ((x - m) @ d.T).numpy(),
            "must be transposed": lambda x, m, d: (x - m)[:2, :2],
            "not PCA's codes": lambda x, m, d: 2 * (x - m) @ d.T,
        },
        "nearest": {
            "not the distances": lambda c, q, k: (c - q).norm(dim=1).sort().values[:k],
            "farthest": lambda c, q, k: (c - q).norm(dim=1).argsort(descending=True)[:k],
            "not the nearest codes": lambda c, q, k: (c - q)[:, :2].norm(dim=1).argsort()[:k],
            "wrong order": lambda c, q, k: (c - q).norm(dim=1).argsort()[:k].flip(0),
        },
        "repair": {
            "1000 digits are wanted": lambda x, y, new: [1],
            "depends on what comes with it": lambda x, y, new: _voted(x, y, new, fitted_on=np.concatenate([x, new])),
            "subtracted twice": lambda x, y, new: _voted(x - x.mean(0), y, new, fitted_on=x),
            "over 0.85 is wanted": lambda x, y, new: _voted(x, y, new, fitted_on=x, numbers=2),
        },
        "crossing": {
            "Return two things": lambda: 16,
            "will not do": lambda: (2, 15),
            "Your guess was": lambda: (16, 30),
        },
        "own": {
            "two modules": lambda x: nn.Identity(),
            "exactly 2 numbers": lambda x: (nn.Sequential(nn.Flatten(), nn.Linear(784, 3)), nn.Identity()),
            "end with nn.Unflatten": lambda x: (nn.Sequential(nn.Flatten(), nn.Linear(784, 2)), nn.Linear(2, 784)),
            "have NaN": lambda x: _map_of(lambda flat: flat[:, :2] * float("nan")),
            "line or a single point": lambda x: _map_of(lambda flat: flat[:, :2] * 0),
            "None of your codes is negative": lambda x: _map_of(lambda flat: flat[:, 300:302]),
            "worse than with PCA": lambda x: _map_of(lambda flat: flat[:, 300:302] - 0.5),
            "reach an accuracy": _pca_by_modules,
        },
    },
    lesson05: {
        "reparameterize": {
            "no gradient reaches the encoder": lambda m, v: Normal(m, (v / 2).exp()).sample(),
            "has lost its way back": lambda m, v: torch.normal(m, (v / 2).exp()),
            "shape of mu": lambda m, v: (m + (v / 2).exp() * torch.randn_like(m)).sum(1),
            "multiplied by the variance": lambda m, v: m + v.exp() * torch.randn_like(m),
            "multiplied by log_var itself": lambda m, v: m + v * torch.randn_like(m),
            "not rand": lambda m, v: m + (v / 2).exp() * torch.rand_like(m),
            "without ε": lambda m, v: m,
            "Every image got the same ε": lambda m, v: m + (v / 2).exp() * torch.randn(3),
            "All numbers of a code": lambda m, v: m + (v / 2).exp() * torch.randn(len(m), 1),
            "not its shape": lambda m, v: m + (v / 2).exp() * (torch.rand_like(m) - 0.5) * 12**0.5,
            "set no seed": lambda m, v: (torch.manual_seed(1), m + (v / 2).exp() * torch.randn_like(m))[1],
            "it should be mu": lambda m, v: (v / 2).exp() * torch.randn_like(m),
            "do not reach both": lambda m, v: m + (v / 2).exp().detach() * torch.randn_like(m),
            "do not use detach": lambda m, v: m.detach() + (v / 2).exp() * torch.randn_like(m),
        },
        "kl": {
            "never negative": lambda m, v: 0.5 * (1 + v - m**2 - v.exp()).sum(1).mean(),
            "½ is missing": lambda m, v: -(1 + v - m**2 - v.exp()).sum(1).mean(),
            "do not average": lambda m, v: -0.5 * (1 + v - m**2 - v.exp()).mean(),
            "other way round": lambda m, v: -0.5 * (1 + v - m**2 - v.exp()).sum(0).mean(),
            "over the images is missing": lambda m, v: -0.5 * (1 + v - m**2 - v.exp()).sum(),
            "σ in place of σ²": lambda m, v: -0.5 * (1 + v - m**2 - (v / 2).exp()).sum(1).mean(),
            "One number": lambda m, v: -0.5 * (1 + v - m**2 - v.exp()).sum(1),
            "should give": lambda m, v: m.sum(),
        },
        "make": {
            "never called": lambda d, c, k, w, n: torch.rand(n, 1, 28, 28),
            "images are wanted": lambda d, c, k, w, n: (lambda x: x[c(x) == w])(d(torch.randn(50, k))),
            "torch.randn": lambda d, c, k, w, n: (lambda x: x[c(x) == w][:n])(d(torch.rand(3000, k) * 4 - 2)),
            "reads only": lambda d, c, k, w, n: d(torch.randn(n, k)),
            "did not come out": lambda d, c, k, w, n: (d(torch.randn(500, k)), _real(w)[:n])[1],
            "nearly the same": lambda d, c, k, w, n: (lambda x: x[c(x) == w][:1])(d(torch.randn(500, k))).repeat(
                n, 1, 1, 1
            ),
            "as a 3": lambda d, c, k, w, n: (lambda x: x[c(x) == 7][:n])(d(torch.randn(900, k))),
            "more than once": lambda d, c, k, w, n: (lambda x: x[c(x) == w][:1].repeat(n, 1, 1, 1))(
                d(torch.randn(500, k))
            ),
            "still not enough": lambda d, c, k, w, n: next(x for _ in range(9999) if c(x := d(torch.zeros(1, k))) > 9),
        },
        "dial": {
            "Return two things": lambda: 2.0,
            "One number": lambda: ("2", 130),
            "choose one between": lambda: (-1, 130),
            "stands in the lesson": lambda: (4, 151),
            "raise β": lambda: (0.5, 105),
            "your guess was": lambda: (2, 100),
        },
        "repair": {
            "Normal wants σ": lesson05._broken,
            "comes back through z": _vae_loss(draw="sample"),
            "averages over pixels": _vae_loss(divide="pixels"),
            "average over images": _vae_loss(divide="nothing"),
            "KL is missing": _vae_loss(kl=0),
            "sign of the KL": _vae_loss(kl=-1),
            "should give": _vae_loss(kl=3),
            "random part is missing": lambda e, d, x: d(e(x)[0]).sum(),
            "Call decode once": lambda e, d, x: e(x)[0].sum(),
        },
        "own": {
            "Return the trained model": lambda x: 1,
            "no method called encode": lambda x: nn.Identity(),
            "averages over pixels": lambda x: _own_vae(x, pixels=784),
            "KL is missing": lambda x: _own_vae(x, kl=0),
            "σ² in place of σ": lambda x: _own_vae(x, sigma=1),
            "ε is missing": lambda x: _own_vae(x, epsilon=0),
            "½ of the KL": lambda x: _own_vae(x, kl=2),
            "code is empty": lambda x: _own_vae(x, detach=True),
            "learned nothing": lambda x: _own_vae(x, epochs=0),
            "train for more epochs": lambda x: _own_vae(x, epochs=1),
            "compare it with": lambda x: _own_vae(x, squared=True),
        },
    },
    lesson06: {
        "generator_loss": {
            "The sign is wrong": lambda x: F.logsigmoid(x).mean(),
            "saturating": lambda x: (1 - x.sigmoid()).log().mean(),
            "label is the wrong way": lambda x: F.binary_cross_entropy_with_logits(x, torch.zeros_like(x)),
            "a sigmoid comes before": lambda x: -x.log().mean(),
            "logits for probabilities": lambda x: F.binary_cross_entropy(x, torch.ones_like(x)),
            "applied twice": lambda x: F.binary_cross_entropy_with_logits(x.sigmoid(), torch.ones_like(x)),
            "You summed": lambda x: -F.logsigmoid(x).sum(),
            "the mean first": lambda x: -x.sigmoid().mean().log(),
            "One number": lambda x: -F.logsigmoid(x),
            "no gradient comes back": lambda x: F.softplus(-x).mean().item(),
            "infinite or nan": lambda x: -x.sigmoid().log().mean(),
            "exp overflows": lambda x: (1 + (-x).exp()).log().mean(),
            "should be −1": lambda x: -(x.sigmoid() + 1e-8).log().mean(),
            "D is surest G learns nothing": lambda x: F.binary_cross_entropy(x.sigmoid(), torch.ones_like(x)),
            "adding a tiny number": lambda x: -x.sigmoid().clamp(min=1e-7).log().mean(),
            "It should give": lambda x: F.relu(1 - x).mean(),
            "returned nothing": lambda x: None,
        },
        "step": {
            "A leak": _iteration(for_d=Tensor.clone),
            "Detach in d_loss only": _iteration(for_d=Tensor.clone, for_g=Tensor.detach),
            "Now G learns nothing": _iteration(for_g=Tensor.detach),
            "from real data only": _iteration(d_says=Tensor.detach),
            "D's weights did not move": _d_stays,
            "played against itself": _iteration(late="D"),
            "from the old D": _g_first,
            "in the second G had": _iteration(zero="D"),
            "in the second D had": _iteration(zero="G"),
            "no way left": _shared_fake,
            "has reached G as well": lambda *a: _shared_fake(*a, keep=True),
            "not with Adam": _by_hand,
            "D did not move so as to lower": _iteration(losses=(hinge, non_saturating)),
            "G did not move so as to lower": _iteration(losses=(bce, lambda x: -x.mean())),
        },
        "rescue": {
            "Return two things": lambda: {"d_steps": 2},
            "Only these settings": lambda: ({"lr": (2e-3, 8e-3)}, 40),
            "lr and penalty stay": lambda: ({"d_steps": 3, "penalty": None}, 40),
            "whole number from 1 to 8": lambda: ({"d_steps": 50}, 40),
            "whole number from 8 to 512": lambda: ({"batch_size": 4.0}, 40),
            "two numbers as betas": lambda: ({"betas": 0.5}, 40),
            "from 0 to below 1": lambda: ({"betas": (0.5, 1.0)}, 40),
            "the lesson's own settings": lambda: ({"d_steps": 1, "betas": (0.5, 0.99)}, 40),
            "change something": lambda: ({}, 40),
            "from 0 to 100": lambda: ({"d_steps": 3}, "40"),
            "still mode collapse": lambda: ({"batch_size": 128}, 40),
            "more than 12 away": lambda: ({"d_steps": 3}, 95),
        },
        "own": {
            "not Tensor": lambda images, steps: images[:1000],
            "shape (1000, 1, 28, 28)": lambda images, steps: nn.Linear(64, 784),
            "never ran": lambda images, steps: pair("dcgan")[0],
            "the network you returned": lambda images, steps: _own_gan(images, 3) and pair("dcgan")[0],
            "G took 3 steps": lambda images, steps: _own_gan(images, 3),
            "D needs one of its own": lambda images, steps: _own_gan(images, 3, one=True),
            "No gradient reaches G": lambda images, steps: _own_gan(images, 3, for_g=_cut),
            "not in Sigmoid": lambda images, steps: _own_gan(images, steps, last=nn.Sigmoid(), lr=1e-6, learned=2),
            "end in nn.Tanh(), so that": lambda images, steps: _own_gan(
                images, steps, last=_Large(), lr=1e-6, learned=2
            ),
            "Less than half": lambda images, steps: _own_gan(images, steps, lr=1e-6, learned=2),
        },
    },
    lesson06b: {
        "cure": {
            "Return two things": lambda: {"penalty": "r1"},
            "one thing at a time": lambda: ({"penalty": "r1", "d_steps": 2}, 8),
            "betas stay as they are": lambda: ({"lr": 1e-3}, 8),
            "d_steps=100 will not do": lambda: ({"d_steps": 100}, 8),
            "ema=2 will not do": lambda: ({"ema": 2}, 8),
            "a number from 0 to 8": lambda: ({"penalty": "r1"}, 9),
            "This cure is not enough": lambda: ({"losses": "hinge"}, 3),
            "more than 1 away": lambda: ({"penalty": "r1"}, 3),
        },
        "recall": {
            "of the wrong cloud": _recall(around="real", nearest=0),
            "comes from distances among generated": _recall(around="real"),
            "a little small": _recall(nearest=0),
            "This is precision": lambda real, generated, k: lesson06b._recall_answer(generated, real, k),
            "averaged over pairs": _recall(share=lambda inside: inside.float().mean()),
            "not for 200 real and 120": lambda a, b, k: lesson06b._recall_answer(a, b, k) + (len(b) == 120),
            "not for k=5": lambda a, b, k: lesson06b._recall_answer(a, b, 3),
            "It should give": lambda a, b, k: 0.5,
        },
        "critic": {
            "The penalty is missing": lambda D, real, fake, weight: D(fake.detach()).mean() - D(real).mean(),
            "not multiplied by weight": lambda D, real, fake, weight: lesson06b._critic_answer(D, real, fake, 1),
            "norm of the whole batch": _critic(length=lambda slope: slope.norm()),
            "before the square": _critic(length=lambda slope: slope.norm(dim=1).mean()),
            "to 0, not to 1": _critic(target=0),
            "The root of the norm": _critic(length=lambda slope: slope.square().sum(dim=1)),
            "no .item() or float()": lambda *a: lesson06b._critic_answer(*a).item(),
            "does not reach the critic's weights": _critic(graph=False),
            "The sign is wrong": _critic(sign=-1),
            "goes back through fake": _critic(detach=False),
            "not between them": _critic(share=lambda n: torch.ones(n, 1)),
            "not on the line": _critic(share=lambda n: torch.rand(n, 2)),
            "the same share": _critic(share=lambda n: torch.rand(1, 1).expand(n, 1)),
        },
    },
    lesson07b: {
        "obey": {
            "Return two things": lambda: "a thick seven",
            "never saw “purple”": lambda: ("a purple seven", 3),
            "exactly one word for a digit": lambda: ("thick thick", 3),
            "exactly one word": lambda: ("thick thick seven eight", 3),
            "an ordinary caption": lambda: ("a thick latin seven", 3),
            "a number of pixels": lambda: ("a thick thick latin seven", 30),
            "more than 0.3 away": lambda: ("a thick thick latin seven", 9),
            "has words of its own only": lambda: ("मोटा, मोटा सात", 3),
        },
        "contrast": {
            "not of length 1": _contrast(length=False),
            "the diagonal": _contrast(right="first"),
            "Only one direction": _contrast(ways="one"),
            "not the sum": _contrast(ways="sum"),
            "factor 10 is missing": _contrast(scale=1),
            "not column 0": _contrast(length=False, right="first", ways="one"),
        },
        "matching": {
            "question with the wrong caption is missing": _matching(kept=(0, 1)),
            "is the same one": _matching(wrong="same"),
            "takes the label 0": _matching(labels=(1, 0, 1)),
            "D's loss, not G's": _matching(labels=(1, 1, 0)),
            "not their mean": _matching(of=3),
            "generated image is missing": _matching(kept=(0, 2)),
            "goes back through fake": _matching(detach=False),
            "no gradient comes back": lambda *a: lesson07b._matching_answer(*a).detach(),
        },
    },
}


@pytest.mark.parametrize(
    ("lesson", "name"),
    [pytest.param(lesson, name, id=name) for lesson, exercises in SLIPS.items() for name in exercises],
)
def test_slips_are_recognised(lesson, name):
    for said, answer in SLIPS[lesson][name].items():
        outcome = getattr(lesson, name).check(answer)
        assert (outcome.status, said in outcome.said.en) == ("wrong", True), f"not {said!r} but {outcome.said.en!r}"
        assert DEVANAGARI.search(outcome.said.hi), said


def _with_loop(network, epochs=5):
    """Trains a network of a student's on erased blocks, as lesson 03 asks."""

    def train(images):
        torch.manual_seed(0)
        optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
        for _ in range(epochs):
            for index in torch.randperm(len(images)).split(64):
                loss = squared_error(network(corrupt.blocks(images[index], 0.3)), images[index])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        return network

    return train


REASONABLE = {
    "3 × 3": lambda: [nn.Conv2d(1, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1), nn.ReLU()],
    "stride 2": lambda: [nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 16, 4, 2, 1), nn.ReLU()],
    "dense": lambda: [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 784), nn.Unflatten(1, (1, 28, 28))],
}


@pytest.mark.parametrize("name", REASONABLE)
def test_reasonable_denoisers_of_blocks_pass(name):
    torch.manual_seed(0)
    last = [] if name == "dense" else [nn.Conv2d(16, 1, 3, 1, 1)]
    outcome = lesson03.own.check(_with_loop(nn.Sequential(*REASONABLE[name](), *last, nn.Sigmoid())))
    assert outcome.status == "correct", outcome.said.en


def test_a_mask_of_the_other_sign_is_accepted_with_a_remark():
    """As nn.MultiheadAttention wants it: True hides."""
    answers = (lambda *a: ~lesson01b._mask_answer(*a), lesson01b.mask.answer)
    opposite, usual = map(lesson01b.mask.check, answers)
    assert [opposite.status, usual.status] == ["correct", "correct"]
    assert ["hide" in one.said.en for one in (opposite, usual)] == [True, False]
    off_by_one = lesson01b.mask.check(lambda length, window: ~lesson01b._mask_answer(length, window + 1))
    assert "more than 3 places" in off_by_one.said.en  # told of its window, not of its sign


def test_a_gpt_of_pytorchs_own_layers_is_right_too():
    class Layers(nn.Module):
        def __init__(self, tokens, length):
            super().__init__()
            self.embed, self.place = nn.Embedding(tokens, 32), nn.Embedding(length, 32)
            self.layer = nn.TransformerEncoderLayer(32, 1, 128, dropout=0, batch_first=True, norm_first=True)
            self.logits = nn.Linear(32, tokens)

        def forward(self, ids):
            hidden = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).triu(1)
            return self.logits(self.layer(self.embed(ids) + self.place.weight[: ids.shape[1]], src_mask=hidden))

    assert lesson01b.gpt.check(Layers).status == "correct"


def test_leaks_mended_in_other_ways_are_right_too():
    """No gradient of d_loss moves G; where one was computed for nothing, the praise says so."""
    without_graph = _iteration(for_d=lambda fake: fake.clone().detach())
    cleared = lesson06.step.check(lambda *a: _shared_fake(*a, keep=True, clear=True))
    assert [lesson06.step.check(without_graph).status, cleared.status] == ["correct", "correct"]
    assert "wiped out" in cleared.said.en
    assert "wiped out" not in lesson06.step.check(without_graph).said.en


def test_a_gan_without_detach_is_right_with_a_remark():
    """Its loop wipes the leaked gradient out before G's step, so nothing but time is lost."""
    outcome = lesson06.own.check(lambda images, steps: _own_gan(images, steps, batch=32, for_d=Tensor.clone))
    assert (outcome.status, "detach saves that" in outcome.said.en) == ("correct", True), outcome.said.en
    assert "detach saves that" not in solved("06_gan-own").said.en


def test_attention_may_come_with_its_weights_or_without():
    assert lesson01.additive.check(_additive).status == "correct"


def test_outcome_shows_in_both_languages():
    def fail(answer):
        raise Wrong(Text("<ग़लत>", "<bad>"))

    data, _ = format_display_data(Exercise(fail, fail, []).check(fail))
    assert data["text/plain"] == "Not yet. <bad>\nअभी सही नहीं हुआ। <ग़लत>"
    assert '<div class="lang-en" lang="en">❌ Not yet. &lt;bad&gt;</div>' in data["text/html"]


def test_blank_can_be_shown_but_not_used():
    assert repr(____) == "____"
    format_display_data(____)
    for use in (lambda b: b.weight, lambda b: b(1), lambda b: 1 - b, lambda b: b @ b, lambda b: bool(b), list, len):
        with pytest.raises(exercises.NotAttempted):
            use(____)


class TestQuiz:
    LESSONS = tuple(module.__name__.split(".")[-1] for name, module in LESSONS.items() if name != "00_start_here")

    def test_questions(self):
        for name in self.LESSONS:
            asked = questions(name)
            assert len(asked) >= (4 if name.endswith("at_work") else 6), name
            for question in asked:
                assert sum(option.right for option in question.options) == 1, question.asked
                assert len(question.options) >= 3, question.asked
                for hindi, english in [question.asked, *(t for o in question.options for t in (o.said, o.why))]:
                    assert DEVANAGARI.search(hindi) or hindi == english, hindi
                    assert english
                    assert not DEVANAGARI.search(english), english

    def test_right_answers_are_not_always_in_one_place(self):
        for name in self.LESSONS:
            places = [[o.right for o in q.options].index(True) for q in questions(name)]
            assert max(places.count(place) for place in set(places)) <= len(places) * 0.6, name

    def test_terms_are_spelled_as_in_the_glossary(self):
        wrong = [w for entry in gates.glossary() for w in entry["wrong"]]
        for name in self.LESSONS:
            text = quiz(name).html
            found = [
                w for w in wrong if re.search(rf"(?<![\w\u0900-\u097f-]){re.escape(w)}(?![\w\u0900-\u097f-])", text)
            ]
            assert found == [], name

    def test_page(self):
        for name in self.LESSONS:
            page = quiz(name)
            assert page.html.count("<details ") == sum(len(q.options) for q in questions(name)), name
            assert page.html.count("✅") == 2 * len(questions(name)), name  # once in each language
            assert page.plain.startswith("1. "), name
