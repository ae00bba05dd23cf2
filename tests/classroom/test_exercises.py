"""Every solution passes, every untouched stub says "not attempted", and each common slip gets its own answer."""

import re
from pathlib import Path

import gates
import nbformat
import pytest
import torch
from gates import DEVANAGARI
from IPython.core.formatters import format_display_data
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional as F

from course_lib import data
from course_lib.classroom import exercises
from course_lib.classroom.exercises import Exercise, Wrong, ____, questions, quiz
from course_lib.classroom.exercises import autoencoder as lesson02
from course_lib.classroom.exercises import denoising as lesson03
from course_lib.classroom.exercises import dimensionality_reduction as lesson04
from course_lib.classroom.exercises import encoder_decoder as lesson01
from course_lib.classroom.exercises import gan as lesson06
from course_lib.classroom.exercises import start_here as lesson00
from course_lib.classroom.exercises import vae as lesson05
from course_lib.classroom.language import Text
from course_lib.data import corrupt, ring
from course_lib.data.tokens import END, START
from course_lib.loops import fit_gan
from course_lib.models.autoencoders import Autoencoder, conv, dense, squared_error
from course_lib.models.gan import GAN, bce, hinge, non_saturating
from course_lib.models.gan_networks import pair

LESSONS = {
    "00_start_here": lesson00,
    "01_encoder_decoder": lesson01,
    "02_autoencoder": lesson02,
    "03_denoising": lesson03,
    "04_dimensionality_reduction": lesson04,
    "05_vae": lesson05,
    "06_gan": lesson06,
}
ALL = {
    f"{name}-{key}": exercise
    for name, module in LESSONS.items()
    for key, exercise in vars(module).items()
    if isinstance(exercise, Exercise)
}
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("name", ALL)
def test_solution_passes(name):
    assert ALL[name].check(ALL[name].answer).status == "correct"


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
    assert len(checks) >= (1 if name == "00_start_here" else 3)
    for cell in checks:
        mend = getattr(LESSONS[name], re.search(r"(\w+)\.check\(", cell.source)[1]).mend
        assert ("____" in cell.source) != mend
        assert ("Not yet" if mend else "Not attempted") in cell.outputs[0].data["text/plain"]


def _real(digit):
    """Real digits, where made ones are asked for."""
    test = data.mnist().test
    return test.images[test.labels == digit]


def _endless(step, _):
    """Written without a limit, and without a look at END."""
    written = [START]
    while True:
        written.append(int(step(written[-1]).argmax()))


def _with_end(step, most):
    written = [START]
    for _ in range(most):
        written.append(int(step(written[-1]).argmax()))
    return written[1:]


def _always_start(step, most):
    written = []
    while len(written) < most and (token := int(step(START).argmax())) != END:
        written.append(token)
    return written


def _no_limit(step, _):
    written, last = [], START
    while (last := int(step(last).argmax())) != END and len(written) < 20:
        written.append(last)
    return written


def _pick(step, most, choose=torch.argmax):
    written, last = [], START
    while len(written) < most and (last := int(choose(step(last)))) != END:
        written.append(last)
    return written


def _allowed(length):
    return torch.ones(length, length, dtype=torch.bool)


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


