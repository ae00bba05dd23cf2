"""Slips that students make in the exercises of lesson 07, and what each check says of them."""

import pytest
import torch
from gates import DEVANAGARI
from torch import nn
from torch.nn import functional as F

from course_lib.classroom.exercises import gan_variants as lesson07
from course_lib.models.gan_networks import pair


def _losses(order="own", on_d="wanted", on_g="wanted", real="label", for_d=torch.Tensor.detach, for_g=torch.clone):
    """The losses of a conditional GAN, in which one thing can be done wrongly."""

    def losses(G, D, x, label, z):
        wanted = {"own": torch.randint(10, (len(z),)), "label": label, "one": torch.full((len(z),), 3)}[order]
        names = {"label": label, "wanted": wanted}
        fake = G(z, wanted)
        d_loss = F.softplus(-D(x, names[real])).mean() + F.softplus(D(for_d(fake), names[on_d])).mean()
        return d_loss, F.softplus(-D(for_g(fake), names[on_g])).mean()

    return losses


class _Generator(nn.Module):
    """As the solution's; `hears` turns the label into what joins z."""

    def __init__(self, hears, last=None):
        super().__init__()
        self.network, self.hears = pair("dcgan", latent_dim=74)[0], hears
        if last:
            self.network[-1] = last

    def forward(self, z, label):
        return self.network(torch.cat([z, self.hears(label)], dim=1))


def _own(images, labels, steps, hears=lambda label: F.one_hot(label, 10), picks=True, last=None, lr=2e-3, batch=4):
    """A conditional GAN as lesson 07 asks for, in which one thing can be done wrongly; D is told where it `picks`."""
    G, D = _Generator(hears, last), pair("dcgan", classes=10)[1].network
    optimizers = [torch.optim.Adam(half.parameters(), lr=lr, betas=(0.5, 0.999)) for half in (G, D)]
    for _ in range(steps):
        index = torch.randint(len(images), (batch,))
        label = labels[index]
        told = label if picks else torch.zeros_like(label)
        fake = G(torch.randn(batch, 64), label)
        optimizers[1].zero_grad()
        real, made = (D(x).gather(1, told[:, None]) for x in (images[index], fake.detach()))
        (F.softplus(-real).mean() + F.softplus(made).mean()).backward()
        optimizers[1].step()
        optimizers[0].zero_grad()
        F.softplus(-D(fake).gather(1, told[:, None])).mean().backward()
        optimizers[0].step()
    return G


def _without_a_slip(images, labels, steps):
    G, D = pair("dcgan")
    for network in (G, D):
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
        network(torch.randn(4, 64) if network is G else images[:4]).mean().backward()
        for _ in range(steps):
            optimizer.step()
    return G


SLIPS = {
    "truncation": {
        "Return two numbers": lambda: 0.5,
        "at 0 all images share one style": lambda: (0.0, 0),
        "not 0.3 but 30": lambda: (0.5, 0.3),
        "lower psi": lambda: (1.0, 50),
        "more than 12 away": lambda: (0.4, 99),
    },
    "losses": {
        "% were painted": _losses(on_d="label", on_g="label"),
        "painted for one digit": _losses(on_g="label"),
        "not theirs": _losses(real="wanted"),
        "not one digit alone": _losses(order="one"),
        "leave fake.detach()": _losses(for_d=torch.clone),
        "no detach in g_loss": _losses(for_g=lambda fake: fake.detach() + 0 * fake.mean().detach()),
        "Return two losses": lambda *given: _losses()(*given)[0],
        ".item() no": lambda *given: tuple(loss.detach() for loss in _losses()(*given)),
        "Change the labels alone": lambda *given: tuple(2 * loss for loss in _losses()(*given)),
    },
    "own": {
        "Return the trained network": lambda *given: 3,
        "G takes z alone": _without_a_slip,
        "G took 30 steps": lambda images, labels, steps: _own(images, labels, 30),
        "end in nn.Tanh()": lambda *given: _own(*given, last=nn.Sigmoid(), lr=1e-4, batch=2),
        "does not hear the order": lambda *given: _own(
            *given, hears=lambda label: torch.zeros(len(label), 10), batch=2
        ),
        "near chance": lambda *given: _own(*given, picks=False, batch=8),
    },
}
CASES = [
    pytest.param(name, said, slip, id=f"{name}-{said}") for name, all_ in SLIPS.items() for said, slip in all_.items()
]


@pytest.mark.parametrize(("name", "said", "slip"), CASES)
def test_a_slip_gets_its_own_answer(name, said, slip):
    outcome = getattr(lesson07, name).check(slip)
    assert outcome.status == "wrong", outcome.said.en
    assert said in outcome.said.en
    assert DEVANAGARI.search(outcome.said.hi)


@pytest.mark.parametrize("order", ["own", "label"])
def test_both_ways_to_mend_the_order_are_right(order):
    assert lesson07.losses.check(_losses(order=order)).status == "correct"
