"""An interrupted run goes on to the weights of an uninterrupted one; a state that does not fit is refused."""

import itertools
import resource
import signal

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from course_lib.checkpoint import Checkpoint
from course_lib.duel import duel
from course_lib.models import gan
from course_lib.models.vae import VAE
from course_lib.train import fit

IMAGES = torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def small(seed=0):
    """Draws codes and drops inputs in every step, so that torch's own random numbers have to go on as well."""
    torch.manual_seed(seed)
    model = VAE(image=(1, 8, 8), hidden=16, latent=4)
    model.encoder.insert(0, nn.Dropout(0.2))
    return model


def pair(seed=0):
    torch.manual_seed(seed)
    return gan.pair("conv", z=4, image=(1, 8, 8), channels=(8, 4))  # with BatchNorm


def same(a, b):
    return all(torch.equal(t, b.state_dict()[name]) for name, t in a.state_dict().items())


def stop_in_step(module, step):
    """Ctrl-C in the middle of an epoch: the module's forward is interrupted the n-th time that it trains."""
    calls = itertools.count(1)

    def interrupt(*_):
        if module.training and next(calls) == step:
            raise KeyboardInterrupt

    module.register_forward_pre_hook(interrupt)


def interrupted(file, step=11, **options):
    """A run of four steps an epoch that is stopped in one of them."""
    model = small()
    stop_in_step(model.encoder[0], step)
    with pytest.raises(KeyboardInterrupt):
        list(fit(model, IMAGES, batch_size=16, checkpoint=Checkpoint(file, model="small"), **{"epochs": 5} | options))


@pytest.mark.parametrize("limit", [{"epochs": 5}, {"steps": 18}])
@pytest.mark.parametrize(("step", "epochs"), [(3, [1, 2, 3, 4, 5]), (11, [3, 4, 5]), (17, [5])])
def test_fit_goes_on_as_if_nothing_had_happened(tmp_path, limit, step, epochs):
    whole = small()
    steps = list(fit(whole, IMAGES, batch_size=16, **limit))
    interrupted(tmp_path / "state", step, **({"epochs": None} | limit))
    resumed = small(seed=7 if step > 4 else 0)  # its own weights do not matter where there is a state
    others = list(
        fit(resumed, IMAGES, batch_size=16, checkpoint=Checkpoint(tmp_path / "state", model="small"), **limit)
    )
    assert same(whole, resumed)
    assert [s.epoch for s in others] == epochs
    assert [s[:3] for s in others] == [s[:3] for s in steps[-len(others) :]]


@pytest.mark.parametrize("ema", [0.0, 0.5])
def test_duel_goes_on_as_if_nothing_had_happened(tmp_path, ema):
    options = {"steps": 14, "batch_size": 16, "ema": ema, "every": 3}  # three full batches an epoch
    whole = pair()
    rounds = list(duel(*whole, IMAGES, **options))
    stopped = pair()
    stop_in_step(stopped[0], 8)
    with pytest.raises(KeyboardInterrupt):
        list(duel(*stopped, IMAGES, checkpoint=Checkpoint(tmp_path / "state"), **options))
    resumed = pair(seed=7)
    others = list(duel(*resumed, IMAGES, checkpoint=Checkpoint(tmp_path / "state"), **options))
    assert all(map(same, whole, resumed))
    assert same(rounds[-1].generator, others[-1].generator)
    assert [r.step for r in others] == [9, 12, 14]
    assert [r[:7] for r in others] == [r[:7] for r in rounds[2:]]


def test_a_finished_run_leaves_the_state_before_its_last_epoch(tmp_path):
    """So that whoever is killed while writing the weights has only that epoch to repeat."""
    file = tmp_path / "state"
    for _ in range(2):
        last = list(fit(small(), IMAGES, epochs=2, checkpoint=Checkpoint(file)))[-1]
        assert last.epoch == 2
    Checkpoint(file).remove()
    Checkpoint(file).remove()  # once more does no harm
    list(fit(small(), IMAGES, epochs=1, checkpoint=Checkpoint(file)))
    assert not list(tmp_path.iterdir())


def damaged(file):
    state = file.read_bytes()
    flipped = bytearray(state)
    flipped[-1000] ^= 1  # one bit of a weight or of a random state
    step = state.replace(b'"step":"8"', b'"step":"4"')
    assert step != state
    save_file({"a": torch.zeros(3)}, file)
    return {
        "cut": state[:-9],
        "empty": b"",
        "text": b"hello",
        "flipped": bytes(flipped),
        "step": step,
        "foreign": file.read_bytes(),
    }


