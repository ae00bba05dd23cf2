"""The training loop: it equals the plain loop, stops when told, repeats exactly, and shares work between processes."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

from course_lib.models.autoencoders import Autoencoder
from course_lib.models.vae import VAE
from course_lib.processes import processes
from course_lib.train import fit

HERE = Path(__file__).parent


def small(seed=0):
    torch.manual_seed(seed)
    return Autoencoder(image=(1, 8, 8), hidden=16, code=4)


def images(n=50):
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("decay", [True, False])
def test_equals_the_plain_loop(decay):
    x, ours, plain = images(), small(), small()
    list(fit(ours, x, epochs=4, batch_size=16, lr=1e-2, decay=decay, seed=3))

    order = torch.Generator().manual_seed(3)
    optimizer = torch.optim.Adam(plain.parameters(), lr=1e-2)
    per_epoch, step = math.ceil(50 / 16), 0
    for _ in range(4):
        for index in torch.randperm(50, generator=order).split(16):
            if decay:
                optimizer.param_groups[0]["lr"] = 1e-2 * (1 - step / (4 * per_epoch))
            loss = ((plain(x[index]) - x[index]) ** 2).sum() / len(index)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    # Only the rounding of the fused optimiser may differ.
    assert torch.allclose(weights(ours), weights(plain), atol=1e-5)


def test_same_seed_same_weights():
    runs = []
    for seed in (0, 0, 1):
        model = small()
        list(fit(model, images(), epochs=2, seed=seed))
        runs.append(weights(model))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


can_flush = pytest.mark.skipif(not torch.set_flush_denormal(True), reason="this processor cannot count them as 0")


@can_flush
def test_numbers_below_1e38_count_as_0_in_every_thread():
    script = "import torch, course_lib.train; torch.set_num_threads(2); print((torch.full((10**6,), 1e-38) / 10).max())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "tensor(0.)\n"


@can_flush
def test_counting_them_as_0_leaves_the_weights_as_they_are():
    smallest, runs, seen = torch.finfo(torch.float32).tiny, [], []

    def look(optimizer, *_):
        averages = torch.cat([state["exp_avg"].flatten() for state in optimizer.state.values()]).abs()
        seen.append(bool(((averages > 0) & (averages < smallest)).any()))

    for counted_as_0 in (True, False):
        model = small()
        torch.set_flush_denormal(counted_as_0)
        watch = register_optimizer_step_post_hook(look)
        try:
            list(fit(model, images(), steps=2000, batch_size=16, lr=0.1))  # a rate with which units die
        finally:
            watch.remove()
            torch.set_flush_denormal(True)
        runs.append(weights(model))
        assert any(seen) != counted_as_0
    assert torch.equal(*runs)


def test_reports_the_mean_over_images():
    """Without learning, the loss of an epoch is that of all images, however unevenly the batches are cut."""
    model, x = small(), images()
    [step] = fit(model, x, epochs=1, batch_size=16, lr=0.0)
    assert step.loss == pytest.approx(model.loss(x)[0].item(), rel=1e-5)
    assert step.parts.keys() == {"reconstruction"}
    assert (step.epoch, step.seconds > 0) == (1, True)


def test_stops_by_steps_and_seconds():
    counted = []

    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.zeros(1))

        def loss(self, x):
            counted.append(len(x))
            return (self.w - x).square().mean(), {}

    steps = list(fit(Counting(), torch.rand(10, 1), steps=7, batch_size=4))
    assert counted == [4, 4, 2, 4, 4, 2, 4]
    assert [s.epoch for s in steps] == [1, 2, 3]

    start = time.monotonic()
    steps = list(fit(Counting(), torch.rand(10, 1), seconds=0.3))
    assert 0.3 <= time.monotonic() - start < 5  # far above 0.3: the machine may be busy
    assert len(steps) > 1


def test_several_tensors_keep_their_rows_together():
    class Pairs(nn.Linear):
        def loss(self, a, b):
            assert torch.equal(a, -b)
            return self(a).square().mean(), {}

    x = torch.arange(20.0)[:, None]
    list(fit(Pairs(1, 1), x, -x, epochs=1, batch_size=8))


def test_eval_mode_between_yields():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.BatchNorm1d(4))
    seen = []
    model.loss = lambda x: (seen.append(model.training), (model(x).square().mean(), {}))[1]
    for _ in fit(model, images(), epochs=2):
        assert not model.training
    assert all(seen)


@pytest.mark.parametrize("limits", [{}, {"epochs": 1, "steps": 2}, {"epochs": 0}, {"seconds": -1}])
def test_when_to_stop_must_be_clear(limits):
    with pytest.raises(ValueError, match="exactly one of epochs, steps or seconds") as error:
        fit(small(), images(), **limits)  # at the call, not only when the first step is asked for
    assert "रुकना" in str(error.value)


@pytest.mark.parametrize(
    ("tensors", "size", "said"),
    [
        ((torch.zeros(3, 1, 8, 8), torch.zeros(4, 1, 8, 8)), 2, r"\[3, 4\]"),
        ((torch.zeros(0, 1, 8, 8),), 2, r"\[0\]"),
        ((), 2, r"\[\]"),
        ((torch.zeros(3, 1, 8, 8),), 0, "batch_size=0"),
    ],
)
def test_rows_and_batch_size_are_checked_at_the_call(tensors, size, said):
    with pytest.raises(ValueError, match=said):
        fit(small(), *tensors, epochs=1, batch_size=size)


def test_interrupted_training_leaves_eval_mode():
    model = small()
    model.loss = lambda x: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        list(fit(model, images(), epochs=1))
    assert not model.training


def test_diverging_says_so():
    class Exploding(nn.Linear):
        def loss(self, x):
            return self(x).mean() * math.inf, {}

    with pytest.raises(ArithmeticError, match=r"smaller lr than 0.5 \(say 0.05\)") as error:
        list(fit(Exploding(1, 1), torch.ones(4, 1), epochs=1, lr=0.5))
    assert "छोटा कीजिए" in str(error.value)


def test_diverging_says_so_where_the_model_itself_refuses_nan():
    """Its cross-entropy names what no Sigmoid gives; but it is the step size that was wrong."""
    model = VAE(image=(1, 8, 8), hidden=16, latent=4)
    with pytest.raises(ArithmeticError, match="smaller lr"):
        list(fit(model, images(), epochs=3, batch_size=4, lr=1e30))


@pytest.mark.parametrize(("gpu", "engines"), [(False, "gloo"), (True, "cpu:gloo,cuda:nccl")])
def test_what_lies_on_the_cpu_can_be_exchanged_beside_gpus(monkeypatch, gpu, engines):
    """torch's own choice beside a GPU is NCCL alone, which takes no tensor on the CPU, such as a random state."""
    asked = []
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(torch.distributed, "init_process_group", asked.append)
    assert processes() == (0, 1)
    assert asked == [engines]


