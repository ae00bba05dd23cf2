"""The engine that trains in the page computes what PyTorch computes: gradients, losses, Adam, a whole run."""

import base64
from itertools import chain

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from workshop import SENT, linear, received, run

from course_lib import data
from course_lib.models import vae

ENGINE = ["randomNumbers", "Network", "Adam", "squaredError", "binaryCrossEntropy", "klDivergence"]
ACTIVATIONS = {"relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(0.2), "sigmoid": nn.Sigmoid()}


def off(page, torch_):
    """The relative error of one tensor."""
    return float((page - torch_).norm() / torch_.norm().clamp(min=1e-12))


def sequential(layers, plan):
    """The page's Network as nn.Sequential. layers: [weights, biases] of each Linear"""
    modules, width, layers = [], plan[0], iter(layers)
    for part in plan[1:]:
        if isinstance(part, str):
            modules.append(ACTIVATIONS[part])
        else:
            modules.append(linear(*next(layers), width, part))
            width = part
    return nn.Sequential(*modules)


@pytest.mark.parametrize("loss", ["squaredError", "binaryCrossEntropy"])
@pytest.mark.parametrize(
    "plan",
    [
        [7, 5, "relu", 3, 6, "leaky_relu", 4],  # two Linear layers in a row, widths that no loop of four divides
        [9, 8, "leaky_relu", 8, "sigmoid", 5, "sigmoid"],
        [784, 128, "relu", 8, 128, "relu", 784, "sigmoid"],
    ],
    ids=lambda plan: "-".join(map(str, plan)),
)
def test_gradients_are_pytorchs(page, plan, loss):
    torch.manual_seed(0)
    rows = 11
    x = torch.rand(rows, plan[0]) * (torch.rand(rows, plan[0]) < 0.5)  # zeros, which the engine passes over
    aim = torch.rand(rows, plan[-1] if isinstance(plan[-1], int) else plan[-2])
    got = run(
        page,
        [],
        ENGINE,
        SENT
        + f"""
        const network = new Network(randomNumbers(3), ...plan);
        const values = network.parameters.map(({{ values }}) => sent(values));
        const [input, wanted] = [x, aim].map((values) => Float32Array.from(values.flat()));
        const [loss, slope] = {loss}(network.forward(input, rows), wanted, rows);
        const dx = network.backward(slope, rows, true);
        return {{ loss, values, dx: sent(dx), slopes: network.parameters.map(({{ gradient }}) => sent(gradient)) }};""",
        plan=plan,
        x=x,
        aim=aim,
        rows=rows,
    )
    pairs = list(zip(got["values"][::2], got["values"][1::2], strict=True))
    network = sequential(pairs, plan)
    x.requires_grad_()
    guess = network(x)
    if loss == "squaredError":
        expected = F.mse_loss(guess, aim, reduction="sum") / rows
    else:
        expected = F.binary_cross_entropy_with_logits(guess, aim, reduction="sum") / rows
    expected.backward()
    assert got["loss"] == pytest.approx(expected.item(), rel=1e-5)
    assert off(received(got["dx"], *x.shape), x.grad) < 1e-4
    slopes = iter(got["slopes"])
    for layer in network:
        if isinstance(layer, nn.Linear):
            assert off(received(next(slopes), *layer.weight.T.shape).T, layer.weight.grad) < 1e-4
            assert off(received(next(slopes), *layer.bias.shape), layer.bias.grad) < 1e-4


def test_the_kl_divergence_and_its_slopes_are_pytorchs(page):
    torch.manual_seed(0)
    mu, log_var = (torch.randn(5, 2, requires_grad=True) for _ in range(2))
    got = run(
        page,
        [],
        ENGINE,
        SENT
        + """const [loss, ofMu, ofLogVar] = klDivergence(...[mu, logVar].map((x) => Float32Array.from(x.flat())), 5);
        return [loss, sent(ofMu), sent(ofLogVar)];""",
        mu=mu.detach(),
        logVar=log_var.detach(),
    )
    expected = vae.kl_divergence(mu, log_var).sum(dim=1).mean()
    expected.backward()
    assert got[0] == pytest.approx(expected.item(), rel=1e-5)
    assert off(received(got[1], 5, 2), mu.grad) < 1e-5
    assert off(received(got[2], 5, 2), log_var.grad) < 1e-5


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.99)])
def test_adam_is_pytorchs(page, betas):
    """Also where the step size changes on the way, and where a gradient is 0 from some step on."""
    torch.manual_seed(0)
    slopes = torch.randn(30, 6) * torch.logspace(-4, 3, 6)
    slopes[10:, 0] = 0
    sizes = torch.linspace(0.1, 0.01, 30)
    got = run(
        page,
        [],
        ENGINE,
        """const parameter = { values: Float32Array.from(Array(6).fill(1)), gradient: new Float32Array(6) };
        const adam = new Adam([parameter], betas);
        return slopes.map((slope, n) => {
          parameter.gradient.set(slope);
          adam.step(sizes[n]);
          return [...parameter.values, ...parameter.gradient];
        });""",
        slopes=slopes,
        sizes=sizes,
        betas=betas,
    )
    weight = nn.Parameter(torch.ones(6))
    adam = torch.optim.Adam([weight], betas=betas)
    for slope, size, values in zip(slopes, sizes, torch.tensor(got), strict=True):
        weight.grad = slope
        adam.param_groups[0]["lr"] = float(size)
        adam.step()
        torch.testing.assert_close(values[:6], weight.detach(), rtol=1e-4, atol=1e-5)
        assert values[6:].eq(0).all()  # used up