@pytest.mark.parametrize("how", ["cut", "empty", "text", "flipped", "step", "foreign"])
def test_a_damaged_state_is_refused_and_left_alone(tmp_path, how):
    file, model, before = tmp_path / "state", small(), small()
    interrupted(file)
    file.write_bytes(damaged(file)[how])
    kept = file.read_bytes()
    with pytest.raises(ValueError, match="Delete it, or choose another --out") as error:
        list(fit(model, IMAGES, epochs=5, batch_size=16, checkpoint=Checkpoint(file, model="small")))
    assert str(file) in str(error.value)
    assert "मिटा दीजिए" in str(error.value)
    assert file.read_bytes() == kept
    assert same(model, before)


def test_the_state_of_another_run_is_refused_and_left_alone(tmp_path):
    file, model, before = tmp_path / "state", small(), small()
    interrupted(file)
    kept = file.read_bytes()
    with pytest.raises(ValueError, match="there model=small, here model=large") as error:
        list(fit(model, IMAGES, epochs=5, batch_size=16, checkpoint=Checkpoint(file, model="large")))
    assert str(file) in str(error.value)
    assert "मिटा दीजिए" in str(error.value)
    assert file.read_bytes() == kept
    assert same(model, before)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epochs": 6}, "there epochs=5, here epochs=6"),
        ({"epochs": None, "steps": 20}, "there steps=None, here steps=20"),
        ({"batch_size": 25}, "there batch_size=16, here batch_size=25"),
        ({"lr": 0.5}, "there lr=0.001, here lr=0.5"),
        ({"seed": 1}, "there seed=0, here seed=1"),
    ],
)
def test_other_arguments_are_another_run(tmp_path, options, said):
    interrupted(tmp_path / "state")
    checkpoint = Checkpoint(tmp_path / "state", model="small")
    with pytest.raises(ValueError, match=said):
        list(fit(small(), IMAGES, checkpoint=checkpoint, **{"epochs": 5, "batch_size": 16} | options))


def test_other_data_and_other_weights_are_another_run(tmp_path):
    interrupted(tmp_path / "state")
    options = {"epochs": 5, "batch_size": 16, "checkpoint": Checkpoint(tmp_path / "state", model="small")}
    with pytest.raises(ValueError, match="there rows=50, here rows=49"):
        list(fit(small(), IMAGES[1:], **options))
    wider, before = VAE(image=(1, 8, 8), hidden=32, latent=4), VAE(image=(1, 8, 8), hidden=32, latent=4)
    wider.encoder.insert(0, nn.Dropout(0.2))
    before.load_state_dict({k.replace("encoder.1.", "encoder.0."): v for k, v in wider.state_dict().items()}, False)
    kept = {name: t.clone() for name, t in wider.state_dict().items()}
    with pytest.raises(ValueError, match=r"\(16, 64\), here .*=\(32, 64\)"):
        list(fit(wider, IMAGES, **options))
    assert all(torch.equal(t, kept[name]) for name, t in wider.state_dict().items())


def test_what_is_no_checkpoint_or_cannot_be_kept_is_refused(tmp_path):
    with pytest.raises(ValueError, match="checkpoint"):
        fit(small(), IMAGES, epochs=1, checkpoint="state")
    with pytest.raises(ValueError, match="checkpoint"):
        duel(*pair(), IMAGES, steps=1, checkpoint="state")
    with pytest.raises(ValueError, match="epochs / steps"):
        fit(small(), IMAGES, seconds=1, checkpoint=Checkpoint(tmp_path / "state"))


def test_a_full_disk_leaves_the_last_state(tmp_path):
    """The system itself stops a write half-way: here for a limit on the size of files."""
    file, whole = tmp_path / "state", small()
    list(fit(whole, IMAGES, epochs=5, batch_size=16))
    interrupted(file)
    kept = file.read_bytes()
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept) // 2, limits[1]))
    try:
        with pytest.raises(OSError, match="Free some space") as error:
            list(fit(small(), IMAGES, epochs=5, batch_size=16, checkpoint=Checkpoint(file, model="small")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert "जगह ख़ाली कीजिए" in str(error.value)
    assert file.read_bytes() == kept
    assert list(tmp_path.iterdir()) == [file]
    resumed = small()
    list(fit(resumed, IMAGES, epochs=5, batch_size=16, checkpoint=Checkpoint(file, model="small")))
    assert same(whole, resumed)