class _Drawn(nn.Module):
    """A "generator" that is any function of z."""

    def __init__(self, function):
        super().__init__()
        self.layer, self.function = nn.Linear(2, 2), function

    def forward(self, z):
        return self.function(z)


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
        "attention": {
            "division by √d": lambda q, k, v: (q @ k.T).softmax(1) @ v,
            "wrong way": lambda q, k, v: (q @ k.T / q.shape[1] ** 0.5).softmax(0) @ v,
            "not by d": lambda q, k, v: (q @ k.T / q.shape[1]).softmax(1) @ v,
            "softmax is missing": lambda q, k, v: q @ k.T / q.shape[1] ** 0.5 @ v,
            "shape (5, 4)": lambda q, k, v: (q @ k.T).softmax(1),
            "not list": lambda q, k, v: [1.0],
            "not what attention gives": lambda q, k, v: v[: len(q)],
            "scores, divided by √d": lambda q, k, v: (q @ k.T / len(q)).softmax(1) @ v,
            "This is not": lambda q, k, v: (q @ k.T / 12**0.5).softmax(1) @ v,
        },
        "greedy": {
            "no part of the answer": _with_end,
            "more than 50 times": _endless,
            "just been written": _always_start,
            "list of whole numbers": lambda step, most: [step(START).argmax()],
            "the first time": lambda step, most: [int(step(END).argmax())],
            "It should give": lambda step, most: [int(step(START).argmax())],
            "yours gives": lambda step, most: _pick(step, most, lambda logits: logits.abs().argmax()),
            "largest logit": lambda step, most: _pick(step, most, lambda logits: (logits > 0).int().argmax()),
            "do not ask step again": lambda step, most: (lambda w: w[: w.index(END)])(_with_end(step, 20)),
            "an empty list": lambda step, most: _pick(step, most) or [END + 1],
            "stop after max_length": _no_limit,
        },
        "mask": {
            "wrong way round": lambda n: _allowed(n).triu(),
            "not 'hide'": lambda n: ~_allowed(n).tril(),
            "diagonal is True": lambda n: _allowed(n).tril(-1),
            "Some token looks ahead": _allowed,
            "True and False are wanted": lambda n: torch.ones(n, n).tril(),
            "not just some": lambda n: torch.eye(n, dtype=torch.bool),
            "is wanted, not": lambda n: _allowed(n + 1),
        },
    },
    lesson02: {
        "loss": {
            "MSE": lambda x, y: ((x - y) ** 2).mean(),
            "images too": lambda x, y: ((x - y) ** 2).sum(),
            "absolute": lambda x, y: (x - y).abs().flatten(1).sum(1).mean(),
            "cancel": lambda x, y: (x - y).flatten(1).sum(1).mean(),
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
            "bring it below": lambda: (  # linear: cannot pass PCA
                nn.Sequential(nn.Flatten(), nn.Linear(784, 16)),
                nn.Sequential(nn.Linear(16, 784), nn.Unflatten(1, (1, 28, 28))),
            ),
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
    },
    lesson03: {
        "noise": {
            "changed": lambda x, f: x,
            "changed x itself": lambda x, f: x.add_(f * torch.randn_like(x)),
            "mean": lambda x, f: (x + f * torch.rand_like(x)).clamp(0, 1),
            "noise of its own": lambda x, f: (x + f * torch.randn(28)).clamp(0, 1),
            "multiply by factor": lambda x, f: (x + 0.3 * torch.randn_like(x)).clamp(0, 1),
            "clip to": lambda x, f: x + f * torch.randn_like(x),
            "clip the sum": lambda x, f: x + (f * torch.randn_like(x)).clamp(0, 1),
            "no Gaussian": lambda x, f: (x + f * 12**0.5 * (torch.rand_like(x) - 0.5)).clamp(0, 1),
            "do not rescale": lambda x, f: x + 0.1 * torch.randn_like(x) if f < 1 else torch.rand_like(x),
            "own shape": lambda x, f: torch.rand(3),
        },
        "loss": {
            "made the noisy image the target": lambda m, n, c: squared_error(m(n), n),
            "plain autoencoder": lambda m, n, c: squared_error(m(c), c),
            "never called": lambda m, n, c: squared_error(n, c),
            "wrong way round": lambda m, n, c: squared_error(m(c), n),
            "averaged over the pixels": lambda m, n, c: (m(n) - c).square().mean(),
            "summed over the images": lambda m, n, c: (m(n) - c).square().sum(),
            "One number": lambda m, n, c: (m(n) - c).square().flatten(1).sum(1),
            "should give": lambda m, n, c: torch.tensor(1.0),
        },
        "clean": {
            "Return two things": lambda: nn.Identity(),
            "wanted (2, 1, 28, 28)": lambda: (nn.Flatten(), corrupt.blocks),
            "leaves the images": lambda: (Autoencoder(*dense()), lambda x: x),
            "noise of the test": lambda: (Autoencoder(*conv(latent_dim=None, brightness=0.1)), corrupt.gaussian),
            "changed the clean images": lambda: (Autoencoder(*dense()), lambda x: x.mul_(0.5)),
            "everything black": lambda: (nn.Sequential(nn.Conv2d(1, 1, 1), nn.Hardtanh(0, 1e-9)), corrupt.blocks),
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
        "make_map": {
            "two modules": lambda: nn.Identity(),
            "exactly 2 numbers": lambda: (nn.Sequential(nn.Flatten(), nn.Linear(784, 3)), nn.Identity()),
            "Sigmoid and Unflatten": lambda: (nn.Sequential(nn.Flatten(), nn.Linear(784, 2)), nn.Linear(2, 784)),
            "on PCA's": lambda: (  # linear: no better than PCA
                nn.Sequential(nn.Flatten(), nn.Linear(784, 2)),
                nn.Sequential(nn.Linear(2, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28))),
            ),
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
        "cover": {
            "not GAN": lambda real: GAN(*pair("points"), latent_dim=2),
            "not generator": lambda real: fit_gan(GAN(*pair("points"), latent_dim=2), real, steps=1),
            "not Tensor": lambda real: real[:2000],
            "Not one mode": lambda real: pair("points")[0],
            "shape (2000, 2)": lambda real: nn.Linear(2, 3),
            "do not come from z": lambda real: _Drawn(lambda z: real[torch.randint(len(real), (len(z),))]),
            "another z another one": lambda real: _Drawn(lambda z: real[: len(z)]),
            "memorising": lambda real: _Drawn(lambda z: real[(z[:, 0] * 1e4).long() % len(real)]),
            "Only 1 of 8 modes": lambda real: _Drawn(lambda z: ring.centers()[0] + ring.STD * z),
            "Only 4 of 8 modes": lambda real: _Drawn(
                lambda z: ring.centers()[(z[:, 0] * 99).long() % 4] + ring.STD * z
            ),
            "the others between": lambda real: _Drawn(lambda z: z / z.norm(dim=1, keepdim=True)),
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


def test_leaks_mended_in_other_ways_are_right_too():
    """No gradient of d_loss moves G; where one was computed for nothing, the praise says so."""
    without_graph = _iteration(for_d=lambda fake: fake.clone().detach())
    cleared = lesson06.step.check(lambda *a: _shared_fake(*a, keep=True, clear=True))
    assert [lesson06.step.check(without_graph).status, cleared.status] == ["correct", "correct"]
    assert "wiped out" in cleared.said.en
    assert "wiped out" not in lesson06.step.check(without_graph).said.en


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
    LESSONS = tuple(name.split("_", 1)[1] for name in LESSONS if name != "00_start_here")

    def test_questions(self):
        for name in self.LESSONS:
            asked = questions(name)
            assert len(asked) >= 6, name
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