def test_random_numbers_follow_their_seed_and_their_laws(page):
    got = run(
        page,
        [],
        ENGINE,
        SENT
        + """const draw = (seed) => {
          const random = randomNumbers(seed);
          const many = (one) => sent(Array.from({ length: 20000 }, one));
          return [many(random.uniform), many(random.normal), sent(random.order(50))];
        };
        return [draw(0), draw(0), draw(1)];""",
    )
    (uniform, normal, order), again, other = got
    assert again == [uniform, normal, order]
    assert not {*other} & {uniform, normal, order}
    uniform, normal, order = received(uniform, -1), received(normal, -1), received(order, -1)
    assert uniform.min() >= 0
    assert uniform.max() < 1
    # Four standard errors of 20,000 draws.
    assert float(uniform.mean()) == pytest.approx(0.5, abs=0.009)
    assert float(uniform.var()) == pytest.approx(1 / 12, abs=0.002)
    assert float(normal.mean()) == pytest.approx(0, abs=0.029)
    assert float(normal.std()) == pytest.approx(1, abs=0.02)
    assert float((normal.abs() < 1).float().mean()) == pytest.approx(0.6827, abs=0.014)
    assert sorted(order.tolist()) == list(range(50))
    assert order.tolist() != list(range(50))


def test_a_whole_run_is_pytorchs(page):
    """The room's own run: 70 batches in its own order, over the end of an epoch, from the weights it begins with."""
    digits = data.mnist().train.images[:1000].flatten(1)
    steps = 70
    got = run(
        page,
        ["serve.js", "digit_run.js", "train_autoencoder/run.js"],
        ["AutoencoderRun"],
        SENT
        + """
        const train = Float32Array.from(atob(digits), (one) => one.charCodeAt(0) / 255);
        const sheets = { train, test: train.subarray(0, 7840), shown: 3 };
        const run = new AutoencoderRun({ latent_dim: 8, lr: 5e-3, seed: 7 }, sheets);
        const layers = [run.encoder, run.decoder];
        const begun = layers.flatMap(({ parameters }) => parameters.map(({ values }) => sent(values)));
        const [losses, batches] = [[], []];
        for (let n = 0; n < steps; n++) {
          losses.push(run.step());
          const rows = (run.at - 1) % 32 + 1;
          batches.push([...run.order.subarray(run.at - rows, run.at)]);
        }
        const { error, rebuilt } = run.report();
        return { begun, losses, batches, error, rebuilt: sent(rebuilt) };""",
        digits=encoded(digits),
        steps=steps,
    )
    plan = [784, 128, "relu", 8, 128, "relu", 784, "sigmoid"]
    network = sequential(zip(got["begun"][::2], got["begun"][1::2], strict=True), plan)
    x = (digits * 255).round() / 255
    adam = torch.optim.Adam(network.parameters(), lr=5e-3)
    assert [len(batch) for batch in got["batches"]] == [*[32] * 31, 8] * 2 + [32] * 6
    assert sorted(chain(*got["batches"][:32])) == list(range(1000))
    for batch, told in zip(got["batches"], got["losses"], strict=True):
        loss = F.mse_loss(network(x[batch]), x[batch], reduction="sum") / len(batch)
        # Roundings of single precision grow a little from step to step: after 70 they were seen at 2e-6.
        assert told == pytest.approx(loss.item(), rel=1e-4)
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        rebuilt = network(x[:10])
    assert got["error"] == pytest.approx(float((rebuilt - x[:10]).square().sum() / 10), rel=1e-3)
    torch.testing.assert_close(received(got["rebuilt"], 3, 784), rebuilt[:3], atol=1e-3, rtol=0)
    assert got["losses"][-1] < 0.3 * got["losses"][0]  # it did learn


def encoded(images):
    return base64.b64encode((images * 255).round().to(torch.uint8).numpy().tobytes()).decode()