def test_two_processes_train_one_model(tmp_path):
    """Two gloo processes end with equal weights, and with those of one process on the joint batch."""
    rows = (60, 50, 61)  # batches of 15, so 8 rows and 7; the last: full, of 5 rows, of 1 row for two processes
    script = [str(HERE / "two_processes.py"), str(tmp_path), *map(str, rows)]
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "PYTHONPATH": str(HERE.parent)}
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--local-addr", "127.0.0.1"]
    launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0"]
    subprocess.run([sys.executable, *launch, *script], check=True, env=environment, timeout=240)
    subprocess.run([sys.executable, *script], check=True, env=environment, timeout=120)
    for count in rows:
        first, second, alone = (torch.load(tmp_path / f"{count}-{name}.pt") for name in ("2-0", "2-1", "1-0"))
        for name in alone:
            assert torch.equal(first[name], second[name])
            # Sums in another order: rounding only.
            assert torch.allclose(first[name], alone[name], atol=1e-5, rtol=1e-5), (count, name)
    # The command: both processes have the weights, and process 0 has written them.
    first, second = (torch.load(tmp_path / f"command-2-{rank}.pt") for rank in (0, 1))
    written = load_file(tmp_path / "command-2.safetensors")
    assert first.keys() == second.keys() == written.keys()
    for name in written:
        assert torch.equal(first[name], second[name])
        assert torch.equal(first[name], written[name])
