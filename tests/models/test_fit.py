"""The training loop: it equals the plain loop, repeats exactly, can be taken up again, and is printed as it runs."""

import ast
import copy
import inspect
import itertools
import math

import pytest
import torch
from torch import nn
from torch.optim import Adam

from course_lib import loops
from course_lib.loops import Report, fit
from course_lib.models.autoencoders import Autoencoder, dense
from course_lib.models.vae import VAE


def small(seed=0):
    torch.manual_seed(seed)
    return Autoencoder(*dense((1, 8, 8), (16,), 4))


def images(n=50):
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("decay", [True, False])
def test_equals_the_plain_loop(decay):
    x, ours, plain = images(), small(), small()
    list(fit(ours, x, epochs=4, batch_size=16, lr=1e-2, decay=decay, seed=3))

    optimizer = Adam(plain.parameters(), lr=1e-2)
    step, steps = 0, 4 * math.ceil(50 / 16)
    for epoch in range(4):
        torch.manual_seed(hash((3, epoch)))
        for index in torch.randperm(50).split(16):
            if decay:
                optimizer.param_groups[0]["lr"] = 1e-2 * (1 - step / steps)
            loss = ((plain(x[index]) - x[index]) ** 2).sum() / len(index)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    # Only the rounding of the fused optimiser may differ.
    assert torch.allclose(weights(ours), weights(plain), atol=1e-5)


def test_same_seed_same_weights_whatever_is_drawn_between():
    runs = []
    for seed, draw in ((0, False), (0, True), (1, False)):
        model = small()
        for _ in fit(model, images(), epochs=3, seed=seed):
            if draw:
                torch.randn(5)
        runs.append(weights(model))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_every_row_once_an_epoch_and_the_same_rows_of_all_tensors():
    class Looking(nn.Linear):
        def loss(self, x, y):
            assert torch.equal(x[:, 0], y)
            seen.append(y)
            return self(x).mean(), {}

    seen, x = [], torch.arange(10.0)
    list(fit(Looking(1, 1), x[:, None], x, epochs=2, batch_size=4))
    assert [len(batch) for batch in seen] == [4, 4, 2] * 2
    epochs = [torch.cat(seen[:3]), torch.cat(seen[3:])]
    assert all(torch.equal(epoch.sort().values, x) for epoch in epochs)
    assert not torch.equal(*epochs)  # in another order


def test_images_of_one_part_and_labels_of_another_are_refused():
    """Without a word the loop would take the first labels."""
    with pytest.raises(ValueError, match="8, 40 rows"):
        next(fit(small(), torch.rand(8, 1), torch.rand(40, 1), epochs=1))


def test_reports_are_means_over_the_rows():
    """Without learning they can be worked out from outside, though the last batch is smaller."""
    model, x = small(), images()
    reports = list(fit(model, x, epochs=2, batch_size=16, lr=0.0))
    loss = model.loss(x)[0].item()
    for number, report in enumerate(reports, 1):
        assert isinstance(report, Report)
        assert (report.done, report.total) == (number, 2)
        assert report.means == pytest.approx({"loss": loss, "reconstruction": loss}, rel=1e-5)


def test_interrupted_and_taken_up_it_goes_on_bit_for_bit():
    def model():
        torch.manual_seed(0)
        net = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 16), nn.Dropout(0.3), nn.Linear(16, 64), nn.Unflatten(1, (1, 8, 8))
        )
        return Autoencoder(net, nn.Identity())

    through, stopped = model(), model()
    list(fit(through, images(), epochs=5))
    optimizer = Adam(stopped.parameters(), 1e-3, fused=True)
    list(itertools.islice(fit(stopped, images(), epochs=5, optimizer=optimizer), 3))
    other, kept = model(), copy.deepcopy((stopped.state_dict(), optimizer.state_dict()))
    torch.randn(100)
    optimizer = Adam(other.parameters(), 1e-3, fused=True)
    other.load_state_dict(kept[0])
    optimizer.load_state_dict(kept[1])
    assert [report.done for report in fit(other, images(), epochs=5, optimizer=optimizer, start=3)] == [4, 5]
    assert torch.equal(weights(through), weights(other))


def test_eval_mode_between_two_reports():
    model, seen = small(), []
    model.encoder.register_forward_hook(lambda module, *_: seen.append(module.training))
    for _ in fit(model, images(), epochs=2):
        assert not model.training
    assert seen
    assert all(seen)


@pytest.mark.parametrize("rows", [1, 2, 15, 16, 17, 33])
@pytest.mark.parametrize("batch_size", [1, 2, 16, 40])
def test_any_number_of_rows_and_only_batch_norm_stops_at_a_single_one(rows, batch_size):
    """As in the plain loop, whose batches are the same; what was learned until then is kept, and one can go on."""
    x = images(rows)
    list(fit(small(), x, epochs=1, batch_size=batch_size))
    model = small()
    model.encoder.append(nn.BatchNorm1d(4))
    if rows > 1 < batch_size and rows % batch_size != 1:
        list(fit(model, x, epochs=1, batch_size=batch_size))
        return
    before = weights(model)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        list(fit(model, x, epochs=1, batch_size=batch_size))
    if rows > batch_size > 1:  # the remedies that explain.toml gives
        assert not torch.equal(before, weights(model))
        list(fit(model, x[:-1], epochs=1, batch_size=batch_size))
        list(fit(model, x, epochs=1, batch_size=batch_size + 1))


def test_frozen_layers_stay():
    model = small()
    model.encoder.requires_grad_(False)
    before = copy.deepcopy(model.encoder.state_dict())
    list(fit(model, images(), epochs=2))
    assert all(torch.equal(before[name], w) for name, w in model.encoder.state_dict().items())


def test_training_that_goes_astray_says_so():
    with pytest.raises(
        ArithmeticError, match=r"training diverged \(loss nan.*smaller lr, and look for NaN in the data"
    ):
        list(fit(small(), images().fill_(math.nan), epochs=1))
    with pytest.raises((ArithmeticError, RuntimeError)):  # a VAE's cross-entropy refuses NaN before the report is due
        list(fit(VAE(*dense((1, 8, 8), (16,), 4)), images(), epochs=3, batch_size=4, lr=1e30))


def test_numbers_below_1e_38_count_as_0_in_every_thread():
    """They cost a CPU several times as long, and training is full of them."""
    x = torch.full((1_000_000,), 1e-38)  # enough for torch to share it out among threads
    assert (x * 0.1 == 0).all()


def test_both_loops_fit_on_a_page_and_are_what_runs():
    for loop, most in ((loops.fit, 35), (loops.fit_gan, 45)):
        assert inspect.unwrap(loop) is loop
        assert inspect.isgeneratorfunction(loop)
        [function] = ast.parse(inspect.getsource(loop)).body
        docstring, *body = function.body
        assert isinstance(docstring.value, ast.Constant)
        assert function.end_lineno - (docstring.end_lineno - docstring.lineno + 1) <= most
        code = "\n".join(map(ast.unparse, body))
        for word in (".zero_grad()", ".backward(", ".step()"):
            assert word in code
